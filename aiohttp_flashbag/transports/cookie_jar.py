"""The flashbag's cookies of one request, and what a delta leaves of the parcels in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..codec import largest, logger
from ..parcel import Delta, Parcel, flashed_at


@dataclass(slots=True)
class FlashCookie:
    """A parcel and its cookie.

    `created` in microseconds, for the order and the age. `size` in bytes as the browser sends it,
    0 if nothing is left. `readable` is False if it is forged, stale, or encrypted with a key that
    is unknown here. `value` is that of a cookie that is to be set.
    """

    name: str
    created: int
    parcel: Parcel
    size: int = 0
    readable: bool = True
    value: str = ""

    def differs(self, before: FlashCookie) -> bool:
        """Tell whether it holds less than before, or is given up."""
        return not self.size or _count(self.parcel) != _count(before.parcel)


Pack = Callable[[FlashCookie], None]


def after_delta(
    incoming: Sequence[FlashCookie], delta: Delta, new: FlashCookie, pack: Pack, max_bytes: int
) -> list[FlashCookie]:
    """Return what is left of each incoming cookie, in their order; `new` gets what is added.

    `pack` gives a cookie its value, and the size that its parcel needs.

    A cookie is never left with more than arrived in it. So the order in which overlapping requests
    are answered does not matter: none can take away what it has not seen.
    """
    left = _messages_left(incoming, delta)
    new.parcel = Parcel(dict(delta.values), [m for m in delta.messages if m["id"] in left])
    if new.parcel:
        pack(new)
    jar = [_lessened(cookie, delta, left, pack) for cookie in incoming]
    _make_room([*jar, new], pack, max_bytes)
    return jar


def _messages_left(incoming: Sequence[FlashCookie], delta: Delta) -> set[str]:
    """Return the ids of those that are pending after the delta."""
    pending = [message for cookie in incoming for message in cookie.parcel.messages]
    pending.sort(key=flashed_at)
    return {message["id"] for message in delta.apply(Parcel({}, pending)).messages}


def _lessened(cookie: FlashCookie, delta: Delta, left: set[str], pack: Pack) -> FlashCookie:
    values, messages = cookie.parcel.values, cookie.parcel.messages
    parcel = Parcel(
        {key: value for key, value in values.items() if not delta.touches(key)},
        [message for message in messages if message["id"] in left],
    )
    after = FlashCookie(cookie.name, cookie.created, parcel, cookie.size, cookie.readable)
    if after.differs(cookie):
        pack(after)
    return after


def _make_room(jar: Sequence[FlashCookie], pack: Pack, max_bytes: int) -> None:
    """Take from the oldest until all fits, and say so in the log.

    Of each parcel messages go before values. What cannot be read here goes first of all.
    """
    excess = sum(cookie.size for cookie in jar) - max_bytes
    dropped = 0
    for cookie in sorted(jar, key=lambda cookie: cookie.readable):
        if excess > 0:
            size, count = cookie.size, len(cookie.parcel)
            _shrink(cookie, pack, size - excess)
            excess -= size - cookie.size
            dropped += count - len(cookie.parcel)
    if dropped:
        logger.warning(
            "more than max_bytes=%d of flashes are pending: the oldest %d dropped",
            max_bytes,
            dropped,
        )


def _shrink(cookie: FlashCookie, pack: Pack, max_bytes: int) -> None:
    """Drop as many of the oldest as it takes."""
    parcel = cookie.parcel

    def fits(count: int) -> bool:
        cookie.parcel = parcel.newest(count)
        pack(cookie)
        return cookie.size <= max_bytes

    fits(largest(len(parcel) - 1, fits))


def _count(parcel: Parcel) -> tuple[int, int]:
    return len(parcel.values), len(parcel.messages)
