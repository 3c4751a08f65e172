"""The cookies of one request with the parcels in them, and what is left of them after a change."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..parcel import Change, Parcel, logger, moment


@dataclass(slots=True)
class Carried:
    """A parcel and its cookie.

    `made` in microseconds, for the order and the age. `size` in bytes as the browser sends it, 0
    if nothing is left. Not `readable`: forged, stale, or sealed with a key unknown here. `sealed`
    is the value of a cookie that is to be set.
    """

    name: str
    made: int
    parcel: Parcel
    size: int = 0
    readable: bool = True
    sealed: str = ""

    def differs(self, before: Carried) -> bool:
        """Less is in it than before; or it is given up."""
        return not self.size or _count(self.parcel) != _count(before.parcel)


Pack = Callable[[Carried], None]


def after_change(
    came: Sequence[Carried], change: Change, new: Carried, pack: Pack, max_bytes: int
) -> list[Carried]:
    """What is left of each cookie that came, in their order; the new one gets what is added.

    `pack` gives a cookie the size that its parcel needs, and what seals it.

    A cookie is never left with more than came in it. So the order in which overlapping requests
    are answered does not matter: none can take away what it has not seen.
    """
    left = _messages_left(came, change)
    new.parcel = Parcel(dict(change.values), [m for m in change.messages if m["id"] in left])
    if new.parcel:
        pack(new)
    jar = [_lessened(carried, change, left, pack) for carried in came]
    _make_room([*jar, new], pack, max_bytes)
    return jar


def _messages_left(came: Sequence[Carried], change: Change) -> set[str]:
    """The ids of those that wait after the change."""
    waiting = [message for carried in came for message in carried.parcel.messages]
    waiting.sort(key=moment)
    return {message["id"] for message in change.apply(Parcel({}, waiting)).messages}


def _lessened(carried: Carried, change: Change, left: set[str], pack: Pack) -> Carried:
    parcel = Parcel(
        {key: value for key, value in carried.parcel.values.items() if not change.touches(key)},
        [message for message in carried.parcel.messages if message["id"] in left],
    )
    after = Carried(carried.name, carried.made, parcel, carried.size, carried.readable)
    if after.differs(carried):
        pack(after)
    return after


def _make_room(jar: Sequence[Carried], pack: Pack, max_bytes: int) -> None:
    """Take from the oldest until all fits, and say so in the log.

    Of each parcel messages go before values. What cannot be read here goes first of all.
    """
    if sum(carried.size for carried in jar) <= max_bytes:
        return
    dropped = 0
    for carried in sorted(jar, key=lambda carried: carried.readable):
        while carried.size and sum(each.size for each in jar) > max_bytes:
            _drop_oldest(carried.parcel)
            dropped += carried.readable
            pack(carried)
    if dropped:
        logger.warning(
            "more than max_bytes=%d of flashes wait: the oldest %d dropped", max_bytes, dropped
        )


def _drop_oldest(parcel: Parcel) -> None:
    if parcel.messages:
        del parcel.messages[0]
    elif parcel.values:
        del parcel.values[next(iter(parcel.values))]


def _count(parcel: Parcel) -> tuple[int, int]:
    return len(parcel.values), len(parcel.messages)
