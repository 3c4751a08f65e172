"""The demo's own pages: a fetch, a stream, a preload, forms without scripts, and how they look."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from itertools import product
from pathlib import Path

import pytest

from .conftest import Visit
from .engines import ENGINES, Tab
from .engines.chromium import ChromiumTab
from .server import Server
from .steps import LEFT, PING, leave_message, ping, publish

Show = Callable[[Tab], Awaitable[None]]
SCREENSHOTS = Path(__file__).parent.parent / "screenshots"
WIDTHS = (320, 360, 1200)  # CSS pixels; 320 is what remains of a usual window at 400 %
STICKING_OUT = """[...document.querySelectorAll(".card *")].filter((each) =>
  each.getBoundingClientRect().right > each.closest(".card").getBoundingClientRect().right
).map((each) => each.outerHTML)"""
TEXT = "one two three"
WRONG = "This is no e-mail address"

only_chromium = pytest.mark.parametrize("engine", ["chromium"], indirect=True)
without_scripts = pytest.mark.parametrize(
    "engine", [f"{name} without scripts" for name in ENGINES], indirect=True
)


async def test_the_ping_button_shows_a_message_without_a_page_load(tab: Tab, demo: Server) -> None:
    await tab.open("/ping")
    await ping(tab)
    await tab.wait_for("document.querySelector('.flash-success [role]')?.textContent")
    assert re.search(r"^Pong at .* success\.$", await tab.text(".flash-success [role]"))
    assert [seen.dest for seen in demo.requests("/api/ping")] == ["empty"]
    assert len(demo.requests("/ping")) == 1
    await tab.reload()
    assert await tab.texts(".flash") == []


@without_scripts
@pytest.mark.parametrize(
    ("path", "button", "text"),
    [
        ("/ping", PING, "Pong at "),
        ("/preload", "main form[action='/preload'] button", LEFT),
    ],
)
async def test_the_forms_work_without_scripts(tab: Tab, path: str, button: str, text: str) -> None:
    await tab.open(path)
    await tab.click(button)
    assert text in await tab.text(".flash")
    assert await tab.texts(".flash-close") == [], "scripts do not run"
    await tab.reload()
    assert await tab.texts(".flash") == []


async def test_b6_a_streamed_page_shows_its_message_once(tab: Tab) -> None:
    for title in ("Bread", "Wine"):
        await publish(tab, title, TEXT)
    await tab.open("/report")
    await tab.click("form[action='/report'] button")
    await tab.wait_for_texts(".flash [role]", "Your report is on its way, line by line.")
    assert await tab.texts(".report li") == ["Wine 3 words", "Bread 3 words"]
    assert "End of the report." in await tab.text("main")
    await tab.reload()
    assert "End of the report." in await tab.text("main")
    assert await tab.texts(".flash") == []


@only_chromium
async def test_b3_articles_preloaded_before_a_message_was_left_show_it(
    tab: Tab, demo: Server
) -> None:
    await tab.open("/preload")
    assert (await demo.answer("/articles", preload=True)).status == 200
    await tab.click("main form[action='/preload'] button", wait=False)
    await tab.wait_for(
        "document.querySelector('output').innerText.includes('A message is waiting')"
    )
    await tab.click("main a[href='/articles']")
    await tab.wait_for_texts(".flash [role]", LEFT)
    await tab.reload()
    assert await tab.texts(".flash") == []


async def test_a_message_that_was_left_shows_on_the_articles(tab: Tab) -> None:
    await tab.open("/preload")
    await leave_message(tab)
    await tab.click("main a[href='/articles']")
    await tab.wait_for_texts(".flash [role]", LEFT)


@pytest.mark.parametrize(
    ("button", "first", "then"),
    [
        ("message", ["POST /observer flashed message info"], "GET /observer shown message info"),
        (
            "early",
            ["POST /observer put_back message info", "POST /observer flashed message info"],
            "GET /observer shown message info",
        ),
        (
            "unread",
            ["POST /observer flashed value nobody_asks"],
            "GET /observer dropped (unread) value nobody_asks",
        ),
    ],
)
async def test_the_observer_page_shows_what_became_of_each_flash(
    tab: Tab, button: str, first: list[str], then: str
) -> None:
    await tab.open("/observer")
    await tab.click(f"button[value={button}]")
    told = await tab.texts("#events li")
    assert [without_size(line) for line in told] == first
    await tab.open("/observer")
    told = await tab.texts("#events li")
    assert without_size(told[0]) == then
    assert "One more event" not in " ".join(told)


def without_size(line: str) -> str:
    return re.sub(r" \d+ bytes, \d+\.\d s old$", "", " ".join(line.split()))


async def test_t1_the_message_is_shown_in_the_tab_that_saved(visit: Visit, demo: Server) -> None:
    browser = await visit(demo)
    tab, other = await browser.new_tab(), await browser.new_tab()
    await other.open("/articles")
    await tab.open("/tabs")
    await tab.click("form[action='/tabs'] button", wait=False)
    await demo.arrival("/tabs/saved")
    await other.click("nav a[href='/forms']")
    assert demo.requests("/tabs/saved")[0].status is None, "the tab still waits"
    assert await other.texts(".flash") == []
    await tab.loaded()
    await tab.wait_for_texts(".flash [role]", "Saved in this tab.")


async def test_the_errors_of_one_form_are_not_shown_in_the_other(tab: Tab) -> None:
    await tab.open("/forms")
    await tab.fill("#question-email", "nobody")
    await tab.fill("#text", "Why?")
    await tab.click("form[action='/forms/question'] button")
    assert await tab.texts("form[action='/forms/question'] .field-error") == [WRONG]
    assert await tab.texts(".field-error") == [WRONG]
    typed = "[...document.querySelectorAll('main form :is(input, textarea)')].map((e) => e.value)"
    assert await tab.evaluate(typed) == ["", "nobody", "Why?"]


async def hello(tab: Tab) -> None:
    await tab.open("/")
    await tab.click("main form[action='/'] button")
    assert len(await tab.texts(".field-error")) == 1


async def articles(tab: Tab) -> None:
    await publish(tab, text=TEXT)
    assert len(await tab.texts(".flash")) == 1


async def forms(tab: Tab) -> None:
    await tab.open("/forms")
    await tab.click("form[action='/forms/news'] button")
    assert len(await tab.texts(".field-error")) == 1


async def tabs(tab: Tab) -> None:
    await tab.open("/tabs")


async def login(tab: Tab) -> None:
    await tab.open("/login")
    await tab.click("main form[action='/login'] button")
    assert len(await tab.texts(".field-error")) == 2


async def failed_ping(tab: Tab) -> None:
    await tab.open("/ping")
    await ping(tab, "error")


async def report(tab: Tab) -> None:
    await articles(tab)
    await tab.open("/report")


async def preload(tab: Tab) -> None:
    await tab.open("/preload")


async def cached(tab: Tab) -> None:
    await tab.open("/cached")


async def htmx(tab: Tab) -> None:
    await tab.open("/htmx/2")


async def turbo(tab: Tab) -> None:
    await tab.open("/turbo")


async def observer(tab: Tab) -> None:
    await tab.open("/observer")
    for button in ("message", "early", "unread"):
        await tab.click(f"button[value={button}]")
    assert len(await tab.texts("#events li")) >= 5


async def not_found(tab: Tab) -> None:
    await tab.open("/nowhere")


PAGES = [
    *(hello, articles, forms, tabs, login, failed_ping, report, preload, cached),
    *(htmx, turbo, observer, not_found),
]


@only_chromium
@pytest.mark.parametrize("show", PAGES)
async def test_a_screenshot_of_each_page(tab: Tab, show: Show) -> None:
    assert isinstance(tab, ChromiumTab)
    await show(tab)
    SCREENSHOTS.mkdir(exist_ok=True)
    for width, scheme in product(WIDTHS, ("light", "dark")):
        await tab.resize(width, 800)
        await tab.color_scheme(scheme)
        path = SCREENSHOTS / f"{show.__name__}-{width}-{scheme}.png"
        await tab.screenshot(path)
        assert path.stat().st_size > 0
        scrolls = await tab.evaluate("document.documentElement.scrollWidth")
        assert scrolls <= width, "the page scrolls sideways"
        assert await tab.evaluate(STICKING_OUT) == []
