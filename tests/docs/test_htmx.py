"""docs/htmx.rst: JSON shows a message, and a redirect of htmx leaves it pending."""

from __future__ import annotations

import re

from .conftest import Serve, see, send

PAGE = "docs/htmx.rst"


async def test_json_shows_a_message_and_hx_redirect_leaves_it_pending(
    serve: Serve,
) -> None:
    client = await serve(get="fragment", post="like buy")
    shown = await (await send(client, "/like")).json()
    assert shown == {"messages": [{"message": "You like this.", "category": "success"}]}
    response = await send(client, "/buy")
    assert response.headers["HX-Redirect"] == "/orders"
    fragment = await see(client, "/fragment")
    message = r'<p data-turbo-temporary data-flash-id="\w+">Thank you for your order.</p>'
    assert re.search(message, fragment)
    assert "You like this." not in fragment
    assert "<p" not in await see(client, "/fragment")


async def test_messages_that_no_fragment_holds_stay_pending_for_the_script(serve: Serve) -> None:
    client = await serve(get="fragment", post="save_note refuse_note")
    saved = await send(client, "/save_note")
    assert await saved.text() == "Saved."
    assert (await send(client, "/refuse_note")).status == 204
    fragment = await see(client, "/fragment")
    assert re.findall(">([^<]+)</p>", fragment) == ["The note is saved.", "The note is too short."]
