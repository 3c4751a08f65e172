"""A flashed message is a str with a category and data, in Python and in templates."""

from __future__ import annotations

import copy
import importlib
import json
import pickle
import re
import sys
from enum import Enum
from typing import Any

import pytest
from aiohttp.test_utils import make_mocked_request
from jinja2 import Environment
from markupsafe import Markup, escape

from aiohttp_flashbag import FlashedMessage, flash
from aiohttp_flashbag.testing import install_flashbag, sent

TEXT, MARKUP = 'Tom & "Jerry\'s"', Markup("<b>Tom</b>")
jinja = Environment(autoescape=True)
both = pytest.mark.parametrize("text", [TEXT, MARKUP], ids=["text", "markup"])


def flashed(message: object, category: str = "info", **data: Any) -> FlashedMessage:
    """Flash a message, and return it as the next request receives it."""
    install_flashbag(request := make_mocked_request("GET", "/"))
    flash(request, message, category, **data)
    [found] = sent(request).messages
    return found


@both
def test_a_message_equals_its_text(text: str) -> None:
    message = flashed(text)
    assert isinstance(message, str)
    assert message == text
    assert hash(message) == hash(text)
    assert {str(text): 1}[message] == 1
    assert (message[:3], message[0], len(message)) == (text[:3], text[0], len(text))
    assert "Tom" in message
    assert message.replace("Tom", "Ann") == text.replace("Tom", "Ann")
    assert ", ".join([message, message]) == f"{text}, {text}"
    assert json.dumps(message) == json.dumps(str(text))
    assert f"{message}" == str(message) == str(text)
    assert type(str(message)) is str


@both
def test_a_message_has_a_category_and_data(text: str) -> None:
    message = flashed(text, "error", link="/undo", icon={"name": "tick"})
    assert (message.message, message.category) == (text, "error")
    assert message.data == {"link": "/undo", "icon": {"name": "tick"}}
    assert (message["message"], message["category"], message["link"]) == (text, "error", "/undo")
    expected = {"message": text, "category": "error", "link": "/undo", "icon": {"name": "tick"}}
    assert dict(message) == {**message} == json.loads(json.dumps(dict(message))) == expected
    assert [*message.keys()] == [*expected]
    with pytest.raises(KeyError, match="seconds"):
        message["seconds"]


def test_data_may_have_any_name() -> None:
    names = ("id", "key", "m", "c", "html", "once", "content", "address", "text", "data")
    data: dict[str, Any] = {name: {"html": 1} for name in names}
    message = flashed("<b>one</b>", **data)
    assert dict(message) == {"message": "<b>one</b>", "category": "info", **data}
    assert type(message.message) is str


def test_each_message_has_an_id() -> None:
    ids = [flashed("Saved").flash_id for _ in range(3)]
    assert ids == sorted(set(ids))


class Badge:
    def __html__(self) -> str:
        return "<b>new</b>"

    def __str__(self) -> str:
        return "new"


@pytest.mark.parametrize(
    ("given", "text", "kind"),
    [
        (TEXT, TEXT, str),
        (MARKUP, "<b>Tom</b>", Markup),
        (Markup("<b>{}</b>").format("<i>"), "<b>&lt;i&gt;</b>", Markup),
        (Badge(), "<b>new</b>", Markup),
        (ValueError("<b>"), "<b>", str),
        (404, "404", str),
    ],
    ids=["text", "Markup", "formatted", "__html__", "error", "number"],
)
def test_only_markup_comes_back_as_markup(given: object, text: str, kind: type[str]) -> None:
    message = flashed(given)
    assert (str(message), type(message.message)) == (text, kind)
    assert isinstance(message, Markup) is (kind is Markup)
    assert escape(message) == escape(kind(text))


def test_without_markupsafe_markup_comes_back_as_text(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [*sys.modules]:
        if name.partition(".")[0] == "aiohttp_flashbag":
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "markupsafe", None)
    bag = importlib.import_module("aiohttp_flashbag").Flashbag()
    bag.flash(Badge())
    [message] = bag.get_flashed_messages()
    assert type(message.message) is str
    assert message == message.message == "<b>new</b>"


@both
def test_a_template_can_use_a_message_as_a_mapping(text: str) -> None:
    template = """{{ m.message }} {{ m['message'] }} {{ m.category }} {{ m['category'] }}
        {{- m.link }} {{ m['link'] }} {{ m.data.link }} {{ m.id }} {{ m.nothing }}{{ m['nothing'] }}
        {{- m.nothing is defined }} {{ m.link is defined }}"""
    page = jinja.from_string(template).render(m=flashed(text, "error", link="/undo", id=5))
    expected = f"{escape(text)} {escape(text)} error error"
    assert page == expected + "/undo /undo /undo 5 False True"


@both
def test_filters_treat_a_message_like_its_text(text: str) -> None:
    names = ["first", "last", "list", "sort", "unique|list", "batch(2)|list", "max", "urlize"]
    for name in [*names, "join('-')", "wordcount", "center(20)"]:
        template = jinja.from_string(f"{{{{ m | {name} }}}}")
        assert (name, template.render(m=flashed(text))) == (name, template.render(m=text))


@pytest.mark.parametrize("text", ["OK", "a", "", "Saved", Markup("OK")])
def test_100_a_message_can_be_iterated_like_its_text(text: str) -> None:
    message = flashed(text)
    assert list(message) == list(text)
    assert [*reversed(message)] == [*reversed(text)]
    assert dict(enumerate(message)) == dict(enumerate(text))
    template = (
        "{{ m | list }} {% for letter in m %}{{ letter }},{% endfor %} {{ m | batch(1) | list }}"
    )
    assert jinja.from_string(template).render(m=message) == jinja.from_string(template).render(
        m=text
    )


@pytest.mark.parametrize("text", ["a", "Saved", Markup("<b>Saved</b>")])
def test_67_a_message_cannot_be_unpacked_as_a_pair(text: str) -> None:
    message = flashed(text)
    told = "too many values to unpack|not enough values to unpack"
    with pytest.raises(ValueError, match=told):
        _category, _text = message
    with pytest.raises(ValueError, match=told):
        jinja.from_string("{% for c, m in messages %}{% endfor %}").render(messages=[message])


@both
def test_a_message_can_be_copied_and_pickled(text: str) -> None:
    message = flashed(text, "error", link=["/undo"], cls="x")
    pickled = [pickle.loads(pickle.dumps(message, protocol)) for protocol in range(2, 6)]
    for again in (copy.copy(message), copy.deepcopy(message), *pickled):
        assert type(again) is type(message)
        assert (again.message, dict(again)) == (message.message, dict(message))


class Text(str, Enum):
    SAVED = "Saved"
    ERROR = "error"


def test_60_a_message_and_a_str_enum_can_be_flashed() -> None:
    for text in (TEXT, MARKUP):
        message = flashed(flashed(text))
        assert (message, type(message.message)) == (text, type(text))
    message = flashed(Text.SAVED, Text.SAVED)
    assert (str(message), type(message.message), message.category) == ("Saved", str, "Saved")


def test_a_lazy_translation_is_resolved_by_flash() -> None:
    class Lazy:
        language = "fr"

        def __str__(self) -> str:
            return {"fr": "Enregistré", "en": "Saved"}[self.language]

    install_flashbag(request := make_mocked_request("GET", "/"))
    flash(request, lazy := Lazy())
    lazy.language = "en"
    assert sent(request).texts == ["Enregistré"]


@pytest.mark.parametrize(
    "message",
    [("error", "text"), ["text"], {"text"}, {"text": 1}, b"text", bytearray(b"t"), None],
)
def test_67_a_message_that_is_not_a_text_is_refused_with_the_correct_call(message: object) -> None:
    with pytest.raises(TypeError, match=r"flash\(request, text, category\)") as caught:
        flashed(message)
    assert type(message).__name__ in str(caught.value)


@pytest.mark.parametrize("category", [None, 5, b"error", object()])
def test_a_category_must_be_a_str(category: Any) -> None:
    with pytest.raises(TypeError, match="category of a flash message"):
        flashed("Saved", category)


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("error", "Name is required"),
        ("success", "Saved"),
        ("warning", "almost full."),
        ("info", "really?"),
        ("danger", "Имя обязательно"),
        ("error", "必須です。"),
        (Text.ERROR, "Name is required"),
    ],
)
def test_99_swapped_arguments_are_refused_with_the_correct_call(text: str, category: str) -> None:
    call = re.escape(f"flash(request, {category!r}, {str.__str__(text)!r})")
    with pytest.raises(TypeError, match=f"swapped.*{call}"):
        flashed(text, category)


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("Name is required", "error"),
        ("error", "error"),
        ("Error", "Error"),
        ("error", "success"),
        ("Success", "success"),
        ("warning", "alert-warning"),
        ("info", "alert alert-info"),
        ("Saved", "Success"),
        ("404", "Not found"),
        ("error", ""),
    ],
)
def test_99_unusual_arguments_are_not_refused(text: str, category: str) -> None:
    message = flashed(text, category)
    assert (message, message.category) == (text, category)
