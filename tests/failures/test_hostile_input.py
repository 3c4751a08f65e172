"""One request cannot stop the server, lock a visitor out, or forge a line in the log."""

from __future__ import annotations

import asyncio
import json
from enum import Enum
from functools import partial
from typing import Any

import pytest
from aiohttp import hdrs, web
from aiohttp_session import get_session
from support.apps import (
    Client,
    Start,
    answer_of,
    cookies,
    does,
    flash_messages,
    json_page,
    messages_page,
    shown,
)
from support.behind import each_transport
from support.overlap import FETCH, Gate, at_once
from support.services import PATIENCE

from aiohttp_flashbag import (
    SESSION_KEY,
    flash,
    flash_form,
    flashbag_get,
    flashbag_peek,
    flashbag_replace_all,
    flashbag_set,
    get_flashed_messages,
)

own_cookies = pytest.mark.parametrize("storage", ["cookies"], indirect=True)
in_a_cookie = pytest.mark.parametrize("storage", ["encrypted", "cookies"], indirect=True)


# Time


@in_a_cookie
async def test_44_sixteen_thousand_keys_block_the_server_for_a_moment_and_log_one_line(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    """With a loop that drops one value at a time, this request takes a minute."""

    async def replace_all(request: web.Request) -> None:
        flashbag_replace_all(request, await request.json())

    client = await start(web.post("/", does(replace_all)))
    body = {f"key{number}": number for number in range(16_000)}
    request = client.post("/", json=body, headers=FETCH)
    assert (await asyncio.wait_for(request, PATIENCE)).status == 200
    lines = [record.getMessage() for record in caplog.records if record.name == "aiohttp_flashbag"]
    assert 1 <= len(lines) <= 2  # the limits of values and of bytes
    assert all(len(line) < 1000 for line in lines)
    page = await client.get("/values?key15999&key0", headers=FETCH)
    assert await answer_of(page) == {"key15999": 15_999, "key0": None}


@pytest.mark.parametrize("storage", ["redis"], indirect=True)
async def test_44_thousands_of_messages_without_duplicates_take_linear_time(start: Start) -> None:
    """If each message is compared with each other one, this request takes a minute."""

    def flash_all(request: web.Request) -> None:
        for number in range(20_000):
            flash(request, f"{number % 15_000}", allow_duplicate=False)

    client = await start(web.post("/", does(flash_all)))
    assert (await asyncio.wait_for(client.post("/", headers=FETCH), PATIENCE)).status == 200
    assert await shown(client) == [f"{number}" for number in range(14_950, 15_000)]


# Nesting


def nested(levels: int) -> Any:
    value: Any = "x"
    for _ in range(levels):
        value = [value]
    return value


@each_transport
async def test_51_a_value_is_stored_up_to_a_hundred_levels_and_refused_above(start: Start) -> None:
    def set_deep(request: web.Request) -> None:
        for levels in (101, 500, 5000):
            with pytest.raises(TypeError, match=r"'deep'.* 100 levels"):
                flashbag_set(request, "deep", nested(levels))
            with pytest.raises(TypeError, match=r"flash message.* 100 levels"):
                flash(request, "Saved", tags=nested(levels))
        flashbag_set(request, "deep", nested(100))

    client = await start(web.post("/", does(set_deep)))
    assert (await client.post("/", headers=FETCH)).status == 200
    page = await client.get("/values?deep")
    assert await answer_of(page) == {"deep": nested(100)}


@pytest.mark.parametrize("storage", ["encrypted", "redis"], indirect=True)
async def test_51_a_stored_value_that_is_nested_too_deep_counts_as_empty(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    async def plant(request: web.Request) -> None:
        """Store values as 0.0.3 did."""
        (await get_session(request))[SESSION_KEY] = {"deep": nested(400), "error": "Wrong"}

    async def page(request: web.Request) -> web.Response:
        return json_page([flashbag_get(request, "deep"), flashbag_peek(request, "error")])

    client = await start(web.post("/plant", does(plant)), web.get("/", page))
    await client.post("/plant", headers=FETCH)
    assert await answer_of(await client.get("/", headers=FETCH)) == [None, "Wrong"]
    assert "100 levels" in caplog.text


# Cookies that do not fit into a header


def fill_form(request: web.Request) -> None:
    data = {f"field{n}": "ж" * 60 for n in range(7)}
    flash_form(request, data, {"field0": "Wrong"})
    flash(request, "Not saved", "error")
    flashbag_set(request, request.query["n"], "x" * 400)


def header_size(client: Client) -> int:
    return len("; ".join(f"{name}={value}" for name, value in cookies(client).items()))


async def other_cookies(request: web.Request) -> web.Response:
    response = web.Response()
    for number, size in enumerate(request.query.getall("size", [])):
        response.set_cookie(f"other{number}", "x" * int(size))
    return response


async def form_and_other_cookies(request: web.Request) -> web.Response:
    fill_form(request)
    return await other_cookies(request)


@own_cookies
async def test_54_three_overlapping_submits_leave_a_header_that_aiohttp_accepts(
    start: Start,
) -> None:
    gate = Gate(count=3)
    client = await start(web.post("/", does(gate.hold, fill_form)))
    responses = await at_once(client, *(f"/?n={n}" for n in range(3)))
    assert {response.status for response in responses} == {200}
    assert 5000 < header_size(client) < 8190
    assert len(await shown(client)) == 3


@own_cookies
@pytest.mark.parametrize(
    "sizes", ["size=3750&size=1600", "size=3900&size=3900", "size=4000&size=3000", "size=100"]
)
async def test_54_flashes_leave_room_for_other_cookies(start: Start, sizes: str) -> None:
    client = await start(web.post("/", form_and_other_cookies), web.get("/others", other_cookies))
    assert (await client.post(f"/?n=0&{sizes}", headers=FETCH)).status == 200
    for n in range(6):
        assert header_size(client) + len("Cookie: ") <= 8190
        assert (await client.post(f"/?n={n}", headers=FETCH)).status == 200
    assert (await client.get("/plain")).status == 200


@own_cookies
async def test_62_planted_cookies_cause_at_most_twenty_lines(start: Start) -> None:
    client = await start()
    planted = [f"AIOHTTP_FLASHBAG-plant{n:03}=x" for n in range(220)]
    lines = []
    for _ in range(20):
        header = {"Cookie": "; ".join(planted)}
        response = await client.post("/flash?info=Saved", headers={**FETCH, **header})
        lines.append(response.headers.getall(hdrs.SET_COOKIE))
        gone = [line.partition("=")[0] for line in lines[-1] if "Max-Age=0" in line]
        planted = [pair for pair in planted if pair.partition("=")[0] not in gone]
        client.session.cookie_jar.clear()
    assert max(map(len, lines)) == 20
    assert all(any("Max-Age=600" in line for line in each) for each in lines)
    assert len(planted) < 110  # the others have room


# Texts


@own_cookies
async def test_63_a_line_break_in_a_path_does_not_forge_a_line_in_the_log(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    client = await start(web.post("/{name}", does(lambda r: flash_form(r, {"text": "x" * 5000}))))
    await client.post("/a%0aERROR:forged", headers=FETCH)
    assert caplog.messages
    assert not any("\n" in message for message in caplog.messages)


@each_transport
async def test_b7_bytes_that_are_not_utf_8_in_headers_cost_no_page(start: Start) -> None:
    client = await start(
        web.post("/save", does(flash_messages, answer=partial(web.HTTPSeeOther, "/")))
    )
    host, port = client.server.host, client.server.port

    async def ask(line: bytes) -> bytes:
        reader, writer = await asyncio.open_connection(host, port)
        cookie = "; ".join(f"{name}={value}" for name, value in cookies(client).items())
        head = b"%b HTTP/1.1\r\nHost: a\r\nReferer: http://a/\xe9\r\nCookie: \xff=\xfe; %b\r\n"
        writer.write(head % (line, cookie.encode()) + b"Connection: close\r\n\r\n")
        response = await reader.read()
        writer.close()
        return response

    await client.post("/flash?info=Saved", headers=FETCH)
    assert b" 303 " in await ask(b"POST /save?info=Sent")
    assert b'["Saved"' in await ask(b"GET /messages")


@pytest.mark.parametrize("storage", ["encrypted", "redis"], indirect=True)
async def test_58_a_value_replaces_another_that_is_equal_only_in_python(start: Start) -> None:
    async def set_value(request: web.Request) -> None:
        flashbag_set(request, "value", (await request.json())[0])

    async def page(request: web.Request) -> web.Response:
        return json_page([flashbag_peek(request, "value")])

    client = await start(web.post("/", does(set_value)), web.get("/", page))
    for value in (1, True, 1.0, [1], [True], 0, False, None, ""):
        await client.post("/", json=[value], headers=FETCH)
        assert await (await client.get("/", headers=FETCH)).text() == json.dumps([value])


class Level(str, Enum):
    ERROR = "error"


def exact_types_only(value: Any) -> str:
    """Encode as JSON, and refuse subclasses of the JSON types, as orjson and msgpack may."""
    for part in [*value, *value.values()] if isinstance(value, dict) else value:
        if isinstance(part, dict | list):
            exact_types_only(part)
        elif type(part) not in (str, int, float, bool, type(None)):
            raise TypeError(f"{type(part).__name__} is not supported")
    return json.dumps(value, ensure_ascii=False)


@pytest.mark.parametrize("storage_options", [{"encoder": exact_types_only}])
@each_transport
async def test_60_a_str_enum_passes_an_encoder_that_accepts_exact_types_only(start: Start) -> None:
    def set_levels(request: web.Request) -> None:
        flashbag_set(request, Level.ERROR, [Level.ERROR, {Level.ERROR: Level.ERROR}])
        flash(request, Level.ERROR, Level.ERROR, level=Level.ERROR)

    async def page(request: web.Request) -> web.Response:
        [message] = get_flashed_messages(request)
        return json_page([flashbag_get(request, "error"), dict(message)])

    client = await start(web.post("/", does(set_levels)), web.get("/", page))
    assert (await client.post("/", headers=FETCH)).status == 200
    expected = {"message": "error", "category": "error", "level": "error"}
    assert await answer_of(await client.get("/")) == [["error", {"error": "error"}], expected]


# Requests that show nothing to a person


@each_transport
@pytest.mark.parametrize("headers", [{"Sec-Fetch-Dest": "report"}, {"HX-Preloaded": "true"}])
async def test_52_69_the_error_page_of_a_request_that_is_not_seen_leaves_the_message(
    start: Start, headers: dict[str, str]
) -> None:
    async def missing(request: web.Request) -> web.Response:
        page = await messages_page(request)
        page.set_status(404)
        return page

    client = await start(web.get("/missing", missing))
    await client.post("/flash?success=Saved", headers=FETCH)
    assert (await client.get("/missing", headers=headers)).status == 404
    assert await shown(client) == ["Saved"]
