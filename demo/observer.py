"""The observer of this application, and a page with the events that it recorded."""

from collections import deque

import aiohttp_jinja2
from aiohttp import web

from aiohttp_flashbag import FlashEvent, flash, flashbag_set, get_flashed_messages

routes = web.RouteTableDef()

EVENTS = web.AppKey("EVENTS", deque[tuple[str, FlashEvent]])
"""The latest events of all visitors, newest first."""


def observe(request: web.Request, event: FlashEvent) -> None:
    line = f"{request.method} {request.path}"
    request.app[EVENTS].appendleft((line, event))


@routes.get("/observer")
@aiohttp_jinja2.template("observer.html")
async def show_events(request: web.Request) -> dict[str, object]:
    return {"events": request.app[EVENTS]}


@routes.post("/observer")
async def cause_event(request: web.Request) -> web.Response:
    form = await request.post()
    if form.get("do") == "unread":
        flashbag_set(request, "draft", "No page reads this value.")
    else:
        flash(request, "This is one more event.", "info")
    if form.get("do") == "early":
        get_flashed_messages(request)  # a redirect cannot show them
    raise web.HTTPSeeOther("/observer")
