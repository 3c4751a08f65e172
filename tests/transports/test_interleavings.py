"""Every interleaving of two requests: which flashes are pending when a response has arrived.

A request is *sent* with the cookies of its browser, *committed*, and its response *arrives*.

* Own cookies: a response removes its flashes and adds new ones when it arrives. Nothing is lost. A
  flash survives a logout only if the logout's request did not carry it.
* Tickets: the same, but a response removes its flashes when it is committed.
* A session in a cookie: a response with changes replaces the session when it arrives. The changes
  of an overlapping response are lost, because the last one wins.
* A session on a server: a commit changes the session that is stored then. Nothing is lost. A logout
  removes everything that was committed before it, seen or not.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from itertools import product
from typing import Any

import pytest
from aiohttp_session import AbstractStorage, Session
from support.apps import BESIDE, SESSIONS, transport_beside

from aiohttp_flashbag import SessionTransport
from aiohttp_flashbag.bag import Flashbag
from aiohttp_flashbag.flash import Delta, Flash, ids
from transports.visits import AnyBrowser, Visit, message, value

Step = tuple[str, int]
Action = Callable[[Flashbag], Any]


def read_everything(bag: Flashbag) -> None:
    bag.get_flashed_messages()
    bag.get("error")
    bag.get("other")


def read_a_part(bag: Flashbag) -> None:
    bag.get_flashed_messages(category_filter="error")


def flash(bag: Flashbag) -> None:
    bag.flash("Saved")
    bag.set("error", "Taken")


def nothing(bag: Flashbag) -> None:
    pass


ACTIONS: Sequence[Action] = (read_everything, read_a_part, flash, Flashbag.clear, nothing)


def interleavings() -> Iterator[list[Step]]:
    """Give each order in which the steps of two requests can happen."""
    for order in product((0, 1), repeat=6):
        if sum(order) == 3:
            steps = [iter(("send", "commit", "arrive")) for _ in range(2)]
            yield [(next(steps[number]), number) for number in order]


class Expected:
    """The flashes that have to be pending, with the rule of each transport in one line."""

    def __init__(self, name: str, pending: Sequence[Flash]) -> None:
        self.name, self.pending = name, list(pending)

    def commit(self, delta: Delta, carried: Sequence[Flash]) -> None:
        if self.name == "redis" and delta:
            self.pending = list(delta.apply(self.pending).after)
        elif self.name == "tickets":
            self._remove(delta, carried)

    def _remove(self, delta: Delta, carried: Sequence[Flash]) -> None:
        gone = ids(carried) if delta.clears else delta.gone
        self.pending = [f for f in self.pending if f.id not in gone]

    def arrive(self, delta: Delta, carried: Sequence[Flash]) -> None:
        if self.name == "encrypted" and delta:
            self.pending = list(delta.apply(carried).after)
        elif self.name == "cookies":
            self._remove(delta, carried)
        if self.name in BESIDE:
            self.pending += delta.added


@pytest.fixture(params=[*BESIDE, *SESSIONS])
def name(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture
def storage(request: pytest.FixtureRequest, name: str) -> AbstractStorage:
    found: AbstractStorage = request.getfixturevalue(f"{name}_storage")
    return found


async def logged_in(storage: AbstractStorage) -> AnyBrowser:
    """Return a browser, with a session that is not empty."""
    if transport := transport_beside(storage):
        return AnyBrowser(transport)
    browser = AnyBrowser(SessionTransport(), storage)
    session = Session(None, data=None, new=True)
    session["user"] = "alice"
    visit = Visit(browser.transport, {})
    await storage.save_session(visit.request, visit.response, session)
    browser.receive(morsel.OutputString() for morsel in visit.response.cookies.values())
    return browser


async def give(browser: AnyBrowser, *flashes: Flash) -> None:
    """Add flashes in a request of their own."""
    visit = await browser.request()
    await visit.commit(Delta(added=flashes))
    browser.receive(visit.lines)


async def run(name: str, browser: AnyBrowser, actions: Sequence[Action], steps: list[Step]) -> None:
    """Carry out the steps, and compare the pending flashes after each response."""
    await give(browser, message("one"), message("two", "error"), value("error"))
    await give(browser, message("three", "error"), value("other"))
    expected = Expected(name, (await browser.request()).pending)
    visits: dict[int, Visit] = {}
    deltas: dict[int, Delta] = {}
    for step, number in steps:
        if step == "send":
            visits[number] = await browser.request()
            actions[number](visits[number].bag)
        elif step == "commit":
            deltas[number] = visits[number].bag.delta(consumes=True, shows=True, page_view=False)
            await visits[number].commit(deltas[number])
            expected.commit(deltas[number], visits[number].pending)
        else:
            browser.receive(visits[number].lines)
            expected.arrive(deltas[number], visits[number].pending)
            assert ids((await browser.request()).pending) == ids(expected.pending), steps


@pytest.mark.parametrize("second", ACTIONS)
@pytest.mark.parametrize("first", ACTIONS)
async def test_two_requests_leave_exactly_the_expected_flashes(
    name: str, storage: AbstractStorage, first: Action, second: Action
) -> None:
    for steps in interleavings():
        await run(name, await logged_in(storage), (first, second), steps)


async def test_overlapping_values_of_one_key_are_both_pending_and_reading_consumes_both(
    name: str, storage: AbstractStorage
) -> None:
    """With a session in a cookie, only the value whose response arrives last stays."""
    browser = await logged_in(storage)
    overlapping = [await browser.request() for _ in range(2)]
    for number, visit in enumerate(overlapping):
        visit.bag.set("error", number)
        await visit.commit(visit.bag.delta(consumes=True, shows=True, page_view=False))
        browser.receive(visit.lines)
    visit = await browser.request()
    assert len(visit.pending) == (1 if name == "encrypted" else 2)
    assert visit.bag.get("error") == 1
    await visit.commit(visit.bag.delta(consumes=True, shows=True, page_view=False))
    browser.receive(visit.lines)
    assert not (await browser.request()).pending


@pytest.mark.parametrize("name", [*BESIDE, "redis"])  # a session cookie has no room for so many
async def test_91_at_most_100_values_of_58_posts_are_pending(
    storage: AbstractStorage,
) -> None:
    """The posts come from other tabs, and do not see the values of each other."""
    browser = await logged_in(storage)
    for number in range(58):
        letters = (f"{number}{letter}" for letter in "abc")
        await give(browser, *(value(key, secrets.token_hex(2)) for key in letters))
    pending = (await browser.request()).pending
    assert len(pending) <= 100
    assert pending[-1].key == "57c"
