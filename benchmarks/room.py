"""What very many flashes in one request cost: `python -m benchmarks.room`, in milliseconds.

A form of 16,000 fields that a visitor made up must not stop the server, so the time may grow with
the number of keys and messages, and not with its square.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from statistics import median

import aiohttp_session
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from aiohttp_session import AbstractStorage, SimpleCookieStorage
from aiohttp_session.cookie_storage import EncryptedCookieStorage
from rich.console import Console
from rich.table import Table

from aiohttp_flashbag import CookieTransport, Flashbag, SessionTransport
from aiohttp_flashbag.transports import Transport

_COUNTS = (1000, 4000, 16_000)
_ROUNDS = 5
_KEY = b"k" * 32

Fill = Callable[[Flashbag, int], None]


def _set_values(bag: Flashbag, count: int) -> None:
    bag.replace_all({f"key{number}": number for number in range(count)})


def _flash(bag: Flashbag, count: int) -> None:
    for number in range(count):
        bag.flash(f"Message {number}", allow_duplicate=False)


WORKS: dict[str, Fill] = {"keys by replace_all": _set_values, "messages, each once": _flash}
TRANSPORTS: dict[str, tuple[Transport, AbstractStorage]] = {
    "session, Encrypted": (SessionTransport(), EncryptedCookieStorage(_KEY)),
    "session, Simple": (SessionTransport(), SimpleCookieStorage()),
    "own cookies": (CookieTransport(_KEY), SimpleCookieStorage()),
}


async def _milliseconds(
    transport: Transport, storage: AbstractStorage, fill: Fill, count: int
) -> float:
    """The time from filling the bag to the headers of the response."""
    request = make_mocked_request("POST", "/")
    request[aiohttp_session.STORAGE_KEY] = storage
    store, response = transport.open(request), web.Response()
    begin = time.perf_counter()
    bag = Flashbag(codec=store.codec)
    fill(bag, count)
    await store.commit(request, response, bag.delta(303, shows=False, page_view=False))
    return (time.perf_counter() - begin) * 1000


def main() -> None:
    """Measure and show."""
    table = Table("", *(f"{count:,}" for count in _COUNTS), "16,000 of 4,000")
    for title, (transport, storage) in TRANSPORTS.items():
        for name, fill in WORKS.items():
            times = [
                median(
                    asyncio.run(_milliseconds(transport, storage, fill, count))
                    for _ in range(_ROUNDS)
                )
                for count in _COUNTS
            ]
            figures = (f"{milliseconds:.1f}" for milliseconds in times)
            table.add_row(f"{title}: {name}", *figures, f"{times[-1] / times[-2]:.1f}")
    Console().print(table)


if __name__ == "__main__":
    main()
