"""A page that asks the browser to load another page in advance."""

from aiohttp import web
from aiohttp_jinja2 import render_template

from aiohttp_flashbag import flash

routes = web.RouteTableDef()

RULES = {
    "prerender": [{"urls": ["/articles"], "eagerness": "immediate"}],
    "prefetch": [{"urls": ["/articles"], "eagerness": "moderate"}],
}


@routes.get("/preload")
async def show_preload(request: web.Request) -> web.Response:
    response = render_template("preload.html", request, {})
    # a header instead of an inline script
    response.headers["Speculation-Rules"] = '"/preload/rules"'
    return response


@routes.get("/preload/rules")
async def send_rules(request: web.Request) -> web.Response:
    return web.json_response(RULES, content_type="application/speculationrules+json")


@routes.post("/api/preload")
async def leave_message(request: web.Request) -> web.Response:
    flash(request, "This message is newer than the preloaded page.", "info")
    return web.Response(text="A message is pending. Open the articles now.")


@routes.post("/preload")
async def leave_message_without_script(request: web.Request) -> web.Response:
    await leave_message(request)
    raise web.HTTPSeeOther("/articles")
