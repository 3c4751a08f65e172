"""The browser's half: a script for pages, and the endpoint that it asks for messages.

It shows what is pending on pages that came from a cache, after htmx and Turbo have updated them,
and to screen readers. `static/flashbag.js` tells how; `hint.py` tells when it asks.
"""

from __future__ import annotations

import hashlib
import json
import re
from html import escape
from importlib.resources import files
from typing import Any

from aiohttp import hdrs, web

from .exchange import CONFIG, EXCHANGE, Exchange, get_flashbag
from .hint import BrowserHalf, Hint
from .markup import render
from .message import FlashedMessage

SCRIPT = files(__package__).joinpath("static/flashbag.js").read_bytes()
_HASH = hashlib.sha256(SCRIPT).hexdigest()[:16]
_FOR_EVER = "public, max-age=31536000, immutable"
_dumps = json.JSONEncoder(default=str).encode  # a session storage may give dates, say
_is_path = re.compile(r"(?:/[\w.~-]+)+", re.ASCII).fullmatch


def setup_browser(app: web.Application, path: str = "/flashbag") -> None:
    """Serve the script of the browser's half at `path`, and the endpoint that it asks.

    Call it after `aiohttp_flashbag.setup(app)`, and write `{{ flashbag_script() }}` into the head
    of the base template. From then on a response that leaves messages pending also sets a cookie
    without content, which the script can see.

    Raises RuntimeError without `setup()`, ValueError for what is not a path and for a second call
    with another path.
    """
    config = app.get(CONFIG)
    if config is None:
        raise RuntimeError(
            "this application has no flashbag: call aiohttp_flashbag.setup(app) before "
            "setup_browser(app)"
        )
    if not isinstance(path, str) or not _is_path(path):
        raise ValueError(f'path={path!r} is not a path such as "/flashbag" or "/site/flashbag"')
    if config.browser is None:
        script = app.router.add_resource(f"{path}/flashbag.js")
        for method in (hdrs.METH_GET, hdrs.METH_HEAD):
            script.add_route(method, _send_script)
        endpoint = app.router.add_resource(f"{path}/messages")
        endpoint.add_route(hdrs.METH_POST, _send_messages)
        hint = Hint(config.transport.hint_name, config.transport.hint_attributes, endpoint)
        config.browser = BrowserHalf(path, script, endpoint, hint)
    elif config.browser.path != path:
        raise ValueError(
            f"setup_browser() was called for this application with path={config.browser.path!r}, "
            f"and now with {path!r}: call it once"
        )


def flashbag_script(request: web.Request) -> str:
    """Return the element that loads the script, for the head of every page.

    The page stays cacheable, for everybody gets the same. In Jinja2 templates of aiohttp_jinja2
    this is `{{ flashbag_script() }}`.
    """
    exchange: Exchange | None = getattr(request.writer, EXCHANGE, None)
    browser = exchange.config.browser if isinstance(exchange, Exchange) else None
    if browser is None:
        raise RuntimeError(
            "there is no script for this page: call setup_browser(app) for the application that "
            "aiohttp_flashbag.setup(app) was called for, the outermost if there are several"
        )
    data = {
        "src": f"{browser.script.url_for()}?v={_HASH}",
        "data-endpoint": str(browser.endpoint.url_for()),
        "data-hint": browser.hint.name,
        "data-attributes": browser.hint.attributes(request),
    }
    written = "".join(f' {name}="{escape(value)}"' for name, value in data.items())
    return f"<script defer{written}></script>"


async def _send_script(request: web.Request) -> web.Response:
    """Send the script: cacheable for ever where the URL names its content."""
    is_current = request.query.get("v") == _HASH
    headers = {
        hdrs.CACHE_CONTROL: _FOR_EVER if is_current else "no-cache",
        "X-Content-Type-Options": "nosniff",
    }
    return web.Response(
        body=SCRIPT, content_type="text/javascript", charset="utf-8", headers=headers
    )


async def _send_messages(request: web.Request) -> web.Response:
    """Send what is pending, as HTML or as JSON, to a script of the same origin."""
    headers = {hdrs.CACHE_CONTROL: "no-store", "X-Content-Type-Options": "nosniff"}
    if not _is_same_origin(request):
        raise web.HTTPForbidden(text="Only scripts of this site may ask.", headers=headers)
    bag = get_flashbag(request)
    bag.keep()  # the values are for the next page, which this is not, where browsers do not say so
    messages = bag.get_flashed_messages()
    if not messages:
        return web.Response(status=204, headers=headers)
    if _wants_json(request):
        return web.json_response(list(map(_as_json, messages)), headers=headers, dumps=_dumps)
    return web.Response(text=render(messages), content_type="text/html", headers=headers)


def _is_same_origin(request: web.Request) -> bool:
    """Tell whether a page of this origin asks; what says nothing about it does not count as one."""
    if site := request.headers.get("Sec-Fetch-Site"):
        return site == "same-origin"
    # The host alone, for TLS may end before this server.
    host = request.headers.get(hdrs.ORIGIN, "").partition("://")[2]
    return bool(host) and host.lower() == request.host.lower()


def _wants_json(request: web.Request) -> bool:
    accepted = request.headers.get(hdrs.ACCEPT, "").lower()
    return "application/json" in accepted and "text/html" not in accepted


def _as_json(message: FlashedMessage) -> dict[str, Any]:
    """Return all of a message; `html` only where its text is markup."""
    return {
        "id": message.flash_id,
        "message": str.__str__(message),
        "category": message.category,
        "data": message.data,
        **({"html": True} if hasattr(message, "__html__") else {}),
    }
