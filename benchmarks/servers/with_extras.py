"""The application of `with_aiohttp` with pages for growth, load and overlaps.

Its arguments are `LIBRARY STORAGE TRACED`.

If TRACED is "traced", the memory of all objects is counted, which takes time.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import resource
import sys
import tracemalloc
from pathlib import Path

import aiohttp_session
from aiohttp import web

from aiohttp_flashbag import flash, flashbag_clear, flashbag_replace_all, get_flashed_messages

from .with_aiohttp import application, serve


async def memory(request: web.Request) -> web.Response:
    """Collect the garbage, and return the memory that the process needs."""
    gc.collect()
    traced, _ = tracemalloc.get_traced_memory()
    pages = int(Path("/proc/self/statm").read_text().split()[1])  # noqa: ASYNC240  # not a disk
    resident = pages * resource.getpagesize()
    objects = len(gc.get_objects())
    return web.json_response({"traced": traced, "resident": resident, "objects": objects})


async def many_values(request: web.Request) -> web.Response:
    count = int(request.query["count"])
    flashbag_replace_all(request, {f"key{number}": number for number in range(count)})
    raise web.HTTPSeeOther("/page")


async def many_messages(request: web.Request) -> web.Response:
    for number in range(int(request.query["count"])):
        flash(request, f"Message {number}", allow_duplicate=False)
    raise web.HTTPSeeOther("/page")


async def save(request: web.Request) -> web.Response:
    for text in request.query.getall("text"):
        flash(request, text)
    raise web.HTTPSeeOther("/saved")


async def saved(request: web.Request) -> web.Response:
    return web.json_response([str(message) for message in get_flashed_messages(request)])


async def logout(request: web.Request) -> web.Response:
    if sys.argv[1] != "session":  # there, flashes end with the session
        flashbag_clear(request)
    (await aiohttp_session.get_session(request)).invalidate()
    return web.Response(text="Goodbye")


async def whoami(request: web.Request) -> web.Response:
    session = await aiohttp_session.get_session(request)
    return web.Response(text=session.get("user", ""))


if __name__ == "__main__":
    if sys.argv[3] == "traced":
        tracemalloc.start()
    logging.getLogger("aiohttp_flashbag").disabled = True  # most of many flashes are dropped
    app = application(sys.argv[1], sys.argv[2])
    app.add_routes([web.get("/memory", memory), web.post("/values", many_values)])
    app.add_routes([web.post("/messages", many_messages)])
    app.add_routes([web.post("/save", save), web.get("/saved", saved)])
    app.add_routes([web.post("/logout", logout), web.get("/whoami", whoami)])
    asyncio.run(serve(app))
