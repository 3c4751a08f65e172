"""The session's cookie in the headers of a response: find it, replace it, make it fit."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from http.cookies import Morsel, SimpleCookie
from itertools import islice
from typing import Any

from aiohttp import hdrs, web
from aiohttp_session import AbstractStorage, Session

from ..codec import logger
from ..parcel import Parcel
from . import COOKIE_LIMIT

_is_plain = re.compile(r"[!#-+\--:<-\[\]-~]*", re.ASCII).fullmatch
"""Tells whether a value can stand in a cookie as it is (RFC 6265, 4.1.1: cookie-octet)."""


def cookie_lines(response: web.StreamResponse, name: str) -> list[str]:
    """Return the `Set-Cookie` lines of a response that set this cookie."""
    lines: Sequence[str] = response.headers.getall(hdrs.SET_COOKIE, ())
    return [line for line in lines if line.startswith(f"{name}=")] if lines else []


def replace_cookie_lines(response: web.StreamResponse, name: str, lines: Sequence[str]) -> None:
    """Let the response set this cookie by these lines only."""
    ours = cookie_lines(response, name)
    others = [line for line in response.headers.popall(hdrs.SET_COOKIE, []) if line not in ours]
    for line in [*others, *lines]:
        response.headers.add(hdrs.SET_COOKIE, line)


def is_deletion(line: str) -> bool:
    """Tell whether a `Set-Cookie` line deletes its cookie, as aiohttp does for an empty session."""
    return not line.partition("=")[2].partition(";")[0].strip('"')


def readable_attributes(storage: AbstractStorage) -> str:
    """Return the attributes for a cookie that goes where the session's goes, read by scripts."""
    params = storage.cookie_params
    names = ("path", "domain", "secure", "samesite")
    return _attributes(**{name: params.get(name) or None for name in names})


async def save(request: web.Request, storage: AbstractStorage, session: Session) -> list[str]:
    """Save a session. Returns the `Set-Cookie` lines that tell the browser what is new to it.

    The id of a server-side session is not sent again, nor is its cookie deleted: a late response
    must not undo the login or logout that changed the cookie meanwhile.
    """
    cookie = await saved_cookie(request, storage, session)
    if cookie is None or cookie.value == request.cookies.get(storage.cookie_name):
        return []
    return [cookie.line()] if cookie.value or session.identity is None else []


async def saved_cookie(
    request: web.Request, storage: AbstractStorage, session: Session
) -> SessionCookie | None:
    """Save a session. Returns the cookie that is set or deleted for it."""
    scratch = _Scratch()
    await storage.save_session(request, scratch, session)
    cookie = scratch.cookie
    if cookie is not None and not cookie.value:
        params = storage.cookie_params
        for name in ("secure", "httponly", "samesite"):  # else browsers do not delete it
            cookie.attributes[name] = params.get(name)
    return cookie


@dataclass(slots=True)
class SessionCookie:
    """The cookie by which a storage saves a session; without a value it is deleted."""

    name: str
    value: str
    attributes: dict[str, Any]

    def line(self) -> str:
        """Return the `Set-Cookie` line. Quotes only stand around what has to be escaped."""
        value = self.value
        if not _is_plain(value):
            value = SimpleCookie().value_encode(value)[1]
        return f"{self.name}={value}{_attributes(**self.attributes)}"


class _Scratch(web.StreamResponse):
    """Takes the cookie of a storage, in place of the response whose headers are ready."""

    cookie: SessionCookie | None = None

    def set_cookie(self, name: str, value: str, **attributes: Any) -> None:
        self.cookie = SessionCookie(name, value, attributes)

    def del_cookie(self, name: str, **attributes: Any) -> None:
        expired = {"max_age": 0, "expires": "Thu, 01 Jan 1970 00:00:00 GMT"}
        self.cookie = SessionCookie(name, "", {**attributes, **expired})


@lru_cache
def _attributes(**attributes: Any) -> str:
    """Return what follows the value of a cookie."""
    morsel: Morsel[str] = Morsel()
    morsel.set("name", "", "")
    for name, value in attributes.items():
        if value is not None:
            morsel[name.replace("_", "-")] = value
    return morsel.OutputString().removeprefix("name=")


async def fit(
    response: web.StreamResponse,
    name: str,
    parcel: Parcel,
    lines_with: Callable[[Parcel], Awaitable[list[str]]],
) -> None:
    """Drop flashes, oldest messages first, until browsers take the session's cookie.

    A browser silently drops a cookie over 4096 bytes, and with it all that the request changed in
    the session. `lines_with` saves the session with other flashes, and returns the `Set-Cookie`
    lines. If the session is too large without any flash, nothing is dropped.
    """
    if not parcel:
        return
    low, high = 0, len(parcel)  # `low` flashes fit, if any do; `high` do not
    while high - low > 1:
        middle = (low + high) // 2
        if _fits(await lines_with(parcel.newest(middle))):
            low = middle
        else:
            high = middle
    lines = await lines_with(parcel.newest(low))
    if not _fits(lines):
        await lines_with(parcel)
        return
    replace_cookie_lines(response, name, lines)
    logger.error(
        "the session cookie would have passed %d bytes, with which browsers drop it: "
        "dropped from the flashbag %s (the session itself is kept)",
        COOKIE_LIMIT,
        _named(parcel, len(parcel) - low),
    )


def _named(parcel: Parcel, count: int) -> str:
    """Name the oldest flashes, at most ten of them, with their sizes."""
    names = [f"a message of {len(message['m'].encode())} bytes" for message in parcel.messages]
    for key, value in islice(parcel.values.items(), 10):
        names.append(f"value {key!r} of {len(repr(value).encode())} bytes")
    more = [f"and {count - 10} more"] if count > 10 else []
    return ", ".join(names[: min(count, 10)] + more)


def is_too_large(response: web.StreamResponse, name: str) -> bool:
    """Tell whether browsers would drop the cookie of this name, for its size."""
    lines = response.headers.getall(hdrs.SET_COOKIE, ())
    may_be = any(len(line) > COOKIE_LIMIT // 4 for line in lines)  # no character has over 4 bytes
    return may_be and not _fits(cookie_lines(response, name))


def _fits(lines: Sequence[str]) -> bool:
    return not lines or len(lines[-1].partition(";")[0].encode()) <= COOKIE_LIMIT
