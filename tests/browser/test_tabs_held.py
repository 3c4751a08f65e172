"""Each tab shows what its own form flashed, whatever other tabs load in between."""

from __future__ import annotations

import pytest

from .tabs import (
    NOTHING,
    POLL,
    Site,
    both,
    flashed_by,
    form,
    hop,
    own_cookies,
    server_and_cookies,
    shown,
    site,
    unhurried,
)

__all__ = ["site", "unhurried"]  # fixtures

pytestmark = pytest.mark.usefixtures("unhurried")


@both
async def test_t1_a_tab_that_loads_pages_takes_nothing_from_two_held_redirects(site: Site) -> None:
    a, b, c = await site.tabs(
        form("/a", "A", to="/done"), "/b", form("/c", "C", to="/end", how="hop")
    )
    first, second = site.hold("/done"), site.hold(hop("C", to="/end"))
    await site.send(a, first)
    await site.send(c, second)
    await b.click("#link")
    assert await shown(b) == NOTHING
    await b.open("/typed")
    assert await shown(b) == NOTHING
    assert await b.evaluate(POLL) == []
    await b.run("location.href = '/led'")
    assert await shown(b) == NOTHING
    await b.reload()
    assert await shown(b) == NOTHING
    await b.back()
    assert await shown(b) == NOTHING
    second.opened.set()
    await c.loaded()
    assert await shown(c) == flashed_by("C")
    first.opened.set()
    await a.loaded()
    assert await shown(a) == flashed_by("A")
    await a.reload()
    assert await shown(a) == NOTHING


@server_and_cookies
async def test_t3_three_tabs_that_send_the_same_form_get_their_own_errors_and_data(
    site: Site,
) -> None:
    ways = {"A": "/list?a", "B": "/list?b", "C": "/other"}
    tabs = await site.tabs(*(form(f"/{by}", by, to) for by, to in ways.items()))
    gates = [site.hold(to) for to in ways.values()]
    for tab, gate in zip(tabs, gates, strict=True):
        await site.send(tab, gate)
    for tab, gate, by in zip(tabs, gates, ways, strict=True):
        gate.opened.set()
        await tab.loaded()
        assert await shown(tab) == flashed_by(by)
    await tabs[0].reload()
    assert await shown(tabs[0]) == NOTHING


@own_cookies
async def test_t3_two_tabs_that_are_answered_at_once_get_their_own_errors_and_data(
    site: Site,
) -> None:
    a, b = await site.tabs(form("/a", "A", to="/list"), form("/b", "B", to="/list"))
    together = site.hold("/save", count=2)
    await site.send(a, together)
    await site.send(b, together)
    for tab, by in ((a, "A"), (b, "B")):
        await tab.loaded()
        assert await shown(tab) == flashed_by(by)
    await a.reload()
    assert await shown(a) == NOTHING
