"""Every interleaving of two requests: which flashes are pending when both responses have arrived.

A request is *sent* with the cookies of its browser, *committed*, and its response *arrives*.

* Own cookies: a response removes its flashes and adds its own when it arrives, whatever the other
  one does. So nothing is lost, and a flash survives a logout only if the request of the logout did
  not carry it.
* A session in a cookie: a response that changes something replaces the session when it arrives, by
  its own result from the session that its request carried. So the last response wins, and changes
  of an overlapping one are lost.
* A session on a server: a commit changes the session that is stored then. So nothing is lost, and a
  logout removes everything that was committed before it, seen or not.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from http.cookies import SimpleCookie
from itertools import product
from typing import Any

import pytest
from aiohttp_session import AbstractStorage, Session
from support.own_cookies import KEY

from aiohttp_flashbag import CookieTransport, SessionTransport
from aiohttp_flashbag.bag import Flashbag
from aiohttp_flashbag.flash import Delta, Flash, ids
from transports.visits import Visit, message, value

Step = tuple[str, int]


def read_everything(bag: Flashbag) -> Delta:
    bag.get_flashed_messages()
    return bag.delta(consumes=True, shows=True, page_view=True)


def read_a_part(bag: Flashbag) -> Delta:
    bag.get_flashed_messages(category_filter="error")
    return bag.delta(consumes=True, shows=True, page_view=False)


def flash(bag: Flashbag) -> Delta:
    bag.flash("Saved")
    bag.set("error", "Taken")
    return bag.delta(consumes=True, shows=False, page_view=False)


def clear(bag: Flashbag) -> Delta:
    bag.clear()
    return bag.delta(consumes=True, shows=False, page_view=False)


def nothing(bag: Flashbag) -> Delta:
    return bag.delta(consumes=True, shows=False, page_view=False)


ACTIONS: Sequence[Callable[[Flashbag], Delta]] = (
    *(read_everything, read_a_part, flash, clear, nothing),
)


def interleavings() -> Iterator[list[Step]]:
    """Give each order in which the steps of two requests can happen."""
    steps = ("send", "commit", "arrive")
    for order in product((0, 1), repeat=6):
        if sum(order) == 3:
            count = [0, 0]
            found = []
            for number in order:
                found.append((steps[count[number]], number))
                count[number] += 1
            yield found


class Expected:
    """The flashes that have to be pending, with the rule of each transport in one line."""

    def __init__(self, storage: str, pending: Sequence[Flash]) -> None:
        self.storage, self.pending = storage, list(pending)

    def commit(self, delta: Delta) -> None:
        if self.storage == "redis" and delta:
            self.pending = list(delta.apply(self.pending).after)

    def arrive(self, delta: Delta, carried: Sequence[Flash]) -> None:
        if self.storage == "encrypted" and delta:
            self.pending = list(delta.apply(carried).after)
        elif self.storage == "cookies":
            gone = ids(carried) if delta.clears else delta.gone
            self.pending = [f for f in self.pending if f.id not in gone] + [*delta.added]


class Requests:
    """Two requests of one browser, over own cookies or a session."""

    def __init__(self, name: str, storage: AbstractStorage) -> None:
        self.name = name
        self.storage = None if name == "cookies" else storage
        self.transport = CookieTransport(KEY) if name == "cookies" else SessionTransport()
        self.cookies: dict[str, str] = {}

    async def send(self) -> tuple[Visit, Flashbag]:
        visit = Visit(self.transport, self.cookies, self.storage)
        return visit, await visit.load()

    def arrive(self, visit: Visit) -> None:
        for line in visit.lines:
            ((name, cookie),) = SimpleCookie(line).items()
            self.cookies.pop(name, None)
            if cookie["max-age"] != "0":
                self.cookies[name] = cookie.value

    async def log_in(self) -> None:
        """Begin with a session that is not empty, so that a logout of the flashbag leaves it."""
        if self.storage is not None:
            session = Session(None, data=None, new=True)
            session["user"] = "alice"
            visit = Visit(self.transport, {}, self.storage)
            await self.storage.save_session(visit.request, visit.response, session)
            self.cookies = {key: morsel.value for key, morsel in visit.response.cookies.items()}

    async def flash(self, *flashes: Flash) -> None:
        visit, _ = await self.send()
        await visit.commit(Delta(added=flashes))
        self.arrive(visit)


@pytest.fixture(params=["cookies", "encrypted", "redis"])
def name(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture
def storage(request: pytest.FixtureRequest, name: str) -> AbstractStorage:
    kind = "redis" if name == "redis" else "encrypted"
    found: AbstractStorage = request.getfixturevalue(f"{kind}_storage")
    return found


async def run(
    requests: Requests, actions: Sequence[Callable[[Flashbag], Delta]], steps: list[Step]
) -> None:
    """Carry out the steps, and compare the pending flashes after each response."""
    await requests.log_in()
    await requests.flash(message("one"), message("two", "error"), value("error"))
    await requests.flash(message("three", "error"), value("other"))
    visit, _ = await requests.send()
    expected = Expected(requests.name, visit.pending)
    visits: dict[int, tuple[Visit, Flashbag]] = {}
    deltas: dict[int, Delta] = {}
    for step, number in steps:
        if step == "send":
            visits[number] = await requests.send()
        elif step == "commit":
            visit, bag = visits[number]
            deltas[number] = actions[number](bag)
            await visit.commit(deltas[number])
            expected.commit(deltas[number])
        else:
            visit, _ = visits[number]
            requests.arrive(visit)
            expected.arrive(deltas[number], visit.pending)
            next_visit, _ = await requests.send()
            assert ids(next_visit.pending) == ids(expected.pending), (steps, number)


@pytest.mark.parametrize("second", ACTIONS)
@pytest.mark.parametrize("first", ACTIONS)
async def test_two_requests_leave_exactly_the_expected_flashes(
    name: str, storage: AbstractStorage, first: Any, second: Any
) -> None:
    for steps in interleavings():
        await run(Requests(name, storage), (first, second), steps)


async def test_two_overlapping_sets_of_one_key_both_stay_pending_and_reading_consumes_both(
    name: str, storage: AbstractStorage
) -> None:
    """With a session in a cookie, only the set whose response arrives last stays."""
    requests = Requests(name, storage)
    await requests.log_in()
    overlapping = [await requests.send() for _ in range(2)]
    for number, (visit, bag) in enumerate(overlapping):
        bag.set("error", number)
        await visit.commit(bag.delta(consumes=True, shows=True, page_view=False))
        requests.arrive(visit)
    visit, bag = await requests.send()
    assert len(visit.pending) == (1 if name == "encrypted" else 2)
    assert bag.get("error") == 1
    await visit.commit(bag.delta(consumes=True, shows=True, page_view=False))
    requests.arrive(visit)
    visit, _ = await requests.send()
    assert not visit.pending


@pytest.mark.parametrize("name", ["cookies", "redis"])  # a session cookie has no room for so many
async def test_91_at_most_100_values_of_58_posts_are_pending(
    name: str, storage: AbstractStorage
) -> None:
    """The posts come from other tabs, so none of them sees the values of the others."""
    requests = Requests(name, storage)
    await requests.log_in()
    for number in range(58):
        await requests.flash(
            *(value(f"{number}{letter}", secrets.token_hex(2)) for letter in "abc")
        )
    visit, _ = await requests.send()
    assert len(visit.pending) <= 100
    assert visit.pending[-1].key == "57c"
