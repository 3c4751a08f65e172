"""Encryption of own cookies by AES-256-GCM, with keys in the forms that people have them in.

The value of a cookie is base64url without padding of a version byte, a random nonce of 12 bytes,
and the ciphertext with its tag. The name of the cookie is authenticated along with it, so a cookie
cannot be planted under another name. Each AES key is derived from a secret by HKDF-SHA256 with a
label of this library, so it does no harm to share the secret with the session. With random nonces
at most 2**32 cookies may be encrypted with one key (NIST SP 800-38D, 8.3).
"""

from __future__ import annotations

import os
from binascii import a2b_base64, b2a_base64
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SecretKey: TypeAlias = str | bytes | bytearray

_VERSION = b"\x01"
_NONCE, _TAG = 12, 16  # bytes
_LABEL = b"aiohttp_flashbag cookies 1"
_ADVICE = (
    "give 32 random bytes, or a key that is made by "
    'python -c "import secrets; print(secrets.token_urlsafe(32))"'
)


class Encryption:
    """Encrypts with the first of the keys, decrypts with all of them.

    Raises RuntimeError without the package cryptography, ValueError for what is no key.
    """

    def __init__(self, secret_key: SecretKey | Sequence[SecretKey]) -> None:
        keys = list(secret_key) if isinstance(secret_key, list | tuple) else [secret_key]
        if not keys:
            raise ValueError(f"secret_key holds no key: {_ADVICE}")
        self._ciphers = [_cipher(_secret(key)) for key in keys]
        from cryptography.exceptions import InvalidTag

        self._invalid = InvalidTag

    def encrypt(self, content: bytes, name: str) -> str:
        """Return the value of the cookie of this name that holds `content`."""
        nonce = os.urandom(_NONCE)
        ciphertext = self._ciphers[0].encrypt(nonce, content, name.encode())
        return _encode(_VERSION + nonce + ciphertext)

    def decrypt(self, value: str, name: str) -> bytes | None:
        """Return what was encrypted; None if it is forged, damaged or of another key."""
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
    """Return how long the value of a cookie is that holds so many bytes."""
    return ((1 + _NONCE + length + _TAG) * 4 + 2) // 3


def _encode(raw: bytes) -> str:
    text = b2a_base64(raw, newline=False).decode().rstrip("=")
    return text.replace("+", "-").replace("/", "_")


def _decode(value: str) -> bytes | None:
    """Return the bytes of base64url, None unless `value` is their only canonical spelling."""
    try:
        raw = a2b_base64(value.replace("-", "+").replace("_", "/") + "==")
    except ValueError:
        return None
    return raw if _encode(raw) == value else None


def _secret(key: object) -> bytes:
    """Return the 32 bytes of a key. No error quotes the key, since errors are logged."""
    if not isinstance(key, str | bytes | bytearray):
        raise ValueError(f"secret_key is a {type(key).__name__}: {_ADVICE}")
    if not isinstance(key, str) and len(key) == 32:
        return bytes(key)
    text = key if isinstance(key, str) else key.decode("latin-1")
    raw = _decode(text.removesuffix("="))
    if raw is None or len(raw) != 32:
        raise ValueError(f"secret_key is no key, with a length of {len(key)}: {_ADVICE}")
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
