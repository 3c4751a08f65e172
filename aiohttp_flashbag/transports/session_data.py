"""The flashes in a session: plain values, as version 0.0.3 has them too, and what lies beside them.

Where several values have one key, a parcel names those `Aside` that this request does not see.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from typing import Any, TypeAlias

from aiohttp_session import Session

from ..address import Address
from ..parcel import Aside, Parcel, same

SESSION_KEY = "aiohttp_flashbag"
"""The key of the session under which the values are pending, as a plain dict."""
MESSAGES_KEY = "aiohttp_flashbag_messages"
"""The key of the session under which the messages are pending, as a list."""
ADDRESSES_KEY = "aiohttp_flashbag_addresses"
"""The key for when and to whom values were sent: a list of `[time, source, target, what]`.

`what` is a list of keys, or a dict of values if others were sent later under their keys."""
FLASH_KEYS = frozenset({SESSION_KEY, MESSAGES_KEY, ADDRESSES_KEY})

_Item: TypeAlias = tuple[Address, str, Any]  # a value, before it its address and its key
_NOBODY = Address(0)
_time_in = re.compile(r"[0-9a-f]{13}", re.ASCII).match  # with which the id of a message begins
Choose: TypeAlias = Callable[[Iterable[Address]], Set[Address]]
"""Returns the addresses whose flashes a request passes over."""


def parse(session: Session, passed_over: Choose, max_age: int) -> Parcel:
    """Return the flashes in a session that are at most `max_age` seconds old.

    What has the wrong shape counts as empty (B7), what has no time counts as new.
    """
    held = session._mapping
    parcel = Parcel.parse(held.get(SESSION_KEY, {}), held.get(MESSAGES_KEY, []))
    oldest = time.time_ns() // 1000 - max_age * 1_000_000
    since = f"{oldest:013x}"
    parcel.messages = [m for m in parcel.messages if m["id"] >= since or not _time_in(m["id"])]
    entries = held.get(ADDRESSES_KEY) if parcel.values else None
    addressed = [message["a"] for message in parcel.messages if "a" in message]
    if entries or addressed:
        found = _read(parcel.values, entries)
        items = [item for item in found if not 0 < item[0].at < oldest]
        known = {address for address, _, _ in items}
        known.update(filter(None, map(Address.parse, addressed)))
        parcel.passed_over = passed_over(known)
        _name(items, parcel)
    return parcel


def visible(parcel: Parcel) -> Parcel:
    """Return what of the flashes in a session the request sees."""
    if not parcel.addresses and not parcel.passed_over:
        return parcel
    values = {key: value for key, value in parcel.values.items() if not isinstance(key, Aside)}
    messages, hidden = parcel.messages, parcel.passed_over
    if hidden:
        messages = [m for m in messages if Address.parse(m.get("a")) not in hidden]
    return Parcel(values, messages, parcel.addresses)


def put(session: Session, parcel: Parcel) -> bool:
    """Let the session hold this parcel, and nothing empty. Returns whether that changed it.

    aiohttp_session does not notice, so it does not save the session for that.
    """
    changed = False
    held = session._mapping
    values, entries = _stored(parcel) if parcel.addresses else (parcel.values, [])
    lying = ((SESSION_KEY, values), (MESSAGES_KEY, parcel.messages), (ADDRESSES_KEY, entries))
    for key, pending in lying:
        if pending and (key not in held or not same(held[key], pending)):
            held[key] = pending
            changed = True
        elif not pending and key in held:
            del held[key]
            changed = True
    return changed


def _name(items: Iterable[_Item], parcel: Parcel) -> None:
    """Let the parcel have these values: the last of a key that is not passed over has its name."""
    values: dict[Any, Any] = {}
    addresses: dict[Any, Address] = {}
    for address, key, value in reversed([*items]):
        is_passed_over = address in parcel.passed_over
        is_aside = is_passed_over or key in values
        name = Aside(key, address, is_passed_over) if is_aside else key
        values[name], addresses[name] = value, address
    parcel.values, parcel.addresses = dict(reversed(values.items())), addresses


def _read(values: Mapping[str, Any], stored: Any) -> list[_Item]:
    """Return all values with their addresses, oldest first."""
    owners: dict[str, Address] = {}
    items: list[_Item] = []
    for *stamp, what in filter(_is_entry, stored if isinstance(stored, list) else ()):
        if (address := Address.parse(stamp)) is None:
            continue
        if isinstance(what, dict):
            items += [(address, key, value) for key, value in what.items()]
        else:
            owners.update({key: address for key in what if isinstance(key, str)})
    items.sort(key=_sent_at)
    return items + [(owners.get(key, _NOBODY), key, value) for key, value in values.items()]


def _is_entry(stored: Any) -> bool:
    return isinstance(stored, list) and len(stored) == 4 and isinstance(stored[3], list | dict)


def _stored(parcel: Parcel) -> tuple[dict[str, Any], list[Any]]:
    """Return the values as 0.0.3 reads them, the latest of each key, and what lies beside them."""
    values: dict[str, Any] = {}
    owners: dict[str, Address] = {}
    kept: dict[Address, dict[str, Any]] = {}
    for address, key, value in sorted(_items(parcel), key=_sent_at):
        if key in values:
            kept.setdefault(owners.pop(key), {})[key] = values.pop(key)
        values[key], owners[key] = value, address
    keys: dict[Address, list[str]] = {}
    for key, address in owners.items():
        if address.at:
            keys.setdefault(address, []).append(key)
    entries = [*sorted(keys.items()), *sorted(kept.items(), key=lambda entry: entry[0])]
    return values, [[*address, what] for address, what in entries]


def _items(parcel: Parcel) -> Iterator[_Item]:
    """Yield each value with its address; one that has none is as old as can be."""
    addresses = parcel.addresses or {}
    for name, value in parcel.values.items():
        key = name.key if isinstance(name, Aside) else name
        yield addresses.get(name, _NOBODY), key, value


def _sent_at(item: _Item) -> int:
    return item[0].at
