"""What of a form may travel: texts, without files, secrets and what is no form."""

from __future__ import annotations

import io
from typing import Any

import pytest
from aiohttp import web
from multidict import CIMultiDict, CIMultiDictProxy, MultiDict, MultiDictProxy

from aiohttp_flashbag import SECRET_FIELDS
from aiohttp_flashbag.fields import errors_of, fields_of, stored_texts

FILE = web.FileField(
    "cv", "cv.txt", io.BytesIO(b"x"), "text/plain", CIMultiDictProxy(CIMultiDict())
)


@pytest.mark.parametrize(
    ("data", "fields"),
    [
        ({"name": "Zoë"}, {"name": ["Zoë"]}),
        ({"name": ""}, {"name": [""]}),
        ({"colour": ["red", "blue"]}, {"colour": ["red", "blue"]}),
        ({"colour": ("red", "blue")}, {"colour": ["red", "blue"]}),
        ({"colour": []}, {}),
        (MultiDict([("a", "1"), ("b", "2"), ("a", "3")]), {"a": ["1", "3"], "b": ["2"]}),
        (MultiDictProxy(MultiDict([("a", "1"), ("a", "2")])), {"a": ["1", "2"]}),
        ({"half": "\ud83d", "\ud83d": "x"}, {"half": ["\ufffd"], "\ufffd": ["x"]}),
        ({}, {}),
    ],
)
def test_every_text_of_every_field_is_taken(data: Any, fields: dict[str, list[str]]) -> None:
    assert fields_of(data, ()) == fields
    assert list(fields_of(data, ())) == list(fields)


@pytest.mark.parametrize(
    "file", [FILE, b"%PDF", bytearray(b"%PDF")], ids=["file", "bytes", "array"]
)
def test_files_are_left_out(file: object) -> None:
    assert fields_of({"cv": file, "cvs": [file, file], "name": "Zoë"}, ()) == {"name": ["Zoë"]}
    assert fields_of(MultiDict([("cv", file), ("cv", "none")]), ()) == {"cv": ["none"]}


@pytest.mark.parametrize(
    "name",
    [
        *("password", "Password", "new_password", "new-password", "newPassword", "password2"),
        *(
            "user[password]",
            "form-0-password_confirmation",
            "passwd",
            "PASSPHRASE",
            "pass",
            "pass1",
        ),
        *("csrf_token", "csrfmiddlewaretoken", "_csrf", "CSRF-Token", "xsrfToken", "token"),
        *("client_secret", "secretAnswer", "api_key", "API-Key", "user_pin", "pin"),
        *("cardnumber", "card-number", "Card Number", "card_number", "billing[cardNumber]"),
        *("credit_card", "cc-number", "cvv", "cvv2", "card_cvc", "cc-csc", "CVV"),
        *("otp", "login_otp", "loginOtp", "loginOTPCode", "otp2", "otp-code", "2fa", "2fa_code"),
        *("c-v-v", "userPINEntry", "PINEntry"),
    ],
)
def test_a_secret_is_left_out_however_it_is_spelled(name: str) -> None:
    assert fields_of({name: "s3cret", "name": "Zoë"}, SECRET_FIELDS) == {"name": ["Zoë"]}


@pytest.mark.parametrize(
    "name",
    [
        *("name", "email", "hotpot", "pineapple", "shopping", "company", "compass", "passenger"),
        *("username", "postcode", "card_holder", "hotpot_recipe", "spinning", "laptop", "ssncode"),
        *("", "-", "42", "größe", "名前"),
    ],
)
def test_what_only_looks_like_a_secret_is_taken(name: str) -> None:
    assert fields_of({name: "x"}, SECRET_FIELDS) == {name: ["x"]}


@pytest.mark.parametrize(
    ("exclude", "left"),
    [
        (SECRET_FIELDS | {"iban"}, {"calibandra", "maiden-name"}),
        (SECRET_FIELDS | {"IBAN", "Maiden_Name"}, {"calibandra"}),
        ({"iban", "maidenName"}, {"password", "calibandra"}),
        (["calibandra"], {"password", "maiden-name", "iban", "your-iban", "IBAN2"}),
        (
            SECRET_FIELDS - {"password"},
            {"password", "maiden-name", "iban", "your-iban", "IBAN2", "calibandra"},
        ),
        ((), {"password", "maiden-name", "iban", "your-iban", "IBAN2", "calibandra"}),
    ],
)
def test_what_is_left_out_can_be_chosen(exclude: Any, left: set[str]) -> None:
    names = ("password", "maiden-name", "iban", "your-iban", "IBAN2", "calibandra")
    assert fields_of(dict.fromkeys(names, "x"), exclude).keys() == left


@pytest.mark.parametrize("exclude", ["iban", {5}, [b"iban"]])
def test_what_is_left_out_is_said_by_names(exclude: Any) -> None:
    with pytest.raises(TypeError, match=r"exclude is a set of names, .*\| \{\"iban\"\}, not "):
        fields_of({}, exclude)


@pytest.mark.parametrize("data", [None, "name=Zoë", [("name", "Zoë")], 5])
def test_data_that_are_no_form_are_refused(data: Any) -> None:
    expected = rf"the data of a form are a mapping .*request\.post.*, not a {type(data).__name__}$"
    with pytest.raises(TypeError, match=expected):
        fields_of(data, ())


async def test_who_forgets_to_await_the_form_is_told() -> None:
    post = web.Request.post(None)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"`await request\.post\(\)` gives, not a coroutine$"):
        fields_of(post, ())  # type: ignore[arg-type]
    post.close()


@pytest.mark.parametrize("value", [None, 5, True, {"a": "b"}, {"red"}, ["red", 5], [["red"]]])
def test_a_field_that_is_no_text_is_refused_without_showing_it(value: Any) -> None:
    with pytest.raises(TypeError) as caught:
        fields_of({"colour": value}, ())
    wrong = value[-1] if isinstance(value, list) else value
    assert str(caught.value) == (
        f"form field 'colour' is a {type(wrong).__name__}: give a str or a list of str"
    )


def test_a_secret_may_be_anything() -> None:
    assert fields_of({"pin": 1234, "name": "Zoë"}, SECRET_FIELDS) == {"name": ["Zoë"]}


@pytest.mark.parametrize("take", [lambda data: fields_of(data, ()), errors_of])
def test_the_name_of_a_field_is_a_str(take: Any) -> None:
    with pytest.raises(TypeError, match="the name of a form field is a str, not None"):
        take({None: "x"})


@pytest.mark.parametrize(
    ("errors", "texts"),
    [
        ({"name": "Required"}, {"name": ["Required"]}),
        ({"name": ["Short", "Taken"]}, {"name": ["Short", "Taken"]}),
        ({"name": ("Short", "Taken")}, {"name": ["Short", "Taken"]}),
        ({"name": "", "email": [], "age": ["", "Low"]}, {"age": ["Low"]}),
        ({"password": "Too short"}, {"password": ["Too short"]}),
        ({"name": "\ud83d"}, {"name": ["\ufffd"]}),
    ],
)
def test_errors_are_one_text_or_several(errors: Any, texts: dict[str, list[str]]) -> None:
    assert errors_of(errors) == texts


@pytest.mark.parametrize("error", [None, 5, b"Required", {"name": "Required"}, ["Required", None]])
def test_an_error_that_is_no_text_is_refused(error: Any) -> None:
    with pytest.raises(TypeError, match=r"^error of 'name' is a \w+: give a str or a list of str$"):
        errors_of({"name": error})


@pytest.mark.parametrize("errors", ["Required", ["Required"], 0, ""])
def test_errors_that_belong_to_no_field_are_refused(errors: Any) -> None:
    with pytest.raises(TypeError, match="the errors of a form are a mapping of field names"):
        errors_of(errors)


@pytest.mark.parametrize(
    ("stored", "texts"),
    [
        ({"name": ["Zoë"]}, {"name": ["Zoë"]}),
        ({"name": "Zoë", "age": [5], "tags": [["a"]], "ok": ["x"]}, {"ok": ["x"]}),
        (None, {}),
        ("name", {}),
        ([["name", "Zoë"]], {}),
    ],
)
def test_b7_what_arrives_in_a_wrong_shape_counts_as_empty(stored: Any, texts: Any) -> None:
    assert stored_texts(stored) == texts


def test_what_arrived_is_not_shared() -> None:
    stored = {"name": ["Zoë"]}
    stored_texts(stored)["name"].append("late")
    assert stored == {"name": ["Zoë"]}
