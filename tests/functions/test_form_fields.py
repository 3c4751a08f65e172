"""flash_form takes the texts of a form, without files and secrets, and its errors."""

from __future__ import annotations

import io
import time
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict, CIMultiDictProxy, MultiDict, MultiDictProxy

from aiohttp_flashbag import SECRET_FIELDS, FlashedForm, flash_form
from aiohttp_flashbag.testing import install_flashbag, sent

FILE = web.FileField(
    "cv", "cv.txt", io.BytesIO(b"x"), "text/plain", CIMultiDictProxy(CIMultiDict())
)
IBANS = ["iban", "your-iban", "IBAN2", "calibandra"]


def flashed(data: Any, errors: Any = None, **options: Any) -> FlashedForm:
    """Flash a form, and return it as the next request receives it."""
    install_flashbag(request := make_mocked_request("POST", "/"))
    flash_form(request, data, errors, **options)
    return sent(request).form


@pytest.mark.parametrize(
    ("data", "fields"),
    [
        ({"name": "Zoë"}, [("name", "Zoë")]),
        ({"name": ""}, [("name", "")]),
        ({"colour": ["red", "blue"]}, [("colour", "red"), ("colour", "blue")]),
        ({"colour": ("red", "blue")}, [("colour", "red"), ("colour", "blue")]),
        ({"colour": []}, []),
        (MultiDict([("a", "1"), ("b", "2"), ("a", "3")]), [("a", "1"), ("a", "3"), ("b", "2")]),
        (MultiDictProxy(MultiDict([("a", "1"), ("a", "2")])), [("a", "1"), ("a", "2")]),
        ({"half": "\ud83d", "\ud83d": "x"}, [("half", "\ufffd"), ("\ufffd", "x")]),
        ({}, []),
    ],
)
def test_every_text_of_every_field_is_flashed(data: Any, fields: list[tuple[str, str]]) -> None:
    assert list(flashed(data).data.items()) == fields


@pytest.mark.parametrize(
    "file", [FILE, b"%PDF", bytearray(b"%PDF")], ids=["file", "bytes", "array"]
)
def test_files_are_left_out(file: object) -> None:
    assert flashed({"cv": file, "cvs": [file, file], "name": "Zoë"}).data == {"name": "Zoë"}
    assert flashed(MultiDict([("cv", file), ("cv", "none")])).data == {"cv": "none"}


SECRETS = """
    password Password new_password new-password newPassword password2 user[password]
    form-0-password_confirmation passwd PASSPHRASE pass pass1 csrf_token csrfmiddlewaretoken _csrf
    CSRF-Token xsrfToken token client_secret secretAnswer api_key API-Key user_pin pin cardnumber
    card-number card_number billing[cardNumber] credit_card cc-number cvv cvv2 card_cvc cc-csc CVV
    c-v-v otp login_otp loginOtp loginOTPCode otp2 otp-code 2fa 2fa_code userPINEntry PINEntry
    newpwd oldpwd userpass user_pwd pwd1 passwort neuesPasswort passwort_wiederholen mot_de_passe
    motDePasse nouveau_mdp contraseña contrasen\u0303a contraseñaNueva senha nova-senha senha2
    ＰＡＳＳＷＯＲＤ ｐｉｎ пароль новыйПароль auth_code authCode recovery_code backup-code jwt
    user[jwt] securityAnswer security_answer"""
OTHERS = """
    name email hotpot pineapple shopping company compass passenger username postcode card_holder
    hotpot_recipe spinning laptop ssncode - 42 größe 名前
    secretary tokens_left keyboard bypass author authority passport jwtx"""


@pytest.mark.parametrize("name", [*SECRETS.split(), "Card Number"])
def test_40_93_a_secret_is_left_out(name: str) -> None:
    assert flashed({name: "s3cret", "name": "Zoë"}).data == {"name": "Zoë"}
    assert flashed({name: 1234}).data == {}  # its type is not checked


@pytest.mark.parametrize("name", [*OTHERS.split(), ""])
def test_93_a_name_that_resembles_a_secret_is_flashed(name: str) -> None:
    assert flashed({name: "x"}).data == {name: "x"}


@pytest.mark.parametrize("padding", ["x" * 5000, "[x]" * 5000])
def test_93_a_long_name_is_compared_at_both_ends(padding: str) -> None:
    data = dict.fromkeys([f"{padding}[password]", f"password[{padding}]", padding], "x")
    assert flashed(data).data.keys() == {padding}


@pytest.mark.parametrize(
    "name",
    ["a" * 1_000_000, "a_" * 500_000, "aA" * 500_000, "[a]" * 333_333, "\ufdfa" * 1_000_000],
    ids=["a letter", "words", "camelCase", "brackets", "characters that NFKC expands"],
)
def test_94_a_name_of_a_megabyte_takes_no_time(name: str) -> None:
    began = time.process_time()
    form = flashed({name: "x"}, {name: "Wrong"})
    assert time.process_time() - began < 0.3
    assert (form.get(name), form.error(name)) == ("x", "Wrong")


@pytest.mark.parametrize(
    ("exclude", "left"),
    [
        (SECRET_FIELDS | {"iban"}, {"calibandra", "maiden-name"}),
        (SECRET_FIELDS | {"IBAN", "Maiden_Name"}, {"calibandra"}),
        ({"iban", "maidenName"}, {"password", "calibandra"}),
        ({"ＩＢＡＮ"}, {"password", "maiden-name", "calibandra"}),
        (["calibandra"], {"password", "maiden-name", *IBANS[:3]}),
        (SECRET_FIELDS - {"password"}, {"password", "maiden-name", *IBANS}),
        ((), {"password", "maiden-name", *IBANS}),
    ],
)
def test_exclude_names_other_fields(exclude: Any, left: set[str]) -> None:
    data = dict.fromkeys(["password", "maiden-name", *IBANS], "x")
    assert flashed(data, exclude=exclude).data.keys() == left


@pytest.mark.parametrize(
    ("errors", "texts"),
    [
        (None, {}),
        ({"name": "Required"}, {"name": ["Required"]}),
        ({"name": ["Short", "Taken"]}, {"name": ["Short", "Taken"]}),
        ({"name": ("Short", "Taken")}, {"name": ["Short", "Taken"]}),
        ({"name": "", "email": [], "age": ["", "Low"]}, {"age": ["Low"]}),
        ({"password": "Too short"}, {"password": ["Too short"]}),
        ({"name": "\ud83d"}, {"name": ["\ufffd"]}),
    ],
)
def test_an_error_is_one_text_or_several(errors: Any, texts: dict[str, list[str]]) -> None:
    assert flashed({}, errors).errors == texts


# Mistakes


@pytest.mark.parametrize("data", [None, "name=Zoë", [("name", "Zoë")], 5])
def test_data_must_be_a_mapping(data: Any) -> None:
    with pytest.raises(TypeError, match=rf"request\.post.*{type(data).__name__}"):
        flashed(data)


async def test_a_form_that_was_not_awaited_is_refused() -> None:
    post = web.Request.post(None)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"`await request\.post\(\)`.*coroutine"):
        flashed(post)
    post.close()


@pytest.mark.parametrize("value", [None, 5, True, {"a": "secret"}, {"secret"}, ["red", 5], [["x"]]])
def test_a_field_must_be_a_text_and_the_error_does_not_quote_it(value: Any) -> None:
    wrong = value[-1] if isinstance(value, list) else value
    with pytest.raises(TypeError, match=rf"'colour' .*a list of.*{type(wrong).__name__}") as caught:
        flashed({"colour": value})
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (({None: "x"},), "name of a form field .*None"),
        (({5: "x"},), "name of a form field .*5"),
        (({}, {"name": 5}), "error of 'name' .*int"),
        (({}, {"name": b"Required"}), "error of 'name' .*bytes"),
        (({}, {"name": ["Required", 5]}), r"error of 'name\.1' .*int"),
        (({}, {"address": {"street": {"Required"}}}), r"error of 'address\.street' .*set"),
        (({}, {1: "x", "1": "y"}), r"Two fields in \[1, '1'\]"),
        (({}, {"address": {1: "x", "1": "y"}}), r"Two fields in \[1, '1'\]"),
        (({}, "Required"), "[Ee]rrors of a form"),
        (({}, 0), "[Ee]rrors of a form"),
        (({}, ""), "[Ee]rrors of a form"),
    ],
)
def test_names_and_errors_must_be_texts(arguments: Any, told: str) -> None:
    with pytest.raises(TypeError, match=told):
        flashed(*arguments)


@pytest.mark.parametrize("exclude", ["iban", {5}, [b"iban"]])
def test_exclude_must_be_a_set_of_names(exclude: Any) -> None:
    with pytest.raises(TypeError, match=r"exclude .*SECRET_FIELDS \| \{'iban'\}"):
        flashed({}, exclude=exclude)
