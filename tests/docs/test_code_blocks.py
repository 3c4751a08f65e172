"""Each block of code in the documentation runs, and a test names each of its functions."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import jinja2
import pytest

from .pages import PAGES, blocks, run

LANGUAGES = {
    "python",
    "html+jinja",
    "html",
    "html+mako",
    "css",
    "javascript",
    "console",
    "http",
    "yaml",
}
WIDTH = 88  # characters that a wide window shows without a scroll bar
TESTS = "".join(test.read_text(encoding="utf-8") for test in Path(__file__).parent.glob("test_*"))
with_python = pytest.mark.parametrize("page", [p for p in PAGES if blocks(p, "python")])


@with_python
def test_the_python_blocks_of_a_page_run_in_order(page: str) -> None:
    assert run(page)


@with_python
def test_the_tests_name_each_function_that_a_page_shows(page: str) -> None:
    shown = [
        node.name
        for block in blocks(page, "python")
        for node in ast.parse(block.text).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    ]
    assert [name for name in shown if not re.search(rf"\b{name}\b", TESTS)] == []


@pytest.mark.parametrize("page", PAGES)
def test_a_block_is_in_a_tested_language_and_not_too_wide(page: str) -> None:
    for block in blocks(page):
        assert block.language in LANGUAGES
        if block.language != "html":
            assert [line for line in block.text.splitlines() if len(line) > WIDTH] == []
        if block.language == "html+jinja":
            jinja2.Environment(autoescape=True).parse(block.text)


@pytest.mark.parametrize("page", [p for p in PAGES if "migration" not in p])
def test_turbo_does_not_cache_the_markup_that_shows_a_message(page: str) -> None:
    shown = [b.text for b in blocks(page) if re.search(r"(\{\{ ?|\$\{)message ?\}", b.text)]
    assert [text for text in shown if "data-turbo-temporary" not in text] == []
