"""A form with one field, whose error is a value for the next page."""

from inspect import getsource

from aiohttp import web

from aiohttp_flashbag import flashbag_get, flashbag_set

from .pages import page, posted

routes = web.RouteTableDef()


@routes.get("/")
async def show_form(request: web.Request) -> web.Response:
    error = flashbag_get(request, "error")
    return await page(request, "hello.html", error=error, source=getsource(greet))


@routes.post("/")
async def greet(request: web.Request) -> web.Response:
    form = await posted(request, "name")
    if not form["name"]:
        flashbag_set(request, "error", "Name is required")
        raise web.HTTPSeeOther("/")
    return await page(request, "greeting.html", name=form["name"])
