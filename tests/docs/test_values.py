"""docs/values.rst: errors of a form, a wizard, a form that is rendered again, typed keys."""

from __future__ import annotations

from .conftest import Serve, see, send

PAGE = "docs/values.rst"


async def test_a_refused_form_shows_its_error_and_its_input(serve: Serve) -> None:
    client = await serve(get="show_form", post="send_form")
    await send(client, "/send_form", email="nobody")
    assert await see(client, "/show_form") == {
        "errors": ["Please enter a valid e-mail address."],
        "email": "nobody",
    }
    assert await see(client, "/show_form") == {"errors": [], "email": ""}
    accepted = await send(client, "/send_form", email="zoe@example.org")
    assert accepted.headers["Location"] == "/thanks"


async def test_the_step_of_the_wizard_survives_a_reload(serve: Serve) -> None:
    client = await serve(get="wizard", post="next_step")
    assert await see(client, "/wizard") == {"step": 1}
    assert (await send(client, "/next_step")).headers["Location"] == "/wizard"
    assert await see(client, "/wizard") == await see(client, "/wizard") == {"step": 2}
    await send(client, "/next_step")
    assert await see(client, "/wizard") == {"step": 3}


async def test_values_for_now_are_not_in_a_later_request(serve: Serve) -> None:
    client = await serve(get="render_again show_form")
    shown = await see(client, "/render_again")
    assert shown == {"errors": ["Please enter a valid e-mail address."], "email": ""}
    assert await see(client, "/show_form") == {"errors": [], "email": ""}


async def test_a_value_that_cannot_be_stored_is_refused_at_the_call(serve: Serve) -> None:
    client = await serve(get="set_object")
    assert "value 'when'" in await see(client, "/set_object")


async def test_typed_keys_carry_an_address_and_its_errors(serve: Serve) -> None:
    client = await serve(get="show_address", post="send_address")
    assert (await send(client, "/send_address")).headers["Location"] == "/address"
    shown = await see(client, "/show_address")
    assert shown == {"errors": ["Please enter a valid e-mail address."], "email": "nobody"}
