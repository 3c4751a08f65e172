"""The form that was refused: what the next page finds of it."""

from __future__ import annotations

from functools import partial
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from multidict import MultiDict
from support.apps import Action, Client, Start, answer_of, does, json_page

from aiohttp_flashbag import (
    SECRET_FIELDS,
    flash,
    flash_form,
    flashbag_get,
    flashbag_keep,
    flashbag_set,
    flashed_form,
    get_flashed_messages,
)

NOTHING: dict[str, Any] = {"data": [], "errors": {}}


async def refuse(request: web.Request) -> web.Response:
    """Send the user back to the form with what was posted."""
    form = await request.post()
    flash_form(request, form, {"name": "Taken"})
    for field in form.values():
        if isinstance(field, web.FileField):
            field.file.close()  # older versions of aiohttp leave it open, with a warning
    raise web.HTTPSeeOther("/form")


async def form_page(request: web.Request) -> web.Response:
    """Everything that is known of the form."""
    form = flashed_form(request)
    return json_page({"data": list(form.data.items()), "errors": form.errors})


ROUTES = (web.post("/form", refuse), web.get("/form", form_page))


def flashes(*arguments: Any, **options: Any) -> Action:
    """Flash this form."""
    return lambda request: flash_form(request, *arguments, **options)


async def form_of(client: Client) -> Any:
    """What the next page view finds of the form, and so uses up."""
    return await answer_of(await client.get("/form"))


async def test_a_refused_form_is_on_the_next_page_once(start: Start) -> None:
    client = await start(*ROUTES)
    page = await client.post("/form", data={"name": "Zoë", "colour": ["red", "blue"]})
    assert await answer_of(page) == {
        "data": [["name", "Zoë"], ["colour", "red"], ["colour", "blue"]],
        "errors": {"name": ["Taken"]},
    }
    assert await form_of(client) == NOTHING


async def test_secrets_and_files_stay_behind(start: Start) -> None:
    with aiohttp.MultipartWriter("form-data") as form:
        for name, content in (("name", "Zoë"), ("new-password", "s3cret"), ("drawing", b"PNG")):
            form.append(content).set_content_disposition("form-data", name=name)
        photo = form.append(b"PNG")
        photo.set_content_disposition("form-data", name="photo", filename="zoe.png")
    client = await start(*ROUTES)
    page = await client.post("/form", data=form)
    assert (await answer_of(page))["data"] == [["name", "Zoë"]]


async def test_what_stays_behind_can_be_chosen(start: Start) -> None:
    form, exclude = {"name": "Zoë", "iban": "DE02", "pin": "1234"}, SECRET_FIELDS | {"iban"}
    client = await start(*ROUTES, web.post("/", does(flashes(form, exclude=exclude))))
    await client.post("/")
    assert await form_of(client) == {"data": [["name", "Zoë"]], "errors": {}}


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (({"name": "Zoë"},), {"data": [["name", "Zoë"]], "errors": {}}),
        (({}, {"name": ["Taken", "Short"]}), {"data": [], "errors": {"name": ["Taken", "Short"]}}),
        (({}, None), NOTHING),
    ],
    ids=["data", "errors", "neither"],
)
async def test_either_half_may_be_missing(start: Start, given: Any, found: object) -> None:
    client = await start(*ROUTES, web.post("/", does(flashes(*given))))
    await client.post("/")
    assert await form_of(client) == found


async def test_v2_read_twice_in_a_request_it_is_the_same(start: Start) -> None:
    async def page(request: web.Request) -> web.Response:
        first = flashed_form(request)
        first.errors["name"].append("late")
        second = flashed_form(request)
        assert second.data == first.data == MultiDict(name="Zoë")
        assert second.errors == {"name": ["Taken"]}
        return web.Response()

    client = await start(*ROUTES, web.get("/", page))
    await client.post("/form", data={"name": "Zoë"}, allow_redirects=False)
    assert (await client.get("/")).status == 200


async def test_v2_reading_uses_it_up_though_the_answer_is_no_page_view(start: Start) -> None:
    client = await start(*ROUTES, web.get("/", does(flashed_form, answer=web.HTTPNotFound)))
    await client.post("/form", data={"name": "Zoë"}, allow_redirects=False)
    assert (await client.get("/")).status == 404
    assert await form_of(client) == NOTHING


async def test_v3_a_redirect_leaves_it_alone_and_a_page_view_uses_it_up(start: Start) -> None:
    onward = partial(web.HTTPSeeOther, "/form")
    client = await start(*ROUTES, web.get("/onward", does(answer=onward)))
    await client.post("/form", data={"name": "Zoë"}, allow_redirects=False)
    page = await client.get("/onward")
    assert (await answer_of(page))["data"] == [["name", "Zoë"]]
    await client.post("/form", data={"name": "Zoë"}, allow_redirects=False)
    await client.get("/plain")
    assert await form_of(client) == NOTHING


async def test_v4_it_is_kept_with_the_other_values(start: Start) -> None:
    client = await start(*ROUTES, web.get("/", does(lambda request: flashbag_keep(request))))
    await client.post("/form", data={"name": "Zoë"}, allow_redirects=False)
    assert (await client.get("/")).status == 200
    assert await form_of(client) == {"data": [["name", "Zoë"]], "errors": {"name": ["Taken"]}}


async def test_a_second_form_takes_the_place_of_the_first_and_of_its_errors(start: Start) -> None:
    again = does(flashes({"email": "@"}), answer=partial(web.HTTPSeeOther, "/form"))
    client = await start(*ROUTES, web.post("/", again))
    await client.post("/form", data={"name": "Zoë"}, allow_redirects=False)
    page = await client.post("/")
    assert await answer_of(page) == {"data": [["email", "@"]], "errors": {}}


async def test_it_travels_beside_values_and_messages(start: Start) -> None:
    def give(request: web.Request) -> None:
        flash(request, "Not saved", "error")
        flash_form(request, {"name": "Zoë"})
        flashbag_set(request, "form", "x")

    async def page(request: web.Request) -> web.Response:
        texts = [message.message for message in get_flashed_messages(request)]
        return json_page([texts, flashed_form(request).get("name"), flashbag_get(request, "form")])

    client = await start(web.post("/", does(give)), web.get("/", page))
    await client.post("/")
    assert await answer_of(await client.get("/")) == [["Not saved"], "Zoë", "x"]


async def test_a_later_change_of_what_was_given_has_no_effect(start: Start) -> None:
    def give(request: web.Request) -> None:
        data, errors = {"colour": ["red"]}, {"colour": ["Taken"]}
        flash_form(request, data, errors)
        data["colour"].append("late")
        errors["colour"].append("late")

    client = await start(*ROUTES, web.post("/", does(give)))
    await client.post("/")
    assert await form_of(client) == {"data": [["colour", "red"]], "errors": {"colour": ["Taken"]}}
