"""A form for which there is no room: its errors come before its data, and nothing fails."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import pytest
from aiohttp import web
from support.apps import AiohttpClient, Client, Start, answer_of, does, json_page, whoami
from support.own_cookies import KEY, cookie_client

from aiohttp_flashbag import CookieTransport, flash_form, flashed_form
from aiohttp_flashbag.codec import SizeLimit
from aiohttp_flashbag.forms import DATA_KEY, ERRORS_KEY

Form = dict[str, Any]
LONG = "x" * 5000
TAKEN = {"title": "Taken"}
WARNING = "the form of POST '/' is too large to travel: {}"
in_cookies = pytest.mark.parametrize("storage", ["simple", "encrypted", "nacl"], indirect=True)
on_servers = pytest.mark.parametrize("storage", ["redis", "memcached"], indirect=True)


async def form_page(request: web.Request) -> web.Response:
    """Everything that is known of the form."""
    form = flashed_form(request)
    return json_page([{name: form.getall(name) for name in form.data}, form.errors])


def routes(data: Form, errors: Form) -> list[web.RouteDef]:
    """Flash this form, and look at it."""
    send = does(lambda request: flash_form(request, data, errors))
    return [web.post("/", send), web.get("/", form_page)]


async def arrived(client: Client) -> Any:
    """The data and the errors that are left of the form."""
    assert (await client.post("/")).status == 200
    return await answer_of(await client.get("/"))


async def through_cookies(
    aiohttp_client: AiohttpClient, data: Form, errors: Form, max_bytes: int = 3000
) -> Any:
    """What is left of a form in own cookies."""
    transport = CookieTransport(KEY, max_bytes=max_bytes)
    return await arrived(
        await cookie_client(aiohttp_client, *routes(data, errors), transport=transport)
    )


def weight(data: Form, errors: Form) -> int:
    """How many bytes a form needs in a cookie of its own."""
    return CookieTransport(KEY).limit.measure({DATA_KEY: data, ERRORS_KEY: errors}, [])


async def test_the_longest_field_is_left_out_as_a_whole(
    aiohttp_client: AiohttpClient, caplog: pytest.LogCaptureFixture
) -> None:
    data = {"title": "News", "text": LONG, "tags": ["a", "b"]}
    left = await through_cookies(aiohttp_client, data, TAKEN)
    assert left == [{"title": ["News"], "tags": ["a", "b"]}, {"title": ["Taken"]}]
    assert list(left[0]) == ["title", "tags"]
    assert caplog.messages == [WARNING.format("1 of 3 fields left out, errors kept")]


async def test_no_more_fields_are_left_out_than_must_be(
    aiohttp_client: AiohttpClient, caplog: pytest.LogCaptureFixture
) -> None:
    short, long, longer = {"a": ["x" * 200]}, {"b": ["x" * 400]}, {"c": ["x" * 800]}
    data, errors = {**longer, **short, **long}, {"a": ["Taken"]}
    for left in ({}, short, {**short, **long}):
        exactly = weight(left, errors)
        assert await through_cookies(aiohttp_client, data, errors, exactly) == [left, errors]
    assert caplog.messages == [
        WARNING.format(f"{count} of 3 fields left out, errors kept") for count in (3, 2, 1)
    ]


async def test_fields_are_compared_as_they_travel(aiohttp_client: AiohttpClient) -> None:
    latin, cyrillic = {"latin": ["x" * 250]}, {"cyrillic": ["я" * 200]}
    data = {**cyrillic, **latin}
    assert await through_cookies(aiohttp_client, data, {}, weight(latin, {})) == [latin, {}]


async def test_of_several_values_of_one_field_all_count(aiohttp_client: AiohttpClient) -> None:
    one, many = {"one": ["x" * 250]}, {"many": ["x" * 50] * 10}
    assert await through_cookies(aiohttp_client, {**many, **one}, {}, weight(one, {})) == [one, {}]


async def test_errors_are_shortened_when_all_data_are_left_out(
    aiohttp_client: AiohttpClient, caplog: pytest.LogCaptureFixture
) -> None:
    data, errors = {"title": "News"}, {"title": ["Short", LONG], "text": LONG}
    cut = LONG[:700] + "…"
    shortened = {"title": ["Short", cut], "text": [cut]}
    left = await through_cookies(aiohttp_client, data, errors, weight({}, shortened))
    assert left[0] == {}
    assert left[1]["title"][0] == "Short"
    assert left[1]["text"][0] == left[1]["title"][1]
    assert 700 <= len(left[1]["text"][0].removesuffix("…")) < 710
    assert caplog.messages == [WARNING.format("1 of 1 fields left out, errors shortened")]


@pytest.mark.parametrize("max_bytes", [1, weight({}, {})])
async def test_where_there_is_no_room_at_all_nothing_travels_and_nothing_fails(
    aiohttp_client: AiohttpClient, caplog: pytest.LogCaptureFixture, max_bytes: int
) -> None:
    errors = {"title": "Taken by somebody else"}
    left = await through_cookies(aiohttp_client, {"title": "News"}, errors, max_bytes)
    assert left == [{}, {}]
    assert caplog.messages == [WARNING.format("1 of 1 fields left out, errors left out")]


async def test_a_form_that_just_fits_arrives_and_nothing_is_logged(
    aiohttp_client: AiohttpClient, caplog: pytest.LogCaptureFixture
) -> None:
    form = {"title": ["x" * 1000]}, {"title": ["Taken"]}
    assert await through_cookies(aiohttp_client, *form, weight(*form)) == [*form]
    assert caplog.messages == []


async def test_a_form_of_very_many_fields_is_not_tried_field_by_field(
    aiohttp_client: AiohttpClient,
) -> None:
    transport = CookieTransport(KEY, max_bytes=3000)
    measure = transport.limit.measure
    tried = []

    def count(values: Mapping[str, Any], messages: list[Any]) -> int:
        tried.append(values)
        return measure(values, messages)

    transport.codec.limit = SizeLimit(3000, count)
    data = {f"field-{n}": "x" * (n % 900) for n in range(1000)}
    client = await cookie_client(aiohttp_client, *routes(data, {}), transport=transport)
    left, _ = await arrived(client)
    assert len(left) > 20
    assert len(tried) < 30


@in_cookies
async def test_in_a_session_cookie_the_errors_stay_and_so_does_the_session(start: Start) -> None:
    client = await start(*routes({"title": "News", "text": LONG}, TAKEN))
    await client.post("/login", params={"user": "alice"})
    assert await arrived(client) == [{}, {"title": ["Taken"]}]
    assert await whoami(client) == "alice"


@on_servers
async def test_on_a_server_there_is_room(start: Start, caplog: pytest.LogCaptureFixture) -> None:
    data = {"title": "News", "text": LONG * 20}
    client = await start(*routes(data, TAKEN))
    assert await arrived(client) == [
        {"title": ["News"], "text": [LONG * 20]},
        {"title": ["Taken"]},
    ]
    assert caplog.messages == []


@in_cookies
async def test_of_a_form_sent_twice_the_errors_arrive(start: Start) -> None:
    flashes_form = partial(flash_form, data={"title": "News", "text": LONG}, errors=TAKEN)
    send = does(flashes_form, answer=partial(web.HTTPSeeOther, "/"))
    client = await start(web.post("/", send), web.get("/", form_page))
    await client.post("/", allow_redirects=False)
    assert await answer_of(await client.post("/")) == [{}, {"title": ["Taken"]}]
