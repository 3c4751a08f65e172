"""The form that was refused: on the next page it has its data again, and its errors.

It travels as two values, first the data, then the errors. Where something has to make room, what
is older goes first, and a page that says what is wrong is better than one that only looks right.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from multidict import MultiDict, MultiDictProxy

from .codec import SizeLimit, largest, logger, shortened
from .exchange import get_flashbag
from .fields import SECRET_FIELDS, Texts, errors_of, fields_of, stored_texts

DATA_KEY = "aiohttp_flashbag_form"
ERRORS_KEY = "aiohttp_flashbag_form_errors"


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
    exclude: Collection[str] = SECRET_FIELDS,
) -> None:
    """Let the next page show a form as it was filled in, with what was wrong with it.

    `data` is what `await request.post()` gives, or maps each field to a text or a list of texts.
    Files are left out, and so are fields with a name in `exclude`, see `SECRET_FIELDS`. `errors`
    maps a field to a text or a list of texts. What there is no room for is dropped with a warning:
    first the longest fields, each as a whole, and last the ends of the errors.

    Raises TypeError for what is no form, RuntimeError once the response has begun.
    """
    bag = get_flashbag(request)
    fields, wrong = fields_of(data, exclude), errors_of({} if errors is None else errors)
    fitting = _what_fits(fields, wrong, bag._codec.limit)
    with suppress(ValueError):  # not even an empty form fits
        for key, texts in zip((DATA_KEY, ERRORS_KEY), fitting, strict=True):
            bag.set(key, texts)
    if fitting != (fields, wrong):
        logger.warning(
            "the form of %s %r is too large to travel: %d of %d fields left out, errors %s",
            request.method,
            request.path,
            len(fields) - len(fitting[0]),
            len(fields),
            "kept" if fitting[1] == wrong else "shortened" if fitting[1] else "left out",
        )


def flashed_form(request: web.Request) -> FlashedForm:
    """Return the form that an earlier request flashed, and consume it as `flashbag_get` does."""
    bag = get_flashbag(request)
    return FlashedForm.from_stored(bag.get(DATA_KEY), bag.get(ERRORS_KEY))


def _what_fits(fields: Texts, errors: Texts, limit: SizeLimit | None) -> tuple[Texts, Texts]:
    def fits(fields: Texts, errors: Texts) -> bool:
        return limit is None or limit.excess({DATA_KEY: fields, ERRORS_KEY: errors}, []) <= 0

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
