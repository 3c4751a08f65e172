"""Secret keys in every accepted form, the format of a cookie, and who can decrypt it."""

from __future__ import annotations

import base64
import hmac
import re
import subprocess
import sys
import traceback
from typing import Any

import pytest
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from aiohttp_flashbag.transports.encryption import Encryption, encrypted_length

RAW = b"sixteen and sixteen bytes: a key"
TEXT = base64.urlsafe_b64encode(RAW)
OTHER = Fernet.generate_key()
NAME = "AIOHTTP_FLASHBAG-12345678"

FORMS = [
    pytest.param(RAW, id="32 bytes"),
    pytest.param(bytearray(RAW), id="bytearray"),
    pytest.param(TEXT, id="base64 in bytes, as of Fernet"),
    pytest.param(bytearray(TEXT), id="base64 in a bytearray"),
    pytest.param(TEXT.decode(), id="base64"),
    pytest.param(TEXT.decode().rstrip("="), id="without its padding, as of token_urlsafe"),
    pytest.param([RAW], id="list"),
    pytest.param((TEXT.decode(), OTHER), id="tuple"),
]
WRONG_KEYS = [
    pytest.param(RAW[:-1], id="31 bytes"),
    pytest.param(RAW + b"!", id="33 bytes"),
    pytest.param(RAW.decode(), id="32 letters"),
    pytest.param("correct horse battery staple", id="password"),
    pytest.param(base64.urlsafe_b64encode(RAW[:16]).decode(), id="half a key"),
    pytest.param(base64.urlsafe_b64encode(RAW + b"!").decode(), id="more than a key"),
    pytest.param(TEXT.decode() + "==", id="padding too much"),
    pytest.param("ключ" * 11, id="not ASCII"),
    pytest.param("", id="empty"),
]


def refusal(secret_key: Any) -> ValueError:
    """Return the error for a wrong key, which says what a key is."""
    with pytest.raises(ValueError, match=r"^secret_key .*must be 32 bytes, or urlsafe") as caught:
        Encryption(secret_key)
    return caught.value


@pytest.mark.parametrize("key", FORMS)
def test_every_form_of_a_key_is_the_same_key(key: Any) -> None:
    one, other = Encryption(key), Encryption(RAW)
    assert one.decrypt(other.encrypt(b"content", NAME), NAME) == b"content"
    assert other.decrypt(one.encrypt(b"content", NAME), NAME) == b"content"


def test_of_several_keys_the_first_encrypts_and_all_decrypt() -> None:
    rotated, old, new = Encryption([OTHER, RAW]), Encryption(RAW), Encryption(OTHER)
    assert rotated.decrypt(old.encrypt(b"content", NAME), NAME) == b"content"
    assert new.decrypt(rotated.encrypt(b"content", NAME), NAME) == b"content"
    assert old.decrypt(rotated.encrypt(b"content", NAME), NAME) is None


@pytest.mark.parametrize("key", WRONG_KEYS)
def test_a_wrong_key_is_refused_with_its_length(key: str | bytes) -> None:
    assert f"secret_key has {len(key)} " in str(refusal(key))


@pytest.mark.parametrize("key", [*WRONG_KEYS[:-1], pytest.param([OTHER, "hunter2"], id="second")])
def test_a_refused_key_is_not_in_the_traceback(key: Any) -> None:
    logged = "".join(traceback.format_exception(refusal(key)))
    last = key[-1] if isinstance(key, list) else key
    assert (last if isinstance(last, str) else last.decode()) not in logged


@pytest.mark.parametrize(
    ("key", "problem"),
    [
        (None, "secret_key is of type NoneType."),
        (42, "secret_key is of type int."),
        ([RAW, 42], "secret_key is of type int."),
        ({RAW: 1}, "secret_key is of type dict."),
        (Fernet(TEXT), "secret_key is of type Fernet."),
        ([], "secret_key is empty."),
        ((), "secret_key is empty."),
    ],
)
def test_another_type_is_refused_by_name(key: Any, problem: str) -> None:
    assert problem in str(refusal(key))


def test_the_error_shows_a_command_that_makes_a_key() -> None:
    code = re.search(r'python -c "(.+)"', str(refusal("password")))
    assert code is not None
    made = subprocess.check_output([sys.executable, "-c", code[1]], text=True).strip()
    value = Encryption([made]).encrypt(b"content", NAME)
    assert Encryption(made).decrypt(value, NAME) == b"content"


def test_without_cryptography_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.ciphers.aead", None)
    with pytest.raises(RuntimeError, match=r'pip install "aiohttp-flashbag\[cookie\]"'):
        Encryption(RAW)


def test_cryptography_is_not_imported_before_a_key_is_used() -> None:
    code = "import sys, aiohttp_flashbag; print('cryptography' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "False\n"


KNOWN = [
    (
        bytes(32),
        bytes(12),
        "AIOHTTP_FLASHBAG-aaaaaaaa",
        b'[1700000000000000,{"error":"Taken"},[]]',
        "AQAAAAAAAAAAAAAAAM6OgxpA5ZOeY2if84TIHnP-h6YQNF82gnqIE3RE1pMThzhnuD2k03fNH8xZOEkt_KPvuEpVUeg",
    ),
    (RAW, bytes(range(12)), NAME, b"", "AQABAgMEBQYHCAkKC1442set74Ki7mZW2E7MHIo"),
]
"""Secret, nonce, name, content, and the cookie that they make. They must never change."""


def derived(secret: bytes) -> bytes:
    """Derive a key with HKDF-SHA256 without salt: extract, then one block of expand."""
    extracted = hmac.digest(bytes(32), secret, "sha256")
    return hmac.digest(extracted, b"aiohttp_flashbag cookies 1" + b"\x01", "sha256")


@pytest.mark.parametrize(("secret", "nonce", "name", "content", "known"), KNOWN)
def test_the_format_is_version_nonce_ciphertext_and_tag_and_authenticates_the_name(
    monkeypatch: pytest.MonkeyPatch,
    secret: bytes,
    nonce: bytes,
    name: str,
    content: bytes,
    known: str,
) -> None:
    monkeypatch.setattr("os.urandom", lambda count: nonce[:count])
    value = Encryption(secret).encrypt(content, name)
    assert value == known
    assert Encryption(secret).decrypt(known, name) == content
    raw = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
    assert raw[:13] == b"\x01" + nonce
    assert raw[13:] == AESGCM(derived(secret)).encrypt(nonce, content, name.encode())
    assert "=" not in value


def test_a_nonce_is_never_used_twice() -> None:
    encryption = Encryption(RAW)
    nonces = {encryption.encrypt(b"", NAME)[:17] for _ in range(1000)}
    assert len(nonces) == 1000


def flipped(value: str) -> list[str]:
    """Return the value with each single bit of its bytes, and of its text, flipped."""
    raw = bytearray(base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)))
    found = []
    for bit in range(len(raw) * 8):
        raw[bit // 8] ^= 1 << bit % 8
        found.append(base64.urlsafe_b64encode(raw).rstrip(b"=").decode())
        raw[bit // 8] ^= 1 << bit % 8
    for place, letter in enumerate(value):
        for bit in range(8):
            found.append(value[:place] + chr(ord(letter) ^ 1 << bit) + value[place + 1 :])
    return found


@pytest.mark.parametrize("content", [b"", b"c", b"co", b'[1,{"error":"Taken"},[]]'])
def test_no_bit_of_a_cookie_can_be_changed(content: bytes) -> None:
    encryption = Encryption([OTHER, RAW])
    value = encryption.encrypt(content, NAME)
    assert encryption.decrypt(value, NAME) == content
    changed = flipped(value)
    assert len(changed) > 29 * 16
    assert [encryption.decrypt(each, NAME) for each in changed] == [None] * len(changed)


@pytest.mark.parametrize("name", ["AIOHTTP_FLASHBAG-12345679", "", NAME.lower(), f"{NAME} "])
def test_a_value_cannot_be_decrypted_under_another_name(name: str) -> None:
    encryption = Encryption(RAW)
    assert encryption.decrypt(encryption.encrypt(b"content", NAME), name) is None


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda value: "", id="empty"),
        pytest.param(lambda value: "x", id="one letter"),
        pytest.param(lambda value: value[:-4], id="cut off"),
        pytest.param(lambda value: value[:10], id="without a tag"),
        pytest.param(lambda value: value[4:], id="beheaded"),
        pytest.param(lambda value: value + "=", id="padded"),
        pytest.param(lambda value: f"{value[:5]} {value[5:]}", id="with a space"),
        pytest.param(lambda value: value[:20] + "漢字" + value[28:], id="not ASCII"),
        pytest.param(lambda value: "\udcff" + value, id="not UTF-8"),
        pytest.param(lambda value: Encryption(OTHER).encrypt(b"x", NAME), id="another key"),
        pytest.param(lambda value: Fernet(TEXT).encrypt(b"x").decode(), id="another format"),
    ],
)
def test_a_damaged_or_forged_value_is_not_decrypted(damage: Any) -> None:
    encryption = Encryption(RAW)
    assert encryption.decrypt(damage(encryption.encrypt(b"content", NAME)), NAME) is None


@pytest.mark.parametrize("length", [0, 1, 15, 16, 17, 31, 32, 47, 48, 1000, 2999])
def test_the_length_is_known_before_it_is_encrypted(length: int) -> None:
    assert len(Encryption(RAW).encrypt(b"x" * length, NAME)) == encrypted_length(length)
