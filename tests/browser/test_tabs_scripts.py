"""Tabs whose pages go on by scripts: by htmx 2 and Turbo 8 from npm, and by their own."""

from __future__ import annotations

import pytest

from .npm import need_libraries
from .tabs import (
    MESSAGES,
    NOTHING,
    POLL,
    SEND,
    Site,
    flashed_by,
    form,
    hop,
    own_cookies,
    shown,
    site,
    unhurried,
)

__all__ = ["site", "unhurried"]  # fixtures

pytestmark = pytest.mark.usefixtures("unhurried")

FETCH = "fetch('/save', {method: 'POST', body: new FormData(document.querySelector('form'))})"


@own_cookies
async def test_t1_what_htmx_leads_to_shows_what_the_form_of_its_tab_flashed(site: Site) -> None:
    need_libraries()
    # Two addresses, for Chromium fetches one only once at a time.
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


@own_cookies
async def test_t1_tabs_with_turbo_show_what_they_sent_and_not_what_is_held(site: Site) -> None:
    need_libraries()
    a = form("/a", "A", to="/done", library="turbo")
    tab, other = await site.tabs(a, form("/b", "B", to="/end"))
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


@own_cookies
async def test_t4_a_page_that_fetches_and_then_goes_on_shows_what_that_flashed(
    site: Site,
) -> None:
    (tab,) = await site.tabs(form("/a", "A", to="/quiet"))
    await tab.run(f"{FETCH}.then(() => location.reload())")
    assert await shown(tab) == flashed_by("A")
    await tab.run(f"{FETCH}.then(() => {{ location.href = '/next' }})")
    assert await shown(tab) == flashed_by("A")


@own_cookies
async def test_t2_a_page_at_the_end_of_two_redirects_fetches_its_messages(site: Site) -> None:
    to = "/done?fetches"
    a, b = await site.tabs(form("/a", "A", to, how="hop"), "/b")
    gate = site.hold(hop("A", to))
    await site.send(a, gate)
    assert await b.evaluate(POLL) == []
    gate.opened.set()
    await a.loaded()
    await a.wait_for_texts(MESSAGES, "A was sent.")
    assert await b.evaluate(POLL) == []
