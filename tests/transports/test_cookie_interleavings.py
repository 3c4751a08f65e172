"""Every interleaving of the steps of overlapping requests, by the real bag and transport.

A browser *sends* what cookies it has; a server *loads* them, *settles* the bag and *answers*; the
browser *applies* the answer. Nothing that was added and answered is ever lost, and a flash is
shown more than once only where two renderings overlapped.

Each request is served by a machine of its own, which remembers nothing, so what it does depends
on the request alone: equal states of the whole have the same future and are explored once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Coroutine, Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import cache
from http.cookies import SimpleCookie
from itertools import combinations_with_replacement
from math import factorial
from typing import Any, NamedTuple, TypeVar

import pytest
from support.own_cookies import KEY, asks, lines_of

from aiohttp_flashbag import CookieTransport, Flashbag
from aiohttp_flashbag.parcel import Delta, Parcel

T = TypeVar("T")
Cookies = frozenset[tuple[str, str]]

STEPS = ("sends", "loads", "settles", "answers", "applies")
ACTIONS = ("add", "show", "show infos", "show errors")


def at_once(coroutine: Coroutine[Any, Any, T]) -> T:
    """What a coroutine returns that has nothing to wait for."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    raise AssertionError("own cookies made a request wait")


class Request(NamedTuple):
    """A request with the cookies it was sent with; what is done with it follows from these."""

    number: int
    action: str
    cookies: Cookies = frozenset()


@cache
def loaded(request: Request) -> tuple[CookieTransport, Parcel]:
    """A machine, and what it finds in the request."""
    transport, asked = CookieTransport(KEY), asks(dict(request.cookies))
    return transport, at_once(transport.open(asked).load(asked)) or Parcel()


@cache
def settled(request: Request) -> tuple[Delta, tuple[str, ...]]:
    """What the request changes, and what its page shows."""
    transport, incoming = loaded(request)
    bag = Flashbag(deepcopy(incoming), codec=transport.codec)
    if request.action == "add":
        bag.flash(f"message {request.number}", "info")
        bag.set(f"value {request.number}", f"value {request.number}")
        return bag.delta(303, shows=False, page_view=False), ()
    category = {"show infos": ["info"], "show errors": ["error"]}.get(request.action)
    page = list(map(str, bag.get_flashed_messages(category_filter=category or ())))
    if category is None:
        page += filter(None, (bag.get(f"value {number}") for number in range(-1, 3)))
    return bag.delta(200, shows=True, page_view=category is None), tuple(page)


@cache
def answered(request: Request) -> tuple[str, ...]:
    """The `Set-Cookie` lines of the answer."""
    transport, _ = loaded(request)
    delta, _ = settled(request)
    return tuple(at_once(lines_of(transport, asks(dict(request.cookies)), delta)))


def applied(jar: Cookies, lines: Iterable[str]) -> Cookies:
    """What a browser has after an answer."""
    cookies = dict(jar)
    for line in lines:
        ((name, cookie),) = SimpleCookie(line).items()
        cookies.pop(name, None)
        if int(cookie["max-age"]) > 0:
            cookies[name] = cookie.value
    return frozenset(cookies.items())


@dataclass(frozen=True)
class State:
    """The browser's cookies; each request and how many of its steps are done; which request was
    sent after the answer to which other was applied."""

    jar: Cookies
    requests: tuple[Request, ...]
    done: tuple[int, ...]
    after: frozenset[tuple[int, int]] = frozenset()

    def next_states(self) -> Iterator[State]:
        """Where each request that is not done may lead by its next step."""
        for index, steps in enumerate(self.done):
            if steps < len(STEPS):
                done = (*self.done[:index], steps + 1, *self.done[index + 1 :])
                yield getattr(replace(self, done=done), STEPS[steps])(index)

    def sends(self, index: int) -> State:
        request = self.requests[index]._replace(cookies=self.jar)
        requests = (*self.requests[:index], request, *self.requests[index + 1 :])
        over = [other for other, steps in enumerate(self.done) if steps == len(STEPS)]
        after = self.after | {(index, other) for other in over}
        return replace(self, requests=requests, after=after)

    def loads(self, index: int) -> State:
        loaded(self.requests[index])
        return self

    def settles(self, index: int) -> State:
        settled(self.requests[index])
        return self

    def answers(self, index: int) -> State:
        answered(self.requests[index])
        return self

    def applies(self, index: int) -> State:
        return replace(self, jar=applied(self.jar, answered(self.requests[index])))

    def overlaps(self, index: int) -> bool:
        """Whether a rendering overlaps another one."""
        return any(
            other != index
            and request.action != "add"
            and not {(index, other), (other, index)} & self.after
            for other, request in enumerate(self.requests)
        )


def check(state: State, added: Iterable[str]) -> None:
    """All requests are done: the next page shows what is left, and what was added was shown."""
    last = Request(-1, "show", state.jar)
    pages = [set(settled(request)[1]) for request in (*state.requests, last)]
    shown = Counter(flash for page in pages for flash in page)
    assert shown.keys() == set(added), "nothing is lost, nothing is made up"
    for flash in (flash for flash, times in shown.items() if times > 1):
        showing = [index for index in range(len(state.requests)) if flash in pages[index]]
        alone = [index for index in showing if not state.overlaps(index)]
        assert len(alone) + (flash in pages[-1]) <= 1, "shown again without an overlap"
    assert applied(state.jar, answered(last)) == frozenset()


def waiting() -> tuple[Cookies, set[str]]:
    """Two cookies, one of them with flashes of each kind; and what is in them."""
    transport, jar = CookieTransport(KEY), frozenset[tuple[str, str]]()
    for messages in ({"one": "info", "two": "error"}, {"three": "info"}):
        bag = Flashbag()
        for text, category in messages.items():
            bag.flash(text, category)
        bag.set("value -1", "four")
        delta = bag.delta(303, shows=False, page_view=False)
        jar = applied(jar, at_once(lines_of(transport, asks(), delta)))
    return jar, {"one", "two", "three", "four"}


@pytest.mark.parametrize(
    "actions",
    [c for length in (2, 3) for c in combinations_with_replacement(ACTIONS, length)],
    ids=", ".join,
)
def test_overlapping_requests_lose_nothing_and_show_twice_only_what_overlaps(
    actions: tuple[str, ...],
) -> None:
    jar, added = waiting()
    for number, action in enumerate(actions):
        if action == "add":
            added |= {f"message {number}", f"value {number}"}

    @cache
    def ways(state: State) -> int:
        """In how many ways the rest can happen, each of which is checked at its end."""
        following = list(state.next_states())
        if not following:
            check(state, added)
            return 1
        return sum(map(ways, following))

    start = State(jar, tuple(map(Request, range(3), actions)), (0,) * len(actions))
    every = factorial(len(STEPS) * len(actions)) // factorial(len(STEPS)) ** len(actions)
    assert ways(start) == every
