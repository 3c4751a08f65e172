"""The README's code runs, and does what the text beside it says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import aiohttp
import aiohttp_jinja2
import aiohttp_session
import docutils.core
import jinja2
import pytest
from aiohttp import web
from aiohttp_session import AbstractStorage
from docutils import nodes
from support.apps import AiohttpClient, Client

import aiohttp_flashbag

README = Path(__file__).parent.parent / "README.rst"


@pytest.fixture(scope="module")
def document() -> nodes.document:
    """README.rst as docutils reads it; every warning of docutils is an error."""
    return docutils.core.publish_doctree(
        README.read_text(encoding="utf-8"), settings_overrides={"halt_level": 2, "report_level": 2}
    )


@pytest.fixture
def names(document: nodes.document) -> dict[str, Any]:
    """What the README's Python blocks define, run one after the other in one module."""
    module: dict[str, Any] = {"__name__": "readme"}
    for block in document.findall(nodes.literal_block):
        if "python" in block["classes"]:
            exec(compile(block.astext(), README, "exec"), module)
    return module


@pytest.fixture
async def client(
    aiohttp_client: AiohttpClient, names: dict[str, Any], storage: AbstractStorage
) -> Client:
    """An application of all handlers that the README shows, each at its name."""
    app = web.Application()
    aiohttp_session.setup(app, storage)
    aiohttp_flashbag.setup(app)
    for name in ("show_form", "articles", "newest", "fragment"):
        app.router.add_get(f"/{name}", names[name])
    for name in ("send_form", "create", "delete", "rename", "like", "buy"):
        app.router.add_post(f"/{name}", names[name])
    client: Client = await aiohttp_client(app, cookie_jar=aiohttp.CookieJar(unsafe=True))
    return client


async def post(client: Client, path: str, **form: str) -> aiohttp.ClientResponse:
    return await client.post(path, data=form, allow_redirects=False)


async def get(client: Client, path: str) -> Any:
    response = await client.get(path)
    return await (response.json() if "json" in response.content_type else response.text())


def test_the_first_example_begins_by_line_25() -> None:
    lines = README.read_text(encoding="utf-8").splitlines()
    assert lines.index("    app = web.Application()") < 25


async def test_the_first_example_shows_each_text_once(
    aiohttp_client: AiohttpClient, names: dict[str, Any]
) -> None:
    client: Client = await aiohttp_client(names["app"], cookie_jar=aiohttp.CookieJar(unsafe=True))
    for name, text in (("", "Name is required"), ("<b>Eve", "&lt;b&gt;Eve was saved.")):
        page = await (await client.post("/", data={"name": name})).text()
        assert page.count(text) == 1
        assert text not in await get(client, "/")


async def test_the_form_arrives_with_its_error_and_what_was_typed(client: Client) -> None:
    await post(client, "/send_form", email="nobody")
    assert await get(client, "/show_form") == {
        "errors": ["This is no e-mail address."],
        "email": "nobody",
    }
    assert await get(client, "/show_form") == {"errors": [], "email": ""}


async def test_messages_arrive_in_order_and_once(client: Client) -> None:
    assert (await post(client, "/create")).status == 303
    assert (await post(client, "/delete")).headers["Location"] == "/articles"
    assert await get(client, "/articles") == [
        "Article created.",
        "It is not public yet.",
        "Article deleted.",
    ]
    assert await get(client, "/articles") == []


async def test_a_message_is_a_text_with_a_category_and_data(client: Client) -> None:
    await post(client, "/create")
    assert await get(client, "/newest") == {
        "message": "It is not public yet.",
        "category": "info",
        "link": "/publish",
    }


async def test_markup_is_kept_and_what_is_put_into_it_is_escaped(client: Client) -> None:
    await post(client, "/rename", name="<script>")
    assert '<a href="/users/1">&lt;script&gt;</a>' in await get(client, "/fragment")


async def test_json_shows_a_message_and_hx_redirect_leaves_it_for_the_next_page(
    client: Client,
) -> None:
    shown = await (await post(client, "/like")).json()
    assert shown == {"messages": [{"message": "You like this.", "category": "success"}]}
    response = await post(client, "/buy")
    assert response.headers["HX-Redirect"] == "/orders"
    fragment = await get(client, "/fragment")
    assert "Thank you for your order." in fragment
    assert "You like this." not in fragment


async def test_the_chapter_on_testing_tests_the_first_example_and_a_handler(
    aiohttp_client: AiohttpClient, names: dict[str, Any]
) -> None:
    await names["test_save"](aiohttp_client)
    await names["test_send_form"]()


async def test_typed_keys_carry_an_address_and_its_errors(
    aiohttp_client: AiohttpClient, storage: AbstractStorage, names: dict[str, Any]
) -> None:
    app = web.Application()
    aiohttp_session.setup(app, storage)
    aiohttp_flashbag.setup(app)
    app.router.add_post("/", names["send_address"])
    app.router.add_get("/address", names["show_address"])
    client = await aiohttp_client(app)
    response = await client.post("/")
    assert await response.json() == {"errors": ["This is no e-mail address."], "email": "nobody"}


async def test_the_base_template_asks_for_messages_and_then_shows_each_once(
    aiohttp_client: AiohttpClient, names: dict[str, Any], document: nodes.document
) -> None:
    (base,) = (
        block.astext()
        for block in document.findall(nodes.literal_block)
        if "jinja" in block["classes"] and "get_flashed_messages" in block.astext()
    )

    @aiohttp_jinja2.template("base.html")
    async def show(request: web.Request) -> dict[str, Any]:
        return {}

    app = web.Application()
    aiohttp_jinja2.setup(app, loader=jinja2.DictLoader({"base.html": base}))
    aiohttp_flashbag.setup(app, aiohttp_flashbag.CookieTransport(b"k" * 32))
    app.router.add_post("/create", names["create"])
    app.router.add_get("/articles", show)
    client = await aiohttp_client(app)
    page = await (await client.post("/create")).text()
    assert page.count("Article created.") == page.count("It is not public yet.") == 1
    assert 'class="alert alert-info"' in page
    assert page.count("<a ") == page.count('<a href="/publish">') == 1
    assert "alert" not in await (await client.get("/articles")).text()


async def test_a_refused_form_keeps_the_address_and_not_the_password(
    aiohttp_client: AiohttpClient, names: dict[str, Any], document: nodes.document
) -> None:
    (form,) = (
        block.astext()
        for block in document.findall(nodes.literal_block)
        if "jinja" in block["classes"] and "form.get" in block.astext()
    )
    app = web.Application()
    aiohttp_jinja2.setup(app, loader=jinja2.DictLoader({"sign_up.html": form}))
    aiohttp_flashbag.setup(app, aiohttp_flashbag.CookieTransport(b"k" * 32))
    app.router.add_post("/", names["sign_up"])
    app.router.add_get("/sign_up", names["show_sign_up"])
    client = await aiohttp_client(app)
    page = await (await client.post("/", data={"email": '"me"', "password": "hunter2"})).text()
    assert 'value="&#34;me&#34;"' in page
    assert "This is no e-mail address." in page
    assert "Take 10 characters or more." in page
    assert "hunter2" not in page
