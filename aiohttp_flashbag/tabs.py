"""The right tab: a flash belongs to the page that its redirect leads to.

All tabs of a browser share cookies and session, so these do not tell which tab sent a request. But
when a browser follows a redirect, it sends the `Referer` of the original request again. This module
implements these of the numbered rules, and no other module knows them:

T1  A redirect addresses its flashes to the target path and to the page that sent the request. For 5
    seconds, requests that visibly come from elsewhere ignore these flashes.
T2  If the addressee is redirected again, the address moves along in a small cookie.
T3  A request that matches one flash exactly, by path and page, ignores flashes that another page
    addressed to the same path.
T4  A script's fetch addresses nothing unless the response has HX-Redirect or HX-Location.
T5  The endpoint of the JavaScript helper states when it can read the flashes that it ignores now.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from hashlib import blake2s

from aiohttp import hdrs, web
from multidict import istr
from yarl import URL

from .audience import Audience, audience_of
from .flash import Address, Flash, now
from .hosts import is_same_host
from .responses import forbid_caching
from .transports import COOKIE_PREFIX

MAX_AGE = 5
"""Seconds for which an address holds. Afterwards any request may read the flash."""
MAX_NOTES = 2
"""How many addresses may move along with one redirect (T2). Each takes a cookie, the *note*."""
_MAX_AGE = MAX_AGE * 1_000_000  # microseconds
_NOTE = f"{COOKIE_PREFIX}_MOVED_"
_notes_in = re.compile(rf"(?:^|[; ]){_NOTE}([0-9]{{16}})=([0-9a-f]{{12}})", re.ASCII).findall

_is_plain_host = re.compile(r"[\w.-]+(?::\d{1,4})?", re.ASCII).fullmatch
_is_plain_path = re.compile(r"(?:/[\w-]+)+/?", re.ASCII).fullmatch

_FOLLOW = frozenset({Audience.PAGE, Audience.FRAME, Audience.FRAGMENT})
"""Audiences that follow a redirect to a page. A script's fetch may go anywhere (T4)."""

# aiohttp finds an istr faster in its headers.
_SEC_FETCH_SITE = istr("Sec-Fetch-Site")
_HX_REDIRECT = istr("HX-Redirect")
_HX_LOCATION = istr("HX-Location")


def address_for(request: web.Request, response: web.StreamResponse, at: int) -> Address | None:
    """Return the address of the flashes that this response adds (T1), or None for any request.

    `at` is the time in microseconds. It salts the hashes, so that no one can recognize a page.
    """
    page = _sending_page(request)
    path = _redirect_path(request, response) if page else None
    return None if path is None else Address(at, _hash(at, page), _hash(at, path))


def for_this_request(
    pending: Sequence[Flash], request: web.Request
) -> tuple[Sequence[Flash], Sequence[Flash]]:
    """Return the pending flashes that this request may read, and the flashes of other tabs."""
    addresses = _open_addresses(pending)
    if not addresses:
        return pending, ()
    visit = _Visit.of(request)
    relations = {address: visit.relation_to(address) for address in addresses}
    is_addressee = _Relation.ADDRESSEE in relations.values()
    ignored = {_Relation.ELSEWHERE} | ({_Relation.SHARES_PATH} if is_addressee else set())  # T3
    others = {address for address, relation in relations.items() if relation in ignored}
    mine = [flash for flash in pending if flash.address not in others]
    return mine, [flash for flash in pending if flash.address in others]


def seconds_until_readable(others: Iterable[Flash]) -> int:
    """Return after how many seconds any request may read the messages among these (T5)."""
    addresses = _open_addresses(flash for flash in others if flash.is_message)
    last = max((address.at for address in addresses), default=now() - _MAX_AGE)
    return max(0, math.ceil((last + _MAX_AGE - now()) / 1_000_000))


def move_addresses(
    seen: Iterable[Flash], request: web.Request, response: web.StreamResponse
) -> None:
    """Set a cookie with the new path if the response redirects the addressee of a flash (T2)."""
    addresses = _open_addresses(seen)
    path = _redirect_path(request, response) if addresses else None
    if path is None:
        return
    visit = _Visit.of(request)
    mine = [one for one in addresses if visit.relation_to(one) is _Relation.ADDRESSEE]
    attributes = "; HttpOnly; SameSite=Lax" + ("; Secure" if request.secure else "")
    for address in sorted(mine)[-MAX_NOTES:]:
        note = f"{_NOTE}{address.at}={_hash(address.at, path)}"
        response.headers.add(hdrs.SET_COOKIE, f"{note}; Max-Age={MAX_AGE}; Path=/{attributes}")
    if mine and (hdrs.CACHE_CONTROL in response.headers or response.status in (301, 308)):
        forbid_caching(response)  # B5: the cookie belongs to this visitor


class _Relation(Enum):
    """How a request relates to an address."""

    ADDRESSEE = auto()
    """It matches the address by path and page."""
    SHARES_PATH = auto()
    """It goes to the path of the address, from another page."""
    ELSEWHERE = auto()
    """It visibly comes from elsewhere."""
    UNKNOWN = auto()


@dataclass(frozen=True, slots=True)
class _Visit:
    """The path that a request goes to, and the page that it comes from."""

    path: str
    page: str
    """The page that sent the request, or "" if the request does not tell."""
    tells_origin: bool
    """Whether the request states where it comes from: from a page, or from none (a typed URL)."""
    moved: Mapping[int, str]
    """Hashes of the new targets of addresses that moved, by the time of the address (T2)."""

    @classmethod
    def of(cls, request: web.Request) -> _Visit:
        page = _sending_page(request)
        tells_origin = bool(page) or request.headers.get(_SEC_FETCH_SITE) == "none"
        cookies = request.headers.get(hdrs.COOKIE, "")
        notes = _notes_in(cookies) if _NOTE in cookies else ()
        moved = {int(at): target for at, target in notes}
        return cls(request.path, page, tells_origin, moved)

    def relation_to(self, address: Address) -> _Relation:
        """Return how the request relates to an address."""
        target = self.moved.get(address.at, address.target)
        is_sender = bool(self.page) and _hash(address.at, self.page) == address.source
        if _hash(address.at, self.path) == target:
            return _Relation.ADDRESSEE if is_sender else _Relation.SHARES_PATH
        if is_sender or not self.tells_origin:
            return _Relation.UNKNOWN
        is_from_target = _hash(address.at, URL(self.page).path) == target
        return _Relation.UNKNOWN if is_from_target else _Relation.ELSEWHERE


def _open_addresses(flashes: Iterable[Flash]) -> set[Address]:
    """Return the addresses that still hold. One from a clock that is far off does not."""
    addresses = {flash.address for flash in flashes if flash.address is not None}
    time = now() if addresses else 0
    return {address for address in addresses if abs(time - address.at) < _MAX_AGE}


def _sending_page(request: web.Request) -> str:
    """Return the Referer of a request, or "" unless it is more than an origin, on this host."""
    referer = request.headers.get(hdrs.REFERER, "")
    host, _, path = referer.partition("://")[2].partition("/")
    if not path:
        return ""
    if host == request.host and _is_plain_host(host):  # most often
        return referer
    try:
        return referer if is_same_host(URL(referer), request) else ""
    except ValueError:
        return ""


def _redirect_path(request: web.Request, response: web.StreamResponse) -> str | None:
    """Return the path of a redirect within the host, or None for any other response.

    The scheme is not compared, because TLS may end before the application.
    """
    location = _redirect_location(request, response)
    if not location:
        return None
    if _is_plain_path(location):  # most often
        return location
    try:
        target = URL(location)
        if location[0] != "/" or "/." in location or target.host is not None:
            target = request.rel_url.join(target)
        is_relative = not target.scheme and target.host is None
        return target.path if is_relative or is_same_host(target, request) else None
    except ValueError:
        return None


def _redirect_location(request: web.Request, response: web.StreamResponse) -> str:
    headers = response.headers
    if location := headers.get(_HX_REDIRECT) or _path_in(headers.get(_HX_LOCATION, "")):
        return location
    if not 300 <= response.status < 400 or audience_of(request) not in _FOLLOW:  # T4
        return ""
    return headers.get(hdrs.LOCATION, "")


def _path_in(hx_location: str) -> str:
    """Return the path that HX-Location names, which may be JSON."""
    if not hx_location.startswith("{"):
        return hx_location
    try:
        path = json.loads(hx_location).get("path")
    except (ValueError, RecursionError):
        return ""
    return path if isinstance(path, str) else ""


def _hash(at: int, text: str) -> str:
    data, salt = text.encode(errors="surrogateescape"), at.to_bytes(8, "big")
    return blake2s(data, digest_size=6, salt=salt).hexdigest()
