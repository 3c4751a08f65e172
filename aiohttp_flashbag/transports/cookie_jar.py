"""The flashbag's cookies of one request, and what a delta leaves of the parcels in them.

A cookie is never left with more than arrived in it. So overlapping responses may come in any order:
none can take away what its request has not seen.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..address import Address
from ..codec import largest, logger
from ..parcel import Aside, Delta, Parcel, flashed_at
from . import MAX_LINES


@dataclass(slots=True)
class FlashCookie:
    """A parcel and its cookie.

    `created` in microseconds, for the order and the age. `size` in bytes as the browser sends it,
    0 if nothing is left. `readable` is False if it is forged, stale, or encrypted with a key that
    is unknown here. `value` is what a changed cookie is to be set to, "" to delete it. The flashes
    of one that is `passed_over` are not for this request (T1). `expired`: what was in it, if it is
    too old; it is deleted with the next write.
    """

    name: str
    created: int
    parcel: Parcel
    size: int = 0
    readable: bool = True
    changed: bool = False
    value: str = ""
    address: Address | None = None
    passed_over: bool = False
    expired: Parcel | None = None


Pack = Callable[[FlashCookie], None]
"""Gives a cookie the value for its parcel, and the size of that."""


def after_delta(
    incoming: Sequence[FlashCookie], delta: Delta, new: FlashCookie | None
) -> list[FlashCookie]:
    """Return what is left of each incoming cookie, in their order, and `new` with what is added."""
    pending = [
        {**message, "a": cookie.address} if cookie.address else message
        for cookie in incoming
        for message in cookie.parcel.messages
    ]
    if len(pending) > 1:
        pending.sort(key=flashed_at)
    left = {message["id"] for message in delta.messages_after(pending)}
    after = [_less_consumed(cookie, delta, left) for cookie in incoming]
    if new is not None:
        messages = [message for message in delta.messages if message["id"] in left]
        new.parcel, new.changed = Parcel(dict(delta.values), messages), True
        if new.parcel:
            after.append(new)
    return after


def make_room(cookies: Iterable[FlashCookie], pack: Pack, max_bytes: int) -> list[FlashCookie]:
    """Return what is left if the oldest flashes go until all fits, and say so in the log.

    Cookies that cannot be read go first; in each parcel messages go before values.
    """
    cookies = [replace(cookie) for cookie in cookies]
    excess = sum(cookie.size for cookie in cookies) - max_bytes
    dropped = 0
    for cookie in sorted(cookies, key=lambda cookie: cookie.readable):
        if excess > 0:
            size, count = cookie.size, len(cookie.parcel)
            _drop_oldest(cookie, pack, size - excess)
            excess -= size - cookie.size
            dropped += count - len(cookie.parcel)
    if dropped:
        logger.warning(
            "more than max_bytes=%d of flashes are pending: the oldest %d dropped",
            max_bytes,
            dropped,
        )
    return cookies


def most_urgent(changed: Sequence[FlashCookie]) -> list[FlashCookie]:
    """Return `MAX_LINES` of the changed cookies: first those that are set, last the unreadable.

    What is not deleted now is deleted later, or shown twice rather than never.
    """
    return sorted(changed, key=lambda cookie: (not cookie.value, not cookie.readable))[:MAX_LINES]


def contents(cookies: Iterable[FlashCookie]) -> Parcel:
    """Return the flashes in all cookies, for an observer."""
    return _together((cookie.created, cookie.parcel) for cookie in cookies)


def expired(cookies: Iterable[FlashCookie]) -> Parcel:
    """Return the flashes that were too old to be read, in the same way."""
    return _together((cookie.created, cookie.expired or Parcel()) for cookie in cookies)


def _together(parcels: Iterable[tuple[int, Parcel]]) -> Parcel:
    values: dict[Aside, Any] = {}
    messages = []
    for at, parcel in parcels:
        named = {Aside(key, Address(at), False): value for key, value in parcel.values.items()}
        values.update(named)
        messages += parcel.messages
    return Parcel(values, messages, {name: name.address for name in values})


def _less_consumed(cookie: FlashCookie, delta: Delta, left: Container[str]) -> FlashCookie:
    """Return the cookie without the values that the delta touches and without other messages."""
    parcel = cookie.parcel
    after = Parcel(
        {
            key: value
            for key, value in parcel.values.items()
            if not delta.touches(key, passed_over=cookie.passed_over)
        },
        [message for message in parcel.messages if message["id"] in left],
    )
    if cookie.expired is not None:
        return replace(cookie, changed=True)
    if len(after) == len(parcel):
        return cookie
    address = cookie.address
    return FlashCookie(
        cookie.name, cookie.created, after, cookie.size, changed=True, address=address
    )


def _drop_oldest(cookie: FlashCookie, pack: Pack, max_bytes: int) -> None:
    """Drop as many of the oldest as it takes."""
    parcel = cookie.parcel

    def fits(count: int) -> bool:
        cookie.parcel = parcel.newest(count)
        pack(cookie)
        return cookie.size <= max_bytes

    fits(largest(len(parcel) - 1, fits))
    cookie.changed = True
