"""The flashbag in templates: how each function may be called, and what it finds."""

from __future__ import annotations

from typing import Any

import aiohttp_jinja2
import aiohttp_session
import jinja2
import pytest
from aiohttp import web
from aiohttp_session import AbstractStorage
from support.apps import AiohttpClient, Client, shown
from support.templating import allow_processors, renders, template_app

pytestmark = allow_processors

MESSAGES = "{% for m in FUNCTION(ARGUMENT) %}{{ m.message }}{% endfor %}"
CALLS = {
    "get": MESSAGES.replace("FUNCTION", "get_flashed_messages"),
    "peek": MESSAGES.replace("FUNCTION", "peek_flashed_messages"),
    "render": "{{ render_flashed_messages(ARGUMENT) | striptags }}",
    "value": "{{ flashbag_get(ARGUMENT'success') }}",
}
WAYS = {
    "page": "{CALL}",
    "block": '{% extends "base.html" %}{% block content %}{CALL}{% endblock %}',
    "macro": "{% from 'macros.html' import show %}{{ show(request) }}",
    "macro with context": "{% from 'macros.html' import show with context %}{{ show(request) }}",
    "include": "{% include 'call.html' %}",
}
BARE = ["", "request", "none", "nowhere"]  # request is undefined there
WITH_REQUEST = [*BARE, "request.session", "request.nowhere"]
ARGUMENTS = [
    *(pytest.param(argument, (), id=f"bare-{argument}") for argument in BARE),
    *(
        pytest.param(argument, (aiohttp_jinja2.request_processor,), id=argument)
        for argument in WITH_REQUEST
    ),
]


async def client_of(
    aiohttp_client: AiohttpClient,
    storage: AbstractStorage,
    page: str,
    *,
    call: str = "",
    **options: Any,
) -> Client:
    """An application whose start page this is; a value and a message are waiting."""
    templates = {
        "page.html": page,
        "base.html": "{% block content %}{% endblock %}",
        "macros.html": "{% macro show(request) %}" + call + "{% endmacro %}",
        "call.html": call,
    }
    route = web.get("/", renders("page.html"))
    client = await aiohttp_client(template_app(storage, templates, route, **options))
    assert (await client.post("/flash?success=Saved")).status == 200
    assert (await client.post("/set?success=Saved", headers={"Sec-Fetch-Dest": "empty"})).ok
    return client


async def text_of(client: Client) -> str:
    """The start page."""
    response = await client.get("/")
    assert response.status == 200
    return (await response.text()).strip()


@pytest.fixture
def storage(encrypted_storage: AbstractStorage) -> AbstractStorage:
    return encrypted_storage


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(("argument", "processors"), ARGUMENTS)
@pytest.mark.parametrize("way", WAYS)
async def test_each_function_finds_the_request_with_and_without_being_given_it(
    aiohttp_client: AiohttpClient,
    storage: AbstractStorage,
    call: str,
    argument: str,
    processors: Any,
    way: str,
) -> None:
    if call == "value" and argument:
        argument += ", "
    source = CALLS[call].replace("ARGUMENT", argument)
    page = WAYS[way].replace("{CALL}", source)
    client = await client_of(
        aiohttp_client, storage, page, call=source, context_processors=processors
    )
    assert await text_of(client) == "Saved"
    assert await text_of(client) == ("Saved" if call == "peek" else "None" * (call == "value"))


@pytest.mark.parametrize("kind", [jinja2.StrictUndefined, jinja2.ChainableUndefined])
async def test_any_kind_of_undefined_counts_as_no_argument(
    aiohttp_client: AiohttpClient, storage: AbstractStorage, kind: type[jinja2.Undefined]
) -> None:
    page = "{{ get_flashed_messages(request.session) | join }}"
    client = await client_of(
        aiohttp_client,
        storage,
        page,
        undefined=kind,
        context_processors=[aiohttp_jinja2.request_processor],
    )
    assert await text_of(client) == "Saved"


async def test_a_session_counts_as_no_argument(
    aiohttp_client: AiohttpClient, storage: AbstractStorage
) -> None:
    async def with_session(request: web.Request) -> dict[str, Any]:
        return {"session": await aiohttp_session.get_session(request)}

    page = "{{ get_flashed_messages(session) | join }}"
    client = await client_of(aiohttp_client, storage, page, context_processors=[with_session])
    assert await text_of(client) == "Saved"


@pytest.mark.parametrize(
    "call",
    [
        "flashbag_get('nothing', 'default')",
        "flashbag_get('nothing', default='default')",
        "flashbag_get(request, 'nothing', 'default')",
        "flashbag_get(request, 'nothing', default='default')",
    ],
)
async def test_a_value_that_does_not_wait_has_a_default(
    aiohttp_client: AiohttpClient, storage: AbstractStorage, call: str
) -> None:
    page = "{{ " + call + " }}"
    client = await client_of(
        aiohttp_client, storage, page, context_processors=[aiohttp_jinja2.request_processor]
    )
    assert await text_of(client) == "default"


PAIRS = "{% for category, m in get_flashed_messages(X) %}{{ category }}: {{ m }} {% endfor %}"
TEXTS = "{% for m in get_flashed_messages(X) %}{{ m }} {% endfor %}"


@pytest.mark.parametrize(
    ("loop", "arguments", "text", "rest"),
    [
        (PAIRS, "with_categories=true", "success: Saved error: &lt;b&gt;", []),
        (PAIRS, "true", "success: Saved error: &lt;b&gt;", []),
        (PAIRS, "request, true", "success: Saved error: &lt;b&gt;", []),
        (PAIRS, "true, category_filter=['error']", "error: &lt;b&gt;", ["Saved"]),
        (PAIRS, "true, ['error']", "error: &lt;b&gt;", ["Saved"]),
        (PAIRS, "request, true, ['error']", "error: &lt;b&gt;", ["Saved"]),
        (TEXTS, "", "Saved &lt;b&gt;", []),
        (TEXTS, "false", "Saved &lt;b&gt;", []),
        (TEXTS, "false, ['error']", "&lt;b&gt;", ["Saved"]),
        (TEXTS, "category_filter=['error']", "&lt;b&gt;", ["Saved"]),
        (TEXTS, "category_filter='error'", "&lt;b&gt;", ["Saved"]),
        (TEXTS, "category_filter=[]", "Saved &lt;b&gt;", []),
        (TEXTS, "category_filter=nowhere", "Saved &lt;b&gt;", []),
    ],
)
async def test_a_template_written_for_flask_works_unchanged(
    aiohttp_client: AiohttpClient,
    storage: AbstractStorage,
    loop: str,
    arguments: str,
    text: str,
    rest: list[str],
) -> None:
    page = loop.replace("X", arguments)
    client = await client_of(
        aiohttp_client, storage, page, context_processors=[aiohttp_jinja2.request_processor]
    )
    await client.post("/flash", params={"error": "<b>"})
    assert await text_of(client) == text
    assert await shown(client) == rest


async def test_a_page_may_be_rendered_asynchronously(
    aiohttp_client: AiohttpClient, storage: AbstractStorage
) -> None:
    @aiohttp_jinja2.template("page.html")
    async def page(request: web.Request) -> dict[str, Any]:
        return {}

    templates = {"page.html": "{{ get_flashed_messages() | join }}"}
    app = template_app(storage, templates, web.get("/", page), enable_async=True)
    client = await aiohttp_client(app)
    await client.post("/flash?success=Saved")
    assert await text_of(client) == "Saved"
