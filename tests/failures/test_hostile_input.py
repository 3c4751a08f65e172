"""One request cannot stop the server, break a page, or forge a line in the log."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest
from aiohttp import web
from support.apps import Start, answer_of, cookies, does, flash_messages, messages_page, shown
from support.behind import each_transport
from support.overlap import FETCH
from support.services import PATIENCE

from aiohttp_flashbag import flash, flash_form, flashbag_replace_all


@pytest.mark.parametrize("storage", ["encrypted", "cookies", "tickets"], indirect=True)
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
    assert 1 <= len(lines) <= 2  # one for the limit of values, one for the limit of bytes
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


@pytest.mark.parametrize("storage", ["cookies"], indirect=True)
async def test_63_a_line_break_in_a_path_does_not_forge_a_line_in_the_log(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    large_form = does(partial(flash_form, data={"text": "x" * 5000}))
    client = await start(web.post("/{name}", large_form))
    await client.post("/a%0aERROR:forged", headers=FETCH)
    assert caplog.messages
    assert not any("\n" in message for message in caplog.messages)


@each_transport
async def test_b7_bytes_that_are_not_utf_8_in_headers_cost_no_page(start: Start) -> None:
    save = does(flash_messages, answer=partial(web.HTTPSeeOther, "/"))
    client = await start(web.post("/save", save))
    host, port = client.server.host, client.server.port

    async def response_to(line: bytes) -> bytes:
        reader, writer = await asyncio.open_connection(host, port)
        cookie = "; ".join(f"{name}={value}" for name, value in cookies(client).items())
        head = b"%b HTTP/1.1\r\nHost: a\r\nReferer: http://a/\xe9\r\nCookie: %b; \xff=\xfe\r\n"
        writer.write(head % (line, cookie.encode()) + b"Connection: close\r\n\r\n")
        response = await reader.read()
        writer.close()
        return response

    await client.post("/flash?info=Saved", headers=FETCH)
    assert b" 303 " in await response_to(b"POST /save?info=Sent")
    assert b'["Saved"' in await response_to(b"GET /messages")


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
