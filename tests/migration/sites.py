"""The applications of the migration guides, each served by a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

import pytest

import aiohttp_flashbag
from benchmarks.environments import environment

HERE = Path(__file__).parent
RECONSTRUCTED = HERE / "reconstructed"
THIS_LIBRARY = Path(aiohttp_flashbag.__file__).parents[1]
OLD = (
    *("aiohttp-flashbag==0.0.3", "aiohttp-login==1.4.0", "aiohttp-session-flash==0.0.4"),
    *("aiohttp-jinja2", "cryptography", "wtforms<3"),  # aiohttp-login wants an older one
)
"""What must not lie beside this library, or wants what is older than the tests' packages."""


@dataclass(frozen=True)
class Site:
    """An application in a file, and what has to be installed for it."""

    path: str
    is_old: bool = False  # it needs a library of OLD
    beside: Path | None = None  # a folder from which it imports too
    newest: tuple[int, int] = (3, 99)  # the newest Python on which it runs
    needs: str = "aiohttp"  # a package that not everybody has

    @property
    def python(self) -> str:
        """The Python with the libraries that it needs."""
        major, minor = self.newest
        if sys.version_info[:2] > self.newest:
            pytest.skip(f"{self.path} runs on Python {major}.{minor} at most")
        if not self.is_old:
            if find_spec(self.needs) is None:
                refuse(f"{self.path} needs {self.needs}: pip install '.[migration]'")
            return sys.executable
        try:
            return environment(OLD, as_here=True).python
        except subprocess.CalledProcessError:
            refuse(f"{self.path} needs {' '.join(OLD)}, and they cannot be installed")

    @contextmanager
    def served(self) -> Iterator[str]:
        """Serve it; gives its URL."""
        path = os.pathsep.join([str(self.beside)] if self.beside else [])
        process = subprocess.Popen(
            [self.python, "-W", "ignore", str(HERE / "serve.py"), str(HERE / self.path)],
            env={**os.environ, "PYTHONPATH": path},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            port = process.stdout.readline().strip()
            assert port, f"{self.path} did not start"
            yield f"http://127.0.0.1:{port}"
        finally:
            process.stdin.close()
            process.stdout.close()
            process.wait()


def refuse(reason: str) -> NoReturn:
    """Skip what cannot run here; where CI is set, that is a failure."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
