"""Turbo: handlers flash as usual after redirects, rejected forms and streams."""

import aiohttp_jinja2
from aiohttp import web
from aiohttp_jinja2 import render_template

from aiohttp_flashbag import flash, flash_redirect

routes = web.RouteTableDef()

STREAM = """<turbo-stream action="append" target="names">
  <template><li>Added by a stream</li></template>
</turbo-stream>"""


@routes.get("/turbo")
@aiohttp_jinja2.template("turbo.html")
async def show_turbo(request: web.Request) -> dict[str, object]:
    return {}


@routes.post("/turbo")
async def save_name(request: web.Request) -> web.Response:
    form = await request.post()
    name = str(form.get("name", "")).strip()
    if not name:
        flash(request, "Please enter your name.", "error")
        return render_template("turbo.html", request, {}, status=422)
    raise flash_redirect(request, "/turbo", f"“{name}” was saved.")


@routes.post("/turbo/stream")
async def add_line(request: web.Request) -> web.Response:
    flash(request, "A line was added without a page load.", "info")
    return web.Response(text=STREAM, content_type="text/vnd.turbo-stream.html")
