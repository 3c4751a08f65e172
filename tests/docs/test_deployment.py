"""docs/deployment.rst: keys from the environment, their rotation, https, and Redis."""

from __future__ import annotations

import re
import secrets
from typing import Any

import aiohttp
import pytest
from aiohttp import hdrs, web
from support.services import RedisServer
from transports.ticket_visits import ON_A_CLUSTER, ONE_SERVER

import aiohttp_flashbag
from aiohttp_flashbag.transports import Transport

from .conftest import Visit, see, send
from .pages import ROOT

PAGE = "docs/deployment.rst"
OLD, NEW = secrets.token_urlsafe(32), secrets.token_urlsafe(32)


def app_with(transport: Transport) -> web.Application:
    app = web.Application()
    aiohttp_flashbag.setup(app, transport)
    return app


async def test_the_key_comes_from_the_environment(
    names: dict[str, Any], visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(KeyError, match="FLASHBAG_KEY"):
        names["make_app"]()
    monkeypatch.setenv("FLASHBAG_KEY", NEW)
    client = await visit(names["make_app"]())
    await send(client, "/")
    assert await see(client, "/") == ["Article created."]


@pytest.mark.parametrize(
    ("before", "after"), [((OLD,), (OLD, NEW)), ((OLD, NEW), (NEW, OLD)), ((NEW, OLD), (NEW,))]
)
async def test_at_each_step_of_a_rotation_both_machines_read_the_cookies_of_the_other(
    names: dict[str, Any],
    visit: Visit,
    monkeypatch: pytest.MonkeyPatch,
    before: tuple[str],
    after: tuple[str],
) -> None:
    jar, clients = aiohttp.CookieJar(unsafe=True), []
    for keys in (before, after):
        monkeypatch.setenv("FLASHBAG_KEYS", ",".join(keys))
        clients.append(await visit(app_with(names["make_transport"]()), jar))
    for one, other in (clients, reversed(clients)):
        await send(one, "/")
        assert await see(other, "/") == ["Article created."]


async def test_behind_https_the_cookie_is_secure_and_belongs_to_this_host(
    names: dict[str, Any], visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLASHBAG_KEY", NEW)
    client = await visit(app_with(names["make_transport_behind_https"]()))
    cookie = (await send(client, "/")).headers[hdrs.SET_COOKIE]
    assert cookie.startswith("__Host-FLASHBAG-")
    assert "; Secure" in cookie
    assert "; Path=/" in cookie


@pytest.mark.parametrize("make", ["make_app_with_redis", "make_app_with_tickets"])
async def test_redis_carries_a_message(
    names: dict[str, Any],
    visit: Visit,
    monkeypatch: pytest.MonkeyPatch,
    redis_server: RedisServer,
    make: str,
) -> None:
    monkeypatch.setenv("REDIS_URL", redis_server.url)
    client = await visit(names[make]())
    await send(client, "/")
    assert await see(client, "/") == ["Article created."]


def test_the_page_names_the_rights_that_are_enough() -> None:
    """The tests of the clients prove it."""
    text = (ROOT / PAGE).read_text(encoding="utf-8")
    words = " ".join(re.sub(r"['\\]", "", text).split())
    for commands in (ONE_SERVER, ON_A_CLUSTER):
        assert f">password ~flashbag:* -@all {commands} " in words
