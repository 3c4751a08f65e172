"""Two tabs: the message is shown in the one that saved, although the other loads a page first."""

import asyncio
from inspect import getsource

from aiohttp import web

from aiohttp_flashbag import flash_redirect

from .pages import page

routes = web.RouteTableDef()


@routes.get("/tabs")
async def show_tabs(request: web.Request) -> web.Response:
    return await page(request, "tabs.html", source=getsource(save) + "\n\n" + getsource(show_saved))


@routes.post("/tabs")
async def save(request: web.Request) -> web.Response:
    raise flash_redirect(request, "/tabs/saved", "Saved in this tab.")


@routes.get("/tabs/saved")
async def show_saved(request: web.Request) -> web.StreamResponse:
    await asyncio.sleep(3)  # meanwhile another tab may load a page
    return await show_tabs(request)
