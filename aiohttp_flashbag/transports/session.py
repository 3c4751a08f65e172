"""Parcels in the aiohttp_session, whatever storage it has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import aiohttp_session
from aiohttp import hdrs, web
from aiohttp_session import AbstractStorage

from ..copies import Copier, copier
from ..parcel import Change, Parcel, logger
from . import Transport, record, seen_session
from .record import SESSION_KEY
from .seen_session import Seen

__all__ = ["SESSION_KEY", "SessionTransport"]


class SessionTransport(Transport):
    """Values in `session["aiohttp_flashbag"]`, messages beside them.

    `dumps` and `loads` make the copies of what is given; without them the session storage's own.
    """

    stores_before_session = True

    def __init__(
        self,
        *,
        dumps: Callable[[Any], str] | None = None,
        loads: Callable[[str], Any] | None = None,
    ) -> None:
        self._dumps = dumps
        self._loads = loads

    def look(self, request: web.Request) -> tuple[AbstractStorage, bool]:
        """Its storage, before an inner one takes its place, and whether its cookie may have come.

        RuntimeError if there is none.
        """
        try:
            storage: AbstractStorage = request[aiohttp_session.STORAGE_KEY]
        except KeyError:
            raise RuntimeError(
                "aiohttp_flashbag finds no session: call aiohttp_session.setup(app, storage) "
                "first and aiohttp_flashbag.setup(app) after it"
            ) from None
        return storage, storage.cookie_name in request.headers.get(hdrs.COOKIE, "")

    def begin(self, origin: AbstractStorage) -> Seen:
        """Nothing is seen yet."""
        return Seen(origin)

    def copier(self, seen: Seen) -> Copier:
        """By `dumps` and `loads`, or the session storage's own."""
        dumps = self._dumps or seen.storage._encoder
        loads = self._loads or seen.storage._decoder
        return copier(dumps, loads)

    async def load(self, request: web.Request, seen: Seen) -> Sequence[Parcel]:
        """What waits in the session, which stays loaded for the handler."""
        if record.has_session_inside(request):
            session = await seen.storage.load_session(request)
        else:
            session = await aiohttp_session.get_session(request)
        seen.note(session)
        if not record.holds_flashes(session):
            return []
        parcel = record.parcel_in(session)
        if record.has_wrong_shape(session, parcel):
            logger.warning("the session holds flashes of a wrong shape: they count as empty")
        return [parcel] if parcel else []

    def wants_store(self, request: web.Request, seen: Seen) -> bool:
        """The handler changed the session: what came to its record meanwhile must not be lost."""
        session = seen.session
        return (
            session is not None
            and session._changed
            and session.identity is not None
            and session is request.get(aiohttp_session.SESSION_KEY)
        )

    async def store(
        self, request: web.Request, seen: Seen, change: Change, response: web.StreamResponse | None
    ) -> Sequence[str]:
        """Put the change where it will be saved.

        If the handler changed the session, or made a new one, into that: aiohttp_session saves it.
        If it left the session alone, the record is read anew and the flashes alone are changed in
        it: so a slow request cannot undo a login or a logout, and a storage that is down costs the
        flash, not the page.
        """
        current = seen_session.current_session(request, seen)
        if response is None and current is not None and seen_session.will_be_saved(current, seen):
            waiting = await seen_session.waiting_for(current, request, seen)
            record.put(current, change.apply(waiting))
            seen.put = change
            return []
        if not change:
            return []
        if response is not None and seen_session.was_saved(current, seen, response):
            await seen_session.save_again(current, request, seen, change, response)
            return []
        return await seen_session.save_alone(current, request, seen, change)

    async def finish(self, request: web.Request, seen: Seen, response: web.StreamResponse) -> None:
        """Save what aiohttp_session will not, and make room in a cookie too large."""
        current = seen_session.current_session(request, seen)
        if seen.put and not isinstance(response, web.Response | web.HTTPException):
            # Exchanged for an answer for which aiohttp_session saves nothing.
            for line in await seen_session.save_alone(current, request, seen, seen.put):
                response.headers.add(hdrs.SET_COOKIE, line)
        session = current if current is not None and current._changed else seen.saved
        if session is not None and record.may_be_too_large(response):
            await record.fit_session_cookie(request, response, seen.storage, session)
