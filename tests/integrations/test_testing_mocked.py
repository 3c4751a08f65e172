"""The helpers for tests, with a mocked request: what came with it, and what a handler added."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from markupsafe import Markup
from support.apps import Action

from aiohttp_flashbag import (
    FlashKey,
    flash,
    flash_form,
    flash_redirect,
    flashbag_get,
    flashbag_set,
    flashed_form,
    get_flashbag,
    get_flashed_messages,
)
from aiohttp_flashbag.testing import Flashes, install_flashbag, sent

ERROR = FlashKey("error", str)


@pytest.fixture
def request_() -> web.Request:
    return make_mocked_request("POST", "/articles")


def test_a_handler_reads_what_was_installed(request_: web.Request) -> None:
    install_flashbag(
        request_,
        values={ERROR: "Taken", "point": (1, 2)},
        messages=[
            "Saved",
            {"message": Markup("<b>Half</b>"), "category": "info"},
            {"message": "Sent", "link": "/sent"},
        ],
        form={"name": "Zoë", "password": "s3cret"},
        errors={"password": "Wrong"},
    )
    assert flashbag_get(request_, "error") == "Taken"
    assert flashbag_get(request_, "point") == [1, 2]
    saved, half, mail = get_flashed_messages(request_)
    assert dict(saved) == {"message": "Saved", "category": "success"}
    assert half.category == "info"
    assert isinstance(half.message, Markup)
    assert dict(mail) == {"message": "Sent", "category": "success", "link": "/sent"}
    form = flashed_form(request_)
    assert (form.get("name"), form.get("password")) == ("Zoë", "")
    assert form.error("password") == "Wrong"
    assert not sent(request_)


async def test_what_a_handler_added_is_seen(request_: web.Request) -> None:
    async def save(request: web.Request) -> web.Response:
        flashbag_set(request, ERROR, "Taken")
        flash(request, "Not saved", "error", link="/help")
        flash_form(request, {"name": "Zoë"}, {"name": "Taken"})
        raise flash_redirect(request, "/articles", "Come back", "info")

    install_flashbag(request_, values={"old": 1}, messages=["Old"])
    with pytest.raises(web.HTTPSeeOther):
        await save(request_)
    found = sent(request_)
    assert found.values == {"error": "Taken"} == {ERROR: "Taken"}
    assert found.texts == ["Not saved", "Come back"]
    assert dict(found.messages[0]) == {"message": "Not saved", "category": "error", "link": "/help"}
    assert found.form.get("name") == "Zoë"
    assert found.form.error("name") == "Taken"
    assert sent(request_) == found


@pytest.mark.parametrize(
    "action",
    [
        partial(flashbag_set, key="error", value=None),
        partial(flash, message=""),
        partial(flash_form, data={"name": ""}),
        partial(flash_form, data={}, errors={"name": "Taken"}),
    ],
    ids=["value", "message", "data", "errors"],
)
def test_flashes_are_false_only_if_there_are_none(request_: web.Request, action: Action) -> None:
    install_flashbag(request_, values={"error": "Taken"})
    assert not sent(request_)
    assert sent(request_) == Flashes()
    action(request_)
    assert sent(request_)
    assert sent(request_) != Flashes()


def test_it_gives_the_bag_of_the_request(request_: web.Request) -> None:
    bag = install_flashbag(request_, values={"error": "Taken"})
    assert bag is get_flashbag(request_)
    assert len(bag) == 1


def test_a_second_one_takes_the_place_of_the_first(request_: web.Request) -> None:
    install_flashbag(request_, values={"error": "Taken"})
    flash(request_, "Saved")
    install_flashbag(request_, values={"name": "Zoë"})
    assert flashbag_get(request_, "error") is None
    assert flashbag_get(request_, "name") == "Zoë"
    assert not sent(request_)


def test_nothing_is_sent_by_a_request_without_a_flashbag(request_: web.Request) -> None:
    with pytest.raises(RuntimeError, match="aiohttp_flashbag is not installed"):
        sent(request_)


@pytest.mark.parametrize(
    ("flashed", "wrong"),
    [
        ({"values": {"error": {1}}}, "flashbag value 'error' cannot be stored"),
        ({"values": {5: "x"}}, "a flashbag key is a str, not 5"),
        ({"messages": "Saved"}, "messages is a list of messages, not the str 'Saved'"),
        ({"messages": [{"message": "Saved", "category": 5}]}, "the category of a flash message is"),
        ({"messages": [("Saved", "error")]}, "a flash message is a text, not .* of type tuple"),
        ({"errors": "Required"}, "the errors of a form are a mapping"),
    ],
)
def test_what_no_handler_could_flash_is_refused(
    request_: web.Request, flashed: Any, wrong: str
) -> None:
    with pytest.raises(TypeError, match=wrong):
        install_flashbag(request_, **flashed)
