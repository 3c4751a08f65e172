"""Each parcel in a cookie of its own: adding makes one, using up deletes exactly those seen.

So overlapping requests commute, where a session is one record that the last writer wins, and no
server has to remember anything.
"""

from __future__ import annotations

import json
import re
import secrets
import time
from collections.abc import Callable, Sequence
from http.cookies import CookieError, Morsel
from typing import Any

from aiohttp import hdrs, web

from ..copies import Copier, copier
from ..intake import Room
from ..parcel import Change, Parcel
from . import Transport
from .jar import Carried, after_change
from .seal import Seal, SecretKey, sealed_length

_COOKIE_LIMIT = 4096


_dumps = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class CookieTransport(Transport):
    """Parcels in encrypted cookies `<cookie_name>-<random>`, without a session.

    `secret_key`: 32 bytes, or a urlsafe base64 key as `Fernet.generate_key()` makes it, or a
    Fernet; or a sequence of these, for rotation: the first encrypts, all decrypt. Do not take
    the session's. What nobody saw is gone `max_age` seconds after it was flashed.

    `max_bytes` is all that may wait, in bytes as the browser sends it: a value that needs more by
    itself raises ValueError when it is given, otherwise the oldest make room. The rest are the
    cookies' attributes; with `secure=None` they are Secure where the request came by https.
    """

    def __init__(
        self,
        secret_key: SecretKey | Sequence[SecretKey],
        *,
        cookie_name: str = "AIOHTTP_FLASHBAG",
        max_age: int = 600,
        max_bytes: int = 3000,
        path: str = "/",
        domain: str | None = None,
        secure: bool | None = None,
        samesite: str | None = "Lax",
        dumps: Callable[[Any], str] = _dumps,
        loads: Callable[[str], Any] = json.loads,
    ) -> None:
        if max_age < 1:
            raise ValueError(f"max_age is {max_age} seconds: it must be at least 1")
        if not 1 <= max_bytes <= _COOKIE_LIMIT:
            raise ValueError(
                f"max_bytes is {max_bytes}: it must be from 1 to {_COOKIE_LIMIT}, "
                f"for browsers drop a larger cookie"
            )
        self._seal = Seal(secret_key, max_age)
        self._prefix = f"{cookie_name}-"
        name = re.escape(self._prefix) + r"[\w-]{8}"
        self._find_ours = re.compile(rf"(?:^|;)[ \t]*({name})=([^;]*)", re.ASCII).findall
        self._max_age = max_age
        self._secure = secure
        self._attributes = {
            https: _attributes(cookie_name, path, domain, samesite, secure=https)
            for https in (False, True)
        }
        _check(cookie_name, path, domain, samesite, secure)
        self._dumps, self._loads = dumps, loads
        is_plain = dumps is _dumps and loads is json.loads
        self._copier = copier(dumps, loads, is_plain=is_plain)
        # Plain JSON has at most 6 bytes for a character, sealed 8, and 200 for what is around it.
        spare = max_bytes - self._measure(Parcel()) - 200 if is_plain else 0
        self.room: Room = Room(max_bytes, self._measure, safe_length=max(spare // 8, 0))

    def look(self, request: web.Request) -> tuple[None, bool]:
        """Whether a cookie of ours may have come."""
        return None, self._prefix in request.headers.get(hdrs.COOKIE, "")

    def begin(self, origin: Any = None) -> list[Carried]:
        """Nothing is looked at yet."""
        return []

    def copier(self, came: list[Carried]) -> Copier:
        """Through the JSON that travels in the cookies."""
        return self._copier

    async def load(self, request: web.Request, came: list[Carried]) -> Sequence[Parcel]:
        """Open the cookies of ours that came; one that cannot be opened is passed over."""
        # Not request.cookies: a malformed cookie of somebody else hides what comes after it there.
        for name, token in self._find_ours(request.headers.get(hdrs.COOKIE, "")):
            came.append(self._open(name, token))
        if len(came) > 1:
            came.sort(key=lambda carried: (carried.made, carried.name))
        return [carried.parcel for carried in came if carried.parcel]

    async def store(
        self,
        request: web.Request,
        came: list[Carried],
        change: Change,
        response: web.StreamResponse | None,
    ) -> Sequence[str]:
        """The lines that delete, lessen and add cookies; one that stays as it is needs none."""
        if not change:
            return []
        if not came:  # it may be a static file, for which nothing is loaded
            await self.load(request, came)
        name = self._prefix + secrets.token_urlsafe(6) if change.adds else ""
        new = Carried(name, time.time_ns() // 1000, Parcel())
        left = after_change(came, change, new, self._pack, self.room.max_bytes)
        changed = [after for before, after in zip(came, left, strict=True) if after.differs(before)]
        if new.size:
            changed.append(new)
        secure = request.secure if self._secure is None else bool(self._secure)
        return [self._line(carried, self._attributes[secure]) for carried in changed]

    def _open(self, name: str, token: str) -> Carried:
        size = _size(name, token)
        content = self._seal.open(token)
        if content is not None:
            try:
                inner_name, made, values, messages = self._loads(content.decode())
            except (TypeError, ValueError):
                inner_name = None
            # The name is inside, so that none can be planted under another name.
            if inner_name == name and isinstance(made, int):
                return Carried(name, made, Parcel.parse(values, messages), size)
        return Carried(name, 0, Parcel(), size, readable=False)

    def _content(self, name: str, made: int, parcel: Parcel) -> bytes:
        return self._dumps([name, made, parcel.values, parcel.messages]).encode()

    def _measure(self, parcel: Parcel) -> int:
        name = f"{self._prefix}12345678"
        content = self._content(name, time.time_ns() // 1000, parcel)
        return _size(name, "") + sealed_length(len(content))

    def _pack(self, carried: Carried) -> None:
        carried.sealed, carried.size = "", 0
        if carried.parcel:
            content = self._content(carried.name, carried.made, carried.parcel)
            carried.sealed = self._seal.close(content, carried.made)
            carried.size = _size(carried.name, carried.sealed)

    def _line(self, carried: Carried, attributes: str) -> str:
        """Sets the cookie, or deletes it by the very attributes it was set with."""
        age = (time.time_ns() // 1000 - carried.made) // 1_000_000
        max_age = self._max_age - age if carried.sealed else 0
        return f"{carried.name}={carried.sealed}; Max-Age={max_age}{attributes}"


def _size(name: str, value: str) -> int:
    """In bytes as the browser sends it."""
    return len(f"{name}={value}; ".encode(errors="surrogateescape"))


def _attributes(
    name: str, path: str, domain: str | None, samesite: str | None, *, secure: bool
) -> str:
    """What follows the value of a cookie; ValueError for what no header can hold."""
    morsel: Morsel[str] = Morsel()
    try:
        morsel.set(name, "", "")
        morsel["path"], morsel["domain"] = path, domain or ""
        morsel["samesite"] = samesite or ""
        morsel["httponly"], morsel["secure"] = True, secure
    except CookieError as error:
        raise ValueError(f"cookie_name={name!r} or an attribute cannot be sent: {error}") from None
    return morsel.OutputString().removeprefix(f"{name}=")


def _check(
    name: str, path: str, domain: str | None, samesite: str | None, secure: bool | None
) -> None:
    """Raise ValueError for what a browser would not take."""
    if (samesite or "").lower() not in ("lax", "strict", "none", ""):
        raise ValueError(
            f"samesite={samesite!r}: give 'Lax', 'Strict', 'None', or None for no attribute"
        )
    if (samesite or "").lower() == "none" and secure is False:
        raise ValueError('samesite="None" wants secure=True, browsers refuse it otherwise')
    if name.startswith(("__Host-", "__Secure-")) and not secure:
        raise ValueError(f"cookie_name={name!r} wants secure=True, browsers refuse it otherwise")
    if name.startswith("__Host-") and (path != "/" or domain):
        raise ValueError(f'cookie_name={name!r} wants path="/" and no domain, browsers refuse it')
