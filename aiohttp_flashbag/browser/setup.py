"""`setup_browser()`: the script for pages, and the endpoint that it asks for messages.

The script shows pending messages on pages that came from a cache and after htmx and Turbo updates,
and announces them to screen readers. It is in `flashbag.js`. `hint.py` sets the cookie that tells
it when to ask. The endpoint returns the pending messages and consumes none. Once messages are in
the page, the script reports their ids, and the endpoint consumes these.

`live.js` listens to a stream that says when mail is pending, and lets the first script ask.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from functools import cached_property
from html import escape
from itertools import takewhile
from typing import Any
from urllib.parse import parse_qs

from aiohttp import hdrs, web

from ..config import CONFIG
from ..hosts import is_same_origin
from ..mailbox.beside import Mail
from ..mailbox.live import Live
from ..message import FlashedMessage
from ..state import find_exchange, get_flashbag
from .hint import Hint
from .markup import render
from .script import Script

SCRIPT, LIVE_SCRIPT = Script("flashbag.js"), Script("live.js")
_COUNT = "Flash-Messages"
"""A header with the number of messages in a response of the endpoint."""
_dumps = json.JSONEncoder(default=str).encode  # a session's encoder may allow dates, say
_is_path = re.compile(r"(?:/[\w.~-]+)+", re.ASCII).fullmatch


@dataclass(frozen=True)
class Helper:
    """The parts of an application that `setup_browser()` has added."""

    path: str
    script: web.Resource
    endpoint: web.Resource
    stream: web.Resource | None = None
    live_script: web.Resource | None = None

    @cached_property
    def bare(self) -> frozenset[web.AbstractResource]:
        """The resources whose requests load no flashes and no mail."""
        resources = (self.script, self.stream, self.live_script)
        return frozenset(resource for resource in resources if resource is not None)


def setup_browser(app: web.Application, path: str = "/flashbag", *, live: bool = False) -> None:
    """Serve the JavaScript helper under `path`, with the endpoint that it asks.

    Call it after `aiohttp_flashbag.setup(app)`, and write `{{ flashbag_script() }}` into the head
    of the base template. Responses that leave messages pending then also set a cookie without
    content, which the script can read. With `live`, open pages also show the messages of the
    mailbox that `setup()` was given.

    Raises RuntimeError without `setup()`, and for `live` without a mailbox; ValueError for an
    invalid path and for a second call with another path or another `live`. When the application
    starts, raises RuntimeError if the mailbox cannot tell about new messages.
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
        config.helper = _live_helper(app, path, config.mail) if live else _helper(app, path)
        config.listeners.append(Hint(config.transport, config.helper.endpoint))
        config.transport.has_hint = True
    elif (config.helper.path, config.helper.stream is not None) != (path, live):
        raise ValueError(
            f"setup_browser() was already called with path={config.helper.path!r}, "
            f"live={config.helper.stream is not None}, now with {path!r}, live={live}. Call it "
            f"once."
        )


def _helper(app: web.Application, path: str) -> Helper:
    endpoint = app.router.add_resource(f"{path}/messages")
    endpoint.add_route(hdrs.METH_POST, _send_messages)
    return Helper(path, SCRIPT.add_to(app, path), endpoint)


def _live_helper(app: web.Application, path: str, mail: Mail | None) -> Helper:
    if mail is None:
        raise RuntimeError(
            "setup_browser(app, live=True) needs a mailbox. Call aiohttp_flashbag.setup(app, "
            "mailbox=mailbox, identify=user_id) before it."
        )
    mail.is_live, live = True, Live(mail)
    stream = app.router.add_resource(f"{path}/live")
    stream.add_route(hdrs.METH_GET, live.stream)
    app.on_startup.append(live.check)
    app.on_shutdown.append(live.close)
    live_script = LIVE_SCRIPT.add_to(app, path)
    return replace(_helper(app, path), stream=stream, live_script=live_script)


def flashbag_script(request: web.Request, *, nonce: str | None = None) -> str:
    """Return the element that loads the script. Write it into the head of every page.

    With `setup_browser(app, live=True)` there are two elements. `nonce`: the nonce of a
    Content-Security-Policy. Without it, the elements are the same for every visitor, so the page
    stays cacheable. In Jinja2 templates of aiohttp_jinja2, write `{{ flashbag_script() }}`. Raises
    RuntimeError without `setup_browser()`.
    """
    exchange = find_exchange(request)
    config = exchange.config if exchange is not None else None
    if config is None or config.helper is None:
        raise RuntimeError(
            "There is no script for this page. Call setup_browser(app) after "
            "aiohttp_flashbag.setup(app), for the same application."
        )
    attributes = {"nonce": nonce} if nonce else {}
    hint = {
        "data-hint": config.transport.hint_name(request),
        "data-attributes": config.transport.hint_attributes(request),
    }
    source = _source(SCRIPT, config.helper.script, request)
    element = _element({"src": source, **hint, **attributes})
    if config.helper.live_script is None:
        return element
    source = _source(LIVE_SCRIPT, config.helper.live_script, request)
    return element + _element({"src": source, **attributes})


def _element(attributes: dict[str, str]) -> str:
    written = "".join(f' {name}="{escape(value)}"' for name, value in attributes.items())
    return f'<script type="module"{written}></script>'


def _source(script: Script, resource: web.Resource, request: web.Request) -> str:
    return f"{_relative(str(resource.url_for()), request)}?v={script.version}"


def _relative(path: str, request: web.Request) -> str:
    """Return a URL that is relative to the page.

    A proxy may strip a prefix from the path, which the application then does not know.
    """
    page, parts = request.rel_url.raw_path.split("/")[:-1], path.split("/")
    shared = sum(
        1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(page, parts, strict=False))
    )
    return "/".join([*[".."] * (len(page) - shared), *parts[shared:]])


async def _send_messages(request: web.Request) -> web.Response:
    """Send the pending messages to a script of the same origin, or consume the reported ones."""
    headers = {hdrs.CACHE_CONTROL: "no-store", "X-Content-Type-Options": "nosniff"}
    if not is_same_origin(request):
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
