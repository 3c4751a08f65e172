"""Whom a flash is for: the page that its redirect leads to, in the tab that sent the request.

Two tabs share all cookies and the session, so what is pending does not tell which of them it is
for. Browsers keep the `Referer` of a request that is redirected, so the next request tells. These
of the project's numbered rules are kept here:

T1  For five seconds a request that visibly comes from elsewhere passes over what is addressed: it
    goes to another path than the redirect's, says where it comes from, and that is neither the page
    that sent the flashing request nor a page of the redirect's path.
T2  An addressee that is redirected further takes its address along, in a note beside what is
    pending.
T3  The very addressee of one flash, by path and page, passes over what another page has addressed
    to the same path.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Set
from hashlib import blake2s
from typing import Any, NamedTuple

from yarl import URL

MAX_AGE = 5
"""Seconds for which a flash waits for its addressee; then anybody may see it."""
_MAX_AGE = MAX_AGE * 1_000_000  # microseconds


class Address(NamedTuple):
    """When flashes were sent, in microseconds, and to whom; without hashes, to whoever comes.

    `source` is a hash of the page that sent the request, `target` one of the path that the redirect
    leads to. The time is their key, so equal pages have other hashes each time.
    """

    at: int
    source: str = ""
    target: str = ""

    @classmethod
    def sealed(cls, at: int, page: str, path: str) -> Address:
        """Return the address of what a redirect to `path` sends back to `page`."""
        return cls(at, _hash(at, page), _hash(at, path))

    @classmethod
    def parse(cls, stored: Any) -> Address | None:
        """Return a stored address; None if it has the wrong shape."""
        if isinstance(stored, list | tuple) and list(map(type, stored)) == [int, str, str]:
            return cls(*stored)
        return None

    def is_open(self, since: int) -> bool:
        """Tell whether it counts for a request that looked first at `since`.

        So it counts to the end of that request. By a clock that is far off it counts for nothing.
        """
        return bool(self.source) and since - _MAX_AGE < self.at < now() + _MAX_AGE

    def hash_of(self, path: str) -> str:
        """Return the target that this address would have for another path."""
        return _hash(self.at, path)


class Sender(NamedTuple):
    """Where a request goes, and where it comes from, as far as it says.

    `page` is the page that sent it, "" if it does not say; `is_known`: it says at least that it was
    not sent by a page of this site. `moved` holds, by the time of an address, the target to which
    the addressee was redirected further.
    """

    path: str
    page: str = ""
    is_known: bool = False
    moved: Mapping[int, str] | None = None

    def told_apart(self, addresses: Iterable[Address]) -> tuple[Set[Address], Set[Address]]:
        """Return those of the addresses of which this request is exactly the addressee (T2).

        And those whose flashes it passes over (T1, T3).
        """
        own: set[Address] = set()
        others: set[Address] = set()
        elsewhere: set[Address] = set()
        for one in addresses:
            if self._goes_to(one):
                (own if self._is_from(one) else others).add(one)
            elif self._is_elsewhere(one):
                elsewhere.add(one)
        return own, elsewhere | others if own else elsewhere

    def _is_elsewhere(self, one: Address) -> bool:
        """Tell whether a request for another path says that it is not from the same tab."""
        if not self.is_known or self._is_from(one):
            return False
        return _hash(one.at, _path_of(self.page)) != self._target(one)

    def _goes_to(self, one: Address) -> bool:
        return _hash(one.at, self.path) == self._target(one)

    def _is_from(self, one: Address) -> bool:
        return bool(self.page) and _hash(one.at, self.page) == one.source

    def _target(self, one: Address) -> str:
        return (self.moved or {}).get(one.at, one.target)


def _path_of(page: str) -> str:
    try:
        return URL(page).path
    except ValueError:
        return ""


def now() -> int:
    """Return the time in microseconds."""
    return time.time_ns() // 1000


def _hash(at: int, text: str) -> str:
    data, salt = text.encode(errors="surrogateescape"), at.to_bytes(8, "big")
    return blake2s(data, digest_size=6, salt=salt).hexdigest()
