"""`MemoryMailbox` leaves nothing behind, and threads may share it."""

from __future__ import annotations

import asyncio

from support.services import PATIENCE

from aiohttp_flashbag.mailbox import Mailbox, MemoryMailbox

from .claims import claim, release, show
from .places import Memory, Place

EMPTY = "<MemoryMailbox users=0>"


async def test_a_user_whose_mail_was_shown_or_cleared_leaves_nothing_behind(
    in_memory: Place,
) -> None:
    mailbox = in_memory.open()
    await mailbox.flash("ann", "1")
    await mailbox.flash("bob", "2")
    assert repr(mailbox) == "<MemoryMailbox users=2>"
    await show(mailbox, "ann")
    await mailbox.clear("bob")
    await claim(mailbox, "eve")
    assert repr(mailbox) == EMPTY


async def test_users_who_never_come_leave_nothing_behind(in_memory: Place) -> None:
    mailbox = in_memory.open(max_age=100)
    for user in range(10):
        await mailbox.flash(user, "1")
        if user == 5:
            await mailbox.flash(0, "2")  # moves behind the others
        await in_memory.let_pass(10)
    await in_memory.let_pass(45)
    await mailbox.flash("ann", "3")
    assert repr(mailbox) == "<MemoryMailbox users=7>"
    await in_memory.let_pass(100)
    assert await claim(mailbox, "ann") == []
    assert repr(mailbox) == EMPTY


async def test_a_claim_of_expired_mail_leaves_nothing_behind(in_memory: Memory) -> None:
    mailbox = in_memory.open(max_age=100)
    await mailbox.flash("ann", "1")
    await in_memory.let_pass(60)
    await mailbox.flash("ann", "2")
    claimed = await mailbox.claim("ann")
    await mailbox.settle("ann", [claimed.flashes[1].id])
    await release(mailbox, claimed)
    await in_memory.let_pass(60)
    assert await claim(mailbox) == []
    assert repr(mailbox) == EMPTY


async def test_threads_with_loops_of_their_own_share_a_mailbox() -> None:
    mailbox: Mailbox = MemoryMailbox(max_messages=1000)

    def work(worker: int) -> None:
        async def flash() -> None:
            for number in range(100):
                await mailbox.flash("ann", f"{worker}-{number}")

        asyncio.run(flash())

    async with mailbox.subscribe("ann") as subscription:
        await asyncio.gather(*(asyncio.to_thread(work, worker) for worker in range(4)))
        await asyncio.wait_for(subscription.wait(), PATIENCE)
    assert sorted(await claim(mailbox)) == sorted(f"{w}-{n}" for w in range(4) for n in range(100))


def test_a_subscription_of_a_closed_loop_does_not_disturb() -> None:
    mailbox = MemoryMailbox()
    subscribed = mailbox.subscribe("ann")
    first, second = asyncio.new_event_loop(), asyncio.new_event_loop()
    first.run_until_complete(subscribed.__aenter__())
    first.close()
    second.run_until_complete(mailbox.flash("ann", "1"))
    assert second.run_until_complete(mailbox.has_mail("ann"))
    second.run_until_complete(subscribed.__aexit__(None, None, None))
    second.close()
