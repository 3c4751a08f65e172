"""docs/api.rst names whatever the library offers, and docs/templates.rst what templates have."""

from __future__ import annotations

import re

import aiohttp_flashbag
from aiohttp_flashbag import jinja, testing

from .pages import ROOT

API = (ROOT / "docs/api.rst").read_text(encoding="utf-8")


def test_each_public_name_is_in_the_reference() -> None:
    documented = set(re.findall(r"^\.\. auto\w+:: (\w+)", API, re.MULTILINE))
    public = {*aiohttp_flashbag.__all__, *testing.__all__}
    assert sorted(public - documented) == []


def test_each_function_of_templates_is_in_their_chapter_and_in_the_reference() -> None:
    chapter = (ROOT / "docs/templates.rst").read_text(encoding="utf-8")
    for function in jinja._GLOBALS:
        assert f"\n- ``{function.__name__}(" in chapter
        assert function.__name__ in API
