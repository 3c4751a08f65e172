"""HTML that a script uses in part or discards: real Turbo, htmx and `fetch()` lose no message."""

from __future__ import annotations

import time
from dataclasses import dataclass

import aiohttp_jinja2
import pytest
from aiohttp import web
from jinja2 import DictLoader
from support.apps import Handler

import aiohttp_flashbag
from aiohttp_flashbag import CookieTransport, flash_redirect, setup_browser

from .conftest import Serve, Visit
from .engines import PATIENCE, Browser
from .npm import MODULES, need_libraries
from .pages import LIBRARIES

SAVED = "Saved"
MESSAGES = "[data-flash]"
PENDING = "AIOHTTP_FLASHBAG-"
"""How the name of a cookie with pending flashes begins."""
SHOWN = "Number(sessionStorage.shown ?? 0)"
PAGE = """<!doctype html>
<html lang="en">
<head>
<title>{{ title }}</title>
<link rel="icon" href="data:,">
{{ head | safe }}
<script>
addEventListener("flash", () => { sessionStorage.shown = 1 + Number(sessionStorage.shown ?? 0) });
</script>
{% for path in libraries %}<script src="/npm/{{ path }}" defer></script>{% endfor %}
{{ flashbag_script() if has_script }}
</head>
<body>
{{ render_flashed_messages() if not inside }}
{% if has_frame %}<turbo-frame id="frame">{% endif %}
{{ render_flashed_messages() if inside }}
<b id="here">{{ title }}</b>
{{ body | safe }}
{% if has_frame %}</turbo-frame>{% endif %}
<a id="next" href="/next" data-turbo="false">Next page</a>
</body>
</html>"""
FORM = '<form method="post" action="/save" {}><button id="go">Save</button></form>'
SELECT = 'hx-select="#here" hx-target="#here" hx-swap="outerHTML"'
LEAVES_FRAME = """<script>addEventListener("turbo:frame-missing", (event) => {
  event.preventDefault();
  event.detail.visit(event.detail.response);
})</script>"""
FETCH = """<button id="go">Save</button>
<script>document.querySelector("#go").onclick = async () => {
  const response = await fetch("/save", {method: "POST"});
  location = response.url;
};</script>"""


@dataclass(frozen=True)
class Case:
    """A form on the page `/start` that saves, and the page `/end` that its redirect leads to."""

    library: str
    body: str
    """HTML of the page with the form."""
    without_script: tuple[int, int]
    """Without the script, how many messages the user sees after saving, and on the next page."""
    has_frame: tuple[bool, bool] = (False, False)
    """Whether each of the two pages has a Turbo frame around its content."""
    inside: bool = False
    """Whether the second page shows messages in its frame."""
    head: str = ""
    """HTML in the head of the second page."""


POST = "fetch('/save', {method: 'POST', redirect: 'manual'}).then(() => null)"
ONCE, LATE, TWICE, LOST = (1, 0), (0, 1), (1, 1), (0, 0)
SCRIPTS = {**LIBRARIES, "htmx4": [*LIBRARIES["htmx4"], "htmx4/dist/ext/hx-preload.min.js"]}
RELOAD = '<meta name="turbo-visit-control" content="reload">'
CASES = {
    "frame without the message": Case("turbo", FORM.format(""), LATE, (True, True)),
    "frame with the message": Case("turbo", FORM.format(""), TWICE, (True, True), inside=True),
    "page that breaks out of a frame": Case(
        "turbo", FORM.format(""), ONCE, (True, False), head=RELOAD
    ),
    "page that a script takes out of a frame": Case(
        "turbo", FORM.format("") + LEAVES_FRAME, TWICE, (True, False)
    ),
    "fetch before the page": Case("", FETCH, ONCE),
    **{  # a documented limit
        f"hx-select in a fragment, {library}": Case(
            library, FORM.format(f'hx-post="/save" {SELECT}'), LOST
        )
        for library in ("htmx2", "htmx4")
    },
    **{  # a documented limit
        f"hx-select in a boosted page, {library}": Case(
            library, FORM.format(f'hx-boost="true" {SELECT}'), LOST
        )
        for library in ("htmx2", "htmx4")
    },
}
cases = pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())


def make_app(case: Case, *, has_script: bool) -> web.Application:
    """Return an application with the pages of a case, and a page that shows all messages."""
    app = web.Application()
    aiohttp_flashbag.setup(app, CookieTransport(b"k" * 32))
    if has_script:
        setup_browser(app)
    aiohttp_jinja2.setup(app, loader=DictLoader({"page": PAGE}))
    shared = {"libraries": SCRIPTS[case.library], "has_script": has_script}
    first, second = case.has_frame
    pages: dict[str, dict[str, object]] = {
        "start": {"body": case.body, "has_frame": first},
        "end": {"has_frame": second, "inside": case.inside, "head": case.head},
        "next": {},
    }
    for title, context in pages.items():
        app.router.add_get(f"/{title}", shows(title, **shared, **context))
    app.router.add_post("/save", save)
    if case.library:
        need_libraries()
        app.router.add_static("/npm", MODULES)
    return app


def shows(title: str, **context: object) -> Handler:
    async def handler(request: web.Request) -> web.Response:
        return aiohttp_jinja2.render_template("page", request, {"title": title, **context})

    return handler


async def save(request: web.Request) -> web.StreamResponse:
    raise flash_redirect(request, "/end", SAVED)


async def nothing_pending(browser: Browser) -> None:
    """Wait until no flash is pending."""
    end = time.monotonic() + PATIENCE
    while any(name.startswith(PENDING) for name in await browser.cookies()):
        assert time.monotonic() < end, f"still pending after {PATIENCE} seconds"


@cases
async def test_s4_with_the_script_each_message_is_shown_exactly_once(
    serve: Serve, visit: Visit, case: Case
) -> None:
    browser = await visit(await serve(make_app(case, has_script=True)))
    tab = await browser.new_tab()
    await tab.open("/start")
    await tab.click("#go", wait=False)
    await tab.wait_for_texts("#here", "end")
    await tab.wait_for_texts(f"{MESSAGES} [role]", SAVED)
    await nothing_pending(browser)
    assert await tab.texts(f"{MESSAGES} [role]") == [SAVED]
    for _ in range(2):
        await tab.click("#next")
        assert await tab.texts(MESSAGES) == []
    assert await tab.evaluate(SHOWN) == 1


@cases
async def test_s3_without_the_script_a_message_may_be_late_or_appear_twice(
    serve: Serve, visit: Visit, case: Case
) -> None:
    browser = await visit(await serve(make_app(case, has_script=False)))
    tab = await browser.new_tab()
    await tab.open("/start")
    await tab.click("#go", wait=False)
    await tab.wait_for_texts("#here", "end")
    seen = [await tab.texts(MESSAGES)]
    for _ in range(2):
        await tab.click("#next")
        seen.append(await tab.texts(MESSAGES))
    assert seen == [[SAVED] * count for count in (*case.without_script, 0)]


async def test_s4_a_preload_of_htmx_4_that_is_not_used_loses_no_message(
    serve: Serve, visit: Visit
) -> None:
    # It has the same headers as any other request of htmx.
    link = '<a id="preloaded" href="/end" hx-boost="true" hx-preload="mouseover">Link</a>'
    server = await serve(make_app(Case("htmx4", link, LOST), has_script=True))
    tab = await (await visit(server)).new_tab()
    await tab.open("/start")
    await tab.evaluate(POST)
    hover = "document.querySelector('#preloaded').dispatchEvent(new MouseEvent('mouseover'))"
    preloads = "performance.getEntriesByName(`${location.origin}/end`).length"
    await tab.wait_for(f"{hover} && {preloads}")  # htmx may not listen yet
    await server.response("/end")
    await tab.click("#next")
    await tab.wait_for_texts(f"{MESSAGES} [role]", SAVED)
