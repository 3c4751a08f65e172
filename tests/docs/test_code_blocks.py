"""Each block of code in the documentation runs. What it does, the test of its page says."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import jinja2
import pytest

from .pages import NOT_BUILT_YET, PAGES, blocks, run

LANGUAGES = {"python", "html+jinja", "html", "html+mako", "javascript", "console", "http", "yaml"}
WIDTH = 88  # characters that a wide window shows without a scroll bar
TESTS = Path(__file__).parent
with_python = pytest.mark.parametrize("page", [p for p in PAGES if blocks(p, "python")])


@with_python
def test_the_python_blocks_of_a_page_run_one_after_the_other(page: str) -> None:
    assert run(page)


@with_python
def test_the_test_of_a_page_names_each_function_that_it_shows(page: str) -> None:
    tests = (TESTS / f"test_{Path(page).stem.lower()}.py").read_text(encoding="utf-8")
    shown = [
        node.name
        for block in blocks(page, "python")
        for node in ast.parse(block.text).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    ]
    assert [name for name in shown if not re.search(rf"\b{name}\b", tests)] == []


@pytest.mark.parametrize("page", PAGES)
def test_each_block_names_a_language_that_is_tested(page: str) -> None:
    assert {block.language for block in blocks(page)} <= LANGUAGES


@pytest.mark.parametrize("page", PAGES)
def test_no_block_is_wider_than_the_page(page: str) -> None:
    shown = (
        line
        for block in blocks(page)
        if block.language != "html"
        for line in block.text.splitlines()
    )
    assert [line for line in shown if len(line) > WIDTH] == []


@pytest.mark.parametrize("page", [p for p in PAGES if blocks(p, "html+jinja")])
def test_the_templates_of_a_page_are_templates(page: str) -> None:
    for block in blocks(page, "html+jinja"):
        jinja2.Environment(autoescape=True).parse(block.text)


def test_what_is_not_built_yet_is_still_in_the_documentation() -> None:
    for page, text in NOT_BUILT_YET:
        assert any(text in block.text for block in blocks(page)), f"{page} has no {text!r}"


@pytest.mark.parametrize("page", [p for p in PAGES if "migration" not in p])
def test_markup_that_shows_messages_is_left_out_of_the_copies_that_turbo_keeps(page: str) -> None:
    shown = [
        block.text for block in blocks(page) if re.search(r"(\{\{ ?|\$\{)message ?\}", block.text)
    ]
    assert [text for text in shown if "data-turbo-temporary" not in text] == []
