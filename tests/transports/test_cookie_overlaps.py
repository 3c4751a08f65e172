"""Own cookies are never rewritten, so overlapping responses may arrive in any order (row 77)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from rules.random_flashes import repeatable
from support.own_cookies import KEY

from aiohttp_flashbag import CookieTransport
from aiohttp_flashbag.bag import Flashbag
from aiohttp_flashbag.flash import Delta, Outcome, ids
from transports.visits import Browser, Visit, result_of

Action = Callable[[Flashbag], Any]
MAX_LINES, MAX_LINE_BYTES = 20, 3500


def flash(count: int, size: int) -> Action:
    def action(bag: Flashbag) -> None:
        for number in range(count):
            bag.flash("x" * size, ["info", "error"][number % 2])
        bag.set(f"key {count}", size)

    return action


def read_everything(bag: Flashbag) -> None:
    bag.get_flashed_messages()
    for number in range(7):
        bag.get(f"key {number}")


actions = st.one_of(
    st.builds(flash, st.integers(1, 6), st.sampled_from([0, 5, 300])),
    st.sampled_from(["info", "error"]).map(
        lambda only: lambda bag: bag.get_flashed_messages(category_filter=only)
    ),
    st.integers(0, 6).map(lambda number: lambda bag: bag.get(f"key {number}")),
    st.integers(0, 6).map(lambda number: lambda bag: bag.set(f"key {number}", "anew")),
    st.just(read_everything),
    st.just(Flashbag.clear),
)
steps = st.lists(
    actions.map(lambda action: ("send", action))
    | st.tuples(st.sampled_from(["receive", "receive", "lose"]), st.integers(0, 5)),
    max_size=40,
)


class OverlappingRequests:
    """A browser with requests in flight, and the ids that have to be pending in it."""

    def __init__(self, max_bytes: int) -> None:
        self.browser = Browser(CookieTransport(KEY, max_bytes=max_bytes))
        self.in_flight: list[tuple[Visit, Delta, Outcome]] = []
        self.expected: set[str] = set()

    def send(self, action: Action) -> None:
        visit = self.browser.send()
        bag = Flashbag(visit.pending, max_messages=20)
        action(bag)
        delta = bag.delta(consumes=True, shows=True, page_view=False)
        outcome = result_of(visit.commit(delta))
        assert not delta.gone & ids(outcome.after)
        assert not (delta.clears and ids(outcome.before) & ids(outcome.after))
        self.in_flight.append((visit, delta, outcome))

    def receive(self, number: int) -> None:
        if not self.in_flight:
            return
        visit, _, outcome = self.in_flight.pop(number % len(self.in_flight))
        written = [line.split("=")[0] for line in visit.lines if "Max-Age=0" not in line]
        assert not visit.cookies.keys() & set(written), "a cookie was rewritten"
        assert len(visit.lines) <= MAX_LINES
        assert sum(map(len, visit.lines)) <= MAX_LINE_BYTES
        self.browser.receive(visit.lines)
        self.expected -= ids(outcome.before) - ids(outcome.after)
        self.expected |= ids(outcome.added)
        assert ids(self.browser.pending) == self.expected

    def lose(self, number: int) -> None:
        """Lose a response: the connection broke, or the user left the page."""
        if self.in_flight:
            del self.in_flight[number % len(self.in_flight)]


@settings(repeatable, max_examples=300)
@given(steps, st.sampled_from([700, 2500]))
def test_77_a_response_removes_its_flashes_whatever_arrives_before_or_after(
    steps: list[Any], max_bytes: int
) -> None:
    """The pending flashes are those of all responses that arrived, less those that these removed.

    So no flash returns that an arrived response consumed, dropped or cleared. A flash that is
    added by a response that arrives after a logout survives the logout.
    """
    requests = OverlappingRequests(max_bytes)
    for name, argument in steps:
        getattr(requests, name)(argument)
    while requests.in_flight:
        requests.receive(0)
