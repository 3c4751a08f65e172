"""What became of the latest flashes: the observer of this application, and a page that shows it."""

from collections import deque
from inspect import getsource

from aiohttp import web

from aiohttp_flashbag import FlashEvent, flash, flashbag_set, get_flashed_messages

from .pages import page, posted

routes = web.RouteTableDef()

EVENTS = web.AppKey("EVENTS", deque[tuple[str, FlashEvent]])
"""The latest events first, those of all visitors."""


def observe(request: web.Request, event: FlashEvent) -> None:
    request.app[EVENTS].appendleft((f"{request.method} {request.path}", event))


@routes.get("/observer")
async def show_events(request: web.Request) -> web.Response:
    source = getsource(observe) + "\n\n" + getsource(do_something)
    events = request.app[EVENTS]
    return await page(request, "observer.html", events=events, source=source)


@routes.post("/observer")
async def do_something(request: web.Request) -> web.Response:
    form = await posted(request, "do")
    if form["do"] == "unread":
        flashbag_set(request, "nobody_asks", "for this value")
    else:
        flash(request, "One more event.", "info")
    if form["do"] == "early":
        get_flashed_messages(request)  # a redirect cannot show them
    raise web.HTTPSeeOther("/observer")
