"""The format of flashes in a session.

One dict holds the values and another the messages: `{id: [key, content, *address]}`. Version 0.0.3
stored values as `{key: value}` in the dict of values, and such values are still read. During a
deployment, a worker that still runs 0.0.3 finds a dict without any of its keys, as if no value were
pending.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from aiohttp_session import Session

from ..flash import Flash, by_id

SESSION_KEY = "aiohttp_flashbag"
"""The key of the session under which values are pending."""
MESSAGES_KEY = "aiohttp_flashbag_messages"
"""The key of the session under which messages are pending."""
FLASH_KEYS = frozenset({SESSION_KEY, MESSAGES_KEY})

# The prefix of ids of values that 0.0.3 stored. They sort before all others, and a time of 0 never
# expires.
_OF_0_0_3 = "0000000000000 "


def session_key(flash: Flash) -> str:
    """Return the key of the session under which a flash is stored."""
    return MESSAGES_KEY if flash.is_message else SESSION_KEY


def read(session: Session) -> list[Flash]:
    """Return the flashes in a session, oldest first, without damaged ones (B7)."""
    found = [
        flash
        for key in (SESSION_KEY, MESSAGES_KEY)
        for name, packed in _stored(session, key).items()
        if (flash := _unpack(key, name, packed)) is not None
    ]
    return sorted(found, key=by_id)


def is_damaged(session: Session, flashes: Sequence[Flash]) -> bool:
    """Return whether the session's data of the flashbag contains more than these flashes."""
    stored = [session._mapping[key] for key in FLASH_KEYS if key in session._mapping]
    are_dicts = all(isinstance(item, dict) for item in stored)
    return not are_dicts or len(flashes) != sum(map(len, stored))


def write(session: Session, flashes: Iterable[Flash]) -> bool:
    """Store exactly these flashes, without empty dicts (B4). Returns whether anything changed.

    This does not mark the session as changed, so aiohttp_session does not save it for this.
    """
    packed: dict[str, dict[str, Any]] = {SESSION_KEY: {}, MESSAGES_KEY: {}}
    for flash in flashes:
        name, content = _pack(flash)
        packed[session_key(flash)][name] = content
    held, is_changed = session._mapping, False
    for key, flashes_by_name in packed.items():
        if flashes_by_name:
            is_changed |= held.get(key) != flashes_by_name
            held[key] = flashes_by_name
        elif key in held:
            del held[key]
            is_changed = True
    return is_changed


def _stored(session: Session, key: str) -> dict[Any, Any]:
    stored = session._mapping.get(key)
    return stored if isinstance(stored, dict) else {}


def _unpack(key: str, name: Any, packed: Any) -> Flash | None:
    flash = Flash.unpack(name, packed)
    if flash is not None:
        return flash if session_key(flash) == key else None
    is_of_0_0_3 = key == SESSION_KEY and isinstance(name, str)
    return Flash(_OF_0_0_3 + name, name, packed) if is_of_0_0_3 else None


def _pack(flash: Flash) -> tuple[str, Any]:
    if flash.id.startswith(_OF_0_0_3):
        return flash.id.removeprefix(_OF_0_0_3), flash.content
    return flash.id, flash.pack()
