"""Starlette with starlette_flash: messages in the signed session cookie."""

from __future__ import annotations

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


async def tell(request: Any) -> Any:
    """Flash."""
    flash(request).success(NOTE)
    return RedirectResponse("/told", 303)


async def told(request: Any) -> Any:
    """Show."""
    return PlainTextResponse(" ".join(each["message"] for each in flash(request).consume()))


if __name__ == "__main__":
    serve(
        Starlette(
            routes=[Route("/told", tell, methods=["POST"]), Route("/told", told)],
            middleware=[Middleware(SessionMiddleware, secret_key="k" * 32)],
        )
    )
