"""Keys of values: a plain str, or a `FlashKey` that declares the type of the value."""

from __future__ import annotations

import inspect
from typing import Any, Generic, TypeAlias, TypeVar, get_args

from .copies import clean

T = TypeVar("T")


class FlashKey(Generic[T]):
    """A typed key, like `web.AppKey`: `ERROR = FlashKey("error", str)`.

    The key equals the plain str `"error"` and names the same value. The type is for type checkers;
    nothing is checked or converted at run time. Declare the type that the value has after the JSON
    round trip: a list for a tuple. Generic types go in brackets: `FlashKey[list[str]]("errors")`.
    Raises TypeError if the name is not a str.
    """

    # Python stores the type in brackets as __orig_class__.
    __slots__ = ("__orig_class__", "_name", "_type")

    def __init__(self, name: str, t: type[T] | None = None) -> None:
        if not isinstance(name, str):
            raise TypeError(f"The name of a FlashKey must be a str, not {name!r}.")
        self._name = name
        self._type = t

    @property
    def name(self) -> str:
        """The name under which the value is stored."""
        return self._name

    def __eq__(self, other: object) -> bool:
        return self._name == (other._name if isinstance(other, FlashKey) else other)

    def __hash__(self) -> int:
        return hash(self._name)

    def __repr__(self) -> str:
        (known,) = get_args(getattr(self, "__orig_class__", None)) or (self._type,)
        t = "" if known is None else f", type={inspect.formatannotation(known)}"
        return f"<FlashKey({self._name!r}{t})>"


Key: TypeAlias = str | FlashKey[Any]
"""The keys that every function accepts."""


def key_name(key: Key) -> str:
    """Return the name under which a value is stored. Raises TypeError for other types of keys."""
    name = key.name if isinstance(key, FlashKey) else key
    if isinstance(name, str):
        return clean(name)
    raise TypeError(f"A flashbag key must be a str, not {key!r} of type {type(key).__name__}.")
