"""The README's code runs and does what its text says."""

from __future__ import annotations

import re
from typing import Any

import aiohttp_jinja2
import docutils.core
import jinja2
from aiohttp import web
from support.apps import AiohttpClient, Client

import aiohttp_flashbag

from .conftest import Serve, see, send
from .pages import README, ROOT, block

PAGE = README
TEXT = (ROOT / README).read_text(encoding="utf-8")
MOST_WORDS = 1200


def test_it_is_short_and_names_the_version_and_its_links_exist() -> None:
    assert len(TEXT.split()) <= MOST_WORDS
    assert f"Version {aiohttp_flashbag.__version__} · Python 3.10 to 3.13" in TEXT
    links = re.findall(r"<([\w/.]+)>`_|image:: (\S+)", TEXT)
    assert len(links) > 10
    assert [link for one, other in links if not (ROOT / (link := one or other)).exists()] == []


def test_it_is_restructured_text_without_a_warning() -> None:
    strict = {"halt_level": 2, "report_level": 2}
    assert docutils.core.publish_doctree(TEXT, settings_overrides=strict).children


async def test_the_first_example_shows_each_text_once(
    aiohttp_client: AiohttpClient, names: dict[str, Any]
) -> None:
    assert TEXT.splitlines().index("    app = web.Application()") < 25
    assert {"show", "save"} <= names.keys()
    client: Client = await aiohttp_client(names["app"])
    for name, text in (("", "Name is required"), ("<b>Eve", "&lt;b&gt;Eve was saved.")):
        page = await (await client.post("/", data={"name": name})).text()
        assert page.count(text) == 1
        assert text not in await see(client, "/")


async def test_a_value_arrives_once(serve: Serve) -> None:
    client = await serve(get="show_form", post="send_form")
    assert (await send(client, "/send_form", email="nobody")).headers["Location"] == "/form"
    assert await see(client, "/show_form") == "This is no e-mail address."
    assert await see(client, "/show_form") == "Your e-mail address?"
    accepted = await send(client, "/send_form", email="zoe@example.org")
    assert accepted.headers["Location"] == "/thanks"
    assert await see(client, "/show_form") == "Your e-mail address?"


async def test_messages_arrive_in_order_and_once(serve: Serve) -> None:
    client = await serve(get="articles", post="create delete")
    for path in ("/create", "/delete"):
        assert (await send(client, path)).headers["Location"] == "/articles"
    created = ["Article created.", "It is not public yet."]
    assert await see(client, "/articles") == [*created, "Article deleted."]
    assert await see(client, "/articles") == []


async def test_the_base_template_shows_each_message_once(
    serve: Serve, names: dict[str, Any]
) -> None:
    @aiohttp_jinja2.template("base.html")
    async def page(request: web.Request) -> dict[str, Any]:
        return {}

    names["articles"] = page
    base = block(README, "html+jinja", "get_flashed_messages")
    templates = jinja2.DictLoader({"base.html": base})
    client = await serve(get="articles", post="create", templates=templates)
    shown = await (await client.post("/create")).text()
    assert shown.count("Article created.") == shown.count("It is not public yet.") == 1
    assert 'class="alert alert-info"' in shown
    assert shown.count("<a ") == shown.count('<a href="/publish">') == 1
    assert "alert" not in await see(client, "/articles")


async def test_a_refused_form_keeps_the_address_but_not_the_password(serve: Serve) -> None:
    form = block(README, "html+jinja", "form.get")
    templates = jinja2.DictLoader({"sign_up.html": form})
    client = await serve(get="show_sign_up", post="sign_up", templates=templates)
    await send(client, "/sign_up", email='"me"', password="hunter2")
    page = await see(client, "/show_sign_up")
    assert 'value="&#34;me&#34;"' in page
    assert "Take 10 characters or more." in page
    assert "hunter2" not in page


async def test_the_transport_of_the_example_needs_no_session(
    aiohttp_client: AiohttpClient, names: dict[str, Any]
) -> None:
    site = names["site"]
    site.router.add_post("/create", names["create"])
    site.router.add_get("/articles", names["articles"])
    client: Client = await aiohttp_client(site)
    assert (await (await client.post("/create")).json())[0] == "Article created."


async def test_the_test_of_the_example_passes_again_and_again(
    aiohttp_client: AiohttpClient, names: dict[str, Any]
) -> None:
    assert names["make_app"]() is not names["make_app"]()
    for _ in range(2):
        await names["test_deleting_tells_so"](aiohttp_client)
