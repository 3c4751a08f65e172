"""Login and logout in a browser: their messages arrive, and an ended session stays ended."""

from __future__ import annotations

from .chromium import Page, expect
from .conftest import Open
from .server import Server


async def log_in(page: Page, name: str = "Ada", password: str = "demo") -> None:
    """Fill the login form and send it."""
    await page.goto("/login")
    await page.get_by_label("Name").fill(name)
    await page.get_by_label("Password").fill(password)
    await page.get_by_role("main").get_by_role("button", name="Log in").click()


async def log_out(page: Page) -> None:
    """By the button in the header."""
    await page.get_by_role("banner").get_by_role("button", name="Log out").click()


async def session_cookie(page: Page) -> str | None:
    """The value of the session's cookie."""
    jar = await page.context.cookies()
    return next((cookie.get("value") for cookie in jar), None)


async def test_b4_login_and_logout_each_show_their_message_once(page: Page) -> None:
    await log_in(page)
    await expect(page.locator(".flash")).to_have_text(["Welcome, Ada!"])
    await page.reload()
    await expect(page.get_by_role("banner")).to_contain_text("Logged in as Ada")
    await expect(page.locator(".flash")).to_have_count(0)
    await log_out(page)
    await expect(page.locator(".flash")).to_have_text(["Goodbye, Ada."])
    await page.reload()
    await expect(page.get_by_role("heading", name="Log in")).to_be_visible()
    await expect(page.locator(".flash")).to_have_count(0)


async def test_b4_what_waited_for_one_user_is_not_shown_to_the_next(page: Page) -> None:
    await log_in(page)
    await expect(page.locator(".flash")).to_have_text(["Welcome, Ada!"])
    await page.evaluate("fetch('/api/preload', {method: 'POST'}).then((r) => r.text())")
    await log_out(page)
    await expect(page.locator(".flash")).to_have_text(["Goodbye, Ada."])
    await log_in(page, "Bob")
    await expect(page.locator(".flash")).to_have_text(["Welcome, Bob!"])


async def test_two_browsers_share_no_messages(page: Page, visitor: Open, demo: Server) -> None:
    other = await (await visitor(demo)).new_page()
    await log_in(page)
    await other.goto("/articles")
    await expect(other.locator(".flash")).to_have_count(0)
    await expect(page.locator(".flash")).to_have_text(["Welcome, Ada!"])


async def test_a_refused_login_says_why_and_forgets_the_password(page: Page) -> None:
    await log_in(page, "Ada", "guess")
    await expect(page.get_by_label("Name")).to_have_value("Ada")
    await expect(page.get_by_label("Password")).to_have_value("")
    await expect(page.get_by_label("Password")).to_have_attribute("aria-invalid", "true")
    await page.reload()
    await expect(page.get_by_label("Name")).to_have_value("")
    await expect(page.get_by_label("Password")).not_to_have_attribute("aria-invalid", "true")


async def test_b1_a_logout_with_a_slow_fetch_in_flight_stays_a_logout(
    page: Page, demo: Server
) -> None:
    await log_in(page)
    await page.goto("/login")
    await page.get_by_role("button", name="Start a slow request").click()
    await demo.arrival("/slow")
    await log_out(page)
    await expect(page.locator(".flash")).to_have_text(["Goodbye, Ada."])
    assert demo.requests("/slow")[0].status is None, "it is still in flight"
    after_logout = await session_cookie(page)
    assert (await demo.answer("/slow")).status == 200
    await page.goto("/login")
    await expect(page.get_by_role("heading", name="Log in")).to_be_visible()
    await expect(page.get_by_text("Logged in as")).to_have_count(0)
    assert await session_cookie(page) in (after_logout, None)
