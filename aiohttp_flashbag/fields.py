"""The texts of a form, by field, without files and without secrets."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from aiohttp import web

from .copies import clean

Texts: TypeAlias = dict[str, list[str]]
"""One or more texts for each field."""

SECRET_FIELDS = frozenset(
    {"password", "passwd", "passphrase", "passcode", "pass", "pwd", "pw", "pin", "credential"}
    | {"secret", "token", "csrf", "xsrf", "apikey", "privatekey", "ssn", "socialsecurity"}
    | {"cardnumber", "cardnum", "cardno", "creditcard", "ccnumber", "ccnum", "pan"}
    | {"cvv", "cvc", "cvn", "csc", "securitycode"}
    | {"otp", "totp", "otpcode", "onetimecode", "verificationcode", "2fa", "mfa"}
)
"""Names of fields that `flash_form` leaves out.

Only letters and digits are compared, ignoring case. Names of five or more characters match
anywhere: `token` in `csrfmiddlewaretoken`, `cardnumber` in `billing[card-number]`. Shorter names
match whole words: `otp` matches `login_otp`, `loginOtp` and `otp2`, but not `hotpot`.
"""

_LONG = 5  # a name of this length is unlikely to be part of another word
_FILES = (web.FileField, bytes, bytearray)


def fields_of(data: Mapping[str, Any], exclude: Collection[str]) -> Texts:
    """Return the texts of a form's data. Raises TypeError if it is not a form."""
    secrets = _secrets(exclude)
    fields: Texts = {}
    for name, value in _items(data, "data"):
        if not _is_secret(name, secrets):
            texts = [text for text in _several(value) if not isinstance(text, _FILES)]
            fields.setdefault(name, []).extend(_texts(texts, f"Form field {name!r}"))
    return {name: texts for name, texts in fields.items() if texts}


def errors_of(errors: Mapping[str, Any]) -> Texts:
    """Return the non-empty texts of a form's errors. Raises TypeError for other types."""
    found = {
        name: _texts(value, f"The error of {name!r}") for name, value in _items(errors, "errors")
    }
    return {name: texts for name, given in found.items() if (texts := list(filter(None, given)))}


def stored_texts(stored: Any) -> Texts:
    """Return texts that were stored. Damaged data counts as empty (B7)."""
    found = stored.items() if isinstance(stored, dict) else ()
    return {
        name: list(texts)
        for name, texts in found
        if isinstance(texts, list) and all(isinstance(text, str) for text in texts)
    }


def _items(given: Mapping[str, Any], what: str) -> Iterator[tuple[str, Any]]:
    if not isinstance(given, Mapping):
        raise TypeError(
            f"The {what} of a form must be a mapping of field names, such as the result of `await "
            f"request.post()`, not {type(given).__name__}."
        )
    for name, value in given.items():
        if not isinstance(name, str):
            raise TypeError(f"The name of a form field must be a str, not {name!r}.")
        yield clean(name), value


def _texts(given: Any, what: str) -> list[str]:
    """Return clean texts. Errors do not quote the value, because it may be personal."""
    texts = _several(given)
    for text in texts:
        if not isinstance(text, str):
            raise TypeError(f"{what} must be a str or a list of str, not {type(text).__name__}.")
    return list(map(clean, texts))


def _several(given: Any) -> Sequence[Any]:
    return given if isinstance(given, list | tuple) else [given]


def _secrets(exclude: Collection[str]) -> Collection[str]:
    if isinstance(exclude, str) or not all(isinstance(name, str) for name in exclude):
        raise TypeError(
            f'exclude must be a set of names, such as SECRET_FIELDS | {{"iban"}}, not {exclude!r}.'
        )
    return {_squashed(name) for name in exclude}


def _is_secret(name: str, secrets: Collection[str]) -> bool:
    squashed, words = _squashed(name), _words(name)
    return any(
        secret == squashed or secret in words or (len(secret) >= _LONG and secret in squashed)
        for secret in secrets
    )


def _squashed(name: str) -> str:
    return re.sub(r"[\W_]", "", name).casefold()


def _words(name: str) -> set[str]:
    """Split a name into words, camelCase too, each with and without its final digits."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name).casefold()
    return {*re.findall(r"[^\W_]+", spaced), *re.findall(r"[^\W\d_]+", spaced)}
