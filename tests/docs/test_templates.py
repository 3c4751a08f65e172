"""docs/templates.rst: the same messages in Jinja, in Mako and in plain Python."""

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
from .pages import block

PAGE = "docs/templates.rst"


@pytest.fixture
def pages_of(serve: Serve, names: dict[str, Any]) -> Any:
    """Return the page of a handler, or of a template, after three flashes, and the next page."""

    async def flash_three(request: web.Request) -> web.Response:
        flash(request, "<b>Saved")
        flash(request, "It is not public yet.", "info", link="/publish")
        flash(request, "That did not work.", "error")
        return web.Response()

    @aiohttp_jinja2.template("page.html")
    async def page(request: web.Request) -> dict[str, Any]:
        return {}

    async def pages(handler: str = "page", template: str = "") -> tuple[str, str]:
        names.update(flash_three=flash_three, page=page)
        loader = jinja2.DictLoader({"page.html": template})
        client = await serve(get=handler, post="flash_three", templates=loader)
        await client.post("/flash_three")
        return await see(client, f"/{handler}"), await see(client, f"/{handler}")

    return pages


async def test_the_base_template_shows_each_message_once(pages_of: Any) -> None:
    template = block(PAGE, "html+jinja", "{% if get_flashed")
    shown, again = await pages_of(template=template)
    assert shown.count("&lt;b&gt;Saved") == shown.count("It is not public yet.") == 1
    assert 'class="alert alert-info"' in shown
    assert shown.count("<a ") == shown.count('<a href="/publish">') == 1
    assert "alert" not in again


async def test_the_markup_is_the_one_in_the_page(aiohttp_client: AiohttpClient) -> None:
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


async def test_errors_are_beside_the_form_and_the_rest_is_at_the_top(pages_of: Any) -> None:
    shown, again = await pages_of(template=block(PAGE, "html+jinja", "category_filter"))
    header, form = shown.split("</header>")
    assert "Saved" in header
    assert "It is not public yet." in header
    assert "That did not work." in form
    assert "flash" not in again


async def test_mako_shows_messages_and_escapes_them(
    pages_of: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "base.mako").write_text(block(PAGE, "html+mako", "alert"))
    monkeypatch.chdir(tmp_path)
    shown, again = await pages_of("by_mako")
    assert 'class="alert alert-success" role="status"' in shown
    assert "&lt;b&gt;Saved</div>" in shown
    assert len(set(re.findall(r'data-flash-id="(\w+)"', shown))) == 3
    assert again.strip() == ""


@pytest.mark.parametrize(
    ("handler", "start", "empty"),
    [
        ("by_jinja", '<p class="success" data-turbo-temporary>&lt;b&gt;Saved</p>', ""),
        ("by_asking_jinja", "&lt;b&gt;Saved, It is not public yet., That did not work.", ""),
        ("by_hand", "<ul><li data-turbo-temporary>&lt;b&gt;Saved</li>", "<ul></ul>"),
    ],
)
async def test_without_aiohttp_jinja2_messages_are_shown_once_and_escaped(
    pages_of: Any, names: dict[str, Any], handler: str, start: str, empty: str
) -> None:
    assert names["render"]
    shown, again = await pages_of(handler)
    assert re.sub(r'\s+data-flash-id="\w+"', "", shown).startswith(start)
    assert again == empty
