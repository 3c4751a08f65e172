"""Messages of a request that a script makes."""

from datetime import datetime, timezone
from inspect import getsource

from aiohttp import web

from aiohttp_flashbag import flash

from .pages import page, posted

routes = web.RouteTableDef()

CATEGORIES = ("success", "info", "warning", "error")


@routes.get("/ping")
async def show_ping(request: web.Request) -> web.Response:
    return await page(request, "ping.html", categories=CATEGORIES, source=getsource(api_ping))


@routes.post("/api/ping")
async def api_ping(request: web.Request) -> web.Response:
    await flash_pong(request)
    return web.Response(text="The server has answered.")


@routes.post("/ping")
async def ping_without_script(request: web.Request) -> web.Response:
    await flash_pong(request)
    raise web.HTTPSeeOther("/ping")


async def flash_pong(request: web.Request) -> None:
    form = await posted(request, "category")
    category = form["category"] if form["category"] in CATEGORIES else "info"
    now = datetime.now(timezone.utc)
    flash(request, f"Pong at {now:%H:%M:%S} UTC, as {category}.", category)
