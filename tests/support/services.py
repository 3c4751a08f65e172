"""Servers that the tests start, such as redis-server and memcached, each on a free port."""

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
PATIENCE = 10  # seconds until a server or request that does not arrive fails the test


def free_port() -> int:
    """Return a port that was free a moment ago."""
    with socket.create_server((HOST, 0)) as server:
        port: int = server.getsockname()[1]
        return port


def refuse(program: str, package: str) -> NoReturn:
    """Skip a test whose program is not installed. If CI is set, let it fail."""
    reason = f"install {program}: apt-get install {package}"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


class Server:
    """A server program with a port and a directory of its own.

    If the program is not installed, the test is skipped, or fails if CI is set.
    """

    program: str
    package: str
    greeting: bytes
    answer: bytes
    """How the response to `greeting` begins when the server is ready."""

    def __init__(self) -> None:
        self.host = HOST
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def arguments(self) -> list[str]:
        """Return the command line after the program."""
        raise NotImplementedError

    def environment(self) -> Mapping[str, str]:
        """Return the environment of the program."""
        return os.environ

    def prepare(self) -> None:
        """Write the files that the program needs into its directory."""

    def start(self) -> None:
        """Start it, and return when it is ready."""
        path = shutil.which(self.program) or refuse(self.program, self.package)
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
            self._wait_until_ready(self._process)
        except BaseException:
            self.kill()
            raise

    def stop(self) -> None:
        """End it like an administrator, also if it is frozen. `start()` starts it again."""
        self._signal(signal.SIGTERM)
        self.thaw()
        self._clean_up()

    def kill(self) -> None:
        """End it like a power cut. `start()` starts it again, and it is empty."""
        self._signal(signal.SIGKILL)
        self._clean_up()

    def freeze(self) -> None:
        """Stop it, so that it accepts connections but never responds."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def ask(self, command: bytes) -> bytes:
        """Return its response to a line, over a new connection."""
        with socket.create_connection((self.host, self.port), timeout=PATIENCE) as connection:
            connection.sendall(command + b"\r\nquit\r\n")
            return b"".join(iter(lambda: connection.recv(1 << 16), b""))

    def answers(self) -> bool:
        """Return whether it is ready."""
        try:
            return self.ask(self.greeting).startswith(self.answer)
        except OSError:
            return False

    def said(self) -> str:
        """Return its output so far."""
        return self._output.read_text(encoding="utf-8", errors="replace")

    @property
    def _output(self) -> Path:
        return self.directory / "output"

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not self.answers():
            with suppress(subprocess.TimeoutExpired):
                status = process.wait(timeout=0.01)
                raise RuntimeError(f"{self.program} ended with status {status}: {self.said()}")
            if time.monotonic() > deadline:
                raise RuntimeError(f"{self.program} was not ready within {PATIENCE} seconds")

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)

    def _clean_up(self) -> None:
        if self._process is not None:
            self._process.wait(PATIENCE)
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)  # the programs that it has started
            self._process = None
            shutil.rmtree(self.directory)


class RedisServer(Server):
    """redis-server, without files."""

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
        """Return how often each command was called, without the commands of this method."""
        calls = Counter[str]()
        for line in self.ask(b"INFO commandstats").decode().splitlines():
            # cmdstat_get:calls=50,usec=120,...
            command, _, figures = line.removeprefix("cmdstat_").partition(":calls=")
            if figures and command not in ("info", "quit"):
                calls[command] = int(figures.partition(",")[0])
        return calls


class ValkeyServer(RedisServer):
    """valkey-server, which not every distribution has."""

    program = "valkey-server"
    package = "valkey"

    def start(self) -> None:
        """Start it, or skip the test, also if CI is set."""
        if shutil.which(self.program) is None:
            pytest.skip(f"{self.program} is not installed: apt-get install {self.package}")
        super().start()


class ClusterNode(RedisServer):
    """A redis-server that belongs to a cluster."""

    def __init__(self) -> None:
        super().__init__()
        self.bus_port = free_port()

    def arguments(self) -> list[str]:
        cluster = ["--cluster-enabled", "yes", "--cluster-port", str(self.bus_port)]
        return [*super().arguments(), *cluster]


class RedisCluster:
    """A Redis Cluster of three nodes without replicas."""

    SLOTS = ((0, 5460), (5461, 10922), (10923, 16383))

    def __init__(self) -> None:
        self.nodes = [ClusterNode() for _ in self.SLOTS]

    @property
    def url(self) -> str:
        return self.nodes[0].url

    def start(self) -> None:
        """Start the nodes, and return when all of them know the others."""
        for node, (first, last) in zip(self.nodes, self.SLOTS, strict=True):
            node.start()
            assert node.ask(f"CLUSTER ADDSLOTSRANGE {first} {last}".encode()).startswith(b"+OK")
        first_node = self.nodes[0]
        for node in self.nodes[1:]:
            meet = f"CLUSTER MEET {first_node.host} {first_node.port} {first_node.bus_port}"
            assert node.ask(meet.encode()).startswith(b"+OK")
        deadline = time.monotonic() + PATIENCE
        while not all(self._is_ready(node) for node in self.nodes):
            if time.monotonic() > deadline:
                raise RuntimeError(f"the cluster was not ready within {PATIENCE} seconds")
            time.sleep(0.01)

    def stop(self) -> None:
        for node in self.nodes:
            node.stop()

    def _is_ready(self, node: ClusterNode) -> bool:
        info = node.ask(b"CLUSTER INFO")
        return b"cluster_state:ok" in info and b"cluster_known_nodes:3" in info


class MemcachedServer(Server):
    """memcached."""

    program = "memcached"
    package = "memcached"
    greeting = b"version"
    answer = b"VERSION"

    def arguments(self) -> list[str]:
        return ["-l", self.host, "-p", str(self.port), "-u", getpass.getuser()]

    def flush(self) -> None:
        """Delete everything."""
        self.ask(b"flush_all")
