"""`render_flashed_messages()`: what the markup says to eyes, screen readers and Turbo."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from html.parser import HTMLParser
from typing import Any

import jinja2
import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from aiohttp_session import AbstractStorage
from markupsafe import Markup
from support.apps import AiohttpClient, Client, shown
from support.templating import renders, template_app

from aiohttp_flashbag import flash
from aiohttp_flashbag.jinja import render_flashed_messages
from aiohttp_flashbag.testing import install_flashbag

Render = Callable[..., Awaitable[tuple[str, Client]]]
LIVE = {"role", "aria-live"}
ATTRIBUTES = {"class", "role", "data-turbo-temporary", "data-flash", "data-flash-id"}


class Page(HTMLParser):
    """The elements of some markup: name, attributes, text, and how many live regions are around."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.elements: list[dict[str, Any]] = []
        self._open: list[dict[str, Any]] = []
        self.feed(markup)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        around = sum(not LIVE.isdisjoint(element["attrs"]) for element in self._open)
        element = {"tag": tag, "attrs": dict(attrs), "text": "", "around": around}
        self.elements.append(element)
        self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop()["tag"] == tag

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element["text"] += data

    @property
    def flashes(self) -> list[dict[str, Any]]:
        """The elements that are messages."""
        return [e for e in self.elements if "flash" in str(e["attrs"].get("class")).split()]


@pytest.fixture
def markup(aiohttp_client: AiohttpClient, encrypted_storage: AbstractStorage) -> Render:
    """What a template makes of messages; the client has it show the rest."""

    async def render(
        *messages: tuple[object, str], call: str = "render_flashed_messages()", **data: Any
    ) -> tuple[str, Client]:
        async def page(request: web.Request) -> web.StreamResponse:
            for text, category in messages:
                flash(request, text, category, **data)
            return await renders("page.html")(request)

        templates = {"page.html": "{{ " + call + " }}"}
        app = template_app(encrypted_storage, templates, web.get("/", page))
        client = await aiohttp_client(app)
        response = await client.get("/")
        assert response.status == 200
        return await response.text(), client

    return render


async def test_the_markup(markup: Render) -> None:
    text, client = await markup(("Saved", "success"), ("No <b>", "error"))
    ids = re.findall(r'data-flash-id="([0-9a-f]{19})"', text)
    assert text == (
        '<div class="flashes">\n'
        '<div class="flash flash-success" role="status" data-turbo-temporary '
        f'data-flash="success" data-flash-id="{ids[0]}">Saved</div>\n'
        '<div class="flash flash-error" role="alert" data-turbo-temporary '
        f'data-flash="error" data-flash-id="{ids[1]}">No &lt;b&gt;</div>\n'
        "</div>"
    )
    assert ids[0] != ids[1]
    assert await shown(client) == []


async def test_without_a_message_there_is_no_markup_at_all(markup: Render) -> None:
    text, _ = await markup()
    assert text == ""


@pytest.mark.parametrize(
    ("category", "role"),
    [
        ("error", "alert"),
        ("danger", "alert"),
        ("success", "status"),
        ("warning", "status"),
        ("info", "status"),
        ("my-own", "status"),
    ],
)
async def test_errors_interrupt_and_other_messages_wait_their_turn(
    markup: Render, category: str, role: str
) -> None:
    text, _ = await markup(("Saved", category))
    (message,) = Page(text).flashes
    assert message["attrs"]["role"] == role
    assert message["attrs"]["class"] == f"flash flash-{category}"


async def test_no_live_region_lies_in_another(markup: Render) -> None:
    text, _ = await markup(("one", "info"), ("two", "error"), ("three", "info"))
    page = Page(text)
    assert [m["attrs"]["role"] for m in page.flashes] == ["status", "alert", "status"]
    live = [element for element in page.elements if LIVE & element["attrs"].keys()]
    assert live == page.flashes
    assert {element["around"] for element in live} == {0}


async def test_messages_are_told_from_the_page_by_turbo_and_by_scripts(markup: Render) -> None:
    text, _ = await markup(("one", "info"), ("two", "error"))
    for message in Page(text).flashes:
        assert {"data-turbo-temporary", "data-flash"} <= message["attrs"].keys()


@pytest.mark.parametrize("call", ["render_flashed_messages()", "render_flashed_messages() | safe"])
async def test_a_text_is_escaped_once_and_markup_is_kept(markup: Render, call: str) -> None:
    text, _ = await markup(
        ('<script>alert(1)</script> & "co"', "info"),
        (Markup('<a href="{}">Undo</a>').format("/?a&b"), "info"),
        call=call,
    )
    page = Page(text)
    assert [m["text"] for m in page.flashes] == ['<script>alert(1)</script> & "co"', "Undo"]
    assert [e["attrs"] for e in page.elements if e["tag"] == "a"] == [{"href": "/?a&b"}]
    assert "script" not in {element["tag"] for element in page.elements}


@pytest.mark.parametrize(
    "category", ['" onclick="alert(1)', "'><script>", "<b>&amp;</b>", "two words", ""]
)
async def test_a_category_cannot_leave_its_attribute(markup: Render, category: str) -> None:
    text, _ = await markup(("Saved", category))
    (message,) = Page(text).flashes
    assert message["attrs"].keys() == ATTRIBUTES
    assert message["attrs"]["data-flash"] == category
    assert message["attrs"]["class"] == f"flash flash-{category}"
    assert {element["tag"] for element in Page(text).elements} == {"div"}


async def test_scalars_of_the_data_become_attributes(markup: Render) -> None:
    data = {"link": '/?a&b="c"', "undo_url": "<x>", "duration": 5, "ratio": 0.5, "sticky": True}
    text, _ = await markup(("Saved", "info"), **data)
    (message,) = Page(text).flashes
    assert {name: message["attrs"][name] for name in message["attrs"].keys() - ATTRIBUTES} == {
        "data-link": '/?a&b="c"',
        "data-undo-url": "<x>",
        "data-duration": "5",
        "data-ratio": "0.5",
        "data-sticky": "true",
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("none", None),
        ("list", [1]),
        ("mapping", {"a": 1}),
        ("linkUrl", "x"),  # HTML has no capitals in the names of attributes
        ("_private", "x"),
        ("größe", "x"),
        ("a b", "x"),
        ("x onclick", "alert(1)"),
        ("flash", "x"),
        ("flash_id", "x"),
        ("turbo_frame", "x"),
        ("hx_get", "/delete"),
    ],
)
async def test_data_that_makes_no_attribute_of_its_own_is_left_out(
    markup: Render, name: str, value: object
) -> None:
    text, _ = await markup(("Saved", "info"), **{name: value})
    (message,) = Page(text).flashes
    assert message["attrs"].keys() == ATTRIBUTES
    assert message["attrs"]["data-flash"] == "info"


async def test_names_that_only_begin_like_those_of_libraries_are_attributes(markup: Render) -> None:
    text, _ = await markup(("Saved", "info"), flashy="a", hxa="b")
    (message,) = Page(text).flashes
    assert message["attrs"].keys() - ATTRIBUTES == {"data-flashy", "data-hxa"}


@pytest.mark.parametrize("chosen", ["'error'", "['error']"])
async def test_m2_a_filter_shows_some_and_the_rest_waits(markup: Render, chosen: str) -> None:
    messages = ("one", "info"), ("two", "error"), ("three", "info")
    call = f"render_flashed_messages(category_filter={chosen})"
    text, client = await markup(*messages, call=call)
    assert [m["text"] for m in Page(text).flashes] == ["two"]
    assert await shown(client) == ["one", "three"]


async def test_a_filter_that_lets_nothing_through_leaves_no_markup(markup: Render) -> None:
    text, client = await markup(("one", "info"), call="render_flashed_messages(none, 'error')")
    assert text == ""
    assert await shown(client) == ["one"]


@pytest.mark.parametrize("arguments", ["with_categories=True", "'error', 'info'"])
def test_the_markup_refuses_what_it_does_not_know(arguments: str) -> None:
    environment = jinja2.Environment(autoescape=True)
    environment.globals["render_flashed_messages"] = render_flashed_messages
    request = make_mocked_request("GET", "/")
    install_flashbag(request, messages=["Saved"])
    template = environment.from_string(f"{{{{ render_flashed_messages({arguments}) }}}}")
    with pytest.raises(TypeError, match="argument"):
        template.render(request=request)
