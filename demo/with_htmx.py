"""htmx: handlers flash as usual, and the script shows the message after the swap."""

from datetime import datetime, timezone

import aiohttp_jinja2
from aiohttp import web

from aiohttp_flashbag import flash

routes = web.RouteTableDef()


@routes.get("/htmx/{version:[24]}")
@aiohttp_jinja2.template("htmx.html")
async def show_htmx(request: web.Request) -> dict[str, str]:
    return {"version": request.match_info["version"]}


@routes.post("/htmx/note")
async def save_note(request: web.Request) -> web.Response:
    flash(request, "The note was saved.")
    text = f"Saved at {datetime.now(timezone.utc):%H:%M:%S} UTC."
    return web.Response(text=text, content_type="text/html")


@routes.post("/htmx/refuse")
async def refuse_note(request: web.Request) -> web.Response:
    flash(request, "The note is too short.", "error")
    return web.Response(status=204)  # htmx swaps nothing, and the message still appears


@routes.post("/htmx/leave")
async def save_and_leave(request: web.Request) -> web.Response:
    flash(request, "The note was saved, and htmx opened this page.", "info")
    return web.Response(headers={"HX-Redirect": "/articles"})
