"""The element of the browser's half in templates."""

from __future__ import annotations

import pytest
from aiohttp import web
from aiohttp_session import SimpleCookieStorage
from support.apps import AiohttpClient
from support.templating import renders, template_app

from aiohttp_flashbag import setup_browser


@pytest.mark.parametrize("call", ["flashbag_script()", "flashbag_script(request)"])
async def test_a_template_loads_the_script(aiohttp_client: AiohttpClient, call: str) -> None:
    templates = {"page.html": f"<head>{{{{ {call} }}}}</head>"}
    app = template_app(SimpleCookieStorage(), templates, web.get("/", renders("page.html")))
    setup_browser(app)
    client = await aiohttp_client(app)
    page = await (await client.get("/")).text()
    assert page.startswith('<head><script defer src="/flashbag/flashbag.js?v=')
    assert page.endswith("></script></head>")
