"""A page that browsers and proxies may cache. The script fetches its messages."""

from aiohttp import web
from aiohttp_jinja2 import render_template

from aiohttp_flashbag import flash

routes = web.RouteTableDef()


@routes.get("/cached")
async def show_cached(request: web.Request) -> web.Response:
    response = render_template("cached.html", request, {})
    response.headers["Cache-Control"] = "public, max-age=600"
    return response


@routes.post("/api/cached")
async def like(request: web.Request) -> web.Response:
    flash(request, "Thank you! This page came from your browser's cache.", duration=10)
    return web.Response(text="Your vote was counted.")


@routes.post("/cached")
async def like_without_script(request: web.Request) -> web.Response:
    await like(request)
    raise web.HTTPSeeOther("/cached")
