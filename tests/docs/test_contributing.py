"""CONTRIBUTING.rst: the table of modules is complete, and in the order of imports."""

from __future__ import annotations

import re

from test_layout import PACKAGE, imported

from .pages import ROOT

TEXT = (ROOT / "CONTRIBUTING.rst").read_text(encoding="utf-8")
LISTED = [PACKAGE / name for name in re.findall(r"^``(\S+\.py)``  ", TEXT, re.MULTILINE)]


def test_each_module_is_in_the_table() -> None:
    assert sorted(LISTED) == sorted(PACKAGE.rglob("*.py"))


def test_each_module_imports_only_from_those_above_it_in_the_table() -> None:
    for place, path in enumerate(LISTED):
        below = imported(path) - set(LISTED[:place])
        assert below == set(), path
