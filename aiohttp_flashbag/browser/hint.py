"""The hint cookie tells the JavaScript helper that messages are pending.

The cookies that carry flashes are HttpOnly, and a page may come from a cache. A response therefore
sets this cookie, which has no content, when it adds a message. A page that leaves messages pending
sets it if it did not come. A stale hint is corrected by the endpoint and by responses that add,
consume or show a flash, and by no others (B1).
"""

from __future__ import annotations

from aiohttp import hdrs, web

from ..audience import audience_of, is_page_view
from ..flash import Outcome
from ..responses import forbid_caching
from ..state import get_flashbag
from ..transports import Transport
from ..transports.cookies import pairs_in

_ASKING = "0"
"""The value that the script sets before it calls the endpoint. It expires soon."""


class Hint:
    """A listener that sets and deletes the hint cookie.

    `endpoint` is the resource that the script calls. The script resets the hint before each call,
    so if a hint comes with that call, another response has set it since, and it must stay.
    """

    def __init__(self, transport: Transport, endpoint: web.AbstractResource) -> None:
        self._transport = transport
        self._endpoint = endpoint

    def __call__(
        self, request: web.Request, response: web.StreamResponse, outcome: Outcome
    ) -> None:
        """Correct the cookie after a commit. A failed response changes nothing (B2)."""
        if response.status >= 500:
            return
        name = self._transport.hint_name(request)
        came = _value_of(name, request)
        if (is_set := self._will_be_set(came, request, response, outcome)) is not None:
            value = f"1; Max-Age={self._transport.max_age}" if is_set else "; Max-Age=0"
            line = f"{name}={value}{self._transport.hint_attributes(request)}"
            response.headers.add(hdrs.SET_COOKIE, line)
            forbid_caching(response)  # B5: the cookie belongs to this visitor

    def _will_be_set(
        self, came: str, request: web.Request, response: web.StreamResponse, outcome: Outcome
    ) -> bool | None:
        """Return whether the response sets the hint or deletes it; None leaves it alone."""
        if any(flash.is_message for flash in outcome.added):
            return True  # also if it is set: another response may be deleting it
        if came == _ASKING:
            return None
        if any(flash.is_message for flash in outcome.after):
            return True if not came and is_page_view(audience_of(request), response) else None
        return False if came and self._is_corrected_by(request, outcome) else None

    def _is_corrected_by(self, request: web.Request, outcome: Outcome) -> bool:
        if request.match_info.route.resource is self._endpoint:
            return not outcome
        return bool(outcome) or get_flashbag(request).was_read


def _value_of(name: str, request: web.Request) -> str:
    """Return the value of a cookie, or "" without the cookie."""
    return next((value for found, value in pairs_in(request) if found == name), "")
