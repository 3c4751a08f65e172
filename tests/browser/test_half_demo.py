"""The demo's pages for the browser's half: from a cache, with htmx and with Turbo."""

from __future__ import annotations

import pytest

from .engines import Tab
from .half import asked
from .npm import need_libraries
from .server import Server

TEXT = ".flash [role]"


async def test_the_cached_page_is_fetched_once_and_shows_its_message(
    tab: Tab, demo: Server
) -> None:
    await tab.open("/ping")
    await tab.click("nav a[href='/cached']")
    await tab.click("main form button", wait=False)
    await tab.wait_for_texts("output", "Counted.")
    assert await tab.texts(".flash") == []
    await tab.click("main a[href='/cached']")
    await tab.wait_for_texts(TEXT, "Thank you. This page came from your browser's cache.")
    assert asked(demo, "/cached") == [200]


@pytest.mark.parametrize("version", ["2", "4"])
async def test_htmx_shows_a_message_beside_a_fragment_and_after_a_redirect(
    tab: Tab, version: str
) -> None:
    need_libraries()
    await tab.open(f"/htmx/{version}")
    await tab.click("[hx-post='/htmx/note']", wait=False)
    await tab.wait_for_texts(TEXT, "The note is saved.")
    assert "Saved at" in await tab.text("#note")
    await tab.click("[hx-post='/htmx/refuse']", wait=False)
    await tab.wait_for_texts(TEXT, "The note is saved.", "The note is too short.")
    await tab.click("[hx-post='/htmx/leave']")
    await tab.wait_for_texts(TEXT, "htmx has brought you here, and the message came along.")
    assert await tab.text("h1") == "Articles"


async def test_turbo_shows_a_message_after_a_redirect_a_refusal_and_a_stream(tab: Tab) -> None:
    need_libraries()
    await tab.open("/turbo")
    await tab.evaluate("(window.kept = true)")
    save = "form[action='/turbo'] button"
    await tab.click(save, wait=False)
    await tab.wait_for_texts(TEXT, "Name is required.")
    await tab.fill("#name", "Ada")
    await tab.click(save, wait=False)
    await tab.wait_for_texts(TEXT, "Ada is saved.")
    await tab.click("form[action='/turbo/stream'] button", wait=False)
    await tab.wait_for_texts(TEXT, "Ada is saved.", "A line is added, and the page stayed.")
    await tab.wait_for_texts("#names li", "Added by a stream")
    assert await tab.evaluate("kept") is True
