"""What a user does with mouse and keyboard, in the words of WebDriver."""

from __future__ import annotations

from typing import Any

Actions = list[dict[str, Any]]
KEYS = {"Tab": "\ue004", "Enter": "\ue007", "Space": " ", "Delete": "\ue017"}


def click(x: int, y: int) -> Actions:
    """Click at this point of the window."""
    actions: Actions = [
        {"type": "pointerMove", "x": x, "y": y},
        {"type": "pointerDown", "button": 0},
        {"type": "pointerUp", "button": 0},
    ]
    return [{"type": "pointer", "id": "mouse", "actions": actions}]


def strokes(keys: str) -> Actions:
    """Press these keys one after the other."""
    actions: Actions = [
        {"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")
    ]
    return [{"type": "key", "id": "keyboard", "actions": actions}]
