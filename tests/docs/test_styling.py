"""docs/styling.rst: the CSS fits the library's markup, and Bootstrap's classes exist."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import Any

import jinja2
import pytest
from aiohttp import web

import aiohttp_flashbag
from aiohttp_flashbag import flash

from .conftest import see
from .pages import block

PAGE = "docs/styling.rst"
SCRIPT = files("aiohttp_flashbag.browser").joinpath("flashbag.js").read_text(encoding="utf-8")
CATEGORIES = ("success", "info", "warning", "error")


@pytest.fixture
async def rendered(aiohttp_client: Any) -> Any:
    """Render a template with a message of each category."""
    import aiohttp_jinja2

    async def show(request: web.Request) -> web.Response:
        for category in CATEGORIES:
            flash(request, "<b>Saved", category)
        return aiohttp_jinja2.render_template("page.html", request, {})

    async def render(template: str) -> Any:
        app = web.Application()
        aiohttp_flashbag.setup(app, aiohttp_flashbag.CookieTransport(b"k" * 32))
        aiohttp_jinja2.setup(app, loader=jinja2.DictLoader({"page.html": template}))
        app.router.add_get("/", show)
        return await see(await aiohttp_client(app), "/")

    return render


async def test_each_class_of_the_style_sheet_is_in_the_markup_or_the_script(rendered: Any) -> None:
    markup = await rendered("{{ render_flashed_messages() }}")
    named = re.findall(r"^\.([\w-]+)", block(PAGE, "css", ".flash"), re.MULTILINE)
    known = {name for found in re.findall('class="(.+?)"', markup) for name in found.split()}
    assert "flash-success" in known
    assert [name for name in named if name not in known and f'"{name}"' not in SCRIPT] == []


async def test_bootstrap_gets_a_class_that_it_knows(rendered: Any) -> None:
    page = await rendered(block(PAGE, "html+jinja", "btn-close"))
    assert re.findall(r"alert alert-(\w+) ", page) == ["success", "info", "warning", "danger"]
    assert re.findall(r'role="(\w+)"', page) == ["status", "status", "status", "alert"]
    assert page.count("&lt;b&gt;Saved") == len(CATEGORIES)


async def test_the_name_of_the_close_button_is_read_by_the_script(rendered: Any) -> None:
    page = await rendered(block(PAGE, "html+jinja", "data-close"))
    assert 'data-close="Schließen"' in page
    assert "dataset.close" in SCRIPT
