"""The texts of a form and its errors, by field, without files and without secrets.

Errors may have the shape that a form library gives them: see `errors_of`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, TypeAlias

from aiohttp import web

from .copies import as_text, clean
from .secret_fields import Secrets

Texts: TypeAlias = dict[str, list[str]]
"""One or more texts for each field."""
Path: TypeAlias = tuple[Any, ...]

_FILES = (web.FileField, bytes, bytearray)
_OF_THE_FORM = (None, "", "__all__", "_schema")
"""Names of errors that belong to a form rather than a field: WTForms, Django, marshmallow."""


def fields_of(data: Mapping[str, Any], exclude: Collection[str]) -> Texts:
    """Return the texts of a form's data. Raises TypeError if it is not a form."""
    if not isinstance(data, Mapping):
        raise TypeError(
            f"The data of a form must be a mapping of field names, such as the result of `await "
            f"request.post()`, not {type(data).__name__}."
        )
    secrets, fields = Secrets(exclude), Texts()
    for name, value in data.items():
        if not isinstance(name, str):
            raise TypeError(f"The name of a form field must be a str, not {name!r}.")
        if name not in secrets:
            texts = value if isinstance(value, list | tuple) else [value]
            texts = [text for text in texts if not isinstance(text, _FILES)]
            what = f"Form field {name!r:.80}"
            fields.setdefault(clean(name), []).extend(_text(text, what) for text in texts)
    return {name: texts for name, texts in fields.items() if texts}


def errors_of(errors: Any) -> Texts:
    """Return the non-empty texts of a form's errors, by field.

    Accepts the errors of WTForms, marshmallow, Django (`form.errors`) and pydantic
    (`error.errors()`): a mapping of names to a text, to texts, or to nested mappings and lists, or
    a list of mappings with `loc` and `msg`. Nested names are joined with dots: `items.0.name`.
    Errors of the form itself have the name `""`, whatever the library calls it. Raises TypeError
    for other types, and if two names of one mapping are equal as text.
    """
    found = Texts()
    for path, text in _flattened(errors):
        name = ".".join(clean(str(part)) for part in path if part not in _OF_THE_FORM)
        if text:
            found.setdefault(name, []).append(text)
    return found


def stored_texts(stored: Any) -> Texts:
    """Return texts that were stored. Damaged data counts as empty (B7)."""
    found = stored.items() if isinstance(stored, dict) else ()
    return {
        name: list(texts)
        for name, texts in found
        if isinstance(texts, list) and all(isinstance(text, str) for text in texts)
    }


def _flattened(errors: Any) -> Iterator[tuple[Path, str]]:
    """Give each error with the path of its field. Not recursive, because users nest forms."""
    if not isinstance(errors, Mapping | list | tuple):
        raise TypeError(
            f"The errors of a form must be a mapping of field names, or a list, such as the result "
            f"of pydantic's `error.errors()`, not {type(errors).__name__}."
        )
    pending: list[tuple[Path, Any]] = [((), errors)]
    while pending:
        path, item = pending.pop()
        if (text := as_text(item)) is not None:
            yield path, clean(text)
        else:
            pending.extend(reversed([*_children(path, item)]))


def _children(path: Path, item: Any) -> Iterable[tuple[Path, Any]]:
    """Return the parts of a mapping or a list of errors, with their paths."""
    if isinstance(item, Mapping):
        _check_names(item)
        return [((*path, name), errors) for name, errors in item.items()]
    if _is_of_pydantic(item):
        return [((*path, *error["loc"]), error["msg"]) for error in item]
    if isinstance(item, list | tuple):
        # The texts of a field belong to the field, nested errors to its parts.
        return [
            (path if as_text(error) is not None else (*path, place), error)
            for place, error in enumerate(item)
        ]
    name = ".".join(map(str, path))
    raise TypeError(
        f"The error of {name!r:.80} must be a text, a list of texts, or nested errors, not "
        f"{type(item).__name__}."
    )


def _check_names(errors: Mapping[Any, Any]) -> None:
    names = [str(name) for name in errors if name is not None]
    if len(set(names)) < len(names):
        raise TypeError(f"Two fields in {list(errors)!r:.80} have names that are equal as text.")


def _is_of_pydantic(errors: Any) -> bool:
    """Return whether errors are the result of `error.errors()`, rather than nested errors."""
    return (
        isinstance(errors, list | tuple)
        and bool(errors)
        and all(isinstance(one, Mapping) and isinstance(one.get("msg"), str) for one in errors)
        and all(isinstance(one.get("loc"), list | tuple) for one in errors)
    )


def _text(value: Any, what: str) -> str:
    """Return a clean text. Errors do not quote the value, because it may be personal."""
    text = as_text(value)
    if text is None:
        raise TypeError(f"{what} must be a str or a list of str, not {type(value).__name__}.")
    return clean(text)
