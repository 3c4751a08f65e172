"""What a visitor does at the demo."""

from __future__ import annotations

from .engines import Tab

LEFT = "Preloaded or not, here is your message."
PING = "main form[action='/ping'] button"


async def publish(tab: Tab, title: str = "Bread", text: str = "") -> None:
    """Publish an article, which redirects back to the list."""
    await tab.open("/articles")
    await tab.fill("#title", title)
    await tab.fill("#body", text)
    await tab.click("form[action='/articles'] button")


async def leave_message(tab: Tab) -> str:
    """Let the page flash a message by a fetch that does not show it."""
    await tab.evaluate("fetch('/api/preload', {method: 'POST'}).then(r => r.text())")
    return LEFT


async def ping(tab: Tab, category: str = "success") -> None:
    """Let the script of the page fetch a message of this category, and show it."""
    await tab.click(f"input[value={category}]", wait=False)
    await tab.click(PING, wait=False)
    await tab.wait_for("css => document.querySelector(css)", f".flash-{category}")


async def log_in(tab: Tab, name: str = "Ada", password: str = "demo") -> None:
    """Fill the login form and send it."""
    await tab.open("/login")
    await tab.fill("#name", name)
    await tab.fill("#password", password)
    await tab.click("main form[action='/login'] button")


async def log_out(tab: Tab) -> None:
    """By the button in the header."""
    await tab.click(".site-header form[action='/logout'] button")
