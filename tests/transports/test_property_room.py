"""Making room at once gives what making it one flash at a time gives; and it is always enough."""

from __future__ import annotations

import asyncio
from http.cookies import SimpleCookie
from typing import Any

from aiohttp import hdrs, web
from hypothesis import given, settings
from hypothesis import strategies as st
from support.own_cookies import KEY, PREFIX, asks

from aiohttp_flashbag import CookieTransport, Flashbag
from aiohttp_flashbag.parcel import Message, Parcel, dedup_key, without_duplicates

HEADER = 8190  # bytes of a line that aiohttp takes
repeatable = settings(derandomize=True, deadline=None, database=None, max_examples=60)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
numbers = st.lists(st.integers(0, 4), max_size=12)


def message(number: int, place: int, **marks: Any) -> Message:
    return {"id": f"{place:018}", "m": f"text {number}", "c": "info", **marks}


def drop_oldest(parcel: Parcel) -> Parcel:
    """One flash less: a message if there is one, else a value."""
    if parcel.messages:
        return Parcel(parcel.values, parcel.messages[1:])
    return Parcel(dict(list(parcel.values.items())[1:]), [])


@repeatable
@given(st.dictionaries(texts, st.integers(), max_size=6), numbers, st.integers(0, 20))
def test_the_newest_are_what_is_left_when_one_after_the_other_is_dropped(
    values: dict[str, int], sent: list[int], count: int
) -> None:
    parcel = Parcel(dict(values), [message(number, n) for n, number in enumerate(sent)])
    expected = parcel
    while len(expected) > count:
        expected = drop_oldest(expected)
    assert parcel.newest(min(count, len(parcel))) == expected


@repeatable
@given(st.lists(st.tuples(st.integers(0, 3), st.booleans()), max_size=10), numbers)
def test_duplicates_are_told_at_once_as_they_are_one_by_one(
    given: list[tuple[int, bool]], earlier: list[int]
) -> None:
    before = [message(number, place) for place, number in enumerate(earlier)]
    added = [
        message(number, 100 + place, **({"once": 1} if once else {}))
        for place, (number, once) in enumerate(given)
    ]
    expected: list[Message] = []
    for place, each in enumerate(added):
        others = [*before, *added[:place]]
        if not (each.get("once") and dedup_key(each) in [dedup_key(other) for other in others]):
            expected.append(each)
    assert without_duplicates(added, before) == expected


def sent_with(jar: dict[str, str]) -> int:
    """Bytes of the header line in which a browser sends these."""
    pairs = "; ".join(f"{name}={value}" for name, value in jar.items())
    return len(f"Cookie: {pairs}".encode())


@repeatable
@given(
    st.lists(st.integers(0, 4000), max_size=3),
    st.lists(st.lists(texts, min_size=1, max_size=6), min_size=1, max_size=6),
)
def test_whatever_others_leave_the_header_stays_below_what_aiohttp_takes(
    sizes: list[int], requests: list[list[str]]
) -> None:
    transport = CookieTransport(KEY)
    jar = {f"other{number}": "x" * size for number, size in enumerate(sizes)}
    others = sent_with(jar)
    for given_texts in requests:
        request = asks(jar)
        store, response = transport.open(request), web.Response()
        bag = Flashbag(asyncio.run(store.load(request)), codec=store.codec)
        for text in given_texts:
            bag.flash(text * 20)
        bag.set("form", given_texts)
        delta = bag.delta(303, shows=False, page_view=False)
        asyncio.run(store.commit(request, response, delta))
        for line in response.headers.getall(hdrs.SET_COOKIE, []):
            [(name, cookie)] = SimpleCookie(line).items()
            jar[name] = cookie.value
            if not cookie.value:
                del jar[name]
        ours = {name: value for name, value in jar.items() if name.startswith(PREFIX)}
        assert sent_with(ours) <= 2500 + len("Cookie: ")
        assert sent_with(jar) <= max(HEADER, others)
