"""Rejected forms, which the next page shows again with their data and errors.

A form travels as one value. Its name is part of the key, so a page can have several forms.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from multidict import MultiDict, MultiDictProxy

from .copies import clean
from .fields import Texts, errors_of, fields_of, stored_texts
from .log import logger
from .secret_fields import SECRET_FIELDS
from .state import get_flashbag
from .transports.room import FORM_KEY, largest, shortened


def form_key(name: str) -> str:
    """Return the key of the form of this name. Raises TypeError if `name` is not a str."""
    if not isinstance(name, str):
        raise TypeError(
            f"The name of a form must be a str, not {name!r:.80} of type {type(name).__name__}. "
            f'Write flash_form(request, data, errors, name="login") and '
            f'flashed_form(request, "login").'
        )
    return f"{FORM_KEY}:{clean(name)}" if name else FORM_KEY


def form_name(key: str) -> str | None:
    """Return the name of the form under this key, or None if the key is not a form's."""
    kind, _, name = key.partition(":")
    return name if kind == FORM_KEY else None


@dataclass(frozen=True, slots=True, repr=False)
class FlashedForm:
    """The data of a form and its errors. A form without both, as if none was flashed, is False."""

    data: MultiDictProxy[str]
    errors: Mapping[str, list[str]]

    @classmethod
    def from_stored(cls, data: Any, errors: Any) -> FlashedForm:
        """Return the form from the texts that were stored."""
        pairs = [(name, text) for name, texts in stored_texts(data).items() for text in texts]
        return cls(MultiDictProxy(MultiDict(pairs)), stored_texts(errors))

    @classmethod
    def from_value(cls, value: Any) -> FlashedForm:
        """Return the form that a value holds. Damaged data counts as empty (B7)."""
        stored = value if isinstance(value, dict) else {}
        return cls.from_stored(stored.get("data"), stored.get("errors"))

    def get(self, name: str, default: str = "") -> str:
        """Return the text of a field, the first one if there are several."""
        return self.data.get(name, default)

    def getall(self, name: str) -> list[str]:
        """Return the texts of all fields of this name, such as the checked check boxes."""
        return self.data.getall(name, [])

    def error(self, name: str) -> str:
        """Return the first error of a field, or ""."""
        return next(iter(self.errors.get(name, ())), "")

    def __bool__(self) -> bool:
        return bool(self.data or self.errors)

    def __reduce__(self) -> tuple[Any, ...]:  # a MultiDictProxy cannot be pickled
        data = {name: self.data.getall(name) for name in self.data}
        return FlashedForm.from_stored, (data, dict(self.errors))

    def __repr__(self) -> str:
        return f"<FlashedForm data={[*dict.fromkeys(self.data)]} errors={[*self.errors]}>"


def flash_form(
    request: web.Request,
    data: Mapping[str, Any],
    errors: Any = None,
    *,
    name: str = "",
    exclude: Collection[str] = SECRET_FIELDS,
) -> None:
    """Flash a form, so that the next page can show it again with its errors.

    If a form is too large to travel, its longest fields are left out. If its errors alone are too
    large, they are shortened. Both are logged as a warning.

    Args:
        data: The result of `await request.post()`, or a mapping from each field to a text or a list
            of texts. Files are left out.
        errors: A mapping from each field to a text or a list of texts. The errors of WTForms,
            marshmallow, Django and pydantic (`error.errors()`) are accepted unchanged. Nested names
            are joined with dots. Errors of the form itself have the name `""`.
        name: The name of the form, if a page has several. A second form of the same name replaces
            the first.
        exclude: Names of fields to leave out: see `SECRET_FIELDS`.

    Raises:
        TypeError: If `data` or `errors` is not a form, or `name` is not a str.
        RuntimeError: If the response has begun, or the application has no flashbag.

    Example:
        form = await request.post()
        flash_form(request, form, {"title": "Title is required."})
        raise web.HTTPSeeOther("/articles/new")
    """
    bag, key = get_flashbag(request), form_key(name)
    fields, texts = fields_of(data, exclude), errors_of({} if errors is None else errors)

    def fits(fields: Texts, errors: Texts) -> bool:
        return bag.fits(key, {"data": fields, "errors": errors})

    fitting = _reduced(fields, texts, fits)
    bag.set(key, {"data": fitting[0], "errors": fitting[1]})
    if fitting != (fields, texts):
        logger.warning(
            "The form%s of %s %r is too large to travel: left out %d of %d fields, errors %s.",
            f" {name!r:.80}" if name else "",
            request.method,
            request.path,
            len(fields) - len(fitting[0]),
            len(fields),
            "kept" if fitting[1] == texts else "shortened" if fitting[1] else "left out",
        )


def flashed_form(request: web.Request, name: str = "") -> FlashedForm:
    """Return the form that an earlier request flashed, and consume it. Other forms stay pending.

    Args:
        name: The name of the form, if a page has several.

    Returns:
        A `FlashedForm`, which is empty and false if no form is pending.

    Raises:
        TypeError: If `name` is not a str.

    Example:
        {% set form = flashed_form() %}
        <input name="title" value="{{ form.get("title") }}"> {{ form.error("title") }}
    """
    return FlashedForm.from_value(get_flashbag(request).get(form_key(name)))


def _reduced(
    fields: Texts, errors: Texts, fits: Callable[[Texts, Texts], bool]
) -> tuple[Texts, Texts]:
    """Return the errors, shortened if necessary, and as many fields as fit, the shortest first."""
    if fits(fields, errors):
        return fields, errors
    if not fits({}, errors):
        longest = max((len(text) for texts in errors.values() for text in texts), default=0)
        errors = _cut(errors, largest(longest, lambda length: fits({}, _cut(errors, length))))
    by_length = sorted(fields, key=lambda name: len("".join(fields[name]).encode()))

    def shortest(count: int) -> Texts:
        chosen = set(by_length[:count])
        return {name: texts for name, texts in fields.items() if name in chosen}

    return shortest(largest(len(fields), lambda count: fits(shortest(count), errors))), errors


def _cut(errors: Texts, length: int) -> Texts:
    """Shorten each error to `length` characters. Returns no errors if `length` is 0."""
    if not length:
        return {}
    return {name: [shortened(text, length) for text in texts] for name, texts in errors.items()}
