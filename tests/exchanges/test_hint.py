"""The hint cookie depends on the response that is sent (B2), and counts flashes of all tabs."""

from __future__ import annotations

from functools import partial

import pytest
from aiohttp import ClientResponse, web
from aiohttp_session import AbstractStorage
from support.apps import (
    AiohttpClient,
    Client,
    answer_of,
    cookies,
    does,
    flash_messages,
    make_app,
    shown,
)
from support.own_cookies import KEY, cookie_app

from aiohttp_flashbag import CookieTransport, setup_browser

HINT = "AIOHTTP_FLASHBAG_PENDING"
OTHER_TAB = {"Sec-Fetch-Site": "none"}  # a typed address
redirect = partial(web.HTTPSeeOther, "/messages")


def hints_in(response: ClientResponse) -> list[str]:
    """Return the values of the hint that a response sets, "" if it deletes the cookie."""
    lines = response.headers.getall("Set-Cookie", [])
    pairs = [line.partition(";")[0].partition("=") for line in lines]
    return [value for name, _, value in pairs if name == HINT]


def forget_hint(client: Client) -> None:
    client.session.cookie_jar.clear(lambda morsel: morsel.key == HINT)


@pytest.fixture
async def client(aiohttp_client: AiohttpClient, storage: AbstractStorage) -> Client:
    """A client for which a message is pending, addressed to `/messages` in one of its tabs."""
    setup_browser(
        app := make_app(
            storage,
            web.post("/save", does(flash_messages, answer=redirect)),
            web.get("/500", does(answer=web.HTTPInternalServerError)),
        )
    )
    client = await aiohttp_client(app)
    form = {"Referer": str(client.make_url("/form"))}
    await client.post("/save?info=Saved", headers=form, allow_redirects=False)
    assert HINT in cookies(client)
    return client


async def test_b2_a_response_of_status_500_does_not_change_the_hint(client: Client) -> None:
    for change in (lambda client: None, forget_hint):
        change(client)
        assert hints_in(await client.get("/500")) == []
    assert await answer_of(await client.get("/messages")) == ["Saved"]


@pytest.mark.parametrize("path", ["/plain", "/values?error", "/messages?only=other", "/nowhere"])
async def test_a_page_of_another_tab_leaves_the_hint(client: Client, path: str) -> None:
    assert hints_in(await client.get(path, headers=OTHER_TAB)) == []
    assert HINT in cookies(client)


@pytest.mark.parametrize("path", ["/plain", "/values?error"])
async def test_a_page_of_another_tab_sets_a_hint_that_did_not_come(
    client: Client, path: str
) -> None:
    forget_hint(client)
    assert hints_in(await client.get(path, headers=OTHER_TAB)) == ["1"]


async def test_a_page_of_another_tab_that_consumes_its_own_flash_leaves_the_hint(
    client: Client,
) -> None:
    await client.post("/set?error=Taken", headers={**OTHER_TAB, "Sec-Fetch-Dest": "empty"})
    page = await client.get("/values?error", headers=OTHER_TAB)
    assert await page.json() == {"error": "Taken"}
    assert hints_in(page) == []
    assert await answer_of(await client.get("/messages")) == ["Saved"]
    assert HINT not in cookies(client)


async def test_b7_a_hint_that_cannot_be_set_costs_no_page(
    aiohttp_client: AiohttpClient, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(CookieTransport):
        def hint_attributes(self, request: web.Request) -> str:
            raise ZeroDivisionError

    setup_browser(app := cookie_app(transport=Broken(KEY)))
    client = await aiohttp_client(app)
    assert (await client.post("/flash?info=Saved")).status == 200
    assert "ZeroDivisionError" in caplog.text
    assert await shown(client) == ["Saved"]
