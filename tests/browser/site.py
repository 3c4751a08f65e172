"""A site of pages that show flashes and have a form each, and gates that hold its requests.

The form of a page sends the query of the page: `title` is the name of the sender, `to` the page
after the redirect, and `how` the kind of redirect.
"""

from __future__ import annotations

import asyncio
from html import escape
from typing import Any
from urllib.parse import urlencode

from aiohttp import web
from aiohttp.typedefs import Handler
from support.overlap import Gate
from yarl import URL

import aiohttp_flashbag
from aiohttp_flashbag import (
    flash,
    flash_form,
    flashed_form,
    get_flashed_messages,
)
from aiohttp_flashbag.transports import Transport

from .engines import Browser, Tab
from .npm import MODULES
from .server import PATIENCE, Server

SEND, MESSAGES = "#send", "li"
PAGE = """<!doctype html>
<html lang="en">
<title>{path}</title>
<meta name="referrer" content="{policy}">
<link rel="icon" href="data:,">
{head}
<h1>{path}</h1>
<ul>{items}</ul>
<form method="post" action="/save" {attributes}>
<input type="hidden" name="to" value="{to}">
<input type="hidden" name="how" value="{how}">
<input name="title" value="{title}">
<output>{error}</output>
<button id="send">Send</button>
</form>
<a id="link" href="/linked">Link</a>
<a id="noreferrer" href="/linked" rel="noreferrer">Link without a Referer</a>
</html>"""
LIBRARIES = {
    "htmx": '<script src="/npm/htmx.org/dist/htmx.min.js"></script>',
    "turbo": '<script src="/npm/@hotwired/turbo/dist/turbo.es2017-umd.js"></script>',
}
SHOWN = """[
  [...document.querySelectorAll("li")].map(item => item.innerText),
  document.querySelector("output").innerText,
  document.querySelector("[name=title]").value,
]"""
NOTHING = [[], "", ""]
POLL = "fetch('/messages').then(response => response.json())"
GATES: web.AppKey[dict[URL, Gate]] = web.AppKey("GATES", dict)


def form(path: str, title: str, to: str, how: str = "303", **options: str) -> str:
    """Return the address of a page with this form; `options` are more of its query."""
    return f"{path}?{urlencode({'title': title, 'to': to, 'how': how, **options})}"


def hop(title: str, to: str) -> str:
    """Return the address between two redirects, if the form has `how="hop"`."""
    return f"/hop?{urlencode({'by': title, 'to': to})}"


def flashed_by(title: str) -> list[Any]:
    """Return what a page shows after the form with this title."""
    return [[f"{title} was sent."], f"{title} is taken.", title]


async def shown(tab: Tab) -> list[Any]:
    """Return the messages of the page, and the error and the data of its form."""
    found: list[Any] = await tab.evaluate(SHOWN)
    return found


async def page(request: web.Request) -> web.Response:
    """Show the flashes. The query may name a `library` and the `policy` for its Referer."""
    query, flashed = request.query, flashed_form(request)
    library = query.get("library", "")
    text = PAGE.format(
        path=request.path,
        policy=query.get("policy", ""),
        head=LIBRARIES.get(library, ""),
        items="".join(f"<li>{escape(text)}</li>" for text in get_flashed_messages(request)),
        attributes='hx-post="/save" hx-swap="none"' if library == "htmx" else "",
        to=escape(query.get("to", "/saved")),
        how=query.get("how", "hop"),
        title=escape(flashed.get("title") or query.get("title", "")),
        error=escape(flashed.error("title") or ""),
    )
    return web.Response(text=text, content_type="text/html")


async def save(request: web.Request) -> web.StreamResponse:
    """Flash a message, an error and the data, and redirect as the form says."""
    sent = await request.post()
    title, to, how = (str(sent[name]) for name in ("title", "to", "how"))
    flash(request, f"{title} was sent.")
    flash_form(request, {"title": title}, {"title": f"{title} is taken."})
    if how.startswith("HX-"):
        return web.Response(headers={how: to})
    raise web.HTTPSeeOther(hop(title, to) if how == "hop" else to)


async def redirect_again(request: web.Request) -> web.StreamResponse:
    raise web.HTTPFound(request.query["to"])


async def messages(request: web.Request) -> web.Response:
    return web.json_response(get_flashed_messages(request))


@web.middleware
async def hold(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Hold requests at their gate, before the flashbag sees them."""
    if gate := request.app[GATES].get(request.rel_url):
        await gate.hold(request)
    return await handler(request)


def make_app(transport: Transport) -> web.Application:
    app = web.Application(middlewares=[hold])
    app[GATES] = {}
    aiohttp_flashbag.setup(app, transport)
    app.add_routes(
        [
            web.post("/save", save),
            web.get("/hop", redirect_again),
            web.get("/messages", messages),
        ]
    )
    if MODULES.is_dir():
        app.router.add_static("/npm", MODULES)
    app.router.add_get("/{page:.*}", page)
    return app


class Site:
    """The site, its server, and the browser of a visitor."""

    def __init__(self, app: web.Application, server: Server, browser: Browser) -> None:
        self.server = server
        self.browser = browser
        self._gates = app[GATES]

    def hold(self, url: str, count: int = 0) -> Gate:
        """Hold requests for this address until `count` arrived, or until the test opens it."""
        gate = self._gates[URL(url)] = Gate(count)
        return gate

    async def tabs(self, *paths: str) -> list[Tab]:
        """Open tabs and type these addresses."""
        tabs = []
        for path in paths:
            tab = await self.browser.new_tab()
            await tab.open(path)
            tabs.append(tab)
        return tabs

    async def send(self, tab: Tab, gate: Gate) -> None:
        """Send the form of a tab, and wait until a request arrives at the gate."""
        await tab.click(SEND, wait=False)
        await asyncio.wait_for(gate.reached.wait(), PATIENCE)
