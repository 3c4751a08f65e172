"""Tables as plain text."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence


def show(title: str, headings: Iterable[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table. The title is the heading of the first column, which is aligned to the left."""
    lines = [(title, *headings), *rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for first, *others in lines:
        cells = [cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True)]
        sys.stdout.write("  ".join([first.ljust(widths[0]), *cells]).rstrip() + "\n")
    sys.stdout.write("\n")


def progress(text: str) -> None:
    """Replace the last line of a terminal."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{text}")
        sys.stderr.flush()
