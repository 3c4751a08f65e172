"""A typed key names the value that its name as a plain str names, wherever a key is taken.

What a type checker says of typed keys is in typing_tests/.
"""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import web
from aiohttp_session import AbstractStorage
from support.apps import Action, AiohttpClient, Start, answer_of, does, read
from support.own_cookies import cookie_client
from support.templating import renders, template_app

from aiohttp_flashbag import (
    FlashKey,
    flashbag_append,
    flashbag_get,
    flashbag_keep,
    flashbag_now,
    flashbag_peek,
    flashbag_replace_all,
    flashbag_set,
)
from aiohttp_flashbag.keys import key_name

ERROR = FlashKey("error", str)
ERRORS = FlashKey[list[str]]("errors", list)
UNTYPED: FlashKey[Any] = FlashKey("it's")
MESSAGE = "Name is required"


class Colour:
    """A class of an application."""


@pytest.fixture
def storage(encrypted_storage: AbstractStorage) -> AbstractStorage:
    return encrypted_storage


@pytest.fixture(params=["session", "cookies"])
def serve(request: pytest.FixtureRequest, start: Start, aiohttp_client: AiohttpClient) -> Start:
    """Start an application with these routes, over each transport; gives its client."""
    if request.param == "session":
        return start
    return lambda *routes: cookie_client(aiohttp_client, *routes)


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        (FlashKey("error", str), "<FlashKey('error', type=str)>"),
        (FlashKey("errors", list[str]), "<FlashKey('errors', type=list[str])>"),
        (FlashKey[list[str]]("errors", list), "<FlashKey('errors', type=list[str])>"),
        (FlashKey[str]("error"), "<FlashKey('error', type=str)>"),
        (FlashKey("colour", Colour), "<FlashKey('colour', type=rules.test_keys.Colour)>"),
        (FlashKey[int | None]("count"), "<FlashKey('count', type=int | None)>"),
        (UNTYPED, '<FlashKey("it\'s")>'),
    ],
)
def test_a_key_shows_its_name_and_its_type(key: FlashKey[Any], shown: str) -> None:
    assert repr(key) == shown


def test_a_key_is_as_good_as_its_name() -> None:
    other_type = FlashKey("error", int)
    assert ERROR.name == "error"
    assert {ERROR, other_type, "error"} == {"error"}
    assert {ERROR: 1} == {"error": 1} == {other_type: 1}
    for other in (FlashKey("errors", str), "errors", 5, None):
        assert other != ERROR


def test_a_key_is_not_changed() -> None:
    with pytest.raises(AttributeError):
        ERROR.name = "errors"  # type: ignore[misc]
    with pytest.raises(AttributeError):
        ERROR.colour = "red"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "again", [copy.copy, copy.deepcopy, lambda key: pickle.loads(pickle.dumps(key))]
)
def test_a_copy_is_the_same_key(again: Callable[[FlashKey[Any]], FlashKey[Any]]) -> None:
    assert again(ERRORS) == ERRORS
    assert repr(again(ERRORS)) == repr(ERRORS)


@pytest.mark.parametrize("name", [str, None, 5, b"error"])
def test_the_name_of_a_key_is_a_str(name: Any) -> None:
    with pytest.raises(TypeError, match="the name of a FlashKey is a str, not "):
        FlashKey(name, str)


@pytest.mark.parametrize("name", ["error", "a\ud800b"])
def test_both_kinds_of_key_have_the_same_stored_name(name: str) -> None:
    stored = key_name(FlashKey(name, str))
    assert type(stored) is str
    assert stored == key_name(name)


@pytest.mark.parametrize(
    ("give", "seen"),
    [
        (lambda request: flashbag_set(request, ERROR, MESSAGE), MESSAGE),
        (lambda request: flashbag_append(request, FlashKey("error", list), MESSAGE), [MESSAGE]),
        (lambda request: flashbag_replace_all(request, {ERROR: MESSAGE}), MESSAGE),
    ],
    ids=["set", "append", "replace_all"],
)
async def test_what_is_sent_under_a_typed_key_is_read_under_its_name(
    serve: Start, give: Action, seen: object
) -> None:
    client = await serve(web.post("/", does(give)))
    assert (await client.post("/")).status == 200
    assert await read(client) == seen
    assert await read(client) is None


async def test_what_is_sent_under_a_name_is_read_under_a_typed_key(serve: Start) -> None:
    async def page(request: web.Request) -> web.Response:
        found = [flashbag_peek(request, ERROR, "none"), flashbag_get(request, ERROR, "nothing")]
        return web.json_response([*found, flashbag_get(request, ERRORS, [])])

    client = await serve(web.get("/", page))
    await client.post("/set", params={"error": MESSAGE})
    assert await answer_of(await client.get("/")) == [MESSAGE, MESSAGE, []]
    assert await answer_of(await client.get("/")) == ["none", "nothing", []]


async def test_a_typed_key_serves_for_now(serve: Start) -> None:
    async def page(request: web.Request) -> web.Response:
        flashbag_now(request, ERROR, MESSAGE)
        return web.json_response([flashbag_get(request, "error"), flashbag_get(request, ERROR)])

    client = await serve(web.get("/", page))
    assert await answer_of(await client.get("/")) == [MESSAGE, MESSAGE]


async def test_a_typed_key_is_kept(serve: Start) -> None:
    client = await serve(web.get("/", does(lambda request: flashbag_keep(request, ERROR))))
    await client.post("/set", params={"error": MESSAGE, "name": "Zoë"})
    assert (await client.get("/")).status == 200
    assert await answer_of(await client.get("/values?error&name")) == {
        "error": MESSAGE,
        "name": None,
    }


async def test_a_template_reads_under_a_typed_key(
    storage: AbstractStorage, aiohttp_client: AiohttpClient
) -> None:
    page = '{{ flashbag_get(key, "nothing") }}'
    app = template_app(storage, {"page": page}, web.get("/", renders("page", key=ERROR)))
    client = await aiohttp_client(app)
    await client.post("/set", params={"error": MESSAGE})
    assert await (await client.get("/")).text() == MESSAGE
    assert await (await client.get("/")).text() == "nothing"
