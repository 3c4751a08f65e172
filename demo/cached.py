"""A page that every cache may keep, for the script asks for the messages."""

from inspect import getsource

from aiohttp import web

from aiohttp_flashbag import flash

from .pages import page

routes = web.RouteTableDef()


@routes.get("/cached")
async def show_cached(request: web.Request) -> web.Response:
    response = await page(request, "cached.html", source=getsource(show_cached))
    response.headers["Cache-Control"] = "public, max-age=600"
    return response


@routes.post("/api/cached")
async def like(request: web.Request) -> web.Response:
    flash(request, "Thank you. This page came from your browser's cache.", duration=10)
    return web.Response(text="Counted.")


@routes.post("/cached")
async def like_without_script(request: web.Request) -> web.Response:
    await like(request)
    raise web.HTTPSeeOther("/cached")
