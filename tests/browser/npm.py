"""The folder where `make npm` installs htmx and Turbo."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

MODULES = Path(__file__).parents[2] / "build/npm/node_modules"


def need_libraries() -> None:
    """Skip the test if htmx and Turbo are not installed; in CI, fail."""
    if not MODULES.is_dir():
        (pytest.fail if os.environ.get("CI") else pytest.skip)("install htmx and Turbo: make npm")
