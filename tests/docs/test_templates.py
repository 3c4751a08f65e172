"""docs/templates.rst: the same messages in Jinja, Mako and by hand."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import aiohttp_jinja2
import jinja2
import pytest
from aiohttp import web
from support.apps import AiohttpClient, Client

import aiohttp_flashbag
from aiohttp_flashbag import CookieTransport, flash

from .conftest import Serve, see
from .pages import block, built

PAGE = "docs/templates.rst"

in_both = pytest.mark.parametrize("storage", ["encrypted", "cookies"], indirect=True)


async def flash_both(request: web.Request) -> web.Response:
    """Flash a text that has to be escaped, and one with a link."""
    flash(request, "<b>Saved")
    flash(request, "It is not public yet.", "info", link="/publish")
    flash(request, "That did not work.", "error")
    return web.Response()


@pytest.fixture
def page_of(serve: Serve, names: dict[str, Any]) -> Any:
    """Give the page that a handler shows after `flash_both`, and the same page again."""

    async def both(name: str, templates: Any = None) -> tuple[str, str]:
        names["flash_both"] = flash_both
        client = await serve(get=name, post="flash_both", templates=templates)
        await client.post("/flash_both")
        return await see(client, f"/{name}"), await see(client, f"/{name}")

    return both


@pytest.fixture
def by_aiohttp_jinja2(page_of: Any, names: dict[str, Any]) -> Any:
    """Give the pages that a template shows."""

    async def pages(text: str) -> tuple[str, str]:
        @aiohttp_jinja2.template("page.html")
        async def page(request: web.Request) -> dict[str, Any]:
            return {}

        names["page"] = page
        both: tuple[str, str] = await page_of("page", jinja2.DictLoader({"page.html": text}))
        return both

    return pages


@in_both
async def test_the_base_template_asks_for_messages_and_then_shows_each_once(
    by_aiohttp_jinja2: Any,
) -> None:
    shown, again = await by_aiohttp_jinja2(block(PAGE, "html+jinja", "{% if get_flashed_messages"))
    assert shown.count("&lt;b&gt;Saved") == shown.count("It is not public yet.") == 1
    assert 'class="alert alert-info"' in shown
    assert shown.count("<a ") == shown.count('<a href="/publish">') == 1
    assert "alert" not in again


@built(PAGE, "data-flash-id")
async def test_the_markup_is_what_the_page_says(aiohttp_client: AiohttpClient) -> None:
    @aiohttp_jinja2.template("page.html")
    async def page(request: web.Request) -> dict[str, Any]:
        flash(request, "Article created.")
        flash(request, "That did not work.", "error")
        return {}

    app = web.Application()
    loader = jinja2.DictLoader({"page.html": "{{ render_flashed_messages() }}"})
    aiohttp_jinja2.setup(app, loader=loader)
    aiohttp_flashbag.setup(app, CookieTransport(b"k" * 32))
    app.router.add_get("/page", page)
    client: Client = await aiohttp_client(app)
    shown = re.sub(r'(data-flash-id)="\w+"', r'\1="..."', await see(client, "/page"))
    assert shown == block(PAGE, "html", "flash-error").strip()


@in_both
async def test_errors_stand_beside_the_form_and_the_rest_at_the_top(by_aiohttp_jinja2: Any) -> None:
    shown, again = await by_aiohttp_jinja2(block(PAGE, "html+jinja", "category_filter"))
    header, form = shown.split("</header>")
    assert "Saved" in header
    assert "It is not public yet." in header
    assert "That did not work." in form
    assert "flash" not in again


async def test_templates_of_the_parent_show_messages_of_the_sub_application(
    aiohttp_client: AiohttpClient, names: dict[str, Any]
) -> None:
    assert names["show_shop"]
    client: Client = await aiohttp_client(names["make_site"]())
    assert "Welcome to the shop." in await see(client, "/shop/")


@in_both
async def test_jinja_without_aiohttp_jinja2_shows_messages(page_of: Any) -> None:
    shown, again = await page_of("by_jinja")
    assert shown.startswith('<p class="success" data-turbo-temporary>&lt;b&gt;Saved</p>')
    assert again == ""


@in_both
async def test_a_template_can_ask_by_itself(page_of: Any, names: dict[str, Any]) -> None:
    assert names["render"]
    shown, again = await page_of("by_asking_jinja")
    assert shown == "&lt;b&gt;Saved, It is not public yet., That did not work."
    assert again == ""


@in_both
async def test_mako_shows_messages_and_escapes_them(
    page_of: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "base.mako").write_text(block(PAGE, "html+mako", "alert"))
    monkeypatch.chdir(tmp_path)
    shown, again = await page_of("by_mako")
    assert 'class="alert alert-success" role="status"' in shown
    assert "&lt;b&gt;Saved</div>" in shown
    assert again.strip() == ""


@in_both
async def test_a_page_by_hand_escapes(page_of: Any) -> None:
    shown, again = await page_of("by_hand")
    assert shown.startswith("<ul><li data-turbo-temporary>&lt;b&gt;Saved</li>")
    assert again == "<ul></ul>"
