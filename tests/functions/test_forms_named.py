"""Several forms on one page, told apart by name: each is read alone (failure 73)."""

from __future__ import annotations

from enum import Enum
from functools import partial
from typing import Any

import aiohttp_jinja2
import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from aiohttp_session import AbstractStorage
from support.apps import Action, AiohttpClient, Client, Start, answer_of, does, json_page
from support.own_cookies import KEY, cookie_client
from support.templating import allow_processors, renders, template_app

from aiohttp_flashbag import (
    CookieTransport,
    flash_form,
    flashbag_clear,
    flashbag_get,
    flashbag_keep,
    flashed_form,
)
from aiohttp_flashbag.forms import form_keys
from aiohttp_flashbag.testing import install_flashbag

FETCH = {"Sec-Fetch-Dest": "empty"}
LONG = "x" * 5000
TAKEN = {"title": "Taken"}


class Form(str, Enum):
    LOGIN = "login"


def refused(request: web.Request) -> None:
    """Flash a form with each name in the query string, and with that error."""
    for name, error in request.query.items():
        flash_form(request, {"from": name}, {"from": error}, name=name)


async def forms_page(request: web.Request) -> web.Response:
    """The errors of the forms named in the query string."""
    return json_page({name: flashed_form(request, name).error("from") for name in request.query})


REFUSE, FORMS = web.post("/", does(refused)), web.get("/", forms_page)


async def errors_at(client: Client, path: str) -> Any:
    """The errors that a fetch finds, which is no page view: it consumes what it reads alone."""
    return await answer_of(await client.get(path, headers=FETCH))


async def test_73_the_errors_of_one_form_do_not_appear_in_another(start: Start) -> None:
    client = await start(REFUSE, FORMS)
    await client.post("/?login=Wrong")
    assert await answer_of(await client.get("/?login&sign_up")) == {"login": "Wrong", "sign_up": ""}


async def test_73_two_forms_arrive_side_by_side(start: Start) -> None:
    client = await start(REFUSE, FORMS)
    await client.post("/?login=Wrong&sign_up=Short")
    found = await answer_of(await client.get("/?sign_up&login"))
    assert found == {"login": "Wrong", "sign_up": "Short"}


async def test_a_form_without_a_name_is_one_beside_the_others(start: Start) -> None:
    def page(request: web.Request) -> None:
        assert flashed_form(request).error("from") == "Bare"
        assert flashed_form(request, "login").error("from") == "Wrong"

    bare = partial(flash_form, data={"from": ""}, errors={"from": "Bare"})
    client = await start(web.post("/", does(bare, refused)), web.get("/", does(page)))
    await client.post("/?login=Wrong")
    assert (await client.get("/")).status == 200


async def test_a_form_without_a_name_is_stored_under_the_keys_it_always_had(start: Start) -> None:
    async def page(request: web.Request) -> web.Response:
        keys = ("aiohttp_flashbag_form", "aiohttp_flashbag_form_errors")
        return json_page([flashbag_get(request, key) for key in keys])

    bare = partial(flash_form, data={"name": "Zoë"}, errors={"name": "Taken"})
    client = await start(web.post("/", does(bare)), web.get("/", page))
    await client.post("/")
    assert await answer_of(await client.get("/")) == [{"name": ["Zoë"]}, {"name": ["Taken"]}]


async def test_v2_reading_one_form_leaves_the_others_pending(start: Start) -> None:
    client = await start(REFUSE, FORMS)
    await client.post("/?login=Wrong&sign_up=Short")
    assert await errors_at(client, "/?login") == {"login": "Wrong"}
    assert await errors_at(client, "/?login") == {"login": ""}
    assert await errors_at(client, "/?sign_up") == {"sign_up": "Short"}
    assert await errors_at(client, "/?sign_up") == {"sign_up": ""}


async def test_v3_a_page_view_drops_the_form_that_nobody_read(start: Start) -> None:
    client = await start(REFUSE, FORMS)
    await client.post("/?login=Wrong&sign_up=Short")
    assert await answer_of(await client.get("/?login")) == {"login": "Wrong"}
    assert await errors_at(client, "/?sign_up") == {"sign_up": ""}


async def test_v4_all_forms_are_kept_with_the_other_values(start: Start) -> None:
    client = await start(REFUSE, FORMS, web.get("/keep", does(flashbag_keep)))
    await client.post("/?login=Wrong&sign_up=Short")
    assert (await client.get("/keep")).status == 200
    found = await answer_of(await client.get("/?login&sign_up"))
    assert found == {"login": "Wrong", "sign_up": "Short"}


async def test_clearing_drops_every_form(start: Start) -> None:
    client = await start(REFUSE, FORMS, web.post("/logout", does(refused, flashbag_clear)))
    await client.post("/?login=Wrong")
    await client.post("/logout?sign_up=Short")
    assert await answer_of(await client.get("/?login&sign_up")) == {"login": "", "sign_up": ""}


async def test_a_second_form_of_a_name_replaces_the_first_and_no_other(start: Start) -> None:
    client = await start(REFUSE, FORMS)
    await client.post("/?login=Wrong&sign_up=Short", headers=FETCH)
    await client.post("/?login=Locked", headers=FETCH)
    found = await answer_of(await client.get("/?login&sign_up"))
    assert found == {"login": "Locked", "sign_up": "Short"}


@pytest.mark.parametrize("call", ["flashed_form('login')", "flashed_form(name='login')"])
@pytest.mark.parametrize("given", ["", "request, ", "nowhere, "])
@allow_processors
async def test_a_template_asks_for_a_form_by_name(
    aiohttp_client: AiohttpClient, encrypted_storage: AbstractStorage, call: str, given: str
) -> None:
    call = call.replace("(", f"({given}")
    page = {"page.html": "{{ " + call + ".error('from') }} {{ flashed_form().error('from') }}"}
    processors = [aiohttp_jinja2.request_processor]
    routes = REFUSE, web.get("/", renders("page.html"))
    app = template_app(encrypted_storage, page, *routes, context_processors=processors)
    client = await aiohttp_client(app)
    await client.post("/?login=Wrong")
    assert (await (await client.get("/")).text()).strip() == "Wrong"


CALLS = [
    pytest.param(lambda it, name: flash_form(it, {}, name=name), id="flash_form"),
    pytest.param(lambda it, name: flashed_form(it, name), id="flashed_form"),
]


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("name", [None, 5, b"login", ["login"], {"name": "Zoë"}])
def test_a_name_that_is_no_str_is_refused_at_the_call(call: Any, name: object) -> None:
    install_flashbag(request := make_mocked_request("GET", "/"))
    with pytest.raises(TypeError) as caught:
        call(request, name)
    told = str(caught.value)
    assert told.startswith(f"the name of a form is a str, not {name!r} of type ")
    assert 'flash_form(request, data, errors, name="login")' in told
    assert 'flashed_form(request, "login")' in told


def test_a_name_counts_by_its_text() -> None:
    assert form_keys(Form.LOGIN) == form_keys("login")
    assert form_keys("\ud800") == form_keys("�")


def test_no_name_leads_to_the_keys_of_another() -> None:
    names = ["", "errors", "_errors", ":", "a", "a:b", "aiohttp_flashbag_form"]
    assert len({key for name in names for key in form_keys(name)}) == 2 * len(names)


def sends(*forms: Any) -> Action:
    """Flash these: pairs of a name and its data, each with an error."""

    def send(request: web.Request) -> None:
        for name, data in forms:
            flash_form(request, data, TAKEN, name=name)

    return send


async def both_pages(request: web.Request) -> web.Response:
    """What is left of the two forms."""
    forms = [flashed_form(request, name) for name in ("card", "address")]
    return json_page([[[*form.data], form.error("title")] for form in forms])


async def left_of(aiohttp_client: AiohttpClient, *forms: Any, max_bytes: int = 2500) -> Any:
    """What is left of these forms in own cookies."""
    routes = web.post("/", does(sends(*forms))), web.get("/", both_pages)
    transport = CookieTransport(KEY, max_bytes=max_bytes)
    client = await cookie_client(aiohttp_client, *routes, transport=transport)
    assert (await client.post("/")).status == 200
    return await answer_of(await client.get("/"))


async def test_a_form_that_is_too_large_is_named_in_the_log(
    aiohttp_client: AiohttpClient, caplog: pytest.LogCaptureFixture
) -> None:
    card, address = ("card", {"title": "x", "text": LONG}), ("address", {"street": "x"})
    found = await left_of(aiohttp_client, card, address)
    assert found == [[["title"], "Taken"], [["street"], "Taken"]]
    assert caplog.messages == [
        "the form 'card' of POST '/' is too large to travel: 1 of 2 fields left out, errors kept"
    ]


async def test_a_name_takes_room_too(
    aiohttp_client: AiohttpClient, caplog: pytest.LogCaptureFixture
) -> None:
    routes = web.post("/", does(sends((LONG, {"title": "x"})))), web.get("/", both_pages)
    client = await cookie_client(aiohttp_client, *routes)
    assert (await client.post("/")).status == 200
    (told,) = caplog.messages
    assert told.startswith(f"the form '{'x' * 79} of POST '/' is too large to travel: 1 of 1 ")


@pytest.mark.parametrize(
    ("first", "then", "left"),
    [
        ("card", "address", [[[], "Taken"], [["text"], "Taken"]]),
        ("address", "card", [[["text"], "Taken"], [[], "Taken"]]),
    ],
)
async def test_two_forms_that_are_too_large_together_are_named_in_the_log(
    aiohttp_client: AiohttpClient,
    caplog: pytest.LogCaptureFixture,
    first: str,
    then: str,
    left: object,
) -> None:
    text = {"text": "x" * 1000}
    assert await left_of(aiohttp_client, (first, text), (then, text)) == left
    assert caplog.messages == [
        f"the forms '{first}', '{then}' of POST '/' are too large to travel together: "
        "they make room in this order",
        "more than max_bytes=2500 of flashes are pending: the oldest 1 dropped",
    ]


async def test_two_forms_that_fit_together_are_not_logged(
    aiohttp_client: AiohttpClient, caplog: pytest.LogCaptureFixture
) -> None:
    text = {"text": "x" * 500}
    found = await left_of(aiohttp_client, ("card", text), ("address", text))
    assert found == [[["text"], "Taken"], [["text"], "Taken"]]
    assert caplog.messages == []


@pytest.mark.parametrize("storage", ["simple", "encrypted", "nacl"], indirect=True)
async def test_a_session_cookie_that_is_too_small_names_the_form_in_the_log(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    send = sends(("card", {"text": LONG}), ("address", {"street": "x"}))
    client = await start(web.post("/", does(send)), web.get("/", both_pages))
    assert (await client.post("/")).status == 200
    found = await answer_of(await client.get("/"))
    assert found == [[[], "Taken"], [["street"], "Taken"]]
    (told,) = caplog.messages
    assert "dropped from the flashbag value 'aiohttp_flashbag_form:card' of" in told
