"""The pages of the demo, as visitors use them."""

from __future__ import annotations

import pytest
from support.templating import allow_processors

from .engines.chromium import ChromiumTab
from .npm import need_libraries
from .server import Server

pytestmark = allow_processors
MESSAGE = ".flash [role]"
PING = "main form[action='/fetch'] button"
LEAVE_MESSAGE = "fetch('/api/preload', {method: 'POST'}).then(r => r.text())"
FOCUSED = "css => document.activeElement.matches(css)"
INVALID = "css => document.querySelector(css).getAttribute('aria-invalid') === 'true'"
VALUES = "[...document.querySelectorAll('main form :is(input, textarea)')].map(e => e.value)"
STATUSES = """Promise.all([...document.querySelectorAll("header a, main a")].map(
  async (link) => (await fetch(link.href)).status))"""
HAS_MESSAGES = f"""words => {{
  const texts = [...document.querySelectorAll("{MESSAGE}")].map(found => found.textContent);
  return texts.length === words.length && words.every((word, i) => texts[i].includes(word));
}}"""


async def has_messages(tab: ChromiumTab, *words: str) -> None:
    """Wait until the page has as many messages as words, each message with its word."""
    await tab.wait_for(HAS_MESSAGES, list(words))


async def publish(tab: ChromiumTab, title: str = "Bread", text: str = "") -> None:
    """Publish an article. The response redirects to the list."""
    await tab.open("/articles")
    await tab.fill("#title", title)
    await tab.fill("#body", text)
    await tab.click("form[action='/articles'] button")


async def log_in(tab: ChromiumTab, name: str, password: str = "demo") -> None:
    await tab.open("/login")
    await tab.fill("#name", name)
    await tab.fill("#password", password)
    await tab.click("main form[action='/login'] button")


async def log_out(tab: ChromiumTab) -> None:
    await tab.click(".site-header form[action='/logout'] button")


async def test_the_first_page_shows_a_message_once_after_its_form(tab: ChromiumTab) -> None:
    await tab.open("/")
    assert await tab.texts(".flash") == []
    await tab.fill("#name", "<b>Ada</b>")
    await tab.click("main form[action='/'] button")
    await has_messages(tab, "Hello, <b>Ada</b>!")
    await tab.reload()
    assert await tab.texts(".flash") == []


async def test_an_article_is_published_with_a_message_until_the_next_page(
    tab: ChromiumTab, server: Server
) -> None:
    await publish(tab)
    await has_messages(tab, "Bread")
    assert await tab.role(MESSAGE) == ("status", "")
    requests = [(seen.method, seen.status) for seen in server.requests("/articles")]
    assert requests[-2:] == [("POST", 303), ("GET", 200)]
    await tab.reload()
    assert await tab.texts("h3") == ["Bread"]
    assert await tab.texts(".flash") == []


async def test_the_ping_button_shows_a_message_without_a_page_load(
    tab: ChromiumTab, server: Server
) -> None:
    await tab.open("/fetch")
    await tab.click("input[value=error]", wait=False)
    await tab.click(PING, wait=False)
    await has_messages(tab, "Pong")
    assert await tab.role(".flash-error [role]") == ("alert", "")
    assert [seen.headers["Sec-Fetch-Dest"] for seen in server.requests("/api/ping")] == ["empty"]
    assert len(server.requests("/fetch")) == 1
    await tab.reload()
    assert await tab.texts(".flash") == []


async def test_every_link_of_the_menu_leads_to_a_page(tab: ChromiumTab) -> None:
    await tab.open("/more")
    statuses = await tab.evaluate(STATUSES)
    assert len(statuses) > 10
    assert set(statuses) == {200}


@pytest.mark.parametrize("engine", ["chromium without scripts"], indirect=True)
async def test_the_forms_work_without_scripts(tab: ChromiumTab) -> None:
    for path, button in {"/fetch": PING, "/preload": "form[action='/preload'] button"}.items():
        await tab.open(path)
        await tab.click(button)
        assert len(await tab.texts(".flash")) == 1
        assert await tab.texts(".flash-close") == [], "scripts do not run"
        await tab.reload()
        assert await tab.texts(".flash") == []


async def test_b6_a_streamed_page_shows_its_message_once(tab: ChromiumTab) -> None:
    await publish(tab, text="one two three")
    await tab.open("/report")
    await tab.click("form[action='/report'] button")
    await has_messages(tab, "report")
    assert await tab.texts(".report li") == ["Bread 3 words"]
    await tab.open("/articles")
    assert await tab.texts(".flash") == []


async def test_b3_articles_preloaded_before_a_message_show_it(
    tab: ChromiumTab, server: Server
) -> None:
    await tab.open("/preload")
    assert (await server.response("/articles", preload=True)).status == 200
    await tab.click("main form[action='/preload'] button", wait=False)
    await tab.wait_for("document.querySelector('output').innerText.includes('message')")
    await tab.click("main a[href='/articles']")
    await has_messages(tab, "message")
    await tab.reload()
    assert await tab.texts(".flash") == []


async def test_the_observer_page_shows_the_fate_of_each_flash(tab: ChromiumTab) -> None:
    await tab.open("/observer")
    for button in ("message", "early", "unread"):
        await tab.click(f"button[value={button}]")
    await tab.open("/observer")
    lines = [" ".join(line.split()[:5]) for line in await tab.texts("#events li")]
    assert lines == [
        "GET /observer dropped (unread) value",
        "POST /observer flashed value draft",
        "GET /observer shown message info",
        "POST /observer put_back message info",
        "POST /observer flashed message info",
        "GET /observer shown message info",
        "POST /observer flashed message info",
    ]


async def test_t1_the_message_is_shown_in_the_tab_that_saved(
    tab: ChromiumTab, server: Server
) -> None:
    other = await tab.browser.new_tab()
    await other.open("/articles")
    await tab.open("/tabs")
    await tab.click("form[action='/tabs'] button", wait=False)
    await server.arrival("/tabs/saved")
    await other.click("nav a[href='/forms']")
    assert server.requests("/tabs/saved")[0].status is None, "the response is not ready yet"
    assert await other.texts(".flash") == []
    await tab.loaded()
    await has_messages(tab, "Saved")


async def test_the_errors_of_one_form_are_not_shown_in_the_other(tab: ChromiumTab) -> None:
    await tab.open("/forms")
    await tab.fill("#question-email", "nobody")
    await tab.fill("#text", "Why?")
    await tab.click("form[action='/forms/question'] button")
    assert len(await tab.texts(".field-error")) == 1
    assert len(await tab.texts("form[action='/forms/question'] .field-error")) == 1
    assert await tab.evaluate(VALUES) == ["", "nobody", "Why?"]


async def test_a_refused_field_has_the_focus_and_its_error_in_the_accessibility_tree(
    tab: ChromiumTab,
) -> None:
    await tab.open("/")
    assert await tab.role("#name") == ("textbox", "Your name")
    assert await tab.texts(".field-error") == []
    assert not await tab.evaluate(INVALID, "#name")
    await tab.click("main form[action='/'] button")
    await tab.wait_for(FOCUSED, "#name")
    assert (await tab.description("#name")).startswith(f"{await tab.text('.field-error')} ")
    assert await tab.evaluate(INVALID, "#name")
    assert (await tab.evaluate("document.title")).startswith("Error: ")
    await tab.reload()
    assert await tab.texts(".field-error") == []
    assert not await tab.evaluate(INVALID, "#name")


async def test_the_keyboard_skips_to_the_content(tab: ChromiumTab) -> None:
    await tab.open("/fetch")
    await tab.press("Tab")
    assert await tab.evaluate(FOCUSED, ".skip-link")
    await tab.press("Enter")
    await tab.wait_for(FOCUSED, "main")


async def test_b4_login_and_logout_show_their_messages_and_nobody_elses(tab: ChromiumTab) -> None:
    await log_in(tab, "Ada", "guess")
    assert await tab.evaluate(VALUES) == ["Ada", ""], "the password was not flashed"
    (error,) = await tab.texts(".field-error")
    description, invalid = await tab.description("#password"), "#password[aria-invalid=true]"
    assert description.startswith(f"{error} ")  # and the hint of the field
    assert len(await tab.texts(invalid)) == 1
    await tab.reload()
    assert (await tab.evaluate(VALUES), await tab.texts(invalid)) == (["", ""], [])
    await log_in(tab, "Ada")
    await has_messages(tab, "Ada")
    await tab.reload()
    assert "Ada" in await tab.text(".user")
    assert await tab.texts(".flash") == []
    await tab.evaluate(LEAVE_MESSAGE)
    await log_out(tab)
    await has_messages(tab, "Ada")
    await log_in(tab, "Bob")
    await has_messages(tab, "Bob")


async def test_6_a_logout_during_a_slow_fetch_stays_a_logout(
    tab: ChromiumTab, server: Server
) -> None:
    await log_in(tab, "Ada")
    await tab.open("/login")
    await tab.click("form[action='/slow'] button", wait=False)
    await server.arrival("/slow")
    await log_out(tab)
    await has_messages(tab, "Ada")
    assert server.requests("/slow")[0].status is None, "the response is not ready yet"
    after_logout = await tab.browser.cookies()
    assert (await server.response("/slow")).status == 200
    await tab.open("/login")
    assert await tab.texts(".user") == []
    assert (await tab.browser.cookies()).items() <= after_logout.items()


async def test_a_page_from_the_cache_shows_its_message(tab: ChromiumTab, server: Server) -> None:
    await tab.open("/more")
    await tab.click("main a[href='/cached']")
    await tab.click("main form button", wait=False)
    await tab.wait_for_texts("output", "Your vote was counted.")
    assert await tab.texts(".flash") == []
    await tab.click("main a[href='/cached']")
    await has_messages(tab, "cache")
    assert len(server.requests("/cached")) == 1


@pytest.mark.parametrize("version", ["2", "4"])
async def test_htmx_shows_a_message_after_a_fragment_and_after_a_redirect(
    tab: ChromiumTab, version: str
) -> None:
    need_libraries()
    await tab.open(f"/htmx/{version}")
    await tab.click("[hx-post='/htmx/note']", wait=False)
    await has_messages(tab, "saved")
    assert "Saved at" in await tab.text("#note")
    await tab.click("[hx-post='/htmx/refuse']", wait=False)
    await has_messages(tab, "saved", "short")
    await tab.click("[hx-post='/htmx/leave']")
    await has_messages(tab, "htmx")
    assert await tab.text("h1") == "Articles"


async def test_turbo_shows_a_message_after_a_redirect_a_refusal_and_a_stream(
    tab: ChromiumTab,
) -> None:
    need_libraries()
    await tab.open("/turbo")
    await tab.evaluate("(window.kept = true)")
    await tab.click("form[action='/turbo'] button", wait=False)
    await has_messages(tab, "enter your name")
    await tab.fill("#name", "Ada")
    await tab.click("form[action='/turbo'] button", wait=False)
    await has_messages(tab, "Ada")
    await tab.click("form[action='/turbo/stream'] button", wait=False)
    await has_messages(tab, "Ada", "added")
    assert len(await tab.texts("#names li")) == 1
    assert await tab.evaluate("kept") is True


async def test_an_export_shows_its_message_on_the_page_that_is_open_by_then(
    tab: ChromiumTab,
) -> None:
    await tab.open("/export")
    await tab.click("form[action='/export'] button")
    assert await tab.evaluate("location.pathname") == "/login"
    await log_in(tab, "Ada")
    await tab.open("/export")
    await tab.click("form[action='/export'] button")
    await tab.wait_for_texts(".flash [role]", "The export has started.")
    await tab.open("/tabs")
    await tab.wait_for_texts(".flash [role]", "Your export is ready.")
