"""`MemoryMailbox`, which keeps mail in the memory of one process."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from ..flash import Flash, new_id, now
from .base import SECOND, Claim, Mailbox


@dataclass(slots=True)
class _Mail:
    flash: Flash
    key: str | None
    expires: int  # in microseconds, like the lease
    leased_until: int = 0
    owner: str = ""


@dataclass(slots=True)
class _Box:
    """The mail of one user, by id, oldest first."""

    mail: dict[str, _Mail] = field(default_factory=dict)
    expires: int = 0

    def pending(self, at: int) -> list[_Mail]:
        """Remove expired mail, and return the mail that no request has claimed."""
        pending = [mail for mail in self.mail.values() if mail.leased_until <= at]
        self.remove(mail for mail in pending if mail.expires <= at)
        return [mail for mail in pending if mail.expires > at]

    def find(self, ids: Iterable[str]) -> list[_Mail]:
        return [self.mail[mail_id] for mail_id in self.mail.keys() & {*ids}]

    def remove(self, mails: Iterable[_Mail]) -> None:
        for mail in mails:
            del self.mail[mail.flash.id]


class MemoryMailbox(Mailbox):
    """A mailbox for an application with one process, and for tests. A restart loses the mail.

    `max_messages` may be pending for a user, for at most `max_age` seconds. `lease` is how long a
    request may take to show the mail that it claimed, in seconds. Threads may share the mailbox.
    """

    def __init__(self, *, max_messages: int = 50, max_age: int = 604_800, lease: float = 5) -> None:
        super().__init__(max_messages=max_messages, max_age=max_age, lease=lease)
        self._lock = Lock()
        self._boxes: dict[str, _Box] = {}  # the box that expires first comes first

    def __repr__(self) -> str:
        return f"<MemoryMailbox users={len(self._boxes)}>"

    async def _put(self, user: str, key: str | None, content: dict[str, Any]) -> int:
        with self._lock:
            at = now()
            self._remove_expired(at)
            box = self._boxes.pop(user, None) or _Box()
            pending = box.pending(at)
            replaced = [mail for mail in pending if key is not None and mail.key == key]
            others = [mail for mail in pending if key is None or mail.key != key]
            surplus = others[: max(len(others) + 1 - self._max_messages, 0)]
            flash = Flash(new_id(max(box.mail, default="")), None, content)
            box.remove([*replaced, *surplus])
            box.expires = at + self._max_age
            box.mail[flash.id] = _Mail(flash, key, box.expires)
            self._boxes[user] = box
        self._subscriptions.wake(user)
        return len(surplus)

    async def _clear(self, user: str) -> None:
        with self._lock:
            self._boxes.pop(user, None)

    async def _claim(self, user: str, owner: str) -> Claim:
        at = now()
        with self._lock:
            self._remove_expired(at)
            box = self._boxes.get(user, _Box())
            pending = box.pending(at)
            leases = [mail.leased_until for mail in box.mail.values() if mail.leased_until > at]
            for mail in pending:
                mail.leased_until, mail.owner = at + self._lease, owner
            self._forget_if_empty(user)
        retry_after = (min(leases) - at) / SECOND if leases else None
        return Claim([mail.flash for mail in pending], owner, retry_after)

    async def _release(self, user: str, ids: Sequence[str], owner: str) -> None:
        with self._lock:
            for mail in self._boxes.get(user, _Box()).find(ids):
                if mail.owner == owner:
                    mail.leased_until, mail.owner = 0, ""
        self._subscriptions.wake(user)

    async def _settle(self, user: str, ids: Sequence[str]) -> None:
        with self._lock:
            box = self._boxes.get(user, _Box())
            box.remove(box.find(ids))
            self._forget_if_empty(user)

    async def _has_mail(self, user: str) -> bool:
        with self._lock:
            self._remove_expired(now())
            return user in self._boxes

    def _remove_expired(self, at: int) -> None:
        """Remove the boxes of users who did not come in time."""
        while self._boxes:
            user, box = next(iter(self._boxes.items()))
            if box.expires > at:
                break
            del self._boxes[user]

    def _forget_if_empty(self, user: str) -> None:
        if user in self._boxes and not self._boxes[user].mail:
            del self._boxes[user]
