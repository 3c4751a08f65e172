"""Parcels in the aiohttp_session, whatever storage it has.

All that is private to aiohttp_session is used here: `_changed` and `_mapping` of a session,
`_encoder` and `_decoder` of a storage. There is nothing public for them.
"""

from __future__ import annotations

from collections.abc import Callable, Set
from dataclasses import dataclass
from typing import Any

import aiohttp_session
from aiohttp import hdrs, web
from aiohttp_session import AbstractStorage, Session

from ..codec import Codec, logger
from ..parcel import Delta, Parcel, same
from . import Store, Transport
from .session_cookie import cookie_lines, fit, is_too_large, replace_cookie_lines, save

__all__ = ["SESSION_KEY", "SessionTransport"]

SESSION_KEY = "aiohttp_flashbag"
"""The key of the session under which the values are pending, as a plain dict."""
MESSAGES_KEY = "aiohttp_flashbag_messages"
"""The key of the session under which the messages are pending, as a list."""


class SessionTransport(Transport):
    """Values in `session["aiohttp_flashbag"]`, messages beside them.

    `dumps` and `loads` copy what is given; without them the session storage's own do.
    """

    def __init__(
        self,
        *,
        dumps: Callable[[Any], Any] | None = None,
        loads: Callable[[Any], Any] | None = None,
    ) -> None:
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
        return SessionStore(storage, self._codec, request)


class SessionStore(Store):
    """The flashes in the session of one user."""

    in_session = True
    _loaded: Session | None = None
    _mapping: object = None  # of the loaded session; invalidate() replaces it
    _keys: Set[str] = frozenset()  # that the session had when it was loaded
    _merge: _Merge | None = None

    def __init__(self, storage: AbstractStorage, codec: Codec, request: web.Request) -> None:
        self._storage = storage
        self.codec = codec
        self.cookie_came = storage.cookie_name in request.headers.get(hdrs.COOKIE, "")

    async def load(self, request: web.Request) -> Parcel | None:
        """Return what is pending in the session.

        The session stays loaded for the handler. Where a sub-application answers it is a private
        copy, for the sub-application may have sessions of its own (B8).
        """
        if request.match_info.apps[-1] is request.app:
            session = await aiohttp_session.get_session(request)
        else:
            session = await self._storage.load_session(request)
        held = session._mapping
        self._loaded, self._mapping, self._keys = session, held, {*held}
        if SESSION_KEY not in held and MESSAGES_KEY not in held:
            return None
        pending = _parse(session)
        if held.get(SESSION_KEY, pending.values) != pending.values or (
            held.get(MESSAGES_KEY, pending.messages) != pending.messages
        ):
            logger.warning("the session holds flashes of a wrong shape: they count as empty")
        return pending

    async def merge_into_session(self, request: web.Request, decide: Callable[[], Delta]) -> None:
        """Apply the delta to the session, if the handler changed it or made a new one (B4)."""
        session = self._session_of(request)
        if session is None or not (session._changed or self._is_new(session)):
            return
        delta = decide()
        before = await self._pending_for(session, request)
        after = delta.apply(before)
        if _put(session, after):
            session.changed()
        self._merge = _Merge(delta, before, after)

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
        deltas = self._outstanding(delta, saved is not None or not response.prepared)
        if deltas and saved is None:
            saved = await self._save_alone(request, response, deltas)
        elif deltas and saved is not None and _apply(deltas, saved):
            lines = await save(request, self._storage, saved)
            if lines or saved.identity is None:  # an id on a server is set already
                replace_cookie_lines(response, self._storage.cookie_name, lines)
        if saved is not None and is_too_large(response, self._storage.cookie_name):
            await self._fit(request, response, saved)

    def _saved_session(self, request: web.Request, response: web.StreamResponse) -> Session | None:
        """Return the session that aiohttp_session has saved into this response."""
        session = self._session_of(request)
        if session is None or not session._changed:
            return None
        return session if cookie_lines(response, self._storage.cookie_name) else None

    def _outstanding(self, delta: Delta, merge_is_saved: bool) -> list[Delta]:
        """Return what is to be applied to the session as it is stored now."""
        merge = self._merge
        if merge is not None and merge.delta != delta:  # another response is sent
            return [Delta.between(merge.after, merge.before), delta]
        is_done = merge is not None and merge_is_saved
        return [delta] if delta and not is_done else []

    async def _save_alone(
        self, request: web.Request, response: web.StreamResponse, deltas: list[Delta]
    ) -> Session | None:
        """Change the flashes, and nothing else, in the session as it is stored now."""
        session = await self._load_again(request)
        is_ended = session.new and not self._keys <= {SESSION_KEY, MESSAGES_KEY}
        sets_cookies = hdrs.SET_COOKIE in response.headers or not response.prepared
        if is_ended or (sets_cookies and self._sets_cookie(response)):
            if deltas[-1].adds:
                logger.warning(
                    "the session %s during the request: what was flashed in it is lost",
                    "ended" if is_ended else "was replaced by a cookie that the handler set",
                )
            return None
        if not _apply(deltas, session):
            return None
        if not response.prepared:  # whoever saves the session after us must not undo this
            current = self._session_of(request)
            if current is not None and current is not session:
                _put(current, _parse(session))
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
            _put(session, parcel)
            return await save(request, self._storage, session)

        await fit(response, self._storage.cookie_name, _parse(session), lines_with)

    async def _load_again(self, request: web.Request) -> Session:
        """Return the session as it is stored now; a session in its cookie needs no second load."""
        loaded = self._loaded
        if loaded is not None and loaded.identity is None and not loaded._changed:
            return loaded
        return await self._storage.load_session(request)

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
            return _parse(session)
        if self._is_new(session):  # what is pending moves along, unless the new one is ended too
            return Parcel() if session._changed and session.empty else _parse(loaded)
        if session.identity is None or self._is_ended(session):
            return _parse(session)  # it lives in its cookie, is new, or was emptied
        try:
            fresh = await self._storage.load_session(request)
        except Exception as error:
            logger.error("the session could not be read again: %s", type(error).__name__)
            return _parse(session)
        pending = _parse(session if fresh.new else fresh)
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

    delta: Delta
    before: Parcel
    after: Parcel


def _parse(session: Session) -> Parcel:
    """Return the flashes in a session; what has the wrong shape counts as empty (B7)."""
    held = session._mapping
    return Parcel.parse(held.get(SESSION_KEY), held.get(MESSAGES_KEY))


def _put(session: Session, parcel: Parcel) -> bool:
    """Let the session hold this parcel, and nothing empty. Returns whether that changed it.

    aiohttp_session does not notice, so it does not save the session for that.
    """
    changed = False
    held = session._mapping
    for key, pending in ((SESSION_KEY, parcel.values), (MESSAGES_KEY, parcel.messages)):
        if pending and (key not in held or not same(held[key], pending)):
            held[key] = pending
            changed = True
        elif not pending and key in held:
            del held[key]
            changed = True
    return changed


def _apply(deltas: list[Delta], session: Session) -> bool:
    """Apply the deltas to a session, as `_put` does."""
    pending = _parse(session)
    for delta in deltas:
        pending = delta.apply(pending)
    return _put(session, pending)
