"""The fields of a form that hold secrets, told by their names."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from unicodedata import normalize

_OWNERS = ("new", "old", "my", "user", "current", "login", "db", "re", "confirm")

SECRET_FIELDS = frozenset(
    {"password", "passwd", "passphrase", "passcode", "pass", "pwd", "pw", "pin", "credential"}
    | {f"{owner}{short}" for owner in _OWNERS for short in ("pass", "pwd", "pw")}
    | {"passwort", "kennwort", "motdepasse", "mdp", "contraseña", "contrasena", "senha"}
    | {"palavrapasse", "wachtwoord", "lösenord", "parola", "hasło", "пароль", "密码", "密碼"}
    | {"パスワード", "비밀번호"}
    | {"secret", "secretkey", "clientsecret", "token", "jwt", "csrf", "xsrf"}
    | {"apikey", "privatekey", "accesskey", "ssn", "socialsecurity", "securityanswer"}
    | {"cardnumber", "cardnum", "cardno", "creditcard", "ccnumber", "ccnum", "pan"}
    | {"cvv", "cvc", "cvn", "csc", "securitycode", "authcode", "recoverycode", "backupcode"}
    | {"otp", "totp", "otpcode", "onetimecode", "verificationcode", "2fa", "mfa"}
)
"""Names of fields that `flash_form` leaves out.

Only letters and digits are compared, ignoring case and width. A field is left out if its name, or
a word of it, is one of these: `otp` matches `login_otp`, `loginOtp` and `otp2`, but not `hotpot`.
Names of five or more characters also match the end of a name: `token` matches
`csrfmiddlewaretoken`, but not `tokens_left`. Names of eight or more also match its beginning:
`password` matches `passwordagain`. The library cannot know secrets with other names: add them with
`SECRET_FIELDS | {"iban"}`.
"""

_ENDS, _BEGINS = 5, 8
"""The lengths from which a name is unlikely to be a part of another word by chance."""
_LONGEST = 1000
"""Characters at each end of a field's name that are compared."""


class Secrets:
    """Names of secrets, to compare with the names of fields. Raises TypeError if they are not."""

    def __init__(self, names: Collection[str]) -> None:
        if isinstance(names, str) or not all(isinstance(name, str) for name in names):
            raise TypeError(
                f"exclude must be a set of names, such as SECRET_FIELDS | {{'iban'}}, not "
                f"{names!r:.80}."
            )
        self._names = {_squashed(name) for name in names}
        lengths = sorted({len(name) for name in self._names})
        self._ends = [length for length in lengths if length >= _ENDS]
        self._begins = [length for length in lengths if length >= _BEGINS]

    def __contains__(self, field: str) -> bool:
        """Return whether a field of this name holds a secret."""
        name = normalize("NFKC", field[:_LONGEST] + field[_LONGEST:][-_LONGEST:])
        return any(map(self._is_secret, {_squashed(name), *_words(name)}))

    def _is_secret(self, word: str) -> bool:
        parts = (word[-length:] for length in self._ends)
        return not self._names.isdisjoint([word, *parts, *(word[:n] for n in self._begins)])


def _squashed(name: str) -> str:
    return re.sub(r"[\W_]", "", normalize("NFKC", name)).casefold()


def _words(name: str) -> Iterable[str]:
    """Split a name into words, camelCase too, each with and without its digits."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name).casefold()
    return [*re.findall(r"[^\W_]+", spaced), *re.findall(r"[^\W\d_]+", spaced)]
