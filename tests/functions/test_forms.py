"""A refused form: the next page shows it with its data and errors, once."""

from __future__ import annotations

import copy
import json
import pickle
from enum import Enum
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from multidict import MultiDict
from support.apps import Client, Start, answer_of, does, json_page

from aiohttp_flashbag import (
    FlashedForm,
    flash_form,
    flashbag_peek,
    flashed_form,
)
from aiohttp_flashbag.testing import install_flashbag, sent

FETCH = {"Sec-Fetch-Dest": "empty"}


@pytest.fixture
def request_() -> web.Request:
    install_flashbag(request := make_mocked_request("GET", "/"))
    return request


async def refuse(request: web.Request) -> web.Response:
    """Redirect to the form with the posted data."""
    form = await request.post()
    flash_form(request, form, {"name": "Taken"})
    for field in form.values():
        if isinstance(field, web.FileField):
            field.file.close()  # older versions of aiohttp leave it open, with a warning
    raise web.HTTPSeeOther("/form")


async def form_page(request: web.Request) -> web.Response:
    form = flashed_form(request)
    return json_page({"data": list(form.data.items()), "errors": form.errors})


def refused(request: web.Request) -> None:
    """Flash a form with each name in the query string, and with that error."""
    for name, error in request.query.items():
        flash_form(request, {"from": name}, {"from": error}, name=name)


async def forms_page(request: web.Request) -> web.Response:
    """The errors of the forms named in the query string."""
    return json_page({name: flashed_form(request, name).error("from") for name in request.query})


REFUSE, FORMS = web.post("/", does(refused)), web.get("/", forms_page)


async def errors_at(client: Client, path: str) -> Any:
    """Fetch the errors of these forms. A fetch is not a page view, so others stay pending."""
    return await answer_of(await client.get(path, headers=FETCH))


# Stories


async def test_a_refused_form_is_on_the_next_page_once(start: Start) -> None:
    with aiohttp.MultipartWriter("form-data") as form:
        for name, content in (
            ("name", "Zoë"),
            ("colour", "red"),
            ("new-password", "s3cret"),
            ("drawing", b"PNG"),
            ("colour", "blue"),
        ):
            form.append(content).set_content_disposition("form-data", name=name)
        photo = form.append(b"PNG")
        photo.set_content_disposition("form-data", name="photo", filename="zoe.png")
    client = await start(web.post("/form", refuse), web.get("/form", form_page))
    assert await answer_of(await client.post("/form", data=form)) == {
        "data": [["name", "Zoë"], ["colour", "red"], ["colour", "blue"]],
        "errors": {"name": ["Taken"]},
    }
    assert await answer_of(await client.get("/form")) == {"data": [], "errors": {}}


async def test_73_each_form_of_a_page_is_read_on_its_own(start: Start) -> None:
    client = await start(REFUSE, FORMS)
    await client.post("/?login=Wrong&sign_up=Short&=Bare")
    assert await errors_at(client, "/?login") == {"login": "Wrong"}
    assert await errors_at(client, "/?login") == {"login": ""}  # reading consumed it (V2)
    found = await answer_of(await client.get("/?search&="))
    assert found == {"search": "", "": "Bare"}
    assert await errors_at(client, "/?sign_up") == {"sign_up": ""}  # the page dropped it (V3)


# One request


def test_v2_reading_again_returns_the_form_again(request_: web.Request) -> None:
    install_flashbag(request_, form={"name": "Zoë"}, errors={"name": "Taken"})
    first = flashed_form(request_)
    first.errors["name"].append("late")
    second = flashed_form(request_)
    assert second.data == first.data == MultiDict(name="Zoë")
    assert second.errors == {"name": ["Taken"]}


class Form(str, Enum):
    LOGIN = "login"


def test_each_name_has_a_form_of_its_own(request_: web.Request) -> None:
    names = ["errors", "_errors", ":", "a", "a:b", "aiohttp_flashbag_form", "\ud800", Form.LOGIN]
    install_flashbag(request_, forms={name: {"data": {"name": name}} for name in names})
    assert not flashed_form(request_)
    found = [flashed_form(request_, name).get("name") for name in [*names[:-1], "login"]]
    assert found == [*names[:-2], "\ufffd", "login"]


@pytest.mark.parametrize(
    "call",
    [
        pytest.param(lambda it, name: flash_form(it, {}, name=name), id="flash_form"),
        pytest.param(lambda it, name: flashed_form(it, name), id="flashed_form"),
    ],
)
@pytest.mark.parametrize("name", [None, 5, b"login", ["login"], {"name": "Zoë"}])
def test_the_name_of_a_form_must_be_a_str(request_: web.Request, call: Any, name: object) -> None:
    with pytest.raises(TypeError, match="name of a form") as caught:
        call(request_, name)
    assert repr(name) in str(caught.value)
    assert 'flash_form(request, data, errors, name="login")' in str(caught.value)
    assert 'flashed_form(request, "login")' in str(caught.value)


# The stored value is internal, but a forged or old session can hold anything under its key.
KEY = "aiohttp_flashbag_form"


@pytest.mark.parametrize("wrong", [None, 5, "name", ["name"], [["name", "Zoë"]], {"name": 5}])
def test_b7_a_stored_form_of_a_wrong_shape_counts_as_empty(
    request_: web.Request, wrong: object
) -> None:
    install_flashbag(request_, values={KEY: wrong})
    assert not flashed_form(request_)


def test_b7_a_stored_field_of_a_wrong_shape_does_not_affect_others(request_: web.Request) -> None:
    install_flashbag(request_, form={"name": "Ann", "email": "@"})
    stored = json.dumps(flashbag_peek(request_, KEY))
    install_flashbag(request_, values={KEY: json.loads(stored.replace('"Ann"', "5"))})
    assert flashed_form(request_).data == {"email": "@"}


# The flashed form


@pytest.fixture
def form(request_: web.Request) -> FlashedForm:
    errors = {"name": ["Taken", "Short"], "password": ["Wrong"]}
    flash_form(request_, {"name": "Zoë", "colour": ["red", "blue"]}, errors)
    return sent(request_).form


def test_a_form_returns_fields_and_errors_by_name(form: FlashedForm) -> None:
    assert (form.get("name"), form.get("colour"), form.get("email")) == ("Zoë", "red", "")
    assert form.get("email", "@") == "@"
    assert (form.getall("colour"), form.getall("email")) == (["red", "blue"], [])
    assert [form.error(name) for name in ("name", "password", "colour")] == ["Taken", "Wrong", ""]
    assert form.errors["name"] == ["Taken", "Short"]


@pytest.mark.parametrize(
    ("data", "errors", "is_true"),
    [({}, {}, False), ({"name": ""}, {}, True), ({}, {"name": "Taken"}, True)],
)
def test_a_form_is_true_if_something_was_flashed(
    request_: web.Request, data: Any, errors: Any, is_true: bool
) -> None:
    flash_form(request_, data, errors)
    assert bool(sent(request_).form) is is_true


def test_a_repr_shows_names_only_and_a_form_cannot_be_changed(form: FlashedForm) -> None:
    assert repr(form) == "<FlashedForm data=['name', 'colour'] errors=['name', 'password']>"
    with pytest.raises(TypeError):
        form.data["name"] = "x"  # type: ignore[index]
    with pytest.raises(AttributeError):
        form.data = form.data  # type: ignore[misc]


def test_a_form_can_be_copied_and_pickled(form: FlashedForm) -> None:
    pickled = [pickle.loads(pickle.dumps(form, protocol)) for protocol in range(2, 6)]
    for again in (copy.copy(form), copy.deepcopy(form), *pickled):
        assert again == form
        assert (again.getall("colour"), again.error("name")) == (["red", "blue"], "Taken")
