"""T1: a record sees all that is pending, whichever tab it is for."""

from __future__ import annotations

from support.recording import Recorded, app_of, recorded
from support.tabs import TAB_ROUTES, Tab

from aiohttp_flashbag.testing import Flashes

__all__ = ["app_of", "recorded"]  # fixtures


async def test_what_is_for_another_tab_is_pending_too(recorded: Recorded) -> None:
    client, flashes = await recorded(*TAB_ROUTES)
    a, b = Tab(client, "/a"), Tab(client, "/b")
    in_a = await a.send("POST", "/save?text=A&to=/list")
    await b.click("/faq")
    assert flashes.shown == Flashes()
    assert await flashes.pending(client) == flashes.flashed
    await a.follow(in_a)
    assert flashes.shown.texts == ["A"]
    assert not await flashes.pending(client)


async def test_the_messages_of_two_tabs_are_pending_and_none_is_lost_by_looking(
    recorded: Recorded,
) -> None:
    client, flashes = await recorded(*TAB_ROUTES)
    tabs = {text: Tab(client, f"/{text}") for text in "ab"}
    redirects = {
        text: await tab.send("POST", f"/save?text={text}&to=/list") for text, tab in tabs.items()
    }
    found = await flashes.pending(client)
    assert found.texts == ["a", "b"]
    assert found.values == {"error": "b"}
    for text, tab in tabs.items():
        flashes.clear()
        await tab.follow(redirects[text])
        assert flashes.shown.values == {"error": text}


async def test_what_is_seeded_is_for_every_tab(recorded: Recorded) -> None:
    client, flashes = await recorded(*TAB_ROUTES)
    await flashes.seed(client, values={"error": "Taken"}, messages=["Saved"])
    seen = await Tab(client, "/b").click("/faq")
    assert (seen["value"], seen["messages"]) == ("Taken", ["Saved"])
