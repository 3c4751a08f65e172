"""Count messages that are lost while a server is killed: `python -m benchmarks.load`.

Fifty clients post a form, are redirected, and open the next page. Their requests go to two server
processes at random. Midway, one of them is killed and started again. Every message whose redirect
arrived must be shown exactly once, to the client that sent it. Pages that were on their way from
the killed server are the exception, and are counted separately.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from random import Random

from .client import Browser, Step
from .launch import Program, Server
from .table import show
from .works import session_storage

TRANSPORTS = {"session": "redis", "cookies": "encrypted", "tickets": "redis"}
"""The transports, each with a session storage that both processes share."""


class Client:
    """A visitor with cookies of its own, and the fate of its messages."""

    def __init__(self, name: str, ports: Sequence[int]) -> None:
        self.name, self.cookies = name, dict[bytes, bytes]()
        self.redirected, self.pending, self.in_flight = set[str](), set[str](), set[str]()
        self.shown = Counter[str]()
        self._ports, self._random = ports, Random(name)  # noqa: S311

    def post(self, number: int) -> None:
        """Post a form that flashes two messages, and open the next page."""
        texts = [f"{self.name}-{number}-{which}" for which in ("a", "b")]
        self.pending.update(texts)
        path = "/save?text={}&text={}".format(*texts)
        if self._go(Step("POST", path, 303)) is not None:
            self.redirected.update(texts)
        self.open_page()

    def open_page(self) -> None:
        """Note the messages that the page shows."""
        body = self._go(Step("GET", "/saved"))
        texts = json.loads(body) if body else []
        self.shown.update(texts)
        self.pending.difference_update(texts)

    def _go(self, step: Step) -> bytes | None:
        """Return the body, or None if the server died."""
        try:
            # A new connection, because an old one does not tell when its server died.
            with closing(Browser(self._random.choice(self._ports))) as browser:
                browser.cookies = self.cookies
                return browser.go(step)
        except OSError:
            self.in_flight |= self.pending
            return None

    def failures(self) -> dict[str, set[str]]:
        """Return the messages that were not shown exactly once to this client."""
        lost = self.redirected - self.shown.keys()
        repeated = {text for text, times in self.shown.items() if times > 1}
        return {
            "lost": lost - self.in_flight,
            "shown twice": repeated - self.in_flight,
            "shown to another client": {
                text for text in self.shown if not text.startswith(f"{self.name}-")
            },
        }


def measure(transport: str, clients: int, cycles: int) -> bool:
    """Print the figures, and return whether no message was lost, repeated or misdirected."""
    with ExitStack() as stack:
        storage = stack.enter_context(session_storage(TRANSPORTS[transport]))
        program = Program("with_extras", (transport, storage, "untraced"))
        servers = [stack.enter_context(closing(Server(program))) for _ in range(2)]
        ports = [server.port for server in servers]
        visitors = [Client(f"client{number}", ports) for number in range(clients)]
        start = time.monotonic()
        _put_under_load(servers[0], visitors, cycles)
        seconds = time.monotonic() - start
    failures = Counter[str]()
    for client in visitors:
        failures.update({name: len(texts) for name, texts in client.failures().items()})
    figures = {
        "redirected": sum(len(client.redirected) for client in visitors),
        "in flight when the server died": sum(len(client.in_flight) for client in visitors),
        **failures,
    }
    show(f"{transport}, {clients} clients", ["messages"], [(n, str(f)) for n, f in figures.items()])
    sys.stdout.write(f"{cycles} cycles took {seconds:.1f} seconds\n\n")
    return not failures.total()


def _put_under_load(victim: Server, visitors: Sequence[Client], cycles: int) -> None:
    def visit(first: int) -> None:
        for number in range(first, cycles, len(visitors)):
            visitors[first].post(number)
            if number == cycles // 2:
                victim.kill()
                victim.start()
        visitors[first].open_page()  # shows messages that are still pending

    with ThreadPoolExecutor(len(visitors)) as pool:
        list(pool.map(visit, range(len(visitors))))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description=__doc__)
    parser.add_argument("--transport", choices=TRANSPORTS, default="session")
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--cycles", type=int, default=20_000)
    return 0 if measure(**vars(parser.parse_args())) else 1


if __name__ == "__main__":
    sys.exit(main())
