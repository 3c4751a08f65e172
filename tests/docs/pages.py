"""The pages of the documentation, with the README, and the code that they show."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
README = "README.rst"
PAGES = [README, *sorted(str(p.relative_to(ROOT)) for p in (ROOT / "docs").rglob("*.rst"))]

_DIRECTIVE = re.compile(r"( *)\.\. code-block:: (\S+)")


@dataclass(frozen=True)
class Block:
    """A piece of code in a page, and the line on which it begins."""

    line: int
    language: str
    text: str


def blocks(page: str, *languages: str) -> list[Block]:
    """Return the blocks of a page, in these languages or in any."""
    found = _blocks((ROOT / page).read_text(encoding="utf-8").splitlines())
    return [block for block in found if not languages or block.language in languages]


def block(page: str, language: str, text: str) -> str:
    """Return the only block of a page that contains this text."""
    (found,) = (b for b in blocks(page, language) if text in b.text)
    return found.text


def run(page: str, first: int | None = None) -> dict[str, Any]:
    """Run the Python blocks of a page, or the first ones. Returns the names that they define."""
    module: dict[str, Any] = {"__name__": Path(page).stem}
    for found in blocks(page, "python")[:first]:
        source = "\n" * (found.line - 1) + found.text  # for the lines of a traceback
        exec(compile(source, ROOT / page, "exec"), module)
    return module


def _blocks(lines: list[str]) -> Iterator[Block]:
    for number, line in enumerate(lines, 1):
        if directive := _DIRECTIVE.fullmatch(line):
            inside = re.compile(rf"{directive[1]} +\S|$").match
            body = [*takewhile(inside, lines[number:])]
            options = [*takewhile(str.strip, body)]
            text = textwrap.dedent("\n".join(body[len(options) + 1 :])).rstrip()
            yield Block(number + len(options) + 2, directive[2], text + "\n")
