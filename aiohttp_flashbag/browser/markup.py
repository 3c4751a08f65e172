"""Messages as HTML, for `render_flashed_messages()` and for the script."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import escape

from ..copies import clean
from ..message import FlashedMessage

_ERRORS = ("danger", "error")
_is_attribute = re.compile(r"(?!(?:flash|flashes|turbo|hx)(?![a-z0-9]))[a-z][a-z0-9_-]*").fullmatch
"""Whether a name in `**data` can become a `data-*` attribute that no known script interprets."""


def render(messages: Iterable[FlashedMessage]) -> str:
    """Return the messages as HTML, each in its own live region, or "" if there are none.

    Errors (`error`, `danger`) have `role="alert"`, others `role="status"`.
    """
    lines = "".join(f"{_line(message)}\n" for message in messages)
    return f'<div class="flashes">\n{lines}</div>' if lines else ""


def _line(message: FlashedMessage) -> str:
    category = escape(message.category)
    role = "alert" if message.category in _ERRORS else "status"
    flash_id, text = escape(clean(message.flash_id)), str.__str__(message)
    return (
        f'<div class="flash flash-{category}" role="{role}" data-turbo-temporary '
        f'data-flash="{category}" data-flash-id="{flash_id}"{_attributes(message)}>'
        f"{text if hasattr(message, '__html__') else escape(text)}</div>"
    )


def _attributes(message: FlashedMessage) -> str:
    return "".join(f' data-{name}="{escape(value)}"' for name, value in _scalars(message))


def _scalars(message: FlashedMessage) -> Iterator[tuple[str, str]]:
    """Yield the scalars of `**data` as attributes: `undo_url` becomes `undo-url`."""
    for name, value in message.data.items():
        if isinstance(value, str | int | float) and _is_attribute(name):
            text = str(value).lower() if isinstance(value, bool) else str(value)
            yield name.replace("_", "-"), text
