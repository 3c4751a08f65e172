"""The README's table beside others says what the others' own code does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import docutils.core
import pytest
from docutils import nodes

from .conftest import Visitor
from .sites import Site

README = Path(__file__).parents[2] / "README.rst"
SITES = {
    "this library": Site("compared/with_this.py"),
    "0.0.3": Site("compared/with_0_0_3.py", is_old=True),
    "starlette_flash": Site("compared/with_starlette_flash.py", needs="starlette_flash"),
    "Flask": Site("compared/with_flask.py", needs="flask"),
    "Django": Site("compared/with_django.py", needs="django"),
}
each_site = pytest.mark.parametrize(
    ("name", "url"), SITES.items(), ids=SITES.keys(), indirect=["url"]
)


@pytest.fixture(scope="module")
def table() -> dict[tuple[str, str], str]:
    """What the README says, by the row and the column."""
    document = docutils.core.publish_doctree(README.read_text(encoding="utf-8"))
    (rows,) = (
        [[entry.astext() for entry in row.findall(nodes.entry)] for row in found.findall(nodes.row)]
        for found in document.findall(nodes.table)
        if "Django" in found.astext()
    )
    (_, *columns), *lines = rows
    return {
        (row, name): cell
        for row, *cells in lines
        for name, cell in zip(columns, cells, strict=True)
    }


def is_yes(cell: str) -> bool:
    """A cell says yes, no, or under which condition."""
    assert cell in ("yes", "no", "in own cookies")
    return cell != "no"


async def flash(visitor: Visitor, text: str = "Saved") -> None:
    await visitor.headers("POST", "/flash", params={"text": text})


@each_site
async def test_each_shows_a_message_once(visitor: Visitor, name: str) -> None:
    assert await visitor.request("POST", "/flash", params={"text": "Saved"}) == "Saved"
    assert await visitor.get("/show") == ""


@each_site
async def test_an_unrelated_page(visitor: Visitor, name: str, table: Any) -> None:
    await flash(visitor)
    assert await visitor.get("/plain") == "plain"
    shown = await visitor.get("/show") == "Saved"
    assert shown is is_yes(table["pending after an unrelated page", name])


@each_site
@pytest.mark.parametrize("method", ["HEAD", "GET"])
async def test_head_and_prefetch(visitor: Visitor, name: str, table: Any, method: str) -> None:
    await flash(visitor)
    headers = {"Sec-Purpose": "prefetch"} if method == "GET" else {}
    await visitor.request(method, "/show", headers=headers)
    shown = await visitor.get("/show") == "Saved"
    assert shown is is_yes(table["pending after HEAD and prefetch", name])


@each_site
@pytest.mark.parametrize(
    ("path", "row"),
    [
        ("/hop", "read before a redirect: pending"),
        ("/fail", "read before a status 500: pending"),
    ],
)
async def test_read_and_not_shown(
    visitor: Visitor, name: str, table: Any, path: str, row: str
) -> None:
    await flash(visitor)
    await visitor.headers("GET", path)
    shown = await visitor.get("/show") == "Saved"
    assert shown is is_yes(table[row, name])


@each_site
async def test_overlapping_requests(
    visitor: Visitor, other: Visitor, url: str, name: str, table: Any
) -> None:
    await flash(visitor, "One")
    await flash(other, "Two")
    visitor.take_cookies(other, url)
    shown = await visitor.get("/show")
    assert "Two" in shown
    assert ("One" in shown) is is_yes(table["two flashed at once: both arrive", name])


@each_site
async def test_caching(visitor: Visitor, name: str, table: Any) -> None:
    await flash(visitor)
    headers = await visitor.headers("GET", "/show")
    forbids = "no-store" in headers.get("Cache-Control", "")
    assert forbids is is_yes(table["a page that shows one: no-store", name])


@each_site
async def test_a_plain_page(visitor: Visitor, name: str, table: Any) -> None:
    sets = "Set-Cookie" in await visitor.headers("GET", "/plain")
    assert sets is not is_yes(table["a plain page sets no cookie", name])
