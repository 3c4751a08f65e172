"""Processes that serve the same application on one port, and that a test kills or stops."""

from __future__ import annotations

import random
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from support.services import HOST, PATIENCE

ROOT = Path(__file__).parents[2]


class Workers:
    """Processes of `benchmarks.servers.live`. Connections wait while none is running."""

    def __init__(self, redis_url: str, count: int) -> None:
        self._redis_url = redis_url
        self._listening = socket.create_server((HOST, 0), backlog=2000)
        self.port: int = self._listening.getsockname()[1]
        self._processes = [self._new() for _ in range(count)]

    @classmethod
    @contextmanager
    def running(cls, redis_url: str, count: int = 1) -> Iterator[Workers]:
        """Run so many processes during the block."""
        workers = cls(redis_url, count)
        try:
            yield workers
        finally:
            workers._listening.close()
            for process in workers._processes:
                process.kill()
                process.wait()

    @property
    def url(self) -> str:
        """The address as a name, because browsers send Sec-Fetch headers only to such hosts."""
        return f"http://localhost:{self.port}"

    def replace_one(self) -> None:
        """End a random process like a power cut, and start another one."""
        victim = random.randrange(len(self._processes))
        self._processes[victim].kill()
        self._processes[victim].wait()
        self._processes[victim] = self._new()

    def stop(self) -> None:
        """End the processes like an administrator. Fail if one does not end, or ends badly."""
        self._listening.close()
        for process in self._processes:
            process.send_signal(signal.SIGTERM)
        assert [process.wait(PATIENCE) for process in self._processes] == [0] * len(self._processes)

    def _new(self) -> subprocess.Popen[bytes]:
        handle = self._listening.fileno()
        module = "benchmarks.servers.live"
        return subprocess.Popen(
            [sys.executable, "-m", module, self._redis_url, str(handle)],
            cwd=ROOT,
            pass_fds=[handle],
        )
