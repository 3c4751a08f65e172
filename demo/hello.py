"""A form with one field. The redirect carries a message or an error."""

import aiohttp_jinja2
from aiohttp import web

from aiohttp_flashbag import flash_redirect, flashbag_get, flashbag_set

routes = web.RouteTableDef()


@routes.get("/")
@aiohttp_jinja2.template("hello.html")
async def show_form(request: web.Request) -> dict[str, str]:
    return {"error": flashbag_get(request, "error", "")}


@routes.post("/")
async def greet(request: web.Request) -> web.Response:
    form = await request.post()
    name = str(form.get("name", "")).strip()
    if not name:
        flashbag_set(request, "error", "Please enter your name.")
        raise web.HTTPSeeOther("/")
    raise flash_redirect(request, "/", f"Hello, {name}!")
