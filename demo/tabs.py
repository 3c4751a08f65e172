"""Two tabs: a message appears in the tab that saved, even if the other tab loads a page first."""

import asyncio

import aiohttp_jinja2
from aiohttp import web

from aiohttp_flashbag import flash_redirect

routes = web.RouteTableDef()


@routes.get("/tabs")
@aiohttp_jinja2.template("tabs.html")
async def show_tabs(request: web.Request) -> dict[str, object]:
    return {}


@routes.post("/tabs")
async def save(request: web.Request) -> web.Response:
    raise flash_redirect(request, "/tabs/saved", "Saved in this tab.")


@routes.get("/tabs/saved")
@aiohttp_jinja2.template("tabs.html")
async def show_saved(request: web.Request) -> dict[str, object]:
    await asyncio.sleep(3)  # gives you time to load a page in another tab
    return {}
