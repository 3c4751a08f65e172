"""59: sessions whose flashes are damaged at random: no error, and no whole flash is lost."""

from __future__ import annotations

import random
import time
from functools import partial
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from aiohttp_session import AbstractStorage, Session, get_session
from support.apps import AiohttpClient, does, json_page, make_app, session_app

from aiohttp_flashbag import (
    SESSION_KEY,
    flash,
    flash_form,
    flashbag_get,
    flashbag_set,
    flashed_form,
    get_flashed_messages,
)

NUMBER = 1000
MESSAGES_KEY = "aiohttp_flashbag_messages"
# aiohttp_session finds its storage under a plain string key, of which aiohttp 3.14 warns.
pytestmark = pytest.mark.filterwarnings("ignore:.*RequestKey")


def add(request: web.Request) -> None:
    flashbag_set(request, "a", "Taken")
    flashbag_set(request, "b", ["Taken"])
    flash(request, "Saved", link="/1")
    flash(request, "Sent", allow_duplicate=False)
    flash_form(request, {"name": "Ann"}, {"name": "Taken"})


async def page(request: web.Request) -> web.Response:
    assert (await get_session(request))["user"] == "alice"
    messages = [dict(message) for message in get_flashed_messages(request)]
    values = [flashbag_get(request, key) for key in "ab"]
    return json_page([messages, values, flashed_form(request).errors])


async def dump(request: web.Request) -> web.Response:
    return json_page(dict(await get_session(request)))


def random_json(chance: random.Random, depth: int = 3) -> Any:
    kind = chance.randrange(6)
    if depth == 0 or kind < 3:
        return chance.choice([None, True, 0, -1, 1.5, "", "x", "\ud800", "0" * 19, 1 << 60])
    if kind < 4:
        return [random_json(chance, depth - 1) for _ in range(chance.randrange(6))]
    names = ["a", "0000000000001ffffff", "text", "category", "markup", "once", "data"]
    return {name: random_json(chance, depth - 1) for name in chance.sample(names, 3)}


def damaged(chance: random.Random, value: Any) -> Any:
    """Replace something anywhere in a JSON value."""
    if not value or not isinstance(value, dict | list) or chance.random() < 0.1:
        return random_json(chance)
    if isinstance(value, dict):
        key = chance.choice([*value, "x", "\ud800"])
        return {**value, key: damaged(chance, value.get(key))}
    place = chance.randrange(len(value))
    return [*value[:place], damaged(chance, value[place]), *value[place + 1 :]]


_request = make_mocked_request("GET", "/")


async def cookie_with(storage: AbstractStorage, content: dict[str, Any]) -> dict[str, str]:
    """Return the header that brings a session with this content."""
    response = web.Response()
    session = Session(None, data={"created": int(time.time()), "session": content}, new=False)
    await storage.save_session(_request, response, session)
    [morsel] = response.cookies.values()
    return {"Cookie": f"{morsel.key}={morsel.coded_value}"}


@pytest.mark.parametrize("storage", ["encrypted"], indirect=True)
async def test_b7_59_a_damaged_flash_is_no_error_and_hides_no_whole_one(
    aiohttp_client: AiohttpClient, storage: AbstractStorage
) -> None:
    chance = random.Random(59)
    redirect = partial(web.HTTPSeeOther, "/")
    routes = web.post("/", does(add, answer=redirect)), web.get("/", page)
    client = await aiohttp_client(make_app(storage, *routes))
    bare = await aiohttp_client(session_app(storage, web.get("/dump", dump)))
    await client.post("/login?user=alice")
    form = {"Referer": str(client.make_url("/form"))}
    await client.post("/", headers=form, allow_redirects=False)
    [cookie] = client.session.cookie_jar
    session = await (
        await bare.get("/dump", headers={"Cookie": f"{cookie.key}={cookie.coded_value}"})
    ).json()
    assert {*session} == {"user", SESSION_KEY, MESSAGES_KEY}
    whole = 0
    for _ in range(NUMBER):
        content = {**session}
        for key in chance.choice([[SESSION_KEY], [MESSAGES_KEY], [SESSION_KEY, MESSAGES_KEY]]):
            content[key] = damaged(chance, content[key])
        client.session.cookie_jar.clear()  # its cookie would be sent instead
        response = await client.get("/", headers=await cookie_with(storage, content))
        assert response.status == 200, content
        messages, values, _ = await response.json()
        whole += check(session, content, messages, values)
    assert whole > NUMBER  # most damages leave several flashes whole


def check(
    session: dict[str, Any], content: dict[str, Any], messages: list[Any], values: list[Any]
) -> int:
    """Check that the page has each flash that is whole. Returns their number."""
    found = 0
    texts = [message["message"] for message in messages]
    for key in (SESSION_KEY, MESSAGES_KEY):
        for flash_id, packed in session[key].items():
            if isinstance(content[key], dict) and content[key].get(flash_id) == packed:
                name, flashed, *address = packed
                assert len(address) == 3
                assert name or flashed["text"] in texts, content
                assert name not in ("a", "b") or flashed in values, content
                found += 1
    return found
