"""Pages with the JavaScript helper, under a strict Content-Security-Policy, and ways to flash."""

from __future__ import annotations

from functools import partial
from typing import Any

import aiohttp_jinja2
from aiohttp import web
from jinja2 import DictLoader
from support.apps import does

import aiohttp_flashbag
from aiohttp_flashbag import CookieTransport, flash, setup_browser

from .conftest import Serve, Visit
from .engines import Tab
from .npm import MODULES, need_libraries
from .server import Server

ENDPOINT = "/flashbag/messages"
HINT = "AIOHTTP_FLASHBAG_PENDING"
TEXT = "[data-flash] [role]"
COLLECT = "flashbag.collect()"
ADD = """(category, text, data) => fetch(`/add?${new URLSearchParams({[category]: text})}`, {
  method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify(data)
}).then(response => response.text())"""
CACHED = {"Cache-Control": "public, max-age=600"}
NONCE = "r4nd0m"
POLICY = (
    f"default-src 'none'; script-src 'nonce-{NONCE}' 'strict-dynamic'; connect-src 'self'; "
    "img-src 'self'; require-trusted-types-for 'script'"
)
"""The policy of pages without a library."""
LIBRARY_POLICY = "default-src 'self'"
# Turbo inserts styles for its progress bar.
POLICIES = {"": POLICY, "turbo": f"{LIBRARY_POLICY}; style-src 'self' 'unsafe-inline'"}
# Records each event, each region that was empty when it was inserted, and what a policy blocked.
# The query of a page changes the page before the helper runs.
RECORDER = """
const query = new URLSearchParams(location.search);
if (query.has("moved")) history.replaceState(null, "", query.get("moved"));
if (query.has("without-locks")) delete Navigator.prototype.locks;
if (query.has("without-storage")) {
  Object.defineProperty(window, "localStorage", {get() { throw Error("forbidden") }});
}
window.events = [];
window.empty = 0;
window.blocked = [];
addEventListener("securitypolicyviolation", (event) => {
  blocked.push(event.violatedDirective);
});
addEventListener("flash", (event) => {
  events.push(event.detail);
  if (window.showsItself) event.preventDefault();
});
new MutationObserver((records) => {
  for (const record of records) {
    for (const node of record.addedNodes) {
      if (node.matches?.("[data-flash] [role]") && !node.textContent) empty += 1;
    }
  }
}).observe(document, {childList: true, subtree: true});
"""
LIBRARIES = {
    "htmx2": ["htmx.org/dist/htmx.min.js", "htmx-ext-preload/dist/preload.min.js"],
    "htmx4": ["htmx4/dist/htmx.min.js"],
    "htmx4 with history": ["htmx4/dist/htmx.min.js", "htmx4/dist/ext/hx-history-cache.min.js"],
    "turbo": ["@hotwired/turbo/dist/turbo.es2017-umd.js"],
    "": [],
}
# The meta element keeps htmx from inserting styles, under its names in htmx 2 and in htmx 4.
PAGE = """<!doctype html>
<html lang="en">
<head>
<title>{{ title }}</title>
<link rel="icon" href="/icon">
<meta name="htmx-config" content='{"includeIndicatorStyles": false, "includeIndicatorCSS": false}'>
<script src="/recorder.js" defer nonce="{{ nonce }}"></script>
{% for path in libraries %}<script src="/npm/{{ path }}" defer></script>{% endfor %}
{% for _ in range(scripts) %}{{ flashbag_script(nonce=nonce) }}{% endfor %}
</head>
<body>
{{ region | safe }}
{% if shows %}{{ render_flashed_messages() }}{% endif %}
<main><h1>{{ title }}</h1>{{ body | safe }}</main>
</body>
</html>"""
TEMPLATES = {"page": PAGE, "fragment": "<div>{{ render_flashed_messages() }}</div>"}


def page(title: str, body: str = "", **options: Any) -> web.RouteDef:
    """Serve a page at `/<title>`; see `document` for the options."""
    if options.get("library"):
        need_libraries()

    async def handler(request: web.Request) -> web.Response:
        return document(request, title, body, **options)

    return web.get(f"/{title}", handler)


def document(
    request: web.Request,
    title: str,
    body: str = "",
    *,
    library: str = "",
    shows: bool = False,
    region: str = "<div data-flashes></div>",
    headers: dict[str, str] = CACHED,
    scripts: int = 1,
    status: int = 200,
) -> web.Response:
    """Return a page that caches may store. If it `shows` messages, the server renders them."""
    context = {"title": title, "body": body, "libraries": LIBRARIES[library], "shows": shows}
    context |= {"region": region, "scripts": scripts, "nonce": NONCE}
    response = aiohttp_jinja2.render_template("page", request, context, status=status)
    policy = POLICIES.get(library, LIBRARY_POLICY)
    response.headers.update({**headers, "Content-Security-Policy": policy})
    return response


def form(text: str, to: str, action: str = "/save") -> str:
    """Return a form that flashes a message and leads to a page."""
    return (
        f'<form method="post" action="{action}"><input type="hidden" name="text" value="{text}">'
        f'<input type="hidden" name="to" value="{to}"><button class="save">Save</button></form>'
    )


async def save(request: web.Request) -> web.StreamResponse:
    posted = await request.post()
    flash(request, str(posted["text"]))
    raise web.HTTPSeeOther(str(posted["to"]))


async def flash_query(request: web.Request) -> web.Response:
    """Flash each text of the query under its category, with the data of the JSON body."""
    data: dict[str, Any] = await request.json() if request.can_read_body else {}
    for category, text in request.query.items():
        flash(request, text, category, **data)
    return web.Response(text="<p>flashed</p>", content_type="text/html")


def helper_app(*routes: web.AbstractRouteDef) -> web.Application:
    """Return an application with these pages and own cookies."""
    app = web.Application()
    aiohttp_flashbag.setup(app, CookieTransport(b"k" * 32))
    setup_browser(app)
    aiohttp_jinja2.setup(app, loader=DictLoader(TEMPLATES))
    files = {"/recorder.js": (RECORDER, "text/javascript"), "/icon": ("", "image/svg+xml")}
    for path, (text, kind) in files.items():
        cached = partial(web.Response, text=text, content_type=kind, headers=CACHED)
        app.router.add_get(path, does(answer=cached))
    app.add_routes([web.post("/save", save), web.post("/add", flash_query), *routes])
    if MODULES.is_dir():
        app.router.add_static("/npm", MODULES)
    return app


async def opened(serve: Serve, visit: Visit, *routes: web.RouteDef) -> tuple[Tab, Server]:
    """Open a tab at the page `/start` of an application with these pages."""
    server = await serve(helper_app(*routes))
    tab = await (await visit(server)).new_tab()
    await tab.open("/start")
    await tab.evaluate("(window.kept = true)")
    return tab, server


async def add(tab: Tab, text: str, category: str = "info", **data: object) -> None:
    """Flash by a fetch of the page, and collect nothing yet."""
    await tab.evaluate(ADD, category, text, data)


def deliveries(server: Server) -> int:
    """Count the responses of the endpoint that brought messages."""
    return sum(seen.status == 200 for seen in server.requests(ENDPOINT))
