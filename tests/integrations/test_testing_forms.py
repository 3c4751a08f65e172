"""The helpers for tests, with forms that have names: seeded, seen, compared."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from support.apps import does
from support.recording import Recorded, app_of, recorded

from aiohttp_flashbag import flash_form, flashed_form
from aiohttp_flashbag.testing import Flashes, install_flashbag, sent

__all__ = ["app_of", "recorded"]  # fixtures

LOGIN = partial(flash_form, data={"user": "Zoë"}, errors={"user": "Unknown"}, name="login")
BARE = partial(flash_form, data={"user": "Bob"})
FORMS: dict[str, Any] = {
    "login": {"data": {"user": "Zoë"}, "errors": {"user": "Unknown"}},
    "sign_up": {"errors": {"user": "Taken"}},
}
show_login = partial(flashed_form, name="login")


async def test_a_form_with_a_name_is_seen_under_it(recorded: Recorded) -> None:
    client, flashes = await recorded(
        web.post("/", does(LOGIN, BARE)), web.get("/", does(show_login))
    )
    await client.post("/")
    for seen in (flashes.flashed, await flashes.pending(client)):
        assert seen.form.get("user") == "Bob"
        assert list(seen.forms) == ["login"]
        assert seen.forms["login"].get("user") == "Zoë"
        assert seen.forms["login"].error("user") == "Unknown"
        assert seen.values == {}
    await client.get("/")
    assert list(flashes.shown.forms) == ["login"]
    assert not flashes.shown.form
    assert not await flashes.pending(client)


async def test_forms_with_names_are_seeded_as_if_a_handler_had_flashed_them(
    recorded: Recorded,
) -> None:
    client, flashes = await recorded(web.get("/", does(show_login)))
    await flashes.seed(client, form={"user": "Bob"}, forms=FORMS)
    pending = await flashes.pending(client)
    assert pending.form.get("user") == "Bob"
    assert pending.forms["login"].get("user") == "Zoë"
    assert pending.forms["sign_up"].error("user") == "Taken"
    await client.get("/")
    assert flashes.shown.forms["login"] == pending.forms["login"]


async def test_forms_that_are_found_can_be_seeded(recorded: Recorded) -> None:
    client, flashes = await recorded(web.post("/", does(LOGIN)), web.get("/", does(show_login)))
    await client.post("/")
    await client.get("/")
    await flashes.seed(client, forms=flashes.flashed.forms)
    assert (await flashes.pending(client)).forms == flashes.flashed.forms


def test_forms_with_names_are_installed_and_sent() -> None:
    install_flashbag(request := make_mocked_request("POST", "/"), forms=FORMS)
    assert flashed_form(request, "sign_up").error("user") == "Taken"
    LOGIN(request)
    assert sent(request).forms["login"].get("user") == "Zoë"
    assert list(sent(request).forms) == ["login"]


def test_flashes_differ_where_a_form_with_a_name_differs() -> None:
    found = []
    for given in (FORMS, {"login": FORMS["login"]}, {"sign_up": FORMS["login"]}, {}):
        install_flashbag(request := make_mocked_request("POST", "/"))
        for name, form in given.items():
            flash_form(request, **{"data": {}, **form}, name=name)
        assert sent(request) == sent(request)
        found.append(sent(request))
    assert [flashes for flashes in found if flashes == found[0]] == found[:1]
    assert [bool(flashes) for flashes in found] == [True, True, True, False]
    assert found[1] != found[2]
    assert "forms={'login': <FlashedForm data=['user'] errors=['user']>}" in repr(found[1])


def test_a_form_without_anything_in_it_is_not_among_the_forms() -> None:
    install_flashbag(request := make_mocked_request("POST", "/"))
    flash_form(request, {}, name="login")
    assert sent(request) == Flashes()


@pytest.mark.parametrize("form", [{"user": "Zoë"}, {"name": "x"}, "Zoë", None, ({}, {})])
async def test_a_form_with_a_name_is_given_by_its_data_and_errors(
    recorded: Recorded, form: Any
) -> None:
    client, flashes = await recorded()
    with pytest.raises(TypeError, match=r"is given as \{'data': ..., 'errors': ...\}, not as "):
        await flashes.seed(client, forms={"login": form})
    assert not await flashes.pending(client)


async def test_a_name_that_is_no_str_is_refused_by_seed(recorded: Recorded) -> None:
    client, flashes = await recorded()
    with pytest.raises(TypeError, match="the name of a form is a str, not 5"):
        await flashes.seed(client, forms={5: {}})  # type: ignore[dict-item]
