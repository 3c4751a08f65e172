"""The mail of one request: a store beside the transport's store.

The core does not know about mailboxes. `MailStore` adds the mail of the user to the flashes that
are pending, and settles or releases it once the response is committed.

U1  A request sees only the mail of the user that `identify` returns.
U2  Only pages, fragments and the endpoint of the JavaScript helper claim mail.
U3  A page or fragment settles the mail that it shows and releases the rest. The endpoint settles
    the ids that the script reports, and releases nothing.
U8  Neither a logout nor `flashbag_clear` drops mail.
U10 If the mailbox is down, pages work without mail.
U12 The request's own flashes are committed first.
"""

from __future__ import annotations

import asyncio
import inspect
import math
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from aiohttp import web

from ..audience import Audience, audience_of
from ..flash import Delta, Flash, Outcome, by_id, ids
from ..log import log_failure
from ..transports import Decide, Store
from .base import Claim, Mailbox, User, user_name
from .guard import Guard

Identify: TypeAlias = Callable[[web.Request], "User | Awaitable[User | None] | None"]
"""Returns the id of the user who sent a request, or None."""

_CLAIMS = frozenset({Audience.PAGE, Audience.FRAGMENT})


class Mail:
    """The mailbox of an application, and the function that identifies its users."""

    is_live = False
    """Whether pages hear of mail while they are open."""

    def __init__(self, mailbox: Mailbox, identify: Identify) -> None:
        self.mailbox = mailbox
        self.guard = Guard()
        self._identify = identify

    async def identify(self, request: web.Request) -> str | None:
        """Return the id of the user, or None. Exceptions of the function propagate.

        An `HTTPException` means None: a check of permissions has refused the visitor.
        """
        try:
            user = self._identify(request)
            if inspect.isawaitable(user):
                user = await user
        except web.HTTPException:
            return None
        return None if user is None else user_name(user)

    async def user_of(self, request: web.Request) -> str | None:
        """Return the id of the user, or None. Exceptions of `identify` are logged (U1)."""
        try:
            return await self.identify(request)
        except Exception as error:
            log_failure("identify() failed, so this request shows no mail", error)
            return None

    def beside(self, store: Store, request: web.Request, *, is_endpoint: bool) -> MailStore:
        """Return a store that holds the mail of the user beside the flashes of another store."""
        return MailStore(store, self, request, is_endpoint=is_endpoint)


class MailStore(Store):
    """The pending flashes of one request's user, and their mail."""

    def __init__(
        self, store: Store, mail: Mail, request: web.Request, *, is_endpoint: bool
    ) -> None:
        self._store = store
        self._mail = mail
        self._is_endpoint = is_endpoint
        self._has_mail = is_endpoint or audience_of(request) in _CLAIMS
        self._user: str | None = None
        self._claim = Claim()
        self.copies = store.copies
        self.may_hold_flashes = store.may_hold_flashes or self._has_mail

    def fits(self, key: str | None, content: Any) -> bool:
        """Return whether a flash is small enough to travel."""
        return self._store.fits(key, content)

    async def load(self, request: web.Request) -> Sequence[Flash]:
        """Return the pending flashes and the mail that this request claims, oldest first."""
        own = await self._store.load(request) if self._store.may_hold_flashes else ()
        if self._has_mail:
            self._user = await self._mail.user_of(request)
        # A request of the endpoint with a body reports messages and shows none.
        if self._user is not None and not (self._is_endpoint and request.can_read_body):
            self._claim = await self._claimed(self._user)
            if self._mail.is_live:
                self.retry_after = math.ceil(self._claim.retry_after or 0)
        return sorted([*own, *self._claim.flashes], key=by_id)

    async def handler_returned(
        self, request: web.Request, response: web.StreamResponse, decide: Decide
    ) -> None:
        """Save what the transport must save before the commit."""

        def decide_without_mail(request: web.Request, response: web.StreamResponse) -> Delta:
            return self._without_mail(decide(request, response))

        await self._store.handler_returned(request, response, decide_without_mail)

    async def commit(
        self, request: web.Request, response: web.StreamResponse, delta: Delta
    ) -> Outcome:
        """Commit the request's own flashes, and then settle and release mail (U12)."""
        seen = delta
        try:
            outcome = await self._store.commit(request, response, self._without_mail(delta))
        except asyncio.CancelledError:
            seen = Delta()  # the response will not be sent
            raise
        finally:
            if self._user is not None:
                await self._settle(self._user, seen, keeps=response.status < 400)
        # Mail that stays pending sets no hint, so the outcome does not contain it.
        shown = [flash for flash in self._claim.flashes if flash.id in delta.gone]
        return replace(outcome, before=sorted([*outcome.before, *shown], key=by_id))

    async def _claimed(self, user: str) -> Claim:
        return await self._mail.guard.call(lambda: self._mail.mailbox.claim(user), Claim())

    async def _settle(self, user: str, delta: Delta, *, keeps: bool) -> None:
        """Settle mail that was shown or reported, and release the rest.

        The endpoint `keeps` the claim of mail that it has sent to the script.
        """
        mailbox, claimed = self._mail.mailbox, ids(self._claim.flashes)
        try:
            if shown := delta.gone if self._is_endpoint else delta.gone & claimed:
                await mailbox.settle(user, shown)
            if left := set() if self._is_endpoint and keeps else claimed - shown:
                await mailbox.release(user, left, self._claim.owner)
        except Exception as error:
            log_failure("Mail that was shown may be shown again, or late", error)

    def _without_mail(self, delta: Delta) -> Delta:
        mail = ids(self._claim.flashes)
        return replace(delta, gone=delta.gone - mail) if mail else delta
