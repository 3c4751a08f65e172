"""Short text is not measured when it is given: it must fit whatever is in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NoReturn

import pytest
from support.own_cookies import KEY

from aiohttp_flashbag import CookieTransport
from aiohttp_flashbag.codec import Codec, SizeLimit

DEAREST = ["\x01", '"', "\\", "é", "\U0001f600"]  # in JSON or in UTF-8


def refuse(values: Mapping[str, Any], messages: list[Any]) -> NoReturn:
    raise AssertionError(f"{values} and {messages} are measured")


unmeasured = Codec(limit=SizeLimit(1, refuse, safe_length=11))


@pytest.mark.parametrize("max_bytes", [600, 1000, 2500, 4096])
@pytest.mark.parametrize("character", DEAREST)
def test_text_that_is_not_measured_fits(character: str, max_bytes: int) -> None:
    limit = CookieTransport(KEY, max_bytes=max_bytes).limit
    assert limit.safe_length > 0
    name, text = character, character * (limit.safe_length - 2)
    assert Codec(limit=SizeLimit(1, refuse, limit.safe_length)).value(name, text) == text
    assert limit.excess({name: text}, []) <= 0
    message = Codec().message(text, name, {}, html=True, once=True)
    assert limit.excess({}, [message]) <= 0


def test_short_text_is_not_measured() -> None:
    assert unmeasured.value("error", "Taken") == "Taken"
    assert unmeasured.message("Saved", "info", {})["m"] == "Saved"


@pytest.mark.parametrize("value", ["x" * 10, 1, None, ["x"]])
def test_anything_else_is_measured(value: object) -> None:
    with pytest.raises(AssertionError, match="are measured"):
        unmeasured.value("e", value)


def test_a_message_with_data_is_measured() -> None:
    with pytest.raises(AssertionError, match="are measured"):
        unmeasured.message("S", "i", {"a": 1})


def test_of_what_other_encoders_make_of_text_nothing_is_known() -> None:
    assert CookieTransport(KEY, dumps=json.dumps).limit.safe_length == 0


def test_where_hardly_anything_fits_everything_is_measured() -> None:
    assert CookieTransport(KEY, max_bytes=1).limit.safe_length == 0
