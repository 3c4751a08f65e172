"""A Starlette application: `LIBRARY`.

LIBRARY is flash (starlette_flash, with messages in the signed session cookie) or none.
"""

# mypy: disable-error-code="import-not-found"

from __future__ import annotations

import sys

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.routing import Route
from starlette_flash import flash

from .process import NOTE, listening_socket


async def login(request: Request) -> PlainTextResponse:
    if "session" in request.scope:
        request.session["user"] = request.query_params["name"]
    return PlainTextResponse("Hello")


async def move(request: Request) -> RedirectResponse:
    return RedirectResponse("/moved", 303)


async def moved(request: Request) -> PlainTextResponse:
    return PlainTextResponse(NOTE)


async def tell(request: Request) -> RedirectResponse:
    flash(request).success(NOTE)
    return RedirectResponse("/told", 303)


async def told(request: Request) -> PlainTextResponse:
    return PlainTextResponse(" ".join(each["message"] for each in flash(request).consume()))


if __name__ == "__main__":
    session = Middleware(SessionMiddleware, secret_key="k" * 32)
    app = Starlette(
        routes=[
            Route("/login", login, methods=["POST"]),
            Route("/moved", move, methods=["POST"]),
            Route("/moved", moved),
            Route("/told", tell, methods=["POST"]),
            Route("/told", told),
        ],
        middleware=[session] if sys.argv[1] == "flash" else [],
    )
    # uvicorn with its fastest parser, on the event loop that aiohttp uses too.
    config = uvicorn.Config(
        app, loop="asyncio", http="httptools", access_log=False, log_level="error"
    )
    uvicorn.Server(config).run(sockets=[listening_socket()])
