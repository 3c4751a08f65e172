"""Rendering pages and reading forms."""

from aiohttp import web
from aiohttp.typedefs import Handler
from aiohttp_jinja2 import render_string
from aiohttp_session import get_session


async def html(request: web.Request, template: str, **context: object) -> str:
    session = await get_session(request)
    context |= {"request": request, "user": session.get("user")}
    return render_string(template, request, context)


async def page(
    request: web.Request, template: str, *, status: int = 200, **context: object
) -> web.Response:
    text = await html(request, template, **context)
    return web.Response(text=text, content_type="text/html", status=status)


@web.middleware
async def not_found_page(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except web.HTTPNotFound:
        return await page(request, "not_found.html", status=404)


async def posted(request: web.Request, *names: str) -> dict[str, str]:
    """The text fields of a form, trimmed; a missing one, or a file in its place, is ""."""
    form = await request.post()
    return {name: text(form.get(name)) for name in names}


def text(field: object) -> str:
    return field.replace("\r\n", "\n").strip() if isinstance(field, str) else ""
