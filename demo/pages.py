"""Templates: how they are set up, and the page for an unknown address."""

from inspect import getsource
from pathlib import Path
from pkgutil import resolve_name

import aiohttp_jinja2
from aiohttp import web
from aiohttp.typedefs import Handler
from aiohttp_session import get_session
from jinja2 import FileSystemLoader

from .npm import serve_libraries

routes = web.RouteTableDef()

TEMPLATES = Path(__file__).parent / "templates"


def setup_templates(app: web.Application) -> None:
    """Set up Jinja2 with the variables and functions that the templates of the demo use."""
    templates = aiohttp_jinja2.setup(
        app,
        loader=FileSystemLoader(TEMPLATES),
        context_processors=[aiohttp_jinja2.request_processor, add_user],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.globals["libraries"] = serve_libraries(app)
    templates.globals["source_of"] = source_of
    app.middlewares.append(show_not_found)


async def add_user(request: web.Request) -> dict[str, object]:
    """Return the name of the user for the templates, or None."""
    session = await get_session(request)
    return {"user": session.get("user")}


def source_of(*names: str) -> str:
    """Return the code of modules and functions, such as "hello" and "articles:publish"."""
    return "\n".join(getsource(resolve_name(f"{__package__}.{name}")) for name in names)


@routes.get("/more")
@aiohttp_jinja2.template("more.html")
async def show_more(request: web.Request) -> dict[str, object]:
    return {}


@web.middleware
async def show_not_found(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except web.HTTPNotFound:
        return aiohttp_jinja2.render_template("not_found.html", request, {}, status=404)
