"""Login and logout in a browser: their messages arrive, and an ended session stays ended."""

from __future__ import annotations

from .conftest import Visit
from .engines import Tab
from .server import Server
from .steps import leave_message, log_in, log_out

SLOW = "form[action='/slow'] button"


async def session_cookie(tab: Tab) -> str | None:
    """The value of the session's cookie."""
    return next(iter((await tab.browser.cookies()).values()), None)


async def test_b4_login_and_logout_each_show_their_message_once(tab: Tab) -> None:
    await log_in(tab)
    await tab.wait_for_texts(".flash [role]", "Welcome, Ada!")
    await tab.reload()
    await tab.wait_for_texts(".user", "Logged in as Ada")
    assert await tab.texts(".flash") == []
    await log_out(tab)
    await tab.wait_for_texts(".flash [role]", "Goodbye, Ada.")
    await tab.reload()
    assert await tab.text("h1") == "Log in"
    assert await tab.texts(".flash") == []


async def test_b4_what_waited_for_one_user_is_not_shown_to_the_next(tab: Tab) -> None:
    await log_in(tab)
    await tab.wait_for_texts(".flash [role]", "Welcome, Ada!")
    await leave_message(tab)
    await log_out(tab)
    await tab.wait_for_texts(".flash [role]", "Goodbye, Ada.")
    await log_in(tab, "Bob")
    await tab.wait_for_texts(".flash [role]", "Welcome, Bob!")


async def test_two_browsers_share_no_messages(tab: Tab, visit: Visit, demo: Server) -> None:
    other = await (await visit(demo)).new_tab()
    await log_in(tab)
    await other.open("/articles")
    assert await other.texts(".flash") == []
    await tab.wait_for_texts(".flash [role]", "Welcome, Ada!")


async def test_a_refused_login_says_why_and_forgets_the_password(tab: Tab) -> None:
    values = "[...document.querySelectorAll('#name, #password')].map(field => field.value)"
    wrong = "document.querySelector('#password').getAttribute('aria-invalid')"
    await log_in(tab, "Ada", "guess")
    assert await tab.evaluate(values) == ["Ada", ""]
    assert await tab.evaluate(wrong) == "true"
    assert await tab.texts(".field-error") == ["The password is “demo”"]
    await tab.reload()
    assert await tab.evaluate(values) == ["", ""]
    assert await tab.evaluate(wrong) is None


async def test_b1_a_logout_with_a_slow_fetch_in_flight_stays_a_logout(
    tab: Tab, demo: Server
) -> None:
    await log_in(tab)
    await tab.open("/login")
    await tab.click(SLOW, wait=False)
    await demo.arrival("/slow")
    await log_out(tab)
    await tab.wait_for_texts(".flash [role]", "Goodbye, Ada.")
    assert demo.requests("/slow")[0].status is None, "it is still in flight"
    after_logout = await session_cookie(tab)
    assert (await demo.answer("/slow")).status == 200
    await tab.open("/login")
    assert await tab.text("h1") == "Log in"
    assert await tab.texts(".user") == []
    assert await session_cookie(tab) in (after_logout, None)
