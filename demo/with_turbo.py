"""Turbo: redirects, refused forms and streams flash as they do without it."""

from inspect import getsource

from aiohttp import web

from aiohttp_flashbag import flash

from .npm import TURBO
from .pages import page, posted

routes = web.RouteTableDef()

STREAM = """<turbo-stream action="append" target="names"><template><li>{}</li></template>\
</turbo-stream>"""


@routes.get("/turbo")
async def show_turbo(request: web.Request) -> web.Response:
    return await turbo_page(request)


@routes.post("/turbo")
async def save_name(request: web.Request) -> web.Response:
    form = await posted(request, "name")
    if not form["name"]:
        flash(request, "Name is required.", "error")
        return await turbo_page(request, status=422)
    flash(request, f"{form['name']} is saved.")
    raise web.HTTPSeeOther("/turbo")


@routes.post("/turbo/stream")
async def stream_name(request: web.Request) -> web.Response:
    flash(request, "A line is added, and the page stayed.", "info")
    text = STREAM.format("Added by a stream")
    return web.Response(text=text, content_type="text/vnd.turbo-stream.html")


async def turbo_page(request: web.Request, *, status: int = 200) -> web.Response:
    source = getsource(save_name)
    return await page(request, "turbo.html", status=status, library=TURBO, source=source)
