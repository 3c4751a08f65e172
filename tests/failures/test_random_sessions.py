"""Sessions that somebody else has filled, at random: no 500, and nothing lost that is whole."""

from __future__ import annotations

import json
import random
import string
import time
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from aiohttp_session import STORAGE_KEY, AbstractStorage, Session, get_session
from support.apps import AiohttpClient, json_page, make_app

from aiohttp_flashbag import (
    SESSION_KEY,
    Flashbag,
    SessionTransport,
    flashbag_get,
    flashed_form,
    get_flashed_messages,
)

MESSAGES_KEY = "aiohttp_flashbag_messages"
ADDRESSES_KEY = "aiohttp_flashbag_addresses"
# aiohttp_session finds its storage under a plain string key, which aiohttp 3.14 warns of.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:.*RequestKey")]


def random_json(chance: random.Random, depth: int = 3) -> Any:
    """Anything that JSON can hold, with shapes that look nearly right now and then."""
    scalars = [None, True, 0, -1, 1.5, "", "x", "\ud800", "html", "1" * 18]
    kind = chance.randrange(8)
    if depth == 0 or kind < 3:
        return chance.choice(scalars)
    if kind < 5:
        return [random_json(chance, depth - 1) for _ in range(chance.randrange(4))]
    if kind < 6:
        names = [*"abc", "id", "m", "c", "html", "once", "data"]
        if chance.random() < 0.3:
            return random_address(chance, random_json(chance, depth - 1))
        return {chance.choice(names): random_json(chance, depth - 1) for _ in range(4)}
    text = "".join(chance.choices(string.ascii_letters + "\ud800<&", k=3))
    message = {"id": text, "m": text, "c": text, "html": 1, "once": 1, "data": {"link": text}}
    message["a"] = random_address(chance)
    for name in chance.sample([*message], chance.randrange(3)):
        message[name] = random_json(chance, depth - 1)
    return message


def random_address(chance: random.Random, *what: Any) -> list[Any]:
    """What says to whom values were sent, nearly right."""
    entry: list[Any] = [time.time_ns() // 1000, "0123456789ab", "ba9876543210", *what]
    if chance.random() < 0.3:
        entry[chance.randrange(len(entry))] = random_json(chance, 0)
    return entry


def whole(stored: Any) -> set[str]:
    """The texts of the messages that are whole."""
    found = {}
    for message in stored if isinstance(stored, list) else ():
        if isinstance(message, dict) and isinstance(message.get("data", {}), dict):
            parts = [message.get(key) for key in ("id", "m", "c")]
            if all(isinstance(part, str) for part in parts):
                found[message["id"]] = message
    return {clean(message["m"]) for message in found.values()}


def clean(text: str) -> str:
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


_request = make_mocked_request("GET", "/")


async def asked_with(storage: AbstractStorage, content: dict[str, Any]) -> web.Request:
    """A request whose session holds this."""
    response = web.Response()
    session = Session(None, data={"created": int(time.time()), "session": content}, new=False)
    await storage.save_session(_request, response, session)
    [morsel] = response.cookies.values()
    request = _request.clone(headers={"Cookie": f"{morsel.key}={morsel.coded_value}"})
    request[STORAGE_KEY] = storage
    return request


@pytest.mark.parametrize(
    "storage", ["simple", "encrypted", "nacl", "redis", "memcached"], indirect=True
)
async def test_59_a_session_of_any_shape_is_read_and_loses_nothing_that_is_whole(
    storage: AbstractStorage, caplog: pytest.LogCaptureFixture
) -> None:
    # The id "1" * 18 says that a message is from 1979.
    chance, transport = random.Random(59), SessionTransport(max_age=1_700_000_000)
    for _ in range(20_000):
        content = {
            key: random_json(chance) if chance.random() < 0.5 else [random_json(chance, 2)] * 2
            for key in (SESSION_KEY, MESSAGES_KEY, ADDRESSES_KEY)
        }
        request = await asked_with(storage, {"user": "alice", **content})
        store = transport.open(request)
        bag = Flashbag(await store.load(request), codec=store.codec)
        seen = [repr(bag), [bag.get(key) for key in "abc"], bag.get_flashed_messages()]
        json.dumps([seen, [dict(m) for m in bag.get_flashed_messages()]]).encode()
        found = set(map(str, bag.get_flashed_messages()))
        assert found == whole(content[MESSAGES_KEY]), content
        delta = bag.delta(200, shows=True, page_view=True)
        await store.commit(request, web.Response(), delta)
        assert (await get_session(request))["user"] == "alice"
        caplog.clear()


@pytest.mark.parametrize("storage", ["simple", "redis"], indirect=True)
async def test_59_a_session_of_any_shape_gives_a_page(
    aiohttp_client: AiohttpClient, storage: AbstractStorage
) -> None:
    chance = random.Random(60)

    async def page(request: web.Request) -> web.Response:
        assert (await get_session(request))["user"] == "alice"
        messages = get_flashed_messages(request)
        values = [flashbag_get(request, key) for key in "abc"]
        return json_page([[dict(m) for m in messages], values, flashed_form(request).errors])

    client = await aiohttp_client(make_app(storage, web.get("/", page)))
    for _ in range(500):
        content = {key: random_json(chance) for key in (SESSION_KEY, MESSAGES_KEY, ADDRESSES_KEY)}
        planted = await asked_with(storage, {"user": "alice", **content})
        client.session.cookie_jar.clear()
        headers = {"Cookie": planted.headers["Cookie"]}
        if chance.random() < 0.5:
            headers["Sec-Fetch-Site"] = "none"  # a page that was not linked to passes flashes over
        response = await client.get("/", headers=headers)
        assert response.status == 200, content
