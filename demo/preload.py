"""A page that asks the browser to load another one before anybody wants it."""

from inspect import getsource

from aiohttp import web

from aiohttp_flashbag import flash

from .pages import page

routes = web.RouteTableDef()


@routes.get("/preload")
async def show_preload(request: web.Request) -> web.Response:
    return await page(request, "preload.html", source=getsource(leave_message))


@routes.post("/api/preload")
async def leave_message(request: web.Request) -> web.Response:
    flash(request, "Preloaded or not, here is your message.", "info")
    return web.Response(text="A message is waiting. Open the articles now.")


@routes.post("/preload")
async def leave_message_without_script(request: web.Request) -> web.Response:
    await leave_message(request)
    raise web.HTTPSeeOther("/articles")
