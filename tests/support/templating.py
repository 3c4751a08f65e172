"""Applications that render templates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import aiohttp_jinja2
import pytest
from aiohttp import web
from aiohttp_session import AbstractStorage
from jinja2 import DictLoader

from support.apps import Handler, make_app

Templates = Mapping[str, str]

# aiohttp_jinja2 stores its context under a plain string key, and aiohttp 3.14 warns about it.
allow_processors = pytest.mark.filterwarnings(
    "ignore:.*RequestKey:aiohttp.web_exceptions.NotAppKeyWarning:aiohttp_jinja2"
)


def renders(template: str, status: int = 200, **context: Any) -> Handler:
    """Return a handler that renders this template. The request is not in its context."""

    async def handler(request: web.Request) -> web.Response:
        return aiohttp_jinja2.render_template(template, request, context, status=status)

    return handler


@web.middleware
async def not_found_page(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Render the template `not_found.html` for each 404, also for images."""
    try:
        return await handler(request)
    except web.HTTPNotFound:
        return await renders("not_found.html", status=404)(request)


def template_app(
    storage: AbstractStorage, templates: Templates, *routes: web.AbstractRouteDef, **options: Any
) -> web.Application:
    """Return an application with a session, the flashbag and then templates with `options`."""
    app = make_app(storage, *routes)
    aiohttp_jinja2.setup(app, loader=DictLoader(templates), **options)
    return app
