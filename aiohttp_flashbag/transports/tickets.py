"""Tickets: cookies that name hashes in Redis, and which of both end with a response. No I/O.

A response that flashes writes one hash and sets one cookie `<name>-<random>` with its *ticket*, 128
random bits. A hash is written once. Later responses only remove fields, one for each flash, so
overlapping requests never overwrite each other. A ticket ends when its hash is empty.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import NamedTuple

from ..flash import Flash, Outcome, by_id, ids
from ..log import logger

MAX_TICKETS = 50
"""How many responses' flashes may be pending for one browser, and how many tickets a request reads.
Their cookies take 3 kB, of the 8 kB that servers accept."""

_is_ticket = re.compile(r"[0-9a-f]{32}", re.ASCII).fullmatch


def new_ticket() -> str:
    """Return a random ticket."""
    return secrets.token_hex(16)


class Stored(NamedTuple):
    """The content of a hash when it was loaded."""

    field_count: int
    """How many fields the hash had, unreadable ones included."""
    flashes: Sequence[Flash] = ()


@dataclass(frozen=True, slots=True)
class Removal:
    """The fields to remove from a hash."""

    ticket: str
    fields: Sequence[str] = ()
    """Without fields, the whole hash is deleted."""


class Tickets:
    """The tickets that one request brought. `load` adds the contents of their hashes."""

    def __init__(self, cookies: Iterable[tuple[str, str]] = ()) -> None:
        self._names: dict[str, str] = {}  # of cookies, by ticket
        self._malformed: list[str] = []  # names of cookies that hold no ticket
        self._stored: dict[str, Stored] = {}  # by ticket
        self.pending: Sequence[Flash] = ()
        for name, value in cookies:
            if _is_ticket(value):
                self._names[value] = name
            else:
                self._malformed.append(name)

    def to_read(self) -> Sequence[str]:
        """Return the tickets whose hashes to read: the last ones, as old cookies come first."""
        return list(self._names)[-MAX_TICKETS:]

    def load(self, stored: Mapping[str, Stored]) -> None:
        """Add the contents of hashes. A ticket that found nothing has no fields."""
        self._stored.update(stored)
        found = {flash.id: flash for each in stored.values() for flash in each.flashes}
        self.pending = sorted(found.values(), key=by_id)

    def make_room(self, outcome: Outcome, room: int) -> tuple[Outcome, Set[str]]:
        """Return the outcome after dropping the oldest tickets, and these tickets.

        At most `room` tickets stay, a new one included. Tickets that were not read count as the
        oldest.
        """
        left = ids(outcome.after)
        stay = [ticket for ticket in self._names if not self._ends(ticket, left)]
        stay.sort(key=lambda ticket: max(ids(self._flashes(ticket)), default=""))
        crowded = stay[: max(0, len(stay) + 1 - room)]
        lost = [flash for ticket in crowded for flash in self._flashes(ticket) if flash.id in left]
        if crowded:
            logger.warning(
                "Flashes of more than %d responses are pending: dropped the oldest %d flashes.",
                room,
                len(lost),
            )
        return outcome.without(lost, "evicted") if lost else outcome, set(crowded)

    def removals(self, left: Set[str], crowded: Set[str]) -> list[Removal]:
        """Return what to remove, so that only flashes with the ids `left` are pending."""
        removals = [Removal(ticket) for ticket in self._names if ticket in crowded]
        for ticket, stored in self._stored.items():
            gone = ids(stored.flashes) - left
            if gone and ticket not in crowded:
                is_whole = len(gone) == stored.field_count
                removals.append(Removal(ticket, () if is_whole else sorted(gone)))
        return removals

    def everything(self) -> list[Removal]:
        """Return the removals of all hashes, whether they were read or not."""
        return [Removal(ticket) for ticket in self._names]

    def ended(self, emptied: Set[str]) -> list[str]:
        """Return the names of the cookies to delete, if the hashes of these tickets are empty now.

        Tickets that found nothing end too. Cookies that hold no ticket are deleted as well.
        """
        names = [name for ticket, name in self._names.items() if ticket in emptied]
        found_nothing = [ticket for ticket, stored in self._stored.items() if not any(stored)]
        names += [self._names[ticket] for ticket in found_nothing]
        return [*names, *self._malformed]

    def names(self) -> list[str]:
        """Return the names of all cookies, tickets first."""
        return [*self._names.values(), *self._malformed]

    def _flashes(self, ticket: str) -> Sequence[Flash]:
        stored = self._stored.get(ticket)
        return stored.flashes if stored else ()

    def _ends(self, ticket: str, left: Set[str]) -> bool:
        """Return whether no field of the hash will be left, as far as this request knows."""
        stored = self._stored.get(ticket)
        return stored is not None and stored.field_count == len(ids(stored.flashes) - left)
