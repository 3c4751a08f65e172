"""Messages after a request that a script makes with `fetch()`."""

from datetime import datetime, timezone

import aiohttp_jinja2
from aiohttp import web

from aiohttp_flashbag import flash

routes = web.RouteTableDef()

CATEGORIES = ("success", "info", "warning", "error")


@routes.get("/fetch")
@aiohttp_jinja2.template("fetch.html")
async def show_fetch(request: web.Request) -> dict[str, object]:
    return {"categories": CATEGORIES}


@routes.post("/api/ping")
async def ping(request: web.Request) -> web.Response:
    form = await request.post()
    category = str(form.get("category", "info"))
    if category not in CATEGORIES:
        raise web.HTTPBadRequest(text="Please choose one of the categories.")
    now = datetime.now(timezone.utc)
    flash(request, f"Pong at {now:%H:%M:%S} UTC.", category)
    return web.Response(text="The server has responded.")


@routes.post("/fetch")
async def ping_without_script(request: web.Request) -> web.Response:
    await ping(request)
    raise web.HTTPSeeOther("/fetch")
