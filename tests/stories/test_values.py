"""Values, from the request that sets them to the page that reads them."""

from __future__ import annotations

import json
from datetime import date
from functools import partial
from typing import Any

import pytest
from aiohttp import web
from support.apps import (
    ERROR,
    Action,
    Start,
    answer_of,
    does,
    flash_messages,
    in_sessions,
    read,
    set_values,
    shown,
    values_page,
)
from support.overlap import FETCH, Gate

from aiohttp_flashbag import (
    flash,
    flashbag_append,
    flashbag_clear,
    flashbag_get,
    flashbag_keep,
    flashbag_now,
    flashbag_peek,
    flashbag_replace_all,
    flashbag_set,
    get_flashed_messages,
)

set_error = partial(flashbag_set, key="error", value=ERROR)
append_error = partial(flashbag_append, key="error", value=ERROR)
replace_all = partial(flashbag_replace_all, value={"error": ERROR})
unchanged = partial(web.Response, status=304)
CODEC = {
    "encoder": partial(json.dumps, default=lambda day: {"date": day.isoformat()}),
    "decoder": partial(
        json.loads,
        object_hook=lambda d: date.fromisoformat(d["date"]) if d.keys() == {"date"} else d,
    ),
}


@pytest.mark.parametrize(
    ("send", "seen"),
    [
        pytest.param(set_error, ERROR, id="set"),
        pytest.param(append_error, [ERROR], id="append"),
        pytest.param(replace_all, ERROR, id="replace_all"),
    ],
)
async def test_v1_v2_a_value_is_read_once_after_the_redirect(
    start: Start, send: Action, seen: Any
) -> None:
    redirect = partial(web.HTTPSeeOther, "/values?error")
    client = await start(web.post("/", does(send, answer=redirect)))
    assert await answer_of(await client.post("/")) == {"error": seen}
    assert await read(client) is None


@pytest.mark.filterwarnings("ignore:returning HTTPException object is deprecated")
async def test_b6_a_redirect_may_be_returned_instead_of_raised(start: Start) -> None:
    async def form(request: web.Request) -> web.Response:
        set_error(request)
        return web.HTTPSeeOther("/values?error")

    client = await start(web.post("/", form))
    assert await answer_of(await client.post("/")) == {"error": ERROR}


async def test_v1_a_request_reads_its_values_for_now_and_the_next_request_all_others(
    start: Start,
) -> None:
    async def form(request: web.Request) -> web.Response:
        set_error(request)
        flashbag_now(request, "note", "Now")
        return await values_page(request)

    client = await start(web.post("/", form))
    assert await answer_of(await client.post("/?error&note")) == {"error": None, "note": "Now"}
    assert await answer_of(await client.get("/values?error&note")) == {"error": ERROR, "note": None}


async def test_v2_m5_a_redirect_consumes_the_value_that_it_gets_and_none_that_it_peeks_at(
    start: Start,
) -> None:
    def look(request: web.Request) -> None:
        assert flashbag_get(request, "errors") is flashbag_get(request, "errors")
        assert flashbag_peek(request, "name") == "Zoë"

    hop = does(look, answer=partial(web.HTTPFound, "/values?errors&name"))
    client = await start(web.get("/", hop))
    await client.post("/set", params={"errors": ERROR, "name": "Zoë"})
    assert await answer_of(await client.get("/")) == {"errors": None, "name": "Zoë"}


async def test_v2_a_response_304_leaves_the_value_as_it_was(start: Start) -> None:
    def change(request: web.Request) -> None:
        flashbag_get(request, "error").append("late")

    client = await start(
        web.post("/", does(append_error)), web.get("/", does(change, answer=unchanged))
    )
    await client.post("/")
    assert (await client.get("/")).status == 304
    assert await read(client) == [ERROR]


async def test_append_adds_to_a_list_of_its_own_request_only(start: Start) -> None:
    client = await start(web.post("/", does(append_error, append_error)))
    await client.post("/", headers=FETCH)
    await client.post("/", headers=FETCH)
    assert await read(client) == [ERROR, ERROR]


async def test_replace_all_replaces_pending_values_and_those_set_before(start: Start) -> None:
    replace = does(set_values, partial(flashbag_replace_all, value={"name": "Zoë"}))
    client = await start(web.post("/", replace))
    await client.post("/set", params={"pending": "since before"})
    await client.post("/", params={"error": ERROR}, headers=FETCH)
    page = await client.get("/values?pending&error&name")
    assert await answer_of(page) == {"pending": None, "error": None, "name": "Zoë"}


@pytest.mark.parametrize("storage", ["redis", "cookies", "tickets"], indirect=True)
async def test_replace_all_leaves_values_that_its_request_did_not_see(start: Start) -> None:
    gate = Gate()
    replace = does(gate.hold, partial(flashbag_replace_all, value={"name": "Zoë"}))
    client = await start(web.post("/slow", replace))
    await client.post("/login?user=alice")
    await client.post("/set", params={"seen": "yes"})
    async with gate.holding(client, "/slow"):
        await client.post("/set", params={"error": ERROR}, headers=FETCH)
    page = await client.get("/values?seen&error&name")
    assert await answer_of(page) == {"seen": None, "error": ERROR, "name": "Zoë"}


@pytest.mark.parametrize("storage", ["redis", "cookies", "tickets"], indirect=True)
async def test_v2_of_two_values_that_were_set_at_once_the_newest_is_read_and_both_are_consumed(
    start: Start,
) -> None:
    gate = Gate()
    client = await start(web.post("/slow", does(set_values, gate.hold)))
    await client.post("/login?user=alice")
    async with gate.holding(client, "/slow?error=older"):
        await client.post("/set?error=newer", headers=FETCH)
    assert await read(client) == "newer"
    assert await read(client) is None


@pytest.mark.parametrize(
    ("named", "left"), [((), ERROR), (("error",), ERROR), (("name",), None), (("other",), None)]
)
async def test_v4_values_that_a_page_keeps_are_pending_once_more(
    start: Start, named: tuple[str, ...], left: str | None
) -> None:
    async def form(request: web.Request) -> web.Response:
        flashbag_keep(request, *named)
        return await values_page(request)

    client = await start(web.get("/", form))
    await client.post("/set", params={"error": ERROR, "name": "Zoë"})
    assert await answer_of(await client.get("/?error")) == {"error": ERROR}
    assert await read(client) == left
    assert await read(client) is None


@pytest.mark.parametrize("keep_last", [True, False])
async def test_v4_a_value_that_is_set_again_wins_over_the_kept_one(
    start: Start, keep_last: bool
) -> None:
    actions = [partial(flashbag_set, key="error", value="new"), flashbag_keep]
    client = await start(web.get("/", does(*(actions if keep_last else reversed(actions)))))
    await client.post("/set", params={"error": "old", "name": "Zoë"})
    await client.get("/")
    page = await client.get("/values?error&name")
    assert await answer_of(page) == {"error": "new", "name": "Zoë"}


async def test_clear_drops_everything_but_flashes_that_are_added_after_it(start: Start) -> None:
    after = partial(flashbag_set, key="after", value="sent")
    drop = does(set_values, flash_messages, flashbag_clear, after)
    client = await start(web.post("/", drop))
    await client.post("/set", params={"error": ERROR})
    await client.post("/flash", params={"success": "Saved"}, headers=FETCH)
    await client.post("/", params={"name": "Zoë"}, headers=FETCH)
    page = await client.get("/values?error&name&after")
    assert await answer_of(page) == {"error": None, "name": None, "after": "sent"}
    assert await shown(client) == []


async def test_28_no_later_change_reaches_flashes_or_the_defaults_that_they_were_made_of(
    start: Start,
) -> None:
    defaults: dict[str, Any] = {"errors": []}

    async def form(request: web.Request) -> web.Response:
        user = [request.query["user"]]
        flashbag_replace_all(request, defaults)
        flashbag_append(request, "errors", user)
        flashbag_set(request, "set", user)
        flash(request, "Saved", user=user)
        user.append("late")
        return web.Response()

    async def page(request: web.Request) -> web.Response:
        (message,) = get_flashed_messages(request)
        values = [flashbag_get(request, key) for key in ("errors", "set")]
        return web.json_response([*values, message["user"]])

    routes = web.post("/", form), web.get("/", page)
    clients = {name: await start(*routes) for name in ("alice", "bob")}
    for name, client in clients.items():
        await client.post(f"/?user={name}")
    for name, client in clients.items():
        assert await answer_of(await client.get("/")) == [[[name]], [name], [name]]
    assert defaults == {"errors": []}


@in_sessions
@pytest.mark.parametrize("storage_options", [CODEC], ids=["encoder of dates"])
async def test_whatever_the_session_storage_encodes_can_be_flashed(start: Start) -> None:
    def send(request: web.Request) -> None:
        flashbag_set(request, "due", [date(2030, 1, 2)])
        flash(request, "Saved", due=date(2030, 1, 2))

    def look(request: web.Request) -> None:
        (message,) = get_flashed_messages(request)
        assert [message["due"]] == flashbag_get(request, "due") == [date(2030, 1, 2)]

    client = await start(web.post("/", does(send)), web.get("/", does(look)))
    assert (await client.post("/")).status == 200
    assert (await client.get("/")).status == 200
