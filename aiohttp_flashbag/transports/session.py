"""Parcels in the aiohttp_session, whatever storage it has.

All that is private to aiohttp_session is used here: `_changed` and `_mapping` of a session,
`_encoder` and `_decoder` of a storage. There is nothing public for them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import aiohttp_session
from aiohttp import hdrs, web
from aiohttp_session import AbstractStorage, Session

from ..codec import Codec, logger
from ..parcel import Delta, Parcel, Trace
from . import Store, Transport
from .session_cookie import (
    cookie_lines,
    fit,
    is_deletion,
    is_too_large,
    readable_attributes,
    replace_cookie_lines,
    save,
    saved_cookie,
)
from .session_data import FLASH_KEYS, MESSAGES_KEY, SESSION_KEY, parse, put, visible

_HOWEVER_OLD = 10**9  # seconds

__all__ = ["SESSION_KEY", "SessionTransport"]


class SessionTransport(Transport):
    """Values in `session["aiohttp_flashbag"]`, messages beside them.

    What nobody saw is not shown any more `max_age` seconds after it was flashed, and removed with
    the next write. `dumps` and `loads` copy what is given; without them the session storage's own
    do.
    """

    def __init__(
        self,
        *,
        max_age: int = 86400,
        dumps: Callable[[Any], Any] | None = None,
        loads: Callable[[Any], Any] | None = None,
    ) -> None:
        if max_age < 1:
            raise ValueError(f"max_age is {max_age} seconds: it must be at least 1")
        self._max_age = max_age
        self._dumps = dumps
        self._loads = loads
        self._storage: AbstractStorage | None = None
        self._codec = Codec()

    def open(self, request: web.Request) -> SessionStore:
        """Return the store. Raises RuntimeError if the request has no session."""
        try:
            storage: AbstractStorage = request[aiohttp_session.STORAGE_KEY]
        except KeyError:
            raise RuntimeError(
                "aiohttp_flashbag finds no session: call aiohttp_session.setup(app, storage) "
                "first and aiohttp_flashbag.setup(app) after it"
            ) from None
        if storage is not self._storage:
            self._storage = storage
            self._codec = Codec(self._dumps or storage._encoder, self._loads or storage._decoder)
        return SessionStore(storage, self._codec, self._max_age, request)

    def hint_attributes(self, request: web.Request) -> str:
        """Return the attributes of the session's cookie, without HttpOnly and its lifetime."""
        return readable_attributes(self._storage or request[aiohttp_session.STORAGE_KEY])


class SessionStore(Store):
    """The flashes in the session of one user."""

    in_session = True
    _loaded: Session | None = None
    _mapping: object = None  # of the loaded session; invalidate() replaces it
    _keys: Set[str] = frozenset()  # that the session had when it was loaded
    _is_shared = True  # the handler has the same session, not another copy
    _pending: Parcel | None = None  # in the session when it was loaded
    _merge: _Merge | None = None
    _undo: Sequence[Delta] = ()  # what a server may hold of a response that was not sent

    def __init__(
        self, storage: AbstractStorage, codec: Codec, max_age: int, request: web.Request
    ) -> None:
        self._storage = storage
        self.codec = codec
        self._max_age = max_age
        self.cookie_came = storage.cookie_name in request.headers.get(hdrs.COOKIE, "")

    async def load(self, request: web.Request) -> Parcel | None:
        """Return what is pending in the session.

        The session stays loaded for the handler. Where a sub-application handles the request, this
        is a private copy, for the sub-application may have sessions of its own (B8).
        """
        self._is_shared = request.match_info.apps[-1] is request.app
        if self._is_shared:
            session = await aiohttp_session.get_session(request)
        else:
            session = await self._storage.load_session(request)
        held = session._mapping
        self._loaded, self._mapping, self._keys = session, held, {*held}
        if SESSION_KEY not in held and MESSAGES_KEY not in held:
            return None
        pending = self._pending = self._parse(session, request)
        if pending.is_damaged:
            logger.warning("the session holds flashes of a wrong shape: they count as empty")
        return visible(pending)

    def is_saved_next(self, request: web.Request) -> bool:
        """Tell whether the handler changed the session or made a new one (B4)."""
        session = self._session_of(request)
        if session is None or session is self._loaded:
            return session is not None and session._changed
        return session._changed or self._is_new(session)

    async def merge_into_session(self, request: web.Request, delta: Delta) -> None:
        """Apply the delta to the session that aiohttp_session is about to save."""
        session: Session = request[aiohttp_session.SESSION_KEY]
        if self.trace is not None:
            self.trace.loaded = self._pending
        before = await self._pending_for(session, request)
        after = delta.apply(before)
        if self.trace is not None:
            self.trace.before, self.trace.after = before, after
        if put(session, after):
            session.changed()
        self._merge = _Merge(session, delta, before, after)

    def take_over(self, abandoned: Store) -> None:
        """Undo what was merged for an earlier response to this request, which will not be sent."""
        if isinstance(abandoned, SessionStore) and abandoned._merge is not None:
            merge = abandoned._merge
            put(merge.session, merge.before)
            self._undo = [Delta.between(merge.after, merge.before)]

    async def commit(
        self, request: web.Request, response: web.StreamResponse, delta: Delta
    ) -> None:
        """Save what aiohttp_session does not, correct what it saved, and make its cookie fit.

        If the handler left the session alone, the session is loaded again and only the flashes are
        changed in it: so a slow request cannot undo a login or a logout, and a storage that is down
        costs the flash, not the page.
        """
        sets_cookie = hdrs.SET_COOKIE in response.headers
        saved = self._saved_session(request, response) if sets_cookie else None
        deltas = self._outstanding(delta, saved, saved is not None or not response.prepared)
        if saved is not None and (saved.identity is None or saved.empty):
            await self._save_again(request, response, deltas, saved)
        elif deltas:
            saved = await self._save_alone(request, response, deltas, saved)
        if saved is not None and is_too_large(response, self._storage.cookie_name):
            await self._fit(request, response, saved)

    def _saved_session(self, request: web.Request, response: web.StreamResponse) -> Session | None:
        """Return the session that aiohttp_session has saved into this response."""
        session = self._session_of(request)
        if session is None or not session._changed:
            return None
        lines = cookie_lines(response, self._storage.cookie_name)
        # A session is saved by setting its cookie, and an empty one by deleting it.
        return session if lines and is_deletion(lines[-1]) is session.empty else None

    def _outstanding(
        self, delta: Delta, saved: Session | None, merge_is_saved: bool
    ) -> list[Delta]:
        """Return what is to be applied to the session as it is stored now."""
        merge = self._merge
        if merge is None or (saved is not None and saved is not merge.session):
            return [*self._undo, delta] if self._undo or delta else []
        if merge.delta != delta:  # another response is sent
            return [Delta.between(merge.after, merge.before), delta]
        return [] if merge_is_saved or not delta else [delta]

    async def _save_again(
        self,
        request: web.Request,
        response: web.StreamResponse,
        deltas: list[Delta],
        session: Session,
    ) -> None:
        """Apply the deltas to a session that only this response knows, and save it once more."""
        merged = self._merge is not None and self._merge.session is session
        pending = self._parse(session, request)
        if not merged and self._is_new(session) and not pending:  # what is pending moves along
            pending = await self._pending_for(session, request)
        if put(session, _applied(deltas, pending, self.trace)):
            name = self._storage.cookie_name
            if session.new and session.identity is None and name in response.cookies:
                session.set_new_identity(response.cookies[name].value)  # of its record on a server
            cookie = await saved_cookie(request, self._storage, session)
            replace_cookie_lines(response, name, [cookie.line()] if cookie else [])

    async def _save_alone(
        self,
        request: web.Request,
        response: web.StreamResponse,
        deltas: list[Delta],
        saved: Session | None,
    ) -> Session | None:
        """Change the flashes, and nothing else, in the session as it is stored now."""
        session = self._loaded
        if session is None or session.identity is not None or session._changed:
            session = await self._storage.load_session(request)
        is_ended = session.new and not self._keys <= FLASH_KEYS
        may_set = saved is None and (hdrs.SET_COOKIE in response.headers or not response.prepared)
        if is_ended or (may_set and self._sets_cookie(response)):
            if deltas[-1].adds:
                logger.warning(
                    "the session %s during the request: what was flashed in it is lost",
                    "ended" if is_ended else "was replaced by a cookie that the handler set",
                )
            if self.trace is not None:
                self.trace.before, self.trace.after = Parcel(), None
            return None
        is_fresh = session is not self._loaded
        pending = self._parse(session, request) if is_fresh else self._pending or Parcel()
        for delta in deltas:
            before, pending = pending, delta.apply(pending)
        if self.trace is not None:
            self.trace.before, self.trace.after = before, pending
        if not put(session, pending):
            return None
        if session is not self._loaded:  # whoever saves the handler's session must not undo this
            current = self._session_of(request)
            if current is not None:
                put(current, pending)
        for line in await save(request, self._storage, session):
            response.headers.add(hdrs.SET_COOKIE, line)
        return session

    def _sets_cookie(self, response: web.StreamResponse) -> bool:
        """Tell whether the handler has set or deleted the cookie itself, to log in or out."""
        name = self._storage.cookie_name
        return name in response.cookies or bool(cookie_lines(response, name))

    async def _fit(
        self, request: web.Request, response: web.StreamResponse, session: Session
    ) -> None:
        async def lines_with(parcel: Parcel) -> list[str]:
            if self.trace is not None:
                self.trace.left = parcel  # the last one that is tried is what fits
            put(session, parcel)
            return await save(request, self._storage, session)

        await fit(
            response,
            self._storage.cookie_name,
            self._parse(session, request),
            lines_with,
        )

    def _parse(self, session: Session, request: web.Request) -> Parcel:
        choose = partial(self.passed_over, request)
        pending = parse(session, choose, self._max_age)
        if self.trace is not None and self.trace.stored is None:
            self.trace.stored = parse(session, choose, _HOWEVER_OLD)
            self.trace.young = pending
        return pending

    def _session_of(self, request: web.Request) -> Session | None:
        """Return the session that lies on the request now, if it is of the same storage."""
        if request.get(aiohttp_session.STORAGE_KEY) is not self._storage:
            return None
        session: Session | None = request.get(aiohttp_session.SESSION_KEY)
        return session

    def _is_new(self, session: Session) -> bool:
        """Tell whether the handler called `new_session()` although there was a session."""
        loaded = self._loaded
        return loaded is not None and loaded is not session and session.new and not loaded.new

    async def _pending_for(self, session: Session, request: web.Request) -> Parcel:
        """Return the flashes that are pending where the delta will be applied."""
        loaded = self._loaded
        if loaded is None:
            return self._parse(session, request)
        if self._is_new(session):  # what is pending moves along, unless a session was ended
            is_ended = session._changed and session.empty
            if not self._is_shared and self._pending:  # nobody can tell: leak nothing
                logger.warning("a sub-application began a new session: pending flashes are dropped")
                is_ended = True
            return Parcel() if is_ended else self._parse(loaded, request)
        if session.identity is None or self._is_ended(session):
            return self._parse(session, request)  # it lives in its cookie, is new, or was emptied
        try:
            fresh = await self._storage.load_session(request)
        except Exception as error:
            logger.error("the session could not be read again: %s", type(error).__name__)
            return self._parse(session, request)
        pending = _applied(self._undo, self._parse(session if fresh.new else fresh, request))
        if self.trace is not None:  # what another request has dropped meanwhile, is its business
            self.trace.loaded = replace(pending)
        if SESSION_KEY in self._keys and SESSION_KEY not in session:
            pending.values = {}  # the handler deleted the key (B4)
        if MESSAGES_KEY in self._keys and MESSAGES_KEY not in session:
            pending.messages = []
        return pending

    def _is_ended(self, session: Session) -> bool:
        """Tell whether the handler emptied the session: a logout (B4)."""
        is_replaced = session is self._loaded and session._mapping is not self._mapping
        return is_replaced or (session.empty and bool(self._keys))


@dataclass(slots=True)
class _Merge:
    """What `merge_into_session` did, for the commit to check."""

    session: Session
    delta: Delta
    before: Parcel
    after: Parcel


def _applied(deltas: Sequence[Delta], pending: Parcel, trace: Trace | None = None) -> Parcel:
    for delta in deltas:
        before, pending = pending, delta.apply(pending)
        if trace is not None:
            trace.before, trace.after = before, pending
    return pending
