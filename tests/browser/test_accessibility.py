"""What a keyboard reaches and a screen reader says, and that text never becomes markup."""

from __future__ import annotations

import pytest

from .chromium import Page, expect

SCRIPT = "<script>document.title = 'taken'</script>"


async def publish(page: Page, title: str) -> None:
    """Publish an article, which redirects back to the list."""
    await page.goto("/articles")
    await page.get_by_label("Title").fill(title)
    await page.get_by_role("button", name="Publish").click()


async def ping(page: Page, category: str) -> None:
    """Let the script of the page fetch a message of this category."""
    await page.get_by_role("radio", name=category).check()
    await page.get_by_role("main").get_by_role("button", name="Ping").click()


async def test_a_success_is_a_status_and_interrupts_nobody(page: Page) -> None:
    await publish(page, "Bread")
    flash = page.locator(".flash")
    await expect(flash).to_have_role("status")
    await expect(flash).to_have_text("“Bread” is published.")
    live = page.locator("[role=alert], [role=status], [aria-live]")
    assert await live.locator("[role=alert], [role=status], [aria-live]").count() == 0


@pytest.mark.parametrize(
    ("category", "region"),
    [("error", "#live-alert"), ("success", "#live-status"), ("warning", "#live-status")],
)
async def test_a_message_that_a_script_adds_lands_in_a_live_region_that_was_there(
    page: Page, category: str, region: str
) -> None:
    await page.goto("/ping")
    live = page.locator(region)
    await expect(live).to_have_role("alert" if region == "#live-alert" else "status")
    await expect(live).to_be_empty()
    await ping(page, category)
    await expect(live.locator(f".flash-{category}")).to_contain_text(f"as {category}.")


async def test_a_field_that_was_refused_has_the_focus_and_says_what_is_wrong(page: Page) -> None:
    await page.goto("/")
    field = page.get_by_label("Your name")
    await expect(field).not_to_have_attribute("aria-invalid", "true")
    await page.get_by_role("button", name="Say hello").click()
    await expect(field).to_be_focused()
    await expect(field).to_have_attribute("aria-invalid", "true")
    await expect(field).to_have_accessible_description("Name is required")
    await expect(page).to_have_title("Error: Hello · Flashbag demo")
    await page.reload()
    await expect(field).not_to_have_attribute("aria-invalid", "true")
    await expect(field).to_have_accessible_description("")


async def test_the_hint_of_a_field_is_read_beside_its_error(page: Page) -> None:
    await page.goto("/login")
    field = page.get_by_label("Password")
    await expect(field).to_have_accessible_description("It is “demo”")
    await page.get_by_role("main").get_by_role("button", name="Log in").click()
    await expect(field).to_have_attribute("aria-invalid", "true")
    await expect(field).to_have_accessible_description("The password is “demo” It is “demo”")


async def test_the_keyboard_skips_to_the_content_and_dismisses_messages(page: Page) -> None:
    await page.goto("/ping")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("main")).to_be_focused()
    for _ in range(2):
        await page.evaluate("fetch('/api/preload', {method: 'POST'}).then((r) => r.text())")
    await page.reload()
    await expect(page.locator(".flash")).to_have_count(2)
    dismiss = page.get_by_role("button", name="Dismiss this message")
    await dismiss.first.focus()
    await page.keyboard.press("Enter")
    await expect(page.locator(".flash")).to_have_count(1)
    await expect(dismiss).to_be_focused()
    await page.keyboard.press("Space")
    await expect(page.locator(".flash")).to_have_count(0)
    await expect(page.get_by_role("main")).to_be_focused()


async def test_a_script_in_a_title_is_shown_as_text(page: Page) -> None:
    await publish(page, SCRIPT)
    await expect(page.locator(".flash")).to_have_text(f"“{SCRIPT}” is published.")
    await expect(page.get_by_role("heading", level=3)).to_have_text(SCRIPT)
    await expect(page).to_have_title("Articles · Flashbag demo")
    await page.get_by_role("button", name="Delete").click()
    await expect(page.locator(".flash")).to_have_text(f"“{SCRIPT}” is deleted.")
    await expect(page).to_have_title("Articles · Flashbag demo")
