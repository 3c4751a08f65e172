"""docs/how_it_works.rst: the two responses have the headers that the page shows."""

from __future__ import annotations

import re
from typing import Any

from aiohttp import ClientResponse
from support.apps import AiohttpClient, Client

from .conftest import send
from .pages import blocks

PAGE = "docs/how_it_works.rst"


def assert_is_as_shown(response: ClientResponse, shown: str) -> None:
    """Compare the status and the headers that the page shows."""
    status, *lines = shown.splitlines()
    assert status == f"HTTP/1.1 {response.status} {response.reason}"
    for line in lines:
        name, _, value = line.partition(": ")
        sent = re.sub(r"(AIOHTTP_FLASHBAG-)[^;]*", r"\1...", response.headers[name])
        assert sent.replace("expires=Thu, 01 Jan 1970 00:00:00 GMT; ", "") == value


async def test_the_message_goes_out_and_is_shown_as_described(
    aiohttp_client: AiohttpClient, names: dict[str, Any]
) -> None:
    assert {"save", "show"} <= names.keys()
    client: Client = await aiohttp_client(names["make_app"]())
    flashed, shown = blocks(PAGE, "http")
    assert_is_as_shown(await send(client, "/"), flashed.text)
    response = await client.get("/")
    assert_is_as_shown(response, shown.text)
    assert await response.text() == "Saved"
    for text in names["SEEN"]:
        assert (text.split()[1], text.split()[-1]) == ("open", "messages=1>")
