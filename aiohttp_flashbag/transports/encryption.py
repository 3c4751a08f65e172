"""Encryption of the cookies that carry flashes, with AES-256-GCM.

The value of a cookie is unpadded base64url of a version byte, a random nonce of 12 bytes, and the
ciphertext with its tag. The cookie's name is authenticated too, so a cookie is invalid under any
other name. Each AES key is derived from a secret with HKDF-SHA256 and a label of this library, so
the session may use the same secret. With random nonces, one key may encrypt at most 2**32 cookies
(NIST SP 800-38D, 8.3).
"""

from __future__ import annotations

import os
import re
from binascii import a2b_base64, b2a_base64
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SecretKey: TypeAlias = str | bytes | bytearray
_is_base64 = re.compile(r"[\w-]*", re.ASCII).fullmatch

_VERSION = b"\x01"
_NONCE, _TAG = 12, 16  # bytes
_LABEL = b"aiohttp_flashbag cookies 1"
_ADVICE = (
    "It must be 32 bytes, or urlsafe base64 of 32 bytes. Make one with: "
    'python -c "import secrets; print(secrets.token_urlsafe(32))"'
)


class Encryption:
    """Encrypts with the first key, and decrypts with any of the keys.

    Raises RuntimeError without the package cryptography, ValueError for a key in another format.
    """

    def __init__(self, secret_key: SecretKey | Sequence[SecretKey]) -> None:
        keys = list(secret_key) if isinstance(secret_key, list | tuple) else [secret_key]
        if not keys:
            raise ValueError(f"secret_key is empty. {_ADVICE}")
        self._ciphers = [_cipher(_secret(key)) for key in keys]
        from cryptography.exceptions import InvalidTag

        self._invalid = InvalidTag

    def encrypt(self, content: bytes, name: str) -> str:
        """Return the value of a cookie of this name with this content."""
        nonce = os.urandom(_NONCE)
        ciphertext = self._ciphers[0].encrypt(nonce, content, name.encode())
        return _encode(_VERSION + nonce + ciphertext)

    def decrypt(self, value: str, name: str) -> bytes | None:
        """Return the content of a cookie, or None if no key decrypts it."""
        raw = _decode(value)
        if raw is None or raw[:1] != _VERSION or len(raw) < 1 + _NONCE + _TAG:
            return None
        nonce, ciphertext = raw[1 : 1 + _NONCE], raw[1 + _NONCE :]
        for cipher in self._ciphers:
            try:
                return cipher.decrypt(nonce, ciphertext, name.encode())
            except self._invalid:
                continue
        return None


def encrypted_length(length: int) -> int:
    """Return the length of a cookie's value for content of this length in bytes."""
    return ((1 + _NONCE + length + _TAG) * 4 + 2) // 3


def _encode(raw: bytes) -> str:
    text = b2a_base64(raw, newline=False).decode().rstrip("=")
    return text.replace("+", "-").replace("/", "_")


def _decode(value: str) -> bytes | None:
    """Decode base64url. Returns None unless `value` is the canonical encoding of its bytes."""
    try:
        raw = a2b_base64(value.replace("-", "+").replace("_", "/") + "==")
    except ValueError:
        return None
    return raw if _encode(raw) == value else None


def _secret(key: object) -> bytes:
    """Return the 32 bytes of a key. Errors do not quote the key, because they may be logged."""
    if not isinstance(key, str | bytes | bytearray):
        raise ValueError(f"secret_key is of type {type(key).__name__}. {_ADVICE}")
    if not isinstance(key, str) and len(key) == 32:
        return bytes(key)
    text = key if isinstance(key, str) else key.decode("latin-1")
    raw = _decode(text.removesuffix("="))
    if raw is None or len(raw) != 32:
        size = f"{len(key)} {'characters' if isinstance(key, str) else 'bytes'}"
        is_base64 = _is_base64(text.rstrip("="))
        problem = "" if is_base64 else ", some of them not urlsafe base64"
        raise ValueError(f"secret_key has {size}{problem}. {_ADVICE}")
    return raw


def _cipher(secret: bytes) -> AESGCM:
    try:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF
    except ImportError as error:
        raise RuntimeError(
            'CookieTransport needs the package cryptography: pip install "aiohttp-flashbag[cookie]"'
        ) from error
    return AESGCM(HKDF(SHA256(), length=32, salt=None, info=_LABEL).derive(secret))
