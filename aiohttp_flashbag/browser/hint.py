"""The hint cookie tells the JavaScript helper that messages are pending.

The cookies that carry flashes are HttpOnly, and a page may come from a cache. A response therefore
sets this cookie, which has no content, when it leaves messages pending. A stale hint is corrected
by the endpoint and by responses that add, consume or show a flash, and by no others (B1).
"""

from __future__ import annotations

import re
from collections.abc import Callable

from aiohttp import hdrs, web

from ..flash import Outcome
from ..headers import forbid_caching
from ..state import get_flashbag

_ASKING = "0"
"""The value that the script sets before it calls the endpoint. It expires soon."""


class Hint:
    """A listener that sets and deletes the cookie `name`.

    `attributes(request)` returns the attributes of the cookie. `endpoint` is the resource that the
    script calls. The script resets the hint before each call, so if a hint comes with that call,
    another response has set it since, and it must stay.
    """

    def __init__(
        self, name: str, attributes: Callable[[web.Request], str], endpoint: web.AbstractResource
    ) -> None:
        self.name = name
        self.attributes = attributes
        self._endpoint = endpoint
        self._find = re.compile(rf"(?:^|;)[ \t]*{re.escape(name)}=(.?)").search

    def __call__(
        self, request: web.Request, response: web.StreamResponse, outcome: Outcome
    ) -> None:
        """Correct the cookie after a commit. A failed response changes nothing (B2)."""
        if response.status < 500 and (value := self._value(request, outcome)) is not None:
            line = f"{self.name}={value}{self.attributes(request)}"
            response.headers.add(hdrs.SET_COOKIE, line)
            forbid_caching(response)  # B5: the cookie belongs to this visitor

    def _value(self, request: web.Request, outcome: Outcome) -> str | None:
        """Return the new value, or `; Max-Age=0` to delete the cookie, or None to leave it."""
        if any(flash.is_message for flash in outcome.added):
            return "1"  # also if it is set: another response may be deleting it
        came = self._find(request.headers.get(hdrs.COOKIE, ""))
        if came and came[1] == _ASKING:
            return None
        if any(flash.is_message for flash in outcome.after):
            return None if came else "1"
        if request.match_info.route.resource is self._endpoint:
            is_stale = not outcome
        else:
            is_stale = bool(outcome) or get_flashbag(request).was_read
        return "; Max-Age=0" if came and is_stale else None
