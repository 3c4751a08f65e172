"""Keys in the forms that people have them in, and who can open what."""

from __future__ import annotations

import base64
import re
import subprocess
import sys
import traceback
from typing import Any

import pytest
from cryptography.fernet import Fernet, MultiFernet

from aiohttp_flashbag.transports.encryption import Encryption, encrypted_length

NOW = 1_700_000_000
MADE = NOW * 1_000_000
RAW = b"sixteen and sixteen bytes: a key"
TEXT = base64.urlsafe_b64encode(RAW)
OTHER = Fernet.generate_key()

FORMS = [
    pytest.param(RAW, id="32 bytes"),
    pytest.param(bytearray(RAW), id="bytearray"),
    pytest.param(TEXT, id="base64 in bytes"),
    pytest.param(bytearray(TEXT), id="base64 in a bytearray"),
    pytest.param(TEXT.decode(), id="base64"),
    pytest.param(Fernet(TEXT), id="Fernet"),
    pytest.param(MultiFernet([Fernet(TEXT)]), id="MultiFernet"),
    pytest.param([RAW], id="list"),
    pytest.param((TEXT.decode(), OTHER), id="tuple"),
]
NO_KEYS = [
    pytest.param(RAW[:-1], id="31 bytes"),
    pytest.param(RAW + b"!", id="33 bytes"),
    pytest.param(RAW.decode(), id="32 letters"),
    pytest.param("correct horse battery staple", id="password"),
    pytest.param(base64.urlsafe_b64encode(RAW[:16]).decode(), id="half a key"),
    pytest.param(TEXT.decode().rstrip("="), id="without its padding"),
    pytest.param("ключ" * 11, id="not ASCII"),
    pytest.param("", id="empty"),
]


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time_ns", lambda: NOW * 1_000_000_000)


def refusal(secret_key: Any) -> ValueError:
    """The error that tells that this is no key."""
    with pytest.raises(ValueError, match=r"secret_key .*: give 32 random bytes") as caught:
        Encryption(secret_key, 600)
    return caught.value


@pytest.mark.parametrize("key", FORMS)
def test_a_key_is_the_same_in_each_of_its_forms(key: Any) -> None:
    assert (
        Encryption(key, 600).decrypt(Encryption(RAW, 600).encrypt(b"content", MADE)) == b"content"
    )
    assert (
        Encryption(RAW, 600).decrypt(Encryption(key, 600).encrypt(b"content", MADE)) == b"content"
    )


def test_of_several_keys_the_first_seals_and_all_open() -> None:
    rotated, old, new = Encryption([OTHER, RAW], 600), Encryption(RAW, 600), Encryption(OTHER, 600)
    assert rotated.decrypt(old.encrypt(b"content", MADE)) == b"content"
    assert new.decrypt(rotated.encrypt(b"content", MADE)) == b"content"
    assert old.decrypt(rotated.encrypt(b"content", MADE)) is None


@pytest.mark.parametrize("key", NO_KEYS)
def test_what_is_no_key_is_refused_by_its_length(key: str | bytes) -> None:
    assert f"secret_key is no key, with a length of {len(key)}:" in str(refusal(key))


@pytest.mark.parametrize("key", [*NO_KEYS[:-1], pytest.param([OTHER, "hunter2"], id="second")])
def test_a_refused_key_is_in_no_traceback(key: Any) -> None:
    told = "".join(traceback.format_exception(refusal(key)))
    last = key[-1] if isinstance(key, list) else key
    assert (last if isinstance(last, str) else last.decode()) not in told


@pytest.mark.parametrize(
    ("key", "told"),
    [
        (None, "secret_key is a NoneType:"),
        (42, "secret_key is a int:"),
        ([RAW, 42], "secret_key is a int:"),
        ({RAW: 1}, "secret_key is a dict:"),
        ([], "secret_key holds no key:"),
        ((), "secret_key holds no key:"),
    ],
)
def test_what_could_not_be_a_key_is_refused_by_its_type(key: Any, told: str) -> None:
    assert told in str(refusal(key))


def test_the_refusal_tells_how_a_key_is_made() -> None:
    code = re.search(r'python -c "(.+)"', str(refusal("password")))
    assert code is not None
    made = subprocess.check_output([sys.executable, "-c", code[1]], text=True).strip()
    assert (
        Encryption(made, 600).decrypt(Encryption([made], 600).encrypt(b"content", MADE))
        == b"content"
    )


def test_without_cryptography_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cryptography.fernet", None)
    with pytest.raises(RuntimeError, match=r'pip install "aiohttp-flashbag\[cookie\]"'):
        Encryption(RAW, 600)


def test_cryptography_is_not_imported_before_a_key_is_used() -> None:
    code = "import sys, aiohttp_flashbag; print('cryptography' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "False\n"


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda token: "", id="empty"),
        pytest.param(lambda token: "x", id="one letter"),
        pytest.param(lambda token: token[:-4], id="cut off"),
        pytest.param(lambda token: token[4:], id="beheaded"),
        pytest.param(lambda token: token[:40] + "AAAA" + token[44:], id="altered"),
        pytest.param(lambda token: token[:40] + "漢字" + token[48:], id="not ASCII"),
        pytest.param(lambda token: "\udcff" + token, id="not UTF-8"),
        pytest.param(lambda token: Fernet(OTHER).encrypt(b"content").decode(), id="another key"),
    ],
)
def test_what_is_damaged_or_forged_is_not_opened(damage: Any) -> None:
    seal = Encryption(RAW, 600)
    assert seal.decrypt(damage(seal.encrypt(b"content", MADE))) is None


@pytest.mark.parametrize(
    ("age", "content"), [(0, b"content"), (600, b"content"), (601, None), (-61, None)]
)
def test_what_is_sealed_opens_for_max_age_seconds(age: int, content: bytes | None) -> None:
    token = Encryption(RAW, 600).encrypt(b"content", (NOW - age) * 1_000_000)
    assert Encryption(RAW, 600).decrypt(token) == content


@pytest.mark.parametrize("length", [0, 1, 15, 16, 17, 31, 32, 47, 48, 1000, 2999])
def test_the_length_is_known_before_it_is_sealed(length: int) -> None:
    assert len(Encryption(RAW, 600).encrypt(b"x" * length, MADE)) == encrypted_length(length)
