"""docs/forms.rst: a refused form is filled in again, without its secret fields."""

from __future__ import annotations

from typing import Any

import jinja2
import pytest
from aiohttp import web

from aiohttp_flashbag import flashed_form

from .conftest import Serve, see, send
from .pages import README, block

PAGE = "docs/forms.rst"


@pytest.fixture
def templates(page: str) -> Any:
    return jinja2.DictLoader({"sign_up.html": block(page, "html+jinja", "form.get")})


@pytest.mark.parametrize("page", [PAGE, README], indirect=True)
async def test_a_refused_form_keeps_its_fields_but_not_the_password(
    serve: Serve, templates: Any
) -> None:
    client = await serve(get="show_sign_up", post="sign_up", templates=templates)
    await send(client, "/sign_up", email='"me"', password="hunter2")
    page = await see(client, "/show_sign_up")
    assert 'value="&#34;me&#34;"' in page
    assert "10 characters" in page
    assert "hunter2" not in page
    assert "me&#34;" not in await see(client, "/show_sign_up")


async def test_errors_are_read_aloud_with_their_field_and_a_box_stays_checked(
    serve: Serve, templates: Any
) -> None:
    client = await serve(get="show_sign_up", post="sign_up", templates=templates)
    await send(client, "/sign_up", email="me", news="weekly")
    page = await see(client, "/show_sign_up")
    assert 'aria-describedby="email-error" aria-invalid="true">' in page
    assert '<span id="email-error">Please enter a valid e-mail address.</span>' in page
    assert 'value="weekly" checked>' in page
    page = await see(client, "/show_sign_up")
    assert not {"aria-invalid", "checked"} & {*page.replace("=", " ").replace(">", " ").split()}


async def test_an_accepted_form_is_not_flashed(serve: Serve, templates: Any) -> None:
    client = await serve(get="show_sign_up", post="sign_up", templates=templates)
    sent = await send(client, "/sign_up", email="a@b", password="long and wide")
    assert sent.headers["Location"] == "/articles"
    assert "a@b" not in await see(client, "/show_sign_up")


async def test_two_forms_on_a_page_show_their_own_errors(serve: Serve) -> None:
    client = await serve(get="welcome", post="log_in subscribe")
    await send(client, "/log_in", email="nobody")
    assert await see(client, "/welcome") == {"login": "This address is not registered.", "news": ""}
    await send(client, "/subscribe", email="nobody")
    assert await see(client, "/welcome") == {
        "login": "",
        "news": "Please enter a valid e-mail address.",
    }


async def test_more_fields_can_be_left_out(serve: Serve, names: dict[str, Any]) -> None:
    async def fields(request: web.Request) -> web.Response:
        return web.json_response([*flashed_form(request).data])

    names["fields"] = fields
    client = await serve(get="fields", post="donate")
    await send(client, "/donate", iban="DE00 1234", email="zoe", pin="99")
    assert await see(client, "/fields") == ["email"]


async def test_a_form_library_validates_and_the_form_is_flashed(
    serve: Serve, templates: Any, names: dict[str, Any]
) -> None:
    assert names["AddressForm"]({"email": "a@b"}).validate()
    client = await serve(get="show_sign_up", post="save_address", templates=templates)
    await send(client, "/save_address", email="nowhere")
    assert "Invalid address." in await see(client, "/show_sign_up")
    accepted = await send(client, "/save_address", email="a@b")
    assert accepted.headers["Location"] == "/articles"
