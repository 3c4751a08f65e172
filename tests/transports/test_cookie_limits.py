"""B7: how much may wait in own cookies, counted as it travels; and what makes room for what."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from aiohttp import hdrs, web
from markupsafe import Markup
from support.apps import AiohttpClient, Client, Handler, does, read, shown
from support.overlap import FETCH
from support.own_cookies import PREFIX, cookie_client, header, ours, send, set_by

from aiohttp_flashbag import flash, flashbag_append, flashbag_set

MAX_BYTES = 2500


@pytest.fixture
async def client(aiohttp_client: AiohttpClient) -> Client:
    return await cookie_client(aiohttp_client)


def weight(client: Client) -> int:
    """Bytes of the flashbag's cookies in the header, with what separates them."""
    return len(header(ours(client).items())[hdrs.COOKIE]) + 2


def mistakes(*actions: Any) -> tuple[Handler, list[str]]:
    """A handler that does the actions, and the errors of those that could not be done."""
    errors: list[str] = []

    def tried(action: Any, request: web.Request) -> None:
        try:
            action(request)
        except ValueError as error:
            errors.append(str(error))

    return does(*(partial(tried, action) for action in actions)), errors


async def test_a_value_that_could_never_travel_is_refused_at_the_call(
    aiohttp_client: AiohttpClient,
) -> None:
    large = "x" * 2500
    handler, errors = mistakes(
        partial(flashbag_set, key="small", value="x"),
        partial(flashbag_set, key="form", value=large),
        partial(flashbag_append, key="errors", value=large),
        partial(flash, message="Saved", link=large),
    )
    client = await cookie_client(aiohttp_client, web.post("/", handler))
    response = await client.post("/", headers=FETCH)
    assert len(errors) == 3
    for error, name in zip(
        errors,
        ("flashbag value 'form'", "flashbag value 'errors'", "a flash message without its text"),
        strict=True,
    ):
        assert error.startswith(f"{name} needs 3")
        assert "max_bytes=2500" in error
    assert await read(client, "small") == "x"
    assert [cookie.value == "" for cookie in set_by(response)] == [False]


ADDRESS = 40  # bytes that are kept free for an address (T1)


async def test_a_value_that_just_fits_travels_alone(aiohttp_client: AiohttpClient) -> None:
    """What is foretold at the call is what the cookie takes, to the byte."""

    def largest(request: web.Request) -> None:
        for size in range(MAX_BYTES, 0, -1):
            try:
                flashbag_set(request, "form", "x" * size)
            except ValueError:
                continue
            break

    client = await cookie_client(aiohttp_client, web.post("/", does(largest)))
    await client.post("/", headers=FETCH)
    assert MAX_BYTES - 22 < weight(client) + ADDRESS <= MAX_BYTES
    assert len(await read(client, "form")) > 1620


async def long_message(aiohttp_client: AiohttpClient, text: str) -> Client:
    """A client for which this was flashed."""
    client = await cookie_client(aiohttp_client, web.post("/", does(partial(flash, message=text))))
    await client.post("/", headers=FETCH)
    return client


@pytest.mark.parametrize("letter", ["x", "ж", "漢", "🎈"])
async def test_an_over_long_message_ends_in_an_ellipsis(
    aiohttp_client: AiohttpClient, letter: str
) -> None:
    client = await long_message(aiohttp_client, letter * 10_000)
    assert MAX_BYTES - 30 < weight(client) + ADDRESS <= MAX_BYTES
    (text,) = await shown(client)
    assert (set(text[:-1]), text[-1]) == ({letter}, "…")
    assert len(text.encode()) > 1620


async def test_an_over_long_markup_loses_its_tags_first(aiohttp_client: AiohttpClient) -> None:
    items = Markup("").join(Markup("<li class='{}'>{}</li>").format("x" * 500, n) for n in range(9))
    client = await long_message(aiohttp_client, items)
    (text,) = await shown(client)
    assert text == "012345678"


async def test_the_oldest_make_room_for_the_newest(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(6):
        await send(client, f"{number}" + "x" * 700)
        assert weight(client) <= MAX_BYTES
    assert caplog.messages == [
        "more than max_bytes=2500 of flashes are pending: the oldest 1 dropped" for _ in range(4)
    ]
    assert [text[0] for text in await shown(client)] == ["4", "5"]


async def test_what_a_request_without_a_bag_brings_is_counted_too(client: Client) -> None:
    for number in range(6):
        await client.head("/messages")
        await send(client, f"{number}" + "x" * 700, **{"Sec-Purpose": "prefetch"})
        assert weight(client) <= MAX_BYTES


async def test_what_cannot_be_read_is_deleted_only_when_its_room_is_needed(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    planted = f"{PREFIX}planted1"
    client.session.cookie_jar.update_cookies({planted: "x" * 1500}, client.make_url("/"))
    await send(client, "0" + "x" * 400)
    assert planted in ours(client)
    await send(client, "1" + "x" * 400)
    assert planted not in ours(client)
    assert [text[0] for text in await shown(client)] == ["0", "1"]
    assert caplog.messages == []


PLANTED = [
    pytest.param(f"{PREFIX}planted1", "x" * 3500, id="plain"),
    pytest.param(f"{PREFIX}planted1", "漢" * 1160, id="not ASCII"),
]


@pytest.mark.parametrize(("name", "value"), PLANTED)
async def test_a_planted_cookie_counts_as_it_travels_and_stops_no_flash(
    client: Client, name: str, value: str, caplog: pytest.LogCaptureFixture
) -> None:
    response = await client.post("/flash?info=Saved", headers=header([(name, value)]))
    deleted, _ = sorted(response.headers.getall("Set-Cookie"), key=len)
    assert deleted.startswith((f"{name}=; ", f'{name}=""; '))
    assert "Max-Age=0" in deleted
    assert await shown(client) == ["Saved"]
    assert caplog.messages == []
