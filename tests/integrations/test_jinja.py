"""The functions in templates: the request that they find, and their arguments."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp_jinja2
import aiohttp_session
import jinja2
import pytest
from aiohttp import web
from aiohttp_session import AbstractStorage
from support.apps import AiohttpClient, Client, does
from support.templating import Templates, allow_processors, renders, template_app

from aiohttp_flashbag import flash, flash_form, flashbag_set, setup_browser

pytestmark = allow_processors
Serve = Callable[..., Awaitable[Client]]
REQUEST = (aiohttp_jinja2.request_processor,)


def save(request: web.Request) -> None:
    flash(request, "Saved")
    flash(request, "<b>", "error")
    flashbag_set(request, "error", "Taken")
    flash_form(request, {"user": "Zoë"}, {"user": "Unknown"}, name="login")


@pytest.fixture
def serve(aiohttp_client: AiohttpClient, encrypted_storage: AbstractStorage) -> Serve:
    """Return a function that serves these templates as pages and returns a client."""

    async def serve(templates: Templates, **options: Any) -> Client:
        options = {"context_processors": REQUEST, **options}
        pages = [web.get(f"/{name}", renders(name)) for name in templates]
        routes = web.post("/save", does(save)), *pages
        app = template_app(encrypted_storage, templates, *routes, **options)
        setup_browser(app)
        return await aiohttp_client(app)

    return serve


async def text_of(client: Client, path: str = "/page") -> str:
    """Return the page after a request that flashes."""
    assert (await client.post("/save")).status == 200
    response = await client.get(path)
    assert response.status == 200
    return (await response.text()).strip()


# A story

BASE = """
{% set messages = get_flashed_messages(request.session) %}
{% if messages %}
<div class="flash-container">
  {% for msg in messages %}
  <p class="alert alert-{{ msg.category }}">{{ msg.message }}</p>
  {% endfor %}
</div>
{% endif %}
{% block content %}{% endblock %}
{% for msg in messages %}<li>{{ msg['category'] }}: {{ msg['message'] }}</li>{% endfor %}
"""


async def test_m3_a_base_template_shows_the_messages_of_three_actions_once(
    aiohttp_client: AiohttpClient, storage: AbstractStorage
) -> None:
    async def refuse(request: web.Request) -> web.Response:
        flash(request, "Only <admins> may do that.", "error")
        raise web.HTTPFound("/articles")

    templates = {
        "base.html": BASE,
        "articles": "{% extends 'base.html' %}{% block content %}<h1>Articles</h1>{% endblock %}",
    }
    app = template_app(
        storage,
        templates,
        web.get("/articles", renders("articles")),
        web.post("/refuse", refuse),
        context_processors=REQUEST,
    )
    client = await aiohttp_client(app)
    stranger = await aiohttp_client(client.server)
    await client.post("/flash?warning=Article+deleted.&success=Created")
    assert "flash-container" not in await (await stranger.get("/articles")).text()
    page = await (await client.post("/refuse")).text()
    shown = [
        ("warning", "Article deleted."),
        ("success", "Created"),
        ("error", "Only &lt;admins&gt; may do that."),
    ]
    assert re.findall(r'<p class="alert alert-(\w+)">(.*?)</p>', page) == shown
    assert re.findall(r"<li>(\w+): (.*?)</li>", page) == shown
    assert "<h1>Articles</h1>" in page
    assert "flash-container" not in await (await client.get("/articles")).text()


# The request

CALLS = """
{%- for m in get_flashed_messages(X) %}{{ m.message }} {% endfor %}
{%- for m in peek_flashed_messages(X) %}{{ m }} {% endfor %}
{{- render_flashed_messages(X) | striptags }} {{ flashbag_get(X, 'error') }}
{{- flashed_form(X, 'login').get('user') }}"""
FOUND = "Saved &lt;b&gt; " * 2 + "Saved &lt;b&gt; TakenZoë"
WAYS = {
    "page": CALLS,
    "block": "{% extends 'base' %}{% block content %}" + CALLS + "{% endblock %}",
    "macro": "{% from 'macros' import show %}{{ show(request) }}",
    "macro-with-context": "{% from 'macros' import show with context %}{{ show(request) }}",
    "include": "{% include 'page' %}",
    "base": "{% block content %}{% endblock %}",
    "macros": "{% macro show(request) %}" + CALLS + "{% endmacro %}",
}
BARE = ["", "request", "none", "nowhere"]  # request is undefined there


@pytest.mark.parametrize(
    ("argument", "processors"),
    [
        *((argument, ()) for argument in BARE),
        *((argument, REQUEST) for argument in [*BARE, "request.session", "request.nowhere"]),
    ],
)
async def test_each_function_finds_the_request_with_and_without_an_argument(
    serve: Serve, argument: str, processors: Any
) -> None:
    templates = {
        way: (source if argument else source.replace("X, ", "")).replace("X", argument)
        for way, source in WAYS.items()
    }
    client = await serve(templates, context_processors=processors)
    for way in ("page", "block", "macro", "macro-with-context", "include"):
        assert (way, await text_of(client, f"/{way}")) == (way, FOUND)


@pytest.mark.parametrize("kind", [jinja2.StrictUndefined, jinja2.ChainableUndefined])
async def test_any_kind_of_undefined_counts_as_no_argument(
    serve: Serve, kind: type[jinja2.Undefined]
) -> None:
    page = "{{ get_flashed_messages(request.session)[0] }}"
    client = await serve({"page": page}, undefined=kind)
    assert await text_of(client) == "Saved"


async def test_a_session_counts_as_no_argument(serve: Serve) -> None:
    async def with_session(request: web.Request) -> dict[str, Any]:
        return {"session": await aiohttp_session.get_session(request)}

    page = {"page": "{{ get_flashed_messages(session)[0] }}"}
    client = await serve(page, context_processors=[with_session])
    assert await text_of(client) == "Saved"


async def test_a_page_may_be_rendered_asynchronously(
    aiohttp_client: AiohttpClient, encrypted_storage: AbstractStorage
) -> None:
    @aiohttp_jinja2.template("page")
    async def page(request: web.Request) -> dict[str, Any]:
        flash(request, "Saved")
        return {}

    templates = {"page": "{{ get_flashed_messages() | join }}"}
    app = template_app(encrypted_storage, templates, web.get("/", page), enable_async=True)
    assert await (await (await aiohttp_client(app)).get("/")).text() == "Saved"


# Other arguments

PAIRS = "{% for category, m in get_flashed_messages(X) %}{{ category }}: {{ m }} {% endfor %}"
TEXTS = "{% for m in get_flashed_messages(X) %}{{ m }} {% endfor %}"
SCRIPT = '<script type="module" src="flashbag/flashbag.js?v='
BOTH_PAIRS, BOTH_TEXTS = "success: Saved error: &lt;b&gt;", "Saved &lt;b&gt;"


@pytest.mark.parametrize(
    ("source", "arguments", "text"),
    [
        (PAIRS, "request, true", BOTH_PAIRS),
        (PAIRS, "true, category_filter=['error']", "error: &lt;b&gt;"),
        (PAIRS, "true, ['error']", "error: &lt;b&gt;"),
        (PAIRS, "request, true, ['error']", "error: &lt;b&gt;"),
        (TEXTS, "false", BOTH_TEXTS),
        (TEXTS, "false, ['error']", "&lt;b&gt;"),
        (TEXTS, "category_filter='error'", "&lt;b&gt;"),
        (TEXTS, "category_filter=[]", BOTH_TEXTS),
        (TEXTS, "category_filter=nowhere", BOTH_TEXTS),
        (TEXTS, "request=request, category_filter=none", BOTH_TEXTS),
        ("{{ render_flashed_messages(X) | striptags }}", "request=request", BOTH_TEXTS),
        ("{{ render_flashed_messages(X) | striptags }}", "category_filter='error'", "&lt;b&gt;"),
        ("{{ render_flashed_messages(X) | striptags }}", "none, ['error']", "&lt;b&gt;"),
        ("{{ render_flashed_messages(X) }}", "category_filter='unused'", ""),
        ("{{ flashbag_get(X) }}", "'nothing', 'default'", "default"),
        ("{{ flashbag_get(X) }}", "'nothing', default='default'", "default"),
        ("{{ flashbag_get(X) }}", "request, 'nothing', 'default'", "default"),
        ("{{ flashbag_get(X) }}", "request, 'nothing', default='default'", "default"),
        ("{{ flashed_form(X).error('user') }}", "name='login'", "Unknown"),
        ("{{ flashed_form(X).error('user') }}", "request, name='login'", "Unknown"),
        ("{{ flashed_form(X).error('user') }}", "", ""),
        ("{{ flashbag_script(X)[:50] }}", "", SCRIPT),
        ("{{ flashbag_script(X)[:50] }}", "request", SCRIPT),
    ],
)
async def test_a_template_may_pass_arguments_by_position_and_by_name(
    serve: Serve, source: str, arguments: str, text: str
) -> None:
    assert await text_of(await serve({"page": source.replace("X", arguments)})) == text


@pytest.mark.parametrize("arguments", ["with_categories=True", "'error', 'info'"])
async def test_render_flashed_messages_refuses_unknown_arguments(
    serve: Serve, caplog: pytest.LogCaptureFixture, arguments: str
) -> None:
    page = {"page": f"{{{{ render_flashed_messages({arguments}) }}}}"}
    client = await serve(page)
    assert (await client.get("/page")).status == 500
    assert "TypeError" in caplog.text
