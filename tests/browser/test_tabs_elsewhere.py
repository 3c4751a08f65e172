"""What a tab shows after a redirect that failed, was never followed, or says less, or a logout."""

from __future__ import annotations

import time

import pytest

from .server import PATIENCE
from .tabs import (
    MESSAGES,
    NOTHING,
    SEND,
    Site,
    both,
    flashed_by,
    form,
    hop,
    own_cookies,
    shown,
    site,
    unhurried,
)

__all__ = ["site", "unhurried"]  # fixtures

unhurriedly = pytest.mark.usefixtures("unhurried")
TELL = {
    ("no-referrer", "#link"): False,
    ("origin", "#link"): False,
    ("same-origin", "#link"): True,
    ("strict-origin-when-cross-origin", "#link"): True,
    ("strict-origin-when-cross-origin", "#silent"): False,
}
"""Whether a link on a page with this Referrer-Policy tells of another tab."""


@unhurriedly
@own_cookies
async def test_t1_tabs_are_told_apart_where_pages_and_links_say_where_they_are(
    site: Site,
) -> None:
    a, b = await site.tabs("/", "/")
    for (policy, link), tells in TELL.items():
        await a.open(form("/a", "A", to="/done", policy=policy))
        await b.open(f"/b?policy={policy}")
        gate = site.hold("/done")
        await site.send(a, gate)
        await b.click(link)
        assert await shown(b) == (NOTHING if tells else flashed_by("A"))
        gate.opened.set()
        await a.loaded()
        assert await shown(a) == flashed_by("A")


@unhurriedly
@own_cookies
async def test_b2_a_page_that_failed_shows_it_after_a_reload(site: Site) -> None:
    a, b = await site.tabs(form("/a", "A", to="/fails-once"), "/b")
    await a.click(SEND)
    await b.reload()
    assert await shown(b) == NOTHING
    await a.reload()
    assert await shown(a) == flashed_by("A")
    await a.back()
    assert await a.texts(MESSAGES) == []


@own_cookies
async def test_t1_what_no_page_showed_is_shown_in_another_tab_but_only_after_five_seconds(
    site: Site,
) -> None:
    a, b = await site.tabs(form("/a", "A", to="/done"), "/b")
    start = time.monotonic()
    await site.send(a, site.hold("/done"))
    await a.close()
    while (found := await shown(b)) == NOTHING and time.monotonic() < start + PATIENCE:
        await b.reload()
    assert found == flashed_by("A")
    assert time.monotonic() - start >= 5


@unhurriedly
@both
async def test_b4_a_logout_in_another_tab_drops_what_is_on_its_way(site: Site) -> None:
    a, b = await site.tabs(form("/a", "A", to="/done", how="hop"), "/b")
    gate = site.hold(hop("A", to="/done"))
    await site.send(a, gate)
    await b.click("#logout")
    assert await b.texts(MESSAGES) == ["Goodbye."]
    gate.opened.set()
    await a.loaded()
    assert await shown(a) == NOTHING
    await b.reload()
    assert await shown(b) == NOTHING
