"""M1: what waits is gone after `max_age`, by the browser's clock and by our own."""

from __future__ import annotations

from functools import partial

import pytest
from aiohttp import web
from support.apps import AiohttpClient, Client, does, read, shown, texts
from support.clock import Clock
from support.overlap import FETCH
from support.own_cookies import KEY, cookie_client, opened, ours, send, set_by

from aiohttp_flashbag import (
    CookieTransport,
    flashbag_keep,
    flashbag_replace_all,
    get_flashed_messages,
)

MAX_AGE = 600


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock.start(monkeypatch)


@pytest.fixture
async def client(aiohttp_client: AiohttpClient, clock: Clock) -> Client:
    replace = partial(flashbag_replace_all, value={})
    return await cookie_client(
        aiohttp_client,
        web.get("/keep", does(flashbag_keep)),
        web.get("/replace-and-keep", does(replace, flashbag_keep)),
        transport=CookieTransport(KEY, max_age=MAX_AGE),
    )


@pytest.mark.parametrize(("age", "left"), [(MAX_AGE - 1, ["Saved"]), (MAX_AGE + 1, [])])
async def test_m1_a_message_waits_for_max_age_though_the_client_still_sends_it(
    client: Client, clock: Clock, age: int, left: list[str]
) -> None:
    await send(client, "Saved")
    clock.go_on(age)
    assert len(ours(client)) == 1
    assert await shown(client) == left


@pytest.mark.parametrize(("age", "left"), [(MAX_AGE - 1, "1"), (MAX_AGE + 1, None)])
async def test_a_value_waits_for_max_age(
    client: Client, clock: Clock, age: int, left: str | None
) -> None:
    await client.post("/set?error=1", headers=FETCH)
    clock.go_on(age)
    assert await read(client) == left


async def test_the_browser_is_told_the_age(client: Client) -> None:
    (cookie,) = set_by(await client.post("/flash?info=Saved"))
    assert cookie["max-age"] == str(MAX_AGE)


async def test_m1_sending_the_rest_anew_does_not_renew_it(client: Client, clock: Clock) -> None:
    await client.post("/flash?error=one&info=two&info=three", headers=FETCH)
    clock.go_on(400)
    (cookie,) = set_by(await client.get("/messages?only=error"))
    assert 0 <= MAX_AGE - 400 - int(cookie["max-age"]) <= 1
    clock.go_on(MAX_AGE - 400 + 1)
    assert len(ours(client)) == 1
    assert await shown(client) == []


@pytest.mark.parametrize("page", ["/keep", "/replace-and-keep"])
async def test_keeping_a_value_does_not_renew_it(client: Client, clock: Clock, page: str) -> None:
    await client.post("/set?error=1", headers=FETCH)
    clock.go_on(400)
    await client.get(page)
    clock.go_on(MAX_AGE - 400 + 1)
    assert await read(client) is None


async def test_an_answer_that_takes_long_does_not_revive_what_became_too_old_meanwhile(
    aiohttp_client: AiohttpClient, clock: Clock
) -> None:
    async def slow(request: web.Request) -> web.Response:
        errors = get_flashed_messages(request, category_filter="error")
        clock.go_on(MAX_AGE + 1)
        return web.json_response([error.message for error in errors])

    client = await cookie_client(aiohttp_client, web.get("/", slow))
    await client.post("/flash?error=one&info=two", headers=FETCH)
    assert await texts(await client.get("/")) == ["one"]
    assert await shown(client) == []


@pytest.mark.parametrize("ahead", [30, 90, 3600])
async def test_65_a_cookie_of_a_machine_whose_clock_is_ahead_is_young(
    client: Client, clock: Clock, ahead: int
) -> None:
    await client.post("/flash?error=one&info=two", headers=FETCH)
    clock.go_on(-ahead)
    response = await client.get("/messages?only=error")
    assert await texts(response) == ["one"]
    (cookie,) = set_by(response)
    assert cookie["max-age"] == str(MAX_AGE)
    clock.go_on(MAX_AGE - 1)
    assert await shown(client) == ["two"]


@pytest.mark.parametrize("behind", [30, 90])
async def test_65_a_cookie_of_a_machine_whose_clock_is_behind_is_read(
    client: Client, clock: Clock, behind: int
) -> None:
    await send(client, "Saved")
    clock.go_on(behind)
    assert await shown(client) == ["Saved"]


async def test_the_age_counts_from_the_answer_that_added(client: Client, clock: Clock) -> None:
    await send(client, "Saved")
    (cookie,) = ours(client).items()
    assert abs(opened(*cookie)[0] * 1000 - clock.now) < 100_000_000
