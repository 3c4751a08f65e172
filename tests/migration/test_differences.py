"""What the guide says of aiohttp_session_flash and aiohttp-login is what they do."""

from __future__ import annotations

import pytest

from .conftest import Visitor
from .sites import RECONSTRUCTED, Site

LOGIN = Site("compared/with_aiohttp_login.py", is_old=True)
SESSION_FLASH = "compared/with_aiohttp_session_flash.py"
login = pytest.mark.parametrize("url", [LOGIN], ids=["aiohttp-login"], indirect=True)
session_flash = pytest.mark.parametrize(
    "url",
    [
        Site(SESSION_FLASH, is_old=True, newest=(3, 10)),
        Site(SESSION_FLASH, beside=RECONSTRUCTED),
    ],
    ids=["aiohttp_session_flash", "reconstructed"],
    indirect=True,
)


async def flash(visitor: Visitor, text: str, **options: str) -> None:
    await visitor.headers("POST", "/flash", params={"text": text, **options})


@login
async def test_aiohttp_login_loses_messages_when_a_redirect_is_raised(visitor: Visitor) -> None:
    await flash(visitor, "One")
    await flash(visitor, "Two", **{"raise": "yes"})
    assert await visitor.get("/show") == ""


@login
async def test_aiohttp_login_keeps_the_ten_oldest_and_writes_every_time(visitor: Visitor) -> None:
    for number in range(12):
        await flash(visitor, str(number))
    assert "Set-Cookie" in await visitor.headers("GET", "/plain")
    assert (await visitor.get("/show")).split() == [str(number) for number in range(10)]


@session_flash
async def test_aiohttp_session_flash_keeps_what_a_failed_handler_flashed(visitor: Visitor) -> None:
    await flash(visitor, "Saved", fail="yes")
    assert await visitor.get("/show") == "Saved"


@session_flash
async def test_aiohttp_session_flash_empties_the_queue_at_the_call(visitor: Visitor) -> None:
    await flash(visitor, "Saved")
    assert await visitor.get("/hop") == ""
    await flash(visitor, "Again")
    assert await visitor.get("/show") == "Again"
