"""`setup_browser()`: the script for pages, and the endpoint that it asks for messages.

The script shows pending messages on pages that came from a cache and after htmx and Turbo updates,
and announces them to screen readers. It is in `flashbag.js`. `hint.py` sets the cookie that tells
it when to ask. The endpoint returns the pending messages and consumes none. Once messages are in
the page, the script reports their ids, and the endpoint consumes these.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from itertools import takewhile
from typing import Any
from urllib.parse import parse_qs

from aiohttp import hdrs, web
from yarl import URL

from ..config import CONFIG
from ..hosts import is_same_host
from ..message import FlashedMessage
from ..state import find_exchange, get_flashbag
from .hint import Hint
from .markup import render

_SOURCE = files(__package__).joinpath("flashbag.js").read_bytes()
SCRIPT = re.sub(rb"(?m)^ *//.*\n|^ +", b"", _SOURCE)
"""The script without comments and indentation."""
_HASH = hashlib.sha256(SCRIPT).hexdigest()[:16]
_COUNT = "Flash-Messages"
"""A header with the number of messages in a response of the endpoint."""
_FOREVER = "public, max-age=31536000, immutable"
_dumps = json.JSONEncoder(default=str).encode  # a session's encoder may allow dates, say
_is_path = re.compile(r"(?:/[\w.~-]+)+", re.ASCII).fullmatch


@dataclass(frozen=True, slots=True)
class Helper:
    """The parts of an application that `setup_browser()` has added."""

    path: str
    script: web.Resource
    endpoint: web.Resource


def setup_browser(app: web.Application, path: str = "/flashbag") -> None:
    """Serve the JavaScript helper under `path`, with the endpoint that it asks.

    Call it after `aiohttp_flashbag.setup(app)`, and write `{{ flashbag_script() }}` into the head
    of the base template. Responses that leave messages pending then also set a cookie without
    content, which the script can read.

    Raises RuntimeError without `setup()`, ValueError for an invalid path and for a second call with
    another path.
    """
    config = app.get(CONFIG)
    if config is None:
        raise RuntimeError(
            "This application has no flashbag. Call aiohttp_flashbag.setup(app) before "
            "setup_browser(app)."
        )
    if not isinstance(path, str) or not _is_path(path):
        raise ValueError(f'path={path!r} is invalid. Use a path such as "/flashbag".')
    if config.helper is None:
        script = app.router.add_resource(f"{path}/flashbag.js")
        for method in (hdrs.METH_GET, hdrs.METH_HEAD):
            script.add_route(method, _send_script)
        endpoint = app.router.add_resource(f"{path}/messages")
        endpoint.add_route(hdrs.METH_POST, _send_messages)
        config.helper = Helper(path, script, endpoint)
        config.listeners.append(Hint(config.transport, endpoint))
        config.transport.has_hint = True
    elif config.helper.path != path:
        raise ValueError(
            f"setup_browser() was already called with path={config.helper.path!r}, now with "
            f"{path!r}. Call it once."
        )


def flashbag_script(request: web.Request, *, nonce: str | None = None) -> str:
    """Return the element that loads the script. Write it into the head of every page.

    `nonce`: the nonce of a Content-Security-Policy. Without it, the element is the same for every
    visitor, so the page stays cacheable. In Jinja2 templates of aiohttp_jinja2, write
    `{{ flashbag_script() }}`. Raises RuntimeError without `setup_browser()`.
    """
    exchange = find_exchange(request)
    config = exchange.config if exchange is not None else None
    if config is None or config.helper is None:
        raise RuntimeError(
            "There is no script for this page. Call setup_browser(app) after "
            "aiohttp_flashbag.setup(app), for the same application."
        )
    data = {
        "src": f"{_relative(str(config.helper.script.url_for()), request)}?v={_HASH}",
        "data-hint": config.transport.hint_name(request),
        "data-attributes": config.transport.hint_attributes(request),
        **({"nonce": nonce} if nonce else {}),
    }
    written = "".join(f' {name}="{escape(value)}"' for name, value in data.items())
    return f'<script type="module"{written}></script>'


def _relative(path: str, request: web.Request) -> str:
    """Return a URL that is relative to the page.

    A proxy may strip a prefix from the path, which the application then does not know.
    """
    page, parts = request.rel_url.raw_path.split("/")[:-1], path.split("/")
    shared = sum(
        1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(page, parts, strict=False))
    )
    return "/".join([*[".."] * (len(page) - shared), *parts[shared:]])


async def _send_script(request: web.Request) -> web.Response:
    """Send the script, cacheable forever if the URL has the hash of its content."""
    is_current = request.query.get("v") == _HASH
    headers = {
        hdrs.CACHE_CONTROL: _FOREVER if is_current else "no-cache",
        "X-Content-Type-Options": "nosniff",
    }
    return web.Response(
        body=SCRIPT, content_type="text/javascript", charset="utf-8", headers=headers
    )


async def _send_messages(request: web.Request) -> web.Response:
    """Send the pending messages to a script of the same origin, or consume the reported ones."""
    headers = {hdrs.CACHE_CONTROL: "no-store", "X-Content-Type-Options": "nosniff"}
    if not _is_same_origin(request):
        text = "Only scripts of this site may ask for messages."
        raise web.HTTPForbidden(text=text, headers=headers)
    bag, exchange = get_flashbag(request), find_exchange(request)
    if exchange is None or exchange.has_failed:
        raise web.HTTPServiceUnavailable(headers=headers)  # the script asks again later
    if reported := await _reported_ids(request):
        exchange.mark_shown(reported)
        return web.Response(status=204, headers=headers)
    if seconds := exchange.seconds_until_readable():
        headers[hdrs.RETRY_AFTER] = str(seconds)
    return _listing(request, bag.peek_flashed_messages(), headers)


async def _reported_ids(request: web.Request) -> list[str]:
    """Return the ids that the script reports: `seen=<id>&seen=<id>`."""
    try:
        body = await request.read()
    except web.RequestPayloadError as error:
        raise web.HTTPBadRequest(text="The body is malformed.") from error
    return parse_qs(body.decode("ascii", "replace")).get("seen", [])


def _listing(
    request: web.Request, messages: list[FlashedMessage], headers: dict[str, str]
) -> web.Response:
    """Return the messages as HTML or JSON, or 204 if there are none.

    The script accepts only a response with the count, because a login page is HTML too.
    """
    headers[_COUNT] = str(len(messages))
    if not messages:
        return web.Response(status=204, headers=headers)
    if _wants_json(request):
        return web.json_response(list(map(_as_json, messages)), headers=headers, dumps=_dumps)
    return web.Response(text=render(messages), content_type="text/html", headers=headers)


def _is_same_origin(request: web.Request) -> bool:
    """Return whether a page of this origin asks. A request that does not tell is refused."""
    if site := request.headers.get("Sec-Fetch-Site"):
        return site == "same-origin"
    try:
        return is_same_host(URL(request.headers.get(hdrs.ORIGIN, "")), request)
    except ValueError:
        return False


def _wants_json(request: web.Request) -> bool:
    accepted = request.headers.get(hdrs.ACCEPT, "").lower()
    return "application/json" in accepted and "text/html" not in accepted


def _as_json(message: FlashedMessage) -> dict[str, Any]:
    """Return a message as JSON data, with `html` if its text is markup."""
    return {
        "id": message.flash_id,
        "message": str.__str__(message),
        "category": message.category,
        "data": message.data,
        **({"html": True} if hasattr(message, "__html__") else {}),
    }
