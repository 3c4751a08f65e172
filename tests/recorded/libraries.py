"""The requests of htmx and Turbo, from npm, in Chromium."""

from __future__ import annotations

from browser.engines import Engine
from browser.npm import need_libraries

from . import Requests
from .browsers import visiting
from .site import path_of, record

PAGE = """<!doctype html>
<html>
<head>
<title>Page</title>
<link rel="icon" href="data:,">
{scripts}
</head>
<body>
{elements}
</body>
</html>"""
GET = '<button id="{id}" hx-get="{path}" hx-target="#out" {more}>{id}</button>'
FORM = '<form method="post" action="{path}" {more}><button id="{id}">{id}</button></form>'
LINK = '<a id="{id}" href="{path}" {more}>{id}</a>'
CLICKED = 'data-turbo-prefetch="false"'  # the mouse causes no prefetch before the click

HTMX = {
    "hx-get": (GET, ""),
    "hx-get with hx-select": (GET, 'hx-select="h1"'),
    "hx-post": ('<button id="{id}" hx-post="{path}" hx-target="#out">{id}</button>', ""),
    "boosted link": (LINK, 'hx-boost="true"'),
    "boosted link with hx-select": (LINK, 'hx-boost="true" hx-select="h1"'),
    "boosted form": (FORM, 'hx-boost="true"'),
}
TURBO = {
    "visit": (LINK, CLICKED),
    "form": (FORM, ""),
    "visit that asks for a stream": (LINK, f"data-turbo-stream {CLICKED}"),
    "link to a frame": (LINK, f'data-turbo-frame="frame" {CLICKED}'),
    "form in a frame": (FORM, 'data-turbo-frame="frame"'),
}
# Elements whose page is requested before a click. The second part is the event that causes it.
HTMX2_PRELOADS = {
    "preload": (GET, 'hx-ext="preload" preload="mouseover"', "mouseover"),
    "preload of a boosted link": (LINK, 'hx-boost="true" hx-ext="preload" preload', "mousedown"),
    "preload of a link": (LINK, 'hx-ext="preload" preload', "mousedown"),
}
HTMX4_PRELOADS = {
    "preload": (GET, 'hx-preload="mouseover"', "mouseover"),
    "preload of a boosted link": (LINK, 'hx-boost="true" hx-preload="mouseover"', "mouseover"),
}
TURBO_PRELOADS = {
    "prefetch on hover": (LINK, "", "mouseenter"),
    "prefetch on hover for a frame": (LINK, 'data-turbo-frame="frame"', "mouseenter"),
}
# Elements that cause a request without a click.
ALONE = {
    "Turbo 8": {
        "frame": '<turbo-frame id="frame" src="{path}"></turbo-frame>',
        "preloaded link": '<a href="{path}" data-turbo-preload>Link</a>',
    }
}
SCRIPTS = {
    "htmx 2": ["htmx.org/dist/htmx.min.js", "htmx-ext-preload/dist/preload.min.js"],
    "htmx 4": ["htmx4/dist/htmx.min.js", "htmx4/dist/ext/hx-preload.min.js"],
    "Turbo 8": ["@hotwired/turbo/dist/turbo.es2017-umd.js"],
}
SITUATIONS = {"htmx 2": HTMX, "htmx 4": HTMX, "Turbo 8": TURBO}
PRELOADS = {"htmx 2": HTMX2_PRELOADS, "htmx 4": HTMX4_PRELOADS, "Turbo 8": TURBO_PRELOADS}
HISTORY = "page of the history"
RESTORES = {"htmx 2", "htmx 4"}
# Goes back to a page that is not in htmx's cache.
RESTORE = """(() => {
  htmx.config.historyCacheSize = 0;
  history.replaceState({htmx: true}, "", "PATH");
  history.pushState({htmx: true}, "", "/");
  history.back();
})()"""


async def record_library(engine: Engine, library: str, surroundings: str) -> Requests:
    """Record the requests of a library, in a browser that runs."""
    need_libraries()
    requests: Requests = {}
    async with visiting(engine, _page(library), surroundings) as (tab, server):
        for situation in SITUATIONS[library]:
            await tab.open("/")
            act = tab.click(f"#{_id_of(situation)}", wait=False)
            requests[situation] = await record(server, situation, act)
            if "form" in situation:
                after = f"page after {situation}"
                requests[after] = await record(server, after)
        for situation, (_, _, event) in PRELOADS[library].items():
            await tab.open("/")
            element = f"document.getElementById('{_id_of(situation)}')"
            act = tab.evaluate(f"{element}.dispatchEvent(new MouseEvent('{event}')), null")
            requests[situation] = await record(server, situation, act)
        if library in RESTORES:
            restore = tab.evaluate(RESTORE.replace("PATH", path_of(HISTORY)))
            requests[HISTORY] = await record(server, HISTORY, restore)
        for situation in ALONE.get(library, ()):
            requests[situation] = await record(server, situation)
    return requests


def _id_of(situation: str) -> str:
    return situation.replace(" ", "-")


def _page(library: str) -> str:
    scripts = "".join(f'<script src="/npm/{path}"></script>\n' for path in SCRIPTS[library])
    elements = [
        element.format(id=_id_of(situation), path=path_of(situation), more=more)
        for situation, (element, more) in SITUATIONS[library].items()
    ]
    elements += [
        element.format(id=_id_of(situation), path=path_of(situation), more=more)
        for situation, (element, more, _) in PRELOADS[library].items()
    ]
    alone = ALONE.get(library, {}).items()
    elements += [element.format(path=path_of(situation)) for situation, element in alone]
    lines = "\n".join([*elements, '<output id="out"></output>'])
    return PAGE.format(scripts=scripts, elements=lines)
