"""docs/htmx.rst: JSON shows a message, a redirect of htmx leaves it for the next page."""

from __future__ import annotations

import pytest

from .conftest import Serve, see, send

PAGE = "docs/htmx.rst"

pytestmark = pytest.mark.parametrize("storage", ["encrypted", "cookies"], indirect=True)


async def test_json_shows_a_message_and_hx_redirect_leaves_it_for_the_next_page(
    serve: Serve,
) -> None:
    client = await serve(get="fragment", post="like buy")
    shown = await (await send(client, "/like")).json()
    assert shown == {"messages": [{"message": "You like this.", "category": "success"}]}
    response = await send(client, "/buy")
    assert response.headers["HX-Redirect"] == "/orders"
    fragment = await see(client, "/fragment")
    assert "<p>Thank you for your order.</p>" in fragment
    assert "You like this." not in fragment
    assert "<p>" not in await see(client, "/fragment")
