"""Messages: flashed before a redirect, chosen by category, shown once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import Enum
from functools import partial
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from markupsafe import Markup
from support.apps import Start, answer_of, does, json_page, shown
from yarl import URL

from aiohttp_flashbag import (
    Flashbag,
    flash,
    flash_redirect,
    get_flashed_messages,
    peek_flashed_messages,
)
from aiohttp_flashbag.testing import install_flashbag, sent

encrypted = pytest.mark.parametrize("storage", ["encrypted"], indirect=True)
readers = pytest.mark.parametrize("read", [get_flashed_messages, peek_flashed_messages])
once = partial(flash, message="Saved", allow_duplicate=False)


@pytest.fixture
def request_() -> web.Request:
    install_flashbag(request := make_mocked_request("GET", "/"))
    return request


# Stories


@pytest.mark.parametrize("location", ["/newest", URL("/newest")])
async def test_a_redirect_leads_to_its_messages(start: Start, location: Any) -> None:
    async def save(request: web.Request) -> web.Response:
        flash(request, "<b>", "info")
        raise flash_redirect(request, location, Markup("<b>Sent</b>"), link="/sent", icons=["mail"])

    async def newest(request: web.Request) -> web.Response:
        messages = get_flashed_messages(request)
        return json_page([[type(m.message).__name__, dict(m)] for m in messages])

    client = await start(web.post("/", save), web.get("/newest", newest))
    response = await client.post("/")
    assert [(r.status, r.headers["Location"]) for r in response.history] == [(303, "/newest")]
    mail = {"category": "success", "link": "/sent", "icons": ["mail"]}
    assert await answer_of(response) == [
        ["str", {"message": "<b>", "category": "info"}],
        ["Markup", {"message": "<b>Sent</b>", **mail}],
    ]
    assert await answer_of(await client.get("/newest")) == []


@encrypted
async def test_m2_messages_of_other_categories_stay_pending(start: Start) -> None:
    client = await start()
    await client.post("/flash", params={"error": "one", "info": "two", "err": "three"})
    response = await client.get("/messages?only=info&only=error")
    assert await answer_of(response) == ["one", "two"]
    assert await shown(client) == ["three"]


@encrypted
async def test_without_duplicates_a_message_is_pending_once(start: Start) -> None:
    client = await start(web.post("/once", does(once, once)))
    for _ in range(2):
        await client.post("/once")
        await client.post("/once")
        assert await shown(client) == ["Saved"]


# Reading


@pytest.mark.parametrize(
    ("chosen", "texts"),
    [
        pytest.param("error", ["one"], id="a str is one category"),
        pytest.param("", ["four"], id="the empty str is a category"),
        pytest.param("warning", [], id="an unused category"),
        pytest.param(["info", "error"], ["one", "two"], id="several, in the order of flashing"),
        pytest.param(("error",), ["one"], id="tuple"),
        pytest.param({"error": 1}.keys(), ["one"], id="keys"),
        pytest.param(map(str, ["error", "err"]), ["one", "three"], id="iterator"),
        pytest.param((), ["one", "two", "three", "four"], id="an empty tuple means all"),
        pytest.param([], ["one", "two", "three", "four"], id="an empty list means all"),
    ],
)
def test_a_filter_chooses_by_category(chosen: str | Iterable[str], texts: list[str]) -> None:
    bag = Flashbag()
    for category, text in {"error": "one", "info": "two", "err": "three", "": "four"}.items():
        bag.flash(text, category)
    assert bag.get_flashed_messages(category_filter=chosen) == texts


def test_a_str_enum_can_be_a_filter(request_: web.Request) -> None:
    class Level(str, Enum):
        ERROR = "error"

    flash(request_, "Refused", Level.ERROR)
    flash(request_, "Saved")
    assert get_flashed_messages(request_, category_filter=Level.ERROR) == ["Refused"]


@readers
def test_with_categories_returns_pairs_in_flasks_order(
    request_: web.Request, read: Callable[..., Any]
) -> None:
    flash(request_, Markup("<b>x</b>"), "error")
    flash(request_, "<b>x</b>", "info")
    flash(request_, "Other")
    pairs = read(request_, with_categories=True, category_filter=["info", "error"])
    assert pairs == [("error", "<b>x</b>"), ("info", "<b>x</b>")]
    assert [(type(pair), type(pair[1])) for pair in pairs] == [(tuple, Markup), (tuple, str)]


@readers
def test_m2_m5_a_change_to_a_returned_message_does_not_change_the_pending_one(
    request_: web.Request, read: Callable[..., Any]
) -> None:
    flash(request_, Markup("<b>x</b>"), tags=["given"])
    [message] = read(request_)
    assert type(message.message) is Markup
    message["tags"].append("late")
    for pending in (get_flashed_messages(request_), sent(request_).messages):
        assert pending[0].data == {"tags": ["given"]}


def test_m2_messages_that_were_returned_can_still_be_peeked(request_: web.Request) -> None:
    flash(request_, "one", "error")
    flash(request_, "two", "info")
    assert get_flashed_messages(request_, category_filter="error") == ["one"]
    assert peek_flashed_messages(request_) == ["one", "two"]


# Duplicates


@pytest.mark.parametrize(("options", "count"), [({}, 2), ({"allow_duplicate": False}, 1)])
@pytest.mark.parametrize("send", [flash, partial(flash_redirect, location="/")])
def test_duplicates_are_sent_unless_refused(
    request_: web.Request, send: Callable[..., Any], options: Any, count: int
) -> None:
    for _ in range(2):
        send(request_, message="Saved", tags=["equal"], **options)
    assert sent(request_).texts == ["Saved"] * count


@pytest.mark.parametrize(
    "other",
    [{"message": "Sent"}, {"category": "info"}, {"message": Markup("Saved")}, {"link": "/"}],
    ids=["text", "category", "markup", "data"],
)
def test_a_message_that_differs_is_not_a_duplicate(
    request_: web.Request, other: dict[str, Any]
) -> None:
    once(request_)
    once(request_, **other)
    assert sent(request_).texts == ["Saved", other.get("message", "Saved")]


def test_flash_redirect_refuses_what_flash_refuses(request_: web.Request) -> None:
    with pytest.raises(TypeError, match=r"flash\(request, text, category\)"):
        flash_redirect(request_, "/messages", ("error", "Refused"))
    with pytest.raises(TypeError, match="data of a flash message cannot be stored"):
        flash_redirect(request_, "/messages", "Refused", link={1})
    assert not sent(request_)
