"""What is given is copied at the call, as a later request will read it."""

from __future__ import annotations

import json
from datetime import date
from functools import partial
from typing import Any

import pytest
from aiohttp import web
from support.apps import Start, answer_of, does, in_sessions, read

from aiohttp_flashbag import (
    flash,
    flashbag_append,
    flashbag_get,
    flashbag_now,
    flashbag_replace_all,
    flashbag_set,
    get_flashed_messages,
)

CODEC = {
    "encoder": partial(json.dumps, default=lambda day: {"date": day.isoformat()}),
    "decoder": partial(
        json.loads,
        object_hook=lambda d: date.fromisoformat(d["date"]) if d.keys() == {"date"} else d,
    ),
}


async def test_defaults_of_a_module_are_not_shared_between_users(start: Start) -> None:
    defaults: dict[str, Any] = {"errors": []}

    async def form(request: web.Request) -> web.Response:
        flashbag_replace_all(request, defaults)
        flashbag_append(request, "errors", request.query["user"])
        return web.Response()

    alice, bob = await start(web.post("/", form)), await start(web.post("/", form))
    await alice.post("/?user=alice")
    await bob.post("/?user=bob")
    assert await read(bob, "errors") == ["bob"]
    assert await read(alice, "errors") == ["alice"]
    assert defaults == {"errors": []}


async def test_a_later_change_of_what_was_given_has_no_effect(start: Start) -> None:
    async def form(request: web.Request) -> web.Response:
        items = ["given"]
        values = {"all": items}
        flashbag_replace_all(request, values)
        flashbag_set(request, "set", items)
        flashbag_append(request, "append", items)
        flash(request, "Saved", items=items)
        values["late"] = items
        items.append("late")
        return web.Response()

    async def page(request: web.Request) -> web.Response:
        (message,) = get_flashed_messages(request)
        return web.json_response(
            [
                message["items"],
                *(flashbag_get(request, key) for key in ("all", "set", "append", "late")),
            ]
        )

    client = await start(web.post("/", form), web.get("/", page))
    await client.post("/")
    given = ["given"]
    assert await answer_of(await client.get("/")) == [given, given, given, [given], None]


async def test_a_change_of_what_was_read_does_not_change_what_waits(start: Start) -> None:
    def change(request: web.Request) -> None:
        flashbag_get(request, "errors").append("late")

    send = partial(flashbag_set, key="errors", value=["given"])
    unchanged = partial(web.Response, status=304)
    client = await start(web.post("/", does(send)), web.get("/", does(change, answer=unchanged)))
    await client.post("/")
    await client.get("/")
    assert await read(client, "errors") == ["given"]


async def test_what_json_changes_is_changed_at_once(start: Start) -> None:
    async def page(request: web.Request) -> web.Response:
        flashbag_now(request, "point", {1: (2, 3)})
        assert flashbag_get(request, "point") == {"1": [2, 3]}
        return web.Response()

    client = await start(web.get("/", page))
    assert (await client.get("/")).status == 200


@in_sessions
@pytest.mark.parametrize("storage_options", [CODEC], ids=["codec of its own"])
async def test_what_the_storage_can_encode_can_be_flashed(start: Start) -> None:
    due = date(2030, 1, 2)

    def send(request: web.Request) -> None:
        flashbag_set(request, "due", [due])
        flash(request, "Saved", due=due)

    async def page(request: web.Request) -> web.Response:
        (message,) = get_flashed_messages(request)
        assert message["due"] == due
        assert flashbag_get(request, "due") == [due]
        return web.Response()

    client = await start(web.post("/", does(send)), web.get("/", page))
    assert (await client.post("/")).status == 200
    assert (await client.get("/")).status == 200
