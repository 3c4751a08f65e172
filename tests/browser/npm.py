"""Where npm has installed htmx and Turbo, or a word on how to have it do so."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

MODULES = Path(__file__).parents[2] / "build/npm/node_modules"


def need_libraries() -> None:
    """Skip what needs htmx or Turbo where they are not installed; in CI, fail."""
    if not MODULES.is_dir():
        (pytest.fail if os.environ.get("CI") else pytest.skip)("install htmx and Turbo: make npm")
