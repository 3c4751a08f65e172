"""A subscription tells that mail may be pending (U6), in every place."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from support.services import PATIENCE

from aiohttp_flashbag.mailbox import Mailbox, Subscription

from .claims import release, show


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


class Loop:
    """Stands for the time that a subscription waits: each wait ends, and is noted."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, waits: int) -> None:
        self.pauses: list[float | None] = []
        self.left = waits
        self.real = asyncio.wait_for
        monkeypatch.setattr(asyncio, "wait_for", self.wait_for)

    async def wait_for(self, waiting: Awaitable[bool], timeout: float | None) -> bool:
        if timeout is None:
            return await self.real(waiting, PATIENCE)
        self.pauses.append(timeout)
        waiting.close()  # type: ignore[attr-defined]
        if len(self.pauses) > self.left:
            raise ConnectionAbortedError  # ends the test
        raise asyncio.TimeoutError


def always(result: bool | Exception) -> Callable[[], Awaitable[bool]]:
    async def has_mail() -> bool:
        if isinstance(result, Exception):
            raise result
        return result

    return has_mail


async def test_mail_that_nobody_shows_is_announced_again_at_growing_intervals(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    subscription = Subscription(always(True), pause=6)
    loop = Loop(monkeypatch, waits=8)
    with pytest.raises(ConnectionAbortedError):
        while True:
            await subscription.wait()
    assert loop.pauses == [6, 12, 24, 48, 96, 192, 300, 300, 300]


async def test_a_mailbox_that_cannot_be_asked_is_asked_again_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    subscription = Subscription(always(OSError()), pause=6)
    loop = Loop(monkeypatch, waits=2)
    with pytest.raises(ConnectionAbortedError):
        await subscription.wait()
    assert loop.pauses == [6, 12, 24]
