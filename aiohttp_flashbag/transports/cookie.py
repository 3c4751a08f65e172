"""Each parcel in a cookie of its own: adding makes one, consuming deletes exactly those seen.

So overlapping requests commute, where a session is one record that the last writer wins, and no
server has to remember anything.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable, Mapping, Sequence
from http.cookies import CookieError, Morsel
from typing import Any

from aiohttp import hdrs, web

from ..address import Address
from ..codec import Codec, SizeLimit
from ..parcel import Delta, Message, Parcel
from . import COOKIE_LIMIT, MAX_LINES, Store, Transport
from .cookie_jar import FlashCookie, after_delta, contents, expired, make_room, most_urgent
from .encryption import Encryption, SecretKey, encrypted_length

_HEADER_LIMIT = 8190 - len("Cookie: ")
"""Bytes of all cookies above which aiohttp answers 400, before any handler (`max_field_size`)."""

_HASHES = ("0" * 12, "0" * 12)  # the room that an address needs
_dumps = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class CookieTransport(Transport):
    """Parcels in encrypted cookies `<cookie_name>-<random>`, without a session.

    `secret_key`: 32 bytes, or urlsafe base64 of 32 bytes, which `secrets.token_urlsafe(32)` gives;
    or a sequence of these, for rotation: the first encrypts, all decrypt. What nobody saw is gone
    `max_age` seconds after it was flashed.

    `max_bytes` is all that may be pending, in bytes as the browser sends it, less where other
    cookies leave less of the header: a value that needs more by itself raises ValueError when it is
    given, otherwise the oldest make room. The other parameters are attributes of the cookies; with
    `secure=None` they are Secure where the request came by https.
    """

    def __init__(
        self,
        secret_key: SecretKey | Sequence[SecretKey],
        *,
        cookie_name: str = "AIOHTTP_FLASHBAG",
        max_age: int = 600,
        max_bytes: int = 2500,
        path: str = "/",
        domain: str | None = None,
        secure: bool | None = None,
        samesite: str | None = "Lax",
        dumps: Callable[[Any], str] = _dumps,
        loads: Callable[[str], Any] = json.loads,
    ) -> None:
        if max_age < 1:
            raise ValueError(f"max_age is {max_age} seconds: it must be at least 1")
        if not 1 <= max_bytes <= COOKIE_LIMIT:
            raise ValueError(
                f"max_bytes is {max_bytes}: it must be from 1 to {COOKIE_LIMIT}, "
                f"for browsers drop a larger cookie"
            )
        self._encryption = Encryption(secret_key)
        self._max_age = max_age
        self._secure = secure
        self._attributes = {
            https: _attributes(cookie_name, path, domain, samesite, secure=https)
            for https in (False, True)
        }
        _check(cookie_name, path, domain, samesite, secure)
        self.prefix = f"{cookie_name}-"
        self.hint_name = f"{cookie_name}_PENDING"
        self._is_ours = re.compile(re.escape(self.prefix) + r"[\w-]{8}", re.ASCII).fullmatch
        self._dumps, self._loads = dumps, loads
        is_plain = dumps is _dumps and loads is json.loads
        # Plain JSON has at most 6 bytes for a character, encrypted 8, and 200 around all of it.
        spare = max_bytes - self._measure({}, []) - 200 if is_plain else 0
        self.limit = SizeLimit(max_bytes, self._measure, safe_length=max(spare // 8, 0))
        self.codec = Codec(dumps, loads, is_plain=is_plain, limit=self.limit)

    def open(self, request: web.Request) -> CookieStore:
        """Return the store of the cookies that came."""
        return CookieStore(self, request)

    def read_cookies(self, request: web.Request) -> list[FlashCookie]:
        """Decrypt the cookies of ours that came, oldest first; one that cannot be read is empty."""
        # Not request.cookies: a malformed cookie of somebody else hides what comes after it there.
        header = request.headers.get(hdrs.COOKIE, "")
        pairs = [pair.partition("=") for pair in header.split(";") if self.prefix in pair]
        named = [(name.strip(" \t"), value) for name, _, value in pairs]
        cookies = [self._decrypt(name, value) for name, value in named if self._is_ours(name)]
        if len(cookies) > 1:
            cookies.sort(key=lambda cookie: (cookie.created, cookie.name))
        return cookies

    def new_cookie(self, address: Address | None) -> FlashCookie:
        """Return a cookie for a new parcel."""
        created = address.at if address else time.time_ns() // 1000
        return FlashCookie(self.prefix + os.urandom(4).hex(), created, Parcel(), address=address)

    def encrypt(self, cookie: FlashCookie) -> None:
        """Give the cookie the value for its parcel, and the size of it."""
        cookie.value, cookie.size = "", 0
        parcel = cookie.parcel
        if parcel.values or parcel.messages:
            address = cookie.address
            hashes = address[1:] if address and address.source else ()
            content = self._content(cookie.created, parcel.values, parcel.messages, *hashes)
            cookie.value = self._encryption.encrypt(content, cookie.name)
            cookie.size = _size(f"{cookie.name}={cookie.value}")

    def room_in(self, request: web.Request, response: web.StreamResponse) -> int:
        """Return how many bytes may be pending: `max_bytes`, less if other cookies leave less."""
        came = request.headers.get(hdrs.COOKIE, "")
        sets = response.headers.getall(hdrs.SET_COOKIE, ())
        if not sets and came.isascii() and len(came) < _HEADER_LIMIT - self.limit.max_bytes:
            return self.limit.max_bytes  # no need to look closer
        lines = (*came.split(";"), *(line.partition(";")[0] for line in sets))
        pairs = [pair.strip() for pair in lines]
        others = {
            pair.partition("=")[0]: len(pair.encode(errors="surrogateescape")) + len("; ")
            for pair in pairs
            if not pair.startswith(self.prefix)
        }
        return max(0, min(self.limit.max_bytes, _HEADER_LIMIT - sum(others.values())))

    def line(self, cookie: FlashCookie, *, is_https: bool) -> str:
        """Return what sets the cookie, or deletes it by the very attributes it was set with."""
        max_age = self._max_age - self._age(cookie.created) if cookie.value else 0
        attributes = self._attributes[is_https if self._secure is None else bool(self._secure)]
        return f"{cookie.name}={cookie.value}; Max-Age={max_age}{attributes}"

    def hint_attributes(self, request: web.Request) -> str:
        """Return the attributes of these cookies, without HttpOnly."""
        is_https = request.secure if self._secure is None else bool(self._secure)
        return self._attributes[is_https].replace("; HttpOnly", "")

    def _decrypt(self, name: str, value: str) -> FlashCookie:
        size = _size(f"{name}={value}")
        try:
            content = self._encryption.decrypt(value, name) or b""
            created, values, messages, *hashes = self._loads(content.decode())
        except (TypeError, ValueError):
            return FlashCookie(name, 0, Parcel(), size, readable=False)
        address = Address.parse([created, *hashes]) if hashes else None
        if not isinstance(created, int) or (address is None and hashes):
            return FlashCookie(name, 0, Parcel(), size, readable=False)
        parcel = Parcel.parse(values, messages)
        if self._age(created) > self._max_age:
            return FlashCookie(name, created, Parcel(), size, readable=False, expired=parcel)
        return FlashCookie(name, created, parcel, size, address=address)

    def _age(self, created: int) -> int:
        """Return the age in seconds; what another machine's clock dates in the future is young."""
        return max(0, time.time_ns() // 1000 - created) // 1_000_000

    def _content(
        self, created: int, values: Mapping[str, Any], messages: list[Message], *hashes: str
    ) -> bytes:
        return self._dumps([created, values, messages, *hashes]).encode()

    def _measure(self, values: Mapping[str, Any], messages: list[Message]) -> int:
        content = self._content(time.time_ns() // 1000, values, messages, *_HASHES)
        return _size(f"{self.prefix}12345678=") + encrypted_length(len(content))


class CookieStore(Store):
    """The flashes in the cookies of one browser."""

    _cookies: Sequence[FlashCookie] | None = None

    def __init__(self, transport: CookieTransport, request: web.Request) -> None:
        self._transport = transport
        self.codec = transport.codec
        self.cookie_came = transport.prefix in request.headers.get(hdrs.COOKIE, "")

    async def load(self, request: web.Request) -> Parcel | None:
        """Return what is pending in the cookies that came."""
        cookies = self._cookies = self._transport.read_cookies(request)
        addresses = [cookie.address for cookie in cookies if cookie.address]
        if addresses and (hidden := self.passed_over(request, addresses)):
            for cookie in cookies:
                cookie.passed_over = cookie.address in hidden
        readable = [cookie for cookie in cookies if cookie.readable]
        if not readable:
            return None
        own = [cookie for cookie in readable if not cookie.passed_over]
        pending = Parcel.joined([cookie.parcel for cookie in own])
        if self.trace is not None:
            times = {key: Address(cookie.created) for cookie in own for key in cookie.parcel.values}
            pending.addresses = times
        return pending

    async def commit(
        self, request: web.Request, response: web.StreamResponse, delta: Delta
    ) -> None:
        """Set a cookie for what was added; rewrite or delete those that hold less than before."""
        if not delta:
            return
        transport = self._transport
        if self._cookies is None and self.cookie_came:  # of a static file, which loads nothing
            await self.load(request)
        new = transport.new_cookie(delta.address) if delta.values or delta.messages else None
        cookies = after_delta(self._cookies or [], delta, new)
        if self.trace is not None:
            self.trace.before, self.trace.after = contents(self._cookies or []), contents(cookies)
        for cookie in cookies:
            if cookie.changed:
                transport.encrypt(cookie)
        if new is not None:
            room = transport.room_in(request, response)
            if sum([cookie.size for cookie in cookies]) > room:
                cookies = make_room(cookies, transport.encrypt, room)
        changed = [cookie for cookie in cookies if cookie.changed]
        sent = changed if len(changed) <= MAX_LINES else most_urgent(changed)
        if self.trace is not None:
            self.trace.stored, self.trace.left = expired(sent), contents(cookies)
        for cookie in sent:
            response.headers.add(hdrs.SET_COOKIE, transport.line(cookie, is_https=request.secure))


def _size(pair: str) -> int:
    """Return the size of `name=value` in bytes as the browser sends it, with what separates it."""
    return len(pair if pair.isascii() else pair.encode(errors="surrogateescape")) + len("; ")


def _attributes(
    name: str, path: str, domain: str | None, samesite: str | None, *, secure: bool
) -> str:
    """Return what follows the value of a cookie. Raises ValueError for what no header can hold."""
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
