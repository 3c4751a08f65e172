"""What a programmer can do wrong with a form, and what is said about it."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from support.apps import Action, Start, cookies, does

from aiohttp_flashbag import flash_form, flashed_form


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        ((None,), {}),
        (({"age": 5},), {}),
        (({}, ""), {}),
        (({}, {"name": None}), {}),
        (({},), {"exclude": "iban"}),
    ],
    ids=["data", "field", "errors", "error", "exclude"],
)
async def test_what_is_no_form_is_refused_at_the_call(
    start: Start, arguments: Any, options: Any
) -> None:
    def give(request: web.Request) -> None:
        with pytest.raises(TypeError):
            flash_form(request, *arguments, **options)

    client = await start(web.post("/", does(give)))
    assert (await client.post("/")).status == 200
    assert cookies(client) == {}


async def test_b6_after_the_answer_began_it_is_too_late(start: Start) -> None:
    async def page(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        with pytest.raises(RuntimeError, match="the response has begun"):
            flash_form(request, {"name": "Zoë"})
        return response

    client = await start(web.post("/", page))
    assert (await client.post("/")).status == 200
    assert cookies(client) == {}


@pytest.mark.parametrize(
    "call", [partial(flash_form, data={}), flashed_form], ids=["flash_form", "flashed_form"]
)
def test_where_no_flashbag_is_installed_that_is_said(call: Action) -> None:
    with pytest.raises(RuntimeError, match="aiohttp_flashbag is not installed"):
        call(make_mocked_request("GET", "/"))
