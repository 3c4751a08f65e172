"""Own cookies are never rewritten, so overlapping responses may arrive in any order (row 77)."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from rules.random_flashes import repeatable
from support.own_cookies import KEY

from aiohttp_flashbag import CookieTransport
from aiohttp_flashbag.flash import Delta, Outcome, ids
from transports.visits import Browser, Visit, message, result_of, value

KEYS = ("a", "b", "c")
MAX_LINES, MAX_LINE_BYTES = 20, 3500


class OverlappingRequests:
    """A browser with requests in flight, and the ids that have to be pending in it."""

    def __init__(self, max_bytes: int) -> None:
        self.browser = Browser(CookieTransport(KEY, max_bytes=max_bytes))
        self.in_flight: list[tuple[Visit, Outcome]] = []
        self.expected: set[str] = set()

    def flash(self, number: int) -> None:
        """Send a request that adds messages of both categories, and a value."""
        visit = self.browser.send()
        for count in range(number):
            visit.bag.flash("x" * 7**count, ["info", "error"][count % 2])
        visit.bag.set(KEYS[number % 3], number)
        self.commit(visit)

    def read(self, number: int) -> None:
        """Send a request that reads one category, one value, or everything."""
        visit = self.browser.send()
        if number < 2:
            visit.bag.get_flashed_messages(category_filter=["info", "error"][number])
        elif number < 4:
            visit.bag.get(KEYS[number % 3])
        else:
            visit.bag.get_flashed_messages()
            for key in KEYS:
                visit.bag.get(key)
        self.commit(visit)

    def clear(self, number: int) -> None:
        """Send the request of a logout, which may flash as well."""
        visit = self.browser.send()
        visit.bag.clear()
        if number % 2:
            visit.bag.flash("Bye")
        self.commit(visit)

    def commit(self, visit: Visit) -> None:
        delta = visit.bag.delta(consumes=True, shows=True, page_view=False)
        outcome = result_of(visit.commit(delta))
        assert not delta.gone & ids(outcome.after)
        assert not (delta.clears and ids(outcome.before) & ids(outcome.after))
        self.in_flight.append((visit, outcome))

    def receive(self, number: int) -> None:
        """Receive the response of any request."""
        if not self.in_flight:
            return
        visit, outcome = self.in_flight.pop(number % len(self.in_flight))
        written = {line.split("=")[0] for line in visit.lines if "Max-Age=0" not in line}
        assert not visit.cookies.keys() & written, "a cookie was rewritten"
        assert len(visit.lines) <= MAX_LINES
        assert sum(map(len, visit.lines)) <= MAX_LINE_BYTES
        self.browser.receive(visit.lines)
        self.expected -= ids(outcome.before) - ids(outcome.after)
        self.expected |= ids(outcome.added)
        assert ids(self.browser.pending) == self.expected

    def lose(self, number: int) -> None:
        """Lose a response, because the connection broke or the user left the page."""
        if self.in_flight:
            del self.in_flight[number % len(self.in_flight)]


kinds = st.sampled_from(["flash", "flash", "read", "read", "clear", "receive", "receive", "lose"])


@settings(repeatable, max_examples=500)
@given(st.lists(st.tuples(kinds, st.integers(0, 5)), max_size=40), st.sampled_from([700, 2500]))
def test_77_a_response_removes_its_flashes_whatever_arrives_before_or_after(
    steps: list[tuple[str, int]], max_bytes: int
) -> None:
    """The responses that arrived decide together which flashes are pending.

    No flash returns that one of them consumed, dropped or cleared. A flash in a response that
    arrives after a logout survives the logout.
    """
    requests = OverlappingRequests(max_bytes)
    for name, number in steps:
        getattr(requests, name)(number)
    while requests.in_flight:
        requests.receive(0)


def test_77_a_poll_that_arrives_after_a_logout_does_not_bring_back_the_rest_of_its_cookie() -> None:
    browser = Browser()
    name = browser.flash(message("Saved"), form := value("form", {"account": "DE02"}))
    poll = browser.send()
    result_of(poll.commit(Delta(gone=ids(poll.pending) - {form.id})))
    browser.visit(Delta(clears=True))
    browser.receive(poll.lines)
    assert name not in browser.cookies
    assert browser.pending == []
