"""Parcels in the aiohttp_session, whatever storage it has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import aiohttp_session
from aiohttp import web
from aiohttp_session import AbstractStorage, Session

from ..copies import Copier
from ..parcel import Change, Parcel, logger
from . import Transport, record
from .record import SESSION_KEY

__all__ = ["SESSION_KEY", "SessionTransport"]


class _Seen:
    """The session storage of a request, and the session as the flashbag loaded it."""

    __slots__ = ("mapping", "put", "saved", "session", "storage")

    def __init__(self, storage: AbstractStorage) -> None:
        self.storage = storage
        self.session: Session | None = None
        self.mapping: object = None  # session.invalidate() exchanges it
        self.saved: Session | None = None  # what we saved by ourselves
        self.put: Change | None = None  # what we left to aiohttp_session to save

    @property
    def invalidated(self) -> bool:
        """The session was emptied by `invalidate()`: what waited in it is gone (B4)."""
        return self.session is not None and self.session._mapping is not self.mapping


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

    def begin(self, request: web.Request) -> _Seen:
        """The request's session storage; RuntimeError if it has none."""
        storage = request.get(aiohttp_session.STORAGE_KEY)
        if storage is None:
            raise RuntimeError(
                "aiohttp_flashbag finds no session: call aiohttp_session.setup(app, storage) "
                "first and aiohttp_flashbag.setup(app) after it"
            )
        return _Seen(storage)

    def may_wait(self, request: web.Request, seen: _Seen) -> bool:
        """A session cookie came."""
        return seen.storage.cookie_name in request.headers.get("Cookie", "")

    def copier(self, seen: _Seen) -> Copier:
        """Through the JSON of the session storage."""
        dumps = self._dumps or seen.storage._encoder
        loads = self._loads or seen.storage._decoder
        return lambda value: loads(dumps(value))

    async def load(self, request: web.Request, seen: _Seen) -> Sequence[Parcel]:
        """What waits in the session, which stays loaded for the handler."""
        if record.has_session_inside(request):
            session = await seen.storage.load_session(request)
        else:
            session = await aiohttp_session.get_session(request)
        seen.session, seen.mapping = session, session._mapping
        if record.has_wrong_shape(session):
            logger.warning("the session holds flashes of a wrong shape: they count as empty")
        return [record.parcel_in(session)]

    def wants_store(self, request: web.Request, seen: _Seen) -> bool:
        """The handler changed the session: what came to its record meanwhile must not be lost."""
        session = seen.session
        return (
            session is not None
            and session._changed
            and session.identity is not None
            and session is request.get(aiohttp_session.SESSION_KEY)
        )

    async def store(
        self, request: web.Request, seen: _Seen, change: Change, response: web.StreamResponse | None
    ) -> Sequence[str]:
        """Put the change where it will be saved.

        If the handler changed the session, or made a new one, into that: aiohttp_session saves it.
        If it left the session alone, the record is read anew and the flashes alone are changed in
        it: so a slow request cannot undo a login or a logout, and a storage that is down costs the
        flash, not the page.
        """
        current = _current_session(request, seen)
        if response is None and current is not None and _will_be_saved(current, seen):
            waiting = await _waiting_for(current, request, seen)
            record.put(current, change.apply(waiting))
            seen.put = change
            return []
        if not change:
            return []
        if response is not None and current is not None and _was_saved(current, seen, response):
            await _save_again(current, request, seen, change, response)
            return []
        return await _save_alone(current, request, seen, change)

    async def finish(self, request: web.Request, seen: _Seen, response: web.StreamResponse) -> None:
        """Save what aiohttp_session will not, and make room in a cookie too large."""
        current = _current_session(request, seen)
        if seen.put and not isinstance(response, web.Response | web.HTTPException):
            # Exchanged for an answer for which aiohttp_session saves nothing.
            for line in await _save_alone(current, request, seen, seen.put):
                response.headers.add("Set-Cookie", line)
        session = current if current is not None and current._changed else seen.saved
        if session is not None:
            await record.fit_session_cookie(request, response, seen.storage, session)


def _current_session(request: web.Request, seen: _Seen) -> Session | None:
    if request.get(aiohttp_session.STORAGE_KEY) is not seen.storage:
        return None
    session: Session | None = request.get(aiohttp_session.SESSION_KEY)
    return session


def _will_be_saved(current: Session, seen: _Seen) -> bool:
    """The handler changed it, or it is a new one to which what waits must move (B4)."""
    return current._changed or (seen.session is not None and current is not seen.session)


def _was_saved(current: Session, seen: _Seen, response: web.StreamResponse) -> bool:
    return current._changed and bool(record.cookie_lines(response, seen.storage.cookie_name))


async def _waiting_for(current: Session, request: web.Request, seen: _Seen) -> Parcel:
    """What waits where the change goes."""
    if seen.session is None:
        return record.parcel_in(current)
    if current is not seen.session:
        return record.parcel_in(seen.session)  # new_session(): unread flashes move along
    if current.identity is None or seen.invalidated:
        return record.parcel_in(current)  # nothing to read anew: in a cookie, new, or emptied
    try:
        fresh = await seen.storage.load_session(request)
    except Exception as error:
        logger.error("the session could not be read again: %s", type(error).__name__)
        return record.parcel_in(current)
    return record.parcel_in(current if fresh.new else fresh)


async def _save_alone(
    current: Session | None, request: web.Request, seen: _Seen, change: Change
) -> Sequence[str]:
    fresh = await _fresh_session(current, request, seen)
    if fresh.new and seen.session is not None and not seen.session.new:
        if change.adds:
            logger.warning("the session ended during the request: what was flashed in it is lost")
        return []
    parcel = change.apply(record.parcel_in(fresh))
    if not record.put_quietly(fresh, parcel):
        return []
    seen.saved = fresh
    if current is not None:  # whoever changes and saves it after us must not undo this
        record.put_quietly(current, parcel)
    return await record.save(request, seen.storage, fresh)


async def _fresh_session(current: Session | None, request: web.Request, seen: _Seen) -> Session:
    """The session as it is now. One that lives in its cookie is what the request brought."""
    if current is None and not record.has_session_inside(request):
        return await aiohttp_session.get_session(request)
    if current is not None and current.identity is None and not (current._changed or current.new):
        return current
    return await seen.storage.load_session(request)


async def _save_again(
    session: Session,
    request: web.Request,
    seen: _Seen,
    change: Change,
    response: web.StreamResponse,
) -> None:
    """aiohttp_session has saved it into this very answer: add the flashes to that."""
    if record.put(session, change.apply(record.parcel_in(session))):
        lines = await record.save(request, seen.storage, session)
        if lines:
            record.replace_cookie_lines(response, seen.storage.cookie_name, lines)
