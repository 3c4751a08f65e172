"""docs/transports.rst: each way of setting up carries a message."""

from __future__ import annotations

import re
from typing import Any

import pytest
from support.apps import Client
from support.services import RedisServer

from .conftest import Visit, see, send
from .pages import ROOT

PAGE = "docs/transports.rst"

each_way = pytest.mark.parametrize(
    "way", ["with_session", "with_own_cookies", "with_redis", "as_in_0_0_3"]
)


@pytest.fixture
async def client(
    way: str,
    names: dict[str, Any],
    visit: Visit,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> Client:
    if way == "with_redis":
        server: RedisServer = request.getfixturevalue("redis_server")
        monkeypatch.setenv("REDIS_URL", server.url)
    app = names[way]()
    app.router.add_post("/log_out", names["log_out"])
    return await visit(app)


@each_way
async def test_a_message_arrives_once(client: Client) -> None:
    await send(client, "/")
    assert await see(client, "/") == ["Article created."]
    assert await see(client, "/") == []


@each_way
async def test_after_the_logout_only_the_goodbye_is_pending(client: Client) -> None:
    await send(client, "/")
    await send(client, "/log_out")
    assert await see(client, "/") == ["Goodbye."]


@pytest.mark.parametrize("way", ["with_own_cookies"])
@pytest.mark.parametrize("referer", ["", "/new"])
async def test_a_cookie_with_one_short_message_has_about_the_size_that_the_page_says(
    client: Client, referer: str
) -> None:
    text = " ".join((ROOT / PAGE).read_text(encoding="utf-8").split())
    (sizes,) = re.findall(r"one short message takes about (\d+) bytes, or (\d+) if", text)
    headers = {"Referer": str(client.make_url(referer))} if referer else {}
    response = await client.post("/", headers=headers, allow_redirects=False)
    pair = response.headers["Set-Cookie"].partition(";")[0]
    assert len(pair) == pytest.approx(int(sizes[bool(referer)]), rel=0.1)
