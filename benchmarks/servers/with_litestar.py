"""Litestar with its flash plugin, messages in the encrypted session cookie; or `plain`, without."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from litestar import (  # type: ignore[import-not-found, unused-ignore]
    Litestar,
    MediaType,
    Request,
    get,
    post,
)
from litestar.contrib.jinja import (  # type: ignore[import-not-found, unused-ignore]
    JinjaTemplateEngine,
)
from litestar.middleware.session.client_side import (  # type: ignore[import-not-found, unused-ignore]
    CookieBackendConfig,
)
from litestar.plugins.flash import (  # type: ignore[import-not-found, unused-ignore]
    FlashConfig,
    FlashPlugin,
    flash,
    get_flashes,
)
from litestar.response import Redirect  # type: ignore[import-not-found, unused-ignore]
from litestar.template.config import TemplateConfig  # type: ignore[import-not-found, unused-ignore]

from .asgi import serve
from .process import NOTE


async def login(request: Request[Any, Any, Any], name: str) -> str:
    """Begin a session."""
    request.set_session({"user": name})
    return "Hello"


async def move() -> Redirect:
    """Redirect, without a flash."""
    return Redirect("/moved", status_code=303)


async def moved() -> str:
    """Show what would be flashed."""
    return NOTE


async def tell(request: Request[Any, Any, Any]) -> Redirect:
    """Flash."""
    flash(request, NOTE, "success")
    return Redirect("/told", status_code=303)


async def told(request: Request[Any, Any, Any]) -> str:
    """Show, by what a template would call."""
    return " ".join(each["message"] for each in get_flashes({"request": request}))


if __name__ == "__main__":
    templates = TemplateConfig(directory=Path(__file__).parent, engine=JinjaTemplateEngine)
    session = CookieBackendConfig(secret=bytes(range(32))).middleware
    is_plain = "plain" in sys.argv
    serve(
        Litestar(
            [
                post("/login", status_code=200)(login),
                post("/moved", status_code=303)(move),
                get("/moved", media_type=MediaType.TEXT)(moved),
                post("/told", status_code=303)(tell),
                get("/told", media_type=MediaType.TEXT)(told),
            ],
            middleware=[] if is_plain else [session],
            plugins=[] if is_plain else [FlashPlugin(FlashConfig(templates))],
            template_config=templates,
            logging_config=None,
        )
    )
