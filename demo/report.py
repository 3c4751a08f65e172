"""A page that is sent line by line: its messages are read before the first byte."""

import asyncio
from inspect import getsource

from aiohttp import web
from markupsafe import Markup

from aiohttp_flashbag import flash_redirect

from .pages import html
from .store import STORE, Article

routes = web.RouteTableDef()

HTML = {"Content-Type": "text/html; charset=utf-8"}
LINES = "<!-- lines -->"
LINE = Markup('<li>{} <span class="muted">{} words</span></li>\n')


@routes.get("/report")
async def show_report(request: web.Request) -> web.StreamResponse:
    text = await html(request, "report.html", source=getsource(show_report))
    head, tail = text.split(LINES)  # rendered, so the messages are read
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
    raise flash_redirect(request, "/report", "Your report is on its way, line by line.", "info")


def line(article: Article) -> str:
    return LINE.format(article.title, len(article.body.split()))
