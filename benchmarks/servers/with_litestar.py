"""Litestar with its flash plugin: messages in the encrypted session cookie."""

from __future__ import annotations

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


async def tell(request: Request[Any, Any, Any]) -> Redirect:
    """Flash."""
    flash(request, NOTE, "success")
    return Redirect("/told", status_code=303)


async def told(request: Request[Any, Any, Any]) -> str:
    """Show, by what a template would call."""
    return " ".join(each["message"] for each in get_flashes({"request": request}))


if __name__ == "__main__":
    templates = TemplateConfig(directory=Path(__file__).parent, engine=JinjaTemplateEngine)
    serve(
        Litestar(
            [post("/told", status_code=303)(tell), get("/told", media_type=MediaType.TEXT)(told)],
            middleware=[CookieBackendConfig(secret=bytes(range(32))).middleware],
            plugins=[FlashPlugin(FlashConfig(templates))],
            template_config=templates,
            logging_config=None,
        )
    )
