"""Hosts of URLs and of requests: with or without the default port, and other hosts."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import web
from support.apps import AiohttpClient, Client, does, flash_messages, messages_page, texts
from support.clock import Clock
from support.own_cookies import cookie_app

NAVIGATION = {"Sec-Fetch-Dest": "document", "Sec-Fetch-Mode": "navigate"}


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock.start(monkeypatch)


async def client_of(aiohttp_client: AiohttpClient, location: str = "/list") -> Client:
    """Return the client of an application that redirects `/save` to this location."""
    save = does(flash_messages, answer=lambda: web.HTTPSeeOther(location))
    return await aiohttp_client(
        cookie_app(web.post("/save", save), web.get("/list", messages_page))
    )


async def visit(client: Client, path: str, **headers: str) -> list[str]:
    """Return the messages that a page shows to a visitor with these headers."""
    return await texts(await client.get(path, headers={**NAVIGATION, **headers}))


async def save(client: Client, **headers: str) -> None:
    """Flash a message on a redirect, which is not followed."""
    headers = {**NAVIGATION, **headers}
    response = await client.post("/save?info=Saved", headers=headers, allow_redirects=False)
    assert response.status == 303


@pytest.mark.parametrize(
    ("host", "site"),
    [
        ("shop.test", "https://shop.test"),
        ("shop.test:443", "https://shop.test"),
        ("shop.test", "https://shop.test:443"),
        ("SHOP.test:443", "https://shop.TEST"),
        ("shop.test:80", "http://shop.test"),
        ("shop.test:8080", "http://shop.test:8080"),
        ("[::1]:443", "https://[::1]"),
        ("xn--bcher-kva.test:443", "https://xn--bcher-kva.test"),
    ],
)
@pytest.mark.parametrize("location", ["{}/list", "/list", "list"])
async def test_83_a_default_port_makes_no_difference_to_tabs(
    aiohttp_client: AiohttpClient, host: str, site: str, location: str
) -> None:
    client = await client_of(aiohttp_client, location.format(site))
    await save(client, Host=host, Referer=f"{site}/new")
    assert await visit(client, "/messages", Host=host, Referer=f"{site}/cart") == []
    assert await visit(client, "/list", Host=host, Referer=f"{site}/new") == ["Saved"]


@pytest.mark.parametrize("host", ["shop.test", "shop.test:443"])
async def test_83_a_redirect_may_leave_out_the_scheme(
    aiohttp_client: AiohttpClient, host: str
) -> None:
    client = await client_of(aiohttp_client, "//shop.test/list")
    await save(client, Host=host, Referer="https://shop.test/new")
    assert await visit(client, "/messages", Host=host, Referer="https://shop.test/cart") == []


@pytest.mark.parametrize(
    "location",
    [
        "https://shop.test:8443/list",
        "http://shop.test:443/list",
        "https://www.shop.test/list",
        "https://pay.test/list",
        "//pay.test/list",
    ],
)
async def test_83_a_redirect_to_another_host_or_port_addresses_nothing(
    aiohttp_client: AiohttpClient, location: str
) -> None:
    client = await client_of(aiohttp_client, location)
    await save(client, Host="shop.test", Referer="https://shop.test/new")
    cart = {"Host": "shop.test", "Referer": "https://shop.test/cart"}
    assert await visit(client, "/messages", **cart) == ["Saved"]


OTHER_HOSTS = [
    "https://sso.test/login?next=/done",
    "https://sso.shop.test/login",
    "https://shop.test:8443/login",
    "https://shop.test.evil.test/login",
    "android-app://com.example/page",
    "https://[/page",
]


@pytest.mark.parametrize("referer", OTHER_HOSTS)
async def test_95_a_page_reached_from_another_host_shows_the_message(
    aiohttp_client: AiohttpClient, referer: str
) -> None:
    client = await client_of(aiohttp_client)
    await save(client, Host="shop.test", Referer="https://shop.test/login")
    headers = {"Host": "shop.test", "Referer": referer, "Sec-Fetch-Site": "cross-site"}
    assert await visit(client, "/messages", **headers) == ["Saved"]


@pytest.mark.parametrize("referer", OTHER_HOSTS)
async def test_95_a_form_of_another_host_addresses_nothing(
    aiohttp_client: AiohttpClient, referer: str
) -> None:
    client = await client_of(aiohttp_client)
    await save(client, Host="shop.test", Referer=referer)
    cart: dict[str, Any] = {"Host": "shop.test", "Referer": "https://shop.test/cart"}
    assert await visit(client, "/messages", **cart) == ["Saved"]


@pytest.mark.parametrize("host", ["shop.test:port", "shop.test:99999", "[", ""])
async def test_b7_a_malformed_host_loses_no_message(
    aiohttp_client: AiohttpClient, host: str
) -> None:
    client = await client_of(aiohttp_client, "https://shop.test/list")
    await save(client, Host=host, Referer="https://shop.test/new")
    page = {"Host": host, "Referer": "https://shop.test/new"}
    assert await visit(client, "/list", **page) == ["Saved"]
