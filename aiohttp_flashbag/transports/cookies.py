"""Cookies of the library's own: names, attributes, lines, and the room that headers leave for them.

`CookieTransport` and `RedisTransport` share this module. Each response that flashes sets one new
cookie `<cookie_name>-<random>`, so the responses to overlapping requests never overwrite each
other's cookies.
"""

from __future__ import annotations

import abc
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from http.cookies import CookieError, Morsel
from typing import Any

from aiohttp import hdrs, web

from ..flash import Address, Flash, new_id, now
from . import COOKIE_PREFIX, Store, Transport

MAX_LINES, MAX_LINE_BYTES = 20, 3500
"""The largest number of `Set-Cookie` lines that the library adds to a response, and their bytes."""
_HINT_BYTES = 120
_HEADER_LIMIT = 8190 - len("Cookie: ")
"""Bytes of all cookies that aiohttp accepts. It responds to more with 400 (`max_field_size`)."""

_LONGEST_ADDRESS = Address(1 << 52, "0" * 12, "0" * 12)
compact_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

RANDOM_PART = r"[\w-]{8}"
"""The pattern of the random part of a name."""


def random_part() -> str:
    """Return a random part for the name of a cookie."""
    return os.urandom(4).hex()


def size_of_pair(name: str, value: str) -> int:
    """Return the bytes of a cookie in the `Cookie` header, with its separator."""
    return len(f"{name}={value}; ".encode(errors="surrogateescape"))


def pairs_in(request: web.Request) -> Iterator[tuple[str, str]]:
    """Yield the name and value of each cookie that the request brought.

    `request.cookies` leaves out every cookie after a malformed one.
    """
    for pair in request.headers.get(hdrs.COOKIE, "").split(";"):
        name, _, value = pair.strip(" \t").partition("=")
        yield name, value


def part_matcher(prefix: str, suffix: str = "") -> Callable[[str], str | None]:
    """Return a function that returns the random part of a cookie's name, or None for another name.

    A name begins with `prefix`. Its end matches the pattern `suffix`.
    """
    match = re.compile(rf"{re.escape(prefix)}({RANDOM_PART}){suffix}", re.ASCII).fullmatch

    def part_of(name: str) -> str | None:
        found = match(name)
        return found[1] if found else None

    return part_of


def room_in(
    request: web.Request, response: web.StreamResponse, is_ours: Callable[[str], bool]
) -> int:
    """Return the bytes that other cookies leave for ours in the `Cookie` header.

    The request brought the other cookies, or the response sets them.
    """
    sets = (line.partition(";")[0].strip().partition("=")[::2] for line in _lines_of(response))
    others = {name: value for name, value in [*pairs_in(request), *sets] if not is_ours(name)}
    return max(0, _HEADER_LIMIT - sum(size_of_pair(*pair) for pair in others.items()))


def room_for_lines(response: web.StreamResponse, *, has_hint: bool) -> tuple[int, int]:
    """Return how many `Set-Cookie` lines, and bytes of them, the response can still take.

    Proxies reject large headers. With `has_hint`, space is left for the hint cookie, which a
    listener sets later.
    """
    ours = [line for line in _lines_of(response) if line.startswith(COOKIE_PREFIX)]
    lines, size = MAX_LINES - len(ours), MAX_LINE_BYTES - sum(map(len, ours))
    return (max(0, lines - 1), size - _HINT_BYTES) if has_hint else (max(0, lines), size)


def _lines_of(response: web.StreamResponse) -> Iterable[str]:
    lines: Iterable[str] = response.headers.getall(hdrs.SET_COOKIE, ())
    return lines


class OwnCookies:
    """The attributes of a transport's cookies. With `secure=None`, they depend on the request.

    Raises ValueError for a name or an attribute that browsers reject.
    """

    def __init__(
        self,
        name: str,
        *,
        max_age: int,
        path: str,
        domain: str | None,
        secure: bool | None,
        samesite: str | None,
    ) -> None:
        self.prefix = f"{name}-"
        self.hint_name = f"{name}_PENDING"
        self.max_age = max_age
        self._secure = secure
        self._attributes = {
            https: _attributes(name, path, domain, samesite, secure=https)
            for https in (False, True)
        }
        _check(name, path, domain, samesite, secure)

    def line(self, request: web.Request, name: str, value: str = "") -> str:
        """Return a `Set-Cookie` line. Without a value, it deletes the cookie."""
        max_age = self.max_age if value else 0
        return f"{name}={value}; Max-Age={max_age}{self._attributes[self._is_https(request)]}"

    def hint_attributes(self, request: web.Request) -> str:
        """Return the attributes of these cookies, without HttpOnly."""
        return self._attributes[self._is_https(request)].replace("; HttpOnly", "")

    def _is_https(self, request: web.Request) -> bool:
        return request.secure if self._secure is None else bool(self._secure)


class OwnCookieTransport(Transport):
    """A transport that sets cookies of its own. The hint cookie resembles them."""

    cookies: OwnCookies
    max_bytes: int
    """The bytes that the flashes of one response may need."""

    @abc.abstractmethod
    def size_of(self, flashes: Sequence[Flash]) -> int:
        """Return the bytes that these flashes need together."""

    @property
    def since(self) -> int:
        """The time before which flashes have expired, in microseconds.

        A flash from a machine whose clock is ahead counts as new.
        """
        return now() - self.max_age * 1_000_000

    def hint_name(self, request: web.Request) -> str:
        """Return a name that begins like the names of the transport's cookies."""
        return self.cookies.hint_name

    def hint_attributes(self, request: web.Request) -> str:
        """Return the attributes of the transport's cookies, without HttpOnly."""
        return self.cookies.hint_attributes(request)


class OwnCookieStore(Store):
    """The store of a transport that sets cookies of its own."""

    _transport: OwnCookieTransport

    def fits(self, key: str | None, content: Any) -> bool:
        """Return whether a response can add this flash, if it adds no other."""
        flash = Flash(new_id(), key, content, _LONGEST_ADDRESS)
        return self._transport.size_of([flash]) <= self._transport.max_bytes

    def _not_expired(self, flashes: Sequence[Flash]) -> list[Flash]:
        since = self._transport.since
        return [flash for flash in flashes if flash.created >= since]


def _attributes(
    name: str, path: str, domain: str | None, samesite: str | None, *, secure: bool
) -> str:
    """Return the part of a `Set-Cookie` line after Max-Age. Raises ValueError if it is invalid."""
    morsel: Morsel[str] = Morsel()
    try:
        morsel.set(name, "", "")
        morsel["path"], morsel["domain"] = path, domain or ""
        morsel["samesite"] = samesite or ""
        morsel["httponly"], morsel["secure"] = True, secure
    except CookieError as error:
        raise ValueError(
            f"cookie_name={name!r} or an attribute is invalid in a cookie: {error}"
        ) from None
    return morsel.OutputString().removeprefix(f"{name}=")


def _check(
    name: str, path: str, domain: str | None, samesite: str | None, secure: bool | None
) -> None:
    """Raise ValueError for attributes that browsers reject."""
    if (samesite or "").lower() not in ("lax", "strict", "none", ""):
        raise ValueError(
            f"samesite={samesite!r} is invalid. Use 'Lax', 'Strict', 'None', or None to omit it."
        )
    if (samesite or "").lower() == "none" and secure is False:
        raise ValueError('samesite="None" needs secure=True. Browsers reject the cookie otherwise.')
    if name.startswith(("__Host-", "__Secure-")) and not secure:
        raise ValueError(
            f"cookie_name={name!r} needs secure=True. Browsers reject the cookie otherwise."
        )
    if name.startswith("__Host-") and (path != "/" or domain):
        raise ValueError(
            f'cookie_name={name!r} needs path="/" and no domain. Browsers reject the cookie '
            f"otherwise."
        )
