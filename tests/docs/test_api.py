"""docs/api.rst lists every public name once, with its parameters."""

from __future__ import annotations

import ast
import inspect
import re
from functools import reduce
from typing import Any

import pytest

import aiohttp_flashbag
from aiohttp_flashbag import jinja, mailbox, testing

from .pages import ROOT

API = (ROOT / "docs/api.rst").read_text(encoding="utf-8")
_NAMED = re.compile(r"^ *\.\. (?:auto\w+|py:\w+):: ([\w.]+)", re.MULTILINE)
_SIGNED = re.compile(r"^( *)\.\. py:(?:function|class|method):: ([\w.]+)(\(.*\))$", re.MULTILINE)
SIGNED = [match.groups() for match in _SIGNED.finditer(API)]


def test_each_public_name_is_in_the_reference_once() -> None:
    documented = _NAMED.findall(API)
    for name in {*aiohttp_flashbag.__all__, *testing.__all__}:
        assert documented.count(name) == 1, name


def test_each_function_of_templates_is_in_their_chapter_and_in_the_reference() -> None:
    chapter = (ROOT / "docs/templates.rst").read_text(encoding="utf-8")
    for function in jinja._GLOBALS:
        assert f"``{function.__name__}()``" in chapter
        assert f"\n- ``{function.__name__}(" in API


@pytest.mark.parametrize(("indent", "name", "signature"), SIGNED, ids=[s[1] for s in SIGNED])
def test_the_parameters_and_defaults_are_as_in_the_code(
    indent: str, name: str, signature: str
) -> None:
    (written,) = ast.parse(f"def f{signature}: ...").body
    assert isinstance(written, ast.FunctionDef)
    found = _parameters(_documented(name, is_method=bool(indent)))
    assert [arg.arg for arg in _arguments(written.args)] == [p.name for p in found]
    for parameter, default in zip(found, _defaults(written.args), strict=True):
        if default not in (None, "..."):
            assert default in (repr(parameter.default).replace("'", '"'), "SECRET_FIELDS")
        assert (default is None) is (parameter.default is parameter.empty)


def _documented(name: str, *, is_method: bool) -> Any:
    """Return the object that an entry describes."""
    owners = [testing.FlashRecord, aiohttp_flashbag.FlashedForm, aiohttp_flashbag.FlashedMessage]
    modules = [aiohttp_flashbag, testing, mailbox, jinja]
    places: list[Any] = owners if is_method else modules
    first, *rest = name.split(".")
    found = next(getattr(place, first) for place in places if hasattr(place, first))
    return reduce(getattr, rest, found)


def _parameters(function: Any) -> list[inspect.Parameter]:
    return [p for p in inspect.signature(function).parameters.values() if p.name != "self"]


def _arguments(written: ast.arguments) -> list[ast.arg]:
    starred = [written.vararg] if written.vararg else []
    doubled = [written.kwarg] if written.kwarg else []
    return [*written.args, *starred, *written.kwonlyargs, *doubled]


def _defaults(written: ast.arguments) -> list[str | None]:
    """Return the default of each argument as it is written, in the order of `_arguments`."""
    missing: list[ast.expr | None] = [None] * (len(written.args) - len(written.defaults))
    starred: list[ast.expr | None] = [None] if written.vararg else []
    doubled: list[ast.expr | None] = [None] if written.kwarg else []
    found = [*missing, *written.defaults, *starred, *written.kw_defaults, *doubled]
    return [None if one is None else ast.unparse(one).replace("'", '"') for one in found]
