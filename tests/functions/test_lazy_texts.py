"""Lazy translations and URLs are stored as text, wherever flash and flash_form accept a text."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from support.apps import BESIDE, SESSIONS, Start, answer_of, does, json_page
from yarl import URL

from aiohttp_flashbag import (
    SessionTransport,
    flash,
    flash_form,
    flashed_form,
    get_flashed_messages,
)
from aiohttp_flashbag.testing import install_flashbag, sent

Translate = Callable[[str], str]
Lazy = Callable[[Translate, str], Any]


def of_babel(translate: Translate, text: str) -> Any:
    return pytest.importorskip("babel.support").LazyProxy(translate, text)


def of_flask_babel(translate: Translate, text: str) -> Any:
    return pytest.importorskip("flask_babel").LazyString(translate, text)


def of_django(translate: Translate, text: str) -> Any:
    return pytest.importorskip("django.utils.functional").lazy(translate, str)(text)


def as_url(translate: Translate, text: str) -> Any:
    return URL.build(path=translate(text))


each_kind = pytest.mark.parametrize("lazy", [of_babel, of_flask_babel, of_django, as_url])


@pytest.fixture
def request_() -> web.Request:
    install_flashbag(request := make_mocked_request("POST", "/"))
    return request


@each_kind
@pytest.mark.parametrize("storage", [*SESSIONS, *BESIDE], indirect=True)
async def test_82_lazy_texts_travel_as_text(start: Start, lazy: Lazy) -> None:
    text = lazy(str, "/saved")

    def send(request: web.Request) -> None:
        flash(request, text, undo=text, links=[{"href": text}, (text, 1, None)])
        flash_form(request, {"name": text}, {"name": text, "age": [text, "Low"]})

    async def page(request: web.Request) -> web.Response:
        form = flashed_form(request)
        messages = [dict(message) for message in get_flashed_messages(request)]
        return json_page([messages, dict(form.data), form.errors])

    client = await start(web.post("/send", does(send)), web.get("/page", page))
    assert (await client.post("/send")).status == 200
    messages, data, errors = await answer_of(await client.get("/page"))
    links = [{"href": "/saved"}, ["/saved", 1, None]]
    shown = {"message": "/saved", "category": "success", "undo": "/saved", "links": links}
    assert messages == [shown]
    assert (data, errors) == ({"name": "/saved"}, {"name": ["/saved"], "age": ["/saved", "Low"]})


@each_kind
def test_82_a_lazy_text_is_translated_when_it_is_flashed(request_: web.Request, lazy: Lazy) -> None:
    language = "fr"
    text = lazy(lambda name: f"{name}-{language}", "/saved")
    flash(request_, "Saved", link=text)
    flash_form(request_, {}, {"name": [text]})
    language = "en"
    assert sent(request_).messages[0].data == {"link": "/saved-fr"}
    assert sent(request_).form.errors == {"name": ["/saved-fr"]}


@pytest.mark.parametrize("depth", [150, 500, 950, 5000])
def test_51_data_that_is_nested_too_deeply_is_refused(request_: web.Request, depth: int) -> None:
    rows: list[Any] = []
    for _ in range(depth):
        rows = [rows]
    with pytest.raises(TypeError, match=r"data of a flash message .* deeper than"):
        flash(request_, "Saved", rows=rows)
    assert not sent(request_)


def test_82_data_that_contains_itself_is_refused(request_: web.Request) -> None:
    rows: list[Any] = []
    rows += [rows, rows]
    with pytest.raises(TypeError, match="data of a flash message"):
        flash(request_, "Saved", rows=rows)


@pytest.mark.parametrize("storage", ["encrypted"], indirect=True)
async def test_60_an_encoder_receives_clean_text(start: Start) -> None:
    def utf8(data: Any) -> bytes:
        return json.dumps(data, ensure_ascii=False).encode()

    data: dict[str, Any] = {"name": "\ud83d", "\ud83d": ["\ud83d"]}

    async def page(request: web.Request) -> web.Response:
        [message] = get_flashed_messages(request)
        return json_page(message.data)

    send, transport = does(partial(flash, message="Saved", **data)), SessionTransport(dumps=utf8)
    client = await start(web.post("/send", send), web.get("/page", page), transport=transport)
    assert (await client.post("/send")).status == 200
    expected = {"name": "\ufffd", "\ufffd": ["\ufffd"]}
    assert await answer_of(await client.get("/page")) == expected
