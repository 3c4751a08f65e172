"""Messages under load: is one lost, is one shown to somebody else, while a server is killed?

python -m benchmarks.load                       20,000 cycles over sessions in Redis
python -m benchmarks.load --transport cookies   the same without sessions
python -m benchmarks.load --cycles 1000         for a hurry

Two server processes share a Redis behind nginx (without nginx, the clients take turns). Fifty
clients post, are redirected and look at the next page. Midway one process is killed and started
again. Every message whose redirect was received must be shown, once, to the client that sent it,
save for pages that were on their way from the killed process: these are counted apart.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import secrets
import sys
import time
from base64 import urlsafe_b64encode
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import cycle

import aiohttp

from .launch import HOST, redis_server
from .load_servers import PATIENCE, Program, balanced, free_port

ANY_FAULT = (aiohttp.ClientError, asyncio.TimeoutError, ConnectionError)


@dataclass
class Tally:
    """What became of the messages; `in_flight` may be lost with the process that was killed."""

    cycles: int = 0
    redirected: set[str] = field(default_factory=set)
    shown: Counter[str] = field(default_factory=Counter)
    in_flight: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)
    faults: int = 0

    def lost(self) -> set[str]:
        return self.redirected - self.shown.keys()

    def holds(self) -> bool:
        """The promise was kept."""
        twice = {text for text, times in self.shown.items() if times > 1}
        return not (self.wrong or (self.lost() | twice) - self.in_flight)

    def report(self, seconds: float) -> str:
        lost, twice = self.lost(), {text for text, times in self.shown.items() if times > 1}
        return "\n".join(
            [
                f"cycles                          {self.cycles}",
                f"messages whose redirect came    {len(self.redirected)}",
                f"lost                            {len(lost - self.in_flight)}",
                f"shown twice                     {len(twice - self.in_flight)}",
                f"shown to a wrong client         {len(self.wrong)}",
                f"requests that met a dead server {self.faults}",
                f"messages in flight on it        {len(self.in_flight)}",
                f"of these lost, shown twice      {len(lost & self.in_flight)}, "
                f"{len(twice & self.in_flight)}",
                f"seconds                         {seconds:.1f}",
            ]
        )


class Browser:
    """A client with cookies of its own."""

    def __init__(self, name: str, ports: Sequence[int], tally: Tally) -> None:
        self.name, self.tally = name, tally
        self._ports = cycle(ports)
        self._waiting: set[str] = set()
        self._session = aiohttp.ClientSession(
            cookie_jar=aiohttp.CookieJar(unsafe=True), timeout=aiohttp.ClientTimeout(PATIENCE)
        )

    async def cycle(self, number: int) -> None:
        """Post, be redirected, look."""
        text = f"{self.name}-{number}"
        sent = {text, f"also {text}"}
        self._waiting |= sent
        try:
            async with self._ask("POST", f"/save?text={text}") as response:
                if self._is_in_order(response, 303):
                    self.tally.redirected |= sent
        except ANY_FAULT:
            self._note_fault()
        await self.look()
        self.tally.cycles += 1

    async def look(self) -> None:
        """What is shown must be this client's."""
        try:
            async with self._ask("GET", "/page") as response:
                texts = await response.json() if self._is_in_order(response, 200) else []
        except ANY_FAULT:
            self._note_fault()
            return
        self.tally.shown.update(texts)
        self.tally.wrong += [text for text in texts if not self._sent(text)]
        self._waiting.difference_update(texts)

    async def close(self) -> None:
        await self.look()
        await self._session.close()

    def _sent(self, text: str) -> bool:
        return text.removeprefix("also ").startswith(f"{self.name}-")

    def _ask(
        self, method: str, path: str
    ) -> contextlib.AbstractAsyncContextManager[aiohttp.ClientResponse]:
        url = f"http://{HOST}:{next(self._ports)}{path}"
        return self._session.request(method, url, allow_redirects=False)

    def _is_in_order(self, response: aiohttp.ClientResponse, status: int) -> bool:
        """nginx says 502, or names two servers if the first died while it was asked."""
        if response.status != status or "," in response.headers.get("X-Asked", ""):
            self._note_fault()
        return response.status == status

    def _note_fault(self) -> None:
        self.tally.faults += 1
        self.tally.in_flight |= self._waiting


async def put_under_load(
    workers: Sequence[Program], ports: Sequence[int], clients: int, cycles: int
) -> Tally:
    tally, numbers = Tally(), iter(range(cycles))
    browsers = [Browser(f"client{name}", ports, tally) for name in range(clients)]

    async def browse(browser: Browser) -> None:
        for number in numbers:  # shared: each number is taken once
            await browser.cycle(number)
            if number == cycles // 2:
                await workers[0].kill()
                await workers[0].start()

    await asyncio.gather(*map(browse, browsers))
    for browser in browsers:
        await browser.close()
    return tally


async def measure(transport: str, clients: int, cycles: int) -> bool:
    """Print the figures; whether the promise was kept."""
    with redis_server() as redis:
        chosen = transport, f"redis://{HOST}:{redis}/0", urlsafe_b64encode(secrets.token_bytes(32))
        workers = [worker_on(free_port(), *chosen) for _ in range(2)]
        try:
            await asyncio.gather(*(worker.start() for worker in workers))
            async with balanced(workers) as ports:
                began = time.monotonic()
                tally = await put_under_load(workers, ports, clients, cycles)
        finally:
            await asyncio.gather(*(worker.stop() for worker in workers))
    seconds = time.monotonic() - began
    sys.stdout.write(f"{transport}, {clients} clients\n{tally.report(seconds)}\n")
    return tally.holds()


def worker_on(port: int, transport: str, redis_url: str, key: bytes) -> Program:
    module = "benchmarks.load_worker"
    return Program(
        port, sys.executable, "-m", module, str(port), transport, redis_url, key.decode()
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--transport", choices=["session", "cookies"], default="session")
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--cycles", type=int, default=20_000)
    chosen = parser.parse_args()
    return 0 if asyncio.run(measure(**vars(chosen))) else 1


if __name__ == "__main__":
    sys.exit(main())
