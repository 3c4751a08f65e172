"""Starlette with starlette_flash, messages in the signed session cookie; or `plain`, without."""

from __future__ import annotations

import sys
from typing import Any

from starlette.applications import Starlette  # type: ignore[import-not-found, unused-ignore]
from starlette.middleware import Middleware  # type: ignore[import-not-found, unused-ignore]
from starlette.middleware.sessions import (  # type: ignore[import-not-found, unused-ignore]
    SessionMiddleware,
)
from starlette.responses import (  # type: ignore[import-not-found, unused-ignore]
    PlainTextResponse,
    RedirectResponse,
)
from starlette.routing import Route  # type: ignore[import-not-found, unused-ignore]
from starlette_flash import flash  # type: ignore[import-not-found, unused-ignore]

from .asgi import serve
from .process import NOTE


async def login(request: Any) -> Any:
    """Begin a session."""
    request.session["user"] = request.query_params["name"]
    return PlainTextResponse("Hello")


async def move(request: Any) -> Any:
    """Redirect, without a flash."""
    return RedirectResponse("/moved", 303)


async def moved(request: Any) -> Any:
    """Show what would be flashed."""
    return PlainTextResponse(NOTE)


async def tell(request: Any) -> Any:
    """Flash."""
    flash(request).success(NOTE)
    return RedirectResponse("/told", 303)


async def told(request: Any) -> Any:
    """Show."""
    return PlainTextResponse(" ".join(each["message"] for each in flash(request).consume()))


if __name__ == "__main__":
    session = Middleware(SessionMiddleware, secret_key="k" * 32)
    serve(
        Starlette(
            routes=[
                Route("/login", login, methods=["POST"]),
                Route("/moved", move, methods=["POST"]),
                Route("/moved", moved),
                Route("/told", tell, methods=["POST"]),
                Route("/told", told),
            ],
            middleware=[] if "plain" in sys.argv else [session],
        )
    )
