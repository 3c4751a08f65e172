"""The README's comparison with other libraries is true of their own code."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeAlias

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
Claim: TypeAlias = Callable[[Visitor], Awaitable[bool]]


async def is_pending(visitor: Visitor) -> bool:
    return await visitor.get("/page?read") == "Saved"


async def after_an_unrelated_page(visitor: Visitor) -> bool:
    await visitor.get("/page")
    return await is_pending(visitor)


async def after_head_and_prefetch(visitor: Visitor) -> bool:
    await visitor.request("HEAD", "/page?read")
    await visitor.get("/page?read", **{"Sec-Purpose": "prefetch"})
    return await is_pending(visitor)


async def after_a_redirect(visitor: Visitor) -> bool:
    await visitor.headers("GET", "/page?read&status=303")
    return await is_pending(visitor)


async def after_a_failure(visitor: Visitor) -> bool:
    await visitor.headers("GET", "/page?read&status=500")
    return await is_pending(visitor)


async def forbids_caching(visitor: Visitor) -> bool:
    return "no-store" in (await visitor.headers("GET", "/page?read")).get("Cache-Control", "")


async def sets_no_cookie(visitor: Visitor) -> bool:
    return "Set-Cookie" not in await visitor.headers("GET", "/page")


CLAIMS: dict[str, Claim] = {
    "pending after an unrelated page": after_an_unrelated_page,
    "pending after HEAD and prefetch": after_head_and_prefetch,
    "read before a redirect: pending": after_a_redirect,
    "read before a status 500: pending": after_a_failure,
    "a page that shows one: no-store": forbids_caching,
    "a plain page sets no cookie": sets_no_cookie,
}
each_site = pytest.mark.parametrize(
    ("name", "url"), SITES.items(), ids=SITES.keys(), indirect=["url"]
)


@pytest.fixture(scope="module")
def table() -> dict[tuple[str, str], bool]:
    """Whether the README says "yes", by row and column, perhaps under a condition."""
    document = docutils.core.publish_doctree(README.read_text(encoding="utf-8"))
    (rows,) = (
        [[entry.astext() for entry in row.findall(nodes.entry)] for row in found.findall(nodes.row)]
        for found in document.findall(nodes.table)
        if "Django" in found.astext()
    )
    (_, *columns), *lines = rows
    return {
        (row, name): cell in ("yes", "own cookies, Redis")
        for row, *cells in lines
        for name, cell in zip(columns, cells, strict=True)
    }


@each_site
async def test_each_shows_a_message_once(visitor: Visitor, name: str) -> None:
    assert await visitor.request("POST", "/flash?text=Saved") == "Saved"
    assert await visitor.get("/page?read") == ""


@each_site
@pytest.mark.parametrize("row", CLAIMS)
async def test_each_does_what_the_table_says(
    visitor: Visitor, name: str, table: Any, row: str
) -> None:
    await visitor.headers("POST", "/flash?text=Saved")
    assert await CLAIMS[row](visitor) is table[row, name]


@each_site
async def test_two_requests_flash_at_once(
    visitor: Visitor, other: Visitor, url: str, name: str, table: Any
) -> None:
    await visitor.headers("POST", "/flash?text=One")
    await other.headers("POST", "/flash?text=Two")
    visitor.take_cookies(other, url)
    shown = await visitor.get("/page?read")
    assert "Two" in shown
    assert ("One" in shown) is table["two flashed at once: both arrive", name]
