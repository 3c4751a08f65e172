"""What of a form may travel: its texts, by field, without files and without secrets."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from aiohttp import web

from .codec import clean

Texts: TypeAlias = dict[str, list[str]]
"""One or more texts by the name of a field."""

SECRET_FIELDS = frozenset(
    {"password", "passwd", "passphrase", "passcode", "pass", "pwd", "pw", "pin", "credential"}
    | {"secret", "token", "csrf", "xsrf", "apikey", "privatekey", "ssn", "socialsecurity"}
    | {"cardnumber", "cardnum", "cardno", "creditcard", "ccnumber", "ccnum", "pan"}
    | {"cvv", "cvc", "cvn", "csc", "securitycode"}
    | {"otp", "totp", "otpcode", "onetimecode", "verificationcode", "2fa", "mfa"}
)
"""The fields that `flash_form` leaves out, by what is in their names.

Only letters and digits count, without case. A name of five or more is found anywhere: `token` in
`csrfmiddlewaretoken`, `cardnumber` in `billing[card-number]`. A shorter one must be a word: `otp`
is found in `login_otp`, `loginOtp` and `otp2`, and not in `hotpot`.
"""

_LONG = 5  # from here on a name does not turn up in another word by chance
_FILES = (web.FileField, bytes, bytearray)


def fields_of(data: Mapping[str, Any], exclude: Collection[str]) -> Texts:
    """Return the texts of a form's data. Raises TypeError if it is no form."""
    secrets = _secrets(exclude)
    fields: Texts = {}
    for name, value in _items(data, "data"):
        if not _is_secret(name, secrets):
            texts = [text for text in _several(value) if not isinstance(text, _FILES)]
            fields.setdefault(name, []).extend(_texts(texts, f"form field {name!r}"))
    return {name: texts for name, texts in fields.items() if texts}


def errors_of(errors: Mapping[str, Any]) -> Texts:
    """Return the texts of a form's errors that say something. Raises TypeError for other types."""
    found = {name: _texts(value, f"error of {name!r}") for name, value in _items(errors, "errors")}
    return {name: texts for name, given in found.items() if (texts := list(filter(None, given)))}


def stored_texts(stored: Any) -> Texts:
    """Return texts as they were stored; what has the wrong shape counts as empty (B7)."""
    found = stored.items() if isinstance(stored, dict) else ()
    return {
        name: list(texts)
        for name, texts in found
        if isinstance(texts, list) and all(isinstance(text, str) for text in texts)
    }


def _items(given: Mapping[str, Any], what: str) -> Iterator[tuple[str, Any]]:
    if not isinstance(given, Mapping):
        raise TypeError(
            f"the {what} of a form are a mapping of field names, such as `await request.post()` "
            f"gives, not a {type(given).__name__}"
        )
    for name, value in given.items():
        if not isinstance(name, str):
            raise TypeError(f"the name of a form field is a str, not {name!r}")
        yield clean(name), value


def _texts(given: Any, what: str) -> list[str]:
    """Return clean texts. Errors do not quote the value, for it may be personal."""
    texts = _several(given)
    for text in texts:
        if not isinstance(text, str):
            raise TypeError(f"{what} is a {type(text).__name__}: give a str or a list of str")
    return list(map(clean, texts))


def _several(given: Any) -> Sequence[Any]:
    return given if isinstance(given, list | tuple) else [given]


def _secrets(exclude: Collection[str]) -> Collection[str]:
    if isinstance(exclude, str) or not all(isinstance(name, str) for name in exclude):
        raise TypeError(
            f'exclude is a set of names, such as SECRET_FIELDS | {{"iban"}}, not {exclude!r}'
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
