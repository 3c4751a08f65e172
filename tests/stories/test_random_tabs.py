"""Three tabs that send forms and go on at random: each reads its own flashes, and no others."""

from __future__ import annotations

import random
from itertools import count

import pytest
from aiohttp import ClientResponse
from aiohttp_session import AbstractStorage
from support.apps import Client, Start, answer_of, transport_beside
from support.clock import Clock
from support.tabs import NOTHING, TAB_ROUTES, Tab, all_of

STEPS, MOST_PENDING = 60, 2
TARGETS = ("/list", "/final", "/hop%3Fto=/list", "/hop%3Fto=/hop%3Fto=/final")


class BusyTab:
    """A tab that returns to its form after each page, and its texts that no page has shown."""

    def __init__(self, client: Client, path: str) -> None:
        self.tab = Tab(client, path)
        self.form = self.tab.page
        self.texts: list[str] = []
        self.redirect: ClientResponse | None = None

    async def submit(self, text: str, target: str) -> None:
        self.redirect = await self.tab.send("POST", f"/save?text={text}&to={target}")
        self.texts.append(text)

    async def go_on(self) -> None:
        """Follow the last redirect, or a link if there is none."""
        redirect = self.redirect or await self.tab.send("GET", "/faq")
        expected = all_of(self.texts[-1]) | {"messages": self.texts} if self.texts else NOTHING
        assert await self.tab.arrive(redirect) == expected
        self.tab.page, self.texts, self.redirect = self.form, [], None


@pytest.mark.parametrize("seed", range(3))
async def test_t1_to_t3_three_tabs_that_go_on_at_random_read_their_own(
    start: Start, storage: AbstractStorage, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    Clock.start(monkeypatch, tick=1000)
    # Own cookies have room for the flashes of all three tabs.
    own = hasattr(storage, "own_cookies")
    options = {"transport": transport_beside(storage, max_bytes=3000)} if own else {}
    client, chance, numbers = await start(*TAB_ROUTES, **options), random.Random(seed), count(100)
    await client.post("/login?user=alice")
    tabs = [BusyTab(client, path) for path in ("/a", "/b", "/c")]
    for _ in range(STEPS):
        tab = chance.choice(tabs)
        if len(tab.texts) < MOST_PENDING and chance.random() < 0.6:
            await tab.submit(str(next(numbers)), chance.choice(TARGETS))
        elif chance.random() < 0.8:
            await tab.go_on()
        else:
            assert await Tab(client).type("/faq") == NOTHING
    for tab in tabs:
        await tab.go_on()
    assert await answer_of(await client.get("/faq")) == NOTHING
