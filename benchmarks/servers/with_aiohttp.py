"""An aiohttp application with a flash library: `LIBRARY STORAGE`.

LIBRARY is none, hooks, 0.0.3, session, cookies or tickets. STORAGE is encrypted, or the port of a
Redis, which tickets need. Without a library, the handlers keep a value in the session. Hooks adds
an empty middleware and an empty receiver.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp_session
from aiohttp import web
from aiohttp.typedefs import Handler
from aiohttp_session.cookie_storage import EncryptedCookieStorage
from aiohttp_session.redis_storage import RedisStorage
from redis.asyncio import Redis

from .process import KEY, NOTE, PAGE, listening_socket

View = Callable[[web.Request], Awaitable[web.Response]]


def application(library: str, storage: str) -> web.Application:
    """Create the pages, and set the library up."""
    app = web.Application()
    if storage == "encrypted":
        aiohttp_session.setup(app, EncryptedCookieStorage(KEY))
    else:
        aiohttp_session.setup(app, RedisStorage(Redis(port=int(storage))))
    app.add_routes([web.get("/page", page), web.get("/mine", mine), web.post("/login", login)])
    app.add_routes([web.post("/moved", move), web.get("/moved", moved)])
    app.router.add_static("/static", Path(__file__).parent / "static")
    if library in ("none", "hooks"):
        _add(app, save_in_session, show_from_session, page)
    else:
        _set_up(app, library, storage)
    if library == "hooks":
        app.middlewares.append(empty_middleware)
        app.on_response_prepare.append(empty_receiver)
    return app


def _add(app: web.Application, save: View, show: View, look: View) -> None:
    """Add the pages of an application that has no messages: a value takes their place."""
    for path in ("/note", "/told"):
        app.add_routes([web.post(path, save), web.get(path, show)])
    app.router.add_get("/look", look)


async def page(request: web.Request) -> web.Response:
    return web.Response(text=PAGE, content_type="text/html")


async def mine(request: web.Request) -> web.Response:
    session = await aiohttp_session.get_session(request)
    return web.Response(text=PAGE + session["user"], content_type="text/html")


async def login(request: web.Request) -> web.Response:
    session = await aiohttp_session.get_session(request)
    session["user"] = request.query["name"]
    return web.Response(text="Hello")


async def move(request: web.Request) -> web.Response:
    raise web.HTTPSeeOther("/moved")


async def moved(request: web.Request) -> web.Response:
    return web.Response(text=NOTE)


async def save_in_session(request: web.Request) -> web.Response:
    session = await aiohttp_session.get_session(request)
    session["note"] = NOTE
    raise web.HTTPSeeOther("/note")


async def show_from_session(request: web.Request) -> web.Response:
    session = await aiohttp_session.get_session(request)
    return web.Response(text=session.pop("note", ""))


@web.middleware
async def empty_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    return await handler(request)


async def empty_receiver(request: web.Request, response: web.StreamResponse) -> None:
    pass


def _set_up(app: web.Application, library: str, storage: str) -> None:
    """Set up aiohttp_flashbag, in the version that this environment has."""
    import aiohttp_flashbag as flashbag

    async def save(request: web.Request) -> web.Response:
        flashbag.flashbag_set(request, "note", NOTE)
        raise web.HTTPSeeOther("/note")

    async def show(request: web.Request) -> web.Response:
        return web.Response(text=flashbag.flashbag_get(request, "note", ""))

    async def look(request: web.Request) -> web.Response:
        note = flashbag.flashbag_get(request, "note", "")
        return web.Response(text=PAGE + note, content_type="text/html")

    async def tell(request: web.Request) -> web.Response:
        flashbag.flash(request, NOTE)
        raise web.HTTPSeeOther("/told")

    async def told(request: web.Request) -> web.Response:
        return web.Response(text=" ".join(map(str, flashbag.get_flashed_messages(request))))

    if library == "0.0.3":
        if flashbag.__version__ != library:
            raise RuntimeError(f"aiohttp-flashbag is {flashbag.__version__}, and must be {library}")
        app.middlewares.append(flashbag.flashbag_middleware)
        _add(app, save, show, look)
        return
    if library == "tickets":
        flashbag.setup(app, flashbag.RedisTransport(Redis(port=int(storage))))
    else:
        own = {"session": flashbag.SessionTransport(), "cookies": flashbag.CookieTransport(KEY)}
        flashbag.setup(app, own[library])
    app.add_routes([web.post("/note", save), web.get("/note", show), web.get("/look", look)])
    app.add_routes([web.post("/told", tell), web.get("/told", told)])


async def serve(app: web.Application) -> None:
    """Serve until SIGTERM, then end normally, so that a profiler can write its file."""
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.SockSite(runner, listening_socket()).start()
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    await stopped.wait()
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(serve(application(sys.argv[1], sys.argv[2])))
