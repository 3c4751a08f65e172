"""install_flashbag and sent: a handler tested with a mocked request."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from markupsafe import Markup
from support.apps import Action

from aiohttp_flashbag import (
    FlashKey,
    flash,
    flash_form,
    flash_redirect,
    flashbag_get,
    flashbag_set,
    flashed_form,
    get_flashbag,
    get_flashed_messages,
)
from aiohttp_flashbag.testing import Flashes, install_flashbag, sent

ERROR = FlashKey("error", str)
FORMS: dict[str, Any] = {
    "login": {"data": {"user": "Zoë"}, "errors": {"user": "Unknown"}},
    "sign_up": {"errors": {"user": "Taken"}},
}


@pytest.fixture
def request_() -> web.Request:
    return make_mocked_request("POST", "/articles")


def test_a_handler_reads_installed_flashes(request_: web.Request) -> None:
    half = {"message": Markup("<b>Half</b>"), "category": "info", "link": "/half"}
    install_flashbag(
        request_,
        values={ERROR: "Taken", "point": (1, 2)},
        messages=["Saved", half],
        form={"name": "Zoë", "password": "s3cret"},
        errors={"password": "Wrong"},
        forms=FORMS,
    )
    assert (flashbag_get(request_, "error"), flashbag_get(request_, "point")) == ("Taken", [1, 2])
    messages = get_flashed_messages(request_)
    assert list(map(dict, messages)) == [{"message": "Saved", "category": "success"}, half]
    assert type(messages[1].message) is Markup
    form = flashed_form(request_)
    assert (form.get("name"), form.get("password"), form.error("password")) == ("Zoë", "", "Wrong")
    assert flashed_form(request_, "sign_up").error("user") == "Taken"
    assert not sent(request_)


async def test_sent_returns_the_flashes_that_a_handler_added(request_: web.Request) -> None:
    async def save(request: web.Request) -> web.Response:
        flashbag_set(request, ERROR, "Taken")
        flash(request, "Not saved", "error", link="/help")
        flash_form(request, {"name": "Zoë"}, {"name": "Taken"})
        flash_form(request, **FORMS["login"], name="login")
        raise flash_redirect(request, "/articles", "Come back", "info")

    install_flashbag(request_, values={"old": 1}, messages=["Old"], forms=FORMS)
    with pytest.raises(web.HTTPSeeOther):
        await save(request_)
    found = sent(request_)
    assert found.values == {"error": "Taken"} == {ERROR: "Taken"}
    assert found.texts == ["Not saved", "Come back"]
    assert dict(found.messages[0]) == {"message": "Not saved", "category": "error", "link": "/help"}
    assert (found.form.get("name"), found.form.error("name")) == ("Zoë", "Taken")
    assert [*found.forms] == ["login"]
    assert found.forms["login"].get("user") == "Zoë"
    assert sent(request_) == found


@pytest.mark.parametrize(
    "action",
    [
        partial(flashbag_set, key="error", value=None),
        partial(flash, message=""),
        partial(flash_form, data={"name": ""}),
        partial(flash_form, data={}, errors={"name": "Taken"}),
        partial(flash_form, data={"name": ""}, name="login"),
    ],
    ids=["value", "message", "data", "errors", "form with a name"],
)
def test_flashes_are_false_only_if_there_are_none(request_: web.Request, action: Action) -> None:
    install_flashbag(request_, values={"error": "Taken"})
    flash_form(request_, {}, name="empty")
    assert not sent(request_)
    assert sent(request_) == Flashes()
    action(request_)
    assert sent(request_)
    assert sent(request_) != Flashes()


def test_flashes_with_different_forms_are_not_equal() -> None:
    found = []
    for forms in (FORMS, {"login": FORMS["login"]}, {"sign_up": FORMS["login"]}, {}):
        install_flashbag(request := make_mocked_request("POST", "/"))
        for name, form in forms.items():
            flash_form(request, **{"data": {}, **form}, name=name)
        assert sent(request) == sent(request)
        found.append(sent(request))
    for number, flashes in enumerate(found):
        assert flashes not in found[:number]
    assert "forms={'login': <FlashedForm data=['user'] errors=['user']>}" in repr(found[1])


def test_install_flashbag_replaces_the_flashbag_of_the_request(request_: web.Request) -> None:
    install_flashbag(request_, values={"error": "Taken"})
    flash(request_, "Saved")
    bag = install_flashbag(request_, values={"name": "Zoë"})
    assert bag is get_flashbag(request_)
    assert (len(bag), flashbag_get(request_, "error"), bag.get("name")) == (1, None, "Zoë")
    assert not sent(request_)


@pytest.mark.parametrize(
    ("flashed", "wrong"),
    [
        ({"values": {"error": {1}}}, "value 'error' cannot be stored"),
        ({"values": {5: "x"}}, "flashbag key .*5"),
        ({"messages": "Saved"}, "a list of messages, not .*'Saved'"),
        ({"messages": [{"message": "Saved", "category": 5}]}, "category of a flash message"),
        ({"messages": [("Saved", "error")]}, "flash message .* of type tuple"),
        ({"errors": "Required"}, "errors of a form"),
        ({"forms": {5: {}}}, "name of a form .*5"),
        ({"forms": {"login": {"name": "x"}}}, r"\{'data': ..., 'errors': ...\}"),
        ({"forms": {"login": "Zoë"}}, r"\{'data': ..., 'errors': ...\}"),
        ({"forms": {"login": ({}, {})}}, r"\{'data': ..., 'errors': ...\}"),
    ],
)
def test_install_flashbag_refuses_what_a_handler_could_not_flash(
    request_: web.Request, flashed: Any, wrong: str
) -> None:
    with pytest.raises(TypeError, match=wrong):
        install_flashbag(request_, **flashed)
