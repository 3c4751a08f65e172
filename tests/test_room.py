"""Short text is not measured when it is given: it must fit whatever is in it."""

from __future__ import annotations

import json
from typing import NoReturn

import pytest
from own_cookies import KEY

from aiohttp_flashbag import CookieTransport
from aiohttp_flashbag.copies import copy_through_json
from aiohttp_flashbag.intake import Intake, Room
from aiohttp_flashbag.parcel import Parcel

DEAREST = ["\x01", '"', "\\", "é", "\U0001f600"]  # in JSON or in UTF-8


def refuse(parcel: Parcel) -> NoReturn:
    raise AssertionError(f"{parcel} is measured")


@pytest.mark.parametrize("max_bytes", [600, 1000, 3000, 4096])
@pytest.mark.parametrize("character", DEAREST)
def test_text_that_is_not_measured_fits(character: str, max_bytes: int) -> None:
    room = CookieTransport(KEY, max_bytes=max_bytes).room
    assert room.safe_length > 0
    name, text = character, character * (room.safe_length - 2)
    assert room.surely_holds(name, text)
    assert room.lacks(Parcel({name: text})) <= 0
    message = Intake(copy_through_json).message(text, name, {}, {"html": True, "once": True})
    assert room.lacks(Parcel({}, [message])) <= 0


def test_short_text_is_not_measured() -> None:
    intake = Intake(copy_through_json, Room(1, refuse, safe_length=11))
    assert intake.value("error", "Taken") == "Taken"
    assert intake.message("Saved", "info", {}, {})["m"] == "Saved"


@pytest.mark.parametrize("value", ["x" * 10, 1, None, ["x"]])
def test_anything_else_is_measured(value: object) -> None:
    with pytest.raises(AssertionError, match="is measured"):
        Intake(copy_through_json, Room(1, refuse, safe_length=11)).value("e", value)


def test_a_message_with_data_is_measured() -> None:
    with pytest.raises(AssertionError, match="is measured"):
        Intake(copy_through_json, Room(1, refuse, safe_length=11)).message("S", "i", {"a": 1}, {})


def test_of_what_other_encoders_make_of_text_nothing_is_known() -> None:
    assert CookieTransport(KEY, dumps=json.dumps).room.safe_length == 0


def test_where_hardly_anything_fits_everything_is_measured() -> None:
    assert CookieTransport(KEY, max_bytes=1).room.safe_length == 0
