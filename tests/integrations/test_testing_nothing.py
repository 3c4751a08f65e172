"""The helpers for tests, with a client: an assertion does not hold because nothing was tested."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from aiohttp import web
from support.apps import Action, AiohttpClient, does
from support.recording import GIVE, SHOW, Recorded, app_of, crash, recorded

from aiohttp_flashbag import flash, flash_form, flashbag_set
from aiohttp_flashbag.testing import FlashRecord, record_flashes

__all__ = ["app_of", "recorded"]  # fixtures

NO_REQUEST = "expected: a request with a flashbag\nfound: no request\n"


async def test_nothing_flashed_is_right_when_nothing_was(recorded: Recorded) -> None:
    client, flashes = await recorded(GIVE, SHOW)
    await client.get("/")
    flashes.assert_nothing_flashed()
    await client.post("/?error=Taken")
    flashes.clear()
    await client.get("/")
    flashes.assert_nothing_flashed()


@pytest.mark.parametrize(
    ("action", "found"),
    [
        (
            partial(flashbag_set, key="error", value="Taken"),
            "values={'error': 'Taken'}, messages=[]",
        ),
        (partial(flash, message="Saved"), "messages=[{'message': 'Saved', 'category': 'success'}]"),
        (partial(flash_form, data={}, errors={"name": "Taken"}), "errors=['name']"),
    ],
    ids=["value", "message", "form"],
)
async def test_nothing_flashed_is_wrong_when_something_was(
    recorded: Recorded, action: Action, found: str
) -> None:
    client, flashes = await recorded(web.post("/save", does(action)), SHOW)
    await client.post("/save")
    await client.get("/")
    with pytest.raises(AssertionError) as caught:
        flashes.assert_nothing_flashed()
    expected, answer = str(caught.value).splitlines()
    assert expected == "expected: nothing flashed, and no error that would drop it"
    assert answer.startswith("found: POST /save answered 200 and flashed Flashes(")
    assert found in answer


async def test_nothing_flashed_is_wrong_when_an_error_dropped_it(recorded: Recorded) -> None:
    client, flashes = await recorded(web.post("/save", crash))
    await client.post("/save?error=Taken")
    with pytest.raises(AssertionError, match="found: POST /save answered 500 and flashed Flashes"):
        flashes.assert_nothing_flashed()


LOOKS = [
    pytest.param(lambda flashes: flashes.flashed, id="flashed"),
    pytest.param(lambda flashes: flashes.shown, id="shown"),
    pytest.param(FlashRecord.assert_nothing_flashed, id="nothing flashed"),
]


@pytest.mark.parametrize("look", LOOKS)
async def test_without_a_request_nothing_is_right(
    recorded: Recorded, look: Callable[[FlashRecord], object]
) -> None:
    client, flashes = await recorded(GIVE)
    with pytest.raises(AssertionError, match=NO_REQUEST):
        look(flashes)
    await flashes.seed(client, values={"error": "Taken"})  # the record's own requests do not count
    with pytest.raises(AssertionError, match=NO_REQUEST):
        look(flashes)
    await client.get("/plain")
    look(flashes)
    flashes.clear()
    with pytest.raises(AssertionError, match=NO_REQUEST):
        look(flashes)


@pytest.mark.parametrize("look", LOOKS)
async def test_without_a_flashbag_nothing_is_right(
    aiohttp_client: AiohttpClient, look: Callable[[FlashRecord], object]
) -> None:
    app = web.Application()
    app.add_routes([web.get("/a", does()), web.get("/b", does())])
    flashes = record_flashes(app)
    client = await aiohttp_client(app)
    await client.get("/a")
    await client.get("/b")
    with pytest.raises(AssertionError, match=r"found: GET /a, GET /b\n.*aiohttp_flashbag\.setup"):
        look(flashes)
    flashes.clear()
    with pytest.raises(AssertionError, match=NO_REQUEST):
        look(flashes)
