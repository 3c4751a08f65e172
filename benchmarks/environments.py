"""Python environments for what must not lie beside this library, made once and kept."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path

_ROOT = Path(__file__).parents[1]
_CACHE = Path(tempfile.gettempdir()) / f"aiohttp-flashbag-benchmarks-{os.getuid()}"


@dataclass(frozen=True)
class Environment:
    """A python, and the folder in which it is started."""

    python: str
    folder: Path


HERE = Environment(sys.executable, _ROOT)
"""With this library, from this folder."""


def environment(requirements: Iterable[str], *, as_here: bool = False) -> Environment:
    """One with these requirements installed, and `benchmarks` to be imported last of all.

    `as_here`: everything that is installed here too has the same version.
    """
    constraints = _installed() if as_here else ""
    made_from = repr((sys.version, sys.executable, str(_ROOT), *requirements, constraints))
    folder = _CACHE / hashlib.sha256(made_from.encode()).hexdigest()[:12]
    if not (folder / "ready").exists():
        _make(folder, requirements, constraints)
    return Environment(str(folder / "bin" / "python"), folder)


def _installed() -> str:
    names = {f"{d.name}=={d.version}" for d in distributions() if d.name != "aiohttp-flashbag"}
    return "\n".join(sorted(names))


def _make(folder: Path, requirements: Iterable[str], constraints: str) -> None:
    _CACHE.mkdir(mode=0o700, exist_ok=True)
    if _CACHE.stat().st_uid != os.getuid():
        raise SystemExit(f"{_CACHE} belongs to somebody else: set TMPDIR to a folder of your own")
    venv.create(folder, clear=True, with_pip=True)
    (folder / "constraints.txt").write_text(constraints)
    pip = [str(folder / "bin" / "python"), "-m", "pip", "-qq", "--disable-pip-version-check"]
    install = [*pip, "install", "--constraint", "constraints.txt", *requirements]
    subprocess.run(install, cwd=folder, check=True)  # noqa: S603  # nothing of a user's
    [site] = folder.glob("lib/python*/site-packages")
    (site / "benchmarks.pth").write_text(f"{_ROOT}\n")
    (folder / "ready").touch()
