"""What a request does with mail."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp_flashbag.flash import Flash, ids
from aiohttp_flashbag.mailbox import Claim, Mailbox


def texts(flashes: Sequence[Flash]) -> list[str]:
    """Return the texts of these messages."""
    return [flash.content["m"] for flash in flashes]


async def claim(mailbox: Mailbox, user: str | int = "ann") -> list[str]:
    """Claim mail and return its texts."""
    return texts((await mailbox.claim(user)).flashes)


async def show(mailbox: Mailbox, user: str | int = "ann") -> list[str]:
    """Claim mail, settle it as if it was shown, and return its texts."""
    claimed = await mailbox.claim(user)
    await mailbox.settle(user, ids(claimed.flashes))
    return texts(claimed.flashes)


async def release(mailbox: Mailbox, claimed: Claim, user: str | int = "ann") -> None:
    """Release all the mail of a claim."""
    await mailbox.release(user, ids(claimed.flashes), claimed.owner)
