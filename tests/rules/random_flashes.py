"""Random flashes and deltas for property tests, and the fates of flashes."""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from aiohttp_flashbag.flash import Address, Delta, Flash, Outcome, by_id, ids

repeatable = settings(derandomize=True, deadline=None, database=None)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=4,
)
"""Values that survive JSON unchanged."""

contents = st.fixed_dictionaries(
    {"m": texts, "c": texts},
    optional={"html": st.just(1), "once": st.just(1), "data": st.dictionaries(texts, json_values)},
)
addresses = st.builds(Address, st.integers(0, 2**53 - 1), texts, texts)


@st.composite
def flash_ids(draw: st.DrawFn) -> str:
    """Draw an id that was created at any time before the year 2103."""
    return f"{draw(st.integers(0, (0xF << 48) - 1)):013x}{draw(st.integers(0, 0xFFFFFF)):06x}"


values = st.builds(Flash, flash_ids(), texts, json_values, st.none() | addresses)
messages = st.builds(Flash, flash_ids(), st.none(), contents, st.none() | addresses)
flashes = values | messages


def _small_flash(number: int) -> Flash:
    """Return one of many small flashes, some of which look the same or have the same key."""
    flash_id = f"{number:013x}{number:06x}"
    if number % 2:
        return Flash(flash_id, "abc"[number % 3], number)
    once = {"once": 1} if number % 4 else {}
    return Flash(flash_id, None, {"m": "xyz"[number % 3], "c": "info", **once})


SMALL_FLASHES = [_small_flash(number) for number in range(1, 49)]
small_flashes = st.sampled_from(SMALL_FLASHES)
"""Flashes with little content, for rules that do not depend on it."""


def lists_of(
    kind: st.SearchStrategy[Flash], *, min_size: int = 0, max_size: int = 6
) -> st.SearchStrategy[list[Flash]]:
    """Draw flashes with different ids, oldest first."""
    lists = st.lists(kind, unique_by=by_id, min_size=min_size, max_size=max_size)
    return lists.map(lambda found: sorted(found, key=by_id))


@st.composite
def deltas(draw: st.DrawFn, pending: list[Flash], *, max_messages: int = 50) -> Delta:
    """Draw the changes of a request that saw these flashes."""
    seen = sorted(ids(pending))
    gone = draw(st.sets(st.sampled_from(seen))) if seen else set()
    unseen = [flash for flash in SMALL_FLASHES if flash.id not in seen]
    added = draw(lists_of(st.sampled_from(unseen), max_size=4))
    unread = draw(st.sets(st.sampled_from(sorted(gone)))) if gone else set()
    return Delta(gone, added, draw(st.booleans()), dict.fromkeys(unread, "unread"), max_messages)


def check_fates(delta: Delta, outcome: Outcome) -> None:
    """Check that each flash is pending, or was dropped for a reason, or was shown, and only one."""
    known, after = ids([*outcome.before, *delta.added]), ids(outcome.after)
    dropped = outcome.dropped.keys()
    assert not after & dropped
    assert after | dropped <= known
    assert known - after - dropped <= delta.gone - delta.dropped.keys()
    assert len(outcome.after) == len(after)
