"""flash_form accepts the errors of form libraries unchanged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from multidict import MultiDict
from support.apps import Start, answer_of, json_page

from aiohttp_flashbag import flash_form, flashed_form
from aiohttp_flashbag.testing import install_flashbag, sent

Errors = Mapping[str, list[str]]


def flashed(errors: Any) -> Errors:
    """Flash these errors, and return them as the next request receives them."""
    install_flashbag(request := make_mocked_request("POST", "/"))
    flash_form(request, {}, errors)
    return sent(request).form.errors


# WTForms


def person_form() -> Any:
    """Return a form with a nested form, a list of fields and a list of forms."""
    wtforms: Any = pytest.importorskip("wtforms")
    required = wtforms.validators.InputRequired("Required")

    class Address(wtforms.Form):  # type: ignore[misc]
        street = wtforms.StringField(validators=[required])

        def validate(self, extra_validators: Any = None) -> bool:
            is_valid: bool = super().validate(extra_validators)
            if self.street.data == "Nowhere":
                self.form_errors.append("Unknown address")
            return is_valid and not self.form_errors

    class Person(wtforms.Form):  # type: ignore[misc]
        name = wtforms.StringField(validators=[required])
        home = wtforms.FormField(Address)
        emails = wtforms.FieldList(
            wtforms.StringField(validators=[wtforms.validators.Length(3, message="Too short")]),
            validators=[wtforms.validators.Length(max=1, message="Too many")],
        )
        offices = wtforms.FieldList(wtforms.FormField(Address))

        def validate(self, extra_validators: Any = None) -> bool:
            super().validate(extra_validators)
            self.form_errors.append("Not saved")
            return False

    return Person


POSTED = MultiDict(
    {
        "home-street": "Nowhere",
        "emails-0": "ann@example.test",
        "emails-1": "@",
        "offices-0-street": "High Street",
        "offices-1-street": "",
        "offices-2-street": "Nowhere",
    }
)
OF_PERSON = {
    "": ["Not saved"],
    "name": ["Required"],
    "home": ["Unknown address"],
    "emails": ["Too many"],
    "emails.1": ["Too short"],
    "offices.1.street": ["Required"],
    "offices.2": ["Unknown address"],
}


@pytest.mark.parametrize("storage", ["encrypted"], indirect=True)
async def test_82_the_errors_of_wtforms_are_on_the_next_page(start: Start) -> None:
    make_form = person_form()

    async def save(request: web.Request) -> web.Response:
        post = await request.post()
        form = make_form(post)
        assert not form.validate()
        flash_form(request, post, form.errors)
        raise web.HTTPSeeOther("/form")

    async def form_page(request: web.Request) -> web.Response:
        form = flashed_form(request)
        return json_page([list(form.data.items()), form.errors])

    client = await start(web.post("/form", save), web.get("/form", form_page))
    data, errors = await answer_of(await client.post("/form", data=POSTED))
    assert data == [[name, text] for name, text in POSTED.items()]
    assert errors == OF_PERSON


def test_82_fields_of_wtforms_that_are_named_loc_and_msg_are_fields() -> None:
    wtforms: Any = pytest.importorskip("wtforms")
    required = wtforms.validators.InputRequired("Required")

    class Place(wtforms.Form):  # type: ignore[misc]
        loc = wtforms.StringField(validators=[required])
        msg = wtforms.StringField(validators=[required])

    class Places(wtforms.Form):  # type: ignore[misc]
        places = wtforms.FieldList(wtforms.FormField(Place))

    form = Places(MultiDict({"places-0-loc": "", "places-0-msg": ""}))
    assert not form.validate()
    assert flashed(form.errors) == {"places.0.loc": ["Required"], "places.0.msg": ["Required"]}


# marshmallow


@pytest.mark.parametrize(
    ("data", "many", "errors"),
    [
        (
            {"home": {}, "tags": [1, "x"], "offices": [{"street": "A"}, {"street": "Nowhere"}]},
            False,
            {
                "": ["Not saved"],
                "name": ["Required"],
                "home.street": ["Required"],
                "tags.1": ["Not a valid integer."],
                "offices.1": ["Unknown address"],
            },
        ),
        (
            [{"name": "Ann"}, {}, 5],
            True,
            {
                "0": ["Not saved"],
                "1": ["Not saved"],
                "1.name": ["Required"],
                "2": ["Invalid input type.", "Not saved"],
            },
        ),
    ],
    ids=["one", "many"],
)
def test_82_the_errors_of_marshmallow_are_named_by_their_place(
    data: Any, many: bool, errors: Errors
) -> None:
    pytest.importorskip("marshmallow")
    from marshmallow import Schema, ValidationError, fields, validates_schema

    required: dict[str, Any] = {"required": "Required"}

    class Address(Schema):
        street = fields.Str(required=True, error_messages=required)

        @validates_schema
        def check(self, data: Any, **options: Any) -> None:
            if data["street"] == "Nowhere":
                raise ValidationError("Unknown address")

    class Person(Schema):
        name = fields.Str(required=True, error_messages=required)
        home = fields.Nested(Address)
        tags = fields.List(fields.Int())
        offices = fields.List(fields.Nested(Address))

        @validates_schema(skip_on_field_errors=False)
        def check(self, data: Any, **options: Any) -> None:
            raise ValidationError("Not saved")

    with pytest.raises(ValidationError) as caught:
        Person(many=many).load(data)
    assert flashed(caught.value.messages) == errors


def test_82_the_errors_of_a_marshmallow_field_are_the_form_s() -> None:
    pytest.importorskip("marshmallow")
    from marshmallow import ValidationError

    error = ValidationError(["Not saved", "Try again"])
    assert flashed(error.messages) == {"": ["Not saved", "Try again"]}


# pydantic


@pytest.mark.parametrize(
    ("data", "errors"),
    [
        (
            {"pin": "s3cret", "tags": [1, "x"], "offices": [{"street": "A"}, {}]},
            {
                "pin": ["Input should be a valid integer"],
                "tags.1": ["Input should be a valid integer"],
                "home.street": ["Field required"],
                "offices.1.street": ["Field required"],
            },
        ),
        ({"offices": []}, {"": ["Value error, Not saved"]}),
    ],
    ids=["fields", "an empty loc"],
)
def test_82_the_errors_of_pydantic_are_named_by_loc(data: Any, errors: Errors) -> None:
    pytest.importorskip("pydantic", "2")
    from pydantic import BaseModel, StrictInt, ValidationError, model_validator

    class Address(BaseModel):
        street: str

    class Person(BaseModel):
        home: Address
        pin: StrictInt = 0
        tags: list[StrictInt] = []
        offices: list[Address]

        @model_validator(mode="before")
        @classmethod
        def check(cls, data: Any) -> Any:
            if not data["offices"]:
                raise ValueError("Not saved")
            return {"home": {}, **data}

    with pytest.raises(ValidationError) as caught:
        Person.model_validate(data)
    assert flashed(caught.value.errors()) == errors


# Django


@pytest.fixture(scope="module")
def django() -> Any:
    """The forms of Django, without a project."""
    forms = pytest.importorskip("django.forms")
    from django.conf import settings  # type: ignore[import-untyped]

    if not settings.configured:
        settings.configure(USE_I18N=False)
    return forms


def test_82_the_errors_of_a_django_form_and_of_formsets(django: Any) -> None:
    class Person(django.Form):  # type: ignore[misc]
        name = django.CharField(error_messages={"required": "Required"})

        def clean(self) -> None:
            raise django.ValidationError(["Not saved", "Try again"])

    assert flashed(Person({}).errors) == {"name": ["Required"], "": ["Not saved", "Try again"]}

    posted = {"form-TOTAL_FORMS": "2", "form-INITIAL_FORMS": "0", "form-0-name": "Ann"}
    people = django.formset_factory(Person, min_num=2, max_num=1, validate_max=True)(posted)
    of_people = {
        "0": ["Not saved", "Try again"],
        "1": ["Not saved", "Try again"],
        "1.name": ["Required"],
    }
    assert flashed(people.errors) == of_people
    assert flashed(people.non_form_errors()) == {"": ["Please submit at most 1 form."]}
    both = {"people": people.errors, None: people.non_form_errors()}
    assert flashed(both) == {
        **{f"people.{name}": texts for name, texts in of_people.items()},
        "": ["Please submit at most 1 form."],
    }


# Shapes


@pytest.mark.parametrize(
    ("errors", "texts"),
    [
        pytest.param({None: ["Wrong"]}, {"": ["Wrong"]}, id="WTForms before 3.3"),
        pytest.param({"": "Wrong"}, {"": ["Wrong"]}, id="empty name"),
        pytest.param({"": "Wrong", None: "No"}, {"": ["Wrong", "No"]}, id="both"),
        pytest.param({"None": "a", None: "b"}, {"None": ["a"], "": ["b"]}, id="a field None"),
        pytest.param({"home": {"": "Wrong"}}, {"home": ["Wrong"]}, id="nested empty name"),
        pytest.param({"home": {None: ["Wrong"]}}, {"home": ["Wrong"]}, id="nested None"),
        pytest.param({0: "Low", 1.5: "High"}, {"0": ["Low"], "1.5": ["High"]}, id="numbers"),
        pytest.param({"a": {"b": "1"}, "a.b": "2"}, {"a.b": ["1", "2"]}, id="the same path"),
        pytest.param({"a": [[], {}, ["1", "2"]]}, {"a.2": ["1", "2"]}, id="empty parts"),
        pytest.param({"a": {"b": ({"c": ("1",)},)}}, {"a.b.0.c": ["1"]}, id="tuples"),
        pytest.param([], {}, id="nothing"),
    ],
)
def test_82_nested_errors_are_named_by_their_path(errors: Any, texts: Errors) -> None:
    assert flashed(errors) == texts


def test_82_errors_may_be_nested_deeply() -> None:
    errors: Any = "Wrong"
    for _ in range(5000):
        errors = {"a": errors}
    assert flashed(errors) == {".".join("a" * 5000): ["Wrong"]}
