"""Encryption of own cookies by Fernet, with keys in the forms that people have them in."""

from __future__ import annotations

import time
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from cryptography.fernet import Fernet, MultiFernet

SecretKey: TypeAlias = "str | bytes | bytearray | Fernet | MultiFernet"


class Encryption:
    """Encrypts with the first of the keys, decrypts with all of them, for `max_age` seconds.

    Raises RuntimeError without the package cryptography, ValueError for what is no key.
    """

    def __init__(self, secret_key: SecretKey | Sequence[SecretKey], max_age: int) -> None:
        try:
            from cryptography.fernet import InvalidToken, MultiFernet
        except ImportError as error:
            raise RuntimeError(
                "CookieTransport needs the package cryptography: "
                'pip install "aiohttp-flashbag[cookie]"'
            ) from error
        keys = list(secret_key) if isinstance(secret_key, list | tuple) else [secret_key]
        if not keys:
            raise ValueError(f"secret_key holds no key: {_ADVICE}")
        self._fernet = (
            secret_key
            if isinstance(secret_key, MultiFernet)
            else MultiFernet([_fernet(key) for key in keys])
        )
        self._invalid = (InvalidToken, ValueError)  # ValueError: what is not even ASCII
        self._max_age = max_age

    def encrypt(self, content: bytes, created: int) -> str:
        """Encrypt what was created at that microsecond; its age counts from there."""
        return self._fernet.encrypt_at_time(content, created // 1_000_000).decode()

    def decrypt(self, token: str) -> bytes | None:
        """Return what was encrypted; None if it is forged, damaged, of another key or too old."""
        try:
            return self._fernet.decrypt_at_time(
                token.encode(), self._max_age, time.time_ns() // 1_000_000_000
            )
        except self._invalid:
            return None


def encrypted_length(length: int) -> int:
    """Return how long so many bytes are when encrypted (Fernet: AES-CBC, then base64)."""
    version_time_iv, mac = 1 + 8 + 16, 32
    return -(-(version_time_iv + (length // 16 + 1) * 16 + mac) // 3) * 4


_ADVICE = (
    "give 32 random bytes, or a key that is made by "
    'python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"'
)


def _fernet(key: object) -> Fernet:
    from cryptography.fernet import Fernet

    if isinstance(key, Fernet):
        return key
    if isinstance(key, bytes | bytearray) and len(key) == 32:
        return Fernet(urlsafe_b64encode(key))
    if isinstance(key, str | bytes | bytearray):
        try:
            return Fernet(key if isinstance(key, str) else bytes(key))
        except ValueError:
            # Not chained, the key must not get into a traceback.
            raise ValueError(
                f"secret_key is no key, with a length of {len(key)}: {_ADVICE}"
            ) from None
    raise ValueError(f"secret_key is a {type(key).__name__}: {_ADVICE}")
