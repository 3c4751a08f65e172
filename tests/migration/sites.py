"""The applications of the migration guides, each served by a process of its own."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest

import aiohttp_flashbag
from benchmarks.environments import environment

HERE = Path(__file__).parent
RECONSTRUCTED = HERE / "reconstructed"
THIS_LIBRARY = Path(tempfile.mkdtemp())
"""A folder with this library alone, without the packages that are installed beside it."""
(THIS_LIBRARY / "aiohttp_flashbag").symlink_to(Path(aiohttp_flashbag.__file__).parent)
atexit.register(shutil.rmtree, THIS_LIBRARY)
OLD = (
    *("aiohttp-flashbag==0.0.3", "aiohttp-login==1.4.0", "aiohttp-session-flash==0.0.4"),
    *("aiohttp-jinja2", "cryptography", "wtforms<3"),  # aiohttp-login needs an older one
)
"""Packages that cannot be installed beside this library or beside the packages of the tests."""


@dataclass(frozen=True)
class Site:
    """An application in a file, and the packages that it needs."""

    path: str
    is_old: bool = False  # it needs a library of OLD
    beside: Path | None = None  # another folder that it imports from
    newest: tuple[int, int] = (3, 99)  # the newest Python on which it runs
    needs: str = "aiohttp"  # a package that may not be installed

    @property
    def python(self) -> str:
        """The Python that has the packages. The test is skipped if there is none (fails in CI)."""
        if sys.version_info[:2] > self.newest:
            pytest.skip(f"{self.path} runs on Python {'.'.join(map(str, self.newest))} at most")
        if self.is_old:
            try:
                return environment(OLD, as_here=True).python
            except subprocess.CalledProcessError:
                reason = f"{self.path} needs {' '.join(OLD)}, which cannot be installed"
        elif find_spec(self.needs) is None:
            reason = f"{self.path} needs {self.needs}: pip install '.[migration]'"
        else:
            return sys.executable
        raise (pytest.fail if os.environ.get("CI") else pytest.skip).Exception(reason)

    @contextmanager
    def served(self) -> Iterator[str]:
        """Serve it while the block runs. Yields its URL."""
        process = subprocess.Popen(
            [self.python, "-W", "ignore", str(HERE / "serve.py"), str(HERE / self.path)],
            env={**os.environ, "PYTHONPATH": str(self.beside or "")},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        with process:  # which closes the standard input, and waits
            assert process.stdout is not None
            port = process.stdout.readline().strip()
            assert port, f"{self.path} did not start"
            yield f"http://127.0.0.1:{port}"
