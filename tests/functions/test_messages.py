"""What a message is: its text, its category, its data, and who gets it."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Awaitable, Callable
from enum import Enum
from functools import partial
from typing import Any

import pytest
from aiohttp import web
from aiohttp_session import AbstractStorage
from markupsafe import Markup, escape
from support.apps import FLASHBAG_ROUTES, Action, Start, answer_of, does, shown

from aiohttp_flashbag import (
    FlashedMessage,
    flash,
    get_flashed_messages,
    peek_flashed_messages,
)

Journey = Callable[..., Awaitable[Any]]
LINK = {"link": "/articles/1", "seconds": 5, "icon": {"name": "tick"}}


@pytest.fixture
def storage(encrypted_storage: AbstractStorage) -> AbstractStorage:
    return encrypted_storage


@pytest.fixture(params=["same request", "next request"])
def journey(request: pytest.FixtureRequest, start: Start) -> Journey:
    """Do an action and give what is read, in the same request and in the next one."""
    at_once = request.param == "same request"

    async def go(action: Action, read: Callable[[web.Request], Any] = get_flashed_messages) -> Any:
        found: list[Any] = []
        look: Action = lambda request: found.append(read(request))  # noqa: E731
        here, there = ([action, look], []) if at_once else ([action], [look])
        client = await start(web.post("/", does(*here)), web.get("/", does(*there)))
        assert (await client.post("/")).status == 200
        assert (await client.get("/")).status == 200
        return found[0]

    return go


async def test_a_message_is_a_dict_and_its_text(journey: Journey) -> None:
    (message,) = await journey(partial(flash, message="Saved", category="info"))
    assert isinstance(message, FlashedMessage)
    assert dict(message) == {"message": "Saved", "category": "info"}
    assert message == message.message == message["message"] == str(message) == "Saved"
    assert message.category == message["category"] == "info"


async def test_a_category_may_be_a_str_enum(journey: Journey) -> None:
    class Level(str, Enum):
        ERROR = "error"

    action = partial(flash, message="Refused", category=Level.ERROR)
    (message,) = await journey(action, partial(get_flashed_messages, category_filter=Level.ERROR))
    assert message.category == "error"


async def test_data_travels_along(journey: Journey) -> None:
    (message,) = await journey(lambda request: flash(request, "Saved", **LINK))  # type: ignore[arg-type]
    assert dict(message) == {"message": "Saved", "category": "success", **LINK}


async def test_data_is_never_taken_for_what_the_library_notes_of_a_message(
    journey: Journey,
) -> None:
    data = {"html": 1, "id": "1", "m": "x", "c": "x", "once": 1, "data": {"html": 1}}

    def action(request: web.Request) -> None:
        flash(request, "<b>one</b>", **data)  # type: ignore[arg-type]
        flash(request, "<b>one</b>", **data)  # type: ignore[arg-type]

    messages = await journey(action)
    expected = {"message": "<b>one</b>", "category": "success", **data}
    assert list(map(dict, messages)) == [expected] * 2
    assert [type(message.message) for message in messages] == [str, str]


async def test_messages_are_json(start: Start) -> None:
    async def api(request: web.Request) -> web.Response:
        flash(request, "Saved", "info", **LINK)  # type: ignore[arg-type]
        flash(request, Markup("<b>Saved</b>"))
        messages = get_flashed_messages(request)
        return web.json_response([messages, list(map(dict, messages))])

    texts, mappings = await answer_of(await (await start(web.post("/", api))).post("/"))
    assert texts == ["Saved", "<b>Saved</b>"]
    assert mappings == [
        {"message": "Saved", "category": "info", **LINK},
        {"message": "<b>Saved</b>", "category": "success"},
    ]


class Badge:
    """Markup of somebody else's making."""

    def __html__(self) -> str:
        return "<b>new</b>"

    def __str__(self) -> str:
        return "new"


@pytest.mark.parametrize(
    ("given", "text", "kind", "in_a_template"),
    [
        ("<b>x</b>", "<b>x</b>", str, "&lt;b&gt;x&lt;/b&gt;"),
        (Markup("<b>{}</b>").format("<i>"), "<b>&lt;i&gt;</b>", Markup, "<b>&lt;i&gt;</b>"),
        (Badge(), "<b>new</b>", Markup, "<b>new</b>"),
        (ValueError("<b>"), "<b>", str, "&lt;b&gt;"),
        (404, "404", str, "404"),
    ],
    ids=["text", "Markup", "__html__", "error", "number"],
)
async def test_markup_stays_markup_and_text_stays_text(
    journey: Journey, given: object, text: str, kind: type, in_a_template: str
) -> None:
    (message,) = await journey(partial(flash, message=given))
    assert message.message == text
    assert type(message.message) is kind
    assert escape(message) == in_a_template


def test_without_markupsafe_markup_is_text(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = importlib.util.find_spec("aiohttp_flashbag.message")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "markupsafe", None)
    spec.loader.exec_module(module)
    stored = {"id": "1", "m": "<b>new</b>", "c": "info", "html": 1}
    message = module.FlashedMessage.from_stored(stored)
    assert type(message.message) is str
    assert message == message.message == "<b>new</b>"


async def test_a_text_cannot_leave_the_attribute_it_is_put_in(journey: Journey) -> None:
    (message,) = await journey(partial(flash, message='"It\'s"'))
    assert not {'"', "'"} & set(escape(message))
    assert escape(message).unescape() == '"It\'s"'


async def test_a_lazy_text_is_resolved_when_it_is_flashed(journey: Journey) -> None:
    class Lazy:
        language = "fr"

        def __str__(self) -> str:
            return {"fr": "Enregistré", "en": "Saved"}[self.language]

    def action(request: web.Request) -> None:
        flash(request, lazy := Lazy())
        lazy.language = "en"

    (message,) = await journey(action)
    assert message.message == "Enregistré"


@pytest.mark.parametrize("category", [None, 5, b"error", object()])
async def test_a_category_that_is_no_str_is_refused(journey: Journey, category: Any) -> None:
    def action(request: web.Request) -> None:
        with pytest.raises(TypeError, match=r"category of a flash message is a str, not "):
            flash(request, "Saved", category)

    assert await journey(action) == []


async def test_b6_after_the_answer_began_nothing_is_added_or_handed_out(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    late: list[object] = []

    async def stream(request: web.Request) -> web.StreamResponse:
        await (response := web.StreamResponse()).prepare(request)
        with pytest.raises(RuntimeError, match=r"the response has begun: add before prepare\(\)"):
            flash(request, "Too late")
        late.extend([get_flashed_messages(request), peek_flashed_messages(request)])
        return response

    client = await start(*FLASHBAG_ROUTES, web.get("/stream", stream))
    await client.post("/flash", params={"info": "Saved"})
    assert (await client.get("/stream")).status == 200
    assert late == [[], []]
    assert [r.message for r in caplog.records if "after the response began" in r.message] != []
    assert await shown(client) == ["Saved"]
