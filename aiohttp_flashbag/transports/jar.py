"""The cookies that carry flashes: one for each response that flashed, and tombstones.

A cookie is never rewritten. A response that consumes all of its flashes deletes it. A response that
consumes some of them adds a *tombstone*, a small cookie that lists the consumed positions. Because
cookies are only added and deleted, overlapping responses may arrive in any order: none can restore
a flash that another response, such as a logout, has removed.

A flash cookie is named `<name>-<part>`, its tombstone `<name>_READ-<part>-<random>`. `part` and
`random` are random. The value of a tombstone lists consumed positions in the flash cookie, such as
`0.2`. One tombstone can also list positions in other cookies: `0.2~<part>.0~<part>.1.3`.

"Read" in these names means consumed or dropped: the flash is not pending any more.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import NamedTuple

from ..flash import Flash, Outcome, by_id, ids
from ..log import logger
from . import COOKIE_PREFIX
from .cookies import RANDOM_PART, part_matcher, size_of_pair

Positions = Mapping[str, Set[int]]
"""Positions of flashes in their cookies, by the random part of the cookie's name."""

_is_tombstone_value = re.compile(
    rf"\d{{1,4}}(?:\.\d{{1,4}})*(?:~{RANDOM_PART}(?:\.\d{{1,4}})+)*", re.ASCII
).fullmatch


class Names:
    """The names of flash cookies and tombstones."""

    def __init__(self, cookie_name: str) -> None:
        self.prefix = f"{cookie_name}-"
        self.tombstone_prefix = f"{cookie_name}_READ-"
        self.part_of_cookie = part_matcher(self.prefix)
        self.part_of_tombstone = part_matcher(self.tombstone_prefix, f"-{RANDOM_PART}")
        """Both return the random part of the flash cookie's name, or None for another name."""

    def size_of_tombstone(self, count: int) -> int:
        """Return the bytes of the largest tombstone of a cookie with `count` flashes.

        A cookie with one flash needs none: it is deleted when the flash is consumed.
        """
        if count < 2:
            return 0
        return size_of_pair(
            f"{self.tombstone_prefix}12345678-12345678", ".".join(map(str, range(1, count)))
        )

    def are_in(self, header: str) -> bool:
        """Return whether a `Cookie` header may hold such a cookie."""
        return self.prefix in header or self.tombstone_prefix in header


class FlashCookie(NamedTuple):
    """The cookie for the flashes that one response added."""

    name: str
    part: str
    size: int
    flashes: Sequence[Flash] | None
    """The flashes by position; None if the cookie cannot be decrypted."""


class Tombstone(NamedTuple):
    """A cookie that lists consumed positions. A damaged one lists none."""

    name: str
    size: int
    read: Positions

    @classmethod
    def parse(cls, name: str, part: str, value: str) -> Tombstone:
        """Return the tombstone that a request brought."""
        read: dict[str, Set[int]] = {}
        if _is_tombstone_value(value):
            for entry in f"{part}.{value}".split("~"):
                of, *positions = entry.split(".")
                read[of] = set(map(int, positions)) | read.get(of, set())
        return cls(name, size_of_pair(name, value), read)


def tombstone_value(read: Positions) -> str:
    """Return the value of a tombstone, whose name contains the first of these parts."""
    entries = [".".join([part, *map(str, sorted(read[part]))]) for part in read]
    return "~".join(entries).partition(".")[2]


@dataclass(slots=True)
class Changes:
    """The cookies to add and delete, the most important ones first."""

    read: Positions = field(default_factory=dict)
    """The positions to list in tombstones, in cookies that stay."""
    deleted: Sequence[str] = ()
    """The names of cookies to delete."""


class Jar:
    """The flash cookies and tombstones that one request brought."""

    def __init__(
        self,
        cookies: Iterable[FlashCookie] = (),
        tombstones: Iterable[Tombstone] = (),
        *,
        names: Names | None = None,
    ) -> None:
        self._names = names or Names(COOKIE_PREFIX)
        self._cookies = list(cookies)
        self._tombstones = list(tombstones)
        read: dict[str, Set[int]] = {}
        for tombstone in self._tombstones:
            for part, positions in tombstone.read.items():
                read[part] = read.get(part, set()) | positions
        self._read = read
        # A browser can send two cookies with one name, set for two paths.
        pending = {flash.id: flash for cookie in self._cookies for flash in self.pending_in(cookie)}
        self.pending = sorted(pending.values(), key=by_id)

    def __bool__(self) -> bool:
        return bool(self._cookies or self._tombstones)

    def pending_in(self, cookie: FlashCookie) -> list[Flash]:
        """Return the flashes of a cookie that no tombstone lists."""
        read = self._read.get(cookie.part, ())
        return [flash for n, flash in enumerate(cookie.flashes or ()) if n not in read]

    def make_room(self, outcome: Outcome, needed: int, room: int) -> tuple[Outcome, set[str]]:
        """Return the outcome after deleting cookies that leave no room, and their names.

        Unreadable cookies are deleted first, then the oldest. `needed`: the bytes that the response
        adds. `room`: the bytes that may be pending.
        """
        left = ids(outcome.after)
        deleted = set(self._names_without(left))
        stay = [cookie for cookie in self._oldest_first() if cookie.name not in deleted]
        size = needed + sum(map(self._size_with_tombstones, stay))
        crowded: set[str] = set()
        lost: list[Flash] = []
        for cookie in stay:
            if size <= room:
                break
            crowded.add(cookie.name)
            size -= self._size_with_tombstones(cookie)
            lost += [flash for flash in self.pending_in(cookie) if flash.id in left]
        if lost:
            logger.warning(
                "More than %d bytes of flashes are pending: dropped the oldest %d.", room, len(lost)
            )
        return outcome.without(lost, "too large") if lost else outcome, crowded

    def changes(
        self,
        left: Set[str],
        crowded: Set[str] = frozenset(),
        *,
        room: Callable[[], int] = lambda: sys.maxsize,
    ) -> Changes:
        """Return the changes that leave only the flashes with the ids `left`.

        Cookies named in `crowded` are deleted. If the new tombstones would exceed the room, they
        replace earlier ones of the same cookies.
        """
        if not self:
            return Changes()
        gone = {*self._names_without(left), *crowded}
        readable_first = [cookie.name for cookie in self._oldest_first()[::-1]]
        read = {
            cookie.part: positions
            for cookie in self._cookies
            if cookie.name not in gone and (positions := self._newly_read(cookie, left))
        }
        needless = [t.name for t in self._tombstones if self._is_orphan(t, gone)]
        if read and self._size_with(read, gone) > room():
            needless += [t.name for t in self._tombstones if read.keys() >= t.read.keys() > set()]
            read = {
                part: positions | self._read.get(part, set()) for part, positions in read.items()
            }
        deleted = [*(name for name in readable_first if name in gone), *dict.fromkeys(needless)]
        return Changes(read, deleted)

    def everything(self) -> Changes:
        """Return the changes that delete every cookie of the request, readable or not."""
        return self.changes(frozenset(), {cookie.name for cookie in self._cookies})

    def all_positions(self) -> dict[str, Set[int]]:
        """Return the pending positions in all flash cookies."""
        found = {cookie.part: self._newly_read(cookie, frozenset()) for cookie in self._cookies}
        return {part: read for part, read in found.items() if read}

    def pending_positions(self, name: str) -> dict[str, Set[int]]:
        """Return the pending positions in the flash cookie of this name."""
        parts = {cookie.part for cookie in self._cookies if cookie.name == name}
        return {part: read for part, read in self.all_positions().items() if part in parts}

    def _size_with_tombstones(self, cookie: FlashCookie) -> int:
        """Return the bytes of a cookie with its tombstones, or with the largest it may need."""
        present = sum(t.size for t in self._tombstones if cookie.part in t.read)
        future = self._names.size_of_tombstone(len(cookie.flashes or ()))
        return cookie.size + max(present, future)

    def _size_with(self, read: Positions, gone: Set[str]) -> int:
        """Return the bytes of all cookies that stay, with new tombstones for these positions."""
        size = sum(cookie.size for cookie in self._cookies if cookie.name not in gone)
        size += sum(t.size for t in self._tombstones if not self._is_orphan(t, gone))
        name = f"{self._names.tombstone_prefix}12345678-12345678"
        return size + sum(size_of_pair(name, tombstone_value({p: read[p]})) for p in read)

    def _oldest_first(self) -> list[FlashCookie]:
        """Return the cookies, oldest first. Unreadable cookies come before all others."""

        def age(cookie: FlashCookie) -> tuple[bool, str]:
            oldest = min(ids(cookie.flashes or ()), default="")
            return cookie.flashes is not None, oldest

        return sorted(self._cookies, key=age)

    def _names_without(self, left: Set[str]) -> Iterator[str]:
        """Yield the names of readable cookies in which none of these ids is pending."""
        for cookie in self._cookies:
            if cookie.flashes is not None and not ids(self.pending_in(cookie)) & left:
                yield cookie.name

    def _newly_read(self, cookie: FlashCookie, left: Set[str]) -> set[int]:
        """Return the positions in a cookie that were pending until now and are not left."""
        read = self._read.get(cookie.part, ())
        flashes = cookie.flashes or ()
        return {n for n, flash in enumerate(flashes) if n not in read and flash.id not in left}

    def _is_orphan(self, tombstone: Tombstone, deleted: Set[str]) -> bool:
        """Return whether no cookie that stays needs the tombstone."""
        return not any(c.part in tombstone.read and c.name not in deleted for c in self._cookies)
