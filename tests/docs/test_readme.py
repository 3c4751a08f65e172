"""The README's code runs and does what its text says."""

from __future__ import annotations

import re
from typing import Any

import docutils.core
from support.apps import AiohttpClient, Client

import aiohttp_flashbag

from .conftest import Serve, see, send
from .pages import README, ROOT, blocks

PAGE = README
TEXT = (ROOT / README).read_text(encoding="utf-8")
MOST_WORDS = 900


def test_it_is_short_and_names_the_version_and_its_links_exist() -> None:
    assert len(TEXT.split()) <= MOST_WORDS
    assert f"Version {aiohttp_flashbag.__version__} · Python 3.10 to 3.13" in TEXT
    links = re.findall(r"<([\w/.]+)>`_|image:: (\S+)", TEXT)
    assert len(links) > 10
    assert [link for one, other in links if not (ROOT / (link := one or other)).exists()] == []


def test_it_is_restructured_text_without_a_warning() -> None:
    strict = {"halt_level": 2, "report_level": 2}
    assert docutils.core.publish_doctree(TEXT, settings_overrides=strict).children


async def test_the_first_example_shows_each_text_once(
    aiohttp_client: AiohttpClient, names: dict[str, Any]
) -> None:
    assert len(blocks(PAGE, "python")[0].text.splitlines()) < 37
    assert {"show", "save"} <= names.keys()
    client: Client = await aiohttp_client(names["app"])
    for title, text in (("", "Title is required."), ("<b>Bread", "&lt;b&gt;Bread was saved.")):
        page = await (await client.post("/", data={"title": title})).text()
        assert page.count(text) == 1
        assert text not in await see(client, "/")


async def test_a_value_arrives_once(serve: Serve) -> None:
    client = await serve(get="show_form", post="send_form")
    assert (await send(client, "/send_form")).headers["Location"] == "/form"
    assert await see(client, "/show_form") == "Please enter a valid e-mail address."
    assert await see(client, "/show_form") == "Your e-mail address?"


async def test_the_test_of_the_example_passes_again_and_again(
    aiohttp_client: AiohttpClient, names: dict[str, Any]
) -> None:
    assert names["make_app"]() is not names["make_app"]()
    for _ in range(2):
        await names["test_delete_flashes_a_message"](aiohttp_client)
