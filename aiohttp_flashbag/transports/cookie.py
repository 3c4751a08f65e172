"""`CookieTransport`: flashes in encrypted cookies, without a session and without server state."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from http.cookies import CookieError, Morsel
from typing import Any

from aiohttp import hdrs, web

from ..copies import Copies
from ..flash import Address, Delta, Flash, Outcome, by_id, ids, new_id, now
from ..log import logger
from . import COOKIE_PREFIX, Store, Transport, check_positive
from .encryption import Encryption, SecretKey, encrypted_length
from .jar import (
    Changes,
    FlashCookie,
    Jar,
    Names,
    Positions,
    Tombstone,
    random_part,
    size_of_pair,
    tombstone_value,
)
from .room import Step, describe, dropped_by, fitted, largest, shortened

MAX_BYTES = 3000
"""The largest `max_bytes`. By default, nginx accepts at most 4 kB of response headers, with the
attributes of cookies."""
MAX_LINES, MAX_LINE_BYTES = 20, 3500
"""The largest number of `Set-Cookie` lines that the library adds to a response, and their bytes."""
_HINT_BYTES = 120
_HOUR = 3600 * 1_000_000  # microseconds
_HEADER_LIMIT = 8190 - len("Cookie: ")
"""Bytes of all cookies that aiohttp accepts. It responds to more with 400 (`max_field_size`)."""

_LONGEST_ADDRESS = Address(1 << 52, "0" * 12, "0" * 12)
_dumps = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class CookieTransport(Transport):
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
        dumps: Callable[[Any], str] = _dumps,
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
        self._secure = secure
        self._attributes = {
            https: _attributes(cookie_name, path, domain, samesite, secure=https)
            for https in (False, True)
        }
        _check(cookie_name, path, domain, samesite, secure)
        self.names = Names(cookie_name)
        self._hint_name = f"{cookie_name}_PENDING"
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
        # `request.cookies` leaves out every cookie after a malformed one.
        header = request.headers.get(hdrs.COOKIE, "")
        cookies: list[FlashCookie] = []
        tombstones: list[Tombstone] = []
        for pair in header.split(";"):
            name, _, value = pair.strip(" \t").partition("=")
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
        name = size_of_pair(f"{self.names.prefix}12345678", "")
        value = encrypted_length(len(self._content(flashes)))
        return name + value + self.names.size_of_tombstone(len(flashes))

    def room_in(self, request: web.Request, response: web.StreamResponse) -> int:
        """Return how many bytes of flashes may be pending, given the size of other cookies."""
        sets: Iterable[str] = response.headers.getall(hdrs.SET_COOKIE, ())
        pairs = [*request.headers.get(hdrs.COOKIE, "").split(";"), *sets]
        others = dict(pair.partition(";")[0].strip().partition("=")[::2] for pair in pairs)
        size = sum(size_of_pair(*pair) for pair in others.items() if not self._is_ours(pair[0]))
        return max(0, min(self.max_bytes, _HEADER_LIMIT - size))

    def room_for_lines(self, response: web.StreamResponse) -> tuple[int, int]:
        """Return how many `Set-Cookie` lines, and bytes of them, the response can still take.

        Proxies reject large headers. Some space is left for the hint, which a listener sets later.
        """
        sets: Iterable[str] = response.headers.getall(hdrs.SET_COOKIE, ())
        ours = [line for line in sets if line.startswith(COOKIE_PREFIX)]
        lines, size = MAX_LINES - len(ours), MAX_LINE_BYTES - sum(map(len, ours))
        return (lines - 1, size - _HINT_BYTES) if self.has_hint else (lines, size)

    def line(self, name: str, value: str, *, is_https: bool) -> str:
        """Return a `Set-Cookie` line. With an empty value, it deletes the cookie."""
        attributes = self._attributes[is_https if self._secure is None else bool(self._secure)]
        return f"{name}={value}; Max-Age={self.max_age if value else 0}{attributes}"

    def hint_name(self, request: web.Request) -> str:
        """Return a name that begins like the names of these cookies."""
        return self._hint_name

    def hint_attributes(self, request: web.Request) -> str:
        """Return the attributes of these cookies, without HttpOnly."""
        is_https = request.secure if self._secure is None else bool(self._secure)
        return self._attributes[is_https].replace("; HttpOnly", "")

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


class CookieStore(Store):
    """The flashes in the cookies of one browser."""

    def __init__(self, transport: CookieTransport, request: web.Request) -> None:
        self._transport = transport
        self.copies = transport.copies
        self.cookie_came = transport.names.are_in(request.headers.get(hdrs.COOKIE, ""))
        self._jar = None if self.cookie_came else Jar()

    def fits(self, key: str | None, content: Any) -> bool:
        """Return whether a cookie can hold this flash, if it holds no other."""
        flash = Flash(new_id(), key, content, _LONGEST_ADDRESS)
        return self._transport.size_of([flash]) <= self._transport.max_bytes

    async def load(self, request: web.Request) -> Sequence[Flash]:
        """Return the pending flashes in the cookies of the request."""
        self._jar = self._transport.read_cookies(request)
        since = self._since
        return [flash for flash in self._jar.pending if flash.created >= since]

    async def commit(
        self, request: web.Request, response: web.StreamResponse, delta: Delta
    ) -> Outcome:
        """Add one cookie for the new flashes, tombstones for consumed ones, and delete cookies.

        `room` is what may be pending in all, `size` the part of it that the new cookie takes.
        """
        jar = self._transport.read_cookies(request) if self._jar is None else self._jar
        if not delta:
            return Outcome(jar.pending, jar.pending)
        outcome = delta.apply(jar.pending, since=self._since)
        room = self._transport.room_in(request, response)
        new, size, crowded = None, 0, set[str]()
        if outcome.added:
            room_for_new = min(room, self._room_in_headers(jar, request, response))
            outcome = await self._limited_to_one_cookie(outcome, room_for_new)
            if added := outcome.added:
                new, size = self._transport.encrypt(added), self._transport.size_of(added)
                outcome, crowded = jar.make_room(outcome, size, room)
        if delta.clears:
            changes = jar.everything()
        else:
            changes = jar.changes(ids(outcome.after), crowded, room=room - size)
        for line in self._lines(jar, new, changes, request, response):
            response.headers.add(hdrs.SET_COOKIE, line)
        return outcome

    def _room_in_headers(self, jar: Jar, request: web.Request, response: web.StreamResponse) -> int:
        """Return the bytes that the headers leave for a new cookie.

        Space is left for a tombstone that covers all other cookies, in case these cannot be
        deleted in the same response.
        """
        _, size = self._transport.room_for_lines(response)
        attributes = self._transport.line("", "", is_https=request.secure)
        others = jar.all_positions()
        tombstone = self._tombstone(others, request) if others else ""
        return size - len(attributes) - len(tombstone)

    def _tombstone(self, read: Positions, request: web.Request) -> str:
        """Return the `Set-Cookie` line that marks these positions as consumed."""
        name = f"{self._transport.names.tombstone_prefix}{next(iter(read))}-{random_part()}"
        return self._transport.line(name, tombstone_value(read), is_https=request.secure)

    @property
    def _since(self) -> int:
        """The time before which flashes have expired, in microseconds.

        A flash from a machine whose clock is ahead counts as new.
        """
        return now() - self._transport.max_age * 1_000_000

    async def _limited_to_one_cookie(self, outcome: Outcome, room: int) -> Outcome:
        """Shorten and drop new flashes until one cookie of `room` bytes can hold the others."""

        async def can_hold(flashes: Sequence[Flash]) -> bool:
            return self._transport.size_of(flashes) <= room

        added = outcome.added
        if await can_hold(added):
            return outcome
        small = [flash for flash in added if self._transport.size_of([flash]) <= room]
        large = [flash for flash in added if flash.id not in ids(small)]
        shorter = {flash.id: self._shortened(flash, small, room) for flash in large}
        small += [flash for flash in shorter.values() if flash is not None]
        too_large = [Step(flash, None) for flash in large if shorter[flash.id] is None]
        if len(too_large) < len(large):
            logger.error(
                "Shortened %d messages, because max_bytes=%d. Flash shorter texts.",
                len(large) - len(too_large),
                self._transport.max_bytes,
            )
        left, taken = await fitted(sorted(small, key=by_id), can_hold)
        if taken or too_large:
            logger.error(
                "Dropped %s: max_bytes=%d leaves %d bytes for these flashes, which need %d. Keep "
                "large data in a database and flash its id, or use SessionTransport.",
                describe([*too_large, *taken]),
                self._transport.max_bytes,
                room,
                self._transport.size_of(added),
            )
        kept = {flash.id: flash for flash in left}
        after = [kept.get(flash.id, flash) for flash in outcome.after]
        lost = dropped_by([*too_large, *taken])
        return replace(outcome, after=after).without(lost, "too large")

    def _shortened(self, flash: Flash, others: Sequence[Flash], room: int) -> Flash | None:
        """Return a message with as much of its text as fits beside the others, or else alone.

        Returns None for a value, and if no text fits. Markup loses its tags, because a cut inside a
        tag would break the page.
        """
        if not flash.is_message:
            return None
        content = {**flash.content, "m": _plain_text(flash)}
        content.pop("html", None)

        def with_text(length: int) -> Flash:
            return replace(flash, content={**content, "m": shortened(content["m"], length)})

        def longest(others: Sequence[Flash]) -> int:
            def fits(length: int) -> bool:
                return self._transport.size_of([*others, with_text(length)]) <= room

            return largest(len(content["m"]), fits)

        length = longest(others) or longest([])
        return with_text(length) if length else None

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
            return self._transport.line(name, value, is_https=request.secure)

        def tombstone(read: Positions) -> str:
            return self._tombstone(read, request)

        first = [line(*new)] if new else []
        items = [(tombstone({part: read}), {part: read}) for part, read in changes.read.items()]
        items += [(line(name), jar.pending_positions(name)) for name in changes.deleted]

        def lines_with(count: int) -> list[str]:
            postponed = dict(entry for _, read in items[count:] for entry in read.items())
            last = [tombstone(postponed)] if postponed else []
            return [*first, *(text for text, _ in items[:count]), *last]

        most_lines, most_bytes = self._transport.room_for_lines(response)
        count, lines = len(items), lines_with(len(items))
        while count and (len(lines) > most_lines or sum(map(len, lines)) > most_bytes):
            count -= 1
            lines = lines_with(count)
        return lines


def _plain_text(flash: Flash) -> str:
    text: str = flash.content["m"]
    if not flash.content.get("html"):
        return text
    from markupsafe import Markup  # installed, because the application flashed markup

    return Markup(text).striptags()  # noqa: S704


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
