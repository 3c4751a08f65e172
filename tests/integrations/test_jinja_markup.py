"""render_flashed_messages: the markup for eyes, screen readers, Turbo and the helper."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from html.parser import HTMLParser
from typing import Any

import pytest
from aiohttp import web
from aiohttp_session import AbstractStorage
from markupsafe import Markup
from support.apps import AiohttpClient
from support.templating import renders, template_app

from aiohttp_flashbag import flash

Render = Callable[..., Awaitable[str]]
ATTRIBUTES = {"class", "role", "data-turbo-temporary", "data-flash", "data-flash-id"}


def elements_in(markup: str) -> list[tuple[str, dict[str, str | None]]]:
    """Return the name and the attributes of each element."""
    found: list[tuple[str, dict[str, str | None]]] = []

    class Parser(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.append((tag, dict(attrs)))

    Parser().feed(markup)
    return found


def attributes_in(markup: str) -> dict[str, str | None]:
    """Return the attributes of the only message."""
    [(_, container), (_, attributes)] = elements_in(markup)
    assert container == {"class": "flashes"}
    return attributes


@pytest.fixture
def render(aiohttp_client: AiohttpClient, encrypted_storage: AbstractStorage) -> Render:
    """Return a function that flashes messages and returns a page that renders them."""

    async def render(*messages: tuple[object, str], filters: str = "", **data: Any) -> str:
        async def page(request: web.Request) -> web.StreamResponse:
            for text, category in messages:
                flash(request, text, category, **data)
            return await renders("page.html")(request)

        templates = {"page.html": "{{ render_flashed_messages()" + filters + " }}"}
        app = template_app(encrypted_storage, templates, web.get("/", page))
        response = await (await aiohttp_client(app)).get("/")
        assert response.status == 200
        return await response.text()

    return render


async def test_39_each_message_is_a_live_region_of_its_own(render: Render) -> None:
    text = await render(("Saved", "success"), ("No <b>", "error"), ("Sent", "info"))
    ids = re.findall(r'data-flash-id="([0-9a-f]{19})"', text)
    assert text == (
        '<div class="flashes">\n'
        '<div class="flash flash-success" role="status" data-turbo-temporary '
        f'data-flash="success" data-flash-id="{ids[0]}">Saved</div>\n'
        '<div class="flash flash-error" role="alert" data-turbo-temporary '
        f'data-flash="error" data-flash-id="{ids[1]}">No &lt;b&gt;</div>\n'
        '<div class="flash flash-info" role="status" data-turbo-temporary '
        f'data-flash="info" data-flash-id="{ids[2]}">Sent</div>\n'
        "</div>"
    )
    assert len(set(ids)) == 3


@pytest.mark.parametrize(
    ("category", "role"),
    [("error", "alert"), ("danger", "alert"), ("warning", "status"), ("my-own", "status")],
)
async def test_39_only_errors_interrupt_a_screen_reader(
    render: Render, category: str, role: str
) -> None:
    text = await render(("Saved", category))
    assert attributes_in(text)["role"] == role


@pytest.mark.parametrize("filters", ["", " | safe"])
async def test_30_text_is_escaped_once_and_markup_is_kept(render: Render, filters: str) -> None:
    text = await render(
        ('<script>alert(1)</script> & "co"', "info"),
        (Markup('<a href="{}">Undo</a>').format("/?a&b"), "info"),
        filters=filters,
    )
    assert Markup(text).striptags() == '<script>alert(1)</script> & "co" Undo'
    assert [tag for tag, _ in elements_in(text)] == ["div", "div", "div", "a"]
    assert elements_in(text)[-1] == ("a", {"href": "/?a&b"})


@pytest.mark.parametrize(
    "category", ['" onclick="alert(1)', "'><script>", "<b>&amp;</b>", "two words", ""]
)
async def test_30_a_category_cannot_leave_its_attribute(render: Render, category: str) -> None:
    text = await render(("Saved", category))
    attributes = attributes_in(text)
    assert attributes.keys() == ATTRIBUTES
    assert attributes["data-flash"] == category
    assert attributes["class"] == f"flash flash-{category}"


async def test_scalars_of_the_data_become_attributes(render: Render) -> None:
    data = {"link": '/?a&b="c"', "undo_url": "<x>", "duration": 5, "ratio": 0.5, "sticky": True}
    text = await render(("Saved", "info"), **data, flashy="a", hxa="b")
    found = attributes_in(text)
    assert {name: found[name] for name in found.keys() - ATTRIBUTES} == {
        "data-link": '/?a&b="c"',
        "data-undo-url": "<x>",
        "data-duration": "5",
        "data-ratio": "0.5",
        "data-sticky": "true",
        "data-flashy": "a",  # it only begins like a library's name
        "data-hxa": "b",
    }


async def test_other_data_does_not_become_attributes(render: Render) -> None:
    data: dict[str, Any] = {
        "none": None,
        "list": [1],
        "mapping": {"a": 1},
        # HTML has lower-case attribute names. The last ones belong to this library, Turbo and htmx.
        **dict.fromkeys(["linkUrl", "_private", "größe", "a b", "x onclick"], "x"),
        **dict.fromkeys(["flash", "flash_id", "turbo_frame", "hx_get"], "x"),
    }
    text = await render(("Saved", "info"), **data)
    assert attributes_in(text).keys() == ATTRIBUTES
    assert attributes_in(text)["data-flash"] == "info"
