"""The application of `with_aiohttp`, with much that waits: `LIBRARY STORAGE traced|plain`."""

from __future__ import annotations

import asyncio
import gc
import logging
import resource
import sys
import tracemalloc
from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler

from aiohttp_flashbag import (
    flash,
    flashbag_get,
    flashbag_set,
    get_flashed_messages,
    peek_flashed_messages,
)

from .process import PAGE
from .with_aiohttp import application, serve

_PAGE_SIZE = resource.getpagesize()


async def tell(request: web.Request) -> web.Response:
    """Flash one message."""
    flash(request, f"Message {request.query['number']} of some length")
    raise web.HTTPSeeOther("/page")


async def peek(request: web.Request) -> web.Response:
    """A page that shows what waits, and leaves it there."""
    messages = peek_flashed_messages(request)
    return web.Response(text=PAGE + "".join(map(str, messages)), content_type="text/html")


async def waiting(request: web.Request) -> web.Response:
    """How many messages wait."""
    return web.json_response(len(peek_flashed_messages(request)))


async def take(request: web.Request) -> web.Response:
    """Show what waits."""
    return web.Response(text="".join(map(str, get_flashed_messages(request))))


async def save(request: web.Request) -> web.Response:
    """Set a value of some size."""
    try:
        flashbag_set(request, "value", "v" * int(request.query["size"]))
    except ValueError as error:
        raise web.HTTPBadRequest(text=str(error)) from error
    raise web.HTTPSeeOther("/value")


async def show(request: web.Request) -> web.Response:
    """How many characters came."""
    return web.json_response(len(flashbag_get(request, "value", "")))


async def memory(request: web.Request) -> web.Response:
    """What the process needs once its garbage is collected, and the last other request's peak."""
    gc.collect()
    traced, _ = tracemalloc.get_traced_memory()
    numbers = {"traced": traced, "peak": _peak["before"], "resident": _resident()}
    return web.json_response({**numbers, "objects": len(gc.get_objects())})


_peak = {"before": 0, "start": 0}


@web.middleware
async def note_start(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Outermost."""
    tracemalloc.reset_peak()
    _peak["start"], _ = tracemalloc.get_traced_memory()
    return await handler(request)


async def note_peak(request: web.Request, response: web.StreamResponse) -> None:
    """Last of all receivers."""
    if request.path != "/memory":
        _peak["before"] = tracemalloc.get_traced_memory()[1] - _peak["start"]


def _resident() -> int:
    pages = Path("/proc/self/statm").read_text().split()[1]
    return int(pages) * _PAGE_SIZE


if __name__ == "__main__":
    logging.getLogger("aiohttp_flashbag").disabled = True  # it says what does not fit
    if sys.argv[3] == "traced":
        tracemalloc.start()
    app = application(sys.argv[1], sys.argv[2])
    if sys.argv[3] == "traced":
        app.middlewares.insert(0, note_start)
        app.on_response_prepare.append(note_peak)
    app.add_routes(
        [
            web.post("/messages", tell),
            web.get("/messages", take),
            web.get("/peek", peek),
            web.get("/waiting", waiting),
            web.post("/value", save),
            web.get("/value", show),
            web.get("/memory", memory),
        ]
    )
    asyncio.run(serve(app))
