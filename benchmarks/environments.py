"""Python environments for packages that cannot be installed beside this library."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path

ROOT = Path(__file__).parents[1]
_CACHE = Path(tempfile.gettempdir()) / f"aiohttp-flashbag-benchmarks-{os.getuid()}"


@dataclass(frozen=True)
class Environment:
    """A Python, and the folder to start it in."""

    python: str
    folder: Path


HERE = Environment(sys.executable, ROOT)
"""This Python, with this library."""


def environment(requirements: Iterable[str], *, as_here: bool = False) -> Environment:
    """Create an environment with these requirements, or return the one created before.

    It can import `benchmarks`. With `as_here`, packages that are installed here too get the same
    version, unless the requirements name them.
    """
    requirements = list(requirements)
    constraints = _installed(requirements) if as_here else ""
    made_from = repr((sys.version, sys.executable, str(ROOT), *requirements, constraints))
    folder = _CACHE / hashlib.sha256(made_from.encode()).hexdigest()[:12]
    if not (folder / "ready").exists():
        _create(folder, requirements, constraints)
    return Environment(str(folder / "bin" / "python"), folder)


def _installed(requirements: Iterable[str]) -> str:
    """Return the packages that are installed here, except this one and the required ones."""
    named = {re.split(r"[^\w.-]", requirement)[0].lower() for requirement in requirements}
    others = [d for d in distributions() if d.name.lower() not in {"aiohttp-flashbag", *named}]
    return "\n".join(sorted({f"{d.name}=={d.version}" for d in others}))


def _create(folder: Path, requirements: Iterable[str], constraints: str) -> None:
    _CACHE.mkdir(mode=0o700, exist_ok=True)
    if _CACHE.stat().st_uid != os.getuid():
        raise SystemExit(f"{_CACHE} belongs to another user: set TMPDIR to a folder of your own")
    venv.create(folder, clear=True, with_pip=True)
    (folder / "constraints.txt").write_text(constraints)
    pip = [str(folder / "bin" / "python"), "-m", "pip", "-qq", "--disable-pip-version-check"]
    install = [*pip, "install", "--constraint", "constraints.txt", *requirements]
    subprocess.run(install, cwd=folder, check=True)  # noqa: S603  # the command is fixed
    [site] = folder.glob("lib/python*/site-packages")
    (site / "benchmarks.pth").write_text(f"{ROOT}\n")
    (folder / "ready").touch()
