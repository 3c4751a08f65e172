"""The cookies and headers that a session storage sets: find, copy and measure them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from http.cookies import Morsel, SimpleCookie
from typing import Any

from aiohttp import hdrs, web
from aiohttp_session import AbstractStorage, Session

from .room import COOKIE_LIMIT

_needs_no_quotes = re.compile(r"[!#-+\--:<-\[\]-~]*", re.ASCII).fullmatch
"""Whether a value may be written into a cookie unchanged (RFC 6265, 4.1.1: cookie-octet)."""


def cookie_lines(response: web.StreamResponse, name: str) -> list[str]:
    """Return the `Set-Cookie` lines of a response that set this cookie."""
    lines: Sequence[str] = response.headers.getall(hdrs.SET_COOKIE, ())
    return [line for line in lines if line.startswith(f"{name}=")]


def is_deletion(line: str) -> bool:
    """Return whether a `Set-Cookie` line deletes its cookie, as for an empty session."""
    return not _value_in(line).strip('"')


def is_too_large(response: web.StreamResponse, name: str) -> bool:
    """Return whether browsers would ignore the cookie of this name because of its size."""
    return not _fit(cookie_lines(response, name))


def sets_session(response: web.StreamResponse, name: str) -> bool | None:
    """Return whether a response sets (True) or deletes (False) a session's cookie; None if neither.

    A storage can split a session over several cookies, whose names begin with `name`.
    """
    if lines := cookie_lines(response, name):
        return not is_deletion(lines[-1])
    lines = [ln for ln in response.headers.getall(hdrs.SET_COOKIE, ()) if ln.startswith(name)]
    return not all(map(is_deletion, lines)) if lines else None


def readable_attributes(storage: AbstractStorage) -> str:
    """Return the attributes of a cookie that goes where the session's goes, but scripts read it."""
    params = storage.cookie_params
    names = ("path", "domain", "secure", "samesite")
    return _attributes(**{name: params.get(name) or None for name in names})


async def save(request: web.Request, storage: AbstractStorage, session: Session) -> Saved:
    """Save a session. Returns everything that the storage sets on a response."""
    scratch = _Scratch()
    await storage.save_session(request, scratch, session)
    lines = [cookie.line(storage) for cookie in scratch.calls]
    lines += [morsel.OutputString() for morsel in scratch.cookies.values()]
    lines += scratch.headers.popall(hdrs.SET_COOKIE, [])
    return Saved(storage.cookie_name, lines, list(scratch.headers.items()))


@dataclass(slots=True)
class Saved:
    """The cookies and headers that a storage set on a response when it saved a session."""

    cookie_name: str
    lines: list[str]
    """The `Set-Cookie` lines, of the session's cookie and of others."""
    headers: list[tuple[str, str]]

    def without_old_news(self, request: web.Request, session: Session) -> Saved:
        """Return this without changes that a late response must not make.

        The id of a server-side session is not sent again, and its cookie is not deleted: another
        response may have changed the cookie since, for a login or a logout.
        """
        came = request.cookies.get(self.cookie_name)
        lines = []
        for line in self.lines:
            is_same = came is not None and _value_in(line) in (came, f'"{came}"')
            is_kept = session.identity is not None and is_deletion(line)
            if not line.startswith(f"{self.cookie_name}=") or not (is_same or is_kept):
                lines.append(line)
        return Saved(self.cookie_name, lines, self.headers)

    def add_to(self, response: web.StreamResponse, earlier: Saved | None = None) -> None:
        """Set the same cookies and headers on another response, in place of earlier ones.

        An `earlier` save may have set cookies that this one does not set, if the storage splits a
        session over several cookies.
        """
        lines = self.lines if earlier is None else [*earlier.lines, *self.lines]
        for name in {line.partition("=")[0] for line in lines}:
            _remove_cookie_lines(response, name)
        for line in self.lines:
            response.headers.add(hdrs.SET_COOKIE, line)
        for name, value in self.headers:
            response.headers[name] = value

    def fits(self) -> bool:
        """Return whether browsers accept the session's cookie."""
        lines = [line for line in self.lines if line.startswith(f"{self.cookie_name}=")]
        return _fit(lines)


@dataclass(slots=True)
class _SetCookie:
    """A call of `set_cookie()` or `del_cookie()`. Without a value the cookie is deleted."""

    name: str
    value: str
    attributes: dict[str, Any]

    def line(self, storage: AbstractStorage) -> str:
        """Return the `Set-Cookie` line. The value is quoted only if it has to be."""
        attributes, value = self.attributes, self.value
        if not value and self.name == storage.cookie_name:
            # Browsers need the attributes of the cookie to delete it.
            names = ("secure", "httponly", "samesite")
            attributes |= {name: storage.cookie_params.get(name) for name in names}
        if not _needs_no_quotes(value):
            value = SimpleCookie().value_encode(value)[1]
        return f"{self.name}={value}{_attributes(**attributes)}"


class _Scratch(web.StreamResponse):
    """A response that notes what a storage sets. The real one has its headers already."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[_SetCookie] = []

    def set_cookie(self, name: str, value: str, **attributes: Any) -> None:
        self.calls.append(_SetCookie(name, value, attributes))

    def del_cookie(self, name: str, **attributes: Any) -> None:
        expired = {"max_age": 0, "expires": "Thu, 01 Jan 1970 00:00:00 GMT"}
        self.calls.append(_SetCookie(name, "", {**attributes, **expired}))


def _value_in(line: str) -> str:
    return line.partition("=")[2].partition(";")[0]


def _remove_cookie_lines(response: web.StreamResponse, name: str) -> None:
    ours = cookie_lines(response, name)
    others = [line for line in response.headers.popall(hdrs.SET_COOKIE, []) if line not in ours]
    for line in others:
        response.headers.add(hdrs.SET_COOKIE, line)


def _fit(lines: Sequence[str]) -> bool:
    """Return whether browsers accept the cookie that the last of these lines sets."""
    return not lines or len(lines[-1].partition(";")[0].encode()) <= COOKIE_LIMIT


@lru_cache
def _attributes(**attributes: Any) -> str:
    """Return the part of a `Set-Cookie` line after the value."""
    morsel: Morsel[str] = Morsel()
    morsel.set("name", "", "")
    for name, value in attributes.items():
        if value is not None:
            morsel[name.replace("_", "-")] = value
    return morsel.OutputString().removeprefix("name=")
