"""The application with each flash library, `LIBRARY STORAGE`.

LIBRARY: none, 0.0.3, session or cookies (the transports); hooks or sealed, which are what the least
would cost. STORAGE: no, encrypted or a Redis port.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from pathlib import Path

import aiohttp_session
from aiohttp import web
from aiohttp.typedefs import Handler
from aiohttp_session.cookie_storage import EncryptedCookieStorage
from aiohttp_session.redis_storage import RedisStorage
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from redis.asyncio import Redis

from .process import NOTE, PAGE, listening

_KEY = bytes(range(32))


def application(library: str, storage: str) -> web.Application:
    """The pages, and the library if there is one."""
    app = web.Application()
    if storage != "no":
        aiohttp_session.setup(app, _storage(storage))
    app.add_routes([web.get("/page", page), web.get("/mine", mine), web.post("/login", login)])
    app.add_routes([web.post("/moved", move), web.get("/moved", moved)])
    app.router.add_static("/static", Path(__file__).parent / "static")
    routes = {"none": _by_hand, "hooks": _with_hooks, "sealed": _sealed_by_hand}.get(library)
    app.add_routes(routes(app) if routes else _with_library(app, library))
    return app


def _storage(name: str) -> aiohttp_session.AbstractStorage:
    if name == "encrypted":
        return EncryptedCookieStorage(_KEY)
    return RedisStorage(Redis(port=int(name)))


async def page(request: web.Request) -> web.Response:
    """A page for everybody."""
    return web.Response(text=PAGE, content_type="text/html")


async def mine(request: web.Request) -> web.Response:
    """A page that knows who asks."""
    session = await aiohttp_session.get_session(request)
    return web.Response(text=PAGE + session["user"], content_type="text/html")


async def login(request: web.Request) -> web.Response:
    """Begin a session."""
    session = await aiohttp_session.get_session(request)
    session["user"] = request.query["name"]
    return web.Response(text="Hello")


async def move(request: web.Request) -> web.Response:
    """Redirect, without a flash."""
    raise web.HTTPSeeOther("/moved")


async def moved(request: web.Request) -> web.Response:
    """Show what would be flashed."""
    return web.Response(text=NOTE)


def _by_hand(app: web.Application) -> Sequence[web.RouteDef]:
    """What those write who have no library."""

    async def save(request: web.Request) -> web.Response:
        session = await aiohttp_session.get_session(request)
        session["note"] = NOTE
        raise web.HTTPSeeOther("/note")

    async def show(request: web.Request) -> web.Response:
        session = await aiohttp_session.get_session(request)
        return web.Response(text=session.pop("note", ""))

    return [*_under_both_names(save, show), web.get("/look", page)]


def _with_hooks(app: web.Application) -> Sequence[web.RouteDef]:
    """As by hand, beside a middleware and a signal receiver that do nothing."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        return await handler(request)

    async def receiver(request: web.Request, response: web.StreamResponse) -> None:
        pass

    app.middlewares.append(middleware)
    app.on_response_prepare.append(receiver)
    return _by_hand(app)


def _sealed_by_hand(app: web.Application) -> Sequence[web.RouteDef]:
    """An encrypted cookie set and deleted by the handlers, and nothing else done for it."""
    cipher = AESGCM(_KEY)

    async def save(request: web.Request) -> web.Response:
        response = web.HTTPSeeOther("/note")
        nonce = os.urandom(12)
        token = urlsafe_b64encode(nonce + cipher.encrypt(nonce, json.dumps(NOTE).encode(), b"note"))
        response.set_cookie("note", token.decode(), max_age=600, httponly=True, samesite="Lax")
        raise response

    async def show(request: web.Request) -> web.Response:
        token = urlsafe_b64decode(request.cookies["note"])
        response = web.Response(text=json.loads(cipher.decrypt(token[:12], token[12:], b"note")))
        response.del_cookie("note")
        return response

    return _under_both_names(save, show)


def _with_library(app: web.Application, library: str) -> Sequence[web.RouteDef]:
    import aiohttp_flashbag as flashbag  # this one or 0.0.3, as the environment has it

    async def save(request: web.Request) -> web.Response:
        flashbag.flashbag_set(request, "note", NOTE)
        raise web.HTTPSeeOther("/note")

    async def show(request: web.Request) -> web.Response:
        return web.Response(text=flashbag.flashbag_get(request, "note", ""))

    async def look(request: web.Request) -> web.Response:
        note = flashbag.flashbag_get(request, "note", "")
        return web.Response(text=PAGE + note, content_type="text/html")

    if library == "0.0.3":
        if flashbag.__version__ != library:
            raise RuntimeError(f"aiohttp-flashbag is {flashbag.__version__} where it must be 0.0.3")
        app.middlewares.append(flashbag.flashbag_middleware)
        return [*_under_both_names(save, show), web.get("/look", look)]
    own = {"session": flashbag.SessionTransport(), "cookies": flashbag.CookieTransport(_KEY)}
    flashbag.setup(app, own[library])
    return [web.post("/note", save), web.get("/note", show), web.get("/look", look), *_messages()]


def _under_both_names(save: Handler, show: Handler) -> list[web.RouteDef]:
    """Where there are no messages, a value stands for one."""
    return [
        route
        for path in ("/note", "/told")
        for route in (web.post(path, save), web.get(path, show))
    ]


def _messages() -> Sequence[web.RouteDef]:
    """Messages for people, which other frameworks have, too; 0.0.3 has none."""
    from aiohttp_flashbag import flash, get_flashed_messages

    async def tell(request: web.Request) -> web.Response:
        flash(request, NOTE)
        raise web.HTTPSeeOther("/told")

    async def told(request: web.Request) -> web.Response:
        return web.Response(text=" ".join(map(str, get_flashed_messages(request))))

    return [web.post("/told", tell), web.get("/told", told)]


async def serve(app: web.Application) -> None:
    """Serve until SIGTERM, then end as a program ends (so that a profiler can write)."""
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.SockSite(runner, listening()).start()
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    await stopped.wait()
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(serve(application(sys.argv[1], sys.argv[2])))
