"""A session as a record: where the flashes lie in it, how it is saved, what fits its cookie."""

from __future__ import annotations

from collections.abc import MutableMapping, Sequence
from http.cookies import Morsel
from typing import Any

import aiohttp_session
from aiohttp import hdrs, web
from aiohttp_session import AbstractStorage, Session

from ..parcel import Parcel, logger

SESSION_KEY = "aiohttp_flashbag"
"""The key of the session under which the values wait, as a plain dict."""
MESSAGES_KEY = "aiohttp_flashbag_messages"
"""The key of the session under which the messages wait, as a list."""

COOKIE_LIMIT = 4096
"""Bytes of name and value above which browsers drop a cookie (RFC 6265bis, 5.7)."""


def parcel_in(session: Session) -> Parcel:
    """What waits in a session; what has the wrong shape counts as empty."""
    held = session._mapping
    return Parcel.parse(held.get(SESSION_KEY), held.get(MESSAGES_KEY))


def holds_flashes(session: Session) -> bool:
    """Something lies under the flashbag's keys, be it of a wrong shape."""
    return SESSION_KEY in session._mapping or MESSAGES_KEY in session._mapping


def holds_only_flashes(session: Session) -> bool:
    """Nobody is logged in in it: if it is gone, only flashes were used up."""
    held = session._mapping
    return len(held) == (SESSION_KEY in held) + (MESSAGES_KEY in held)


def has_wrong_shape(session: Session, parcel: Parcel) -> bool:
    """Something lies under the flashbag's keys that is not in the parcel."""
    held = session._mapping
    return (SESSION_KEY in held and held[SESSION_KEY] is not parcel.values) or (
        MESSAGES_KEY in held and held[MESSAGES_KEY] != parcel.messages
    )


def has_session_inside(request: web.Request) -> bool:
    """An inner sub-application has sessions of its own: ours must not be taken for one of them."""
    apps = request.match_info.apps
    if apps[-1] is request.app:
        return False
    return any(
        getattr(middleware, "__module__", None) == aiohttp_session.__name__
        for app in apps[apps.index(request.app) + 1 :]
        for middleware in app.middlewares
    )


def put(record: MutableMapping[str, Any], parcel: Parcel) -> bool:
    """Let `record` hold this parcel, and nothing empty; whether that changed it."""
    changed = False
    for key, waiting in ((SESSION_KEY, parcel.values), (MESSAGES_KEY, parcel.messages)):
        if waiting and record.get(key) != waiting:
            record[key] = waiting
            changed = True
        elif not waiting and key in record:
            del record[key]
            changed = True
    return changed


def put_quietly(session: Session, parcel: Parcel) -> bool:
    """Put without making aiohttp_session save it; what it saves for others then includes it."""
    return put(session._mapping, parcel)


async def save(request: web.Request, storage: AbstractStorage, session: Session) -> list[str]:
    """Save a session; the `Set-Cookie` lines that tell the browser what is new to it.

    The id of a server-side record is not sent again, nor is its cookie deleted: an answer that
    is late must not undo the login or logout that changed the cookie meanwhile.
    """
    scratch = web.Response()
    await storage.save_session(request, scratch, session)
    cookie = scratch.cookies.get(storage.cookie_name)
    if cookie is None or cookie.value == request.cookies.get(storage.cookie_name):
        return []
    if cookie.value:
        return [cookie.OutputString()]
    return [] if session.identity is not None else [_deletion(cookie, storage)]


def _deletion(cookie: Morsel[str], storage: AbstractStorage) -> str:
    """A browser deletes a cookie only for the attributes that it was set with."""
    for name in ("secure", "httponly", "samesite"):
        if value := storage.cookie_params.get(name):
            cookie[name] = value
    return cookie.OutputString()


def cookie_lines(response: web.StreamResponse, name: str) -> list[str]:
    """The `Set-Cookie` lines of an answer that set this cookie."""
    lines: Sequence[str] = response.headers.getall(hdrs.SET_COOKIE, ())
    start = f"{name}="
    return [line for line in lines if line.startswith(start)]


def replace_cookie_lines(response: web.StreamResponse, name: str, lines: Sequence[str]) -> None:
    """Let the answer set this cookie by these lines only."""
    others = [
        line
        for line in response.headers.popall(hdrs.SET_COOKIE, [])
        if not line.startswith(f"{name}=")
    ]
    for line in [*others, *lines]:
        response.headers.add(hdrs.SET_COOKIE, line)


def may_be_too_large(response: web.StreamResponse) -> bool:
    """Whether a cookie of this answer is worth a look: no character has over 4 bytes."""
    lines = response.headers.getall(hdrs.SET_COOKIE, ())
    return any(len(line) > COOKIE_LIMIT // 4 for line in lines)


async def fit_session_cookie(
    request: web.Request, response: web.StreamResponse, storage: AbstractStorage, session: Session
) -> None:
    """Drop flashes, oldest messages first, until the browser will take the session's cookie.

    A browser silently drops a cookie over 4096 bytes, and with it all that the request changed in
    the session. If the session is too large without any flash, nothing is dropped.
    """
    lines = cookie_lines(response, storage.cookie_name)
    parcel = parcel_in(session)
    dropped = []
    while parcel and lines and _size(lines[-1]) > COOKIE_LIMIT:
        dropped.append(_drop_one(parcel))
        put_quietly(session, parcel)
        lines = await save(request, storage, session)
    if dropped and (not lines or _size(lines[-1]) <= COOKIE_LIMIT):
        replace_cookie_lines(response, storage.cookie_name, lines)
        logger.error(
            "the session cookie would have passed %d bytes, with which browsers drop it: "
            "dropped from the flashbag %s (the session itself is kept)",
            COOKIE_LIMIT,
            ", ".join(dropped),
        )


def _drop_one(parcel: Parcel) -> str:
    if parcel.messages:
        return f"a message of {len(parcel.messages.pop(0)['m'].encode())} bytes"
    key = next(iter(parcel.values))
    return f"value {key!r} of {len(repr(parcel.values.pop(key)).encode())} bytes"


def _size(line: str) -> int:
    return len(line.partition(";")[0].encode())
