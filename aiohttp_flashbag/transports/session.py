"""`SessionTransport`: flashes in the session of aiohttp_session, with any storage.

aiohttp_session saves a changed session when the handler has returned, before the response is final.
A flash is saved in one of three ways:

1. If aiohttp_session is about to save the session, `handler_returned` merges the delta into it. The
   commit has nothing more to do if the response that is sent has the same delta.
2. If the delta differs, the commit saves the session again with the delta of this response. It does
   so only if no other response can have changed the session: it is new, or stored in its cookie.
3. Otherwise, the commit loads the session as it is stored now and saves it with only its flashes
   changed. A slow request therefore cannot undo a login or a logout.

Only this module, `session_data.py` and `session_cookie.py` read private attributes of
aiohttp_session: `_changed` and `_mapping` of a session, `_encoder` and `_decoder` of a storage.
They have no public equivalent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import dataclass, replace
from typing import Any

import aiohttp_session
from aiohttp import hdrs, web
from aiohttp_session import AbstractStorage, Session

from ..copies import Copies
from ..flash import Delta, Flash, Outcome, by_id, ids, now
from ..log import log_failure, logger
from . import HINT_NAME, Decide, Store, Transport, check_positive
from .room import COOKIE_LIMIT, describe, dropped_by, fitted
from .session_cookie import (
    Saved,
    cookie_lines,
    is_too_large,
    readable_attributes,
    save,
    sets_session,
)
from .session_data import FLASH_KEYS, SESSION_KEY, is_damaged, read, session_key, write

_USUAL_NAME = "AIOHTTP_SESSION"
"""The name of a session's cookie by default."""
_SAVED = (web.Response, web.HTTPException)
"""The responses for which aiohttp_session saves a session."""

__all__ = ["SESSION_KEY", "SessionTransport"]


class SessionTransport(Transport):
    """Flashes travel in the session, beside the application's own data.

    Unread flashes expire after `max_age` seconds, and the next write removes them. `dumps` and
    `loads` copy the values that are set. By default, they are the encoder and decoder of the
    session storage.
    """

    def __init__(
        self,
        *,
        max_age: int = 86400,
        dumps: Callable[[Any], Any] | None = None,
        loads: Callable[[Any], Any] | None = None,
    ) -> None:
        check_positive("max_age", max_age)
        self.max_age = max_age
        self._dumps = dumps
        self._loads = loads
        self._storage: AbstractStorage | None = None
        self._copies = Copies()

    def open(self, request: web.Request) -> SessionStore:
        """Return the store of this request's user. Raises RuntimeError without a session."""
        try:
            storage: AbstractStorage = request[aiohttp_session.STORAGE_KEY]
        except KeyError:
            raise RuntimeError(
                "aiohttp_flashbag finds no session for this request. Call "
                "aiohttp_session.setup(app, storage) before aiohttp_flashbag.setup(app), or pass "
                "a CookieTransport or a RedisTransport, which need no session."
            ) from None
        if storage is not self._storage:
            self._storage = storage
            self._copies = Copies(self._dumps or storage._encoder, self._loads or storage._decoder)
        return SessionStore(storage, self._copies, self.max_age, request)

    def hint_name(self, request: web.Request) -> str:
        """Return a name that contains the name of the session's cookie, unless that is usual."""
        session = self._storage_of(request).cookie_name
        return HINT_NAME if session == _USUAL_NAME else f"{HINT_NAME}_{session}"

    def hint_attributes(self, request: web.Request) -> str:
        """Return the attributes of the session's cookie, without HttpOnly and its lifetime."""
        return readable_attributes(self._storage_of(request))

    def _storage_of(self, request: web.Request) -> AbstractStorage:
        """Return the storage of this request's session. A clone of the request has none."""
        storage: AbstractStorage = self._storage or request[aiohttp_session.STORAGE_KEY]
        return storage


@dataclass(frozen=True, slots=True)
class _Merge:
    """A delta that was merged into a session before aiohttp_session saved it."""

    session: Session
    response: web.StreamResponse
    delta: Delta
    outcome: Outcome


class SessionStore(Store):
    """The flashes in the session of one user."""

    _loaded: Session | None = None
    _mapping: object = None  # the data of the loaded session, which invalidate() replaces
    _keys: Set[str] = frozenset()  # the keys of the session when it was loaded
    _is_shared = True  # whether the handler uses the loaded session, or one of its own
    _pending: Sequence[Flash] = ()  # the flashes in the session when it was loaded
    _merge: _Merge | None = None
    _revert = Delta()  # restores what was pending before the merge

    def __init__(
        self, storage: AbstractStorage, copies: Copies, max_age: int, request: web.Request
    ) -> None:
        self._storage = storage
        self.copies = copies
        self._max_age = max_age * 1_000_000
        self.may_hold_flashes = storage.cookie_name in request.headers.get(hdrs.COOKIE, "")

    async def load(self, request: web.Request) -> Sequence[Flash]:
        """Return the pending flashes, of all tabs, oldest first.

        The handler uses the session that is loaded here. A sub-application may have sessions of its
        own, so if one handles the request, a private copy of the session is loaded (B8).
        """
        self._is_shared = request.match_info.apps[-1] is request.app
        if self._is_shared:
            session = await aiohttp_session.get_session(request)
        else:
            session = await self._storage.load_session(request)
        self._loaded, self._mapping, self._keys = session, session._mapping, {*session._mapping}
        if self._keys & FLASH_KEYS:
            since, flashes = now() - self._max_age, read(session)
            self._pending = [flash for flash in flashes if not 0 < flash.created < since]
            if is_damaged(session, flashes):
                logger.warning("The session holds damaged flashes, which are ignored.")
        return self._pending

    async def handler_returned(
        self, request: web.Request, response: web.StreamResponse, decide: Decide
    ) -> None:
        """Merge the delta into the session if aiohttp_session is about to save it."""
        session = self._session_of(request)
        if session is None or not self._will_be_saved(session, response):
            return
        delta = decide(request, response)
        pending, before = await self._pending_in(session, request)
        outcome = self._apply(delta, pending)
        self._revert = outcome.undo
        if write(session, outcome.after):
            session.changed()
        self._merge = _Merge(session, response, delta, _with_cleared(outcome, before, delta))

    async def commit(
        self, request: web.Request, response: web.StreamResponse, delta: Delta
    ) -> Outcome:
        """Save the delta unless aiohttp_session has saved it, and keep the cookie small enough."""
        saved = self._saved_session(request, response)
        merge = self._merge
        if merge and self._holds(merge, delta, saved, response):
            outcome = merge.outcome
        elif saved is not None and (saved.identity is None or saved.empty):
            outcome = await self._save_again(request, response, delta, saved)
        elif delta or self._revert:
            outcome, saved = await self._save_alone(request, response, delta, saved)
        else:
            outcome = Outcome(self._pending, self._pending)
        if saved is not None and is_too_large(response, self._cookie_name):
            outcome, result = await self._made_to_fit(request, saved, outcome)
            if result is not None:
                result.add_to(response)
        elif merge and not response.prepared and not _is_on_server(merge.session):
            # In the bare style, aiohttp_session saves the session after the commit.
            outcome, _ = await self._made_to_fit(request, merge.session, outcome)
        if outcome.added and response.prepared and not self._will_be_loaded(response):
            logger.error(
                "Flashes are lost: %s does not set the cookie %r, so the next request does not "
                "load them. Use CookieTransport with this storage.",
                type(self._storage).__qualname__,
                self._cookie_name,
            )
        return outcome

    def _will_be_loaded(self, response: web.StreamResponse) -> bool:
        return self.may_hold_flashes or bool(sets_session(response, self._cookie_name))

    @property
    def _cookie_name(self) -> str:
        name: str = self._storage.cookie_name
        return name

    def _apply(self, delta: Delta, pending: Sequence[Flash]) -> Outcome:
        """Revert the merge in these flashes, if there was one, and apply the delta to them."""
        restored = self._revert.apply(pending).after if self._revert else pending
        return delta.apply(restored, since=now() - self._max_age)

    def _session_of(self, request: web.Request) -> Session | None:
        """Return the session that the handler uses now, if it belongs to this storage."""
        if request.get(aiohttp_session.STORAGE_KEY) is not self._storage:
            return None
        session: Session | None = request.get(aiohttp_session.SESSION_KEY)
        return session

    def _will_be_saved(self, session: Session, response: web.StreamResponse) -> bool:
        """Return whether the handler changed the session or created a new one (B4)."""
        return isinstance(response, _SAVED) and (session._changed or self._is_new(session))

    def _is_new(self, session: Session) -> bool:
        """Return whether this session comes from `new_session()` and replaces an existing one."""
        loaded = self._loaded
        return loaded is not None and loaded is not session and session.new and not loaded.new

    def _saved_session(self, request: web.Request, response: web.StreamResponse) -> Session | None:
        """Return the session for which aiohttp_session set the cookie of this response."""
        session = self._session_of(request)
        if session is None or not session._changed:
            return None
        # Saving a session sets its cookie. Only an empty session may delete it.
        is_set = sets_session(response, self._cookie_name)
        return session if is_set or (is_set is not None and session.empty) else None

    def _holds(
        self, merge: _Merge, delta: Delta, saved: Session | None, response: web.StreamResponse
    ) -> bool:
        """Return whether the merged delta is the delta to commit, and was or will be saved."""
        if merge.delta != delta or (saved is not None and saved is not merge.session):
            return False
        if ids(read(merge.session)) != ids(merge.outcome.after):  # emptied by a middleware
            return False
        # A storage may save the session in other ways than its cookie.
        is_saved = saved is not None or response is merge.response
        return is_saved or not response.prepared or not delta

    async def _pending_in(
        self, session: Session, request: web.Request
    ) -> tuple[Sequence[Flash], Sequence[Flash]]:
        """Return the flashes that a delta applies to, and those before the handler's changes.

        The handler may have dropped flashes by clearing the session, or replaced the session by a
        new one, to which they move along (B4). A session on a server is read again, because another
        request may have changed its flashes.
        """
        loaded = self._loaded
        if loaded is None:
            found = read(session)
            return found, found
        if self._is_new(session):
            return ([] if self._was_ended_before(session) else read(loaded)), self._pending
        if session.identity is None or self._is_ended(session):
            return read(session), self._pending
        try:
            fresh = await self._storage.load_session(request)
        except Exception as error:
            log_failure("The session could not be read again, so a flash may be lost", error)
            return read(session), self._pending
        found = read(session if fresh.new else fresh)
        deleted = (self._keys & FLASH_KEYS) - session._mapping.keys()  # by the handler (B4)
        return [flash for flash in found if session_key(flash) not in deleted], found

    def _was_ended_before(self, session: Session) -> bool:
        """Return whether a logout came before this new session: nothing moves along then (B4)."""
        if not self._is_shared and self._pending:  # here, a logout and a login look the same
            logger.warning("A sub-application began a new session: pending flashes were dropped.")
            return True
        return session._changed and session.empty

    def _is_ended(self, session: Session) -> bool:
        """Return whether the handler emptied the session (B4), even if it filled it again."""
        is_replaced = session is self._loaded and session._mapping is not self._mapping
        known = self._keys - FLASH_KEYS or self._keys
        return is_replaced or (bool(known) and known.isdisjoint(session._mapping))

    async def _save_again(
        self, request: web.Request, response: web.StreamResponse, delta: Delta, session: Session
    ) -> Outcome:
        """Apply the delta to a session that only this response holds, and save it again."""
        is_merged = self._merge is not None and self._merge.session is session
        pending: Sequence[Flash] = read(session)
        if not is_merged and self._is_new(session) and not pending:
            pending, _ = await self._pending_in(session, request)
        if session.empty:  # a middleware emptied it after the merge: restore nothing (B4)
            self._revert = Delta()
        outcome = self._apply(delta, pending)
        name = self._cookie_name
        if session.new and session.identity is None and name in response.cookies:
            # On a server, overwrite the record that aiohttp_session has just saved.
            session.set_new_identity(response.cookies[name].value)
        earlier = await save(request, self._storage, session)
        if write(session, outcome.after):
            (await save(request, self._storage, session)).add_to(response, earlier)
        return outcome

    async def _save_alone(
        self,
        request: web.Request,
        response: web.StreamResponse,
        delta: Delta,
        saved: Session | None,
    ) -> tuple[Outcome, Session | None]:
        """Load the session as it is stored now, and save it with only its flashes changed."""
        session = self._loaded
        if session is None or session.identity is not None or session._changed:
            session = await self._storage.load_session(request)
        if reason := self._reason_not_to_save(session, response, saved):
            if delta.added:
                logger.warning("Flashes are lost, because the session %s.", reason)
            return Outcome().without(delta.added, "cleared"), None
        outcome = self._apply(delta, read(session))
        if not write(session, outcome.after):
            return outcome, None
        current = self._session_of(request)
        if session is not self._loaded and current is not None:
            write(current, outcome.after)  # a later save of the handler's session keeps this
        result = await save(request, self._storage, session)
        result.without_old_news(request, session).add_to(response)
        return outcome, session

    def _reason_not_to_save(
        self, session: Session, response: web.StreamResponse, saved: Session | None
    ) -> str:
        """Return why flashes must not be saved in this session, or "" if they may."""
        if session.new and not self._keys <= FLASH_KEYS:
            return "ended during the request"
        may_be_set = hdrs.SET_COOKIE in response.headers or not response.prepared
        if saved is None and may_be_set and self._sets_cookie(response):
            return "was replaced by a cookie that the handler set"
        return ""

    def _sets_cookie(self, response: web.StreamResponse) -> bool:
        """Return whether the handler set or deleted the session's cookie, to log in or out."""
        name = self._cookie_name
        return name in response.cookies or bool(cookie_lines(response, name))

    async def _made_to_fit(
        self, request: web.Request, session: Session, outcome: Outcome
    ) -> tuple[Outcome, Saved | None]:
        """Drop the data of forms, then flashes, until browsers accept the session's cookie.

        Returns the outcome, and the cookies and headers to set if something was dropped. A browser
        silently ignores a cookie above 4096 bytes, and with it every other change that the request
        made to the session. If the session alone is too large, nothing is dropped.
        """

        async def saved_with(flashes: Iterable[Flash]) -> Saved:
            write(session, flashes)
            return await save(request, self._storage, session)

        async def do_fit(flashes: Sequence[Flash]) -> bool:
            return (await saved_with(flashes)).fits()

        left, taken = await fitted(outcome.after, do_fit)
        result = await saved_with(left)
        if not taken or not result.fits():
            write(session, outcome.after)
            return outcome, None
        logger.error(
            "Dropped %s, so that the session cookie stays within %d bytes. The session itself is "
            "kept. Flash less, or use a storage that keeps sessions on the server.",
            describe(taken),
            COOKIE_LIMIT,
        )
        return replace(outcome, after=left).without(dropped_by(taken), "too large"), result


def _is_on_server(session: Session) -> bool:
    """Return whether the session may be stored on a server. A new session does not tell."""
    return session.new or session.identity is not None


def _with_cleared(outcome: Outcome, before: Sequence[Flash], delta: Delta) -> Outcome:
    """Add the flashes that the handler removed with the session's data, at a logout."""
    known = ids(outcome.before)
    cleared = [flash for flash in before if flash.id not in known]
    if not cleared:
        return outcome
    unread = ids(cleared) - delta.gone
    return Outcome(
        sorted([*cleared, *outcome.before], key=by_id),
        outcome.after,
        {**dict.fromkeys(unread, "cleared"), **outcome.dropped},
    )
