"""docs/observer.rst: a log and counters of what became of each flash."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest
from aiohttp import web
from support.apps import AiohttpClient, Client

from aiohttp_flashbag import flash_redirect, get_flashed_messages

from .conftest import see, send
from .pages import built

PAGE = "docs/observer.rst"


async def save(request: web.Request) -> web.Response:
    raise flash_redirect(request, "/", "Saved")


async def show(request: web.Request) -> web.Response:
    return web.json_response(get_flashed_messages(request))


async def start(aiohttp_client: AiohttpClient, app: web.Application) -> Client:
    app.add_routes([web.get("/", show), web.post("/", save)])
    return await aiohttp_client(app, cookie_jar=aiohttp.CookieJar(unsafe=True))


@built(PAGE, "observer=observe")
async def test_the_log_tells_what_was_flashed_and_shown_but_not_the_text(
    aiohttp_client: AiohttpClient, names: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    assert names["observe"]
    caplog.set_level("INFO", "shop.flashes")
    client = await start(aiohttp_client, names["make_app"]())
    await send(client, "/")
    assert await see(client, "/") == ["Saved"]
    told = [r.getMessage() for r in caplog.records if r.name == "shop.flashes"]
    assert [line.split() for line in told] == [
        ["POST", "/:", "flashed"],
        ["GET", "/:", "shown"],
    ]


@built(PAGE, "observer=count")
async def test_prometheus_counts_each_kind(
    aiohttp_client: AiohttpClient, names: dict[str, Any]
) -> None:
    assert names["count"]
    client = await start(aiohttp_client, names["make_counted_app"]())
    await send(client, "/")
    await see(client, "/")
    counted = {
        sample.labels["kind"]: sample.value
        for metric in names["FLASHES"].collect()
        for sample in metric.samples
        if sample.name.endswith("_total")
    }
    assert counted == {"flashed": 1, "shown": 1}
