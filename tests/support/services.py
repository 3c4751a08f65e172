"""Real servers for the tests: redis-server and memcached, each on a free port of its own."""

from __future__ import annotations

import getpass
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

import pytest

HOST = "127.0.0.1"
PATIENCE = 10  # seconds until a server or a request that does not arrive fails the test


def free_port() -> int:
    """A port on which nobody listened a moment ago."""
    with socket.create_server((HOST, 0)) as server:
        port: int = server.getsockname()[1]
        return port


def refuse(program: str, package: str) -> NoReturn:
    """Skip what needs a program that is not installed; where CI is set, that is a failure."""
    reason = f"install {program}: apt-get install {package}"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


class Server:
    """A server program with a port and a directory of its own.

    Without the program a user's tests are skipped; where CI is set, that is a failure.
    """

    program: str
    package: str
    greeting: bytes
    answer: bytes

    def __init__(self) -> None:
        self.host = HOST
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def arguments(self) -> list[str]:
        """What the program is started with."""
        raise NotImplementedError

    def environment(self) -> Mapping[str, str]:
        """What its environment says."""
        return os.environ

    def prepare(self) -> None:
        """Put what it needs into its directory."""

    def start(self) -> None:
        """Start it, and return when it answers."""
        path = shutil.which(self.program)
        if path is None:
            refuse(self.program, self.package)
        self.directory = Path(tempfile.mkdtemp(prefix=f"{self.program}-"))
        self.prepare()
        with self._output.open("wb") as output:
            self._process = subprocess.Popen(
                [path, *self.arguments()],
                cwd=self.directory,
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        try:
            self._wait_for_answer(self._process)
        except BaseException:
            self.kill()
            raise

    def stop(self) -> None:
        """End it as an administrator would, a frozen one too; `start()` brings it back."""
        self._signal(signal.SIGTERM)
        self.thaw()
        self._bury()

    def kill(self) -> None:
        """End it as a power cut would; `start()` brings it back, with nothing in it."""
        self._signal(signal.SIGKILL)
        self._bury()

    def freeze(self) -> None:
        """Let it hang: it accepts connections and never answers."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def ask(self, command: bytes) -> bytes:
        """All that it answers to a line, over a connection of its own."""
        with socket.create_connection((self.host, self.port), timeout=PATIENCE) as connection:
            connection.sendall(command + b"\r\nquit\r\n")
            return b"".join(iter(lambda: connection.recv(1 << 16), b""))

    def answers(self) -> bool:
        """Tell whether it is ready."""
        try:
            return self.ask(self.greeting).startswith(self.answer)
        except OSError:
            return False

    def said(self) -> str:
        """What it has written to its terminal so far."""
        return self._output.read_text(encoding="utf-8", errors="replace")

    @property
    def _output(self) -> Path:
        return self.directory / "output"

    def _wait_for_answer(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not self.answers():
            with suppress(subprocess.TimeoutExpired):
                status = process.wait(timeout=0.01)
                ended = f"{self.program} ended with status {status} before it answered"
                raise RuntimeError(f"{ended}: {self.said()}")
            if time.monotonic() > deadline:
                raise RuntimeError(f"{self.program} did not answer within {PATIENCE} seconds")

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)

    def _bury(self) -> None:
        if self._process is not None:
            self._process.wait(PATIENCE)
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)  # whom it has started and left behind
            self._process = None
            shutil.rmtree(self.directory)


class RedisServer(Server):
    """redis-server, in memory only."""

    program = "redis-server"
    package = "redis-server"
    greeting = b"PING"
    answer = b"+PONG"

    @property
    def url(self) -> str:
        return f"redis://{self.host}:{self.port}/0"

    def arguments(self) -> list[str]:
        return ["--bind", self.host, "--port", str(self.port), "--save", "", "--appendonly", "no"]

    def commands(self) -> Counter[str]:
        """How often each command was called so far, but for those that ask for this."""
        calls = Counter[str]()
        for line in self.ask(b"INFO commandstats").decode().splitlines():
            # cmdstat_get:calls=50,usec=120,...
            command, _, figures = line.removeprefix("cmdstat_").partition(":calls=")
            if figures and command not in ("info", "quit"):
                calls[command] = int(figures.partition(",")[0])
        return calls


class MemcachedServer(Server):
    """memcached, which keeps nothing on disk anyway."""

    program = "memcached"
    package = "memcached"
    greeting = b"version"
    answer = b"VERSION"

    def arguments(self) -> list[str]:
        return ["-l", self.host, "-p", str(self.port), "-u", getpass.getuser()]

    def flush(self) -> None:
        """Forget everything stored."""
        self.ask(b"flush_all")
