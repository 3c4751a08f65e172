"""What a keyboard reaches and a screen reader says, and that text never becomes markup."""

from __future__ import annotations

import pytest

from .engines import ChromiumTab, Tab
from .steps import leave_message, ping, publish

SCRIPT = "<script>document.title = 'taken'</script>"
LIVE = "[role=alert], [role=status], [aria-live]"
NAME, PASSWORD = "#name", "#password"
SAY_HELLO = "main form[action='/'] button"
LOG_IN = "main form[action='/login'] button"
DISMISS = ".flash-close"
FOCUSED = "css => document.activeElement.matches(css)"
INVALID = "css => document.querySelector(css).getAttribute('aria-invalid') === 'true'"
DESCRIPTION = """css => document.querySelector(css).getAttribute("aria-describedby")?.split(" ")
  .map(id => document.getElementById(id).innerText.trim()).join(" ") ?? \"\""""

only_chromium = pytest.mark.parametrize("engine", ["chromium"], indirect=True)


async def test_a_success_is_a_status_and_interrupts_nobody(tab: Tab) -> None:
    await publish(tab)
    await tab.wait_for_texts(".flash [role]", "“Bread” is published.")
    assert await tab.has_role(".flash [role]", "status")
    assert await tab.texts(f":is({LIVE}) :is({LIVE})") == []


@pytest.mark.parametrize(
    ("category", "role"), [("error", "alert"), ("success", "status"), ("warning", "status")]
)
async def test_a_message_that_a_script_adds_lands_in_a_live_region(
    tab: Tab, category: str, role: str
) -> None:
    await tab.open("/ping")
    await ping(tab, category)
    live = f".flash-{category} [role]"
    await tab.wait_for("css => document.querySelector(css)?.textContent", live)
    assert await tab.has_role(live, role)
    assert f"as {category}." in await tab.text(live)


async def test_a_field_that_was_refused_has_the_focus_and_says_what_is_wrong(tab: Tab) -> None:
    await tab.open("/")
    assert await tab.has_role(NAME, "textbox", "Your name")
    assert not await tab.evaluate(INVALID, NAME)
    await tab.click(SAY_HELLO)
    await tab.wait_for(FOCUSED, NAME)
    assert await tab.evaluate(INVALID, NAME)
    assert await tab.evaluate(DESCRIPTION, NAME) == "Name is required"
    assert await tab.evaluate("document.title") == "Error: Hello · Flashbag demo"
    await tab.reload()
    assert not await tab.evaluate(INVALID, NAME)
    assert await tab.evaluate(DESCRIPTION, NAME) == ""


async def test_the_hint_of_a_field_is_read_beside_its_error(tab: Tab) -> None:
    await tab.open("/login")
    assert await tab.evaluate(DESCRIPTION, PASSWORD) == "It is “demo”"
    await tab.click(LOG_IN)
    assert await tab.evaluate(INVALID, PASSWORD)
    assert await tab.evaluate(DESCRIPTION, PASSWORD) == "The password is “demo” It is “demo”"


@only_chromium
async def test_the_error_and_the_hint_are_in_the_accessibility_tree(tab: ChromiumTab) -> None:
    await tab.open("/login")
    assert await tab.description(PASSWORD) == "It is “demo”"
    await tab.click(LOG_IN)
    assert await tab.description(PASSWORD) == "The password is “demo” It is “demo”"
    await tab.open("/")
    assert await tab.description(NAME) == ""
    await tab.click(SAY_HELLO)
    assert await tab.description(NAME) == "Name is required"


async def test_the_keyboard_skips_to_the_content_and_dismisses_messages(tab: Tab) -> None:
    await tab.open("/ping")
    await tab.press("Tab")
    assert await tab.evaluate(FOCUSED, ".skip-link")
    await tab.press("Enter")
    await tab.wait_for(FOCUSED, "main")
    for _ in range(2):
        await leave_message(tab)
    await tab.reload()
    assert len(await tab.texts(".flash")) == 2
    first = f".flash:nth-child(1) {DISMISS}"
    assert await tab.has_role(first, "button", "Dismiss this message")
    await tab.evaluate("css => document.querySelector(css).focus()", first)
    await tab.press("Enter")
    await tab.wait_for("document.querySelectorAll('.flash').length === 1")
    assert await tab.evaluate(FOCUSED, DISMISS)
    await tab.press("Space")
    await tab.wait_for("document.querySelectorAll('.flash').length === 0")
    assert await tab.evaluate(FOCUSED, "[data-flashes]")


async def test_a_script_in_a_title_is_shown_as_text(tab: Tab) -> None:
    await publish(tab, SCRIPT)
    await tab.wait_for_texts(".flash [role]", f"“{SCRIPT}” is published.")
    assert await tab.text("h3") == SCRIPT
    assert await tab.evaluate("document.title") == "Articles · Flashbag demo"
    await tab.click(".article button")
    await tab.wait_for_texts(".flash [role]", f"“{SCRIPT}” is deleted.")
    assert await tab.evaluate("document.title") == "Articles · Flashbag demo"
