"""Values, from the request that sends them to the page that reads them."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from aiohttp import web
from aiohttp_session import AbstractStorage
from support.apps import (
    ERROR,
    FLASHBAG_ROUTES,
    Action,
    AiohttpClient,
    Answer,
    Start,
    answer_of,
    does,
    read,
    session_app,
    set_values,
    values_page,
)

from aiohttp_flashbag import flashbag_append, flashbag_get, flashbag_replace_all, flashbag_set

set_error = partial(flashbag_set, key="error", value=ERROR)
append_error = partial(flashbag_append, key="error", value=ERROR)
replace_all = partial(flashbag_replace_all, value={"error": ERROR})
no_mapping: Any = ["no mapping"]
to_the_form = partial(web.HTTPSeeOther, "/values?error")

each_verb = pytest.mark.parametrize(
    ("send", "seen"),
    [
        pytest.param(set_error, ERROR, id="set"),
        pytest.param(append_error, [ERROR], id="append"),
        pytest.param(replace_all, ERROR, id="replace_all"),
    ],
)


@each_verb
@pytest.mark.parametrize("answer", [web.Response, web.HTTPBadRequest, web.HTTPNotFound])
async def test_b6_a_value_is_read_on_the_next_page_and_gone_on_the_one_after(
    start: Start, send: Action, seen: Any, answer: Answer
) -> None:
    client = await start(web.post("/", does(send, answer=answer)))
    response = await client.post("/")
    assert response.status == getattr(answer, "status_code", 200)
    assert await read(client) == seen
    assert await read(client) is None


@each_verb
async def test_b6_a_value_is_read_where_a_raised_redirect_leads(
    start: Start, send: Action, seen: Any
) -> None:
    client = await start(web.post("/", does(send, answer=to_the_form)))
    assert await answer_of(await client.post("/")) == {"error": seen}
    assert await read(client) is None


@pytest.mark.filterwarnings("ignore:returning HTTPException object is deprecated")
async def test_b6_a_value_is_read_where_a_returned_redirect_leads(start: Start) -> None:
    async def form(request: web.Request) -> web.Response:
        set_error(request)
        return to_the_form()

    client = await start(web.post("/", form))
    assert await answer_of(await client.post("/")) == {"error": ERROR}
    assert await read(client) is None


async def test_v1_a_value_cannot_be_read_by_the_request_that_set_it(start: Start) -> None:
    async def form(request: web.Request) -> web.Response:
        set_error(request)
        return await values_page(request)

    client = await start(web.post("/", form))
    assert await answer_of(await client.post("/?error")) == {"error": None}
    assert await read(client) == ERROR


async def test_v2_reading_uses_up_that_value_only_and_can_be_repeated_in_its_request(
    start: Start,
) -> None:
    seen: list[str] = []

    def look_twice(request: web.Request) -> None:
        seen.extend(flashbag_get(request, "error", "nothing") for _ in range(2))

    hop = does(look_twice, answer=partial(web.HTTPFound, "/values?error&name"))
    client = await start(web.get("/", hop))
    await client.post("/set", params={"error": ERROR, "name": "Zoë"})
    assert await answer_of(await client.get("/")) == {"error": None, "name": "Zoë"}
    assert seen == [ERROR, ERROR]


async def test_append_adds_to_the_list_that_this_request_set(start: Start) -> None:
    set_list = partial(flashbag_set, key="errors", value=["one"])
    append = partial(flashbag_append, key="errors", value="two")
    client = await start(web.post("/", does(set_list, append)))
    await client.post("/")
    assert await read(client, "errors") == ["one", "two"]


async def test_append_does_not_add_to_a_list_that_waits(start: Start) -> None:
    client = await start(web.post("/", does(append_error)))
    await client.post("/")
    await client.post("/")
    assert await read(client) == [ERROR]


async def test_replace_all_leaves_nothing_else_for_the_next_request(start: Start) -> None:
    replace = does(set_values, partial(flashbag_replace_all, value={"name": "Zoë"}))
    client = await start(web.post("/", replace))
    await client.post("/set", params={"waiting": "since before"})
    # No page view, which would have used up what waits.
    await client.post("/", params={"error": ERROR}, headers={"Sec-Fetch-Dest": "empty"})
    page = await client.get("/values?waiting&error&name")
    assert await answer_of(page) == {"waiting": None, "error": None, "name": "Zoë"}


@pytest.mark.parametrize("misuse", [append_error, partial(flashbag_replace_all, value=no_mapping)])
async def test_a_value_of_the_wrong_type_is_a_mistake_and_answers_500(
    start: Start, misuse: Action, caplog: pytest.LogCaptureFixture
) -> None:
    client = await start(web.post("/", does(set_values, misuse)))
    response = await client.post("/", params={"error": "no list"})
    assert response.status == 500
    assert "ValueError" in caplog.text


async def test_without_the_middleware_the_answer_is_500(
    aiohttp_client: AiohttpClient, storage: AbstractStorage, caplog: pytest.LogCaptureFixture
) -> None:
    client = await aiohttp_client(session_app(storage, *FLASHBAG_ROUTES))
    assert (await client.get("/values?error")).status == 500
    assert "RuntimeError" in caplog.text
