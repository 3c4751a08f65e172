"""A streamed page: it reads its messages before the first byte is sent."""

import asyncio

from aiohttp import web
from aiohttp_jinja2 import render_string
from markupsafe import Markup

from aiohttp_flashbag import flash_redirect

from .store import STORE, Article

routes = web.RouteTableDef()

HTML = {"Content-Type": "text/html; charset=utf-8"}
LINES = "<!-- lines -->"
LINE = Markup('<li>{} <span class="muted">{} words</span></li>\n')


@routes.get("/report")
async def show_report(request: web.Request) -> web.StreamResponse:
    text = render_string("report.html", request, {})  # reads the messages
    head, tail = text.split(LINES)
    response = web.StreamResponse(headers=HTML)
    await response.prepare(request)
    await response.write(head.encode())
    for article in await request.app[STORE].latest(10):
        await asyncio.sleep(0.3)
        await response.write(line(article).encode())
    await response.write(tail.encode())
    return response


@routes.post("/report")
async def order_report(request: web.Request) -> web.Response:
    raise flash_redirect(request, "/report", "Your report arrives line by line.", "info")


def line(article: Article) -> str:
    """Return the article as an item of the list, with its words counted."""
    return LINE.format(article.title, len(article.body.split()))
