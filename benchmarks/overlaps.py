"""Count what is lost when requests overlap: `python -m benchmarks.overlaps`.

Two server processes share a Redis. In each round of the first table, one browser sends several
requests that flash at the same moment, and then opens two pages. A message is lost if neither shows
it. In each round of the second table, a browser logs out while another of its requests flashes. The
logout is undone if the session has its user again afterwards.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack, asynccontextmanager, closing
from dataclasses import dataclass
from random import Random
from typing import Any

import aiohttp
from yarl import URL

from .client import HOST
from .launch import Program, Server
from .table import progress, show
from .works import session_storage

SETUPS = {
    "session in a cookie": ("session", "encrypted"),
    "session in Redis": ("session", "redis"),
    "own cookies": ("cookies", "encrypted"),
    "tickets": ("tickets", "redis"),
}
"""The transport and the storage of sessions, by the name in the tables."""
_SESSION = "AIOHTTP_SESSION"


@dataclass(frozen=True)
class Figures:
    """The result of all rounds."""

    flashed: int
    lost: int
    repeated: int


class Browser:
    """A browser whose requests go to both servers in turn."""

    def __init__(self, client: aiohttp.ClientSession, ports: Sequence[int]) -> None:
        self._client, self._ports, self._count = client, ports, 0

    async def go(self, method: str, path: str, *, late: float = 0, **options: Any) -> str:
        """Send a request after `late` seconds, and return the body of the response."""
        self._count += 1
        port = self._ports[self._count % len(self._ports)]
        if late:
            await asyncio.to_thread(time.sleep, late)  # asyncio rounds up to milliseconds
        url = f"http://{HOST}:{port}{path}"
        async with self._client.request(method, url, allow_redirects=False, **options) as response:
            if response.status >= 400:
                raise RuntimeError(f"{method} {path}: status {response.status}")
            return await response.text()

    async def messages(self) -> list[str]:
        """Open a page, and return the messages that it shows."""
        async with self._client.get(f"http://{HOST}:{self._ports[0]}/saved") as response:
            texts: list[str] = await response.json()
            return texts

    async def user_of(self, session: str) -> str:
        """Return the user of a session, whether the browser still has its cookie or not."""
        jar, headers = aiohttp.DummyCookieJar(), {"Cookie": f"{_SESSION}={session}"}
        async with aiohttp.ClientSession(cookie_jar=jar, headers=headers) as client:
            return await Browser(client, self._ports).go("GET", "/whoami")

    def session(self) -> str:
        """Return the value of the session's cookie."""
        cookies = self._client.cookie_jar.filter_cookies(URL(f"http://{HOST}/"))
        return cookies[_SESSION].value if _SESSION in cookies else ""


@asynccontextmanager
async def browsers(setup: str) -> AsyncIterator[Browser]:
    """Run two servers, and give a browser."""
    transport, storage = SETUPS[setup]
    with ExitStack() as stack:
        argument = stack.enter_context(session_storage(storage))
        program = Program("with_extras", (transport, argument, "untraced"))
        servers = [stack.enter_context(closing(Server(program))) for _ in range(2)]
        jar, connector = aiohttp.CookieJar(unsafe=True), aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(cookie_jar=jar, connector=connector) as client:
            yield Browser(client, [server.port for server in servers])


async def simultaneous(setup: str, count: int, rounds: int) -> Figures:
    """Send `count` requests that flash at the same moment, again and again."""
    flashed, shown = set[str](), Counter[str]()
    async with browsers(setup) as browser:
        await browser.go("POST", "/login?name=ann")
        for number in range(rounds):
            progress(f"{setup}, {count} at once: {number}")
            texts = [f"{number}-{which}" for which in range(count)]
            await asyncio.gather(*(browser.go("POST", f"/save?text={text}") for text in texts))
            flashed.update(texts)
            for _ in range(2):
                shown.update(await browser.messages())
    repeated = sum(times > 1 for times in shown.values())
    return Figures(len(flashed), len(flashed - shown.keys()), repeated)


async def logouts(setup: str, window: float, rounds: int) -> int:
    """Log out while another request flashes. Returns how many logouts were undone.

    The two requests begin at most `window` seconds apart.
    """
    undone, random = 0, Random(setup)  # noqa: S311
    on_server = SETUPS[setup][1] == "redis"
    async with browsers(setup) as browser:
        for number in range(rounds):
            progress(f"{setup}, logouts within {window} seconds: {number}")
            await browser.go("POST", f"/login?name=ann{number}")
            session, late = browser.session(), random.uniform(-window, window)
            await asyncio.gather(
                browser.go("POST", "/save?text=Saved", late=max(0, -late)),
                browser.go("POST", "/logout", late=max(0, late)),
            )
            users = [await browser.go("GET", "/whoami")]
            if on_server:  # it may be alive although the browser has dropped its cookie
                users.append(await browser.user_of(session))
            undone += f"ann{number}" in users
            await browser.go("POST", "/logout")
    return undone


def main() -> None:
    """Print two tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.overlaps", description=__doc__)
    parser.add_argument("--rounds", type=int, default=500, help="rounds of two flashes (500)")
    parser.add_argument("--crowds", type=int, default=200, help="rounds of 20 flashes (200)")
    parser.add_argument("--logouts", type=int, default=500, help="logouts (500)")
    options = parser.parse_args()
    flashes, ends = [], []
    for setup in SETUPS:
        for count, rounds in ((2, options.rounds), (20, options.crowds)):
            figures = asyncio.run(simultaneous(setup, count, rounds))
            lost = f"{figures.lost} ({figures.lost / figures.flashed:.0%})"
            cells = (str(rounds), str(figures.flashed), lost, str(figures.repeated))
            flashes.append((f"{setup}, {count} at once", *cells))
        for window in (0.002, 0.004, 0.05):
            undone = asyncio.run(logouts(setup, window, options.logouts))
            name = f"{setup}, within {window * 1000:.0f} ms"
            ends.append((name, str(options.logouts), str(undone)))
    progress("")
    show("overlapping flashes", ("rounds", "messages", "lost", "shown twice"), flashes)
    show("overlapping logouts", ("logouts", "undone"), ends)


if __name__ == "__main__":
    main()
