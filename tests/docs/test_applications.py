"""docs/applications.rst: views, sub-applications, and two applications on one host."""

from __future__ import annotations

from typing import Any

from aiohttp.test_utils import make_mocked_request
from support.apps import AiohttpClient, Client

from .conftest import see, send

PAGE = "docs/applications.rst"
KEY = b"k" * 32


async def test_a_view_and_a_sub_application_flash_for_the_same_page(
    aiohttp_client: AiohttpClient, names: dict[str, Any]
) -> None:
    assert {"Articles", "order"} <= names.keys()
    client: Client = await aiohttp_client(names["make_site"](KEY))
    await send(client, "/articles")
    await send(client, "/shop/order")
    assert await see(client, "/articles") == ["Article created.", "Thank you for your order."]
    assert await see(client, "/articles") == []


async def test_templates_of_the_parent_show_messages_of_the_sub_application(
    aiohttp_client: AiohttpClient, names: dict[str, Any]
) -> None:
    assert names["show_shop"]
    client: Client = await aiohttp_client(names["make_site_with_shop"](KEY))
    assert "Welcome to the shop." in await see(client, "/shop/")


def test_two_applications_use_different_cookies(names: dict[str, Any]) -> None:
    blog, shop = names["make_transports"](KEY, KEY)
    request = make_mocked_request("GET", "/")
    assert blog.hint_name(request) == "BLOG_FLASHBAG_PENDING"
    assert shop.hint_name(request) == "SHOP_FLASHBAG_PENDING"
