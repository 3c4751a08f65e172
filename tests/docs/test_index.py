"""docs/index.rst: the example shows an error or a message, each exactly once."""

from __future__ import annotations

import re
from typing import Any

from support.apps import AiohttpClient, Client

from .conftest import see
from .pages import ROOT, blocks

PAGE = "docs/index.rst"


async def test_the_example_shows_each_text_once(
    aiohttp_client: AiohttpClient, names: dict[str, Any]
) -> None:
    assert {"show", "create"} <= names.keys()
    client: Client = await aiohttp_client(names["make_app"]())
    for title, text in (("", "Title is required."), ("<b>Bread", "&lt;b&gt;Bread was created.")):
        page = await (await client.post("/", data={"title": title})).text()
        assert page.count(text) == 1
        assert text not in await see(client, "/")


def test_the_example_is_short_and_comes_after_the_installation() -> None:
    (example,) = blocks(PAGE, "python")
    assert len(example.text.splitlines()) < 42
    assert all(block.line < example.line for block in blocks(PAGE, "console"))


def test_each_page_is_in_the_table_of_contents_once() -> None:
    text = (ROOT / PAGE).read_text(encoding="utf-8")
    listed = re.findall(r"^   ([a-z_]+(?:/index)?)$", text, re.MULTILINE)
    written = {page.stem for page in (ROOT / "docs").glob("*.rst")} - {"index"}
    assert sorted(listed) == sorted({*written, "migration/index"})
