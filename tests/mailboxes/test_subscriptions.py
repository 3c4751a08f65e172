"""A subscription tells that mail may be pending (U6), in every place."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from support.services import PATIENCE

from aiohttp_flashbag.mailbox import Mailbox, Subscription

from .claims import release, show
from .places import Place


@pytest.fixture
async def mailbox(place: Place) -> Mailbox:
    """A mailbox whose subscriptions do not look by themselves during the test."""
    return place.open(lease=1000)


async def hears(subscription: Subscription) -> None:
    """Fail if the subscription is not woken in time."""
    await asyncio.wait_for(subscription.wait(), PATIENCE)


async def is_quiet(subscription: Subscription) -> bool:
    """Return whether the subscription has nothing to tell, after it had time to look."""
    waiting = asyncio.ensure_future(subscription.wait())
    done, _ = await asyncio.wait([waiting], timeout=0.1)
    waiting.cancel()
    await asyncio.wait([waiting])
    return not done


async def test_mail_wakes_the_subscriptions_of_its_user(mailbox: Mailbox) -> None:
    async with (
        mailbox.subscribe("ann") as one,
        mailbox.subscribe("ann") as two,
        mailbox.subscribe("bob") as other,
    ):
        waiting = [asyncio.create_task(hears(subscription)) for subscription in (one, two)]
        await asyncio.sleep(0)
        await mailbox.flash("ann", "Export ready.")
        await asyncio.gather(*waiting)
        assert await is_quiet(other)


async def test_mail_that_came_before_wakes_a_new_subscription(mailbox: Mailbox) -> None:
    await mailbox.flash("ann", "Export ready.")
    async with mailbox.subscribe("ann") as subscription:
        await hears(subscription)


async def test_released_mail_wakes_subscriptions(mailbox: Mailbox) -> None:
    async with mailbox.subscribe("ann") as subscription:
        await mailbox.flash("ann", "Export ready.")
        await hears(subscription)
        await show(mailbox)
        assert await is_quiet(subscription)
        await mailbox.flash("ann", "Export ready.")
        claimed = await mailbox.claim("ann")
        await hears(subscription)
        assert await is_quiet(subscription)
        await release(mailbox, claimed)
        await hears(subscription)


async def test_mail_that_was_shown_meanwhile_wakes_nobody(mailbox: Mailbox) -> None:
    async with mailbox.subscribe("ann") as subscription:
        await mailbox.flash("ann", "Export ready.")
        await show(mailbox)
        assert await is_quiet(subscription)


async def test_a_number_and_its_digits_hear_of_the_same_mail(mailbox: Mailbox) -> None:
    async with mailbox.subscribe(7) as subscription:
        await mailbox.flash("7", "Hello.")
        await hears(subscription)


class Timers:
    """Replaces `call_at`: notes each delay. The first timers ring at once, the others never."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, ringing: int) -> None:
        self.loop = asyncio.get_running_loop()
        self.delays: list[float] = []
        self.ringing = ringing
        self.real_call_at = self.loop.call_at
        monkeypatch.setattr(self.loop, "call_at", self.call_at)

    def call_at(self, when: float, callback: Callable[..., object], *args: Any) -> Any:
        self.delays.append(round(when - self.loop.time()))
        if len(self.delays) <= self.ringing:
            return self.loop.call_soon(callback, *args)
        return self.real_call_at(when + 1e6, callback, *args)

    async def done(self) -> None:
        """Return when the timers have rung."""
        for _ in range(1000):
            await asyncio.sleep(0)


def always(result: bool | Exception) -> Callable[[], Awaitable[bool]]:
    async def has_mail() -> bool:
        if isinstance(result, Exception):
            raise result
        return result

    return has_mail


async def listen_forever(subscription: Subscription) -> None:
    while True:
        await subscription.wait()


async def test_mail_that_nobody_shows_is_announced_again_at_growing_intervals(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    timers = Timers(monkeypatch, ringing=8)
    subscription = Subscription(always(True), pause=6)
    listening = asyncio.create_task(listen_forever(subscription))
    await timers.done()
    assert timers.delays == [6, 12, 24, 48, 96, 192, 300, 300, 300]
    subscription.wake()
    timers.ringing = 9
    await timers.done()
    assert timers.delays[9:] == [6]
    listening.cancel()


async def test_a_mailbox_that_cannot_be_asked_is_asked_again_each_second(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    timers = Timers(monkeypatch, ringing=2)
    waiting = asyncio.create_task(Subscription(always(OSError()), pause=6).wait())
    await timers.done()
    assert timers.delays == [1, 1, 1]
    waiting.cancel()


async def test_a_wait_that_was_cancelled_does_not_postpone_the_next_look(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    timers = Timers(monkeypatch, ringing=0)
    subscription = Subscription(always(True), pause=6)
    await subscription.wait()
    now = timers.loop.time()
    for seconds in range(6):
        monkeypatch.setattr(timers.loop, "time", lambda seconds=seconds: now + seconds)
        waiting = asyncio.create_task(subscription.wait())
        await timers.done()
        waiting.cancel()
    assert timers.delays == [6, 5, 4, 3, 2, 1]


async def test_without_mail_it_does_not_look_again(monkeypatch: pytest.MonkeyPatch) -> None:
    timers = Timers(monkeypatch, ringing=0)
    waiting = asyncio.create_task(Subscription(always(False), pause=6).wait())
    await timers.done()
    assert timers.delays == []
    waiting.cancel()
