"""A message is shown once: after the redirect, and not by Reload, Back or a second tab."""

from __future__ import annotations

import pytest

from .engines import ENGINES, Engine, Tab
from .server import Server
from .steps import leave_message, ping, publish

WITHOUT_CACHE = [f"{name} without bfcache" for name in ENGINES]
caches = pytest.mark.parametrize("engine", [*ENGINES, *WITHOUT_CACHE], indirect=True)
PUBLISHED = "“Bread” is published."


async def test_after_the_redirect_the_message_is_there_and_after_a_reload_it_is_gone(
    tab: Tab, demo: Server
) -> None:
    await publish(tab)
    await tab.wait_for_texts(".flash [role]", PUBLISHED)
    assert [(s.method, s.status) for s in demo.requests("/articles")][-2:] == [
        ("POST", 303),
        ("GET", 200),
    ]
    await tab.reload()
    assert await tab.texts("h3") == ["Bread"]
    assert await tab.texts(".flash") == []


async def test_two_actions_in_two_tabs_show_each_its_own_message(tab: Tab) -> None:
    other = await tab.browser.new_tab()
    await publish(tab)
    await tab.wait_for_texts(".flash [role]", PUBLISHED)
    await publish(other, "Wine")
    await other.wait_for_texts(".flash [role]", "“Wine” is published.")
    await tab.reload()
    assert await tab.texts(".flash") == []


async def test_of_two_tabs_the_first_one_that_loads_shows_the_message(tab: Tab) -> None:
    other = await tab.browser.new_tab()
    await tab.open("/ping")
    await other.open("/ping")
    text = await leave_message(tab)
    await other.reload()
    await other.wait_for_texts(".flash [role]", text)
    await tab.reload()
    assert await tab.texts(".flash") == []


@caches
async def test_back_does_not_show_it_again(tab: Tab) -> None:
    await publish(tab)
    await tab.wait_for_texts(".flash [role]", PUBLISHED)
    await tab.click("nav a[href='/ping']")
    assert await tab.text("h1") == "Ping"
    await tab.back()
    assert await tab.texts("h3") == ["Bread"]
    assert await tab.texts(".flash") == []
    await tab.forward()
    assert await tab.text("h1") == "Ping"
    assert await tab.texts(".flash") == []


async def test_back_to_a_page_with_a_message_loads_it_again_in_firefox_only(
    tab: Tab, demo: Server, engine: Engine
) -> None:
    await publish(tab)
    await tab.click("nav a[href='/ping']")
    before = len(demo.requests("/articles"))
    await tab.back()
    assert await tab.texts(".flash") == []
    assert len(demo.requests("/articles")) - before == (engine.name == "firefox")


async def test_back_to_a_page_that_was_kept_whole_does_not_show_it_again(tab: Tab) -> None:
    await tab.open("/ping")
    await tab.evaluate("window.kept = true")
    await ping(tab)
    assert len(await tab.texts(".flash")) == 1
    await tab.click("nav a[href='/report']")
    assert await tab.text("h1") == "Report"
    await tab.back()
    assert await tab.evaluate("window.kept") is True
    assert await tab.texts(".flash") == []
