"""A site of pages that show flashes and have a form each, for tests with several tabs.

The form of a page sends the query of the page: `title` names who sends it, `to` is where it leads,
`how` the way there. Requests for an address may be held at a gate.
"""

from __future__ import annotations

import asyncio
from html import escape
from typing import Any
from urllib.parse import urlencode

import aiohttp_session
import pytest
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from aiohttp_session import AbstractStorage, get_session
from support.apps import does, transport_beside
from support.overlap import Gate
from yarl import URL

import aiohttp_flashbag
from aiohttp_flashbag import (
    address,
    exchange,
    flash,
    flash_form,
    flashbag_clear,
    flashed_form,
    get_flashed_messages,
)

from .conftest import Serve, Visit
from .engines import Browser, Tab
from .npm import MODULES
from .server import PATIENCE

both = pytest.mark.parametrize("storage", ["encrypted", "cookies"], indirect=True)
"""Over both transports: in the session, and in own cookies beside it."""
server_and_cookies = pytest.mark.parametrize("storage", ["redis", "cookies"], indirect=True)
"""For pages that are rendered at once, which a session in its cookie does not keep apart."""
own_cookies = pytest.mark.parametrize("storage", ["cookies"], indirect=True)
"""For tests of what no transport knows of."""

SEND, MESSAGES = "#send", "li"
PAGE = """<!doctype html>
<html lang="en">
<title>{path}</title>
<link rel="icon" href="data:,">
{head}
<h1>{path}</h1>
<ul>{items}</ul>
<form method="post" action="/save" {attributes}>
{hidden}
<input name="title" value="{title}">
<output>{error}</output>
<button id="send">Send</button>
</form>
<a id="link" href="/linked">Linked</a>
<a id="silent" href="/silent" rel="noreferrer">Linked without a word</a>
<form method="post" action="/logout"><button id="logout">Log out</button></form>
</html>"""
LIBRARIES = {
    "htmx": '<script src="/npm/htmx.org/dist/htmx.min.js"></script>',
    "turbo": '<script src="/npm/@hotwired/turbo/dist/turbo.es2017-umd.js"></script>',
}
# Asks for the messages itself, and shows them.
FETCHES = """<script>
addEventListener("load", async () => {
  for (const text of await (await fetch("/messages")).json()) {
    const item = document.createElement("li");
    item.textContent = text;
    document.querySelector("ul").append(item);
  }
});
</script>"""
HTMX = 'hx-post="/save" hx-swap="none"'
SHOWN = """[
  [...document.querySelectorAll("li")].map(item => item.innerText),
  document.querySelector("output").innerText,
  document.querySelector("[name=title]").value,
]"""
NOTHING = [[], "", ""]
POLL = "fetch('/messages').then(response => response.json())"


FAILED: web.AppKey[list[str]] = web.AppKey("failed", list)


def form(path: str, title: str, to: str, how: str = "303", **options: str) -> str:
    """The address of a page whose form leads to another one; `options` are those of `page`."""
    return f"{path}?{urlencode({'title': title, 'to': to, 'how': how, **options})}"


def hop(title: str, to: str) -> str:
    """The address that redirects further, if a form leads there by `how="hop"`."""
    return f"/hop?{urlencode({'by': title, 'to': to})}"


def flashed_by(title: str) -> list[Any]:
    """What a page shows after the form of this title."""
    return [[f"{title} was sent."], f"{title} is taken.", title]


async def shown(tab: Tab) -> list[Any]:
    """The messages of the page, the error and the data of its form."""
    found: list[Any] = await tab.evaluate(SHOWN)
    return found


async def page(request: web.Request) -> web.Response:
    """A page; `?library=`, `?policy=` of its Referrer, `?fetches`: it asks for the messages."""
    query = request.query
    head = LIBRARIES.get(query.get("library", ""), "")
    if "policy" in query:
        head += f'<meta name="referrer" content="{query["policy"]}">'
    if "fetches" in query:
        head += FETCHES
    flashed = flashed_form(request)
    messages = [] if "fetches" in query else get_flashed_messages(request)
    text = PAGE.format(
        path=request.path,
        head=head,
        items="".join(f"<li>{escape(text)}</li>" for text in messages),
        attributes=HTMX if query.get("library") == "htmx" else "",
        hidden="".join(
            f'<input type="hidden" name="{name}" value="{escape(query[name])}">'
            for name in ("to", "how")
            if name in query
        ),
        title=escape(flashed.get("title") or query.get("title", "")),
        error=escape(flashed.error("title") or ""),
    )
    return web.Response(text=text, content_type="text/html")


async def save(request: web.Request) -> web.StreamResponse:
    """Flash a message, an error and the data, and lead on in the way that the form says."""
    sent = await request.post()
    title, to, how = (str(sent[name]) for name in ("title", "to", "how"))
    flash(request, f"{title} was sent.")
    flash_form(request, {"title": title}, {"title": f"{title} is taken."})
    if how.startswith("HX-"):
        return web.Response(headers={how: to})
    raise web.HTTPSeeOther(hop(title, to) if how == "hop" else to)


async def further(request: web.Request) -> web.StreamResponse:
    raise web.HTTPFound(request.query["to"])


async def fails_once(request: web.Request) -> web.Response:
    """A page that says at first that it could not be made."""
    response = await page(request)
    if not request.app[FAILED]:
        request.app[FAILED].append(request.path)
        response.set_status(503)
    return response


async def messages(request: web.Request) -> web.Response:
    """For scripts."""
    return web.json_response(get_flashed_messages(request))


async def logout(request: web.Request) -> web.StreamResponse:
    """End the session and what travels beside it."""
    (await get_session(request)).invalidate()
    flashbag_clear(request)
    flash(request, "Goodbye.")
    raise web.HTTPSeeOther("/login")


class Site:
    """The site, and the browser of a visitor."""

    def __init__(self, browser: Browser, gates: dict[URL, Gate]) -> None:
        self._browser = browser
        self._gates = gates

    def hold(self, url: str, count: int = 0) -> Gate:
        """Hold requests for this address before the flashbag sees them, or until `count` came."""
        gate = self._gates[URL(url)] = Gate(count)
        return gate

    async def tabs(self, *paths: str) -> list[Tab]:
        """Tabs at these addresses, as if typed."""
        tabs = []
        for path in paths:
            tab = await self._browser.new_tab()
            await tab.open(path)
            tabs.append(tab)
        return tabs

    async def send(self, tab: Tab, gate: Gate) -> None:
        """Send the form of a tab, and wait until a request arrives at the gate."""
        await tab.click(SEND, wait=False)
        await asyncio.wait_for(gate.reached.wait(), PATIENCE)


def _holds(gates: dict[URL, Gate]) -> Middleware:
    @web.middleware
    async def hold(request: web.Request, handler: Handler) -> web.StreamResponse:
        if gate := gates.get(request.rel_url):
            await gate.hold(request)
        return await handler(request)

    return hold


@pytest.fixture
async def site(storage: AbstractStorage, serve: Serve, visit: Visit) -> Site:
    """The site, served over a transport."""
    gates: dict[URL, Gate] = {}
    app = web.Application(middlewares=[_holds(gates)])
    app[FAILED] = []
    aiohttp_session.setup(app, storage)
    aiohttp_flashbag.setup(app, transport_beside(storage))
    app.add_routes(
        [
            web.post("/save", save),
            web.get("/hop", further),
            web.post("/logout", logout),
            web.get("/messages", messages),
            web.get("/quiet", does()),
            web.get("/fails-once", fails_once),
        ]
    )
    if MODULES.is_dir():
        app.router.add_static("/npm", MODULES)
    app.router.add_get("/{page:.*}", page)
    return Site(await visit(await serve(app)), gates)


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a flash wait a minute for its addressee, so that no test fails for a busy machine."""
    monkeypatch.setattr(address, "_MAX_AGE", 60_000_000)
    monkeypatch.setattr(exchange, "MAX_AGE", 60)
