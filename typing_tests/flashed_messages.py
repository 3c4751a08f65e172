"""What a type checker knows of a flashed message; never run."""

from __future__ import annotations

from typing import Any

from aiohttp import web
from typing_extensions import assert_type

from aiohttp_flashbag import FlashedMessage, get_flashed_messages


def show(request: web.Request) -> None:
    """A message is a str with a category and data."""
    messages = get_flashed_messages(request)
    assert_type(messages, list[FlashedMessage])
    assert_type(get_flashed_messages(request, with_categories=True), list[tuple[str, str]])
    message = messages[0]
    assert_type(message.category, str)
    assert_type(message.message, str)
    assert_type(message.data, dict[str, Any])
    assert_type(message[:20], str)
    assert_type(message["link"], Any)
    assert_type(dict(message), dict[str, Any])
    text: str = message
    assert_type(text.upper(), str)
