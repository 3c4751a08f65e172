"""The cookies of one request with the parcels in them, and what is left of them after a change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..intake import Room, moment
from ..parcel import Change, Parcel, logger


@dataclass(slots=True)
class Carried:
    """A parcel and its cookie.

    `made` in microseconds, for the order and the age. `size` in bytes as the browser sends it, 0
    if nothing is left. Not `readable`: forged, stale, or sealed with a key unknown here.
    """

    name: str
    made: int
    parcel: Parcel
    size: int = 0
    readable: bool = True

    def differs(self, before: Carried) -> bool:
        """Less is in it than before; or it is given up."""
        return not self.size or _count(self.parcel) != _count(before.parcel)


def after_change(
    came: Sequence[Carried], change: Change, new: Carried, room: Room
) -> list[Carried]:
    """What is left of each cookie that came, in their order, and last the new one.

    A cookie is never left with more than came in it. So the order in which overlapping requests
    are answered does not matter: none can take away what it has not seen.
    """
    waiting = sorted((m for carried in came for m in carried.parcel.messages), key=moment)
    left = {message["id"] for message in change.apply(Parcel({}, waiting)).messages}
    new.parcel = Parcel(dict(change.values), [m for m in change.messages if m["id"] in left])
    jar = [replace(carried, parcel=_left_in(carried.parcel, change, left)) for carried in came]
    for carried, before in zip([*jar, new], [*came, Carried("", 0, Parcel())], strict=True):
        if carried.differs(before):
            carried.size = room.measure(carried.parcel) if carried.parcel else 0
    _make_room([*jar, new], room)
    return [*jar, new]


def _left_in(parcel: Parcel, change: Change, left: set[str]) -> Parcel:
    return Parcel(
        {key: value for key, value in parcel.values.items() if not change.touches(key)},
        [message for message in parcel.messages if message["id"] in left],
    )


def _make_room(jar: Sequence[Carried], room: Room) -> None:
    """Take from the oldest until all fits, and say so in the log.

    Of each parcel messages go before values. What cannot be read here goes first of all.
    """
    dropped = 0
    for carried in sorted(jar, key=lambda carried: carried.readable):
        while carried.size and sum(each.size for each in jar) > room.max_bytes:
            _drop_oldest(carried.parcel)
            dropped += carried.readable
            carried.size = room.measure(carried.parcel) if carried.parcel else 0
    if dropped:
        logger.warning(
            "more than max_bytes=%d of flashes wait: the oldest %d dropped", room.max_bytes, dropped
        )


def _drop_oldest(parcel: Parcel) -> None:
    if parcel.messages:
        del parcel.messages[0]
    elif parcel.values:
        del parcel.values[next(iter(parcel.values))]


def _count(parcel: Parcel) -> tuple[int, int]:
    return len(parcel.values), len(parcel.messages)
