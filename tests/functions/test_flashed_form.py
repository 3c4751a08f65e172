"""What a handler and a template find in a form that was flashed."""

from __future__ import annotations

import re
from typing import Any

import aiohttp_jinja2
import pytest
from aiohttp import web
from aiohttp_session import AbstractStorage
from multidict import MultiDict, MultiDictProxy
from support.apps import AiohttpClient, Start, does
from support.templating import template_app

from aiohttp_flashbag import FlashedForm, flash_form, flashbag_set, flashed_form
from aiohttp_flashbag.forms import DATA_KEY, ERRORS_KEY

FORM = FlashedForm(
    MultiDictProxy(MultiDict([("name", "Zoë"), ("colour", "red"), ("colour", "blue")])),
    {"name": ["Taken", "Short"], "password": ["Wrong"]},
)


@pytest.fixture
def storage(encrypted_storage: AbstractStorage) -> AbstractStorage:
    return encrypted_storage


async def test_b7_what_is_stored_in_a_wrong_shape_counts_as_empty(start: Start) -> None:
    def give(request: web.Request) -> None:
        flashbag_set(request, DATA_KEY, ["name"])
        flashbag_set(request, ERRORS_KEY, {"name": 5, "email": ["Taken"]})

    found: list[FlashedForm] = []
    look = does(lambda request: found.append(flashed_form(request)))
    client = await start(web.post("/", does(give)), web.get("/", look))
    await client.post("/")
    assert (await client.get("/")).status == 200
    assert found == [FlashedForm.from_stored({}, {"email": ["Taken"]})]


PAGE = """<form>{% if form %}<p>Please look again.</p>{% endif %}
<input name="name" value="{{ form.get("name", "nobody") }}">{{ form.error("name") }}
{% for colour in ("red", "green", "blue") -%}
<input type="checkbox" value="{{ colour }}"{{ " checked" if colour in form.getall("colour") }}>
{% endfor %}{{ form.errors.name | join(" ") }} {{ form.data.name }}</form>"""


async def test_a_template_takes_it_as_an_object(
    storage: AbstractStorage, aiohttp_client: AiohttpClient
) -> None:
    async def refuse(request: web.Request) -> web.Response:
        flash_form(request, await request.post(), {"name": "Taken"})
        raise web.HTTPSeeOther("/form")

    async def page(request: web.Request) -> web.Response:
        return aiohttp_jinja2.render_template("page", request, {"form": flashed_form(request)})

    app = template_app(storage, {"page": PAGE}, web.post("/form", refuse), web.get("/form", page))
    client = await aiohttp_client(app)
    response = await client.post("/form", data={"name": '"><b>', "colour": ["red", "blue"]})
    text = await response.text()
    assert 'value="&#34;&gt;&lt;b&gt;">Taken' in text
    assert "Please look again." in text
    assert re.findall(r'value="(\w+)" checked', text) == ["red", "blue"]
    text = await (await client.get("/form")).text()
    assert 'value="nobody">\n' in text
    assert "Please look again." not in text
    assert "checked" not in text


def test_a_field_is_asked_for_by_its_name() -> None:
    assert FORM.get("name") == "Zoë"
    assert FORM.get("colour") == "red"
    assert FORM.getall("colour") == ["red", "blue"]
    assert FORM.error("name") == "Taken"
    assert FORM.error("password") == "Wrong"


def test_a_field_that_was_not_sent_is_empty() -> None:
    assert FORM.get("email") == ""
    assert FORM.get("email", "@") == "@"
    assert FORM.getall("email") == []
    assert FORM.error("colour") == ""


@pytest.mark.parametrize(
    ("data", "errors", "holds"),
    [({}, {}, False), ({"name": [""]}, {}, True), ({}, {"name": ["Taken"]}, True)],
)
def test_a_form_is_false_if_nothing_was_flashed(data: Any, errors: Any, holds: bool) -> None:
    assert bool(FlashedForm.from_stored(data, errors)) is holds


def test_what_was_typed_is_in_no_repr() -> None:
    assert repr(FORM) == "<FlashedForm data=['name', 'colour'] errors=['name', 'password']>"


def test_the_data_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        FORM.data["name"] = "x"  # type: ignore[index]
    with pytest.raises(AttributeError):
        FORM.data = MultiDictProxy(MultiDict())  # type: ignore[misc]
