"""Fragments for htmx: flash as for a page, and the script shows it after the swap."""

from datetime import datetime, timezone
from inspect import getsource

from aiohttp import web

from aiohttp_flashbag import flash

from .npm import HTMX
from .pages import page

routes = web.RouteTableDef()


@routes.get("/htmx/{version:[24]}")
async def show_htmx(request: web.Request) -> web.Response:
    version = request.match_info["version"]
    return await page(
        request, "htmx.html", version=version, library=HTMX[version], source=getsource(save_note)
    )


@routes.post("/htmx/note")
async def save_note(request: web.Request) -> web.Response:
    flash(request, "The note is saved.")
    return fragment(f"Saved at {datetime.now(timezone.utc):%H:%M:%S} UTC.")


@routes.post("/htmx/refuse")
async def refuse_note(request: web.Request) -> web.Response:
    flash(request, "The note is too short.", "error")
    return web.Response(status=204)  # nothing to swap, and the message is shown all the same


@routes.post("/htmx/leave")
async def leave(request: web.Request) -> web.Response:
    flash(request, "htmx has brought you here, and the message came along.", "info")
    return web.Response(headers={"HX-Redirect": "/articles"})


def fragment(text: str) -> web.Response:
    return web.Response(text=text, content_type="text/html")
