"""Which of the waiting messages a page gets: by category, only looked at, without second ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import pytest
from aiohttp import web
from aiohttp_session import AbstractStorage
from markupsafe import Markup
from support.apps import Start, answer_of, does, shown

from aiohttp_flashbag import Flashbag, flash, get_flashed_messages, peek_flashed_messages
from aiohttp_flashbag.parcel import Parcel

WAITING = {"error": "one", "info": "two", "err": "three", "": "four"}
readers = pytest.mark.parametrize("read", [get_flashed_messages, peek_flashed_messages])
once = partial(flash, message="Saved", allow_duplicate=False)


@pytest.fixture
def storage(encrypted_storage: AbstractStorage) -> AbstractStorage:
    return encrypted_storage


FILTERS = [
    pytest.param("error", ["one"], id="a str is one category, none of its letters or parts"),
    pytest.param("", ["four"], id="the empty str is a category too"),
    pytest.param("warning", [], id="a category that nobody used"),
    pytest.param(["info", "error"], ["one", "two"], id="several, in the order of flashing"),
    pytest.param(("error",), ["one"], id="tuple"),
    pytest.param({"error": 1}.keys(), ["one"], id="keys"),
    pytest.param(map(str, ["error", "err"]), ["one", "three"], id="iterator"),
    pytest.param((), ["one", "two", "three", "four"], id="an empty tuple filters nothing"),
    pytest.param([], ["one", "two", "three", "four"], id="an empty list filters nothing"),
]


@pytest.mark.parametrize(("chosen", "texts"), FILTERS)
async def test_m2_the_filter_chooses_and_the_rest_waits_on(
    start: Start, chosen: str | Iterable[str], texts: list[str]
) -> None:
    async def page(request: web.Request) -> web.Response:
        messages = get_flashed_messages(request, category_filter=chosen)
        return web.json_response([message.message for message in messages])

    client = await start(web.get("/", page))
    await client.post("/flash", params=WAITING)
    assert await answer_of(await client.get("/")) == texts
    assert await shown(client) == [text for text in WAITING.values() if text not in texts]


@readers
async def test_with_categories_gives_pairs_in_the_order_of_flask(
    start: Start, read: Callable[..., Any]
) -> None:
    async def page(request: web.Request) -> web.Response:
        pairs = read(request, with_categories=True, category_filter=["info", "error"])
        assert all(type(pair) is tuple for pair in pairs)
        return web.json_response(pairs)

    client = await start(web.get("/", page))
    await client.post("/flash", params=WAITING)
    assert await answer_of(await client.get("/")) == [["error", "one"], ["info", "two"]]


@readers
async def test_a_pair_holds_markup_as_markup(start: Start, read: Callable[..., Any]) -> None:
    async def page(request: web.Request) -> web.Response:
        flash(request, Markup("<b>x</b>"))
        flash(request, "<b>x</b>")
        return web.json_response([type(m).__name__ for _, m in read(request, with_categories=True)])

    assert await answer_of(await (await start(web.get("/", page))).get("/")) == ["Markup", "str"]


async def test_m5_a_peek_shows_what_get_would_and_shares_nothing_with_it(start: Start) -> None:
    async def page(request: web.Request) -> web.Response:
        flash(request, Markup("<b>x</b>"), "info", tags=["given"])
        (peeked,) = peek_flashed_messages(request)
        peeked["tags"].append("changed")
        assert type(peeked.message) is Markup
        return web.json_response([dict(m) for m in (peeked, *get_flashed_messages(request))])

    peeked, got = await answer_of(await (await start(web.get("/", page))).get("/"))
    assert got == {"message": "<b>x</b>", "category": "info", "tags": ["given"]}
    assert peeked == {**got, "tags": ["given", "changed"]}


async def test_m2_a_peek_finds_what_was_returned_too(start: Start) -> None:
    async def page(request: web.Request) -> web.Response:
        got = get_flashed_messages(request, category_filter="error")
        return web.json_response([len(got), len(peek_flashed_messages(request))])

    client = await start(web.get("/", page))
    await client.post("/flash", params=WAITING)
    assert await answer_of(await client.get("/")) == [1, 4]


async def test_m2_a_change_of_a_message_that_was_read_does_not_change_what_waits(
    start: Start,
) -> None:
    def spoil(request: web.Request) -> None:
        flash(request, "Saved", tags=["given"])
        for message in get_flashed_messages(request):
            message["tags"].append("late")

    async def tags(request: web.Request) -> web.Response:
        return web.json_response([message["tags"] for message in get_flashed_messages(request)])

    move = does(spoil, answer=partial(web.HTTPFound, "/tags"))
    client = await start(web.get("/", move), web.get("/tags", tags))
    assert await answer_of(await client.get("/")) == [["given"]]


async def test_the_same_message_waits_twice_unless_told_otherwise(start: Start) -> None:
    client = await start()
    for _ in range(2):
        await client.post("/flash", params={"success": "Saved"})
    assert await shown(client) == ["Saved", "Saved"]


async def test_without_duplicates_it_waits_once_also_over_several_requests(start: Start) -> None:
    client = await start(web.post("/", does(once, once)))
    for _ in range(3):
        await client.post("/")
    assert await shown(client) == ["Saved"]


async def test_a_message_that_was_shown_may_come_again(start: Start) -> None:
    client = await start(web.post("/", does(once)))
    for _ in range(2):
        await client.post("/")
        assert await shown(client) == ["Saved"]


@pytest.mark.parametrize(
    "other",
    [
        {"message": "Sent"},
        {"category": "info"},
        {"message": Markup("Saved")},
        {"link": "/"},
    ],
    ids=["text", "category", "markup", "data"],
)
async def test_a_message_that_differs_is_no_duplicate(start: Start, other: dict[str, Any]) -> None:
    client = await start(web.post("/", does(once, partial(once, **other))))
    await client.post("/")
    assert await shown(client) == ["Saved", other.get("message", "Saved")]


async def test_without_duplicates_the_data_is_compared_and_not_where_it_lies(start: Start) -> None:
    client = await start(web.post("/", does(*(partial(once, tags=["x"]) for _ in range(2)))))
    await client.post("/")
    assert await shown(client) == ["Saved"]


def double() -> Flashbag:
    """A bag of two parcels, each with the same message, as two overlapping requests leave them."""
    message = {"m": "Saved", "c": "success", "once": 1}
    return Flashbag(Parcel(messages=[{**message, "id": name} for name in ("a", "b")]))


def test_without_duplicates_joined_parcels_show_one_and_use_up_both() -> None:
    bag = double()
    assert bag.peek_flashed_messages() == ["Saved"]
    assert bag.get_flashed_messages() == ["Saved"]
    assert bag.get_flashed_messages() == ["Saved"]
    assert bag.delta(200, shows=True, page_view=True).shown == {"a", "b"}


def test_without_duplicates_joined_parcels_count_as_one() -> None:
    assert len(double()) == len(double().get_flashed_messages())
    assert "messages=1" in repr(double())
