"""Measure pages that show mail while they are open: `python -m benchmarks.live`.

The first figures are the seconds from `mailbox.flash` in another process to the text in a tab of
Chromium. The others are the cost of open streams: memory, CPU time while nothing happens, and the
time that the server needs to end.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, closing, contextmanager
from pathlib import Path
from random import Random
from typing import Any

import aiohttp
from redis.asyncio import Redis

from .client import HOST
from .launch import Program, Server, redis_server
from .servers.live import mailbox_in
from .table import progress, show

_PATIENCE = 30.0  # seconds
_ARGUMENTS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    "--remote-debugging-port=0",
)


class Tab:
    """A tab of Chromium, driven over the protocol of its developer tools."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse[bool]) -> None:
        self._socket, self._number, self._session = socket, 0, ""

    async def open(self, url: str) -> None:
        """Open a page, and wait until its script runs."""
        target = await self._send("Target.createTarget", url=url)
        attached = await self._send("Target.attachToTarget", **target, flatten=True)
        self._session = attached["sessionId"]
        await self.wait_for("window.flashbag?.live === true")

    async def evaluate(self, script: str) -> Any:
        """Return the value of a script."""
        result = await self._send("Runtime.evaluate", expression=script, returnByValue=True)
        return result["result"].get("value")

    async def wait_for(self, script: str) -> None:
        """Wait until a script is true."""
        end = time.monotonic() + _PATIENCE
        while not await self.evaluate(script):
            if time.monotonic() > end:
                raise RuntimeError(f"{script} was not true in {_PATIENCE} seconds")
            await asyncio.sleep(0.05)

    async def _send(self, method: str, **params: Any) -> Any:
        self._number += 1
        session = {"sessionId": self._session} if self._session else {}
        command = {"id": self._number, "method": method, "params": params, **session}
        await self._socket.send_json(command)
        while (reply := await self._socket.receive_json()).get("id") != self._number:
            pass
        return reply["result"]


@contextmanager
def chromium() -> Iterator[str]:
    """Run Chromium, and give the URL of its developer tools."""
    program = shutil.which("chromium")
    if program is None:
        raise SystemExit("Install chromium (on Debian: apt-get install chromium).")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        process = subprocess.Popen(  # noqa: S603
            [program, *_ARGUMENTS, f"--user-data-dir={folder}"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            assert process.stderr is not None  # noqa: S101
            for line in process.stderr:
                if found := re.match(r"DevTools listening on (\S+)", line):
                    yield found[1]
                    break
        finally:
            process.terminate()
            process.communicate()


@asynccontextmanager
async def tab_at(url: str) -> AsyncIterator[Tab]:
    """Open a tab at this page."""
    with chromium() as tools:
        async with (
            aiohttp.ClientSession() as client,
            client.ws_connect(tools, max_msg_size=0) as socket,
        ):
            tab = Tab(socket)
            await tab.open(url)
            yield tab


async def delays(redis_url: str, port: int, count: int) -> list[float]:
    """Return how many seconds each of these messages took to a tab."""
    random, sent = Random(count), list[float]()  # noqa: S311
    async with tab_at(f"http://localhost:{port}/ann") as tab, Redis.from_url(redis_url) as redis:
        mailbox = mailbox_in(redis)
        for number in range(count):
            progress(f"message {number}")
            await asyncio.sleep(random.uniform(0.1, 0.3))
            sent.append(time.time())
            await mailbox.flash("ann", str(number))
        await tab.wait_for(f"texts.length === {count}")
        shown = dict(zip(await tab.evaluate("texts"), await tab.evaluate("times"), strict=True))
    return [shown[str(number)] - at for number, at in enumerate(sent)]


async def costs(server: Server, count: int, idle: float) -> tuple[float, float, float]:
    """Return the memory of a stream in KiB, the share of a CPU while idle, and the end's seconds.

    `count` streams of different users are open. It measures the CPU for `idle` seconds.
    """
    headers = {"Sec-Fetch-Site": "same-origin", "Accept": "text/event-stream"}
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, headers=headers) as client:
        url = f"http://{HOST}:{server.port}"
        await (await client.get(f"{url}/ann")).read()
        before = _resident(server.pid)
        streams = [
            await client.get(f"{url}/flashbag/live", headers={"Cookie": f"user={number}"})
            for number in range(count)
        ]
        await asyncio.sleep(1)
        memory, began = (_resident(server.pid) - before) / count, server.cpu()
        await asyncio.sleep(idle)
        cpu = (server.cpu() - began) / 1e9 / idle
        stopped = time.monotonic()
        await asyncio.to_thread(server.close)
        ended = time.monotonic() - stopped
        for stream in streams:
            stream.close()
    return memory, cpu, ended


def _resident(pid: int) -> int:
    """Return the memory of a process in KiB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.findall(r"VmRSS:\s+(\d+) kB", status)[0])


def main() -> None:
    """Print two tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.live", description=__doc__)
    parser.add_argument("--messages", type=int, default=300, help="messages to a tab (300)")
    parser.add_argument("--streams", type=int, default=1000, help="open streams (1000)")
    parser.add_argument("--idle", type=float, default=30, help="seconds without mail (30)")
    options = parser.parse_args()
    with ExitStack() as stack:
        redis_url = f"redis://{HOST}:{stack.enter_context(redis_server())}/0"
        program = Program("live", (redis_url,))
        with closing(Server(program)) as server:
            times = asyncio.run(delays(redis_url, server.port, options.messages))
        server = Server(program)
        memory, cpu, ended = asyncio.run(costs(server, options.streams, options.idle))
    progress("")
    percentiles = statistics.quantiles(times, n=100)
    median, late = (f"{percentiles[place - 1] * 1000:.0f} ms" for place in (50, 99))
    show("mail in a tab", ("median", "99 %"), [(f"{options.messages} messages", median, late)])
    cells = (f"{memory:.1f} KiB", f"{cpu:.1%}", f"{ended:.2f} s")
    show("open streams", ("memory", "idle CPU", "end"), [(f"{options.streams} streams", *cells)])


if __name__ == "__main__":
    main()
