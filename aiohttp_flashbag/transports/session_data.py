"""The flashes in a session: plain values, as version 0.0.3 has them too, and what lies beside them.

A value that this request passes over has the name `(time, key)` in a parcel: so what the request
does under the key does not touch it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Set
from typing import Any, TypeAlias

from aiohttp_session import Session

from ..address import Address
from ..parcel import Parcel, same

SESSION_KEY = "aiohttp_flashbag"
"""The key of the session under which the values are pending, as a plain dict."""
MESSAGES_KEY = "aiohttp_flashbag_messages"
"""The key of the session under which the messages are pending, as a list."""
ADDRESSES_KEY = "aiohttp_flashbag_addresses"
"""The key for when and to whom values were sent: a list of `[time, source, target, what]`.

`what` is a list of keys, or a dict of values if others were sent later under their keys."""
FLASH_KEYS = frozenset({SESSION_KEY, MESSAGES_KEY, ADDRESSES_KEY})


_NO_ADDRESS = Address(0)  # of a value that has none; as old as can be
Choose: TypeAlias = Callable[[Iterable[Address]], Set[Address]]
"""Returns the addresses whose flashes a request passes over."""
Aside: TypeAlias = list[tuple[Address, dict[str, Any]]]


def parse(session: Session, passed_over: Choose, max_age: int) -> Parcel:
    """Return the flashes in a session that are at most `max_age` seconds old.

    What has the wrong shape counts as empty (B7), what has no time counts as new.
    """
    held = session._mapping
    parcel = Parcel.parse(held.get(SESSION_KEY, {}), held.get(MESSAGES_KEY, []))
    oldest = time.time_ns() // 1000 - max_age * 1_000_000
    since = f"{oldest:013x}"  # as the ids of messages begin
    parcel.messages = [m for m in parcel.messages if m["id"] >= since or len(m["id"]) < len(since)]
    entries = held.get(ADDRESSES_KEY) if parcel.values else None
    addressed = [message["a"] for message in parcel.messages if "a" in message]
    if entries or addressed:
        plain, aside = _entries(entries)
        known = {*plain.values(), *(address for address, _ in aside)}
        known.update(filter(None, map(Address.parse, addressed)))
        parcel.passed_over, parcel.addresses = passed_over(known), plain
        if aside or parcel.passed_over or any(0 < address.at < oldest for address in known):
            _tell_apart(parcel, plain, aside, oldest)
    return parcel


def visible(parcel: Parcel) -> Parcel:
    """Return what of the flashes in a session the request does not pass over."""
    return Parcel(
        {key: value for key, value in parcel.values.items() if isinstance(key, str)},
        [m for m in parcel.messages if Address.parse(m.get("a")) not in parcel.passed_over],
    )


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


def _tell_apart(parcel: Parcel, plain: Mapping[str, Address], aside: Aside, oldest: int) -> None:
    """Give each value its address, and those that are passed over a name of their own."""
    values: dict[Any, Any] = {}
    addresses: dict[Any, Address] = {}
    owned = [(plain.get(key), {key: value}) for key, value in parcel.values.items()]
    for address, held in (*sorted(aside, key=lambda each: each[0].at), *owned):
        for key, value in held.items():
            if address is None:
                values[key] = value
                continue
            name = (address.at, key) if address in parcel.passed_over else key
            if address.at >= oldest or not address.at:
                values[name], addresses[name] = value, address
    parcel.values, parcel.addresses = values, addresses


def _entries(stored: Any) -> tuple[dict[str, Address], Aside]:
    """Return the addresses by key, and the values whose keys have others, with their addresses."""
    plain: dict[str, Address] = {}
    aside = []
    for *stamp, what in filter(_is_entry, stored if isinstance(stored, list) else ()):
        if (address := Address.parse(stamp)) is None:
            continue
        if isinstance(what, dict):
            aside.append((address, what))
        else:
            plain.update({key: address for key in what if isinstance(key, str)})
    return plain, aside


def _is_entry(stored: Any) -> bool:
    return isinstance(stored, list) and len(stored) == 4 and isinstance(stored[3], list | dict)


def _stored(parcel: Parcel) -> tuple[dict[str, Any], list[Any]]:
    """Return the values as 0.0.3 reads them, the latest of each key, and what lies beside them."""
    values: dict[str, Any] = {}
    owners: dict[str, Address] = {}
    kept: dict[Address, dict[str, Any]] = {}
    for address, key, value in _items(parcel):
        if key in values:
            kept.setdefault(owners[key], {})[key] = values[key]
        values[key], owners[key] = value, address
    keys: dict[Address, list[str]] = {}
    for key, address in owners.items():
        if address.at:
            keys.setdefault(address, []).append(key)
    return values, [[*address, what] for part in (keys, kept) for address, what in part.items()]


def _items(parcel: Parcel) -> list[tuple[Address, str, Any]]:
    """Return the values with their addresses and keys; where two have one key, the latest last."""
    addresses: Mapping[Any, Address] = parcel.addresses or {}
    items = [
        (addresses.get(name, _NO_ADDRESS), name if isinstance(name, str) else name[1], value)
        for name, value in parcel.values.items()
    ]
    if any(not isinstance(name, str) for name in parcel.values):
        items.sort(key=lambda item: item[0].at)
    return items
