"""Each application of a migration guide does the same before and after."""

from __future__ import annotations

import pytest

from .conftest import Visitor
from .sites import RECONSTRUCTED, THIS_LIBRARY, Site

SITES = [
    Site("from_0_0_3/before.py", is_old=True),
    Site("from_0_0_3/before.py"),  # only the version number has changed
    Site("from_0_0_3/after.py"),
    Site("from_aiohttp_session_flash/before.py", is_old=True, newest=(3, 10)),
    Site("from_aiohttp_session_flash/before.py", beside=RECONSTRUCTED),
    Site("from_aiohttp_session_flash/after.py"),
    Site("from_aiohttp_login/before.py", is_old=True),
    Site("from_aiohttp_login/after.py", is_old=True, beside=THIS_LIBRARY),
    Site("from_session_code/before.py"),
    Site("from_session_code/after.py"),
    Site("from_flask/before.py", needs="flask"),
    Site("from_flask/after.py"),
    Site("from_django/before.py", needs="django"),
    Site("from_django/after.py"),
    Site("from_starlette_flash/before.py", needs="starlette_flash"),
    Site("from_starlette_flash/after.py"),
]
NAMES = [f"{site.path}{'-old' * site.is_old}{'-beside' * bool(site.beside)}" for site in SITES]
each_site = pytest.mark.parametrize("url", SITES, ids=NAMES, indirect=True)


@each_site
async def test_a_success_is_shown_once(visitor: Visitor) -> None:
    page = await visitor.request("POST", "/", data={"note": "<b>Bread"})
    assert page.count('<p class="success">&lt;b&gt;Bread was saved.</p>') == 1
    assert "required" not in page
    assert "Bread" not in await visitor.get()


@each_site
async def test_an_error_is_shown_once(visitor: Visitor) -> None:
    page = await visitor.request("POST", "/", data={"note": ""})
    assert page.count(">A note is required.</p>") == 1
    assert 'class="error">A note' in page or 'class="danger">A note' in page
    assert "was saved" not in page
    assert "required" not in await visitor.get()


def sites_of(name: str) -> pytest.MarkDecorator:
    """Parametrize a test with the sites of one guide."""
    found = [pytest.param(site, id=i) for site, i in zip(SITES, NAMES, strict=True) if name in i]
    return pytest.mark.parametrize("url", found, indirect=True)


@sites_of("session_flash")
async def test_json_shows_the_messages_too(visitor: Visitor) -> None:
    await visitor.headers("POST", "/", data={"note": "Bread"})
    assert await visitor.get("/json") == '["Bread was saved."]'
    assert await visitor.get("/json") == "[]"


@sites_of("aiohttp_login")
async def test_the_messages_of_aiohttp_login_itself_are_shown(visitor: Visitor) -> None:
    assert '<p class="info">You are logged out</p>' in await visitor.get("/auth/logout/")
    assert "logged out" not in await visitor.get()
