"""A mistake fails at the call with the fix in its text. Data that is too large never fails."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from support.apps import Action, AiohttpClient, answer_of, does, shown
from support.own_cookies import cookie_client

from aiohttp_flashbag import (
    flash,
    flash_form,
    flashbag_append,
    flashbag_get,
    flashbag_now,
    flashbag_replace_all,
    flashbag_set,
    flashed_form,
    get_flashbag,
    get_flashed_messages,
)
from aiohttp_flashbag.testing import install_flashbag, sent

BOTH_CALLS = r"aiohttp_flashbag\.setup\(app\) after aiohttp_session\.setup\(app, storage\)"


@pytest.mark.parametrize("value", [object(), {1, 2}, b"bytes", [{"nested": object()}]])
@pytest.mark.parametrize(
    ("give", "name"),
    [
        (lambda request, value: flashbag_set(request, "due", value), "'due'"),
        (lambda request, value: flashbag_append(request, "due", value), "'due'"),
        (lambda request, value: flashbag_replace_all(request, {"due": value}), "'due'"),
        (lambda request, value: flashbag_now(request, "due", value), "'due'"),
        (lambda request, value: flash(request, "Saved", due=value), "flash message"),
    ],
    ids=["set", "append", "replace_all", "now", "flash"],
)
def test_26_a_value_that_json_cannot_represent_is_refused_by_name(
    give: Callable[[web.Request, Any], None], name: str, value: Any
) -> None:
    install_flashbag(request := make_mocked_request("GET", "/"))
    with pytest.raises(TypeError, match=name):
        give(request, value)
    assert not sent(request)
    assert flashbag_get(request, "due") is None


# Data that is too large


@pytest.mark.parametrize(
    "give",
    [
        lambda request, value: flashbag_set(request, "bio", value),
        lambda request, value: flashbag_append(request, "bio", value),
        lambda request, value: flashbag_replace_all(request, {"bio": value, "error": "Short"}),
    ],
    ids=["set", "append", "replace_all"],
)
async def test_97_a_value_that_is_too_large_is_dropped_with_an_error(
    aiohttp_client: AiohttpClient,
    caplog: pytest.LogCaptureFixture,
    give: Callable[[web.Request, Any], None],
) -> None:
    def save(request: web.Request) -> None:
        flashbag_set(request, "error", "Short")
        give(request, "x" * 3000)
        flash(request, "Not saved")

    client = await cookie_client(aiohttp_client, web.post("/", does(save)))
    assert (await client.post("/")).status == 200
    [record] = [r for r in caplog.records if r.levelname == "ERROR"]
    for fact in ("'bio'", r"\b[3-4]\d\d\d bytes", "2500", "database|SessionTransport"):
        assert re.search(fact, record.getMessage())
    response = await client.get("/values?error=&bio=", headers={"Sec-Fetch-Dest": "empty"})
    assert await answer_of(response) == {"error": "Short", "bio": None}
    assert await shown(client) == ["Not saved"]


async def test_b7_a_message_that_is_too_large_is_shortened(
    aiohttp_client: AiohttpClient, caplog: pytest.LogCaptureFixture
) -> None:
    send = partial(flash, message="x" * 5000, category="error")
    client = await cookie_client(aiohttp_client, web.post("/", does(send)))
    assert (await client.post("/")).status == 200
    [text] = await shown(client)
    assert text == "x" * (len(text) - 1) + "…"
    assert len(text) > 1000
    [told] = caplog.messages
    assert "Shortened 1 messages" in told


async def test_97_a_message_with_data_that_is_too_large_does_not_fail(
    aiohttp_client: AiohttpClient, caplog: pytest.LogCaptureFixture
) -> None:
    send = partial(flash, message="Saved", rows=["x" * 3000])
    client = await cookie_client(aiohttp_client, web.post("/", does(send)))
    assert (await client.post("/")).status == 200
    [record] = [r for r in caplog.records if r.levelname == "ERROR"]
    assert "2500" in record.getMessage()


# Setting up


@pytest.mark.parametrize(
    "call",
    [
        get_flashbag,
        get_flashed_messages,
        partial(flash, message="Saved"),
        partial(flashbag_get, key="error"),
        partial(flashbag_set, key="error", value="x"),
        partial(flash_form, data={}),
        flashed_form,
        sent,
    ],
)
def test_14_without_a_flashbag_the_error_names_both_calls_in_order(call: Action) -> None:
    with pytest.raises(RuntimeError, match=BOTH_CALLS):
        call(make_mocked_request("GET", "/"))
