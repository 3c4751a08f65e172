"""Each tab shows the flashes of its own form, although other tabs load pages at the same time."""

from __future__ import annotations

import itertools
import time

import pytest

from .conftest import in_each_engine
from .npm import need_libraries
from .site import MESSAGES, NOTHING, POLL, SEND, Site, flashed_by, form, hop, shown

pytestmark = pytest.mark.parametrize("transport", ["cookies", "tickets"], indirect=True)


@pytest.fixture(autouse=True)
def slow_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slow the clock down, so that the five seconds of an address outlast a busy machine."""
    monkeypatch.setattr(time, "time_ns", itertools.count(time.time_ns(), 1000).__next__)


@in_each_engine
async def test_t1_a_tab_that_loads_pages_consumes_nothing_of_two_held_redirects(
    site: Site,
) -> None:
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
    await b.run("location.href = '/scripted'")
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


@in_each_engine
async def test_t3_three_tabs_with_the_same_form_get_their_own_errors_and_data(site: Site) -> None:
    # Chromium loads one address only once at a time, so two of the three have a query.
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


@in_each_engine
async def test_t3_two_forms_that_are_sent_at_once_get_their_own_errors_and_data(
    site: Site,
) -> None:
    a, b = await site.tabs(form("/a", "A", to="/list"), form("/b", "B", to="/list"))
    together = site.hold("/save", count=2)
    await site.send(a, together)
    await site.send(b, together)
    for tab, by in ((a, "A"), (b, "B")):
        await tab.loaded()
        assert await shown(tab) == flashed_by(by)


async def test_t4_redirects_of_htmx_lead_to_the_flashes_of_their_own_tab(site: Site) -> None:
    need_libraries()
    a, b, c = await site.tabs(
        form("/a", "A", to="/end?a", how="HX-Redirect", library="htmx"),
        "/b",
        form("/c", "C", to="/end?c", how="HX-Location", library="htmx"),
    )
    gates = [site.hold("/end?a"), site.hold("/end?c")]
    for tab, gate in zip((a, c), gates, strict=True):
        await site.send(tab, gate)
    await b.click("#link")
    assert await shown(b) == NOTHING
    assert await b.evaluate(POLL) == []
    for tab, gate, by in zip((a, c), gates, "AC", strict=True):
        gate.opened.set()
        await tab.wait_for_texts(MESSAGES, f"{by} was sent.")
        assert await shown(tab) == flashed_by(by)


async def test_t1_a_tab_with_turbo_shows_its_own_flashes_only(site: Site) -> None:
    need_libraries()
    tab, other = await site.tabs(
        form("/a", "A", to="/done", library="turbo"), form("/b", "B", to="/end")
    )
    gate = site.hold("/end")
    await site.send(other, gate)
    await tab.click(SEND, wait=False)
    await tab.wait_for_texts("h1", "/done")
    assert await shown(tab) == flashed_by("A")
    await tab.click("#link", wait=False)
    await tab.wait_for_texts("h1", "/linked")
    assert await shown(tab) == NOTHING
    gate.opened.set()
    await other.loaded()
    assert await shown(other) == flashed_by("B")
