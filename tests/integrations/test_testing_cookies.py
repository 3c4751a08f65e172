"""The helpers for tests, for a browser: the cookies with which the flashes are pending in it."""

from __future__ import annotations

from typing import Any

from aiohttp import ClientSession, CookieJar
from aiohttp_session import AbstractStorage, SimpleCookieStorage
from support.apps import AiohttpClient, Client, answer_of, make_app
from support.overlap import FETCH
from support.own_cookies import KEY, cookie_app, get_with
from support.recording import SHOW, TAKEN, AppOf, Recorded, app_of, recorded

from aiohttp_flashbag import CookieTransport
from aiohttp_flashbag.testing import record_flashes

__all__ = ["app_of", "recorded"]  # fixtures

ERROR: dict[str, Any] = {
    "values": {"error": "Taken"},
    "messages": [{"message": "Taken", "category": "error"}],
}
ATTRIBUTES = {"name", "value", "domain", "path", "httpOnly", "secure", "sameSite"}


async def get_as_browser(client: Client, path: str, cookies: list[Any]) -> None:
    """Request a page as a browser does that has been given these cookies."""
    came = [(cookie["name"], cookie["value"]) for cookie in cookies]
    assert (await get_with(client, path, came)).status == 200


async def test_who_is_given_the_cookies_sees_what_was_seeded(recorded: Recorded) -> None:
    client, flashes = await recorded(SHOW)
    cookies = await flashes.seed(client, **ERROR)
    await get_as_browser(client, "/", cookies)
    assert flashes.shown == TAKEN


async def test_a_value_that_the_server_quotes_stays_quoted(recorded: Recorded) -> None:
    text = 'Zoë, "Ann"; <Bob> \\ Eve'
    client, flashes = await recorded(SHOW)
    cookies = await flashes.seed(client, values={"error": text}, messages=[text])
    await get_as_browser(client, "/", cookies)
    assert flashes.shown.values == {"error": text}
    assert flashes.shown.texts == [text]


async def test_each_cookie_says_where_it_is_sent_and_who_may_read_it(recorded: Recorded) -> None:
    client, flashes = await recorded()
    (cookie,) = await flashes.seed(client, **ERROR)
    assert cookie.keys() - ATTRIBUTES == set()
    assert (cookie["domain"], cookie["path"]) == ("127.0.0.1", "/")
    assert cookie["httpOnly"] is True
    assert cookie["secure"] is False


async def test_own_cookies_say_samesite_and_a_session_only_if_it_is_told(
    aiohttp_client: AiohttpClient,
) -> None:
    given = []
    for app in (
        cookie_app(transport=CookieTransport(KEY, samesite="strict")),
        make_app(SimpleCookieStorage()),
    ):
        flashes = record_flashes(app)
        given += await flashes.seed(await aiohttp_client(app), messages=["Saved"])
    assert [cookie.get("sameSite") for cookie in given] == ["Strict", None]


async def test_who_was_logged_in_is_so_with_the_cookies(
    storage: AbstractStorage, aiohttp_client: AiohttpClient
) -> None:
    flashes = record_flashes(app := make_app(storage))
    client = await aiohttp_client(app)
    await client.post("/login?user=alice")
    cookies = await flashes.seed(client, messages=["Saved"])
    came = [(cookie["name"], cookie["value"]) for cookie in cookies]
    assert await answer_of(await get_with(client, "/whoami", came, **FETCH)) == "alice"
    assert await answer_of(await get_with(client, "/messages", came)) == ["Saved"]


async def test_a_cookie_that_the_test_gave_the_client_goes_to_the_same_host(
    app_of: AppOf, aiohttp_client: AiohttpClient
) -> None:
    flashes = record_flashes(app := app_of())
    client = await aiohttp_client(app, cookies={"consent": "yes"})
    cookies = await flashes.seed(client, messages=["Saved"])
    (consent,) = [cookie for cookie in cookies if cookie["name"] == "consent"]
    assert (consent["value"], consent["domain"], consent["path"]) == ("yes", "127.0.0.1", "/")


async def test_a_session_of_aiohttp_with_a_base_url_is_a_client_too(
    app_of: AppOf, aiohttp_client: AiohttpClient
) -> None:
    flashes = record_flashes(app := app_of(SHOW))
    served = await aiohttp_client(app)
    async with ClientSession(served.make_url("/"), cookie_jar=CookieJar(unsafe=True)) as client:
        cookies = await flashes.seed(client, **ERROR)
        assert await flashes.pending(client) == TAKEN
    await get_as_browser(served, "/", cookies)
    assert flashes.shown == TAKEN
