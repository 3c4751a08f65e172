"""One request's session: what the flashbag saw of it, where what waits is, and how it is saved."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeGuard

import aiohttp_session
from aiohttp import web
from aiohttp_session import AbstractStorage, Session

from ..parcel import Change, Parcel, logger
from . import record


class Seen:
    """The session storage of a request, and the session as the flashbag loaded it."""

    session: Session | None = None
    mapping: object = None  # session.invalidate() exchanges it
    saved: Session | None = None  # what we saved by ourselves
    put: Change | None = None  # what we left to aiohttp_session to save
    was_somebodys = False  # it existed, and held more than flashes

    def __init__(self, storage: AbstractStorage) -> None:
        self.storage = storage

    def note(self, session: Session) -> None:
        """The session as it was loaded, before the handler does anything to it."""
        self.session, self.mapping = session, session._mapping
        self.was_somebodys = not session.new and not record.holds_only_flashes(session)

    @property
    def invalidated(self) -> bool:
        """The session was emptied by `invalidate()`: what waited in it is gone (B4)."""
        return self.session is not None and self.session._mapping is not self.mapping


def current_session(request: web.Request, seen: Seen) -> Session | None:
    """The session that lies on the request now, if it is of the same storage."""
    if request.get(aiohttp_session.STORAGE_KEY) is not seen.storage:
        return None
    session: Session | None = request.get(aiohttp_session.SESSION_KEY)
    return session


def will_be_saved(current: Session, seen: Seen) -> bool:
    """The handler changed it, or it is a new one to which what waits must move (B4)."""
    return current._changed or (seen.session is not None and current is not seen.session)


def was_saved(
    current: Session | None, seen: Seen, response: web.StreamResponse
) -> TypeGuard[Session]:
    """aiohttp_session has saved it into this very answer."""
    if current is None or not current._changed:
        return False
    return bool(record.cookie_lines(response, seen.storage.cookie_name))


async def waiting_for(current: Session, request: web.Request, seen: Seen) -> Parcel:
    """What waits where the change goes."""
    if seen.session is None:
        return record.parcel_in(current)
    if current is not seen.session:  # new_session(): unread flashes move along, if it lives
        ended = current._changed and current.empty
        return Parcel() if ended else record.parcel_in(seen.session)
    if current.identity is None or seen.invalidated:
        return record.parcel_in(current)  # nothing to read anew: in a cookie, new, or emptied
    try:
        fresh = await seen.storage.load_session(request)
    except Exception as error:
        logger.error("the session could not be read again: %s", type(error).__name__)
        return record.parcel_in(current)
    return record.parcel_in(current if fresh.new else fresh)


async def save_alone(
    current: Session | None, request: web.Request, seen: Seen, change: Change
) -> Sequence[str]:
    """Change the flashes, and nothing else, in the session as it is now; its `Set-Cookie` lines."""
    fresh = await _fresh_session(current, request, seen)
    if fresh.new and seen.was_somebodys:
        if change.adds:
            logger.warning("the session ended during the request: what was flashed in it is lost")
        return []
    parcel = change.apply(record.parcel_in(fresh))
    if not record.put_quietly(fresh, parcel):
        return []
    seen.saved = fresh
    if current is not None and current is not fresh:
        record.put_quietly(current, parcel)  # whoever saves it after us must not undo this
    return await record.save(request, seen.storage, fresh)


async def _fresh_session(current: Session | None, request: web.Request, seen: Seen) -> Session:
    """The session as it is now. One that lives in its cookie is what the request brought."""
    if current is None and not record.has_session_inside(request):
        return await aiohttp_session.get_session(request)
    if current is not None and current.identity is None and not (current._changed or current.new):
        return current
    return await seen.storage.load_session(request)


async def save_again(
    session: Session,
    request: web.Request,
    seen: Seen,
    change: Change,
    response: web.StreamResponse,
) -> None:
    """Add the flashes to what aiohttp_session has saved into this very answer."""
    if record.put(session, change.apply(record.parcel_in(session))):
        lines = await record.save(request, seen.storage, session)
        if lines:
            record.replace_cookie_lines(response, seen.storage.cookie_name, lines)
