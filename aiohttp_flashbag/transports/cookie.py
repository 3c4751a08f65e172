"""`CookieTransport`: flashes in encrypted cookies, without a session and without server state."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence, Set
from typing import Any

from aiohttp import hdrs, web

from ..copies import Copies
from ..flash import Delta, Flash, Outcome, ids, now
from ..log import logger
from . import check_positive
from .cookies import (
    OwnCookies,
    OwnCookieStore,
    OwnCookieTransport,
    compact_json,
    pairs_in,
    random_part,
    room_for_lines,
    room_in,
    size_of_pair,
)
from .encryption import Encryption, SecretKey, encrypted_length
from .jar import (
    Changes,
    FlashCookie,
    Jar,
    Names,
    Positions,
    Tombstone,
    tombstone_value,
)
from .room import Room

MAX_BYTES = 3000
"""The largest `max_bytes`. By default, nginx accepts at most 4 kB of response headers, with the
attributes of cookies."""
_HOUR = 3600 * 1_000_000  # microseconds

_ADVICE = (
    "Keep large data in a database and flash its id, or use RedisTransport or SessionTransport."
)


class CookieTransport(OwnCookieTransport):
    """Flashes travel in encrypted cookies `<cookie_name>-<random>`, without a session.

    `secret_key`: 32 bytes, or urlsafe base64 of 32 bytes as `secrets.token_urlsafe(32)` returns it,
    or a sequence of these for rotation: the first encrypts, all decrypt. Unread flashes expire
    after `max_age` seconds.

    `max_bytes`, at most 3000, limits the size of all pending flashes, as the browser sends them.
    The limit is lower if other cookies leave less of the `Cookie` header. The oldest flashes are
    dropped first. A value that is too large on its own is dropped, with an ERROR in the log.

    `dumps` and `loads` copy the values that are set, and encode the cookies. The other parameters
    are attributes of the cookies. With `secure=None`, the cookies are Secure if the request came
    over HTTPS.
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
        dumps: Callable[[Any], str] = compact_json,
        loads: Callable[[str], Any] = json.loads,
    ) -> None:
        check_positive("max_age", max_age)
        check_positive("max_bytes", max_bytes)
        if max_bytes > MAX_BYTES:
            raise ValueError(
                f"max_bytes must be at most {MAX_BYTES}, not {max_bytes}: proxies reject responses "
                f"with larger headers."
            )
        self._encryption = Encryption(secret_key)
        self.cookies = OwnCookies(
            cookie_name,
            max_age=max_age,
            path=path,
            domain=domain,
            secure=secure,
            samesite=samesite,
        )
        self.names = Names(cookie_name)
        self.max_age = max_age
        self.max_bytes = max_bytes
        self._warned_at: int | None = None
        self._dumps, self._loads = dumps, loads
        self.copies = Copies(dumps, loads)

    def open(self, request: web.Request) -> CookieStore:
        """Return the store of the cookies that the request brought."""
        return CookieStore(self, request)

    def read_cookies(self, request: web.Request) -> Jar:
        """Return the flash cookies and tombstones that the request brought."""
        cookies: list[FlashCookie] = []
        tombstones: list[Tombstone] = []
        for name, value in pairs_in(request):
            if (part := self.names.part_of_cookie(name)) is not None:
                size = size_of_pair(name, value)
                cookies.append(FlashCookie(name, part, size, self._decrypt(name, value)))
            elif (part := self.names.part_of_tombstone(name)) is not None:
                tombstones.append(Tombstone.parse(name, part, value))
        return Jar(cookies, tombstones, names=self.names)

    def encrypt(self, flashes: Sequence[Flash]) -> tuple[str, str]:
        """Return the name and the value of a new cookie."""
        name = self.names.prefix + random_part()
        return name, self._encryption.encrypt(self._content(flashes), name)

    def size_of(self, flashes: Sequence[Flash]) -> int:
        """Return the bytes that these flashes need in the `Cookie` header, as one cookie.

        A cookie with several flashes may get a tombstone later.
        """
        value = "0" * encrypted_length(len(self._content(flashes)))
        return self.size_of_cookie(f"{self.names.prefix}12345678", value, len(flashes))

    def size_of_cookie(self, name: str, value: str, count: int) -> int:
        """Return the bytes that a cookie with `count` flashes needs, with its tombstone."""
        return size_of_pair(name, value) + self.names.size_of_tombstone(count)

    def room(self, size: int) -> Room:
        """Return the room for one new cookie of at most `size` bytes."""
        return Room(self.size_of, size, self.max_bytes, _ADVICE)

    def room_in(self, request: web.Request, response: web.StreamResponse) -> int:
        """Return how many bytes of flashes may be pending, given the size of other cookies."""
        return min(self.max_bytes, room_in(request, response, self._is_ours))

    def _warn_of_another_key(self) -> None:
        """Log a warning, once per hour: workers with different keys lose every flash (B7)."""
        if self._warned_at is None or now() - self._warned_at >= _HOUR:
            self._warned_at = now()
            logger.warning(
                "A cookie %s... cannot be decrypted, so its flashes are lost. Do all workers have "
                "the same secret_key? A changed key must stay in the list for max_age seconds.",
                self.names.prefix,
            )

    def _is_ours(self, name: str) -> bool:
        names = self.names
        return (names.part_of_cookie(name) or names.part_of_tombstone(name)) is not None

    def _content(self, flashes: Sequence[Flash]) -> bytes:
        """Return the bytes to encrypt. All flashes of a response have the same address."""
        items = [[flash.id, flash.key, flash.content] for flash in flashes]
        address = flashes[0].address if flashes else None
        return self._dumps([list(address) if address else None, *items]).encode()

    def _decrypt(self, name: str, value: str) -> list[Flash] | None:
        """Return the flashes in a cookie, or None if no key decrypts it or its data is damaged."""
        content = self._encryption.decrypt(value, name)
        if content is None:
            self._warn_of_another_key()
            return None
        try:
            address, *items = self._loads(content.decode())
            flashes = [Flash.unpack(item[0], [*item[1:], *(address or ())]) for item in items]
        except (TypeError, ValueError, LookupError, RecursionError):
            return None
        known = [flash for flash in flashes if flash is not None]
        return known if known and len(known) == len(flashes) else None


class CookieStore(OwnCookieStore):
    """The flashes in the cookies of one browser."""

    _transport: CookieTransport

    def __init__(self, transport: CookieTransport, request: web.Request) -> None:
        self._transport = transport
        self.copies = transport.copies
        self.may_hold_flashes = transport.names.are_in(request.headers.get(hdrs.COOKIE, ""))
        self._jar: Jar | None = None  # until the cookies are read

    async def load(self, request: web.Request) -> Sequence[Flash]:
        """Return the pending flashes in the cookies of the request."""
        return self._not_expired(self._read(request).pending)

    async def commit(
        self, request: web.Request, response: web.StreamResponse, delta: Delta
    ) -> Outcome:
        """Add one cookie for the new flashes, tombstones for consumed ones, and delete cookies.

        `room` is what may be pending in all, `size` the part of it that the new cookie takes.
        """
        jar = self._read(request)
        if not delta:
            return Outcome(jar.pending, jar.pending)
        outcome = delta.apply(jar.pending, since=self._transport.since)
        new, size, crowded = None, 0, set[str]()
        if outcome.added:
            room = self._transport.room_in(request, response)
            room_for_new = min(room, self._room_in_headers(jar, request, response))
            outcome = await self._transport.room(room_for_new).limit(outcome)
            if added := outcome.added:
                new = self._transport.encrypt(added)
                size = self._transport.size_of_cookie(*new, len(added))
                outcome, crowded = jar.make_room(outcome, size, room)

        def room_left() -> int:
            return self._transport.room_in(request, response) - size

        if delta.clears:
            changes = jar.everything()
        else:
            changes = jar.changes(ids(outcome.after), crowded, room=room_left)
        for line in self._lines(jar, new, changes, request, response):
            response.headers.add(hdrs.SET_COOKIE, line)
        return outcome

    def _read(self, request: web.Request) -> Jar:
        """Return the cookies of the request, which are read once."""
        if self._jar is None:
            self._jar = self._transport.read_cookies(request) if self.may_hold_flashes else Jar()
        return self._jar

    def _room_in_headers(self, jar: Jar, request: web.Request, response: web.StreamResponse) -> int:
        """Return the bytes that the headers leave for a new cookie.

        Space is left for a tombstone that covers all other cookies, in case these cannot be
        deleted in the same response.
        """
        _, size = room_for_lines(response, has_hint=self._transport.has_hint)
        attributes = self._transport.cookies.line(request, "")
        others = jar.all_positions()
        tombstone = self._tombstone(others, request) if others else ""
        return size - len(attributes) - len(tombstone)

    def _tombstone(self, read: Positions, request: web.Request) -> str:
        """Return the `Set-Cookie` line that marks these positions as consumed."""
        name = f"{self._transport.names.tombstone_prefix}{next(iter(read))}-{random_part()}"
        return self._transport.cookies.line(request, name, tombstone_value(read))

    def _lines(
        self,
        jar: Jar,
        new: tuple[str, str] | None,
        changes: Changes,
        request: web.Request,
        response: web.StreamResponse,
    ) -> list[str]:
        """Return the `Set-Cookie` lines: the new cookie, tombstones, deletions.

        If there are too many, one tombstone replaces the last ones. It marks the flashes in their
        cookies as consumed, and a later response deletes these cookies.
        """

        def line(name: str, value: str = "") -> str:
            return self._transport.cookies.line(request, name, value)

        def tombstone(read: Positions) -> str:
            return self._tombstone(read, request)

        first = [line(*new)] if new else []
        texts = [tombstone({part: read}) for part, read in changes.read.items()]
        texts += map(line, changes.deleted)
        most_lines, most_bytes = room_for_lines(response, has_hint=self._transport.has_hint)
        count, lines = len(texts), [*first, *texts]
        while count and (len(lines) > most_lines or sum(map(len, lines)) > most_bytes):
            count -= 1
            postponed = self._postponed(jar, changes, count)
            lines = [*first, *texts[:count], *([tombstone(postponed)] if postponed else ())]
        return lines

    def _postponed(self, jar: Jar, changes: Changes, count: int) -> dict[str, Set[int]]:
        """Return the positions that all changes after the first `count` concern."""
        positions = [{part: read} for part, read in changes.read.items()]
        positions += [jar.pending_positions(name) for name in changes.deleted]
        return {part: read for one in positions[count:] for part, read in one.items()}
