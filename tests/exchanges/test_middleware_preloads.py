"""B3: what nobody sees, uses nothing up."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

import pytest
from aiohttp import web
from aiohttp.typedefs import Handler
from aiohttp_session import AbstractStorage
from support.apps import (
    ERROR,
    AiohttpClient,
    Start,
    does,
    flash_messages,
    json_page,
    make_app,
    read,
    set_values,
    shown,
    texts,
)
from support.overlap import FETCH

from aiohttp_flashbag import (
    flashbag_clear,
    flashbag_peek,
    get_flashbag,
    get_flashed_messages,
    peek_flashed_messages,
)

pytestmark = pytest.mark.parametrize("storage", ["encrypted", "redis"], indirect=True)
PRELOADS = [
    pytest.param({"Sec-Purpose": "prefetch"}, id="prefetch"),
    pytest.param({"Sec-Purpose": "prefetch;prerender"}, id="prerender"),
]
SCRIPT_PRELOADS = [
    pytest.param({"X-Sec-Purpose": "prefetch"}, id="X-Sec-Purpose"),
    pytest.param({"Purpose": "prefetch"}, id="Purpose"),
    pytest.param({"X-Moz": "prefetch"}, id="X-Moz"),
]
preloads = pytest.mark.parametrize("preload", PRELOADS)
script_preloads = pytest.mark.parametrize("preload", SCRIPT_PRELOADS)


async def streamed(request: web.Request) -> web.StreamResponse:
    """A page that is sent piece by piece, with the messages in it."""
    messages = get_flashed_messages(request)
    response = web.StreamResponse()
    await response.prepare(request)
    await response.write("".join(map(str, messages)).encode())
    return response


async def moved(request: web.Request) -> web.Response:
    """Look, and send the browser elsewhere."""
    raise web.HTTPFound("/messages", headers={"X-Seen": str(len(get_flashed_messages(request)))})


async def in_a_file(request: web.Request) -> web.StreamResponse:
    """Look, and answer with a file."""
    get_flashed_messages(request)
    return web.FileResponse(__file__)


def page_with(
    look: Callable[[web.Request], object],
) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def page(request: web.Request) -> web.Response:
        return json_page(str(look(request)))

    return page


LOOKING = {
    "messages": page_with(get_flashed_messages),
    "peeked": page_with(peek_flashed_messages),
    "value": page_with(partial(flashbag_peek, key="error")),
    "count": page_with(lambda request: len(get_flashbag(request))),
    "contains": page_with(lambda request: "error" in get_flashbag(request)),
    "moved": moved,
    "file": in_a_file,
    "streamed": streamed,
}


@preloads
@pytest.mark.parametrize("page", LOOKING)
async def test_b3_a_preload_that_looked_while_something_waited_is_told_to_load_for_real(
    start: Start, preload: dict[str, str], page: str
) -> None:
    client = await start(web.get("/page", LOOKING[page]))
    await client.post("/set", params={"error": ERROR}, headers=FETCH)
    await client.post("/flash?success=Saved", headers=FETCH)
    response = await client.get("/page", headers=preload, allow_redirects=False)
    assert response.status == 503
    assert response.headers["Cache-Control"] == "no-store"
    assert await shown(client) == ["Saved"]


async def test_b3_a_browser_that_says_so_in_the_old_header_too_is_told_to_load_for_real(
    start: Start,
) -> None:
    client = await start()
    await client.post("/flash?success=Saved", headers=FETCH)
    both = {"Sec-Purpose": "prefetch;prerender", "Purpose": "prefetch"}  # Chrome until 2025
    assert (await client.get("/messages", headers=both)).status == 503
    assert await shown(client) == ["Saved"]


@preloads
@pytest.mark.parametrize("page", ["/plain", "/messages?only=error", "/values?name"])
async def test_b3_a_preload_that_did_not_look_for_what_waits_is_answered(
    start: Start, preload: dict[str, str], page: str
) -> None:
    client = await start()
    await client.post("/set", params={"error": ERROR}, headers=FETCH)
    await client.post("/flash?success=Saved", headers=FETCH)
    response = await client.get(page, headers=preload)
    assert response.status == 200
    assert "Cache-Control" not in response.headers
    assert await read(client) == ERROR
    assert await shown(client) == ["Saved"]


@preloads
async def test_b3_a_preload_that_looked_while_nothing_waited_is_answered(
    start: Start, preload: dict[str, str]
) -> None:
    client = await start()
    await client.post("/login?user=alice")
    assert await texts(await client.get("/messages", headers=preload)) == []


@script_preloads
async def test_b3_a_preload_by_a_script_just_finds_an_empty_bag(
    start: Start, preload: dict[str, str]
) -> None:
    client = await start()
    await client.post("/set", params={"error": ERROR}, headers=FETCH)
    await client.post("/flash?success=Saved", headers=FETCH)
    assert await texts(await client.get("/messages", headers=preload)) == []
    assert await (await client.get("/values?error", headers=preload)).json() == {"error": None}
    assert await read(client) == ERROR
    assert await shown(client) == ["Saved"]


async def test_b3_a_head_request_finds_an_empty_bag_and_no_503(start: Start) -> None:
    found = []
    client = await start(
        web.get("/", does(lambda request: found.append(len(get_flashbag(request)))))
    )
    await client.post("/set", params={"error": ERROR}, headers=FETCH)
    assert (await client.head("/")).status == 200
    assert found == [0]
    assert await read(client) == ERROR


@pytest.mark.parametrize("preload", [*PRELOADS, *SCRIPT_PRELOADS, {}])
async def test_b3_adding_works_in_preloads_and_head(start: Start, preload: dict[str, str]) -> None:
    client = await start(web.get("/", does(set_values, flash_messages)))
    await client.post("/flash?success=Earlier", headers=FETCH)
    method = "GET" if preload else "HEAD"
    response = await client.request(method, "/", params={"error": ERROR}, headers=preload)
    assert response.status == 200
    assert await read(client) == ERROR
    assert await shown(client) == ["Earlier", ERROR]


@pytest.mark.parametrize("preload", [*PRELOADS, *SCRIPT_PRELOADS, {}])
async def test_b3_clearing_works_in_preloads_and_head(
    start: Start, preload: dict[str, str]
) -> None:
    client = await start(web.get("/", does(flashbag_clear)))
    await client.post("/set", params={"error": ERROR}, headers=FETCH)
    await client.post("/flash?success=Saved", headers=FETCH)
    await client.request("GET" if preload else "HEAD", "/", headers=preload)
    assert await read(client) is None
    assert await shown(client) == []


@pytest.mark.parametrize("page", ["messages", "moved"])
async def test_b3_a_middleware_outside_sees_the_status_that_a_preload_gets(
    aiohttp_client: AiohttpClient, storage: AbstractStorage, page: str
) -> None:
    seen: list[int] = []

    @web.middleware
    async def counts(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            response = await handler(request)
        except web.HTTPException as error:
            seen.append(error.status)
            raise
        seen.append(response.status)
        return response

    app = make_app(storage, web.get("/page", LOOKING[page]))
    app.middlewares.insert(0, counts)
    client = await aiohttp_client(app)
    await client.post("/flash?success=Saved", headers=FETCH)
    preload = {"Sec-Purpose": "prefetch"}
    assert (await client.get("/page", headers=preload, allow_redirects=False)).status == 503
    assert seen == [200, 503]
