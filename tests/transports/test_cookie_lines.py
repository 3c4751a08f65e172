"""A response sets at most 20 cookies and 3,500 bytes of them, because proxies limit headers.

Its lines are the new cookie, tombstones, and deletions. If there are too many, the last deletions
are postponed, and one tombstone covers their cookies.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import hdrs
from hypothesis import given, settings
from hypothesis import strategies as st
from rules.random_flashes import repeatable
from support.own_cookies import KEY, PREFIX

from aiohttp_flashbag import CookieTransport
from aiohttp_flashbag.flash import Delta, Flash, ids
from transports.visits import (
    OTHER_KEY,
    TOMBSTONE,
    Browser,
    decrypted,
    encrypted,
    message,
    result_of,
    value,
)

MAX_LINES, MAX_LINE_BYTES = 20, 3500

HINT = "AIOHTTP_FLASHBAG_PENDING=1; Path=/; SameSite=Lax; Secure"
MOVED = "AIOHTTP_FLASHBAG_MOVED_1700000000000000=0123456789ab; Max-Age=5; Path=/; HttpOnly; Secure"


def planted(number: int) -> tuple[str, str]:
    """Return a flash cookie that another machine encrypted with a key of its own."""
    name = f"{PREFIX}unread{number:02}"
    return name, encrypted(name, [None], OTHER_KEY)


def orphan(number: int) -> tuple[str, str]:
    """Return a tombstone whose flash cookie does not come."""
    return f"{TOMBSTONE}gone{number:04}-{number:08}", "0.1"


def readable(number: int, browser: Browser) -> tuple[str, str]:
    """Return a flash cookie, half of whose messages are errors."""
    flashes = [message("text", ["info", "error"][number % 2]) for number in range(2)]
    name, content = browser.transport.encrypt(flashes)
    return name, content


def cookies_of(kinds: str, browser: Browser) -> dict[str, str]:
    """Return cookies: `r` is readable, `u` unreadable, `o` an orphan, `p` partly read."""
    made = {"u": planted, "o": orphan}
    cookies: dict[str, str] = {}
    for number, kind in enumerate(kinds):
        name, content = made[kind](number) if kind in made else readable(number, browser)
        cookies[name] = content
        if kind == "p":
            cookies[f"{TOMBSTONE}{name[-8:]}-{number:08}"] = "1"
    return cookies


def everything(pending: list[Flash]) -> Delta:
    return Delta(gone=ids(pending))


def errors(pending: list[Flash]) -> Delta:
    return Delta(gone=ids(flash for flash in pending if flash.content["c"] == "error"))


DELTAS: dict[str, Any] = {
    "read everything": everything,
    "read a part": errors,
    "clear": lambda pending: Delta(clears=True),
    "clear and flash": lambda pending: Delta(clears=True, added=[message("Bye")]),
    "flash": lambda pending: Delta(added=[message("x" * 1000)]),
    "flash much": lambda pending: Delta(added=[value("form", "x" * 1500)]),
    "read a part and flash": lambda pending: replace(errors(pending), added=[message("x" * 700)]),
    "evict": lambda pending: Delta(added=[message("new")], max_messages=5),
}


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
    """Hint and notes (T2) included. The next request finds the flashes that the outcome left."""
    browser = Browser(CookieTransport(KEY, secure=True, **options))
    browser.transport.has_hint = has_hint
    browser.cookies = cookies_of(kinds, browser)
    visit = browser.send()
    visit.response.headers.extend([(hdrs.SET_COOKIE, MOVED)] * notes)
    outcome = result_of(visit.commit(DELTAS[delta](visit.pending)))
    lines = [*visit.lines, HINT] if has_hint else visit.lines
    assert len(lines) <= MAX_LINES
    assert sum(map(len, lines)) <= MAX_LINE_BYTES
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
    browser.cookies = cookies_of("r" * count, browser)
    visit = browser.send()
    visit.response.headers.extend([(hdrs.SET_COOKIE, MOVED)] * notes)
    largest = max(
        (value("form", "x" * size) for size in range(2200)),
        key=lambda flash: (visit.store.fits(flash.key, flash.content), flash.content),
    )
    outcome = result_of(visit.commit(Delta(added=[largest])))
    assert outcome.added == [largest]
    lines = [*visit.lines, HINT] if has_hint else visit.lines
    assert sum(map(len, lines)) <= MAX_LINE_BYTES


def committed(kinds: str, delta: str) -> tuple[list[str], list[str]]:
    """Commit a delta of a request with these cookies. Returns the names of both, in order."""
    browser = Browser()
    browser.cookies = cookies_of(kinds, browser)
    visit = browser.send()
    result_of(visit.commit(DELTAS[delta](visit.pending)))
    return list(visit.cookies), [line.partition("=")[0] for line in visit.lines]


def test_deletions_are_readable_cookies_newest_first_then_unreadable_ones_then_orphans() -> None:
    came, names = committed("oruprr", "clear")
    orphan, oldest, unreadable, third, its_tombstone, second, newest = came
    assert names[:5] == [newest, second, third, oldest, unreadable]
    assert sorted(names[5:]) == sorted([orphan, its_tombstone])


@pytest.mark.parametrize("delta", ["read a part and flash", "clear and flash"])
def test_the_new_cookie_is_first_then_tombstones_then_deletions(delta: str) -> None:
    came, names = committed("rpour", delta)
    kinds = ["d" if name in came else "t" if TOMBSTONE in name else "n" for name in names]
    assert "".join(kinds) == {"read a part and flash": "nttd", "clear and flash": "ndddddd"}[delta]


def test_the_oldest_deletions_are_postponed_and_one_tombstone_covers_their_cookies() -> None:
    browser = Browser()
    browser.cookies = cookies_of("r" * 25, browser)
    came = list(browser.cookies)
    outcome = browser.visit(Delta(clears=True))
    assert outcome.after == browser.pending == []
    *left, tombstone = browser.cookies
    assert left == came[:6]
    assert tombstone.startswith(TOMBSTONE)
    assert browser.cookies[tombstone].count("0.1") == 6
    browser.flash(message("Sent"))  # deletes the rest
    assert len(browser.cookies) == 1


def test_no_tombstone_is_needed_to_postpone_deletions_of_cookies_without_pending_flashes() -> None:
    came, names = committed("o" * 9 + "u" * 9 + "r" * 9, "clear")
    assert len(names) == MAX_LINES
    assert set(names) < set(came)
    assert names[:9] == came[:17:-1]
