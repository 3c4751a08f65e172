"""Three tabs that send forms and go on at random: each sees all of its own, and nothing else."""

from __future__ import annotations

import random
from itertools import count

import pytest
from aiohttp import ClientResponse
from support.apps import Client, Start, answer_of
from support.clock import Clock
from support.tabs import NOTHING, TAB_ROUTES, Tab, all_of

STEPS, MOST = 60, 2
TARGETS = ("/list", "/final", "/hop%3Fto=/list", "/hop%3Fto=/hop%3Fto=/final")


class Life:
    """A tab that is on its form again after each step, and what it has flashed and not seen."""

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
        assert await answer_of(await self.tab.follow(redirect)) == expected
        self.tab.page, self.texts, self.redirect = self.form, [], None


@pytest.mark.parametrize("seed", range(4))
async def test_t1_to_t3_each_tab_sees_its_own(
    start: Start, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    Clock.start(monkeypatch, tick=1000)
    client, chance, numbers = await start(*TAB_ROUTES), random.Random(seed), count(100)
    await client.post("/login?user=alice")
    lives = [Life(client, path) for path in ("/a", "/b", "/c")]
    for _ in range(STEPS):
        life = chance.choice(lives)
        if len(life.texts) < MOST and chance.random() < 0.6:
            await life.submit(str(next(numbers)), chance.choice(TARGETS))
        elif chance.random() < 0.8:
            await life.go_on()
        else:
            assert await Tab(client).type("/faq") == NOTHING
    for life in lives:
        await life.go_on()
    assert await answer_of(await client.get("/faq")) == NOTHING
