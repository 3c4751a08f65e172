"""Tell the open pages of this process that mail may be pending."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress

_LONGEST_PAUSE = 300.0  # seconds
_RETRY = 1.0  # seconds until it asks a mailbox again that could not be reached


class Subscription:
    """Tells one open page when mail may be pending for its user. It never tells the text.

    A worker or page may die after it has claimed the mail. So as long as mail is there, it is
    announced again, first after `pause` seconds and then at growing intervals.
    """

    def __init__(self, has_mail: Callable[[], Awaitable[bool]], pause: float) -> None:
        self._has_mail = has_mail
        self._loop = asyncio.get_running_loop()
        self._first_pause = pause
        self._has_mail_left = True  # as far as it knows
        self._woken = asyncio.Event()
        self._wake(pause)  # mail may have come before

    async def wait(self) -> None:
        """Return when mail may be pending, at once if it already is."""
        while True:
            await self._sleep()
            self._has_mail_left = True
            try:
                self._has_mail_left = await self._has_mail()
            except Exception:
                self._next_look = self._loop.time() + _RETRY
                continue
            if self._has_mail_left:
                return

    def wake(self) -> None:
        """Let `wait` look for mail. May be called from any thread."""
        with suppress(RuntimeError):  # its event loop is closed
            self._loop.call_soon_threadsafe(self._wake, self._first_pause)

    def _wake(self, next_pause: float) -> None:
        self._pause = next_pause
        self._next_look = self._loop.time() + next_pause
        self._woken.set()

    async def _sleep(self) -> None:
        """Wait until it is woken, or until the next look if mail is left."""
        timer = None
        if self._has_mail_left and not self._woken.is_set():
            next_pause = min(2 * self._pause, _LONGEST_PAUSE)
            timer = self._loop.call_at(self._next_look, self._wake, next_pause)
        try:
            await self._woken.wait()
            self._woken.clear()
        finally:
            if timer is not None:
                timer.cancel()


class Subscriptions:
    """The subscriptions of this process, by user."""

    def __init__(self) -> None:
        self._by_user: dict[str, set[Subscription]] = {}

    def __bool__(self) -> bool:
        return bool(self._by_user)

    @contextmanager
    def adding(self, user: str, subscription: Subscription) -> Iterator[None]:
        """Keep this subscription while the block runs."""
        self._by_user.setdefault(user, set()).add(subscription)
        try:
            yield
        finally:
            self._by_user[user].discard(subscription)
            if not self._by_user[user]:
                del self._by_user[user]

    def wake(self, user: str) -> None:
        """Wake the subscriptions of this user."""
        for subscription in tuple(self._by_user.get(user, ())):
            subscription.wake()

    def wake_all(self) -> None:
        """Wake all subscriptions, because something may have been missed."""
        for user in tuple(self._by_user):
            self.wake(user)
