"""The form that was refused: on the next page it has its data again, and its errors.

It travels as two values, first the data, then the errors. Where something has to make room, what
is older goes first, and a page that says what is wrong is better than one that only looks right.
A form with a name has two values of its own, so that a page can have several forms.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from multidict import MultiDict, MultiDictProxy

from .bag import Flashbag
from .codec import SizeLimit, clean, largest, logger, shortened
from .exchange import get_flashbag
from .fields import SECRET_FIELDS, Texts, errors_of, fields_of, stored_texts

DATA_KEY = "aiohttp_flashbag_form"
ERRORS_KEY = "aiohttp_flashbag_form_errors"


def form_keys(name: str) -> tuple[str, str]:
    """Return the keys of a form's data and of its errors; TypeError if `name` is not a str."""
    if not isinstance(name, str):
        raise TypeError(
            f"the name of a form is a str, not {name!r:.80} of type {type(name).__name__}: write "
            f'flash_form(request, data, errors, name="login") and flashed_form(request, "login")'
        )
    suffix = f":{clean(name)}" if name else ""
    return DATA_KEY + suffix, ERRORS_KEY + suffix


def form_name(key: str) -> str | None:
    """Return the name of the form that has a value under this key, None if no form has."""
    kind, _, name = key.partition(":")
    return name if kind in (DATA_KEY, ERRORS_KEY) else None


@dataclass(frozen=True, slots=True, repr=False)
class FlashedForm:
    """What a user had sent, and what was wrong with it. False if nothing was flashed."""

    data: MultiDictProxy[str]
    errors: Mapping[str, list[str]]

    @classmethod
    def from_stored(cls, data: Any, errors: Any) -> FlashedForm:
        """Return what `flash_form` was given, from the form in which it travelled."""
        pairs = [(name, text) for name, texts in stored_texts(data).items() for text in texts]
        return cls(MultiDictProxy(MultiDict(pairs)), stored_texts(errors))

    def get(self, name: str, default: str = "") -> str:
        """Return the text of the field of this name, of the first if there are several."""
        return self.data.get(name, default)

    def getall(self, name: str) -> list[str]:
        """Return the texts of all fields of this name: of check boxes, of the ticked ones."""
        return self.data.getall(name, [])

    def error(self, name: str) -> str:
        """Return the first error of the field, "" if it has none."""
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
    errors: Mapping[str, str | Sequence[str]] | None = None,
    *,
    name: str = "",
    exclude: Collection[str] = SECRET_FIELDS,
) -> None:
    """Let the next page show a form as it was filled in, with what was wrong with it.

    Where a page has several forms, `name` tells them apart: `flashed_form(request, name)` returns
    this one and leaves the others pending. A second form of the same name replaces the first.

    `data` is what `await request.post()` gives, or maps each field to a text or a list of texts.
    Files are left out, and so are fields with a name in `exclude`, see `SECRET_FIELDS`. `errors`
    maps a field to a text or a list of texts. What there is no room for is dropped with a warning:
    first the longest fields, each as a whole, and last the ends of the errors.

    Raises TypeError for what is no form and a name that is not a str, RuntimeError once the
    response has begun.
    """
    bag, keys = get_flashbag(request), form_keys(name)
    fields, wrong = fields_of(data, exclude), errors_of({} if errors is None else errors)
    fitting = _what_fits(keys, fields, wrong, bag._codec.limit)
    with suppress(ValueError):  # not even an empty form fits
        for key, texts in zip(keys, fitting, strict=True):
            bag.set(key, texts)
    if fitting != (fields, wrong):
        logger.warning(
            "the form%s of %s %r is too large to travel: %d of %d fields left out, errors %s",
            f" {name!r:.80}" if name else "",
            request.method,
            request.path,
            len(fields) - len(fitting[0]),
            len(fields),
            "kept" if fitting[1] == wrong else "shortened" if fitting[1] else "left out",
        )
    _warn_if_too_large_together(request, bag)


def flashed_form(request: web.Request, name: str = "") -> FlashedForm:
    """Return the form that an earlier request flashed, and consume it as `flashbag_get` does.

    `name` is the one that `flash_form` was given; forms of other names stay pending. Raises
    TypeError if it is not a str.
    """
    bag, (data_key, errors_key) = get_flashbag(request), form_keys(name)
    return FlashedForm.from_stored(bag.get(data_key), bag.get(errors_key))


def _warn_if_too_large_together(request: web.Request, bag: Flashbag) -> None:
    """Name the forms of this request if some will have to make room, for the commit does not."""
    limit = bag._codec.limit
    forms = {key: bag._values[key] for key in bag._values if form_name(key) is not None}
    if limit is not None and len(forms) > 2 and limit.excess(forms, []) > 0:
        logger.warning(
            "the forms %s of %s %r are too large to travel together: they make room in this order",
            ", ".join(dict.fromkeys(f"{form_name(key)!r:.80}" for key in forms)),
            request.method,
            request.path,
        )


def _what_fits(
    keys: tuple[str, str], fields: Texts, errors: Texts, limit: SizeLimit | None
) -> tuple[Texts, Texts]:
    def fits(fields: Texts, errors: Texts) -> bool:
        values = dict(zip(keys, (fields, errors), strict=True))
        return limit is None or limit.excess(values, []) <= 0

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
    """Return each error with so many characters at most; no errors at all if that is 0."""
    if not length:
        return {}
    return {name: [shortened(text, length) for text in texts] for name, texts in errors.items()}
