"""`RedisTransport`: flashes in Redis or Valkey, and random tickets for them in cookies.

Overlapping requests may send their commands in any order: each hash is written once, by the
response that flashes, and later commands only remove fields. No lock is needed.

This module does not import redis. It works with any client that has the methods of `RedisClient`.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from typing import Any, Protocol

from aiohttp import hdrs, web

from ..copies import Copies
from ..flash import Delta, Flash, Outcome, ids
from ..log import log_failure, logger
from ..redis_client import check_client, check_max_age, flash_in
from ..time_limit import within
from . import check_positive
from .cookies import (
    OwnCookies,
    OwnCookieStore,
    OwnCookieTransport,
    compact_json,
    pairs_in,
    part_matcher,
    random_part,
    room_for_lines,
    room_in,
    size_of_pair,
)
from .room import Room, Step, describe
from .tickets import MAX_TICKETS, Removal, Stored, Tickets, new_ticket

_ADVICE = "Keep large data in a database and flash its id, or increase max_bytes."
_WRITE = "redis.call('HSET',KEYS[1],unpack(ARGV,2)) return redis.call('EXPIRE',KEYS[1],ARGV[1])"
"""Writes a hash and its expiry at once, also on a cluster, whose clients lack transactions."""

Command = Sequence[Any]
"""The name of a command and its arguments."""


class RedisClient(Protocol):
    """An asyncio client of redis-py or valkey-py, for one server or a cluster."""

    def execute_command(self, *args: Any, **options: Any) -> Any:
        """Send a command, and return an awaitable for its reply."""

    def pipeline(self, transaction: Any = ...) -> Any:
        """Return an object that collects commands and sends them together."""

    def aclose(self) -> Any:
        """Close the connections. Only asyncio clients have this method."""


class RedisTransport(OwnCookieTransport):
    """Flashes travel in Redis or Valkey. Cookies `<cookie_name>-<random>` hold tickets for them.

    `redis` is an asyncio client of redis-py (5.0.2 or newer) or valkey-py, for one server or a
    cluster. The application closes it. The keys begin with `prefix`, so that several applications
    can share a server. Unread flashes expire after `max_age` seconds.

    `max_bytes` limits the size of the flashes that one response adds. A message that is too large
    is shortened and a value is dropped, with an ERROR in the log.

    All calls for one request together take at most `timeout` seconds, even if the client has longer
    timeouts. If Redis fails, the page works without flashes, and one line is logged.

    The other parameters are attributes of the cookies. With `secure=None`, the cookies are Secure
    if the request came over HTTPS.

    Raises TypeError if `redis` is not an asyncio client, and for options of a wrong type. Raises
    ValueError for limits out of range, and for attributes that browsers reject.
    """

    def __init__(
        self,
        redis: RedisClient,
        *,
        prefix: str = "flashbag:",
        max_age: int = 86400,
        max_bytes: int = 65536,
        timeout: float = 1,
        cookie_name: str = "AIOHTTP_FLASHBAG",
        path: str = "/",
        domain: str | None = None,
        secure: bool | None = None,
        samesite: str | None = "Lax",
    ) -> None:
        _check(redis, prefix, timeout)
        check_positive("max_age", max_age)
        check_positive("max_bytes", max_bytes)
        check_max_age(max_age)
        self.cookies = OwnCookies(
            cookie_name,
            max_age=max_age,
            path=path,
            domain=domain,
            secure=secure,
            samesite=samesite,
        )
        self.copies = Copies()
        self.redis = redis
        self.prefix = prefix
        self.max_age = max_age
        self.max_bytes = max_bytes
        self.timeout = timeout
        self._part_of = part_matcher(self.cookies.prefix)

    def open(self, request: web.Request) -> RedisStore:
        """Return the store of the tickets that the request brought."""
        return RedisStore(self, request)

    def tickets_of(self, request: web.Request) -> Tickets:
        """Return the tickets that the request brought."""
        return Tickets(pair for pair in pairs_in(request) if self._is_ours(pair[0]))

    def size_of(self, flashes: Sequence[Flash]) -> int:
        """Return the bytes of these flashes in Redis, without the overhead of Redis itself."""
        return sum(len(field) + len(value) for field, value in fields_of(flashes).items())

    def room_for_tickets(self, request: web.Request, response: web.StreamResponse) -> int:
        """Return how many tickets may be pending, given the size of other cookies."""
        size = size_of_pair(f"{self.cookies.prefix}{random_part()}", new_ticket())
        return min(MAX_TICKETS, room_in(request, response, self._is_ours) // size)

    def _is_ours(self, name: str) -> bool:
        return self._part_of(name) is not None


class RedisStore(OwnCookieStore):
    """The flashes that the tickets of one browser name."""

    _transport: RedisTransport
    _has_failed = False  # and this was logged

    def __init__(self, transport: RedisTransport, request: web.Request) -> None:
        self._transport = transport
        self.copies = transport.copies
        self.may_hold_flashes = transport.cookies.prefix in request.headers.get(hdrs.COOKIE, "")
        self._hashes = Hashes(transport)
        self._tickets: Tickets | None = None

    async def load(self, request: web.Request) -> Sequence[Flash]:
        """Return the pending flashes. Raises the client's exceptions, and TimeoutError."""
        self._tickets = tickets = self._transport.tickets_of(request)
        try:
            tickets.load(await self._hashes.read(tickets.to_read()))
        except Exception:
            self._has_failed = True  # the caller logs it
            raise
        return self._not_expired(tickets.pending)

    async def commit(
        self, request: web.Request, response: web.StreamResponse, delta: Delta
    ) -> Outcome:
        """Write one hash for the new flashes, remove consumed ones, and set and delete cookies."""
        tickets = self._tickets
        if tickets is None:  # nothing was loaded, for example for a static file
            tickets = self._transport.tickets_of(request)
        if not delta:
            return Outcome(tickets.pending, tickets.pending)
        outcome = delta.apply(tickets.pending, since=self._transport.since)
        crowded: Set[str] = frozenset()
        if outcome.added:
            outcome, crowded = await self._limited(outcome, tickets, request, response)
        if delta.clears:
            removals = tickets.everything()
        else:
            removals = tickets.removals(ids(outcome.after), crowded)
        ticket, emptied = await self._save(outcome.added, removals)
        if ticket is None:
            outcome = outcome.without(outcome.added, "failed")
        if emptied is None and not delta.clears:
            lost = {flash_id: outcome.dropped[flash_id] for flash_id in ids(delta.added)}
            outcome = replace(outcome, after=outcome.before, dropped=lost)
        # A logout deletes the cookies even if Redis does not respond.
        ended = tickets.names() if delta.clears else tickets.ended(emptied or frozenset())
        postponed = self._set_cookies(ticket, ended, request, response, only_now=emptied is None)
        if postponed and emptied is None:
            logger.error(
                "Redis did not respond, and the response has no room to delete %d of the visitor's "
                "tickets. Their flashes are pending again when Redis is back.",
                postponed,
            )
        return outcome

    async def _limited(
        self,
        outcome: Outcome,
        tickets: Tickets,
        request: web.Request,
        response: web.StreamResponse,
    ) -> tuple[Outcome, Set[str]]:
        """Drop what is too large, and the oldest tickets if there are too many."""
        transport = self._transport
        room = transport.room_for_tickets(request, response)
        if not room:
            logger.error(
                "Dropped %s: other cookies leave no room for a ticket in the Cookie header. "
                "Delete or shorten them.",
                describe([Step(flash, None) for flash in outcome.added]),
            )
            return outcome.without(outcome.added, "too large"), frozenset()
        largest = Room(transport.size_of, transport.max_bytes, transport.max_bytes, _ADVICE)
        outcome = await largest.limit(outcome)
        return tickets.make_room(outcome, room) if outcome.added else (outcome, frozenset())

    async def _save(
        self, added: Sequence[Flash], removals: Sequence[Removal]
    ) -> tuple[str | None, Set[str] | None]:
        """Write a hash with the new flashes, and remove fields of others.

        Returns the new ticket, or None if nothing was written, and the tickets whose hashes are
        empty now, or None if nothing was removed. If Redis refuses the new flashes, for example
        because it is full, the others are removed all the same.
        """
        try:
            ticket = new_ticket() if added else None
            return ticket, await self._hashes.change(removals, ticket, fields_of(added))
        except Exception as error:
            self._log(error)
        try:
            return None, await self._hashes.change(removals) if added else None
        except Exception as error:
            self._log(error)
        return None, None

    def _log(self, error: Exception) -> None:
        """Log a failure, once for each request."""
        if not self._has_failed:
            self._has_failed = True
            log_failure("The changes of this request could not be saved in Redis", error)

    def _set_cookies(
        self,
        new: str | None,
        ended: Sequence[str],
        request: web.Request,
        response: web.StreamResponse,
        *,
        only_now: bool,
    ) -> int:
        """Set the new cookie and delete others, as many as the response has room for.

        Returns how many cookies stay. Their tickets find nothing, and a later response deletes
        them. With `only_now`, their flashes are still in Redis, so more lines are used.
        """
        cookies = self._transport.cookies
        lines, size = room_for_lines(response, has_hint=self._transport.has_hint)
        texts = [cookies.line(request, f"{cookies.prefix}{random_part()}", new)] if new else []
        texts += [cookies.line(request, name) for name in ended]
        for number, text in enumerate(texts):
            size -= len(text)
            if size < 0 or (number == lines and not only_now):
                return len(texts) - number
            response.headers.add(hdrs.SET_COOKIE, text)
        return 0


class Hashes:
    """The hashes of one request. Its calls together take at most `timeout` seconds."""

    def __init__(self, transport: RedisTransport) -> None:
        self._transport = transport
        self._left = transport.timeout

    async def read(self, tickets: Sequence[str]) -> dict[str, Stored]:
        """Return the contents of the hashes, in one round trip."""
        replies = await self._call([("HGETALL", self._key(ticket)) for ticket in tickets])
        return {ticket: stored_in(reply) for ticket, reply in zip(tickets, replies, strict=True)}

    async def change(
        self,
        removals: Sequence[Removal],
        ticket: str | None = None,
        fields: Mapping[str, bytes] | None = None,
    ) -> set[str]:
        """Remove fields, and write the hash of a new ticket, in one round trip.

        Returns the tickets whose hashes are empty now.
        """
        partial = [removal for removal in removals if removal.fields]
        removes = [self._remove(removal) for removal in removals]
        asks = [("HLEN", self._key(removal.ticket)) for removal in partial]
        writes = self._writes(self._key(ticket), fields or {}) if ticket else []
        replies = await self._call([*removes, *asks, *writes])
        counts = dict(zip((one.ticket for one in partial), replies[len(removes) :], strict=False))
        return {removal.ticket for removal in removals if not counts.get(removal.ticket)}

    def _key(self, ticket: str) -> str:
        return f"{self._transport.prefix}{ticket}"

    def _remove(self, removal: Removal) -> Command:
        key = self._key(removal.ticket)
        return ("HDEL", key, *removal.fields) if removal.fields else ("UNLINK", key)

    def _writes(self, key: str, fields: Mapping[str, bytes]) -> list[Command]:
        pairs = [part for pair in fields.items() for part in pair]
        return [("EVAL", _WRITE, 1, key, self._transport.max_age, *pairs)]

    async def _call(self, commands: Sequence[Command]) -> Sequence[Any]:
        """Send the commands together, and return their replies. Raises the first error."""
        if not commands:
            return ()
        if self._left <= 0:
            raise TimeoutError
        began = time.monotonic()
        try:
            return await within(self._left, self._send(commands))
        finally:
            self._left -= time.monotonic() - began

    async def _send(self, commands: Sequence[Command]) -> Sequence[Any]:
        redis = self._transport.redis
        if len(commands) == 1:
            return (await redis.execute_command(*commands[0]),)
        pipeline = redis.pipeline(transaction=False)
        for command in commands:
            pipeline.execute_command(*command)
        replies: Sequence[Any] = await pipeline.execute()
        return replies


def fields_of(flashes: Sequence[Flash]) -> dict[str, bytes]:
    """Return the fields of a hash with these flashes."""
    return {flash.id: compact_json(flash.pack()).encode() for flash in flashes}


def stored_in(reply: Mapping[Any, Any]) -> Stored:
    """Return the content of a hash, as a client with or without `decode_responses` returns it.

    Damaged fields are ignored, and expire.
    """
    flashes = [flash_in(field, value) for field, value in reply.items()]
    return Stored(len(reply), [flash for flash in flashes if flash is not None])


def _check(redis: object, prefix: object, timeout: object) -> None:
    methods = ("execute_command", "pipeline", "aclose")
    is_client = all(callable(getattr(redis, name, None)) for name in methods)
    check_client(redis, prefix, is_client=is_client)
    if not isinstance(timeout, int | float) or isinstance(timeout, bool):
        raise TypeError(f"timeout must be a number of seconds, not {timeout!r:.80}.")
    if not 0 < timeout < math.inf:
        raise ValueError(f"timeout must be a positive number of seconds, not {timeout}.")
