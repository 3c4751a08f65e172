"""Start and stop programs: the servers that are measured, and redis-server."""

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

from .client import HOST
from .environments import HERE, Environment

_PATIENCE = 10.0  # seconds


@dataclass(frozen=True)
class Program:
    """A module of `benchmarks.servers`, its arguments, and the options of Python itself."""

    module: str
    arguments: tuple[str, ...] = ()
    environment: Environment = HERE
    options: tuple[str, ...] = ()


class Server:
    """A running program whose CPU time can be measured. `seed` is the seed of its hashes."""

    def __init__(self, program: Program, seed: int = 0) -> None:
        self._program, self._seed = program, seed
        # Open until close(), so that connections wait while the program is started again.
        self._listening = socket.create_server((HOST, 0))
        self.port: int = self._listening.getsockname()[1]
        self.start()

    def start(self) -> None:
        program, handle = self._program, self._listening.fileno()
        module = ("-m", f"benchmarks.servers.{program.module}", *program.arguments)
        self._process = subprocess.Popen(  # noqa: S603  # the command is fixed
            [program.environment.python, *program.options, *module, str(handle)],
            cwd=program.environment.folder,
            env={**os.environ, "PYTHONHASHSEED": str(self._seed)},
            pass_fds=[handle],
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    def cpu(self) -> int:
        """Return the nanoseconds of CPU time so far: all threads, user space and kernel."""
        clock = ~self._process.pid << 3 | 2  # as clock_getcpuclockid(3) computes it on Linux
        return time.clock_gettime_ns(clock)

    def collect_garbage(self) -> None:
        """Make the server collect its garbage before the next request."""
        self._process.send_signal(signal.SIGUSR2)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        self._listening.close()
        _end(self._process)


@contextmanager
def redis_server() -> Iterator[int]:
    """Run an empty Redis that stores nothing on disk, and give its port."""
    program = shutil.which("redis-server")
    if program is None:
        raise SystemExit("Install redis-server (on Debian: apt-get install redis-server).")
    with socket.create_server((HOST, 0)) as free:
        port = free.getsockname()[1]
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


def use_one_cpu() -> None:
    """Run this process and all that it starts on one CPU. On SIGTERM, end them too."""
    if sys.platform != "linux":
        raise SystemExit("The benchmarks read CPU times from the kernel and run on Linux only.")
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by SIGTERM"))


def _wait_for(port: int) -> None:
    end = time.monotonic() + _PATIENCE
    while True:
        with socket.socket() as client:
            if client.connect_ex((HOST, port)) == 0:
                return
        if time.monotonic() > end:
            raise RuntimeError(f"nothing listens on port {port}")
        time.sleep(0.02)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
