"""The guide's application: two actions that redirect, and a base template that shows messages."""

from __future__ import annotations

import re

import aiohttp_jinja2
import pytest
from aiohttp import ClientSession, web
from aiohttp_session import AbstractStorage
from support.apps import AiohttpClient, Client
from support.templating import allow_processors, renders, template_app

from aiohttp_flashbag import flash

pytestmark = allow_processors

TEMPLATES = {
    "base.html": """
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
""",
    "articles.html": "{% extends 'base.html' %}{% block content %}<h1>Articles</h1>{% endblock %}",
}


class Articles:
    """What a user can do with articles."""

    async def store(self, request: web.Request) -> web.Response:
        flash(request, "Article created successfully!")
        raise web.HTTPFound("/articles")

    async def delete(self, request: web.Request) -> web.Response:
        flash(request, "Article deleted.", category="warning")
        raise web.HTTPFound("/articles")

    async def refuse(self, request: web.Request) -> web.Response:
        flash(request, "Only <admins> may do that.", "error")
        raise web.HTTPFound("/articles")


@pytest.fixture
async def client(aiohttp_client: AiohttpClient, storage: AbstractStorage) -> Client:
    """The guide's application, over each session storage."""
    articles = Articles()
    app = template_app(
        storage,
        TEMPLATES,
        web.get("/articles", renders("articles.html")),
        web.post("/articles", articles.store),
        web.post("/articles/1/delete", articles.delete),
        web.post("/articles/2/delete", articles.refuse),
        context_processors=[aiohttp_jinja2.request_processor],
    )
    client: Client = await aiohttp_client(app)
    return client


def alerts(page: str) -> list[tuple[str, str]]:
    """The category and text of each message on a page."""
    return re.findall(r'<p class="alert alert-(\w+)">(.*?)</p>', page)


CREATED = ("success", "Article created successfully!")
DELETED = ("warning", "Article deleted.")
REFUSED = ("error", "Only &lt;admins&gt; may do that.")


@pytest.mark.parametrize(
    ("path", "alert"),
    [
        ("/articles", CREATED),
        ("/articles/1/delete", DELETED),
        ("/articles/2/delete", REFUSED),
    ],
)
async def test_an_action_shows_its_message_once(
    client: Client, path: str, alert: tuple[str, str]
) -> None:
    page = await (await client.post(path)).text()
    assert alerts(page) == [alert]
    assert "<h1>Articles</h1>" in page
    assert alerts(await (await client.get("/articles")).text()) == []


async def test_the_container_is_there_only_with_a_message(client: Client) -> None:
    assert "flash-container" not in await (await client.get("/articles")).text()
    assert "flash-container" in await (await client.post("/articles")).text()
    assert "flash-container" not in await (await client.get("/articles")).text()


async def test_messages_of_three_categories_keep_their_order(client: Client) -> None:
    for path in ("/articles/1/delete", "/articles", "/articles/2/delete"):
        await client.post(path, allow_redirects=False)
    page = await (await client.get("/articles")).text()
    assert alerts(page) == [DELETED, CREATED, REFUSED]
    assert alerts(await (await client.get("/articles")).text()) == []


async def test_what_was_set_to_a_variable_can_be_shown_in_two_places(client: Client) -> None:
    page = await (await client.post("/articles")).text()
    assert "<li>success: Article created successfully!</li>" in page
    assert alerts(page) == [CREATED]


async def test_another_user_sees_none_of_it(client: Client) -> None:
    await client.post("/articles", allow_redirects=False)
    async with ClientSession() as stranger, stranger.get(client.make_url("/articles")) as page:
        assert alerts(await page.text()) == []
    assert alerts(await (await client.get("/articles")).text()) == [CREATED]
