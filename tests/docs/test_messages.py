"""docs/messages.rst: messages in order, their category and data, markup, no duplicates."""

from __future__ import annotations

import pytest

from .conftest import Serve, see, send
from .pages import README

PAGE = "docs/messages.rst"


@pytest.mark.parametrize("page", [PAGE, README], indirect=True)
async def test_messages_arrive_in_order_and_once(serve: Serve) -> None:
    client = await serve(get="articles", post="create delete")
    assert (await send(client, "/create")).status == 303
    assert (await send(client, "/delete")).headers["Location"] == "/articles"
    assert await see(client, "/articles") == [
        "Article created.",
        "It is not public yet.",
        "Article deleted.",
    ]
    assert await see(client, "/articles") == []


async def test_two_votes_flash_one_message(serve: Serve) -> None:
    client = await serve(get="articles", post="vote")
    await send(client, "/vote")
    await send(client, "/vote")
    assert await see(client, "/articles") == ["Your vote counts."]


async def test_problems_are_shown_as_pairs_and_the_rest_stays_pending(serve: Serve) -> None:
    client = await serve(get="articles problems", post="create delete")
    await send(client, "/create")
    await send(client, "/delete")
    assert await see(client, "/problems") == ["warning: Article deleted."]
    assert await see(client, "/articles") == ["Article created.", "It is not public yet."]


async def test_a_message_is_a_text_with_a_category_and_data(serve: Serve) -> None:
    client = await serve(get="newest", post="create")
    await send(client, "/create")
    assert await see(client, "/newest") == {
        "message": "It is not public yet.",
        "category": "info",
        "link": "/publish",
    }


async def test_markup_is_kept_and_its_arguments_are_escaped(serve: Serve) -> None:
    client = await serve(get="articles", post="rename")
    await send(client, "/rename", name="<script>")
    (shown,) = await see(client, "/articles")
    assert shown == '<a href="/users/1">&lt;script&gt;</a> was renamed.'
