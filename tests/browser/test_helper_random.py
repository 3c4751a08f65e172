"""Messages flashed at random moments to a page that the user reloads, leaves and takes offline."""

from __future__ import annotations

import asyncio
import os
import random

import pytest

from .conftest import Serve, Visit
from .engines import ChromiumTab, Tab
from .pages import COLLECT, ENDPOINT, add, helper_app, page
from .server import Server

MESSAGES = int(os.environ.get("FLASHES", "100"))
"""How many messages are flashed. Set the variable to try more."""
IN_A_ROUND = 5
LINKS = '<a id="first" href="/first">First</a> <a id="second" href="/second">Second</a>'
PAGES = (page("first", LINKS), page("second", LINKS), page("other", scripts=0))
RECORD = """addEventListener("flash", ({detail}) => {
  localStorage.recorded = (localStorage.recorded ?? "") + detail.message + ",";
})"""
ONLINE = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}


async def take_offline(tab: ChromiumTab, seconds: float) -> None:
    await tab.send("Network.emulateNetworkConditions", **{**ONLINE, "offline": True})
    await tab.evaluate("void flashbag.collect()")
    await asyncio.sleep(seconds)
    await tab.send("Network.emulateNetworkConditions", **ONLINE)


async def follow(tab: Tab, link: str) -> None:
    """Follow a link by a script, because messages that appear move the links."""
    await tab.run(f"document.querySelector('{link}').click()")


async def act(tab: ChromiumTab, chance: random.Random) -> None:
    """Do one thing that a user, a script or the network does."""
    action = chance.choice(["reload", "link", "back", "offline", "collect"])
    if action == "reload":
        await tab.reload()
    elif action == "link":
        await follow(tab, chance.choice(["#first", "#second"]))
    elif action == "back":
        is_first = await tab.evaluate("location.pathname") == "/first"
        await follow(tab, "#second" if is_first else "#first")
        await tab.back(wait=False)
        await tab.wait_for("document.readyState === 'complete' && 'flashbag' in window")
    elif action == "offline":
        await take_offline(tab, chance.uniform(0, 0.1))
    else:
        await tab.evaluate("void flashbag.collect()")


async def add_messages(tab: Tab, numbers: range, chance: random.Random) -> None:
    for number in numbers:
        await asyncio.sleep(chance.uniform(0, 0.1))
        await add(tab, str(number))


@pytest.mark.parametrize("seed", [1])
async def test_each_message_is_shown_once_whatever_the_page_does(
    serve: Serve, visit: Visit, seed: int
) -> None:
    chance = random.Random(seed)
    server: Server = await serve(helper_app(*PAGES))
    browser = await visit(server)
    tab, other = await browser.new_tab(), await browser.new_tab()
    assert isinstance(tab, ChromiumTab)
    await tab.send("Network.enable")
    await tab.send("Page.addScriptToEvaluateOnNewDocument", source=RECORD)
    await tab.open("/first")
    await other.open("/other")
    for first in range(0, MESSAGES, IN_A_ROUND):
        adding = asyncio.create_task(add_messages(other, range(first, first + IN_A_ROUND), chance))
        while not adding.done():
            await act(tab, chance)
        await adding
        await tab.evaluate(COLLECT)
    for _ in range(3):
        await tab.evaluate(COLLECT)
        await tab.reload()
    recorded = (await tab.evaluate("localStorage.recorded")).split(",")[:-1]
    assert sorted(map(int, recorded)) == list(range(MESSAGES))
    assert len(server.requests(ENDPOINT)) < 4 * MESSAGES
