"""`Mailbox`, the interface of all mailboxes."""

from __future__ import annotations

import abc
import secrets
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias

from ..copies import Copies, clean
from ..flash import Flash
from ..log import logger
from ..message import content_of
from ..redis_client import check_max_age
from .subscription import Subscription, Subscriptions

User: TypeAlias = str | int
"""A user id. 7 and "7" are the same user."""

_COPIES = Copies()
SECOND = 1_000_000  # microseconds


@dataclass(frozen=True, slots=True)
class Claim:
    """The mail that a request may show, until its lease ends."""

    flashes: Sequence[Flash] = ()
    """The messages, oldest first."""
    owner: str = ""
    """Whose claim it is. Only this owner can release the mail."""
    retry_after: float | None = None
    """The seconds until a lease ends that holds other mail of this user; None if there is none."""


class Mailbox(abc.ABC):
    """Messages for users, sent from outside their requests.

    `max_messages` may be pending for a user, for at most `max_age` seconds. `lease` is how long a
    request may take to show the mail that it claimed, in seconds. Use the same options in all
    processes.
    """

    def __init__(self, *, max_messages: int, max_age: int, lease: float) -> None:
        check_number("max_messages", max_messages, int)
        check_number("max_age", max_age, int)
        check_number("lease", lease, float)
        check_max_age(max_age)
        self._max_messages = max_messages
        self._max_age = max_age * SECOND
        self._lease = int(lease * SECOND)
        self._subscriptions = Subscriptions()

    async def flash(
        self,
        user: User,
        message: object,
        category: str = "success",
        *,
        key: str | None = None,
        **data: Any,
    ) -> None:
        """Show `message` to this user, once, on the next page or on an open one.

        `user` is the id that `identify` returns for their requests, a str or an int. 7 and "7" are
        the same user. The message replaces a pending one with the same `key`, so that only the
        newest "Export: 60 %" is shown. Everything else is as in `aiohttp_flashbag.flash`.

        Raises TypeError if an argument has the wrong type or `data` cannot be stored, ValueError if
        `user` is empty. If the mailbox cannot be reached, the error of its client propagates, or
        TimeoutError: try again later, with a `key`, so that the message cannot appear twice.
        """
        name = user_name(user)
        if key is not None and not isinstance(key, str):
            raise TypeError(f"The key of a message must be a str or None, not {key!r:.80}.")
        content = content_of(message, category, data, copies=_COPIES, to="user")
        dropped = await self._put(name, None if key is None else clean(key), content)
        if dropped:
            logger.warning(
                "More than max_messages=%d messages are pending in a user's mailbox: dropped the "
                "oldest %d.",
                self._max_messages,
                dropped,
            )

    async def clear(self, user: User) -> None:
        """Drop all mail of this user, including claimed mail. Raises the same errors as `flash`."""
        await self._clear(user_name(user))

    async def claim(self, user: User) -> Claim:
        """Claim all pending mail of this user until the lease ends. Others do not see it."""
        return await self._claim(user_name(user), secrets.token_hex(8))

    async def release(self, user: User, ids: Iterable[str], owner: str) -> None:
        """Make claimed mail pending again, because it was not shown.

        `owner` is `claim.owner`. If another request has claimed the mail later, nothing changes.
        """
        name = user_name(user)
        if mail := _clean(ids):
            await self._release(name, mail, owner)

    async def settle(self, user: User, ids: Iterable[str]) -> None:
        """Remove mail that was shown. Unknown ids have no effect."""
        name = user_name(user)
        if mail := _clean(ids):
            await self._settle(name, mail)

    async def has_mail(self, user: User) -> bool:
        """Return whether this user has mail, pending or claimed."""
        return await self._has_mail(user_name(user))

    @asynccontextmanager
    async def subscribe(self, user: User) -> AsyncIterator[Subscription]:
        """Yield a subscription that tells when mail of this user may be pending."""
        name = user_name(user)
        subscription = Subscription(lambda: self._has_mail(name), self._lease / SECOND + 1)
        try:
            with self._subscriptions.adding(name, subscription):
                self._start_listening()
                yield subscription
        finally:
            if not self._subscriptions:
                await self._stop_listening()

    @abc.abstractmethod
    async def _put(self, user: str, key: str | None, content: dict[str, Any]) -> int:
        """Add a pending message. Returns how many old ones were dropped for it."""

    @abc.abstractmethod
    async def _clear(self, user: str) -> None: ...

    @abc.abstractmethod
    async def _claim(self, user: str, owner: str) -> Claim: ...

    @abc.abstractmethod
    async def _release(self, user: str, ids: Sequence[str], owner: str) -> None: ...

    @abc.abstractmethod
    async def _settle(self, user: str, ids: Sequence[str]) -> None: ...

    @abc.abstractmethod
    async def _has_mail(self, user: str) -> bool: ...

    def _start_listening(self) -> None:  # noqa: B027  # only mail outside this process needs it
        """Wake subscriptions from now on. Called once for each subscription."""

    async def _stop_listening(self) -> None:  # noqa: B027
        """Stop waking subscriptions, because none is left."""


def _clean(ids: Iterable[str]) -> list[str]:
    """Return ids that any client can encode. Browsers report them, so they may be anything."""
    return [clean(mail_id) for mail_id in ids]


def user_name(user: object) -> str:
    """Return the text of a user id. Raises TypeError or ValueError if it is unsuitable."""
    if not isinstance(user, str | int) or isinstance(user, bool):
        raise TypeError(
            f"The user of a mailbox must be a str or an int, not {user!r:.80} of type "
            f"{type(user).__name__}. Pass the id that identify(request) returns, such as "
            f"str(user.id)."
        )
    name = str.__str__(user) if isinstance(user, str) else int.__repr__(user)
    if not name:
        raise ValueError('The user of a mailbox must not be "". Pass the id of the user.')
    if clean(name) != name:
        raise ValueError(f"The user of a mailbox must be valid Unicode, not {name!r:.80}.")
    return name


def check_number(name: str, value: object, kind: type[int] | type[float]) -> None:
    """Raise TypeError if an option is not a number of this kind, ValueError if it is too small.

    An int must be at least 1, a float above 0.
    """
    if isinstance(value, bool) or not isinstance(value, int if kind is int else int | float):
        wanted = "an int" if kind is int else "a number of seconds"
        raise TypeError(
            f"{name} must be {wanted}, not {value!r:.80} of type {type(value).__name__}."
        )
    if not 0 < value < float("inf"):
        raise ValueError(f"{name} must be above 0 and finite, not {value}.")
