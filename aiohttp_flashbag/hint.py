"""The hint: a cookie without content by which the script knows that messages are pending.

The cookies that carry flashes are HttpOnly, and a page may come from a cache. So a response sets
this cookie beside the messages that it adds, and deletes it when it leaves none pending. Where the
two disagree (a flash has expired, a logout dropped it, two responses overlapped), the next response
that knows better mends it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from aiohttp import hdrs, web

from .parcel import Delta, Parcel

_ASKING = "0"
"""The value that a script gives it before it asks; it expires by itself."""


class Hint:
    """Sets and deletes the cookie `name`, with the attributes that the transport has for it.

    `endpoint` is what a script asks. The script has taken the hint back before, so one that comes
    with its request was set by another response meanwhile, and has to stay.
    """

    def __init__(
        self, name: str, attributes: Callable[[web.Request], str], endpoint: web.Resource
    ) -> None:
        self.name = name
        self.attributes = attributes
        self._endpoint = endpoint
        self.find = re.compile(rf"(?:^|;)[ \t]*{re.escape(name)}=(.?)").search
        """Look for the cookie in a `Cookie` header."""

    def commit(
        self,
        request: web.Request,
        response: web.StreamResponse,
        delta: Delta,
        arrived: Iterable[Parcel] | None,
    ) -> bool:
        """Make the cookie say what is pending after this response. Returns whether it was wrong.

        `arrived` is what was pending before, None where that is not known: then nothing is deleted.
        A failed response changes nothing (B2).
        """
        if response.status >= 500:
            return False
        came = self.find(request.headers.get(hdrs.COOKIE, ""))
        if not delta.messages:  # beside these it is set anew: another response may be deleting it
            if arrived is None or (came and came[1] == _ASKING):
                return False
            if _leaves_some(delta, arrived) is bool(came):
                return False
            if delta.shown and request.match_info.route.resource is self._endpoint:
                return False
        value = "; Max-Age=0" if came and not delta.messages else "1"
        line = f"{self.name}={value}{self.attributes(request)}"
        response.headers.add(hdrs.SET_COOKIE, line)
        return True


def _leaves_some(delta: Delta, arrived: Iterable[Parcel]) -> bool:
    ids = {message["id"] for parcel in arrived for message in parcel.messages}
    return bool(ids - delta.shown) and not delta.clear_messages


@dataclass(frozen=True, slots=True)
class BrowserHalf:
    """What `setup_browser()` has added to an application."""

    path: str
    script: web.Resource
    endpoint: web.Resource
    hint: Hint
