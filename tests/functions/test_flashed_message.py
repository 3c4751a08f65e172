"""A flashed message: a str that knows its category and data, in Python and in templates."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable
from enum import Enum
from typing import Any

import pytest
from jinja2 import Environment
from markupsafe import Markup, escape

from aiohttp_flashbag import Flashbag, FlashedForm, FlashedMessage
from aiohttp_flashbag.parcel import Parcel

TEXT, MARKUP = "Tom & Jerry", Markup("<b>Tom</b>")
jinja = Environment(autoescape=True)


def flashed(message: object, category: str = "info", **data: Any) -> FlashedMessage:
    """What the next request gets of it."""
    bag = Flashbag()
    bag.flash(message, category, **data)
    stored = json.loads(json.dumps(bag.delta(303, shows=False, page_view=False).messages))
    [found] = Flashbag(Parcel(messages=stored)).get_flashed_messages()
    return found


both = pytest.mark.parametrize("text", [TEXT, MARKUP], ids=["text", "markup"])


@both
def test_it_is_its_text(text: str) -> None:
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
def test_its_parts_have_names(text: str) -> None:
    message = flashed(text, "error", link="/undo", id=5)
    assert (message.message, message.category) == (text, "error")
    assert message.data == {"link": "/undo", "id": 5}
    assert (message["message"], message["category"], message["link"]) == (text, "error", "/undo")
    expected = {"message": text, "category": "error", "link": "/undo", "id": 5}
    assert dict(message) == {**message} == expected
    assert [*message.keys()] == [*expected]
    with pytest.raises(KeyError, match="seconds"):
        message["seconds"]


@both
def test_markup_stays_markup_and_text_stays_text(text: str) -> None:
    message = flashed(text)
    assert isinstance(message, Markup) is isinstance(text, Markup)
    assert type(message.message) is type(text)
    assert escape(message) == escape(text)


@both
@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{{ m.message }} {{ m['message'] }}", "{0} {0}"),
        ("{{ m.category }} {{ m['category'] }}", "error error"),
        ("{{ m.link }} {{ m['link'] }} {{ m.data.link }}", "/undo /undo /undo"),
        ("{{ m.id }}", "5"),
        ("{{ m.nothing }}|{{ m['nothing'] }}", "|"),
        ("{{ m.nothing is defined }} {{ m.link is defined }}", "False True"),
    ],
)
def test_a_template_takes_it_for_a_mapping_too(text: str, template: str, expected: str) -> None:
    message = flashed(text, "error", link="/undo", id=5)
    assert jinja.from_string(template).render(m=message) == expected.format(escape(text))


@pytest.mark.parametrize("text", ["OK", "a", "Saved", Markup("OK")])
def test_67_it_cannot_be_unpacked_whatever_its_length(text: str) -> None:
    message = flashed(text)
    told = "with_categories=True|too many values to unpack|not enough values to unpack"
    with pytest.raises((TypeError, ValueError), match=told):
        _category, _text = message
    with pytest.raises((TypeError, ValueError), match=told):
        jinja.from_string("{% for c, m in messages %}{{ m }}{% endfor %}").render(
            messages=[message]
        )


COPIES: list[Any] = [
    copy.copy,
    copy.deepcopy,
    *(lambda it, p=p: pickle.loads(pickle.dumps(it, p)) for p in range(2, 6)),
]


@both
@pytest.mark.parametrize("copied", COPIES)
def test_it_can_be_copied_and_pickled(text: str, copied: Callable[[Any], Any]) -> None:
    message = flashed(text, "error", link=["/undo"], cls="x")
    again = copied(message)
    assert type(again) is type(message)
    assert dict(again) == dict(message)
    assert again.message == message.message


@pytest.mark.parametrize("copied", COPIES)
def test_a_form_can_be_copied_and_pickled(copied: Callable[[Any], Any]) -> None:
    form = FlashedForm.from_stored({"tag": ["a", "b"], "name": ["Zoë"]}, {"name": ["Taken"]})
    again = copied(form)
    assert again == form
    assert again.getall("tag") == ["a", "b"]
    assert again.error("name") == "Taken"


@both
def test_60_it_keeps_its_text_and_kind_when_it_is_flashed_again(text: str) -> None:
    message = flashed(flashed(text))
    assert message == text
    assert escape(message) == escape(text)


def test_60_a_str_enum_is_its_value() -> None:
    class Text(str, Enum):
        SAVED = "Saved"

    message = flashed(Text.SAVED, Text.SAVED)
    assert (str(message), type(message.message), message.category) == ("Saved", str, "Saved")


def test_a_lazy_translation_is_resolved_when_it_is_flashed() -> None:
    language = ["en"]

    class Lazy:
        def __str__(self) -> str:
            return {"en": "Saved", "de": "Gesichert"}[language[0]]

    bag = Flashbag()
    bag.flash(Lazy())
    language[0] = "de"
    assert bag.get_flashed_messages() == ["Saved"]


@pytest.mark.parametrize(
    "message",
    [
        ("danger", "text"),
        ["text"],
        {"text"},
        {"text": 1},
        b"text",
        bytearray(b"t"),
        None,
        frozenset(),
    ],
)
def test_67_what_is_no_text_is_refused_with_the_right_call(message: object) -> None:
    with pytest.raises(TypeError, match=r"write flash\(request, text, category\)") as caught:
        Flashbag().flash(message)
    assert f"of type {type(message).__name__}" in str(caught.value)


FILTERS = ["first", "list", "join('-')", "last", "sort", "unique|list", "batch(2)|list", "max"]


@both
@pytest.mark.parametrize("name", [*FILTERS, "upper", "wordcount", "urlize", "center(20)", "tojson"])
def test_a_filter_makes_of_it_what_it_makes_of_its_text(text: str, name: str) -> None:
    template = jinja.from_string(f"{{{{ m | {name} }}}}")
    assert template.render(m=flashed(text)) == template.render(m=text)
