"""The session's cookie in the headers of a response: find it, replace it, measure it."""

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


def replace_cookie_lines(response: web.StreamResponse, name: str, lines: Sequence[str]) -> None:
    """Replace the `Set-Cookie` lines that set this cookie by `lines`."""
    ours = cookie_lines(response, name)
    others = [line for line in response.headers.popall(hdrs.SET_COOKIE, []) if line not in ours]
    for line in [*others, *lines]:
        response.headers.add(hdrs.SET_COOKIE, line)


def is_deletion(line: str) -> bool:
    """Tell whether a `Set-Cookie` line deletes its cookie, as aiohttp does for an empty session."""
    return not line.partition("=")[2].partition(";")[0].strip('"')


def is_too_large(response: web.StreamResponse, name: str) -> bool:
    """Tell whether browsers would ignore the cookie of this name because of its size."""
    return not fits(cookie_lines(response, name))


def fits(lines: Sequence[str]) -> bool:
    """Tell whether browsers accept the cookie that the last of these lines sets."""
    return not lines or len(lines[-1].partition(";")[0].encode()) <= COOKIE_LIMIT


def readable_attributes(storage: AbstractStorage) -> str:
    """Return the attributes of a cookie that goes where the session's goes, but scripts read it."""
    params = storage.cookie_params
    names = ("path", "domain", "secure", "samesite")
    return _attributes(**{name: params.get(name) or None for name in names})


async def save(request: web.Request, storage: AbstractStorage, session: Session) -> list[str]:
    """Save a session. Returns the `Set-Cookie` lines that the browser needs.

    The id of a server-side session is not sent again, and its cookie is not deleted: a late
    response must not undo the login or logout that has changed the cookie since.
    """
    cookie = await saved_cookie(request, storage, session)
    if cookie is None or cookie.value == request.cookies.get(storage.cookie_name):
        return []
    return [cookie.line()] if cookie.value or session.identity is None else []


async def saved_cookie(
    request: web.Request, storage: AbstractStorage, session: Session
) -> SessionCookie | None:
    """Save a session. Returns the cookie that the storage sets or deletes."""
    scratch = _Scratch()
    await storage.save_session(request, scratch, session)
    cookie = scratch.cookie
    if cookie is not None and not cookie.value:
        params = storage.cookie_params
        for name in ("secure", "httponly", "samesite"):  # browsers need the same ones to delete it
            cookie.attributes[name] = params.get(name)
    return cookie


@dataclass(slots=True)
class SessionCookie:
    """The cookie with which a storage saves a session. Without a value it is deleted."""

    name: str
    value: str
    attributes: dict[str, Any]

    def line(self) -> str:
        """Return the `Set-Cookie` line. The value is quoted only if it has to be."""
        value = self.value
        if not _needs_no_quotes(value):
            value = SimpleCookie().value_encode(value)[1]
        return f"{self.name}={value}{_attributes(**self.attributes)}"


class _Scratch(web.StreamResponse):
    """A response that notes the cookie of a storage. The real one has its headers already."""

    cookie: SessionCookie | None = None

    def set_cookie(self, name: str, value: str, **attributes: Any) -> None:
        self.cookie = SessionCookie(name, value, attributes)

    def del_cookie(self, name: str, **attributes: Any) -> None:
        expired = {"max_age": 0, "expires": "Thu, 01 Jan 1970 00:00:00 GMT"}
        self.cookie = SessionCookie(name, "", {**attributes, **expired})


@lru_cache
def _attributes(**attributes: Any) -> str:
    """Return the part of a `Set-Cookie` line after the value."""
    morsel: Morsel[str] = Morsel()
    morsel.set("name", "", "")
    for name, value in attributes.items():
        if value is not None:
            morsel[name.replace("_", "-")] = value
    return morsel.OutputString().removeprefix("name=")
