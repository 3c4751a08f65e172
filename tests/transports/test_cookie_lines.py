"""A response sets at most 20 cookies and 3,500 bytes of them, because proxies limit headers.

Its lines are the new cookie, tombstones, and deletions. If there are too many, the last deletions
are postponed, and one tombstone covers their cookies.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import hdrs
from hypothesis import given, settings
from hypothesis import strategies as st
from rules.random_flashes import repeatable
from support.own_cookies import KEY, PREFIX

from aiohttp_flashbag import CookieTransport
from aiohttp_flashbag.flash import Delta, Flash, Outcome, ids
from transports.visits import (
    OTHER_KEY,
    TOMBSTONE,
    Browser,
    Visit,
    decrypted,
    encrypted,
    message,
    result_of,
    value,
)

MAX_LINES, MAX_LINE_BYTES = 20, 3500
HINT = "AIOHTTP_FLASHBAG_PENDING=1; Path=/; SameSite=Lax; Secure"
MOVED = "AIOHTTP_FLASHBAG_MOVED_1700000000000000=0123456789ab; Max-Age=5; Path=/; HttpOnly; Secure"


def cookies_of(kinds: str, transport: CookieTransport) -> dict[str, str]:
    """Return cookies: `r` is readable, `p` partly read, `u` unreadable, `o` an orphaned tombstone.

    A readable cookie has two messages, of which one is an error.
    """
    cookies: dict[str, str] = {}
    for number, kind in enumerate(kinds):
        if kind == "o":
            cookies[f"{TOMBSTONE}orphaned-{number:08}"] = "0.1"
        elif kind == "u":
            name = f"{PREFIX}unread{number:02}"
            cookies[name] = encrypted(name, [None], OTHER_KEY)
        else:
            name, content = transport.encrypt([message("text"), message("text", "error")])
            cookies[name] = content
            if kind == "p":
                cookies[f"{TOMBSTONE}{name[-8:]}-{number:08}"] = "1"
    return cookies


def errors(pending: list[Flash]) -> Delta:
    return Delta(gone=ids(flash for flash in pending if flash.content["c"] == "error"))


DELTAS: dict[str, Callable[[list[Flash]], Delta]] = {
    "read everything": lambda pending: Delta(gone=ids(pending)),
    "read a part": errors,
    "clear": lambda pending: Delta(clears=True),
    "clear and flash": lambda pending: Delta(clears=True, added=[message("Bye")]),
    "flash": lambda pending: Delta(added=[message("x" * 1000)]),
    "flash much": lambda pending: Delta(added=[value("form", "x" * 1500)]),
    "read a part and flash": lambda pending: replace(errors(pending), added=[message("x" * 700)]),
    "evict": lambda pending: Delta(added=[message("new")], max_messages=5),
}


def committed(
    browser: Browser, delta: Callable[[Any], Delta], notes: int = 0
) -> tuple[Visit, Outcome]:
    """Commit a delta of a new request. The response already has notes for an addressee (T2)."""
    visit = browser.send()
    visit.response.headers.extend([(hdrs.SET_COOKIE, MOVED)] * notes)
    return visit, result_of(visit.commit(delta(visit.pending)))


def check_limits(browser: Browser, visit: Visit) -> None:
    lines = [*visit.lines, HINT] if browser.transport.has_hint else visit.lines
    assert len(lines) <= MAX_LINES
    assert sum(map(len, lines)) <= MAX_LINE_BYTES


@settings(repeatable, max_examples=150)
@given(
    st.integers(1, 60).flatmap(lambda n: st.text("rrruop", min_size=n, max_size=n)),
    st.sampled_from(list(DELTAS)),
    st.booleans(),
    st.integers(0, 2),
    st.sampled_from([{}, {"domain": "shop.example.com", "path": "/shop"}]),
)
def test_92_a_response_stays_within_20_lines_and_3500_bytes(
    kinds: str, delta: str, has_hint: bool, notes: int, options: Mapping[str, Any]
) -> None:
    """The hint included. The next request finds the flashes that the outcome left."""
    browser = Browser(CookieTransport(KEY, secure=True, **options))
    browser.transport.has_hint = has_hint
    browser.cookies = cookies_of(kinds, browser.transport)
    visit, outcome = committed(browser, DELTAS[delta], notes)
    check_limits(browser, visit)
    if outcome.added:
        name, _, rest = visit.lines[notes].partition("=")
        assert name not in visit.cookies
        assert decrypted(name, rest.partition(";")[0])
    browser.receive(visit.lines[notes:])
    assert ids(browser.pending) == ids(outcome.after)


@pytest.mark.parametrize("count", [1, 20, 40, 60])
@pytest.mark.parametrize("max_bytes", [2500, 3000])
@pytest.mark.parametrize(("has_hint", "notes"), [(False, 0), (True, 2)])
def test_92_the_largest_new_cookie_leaves_the_response_within_3500_bytes(
    count: int, max_bytes: int, has_hint: bool, notes: int
) -> None:
    browser = Browser(CookieTransport(KEY, secure=True, max_bytes=max_bytes))
    browser.transport.has_hint = has_hint
    browser.cookies = cookies_of("r" * count, browser.transport)
    fits = browser.send().store.fits
    size = next(size for size in range(2200, 0, -1) if fits("form", "x" * size))
    visit, _ = committed(browser, lambda pending: Delta(added=[value("form", "x" * size)]), notes)
    check_limits(browser, visit)


def test_92_cookies_that_the_handler_sets_take_no_lines_from_the_flashes() -> None:
    visit = Browser().send()
    visit.response.headers.extend([(hdrs.SET_COOKIE, f"other={'x' * 200}")] * MAX_LINES)
    form = value("form", "x" * 1000)
    assert result_of(visit.commit(Delta(added=[form]))).after == [form]
    assert len(visit.lines) == MAX_LINES + 1


def names_for(kinds: str, delta: str) -> tuple[list[str], list[str]]:
    """Return the names of the cookies of a request, and of its `Set-Cookie` lines."""
    browser = Browser()
    browser.cookies = cookies_of(kinds, browser.transport)
    visit, _ = committed(browser, DELTAS[delta])
    return list(visit.cookies), [line.partition("=")[0] for line in visit.lines]


@pytest.mark.parametrize(
    ("delta", "order"), [("read a part and flash", "nttd"), ("clear and flash", "ndddddd")]
)
def test_the_new_cookie_is_first_then_tombstones_then_deletions(delta: str, order: str) -> None:
    came, names = names_for("rpour", delta)
    kinds = ["d" if name in came else "t" if TOMBSTONE in name else "n" for name in names]
    assert "".join(kinds) == order


def test_the_oldest_deletions_are_postponed_and_one_tombstone_covers_their_cookies() -> None:
    browser = Browser()
    browser.cookies = came = cookies_of("r" * 25, browser.transport)
    outcome = browser.visit(Delta(clears=True))
    assert outcome.after == browser.pending == []
    *left, tombstone = browser.cookies
    assert left == list(came)[:6]
    assert browser.cookies[tombstone].count("0.1") == 6
    browser.flash(message("Sent"))  # deletes the rest
    assert len(browser.cookies) == 1


def test_no_tombstone_is_needed_to_postpone_deletions_of_cookies_without_pending_flashes() -> None:
    came, names = names_for("o" * 9 + "u" * 9 + "r" * 9, "clear")
    assert len(names) == MAX_LINES
    assert set(names) < set(came)
    assert names[:9] == came[:17:-1]
