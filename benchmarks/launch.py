"""The programs that a benchmark starts: servers under test and redis-server."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from .environments import HERE, Environment

HOST = "127.0.0.1"
_PATIENCE = 10.0  # seconds


@dataclass(frozen=True)
class Program:
    """A module of `benchmarks.servers`, and how it is called."""

    module: str
    arguments: tuple[str, ...] = ()
    environment: Environment = HERE
    options: tuple[str, ...] = ()
    """Of python itself."""


class Server:
    """A program that answers on a port, and the CPU time it took. `seed`: of its hashes."""

    def __init__(self, program: Program, seed: int = 0) -> None:
        environment = program.environment
        with socket.create_server((HOST, 0)) as listening:
            self.port: int = listening.getsockname()[1]
            handle = listening.fileno()
            module = ("-m", f"benchmarks.servers.{program.module}", *program.arguments)
            self._process = subprocess.Popen(  # noqa: S603  # nothing of a user's
                [environment.python, *program.options, *module, str(handle)],
                cwd=environment.folder,
                env={**os.environ, "PYTHONHASHSEED": str(seed)},
                pass_fds=[handle],
            )

    def cpu(self) -> int:
        """Nanoseconds of CPU time so far, of all its threads, in user space and kernel."""
        clock = ~self._process.pid << 3 | 2  # as clock_getcpuclockid(3) makes it on Linux
        return time.clock_gettime_ns(clock)

    def collect(self) -> None:
        """Let it collect its garbage before it answers again."""
        self._process.send_signal(signal.SIGUSR2)

    def stop(self) -> None:
        """End it."""
        _end(self._process)


@contextmanager
def redis_server() -> Iterator[int]:
    """The port of a Redis that is empty and forgets."""
    program = _redis_program()
    port = _free_port()
    options = f"--port {port} --bind {HOST} --appendonly no --loglevel warning --save".split()
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(  # noqa: S603
            [program, *options, ""], cwd=folder, stdout=subprocess.DEVNULL
        )
        try:
            _wait_for(port)
            yield port
        finally:
            _end(process)


def _redis_program() -> str:
    program = shutil.which("redis-server")
    if program is None:
        raise SystemExit(
            "redis-server is missing: install it (on Debian: apt-get install redis-server)"
        )
    return program


def prepare(*, needs_redis: bool = True) -> None:
    """Run on one CPU from now on, with everything that is started from here; end it on SIGTERM."""
    if needs_redis:
        _redis_program()
    if sys.platform != "linux":
        raise SystemExit("the benchmarks run on Linux only: they read CPU times as it gives them")
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by SIGTERM"))


def _free_port() -> int:
    with socket.create_server((HOST, 0)) as server:
        port: int = server.getsockname()[1]
        return port


def _wait_for(port: int) -> None:
    end = time.monotonic() + _PATIENCE
    while True:
        try:
            socket.create_connection((HOST, port)).close()
        except ConnectionRefusedError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)
        else:
            return


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
