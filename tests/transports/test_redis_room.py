"""The limits of a response with tickets, and the flashes that are dropped or shortened (B7, M4)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from aiohttp import hdrs
from support.own_cookies import header

from aiohttp_flashbag.flash import Address, Delta, Flash, ids, new_id
from transports.ticket_visits import PREFIX, TicketBrowser
from transports.visits import Visit, message, value

if TYPE_CHECKING:
    from redis.asyncio import Redis

MAX_BYTES = 65536
MAX_TICKETS = 50
MAX_LINES, MAX_LINE_BYTES = 20, 3500
HEADER = 8190  # bytes of a header line that aiohttp accepts
MOVED = "AIOHTTP_FLASHBAG_MOVED_1700000000000000=0123456789ab; Max-Age=5; Path=/; HttpOnly; Secure"


async def overlapping(browser: TicketBrowser, *flashes: Flash) -> None:
    """Receive responses that add one flash each and have not seen the others."""
    visits = [await browser.request() for _ in flashes]
    for visit, one in zip(visits, flashes, strict=True):
        await visit.commit(Delta(added=[one]))
        browser.receive(visit.lines)


async def test_a_form_of_64_kb_travels_and_a_larger_one_does_not_fit(redis: Redis) -> None:
    browser = TicketBrowser(redis)
    fits = (await browser.request()).store.fits
    size = MAX_BYTES - 200
    assert fits("form", "x" * size)
    assert not fits("form", "x" * MAX_BYTES)
    await browser.flash(form := Flash(new_id(), "form", "x" * size, Address(1, "a", "b")))
    assert await browser.pending() == [form]


async def test_b7_a_value_that_is_too_large_is_dropped_and_the_others_travel(
    redis: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    browser, small = TicketBrowser(redis), [value("small"), message("Saved")]
    form = value("form", "x" * MAX_BYTES)
    outcome = await browser.visit(Delta(added=[small[0], form, small[1]]))
    assert outcome.dropped == {form.id: "too large"}
    assert outcome.after == await browser.pending() == small
    [record] = caplog.records
    assert record.levelname == "ERROR"
    assert "value 'form' of 65538 bytes" in record.message
    assert "max_bytes=65536" in record.message
    assert "flash its id, or increase max_bytes" in record.message


@pytest.mark.parametrize("letter", ["x", "漢"])
async def test_b7_a_message_that_is_too_long_is_shortened(
    redis: Redis, letter: str, caplog: pytest.LogCaptureFixture
) -> None:
    browser = TicketBrowser(redis, max_bytes=1000)
    [shortened] = (await browser.visit(Delta(added=[message(letter * 1000)]))).added
    assert await browser.pending() == [shortened]
    assert re.fullmatch(f"{letter}+…", shortened.content["m"])
    assert 1000 - 6 < browser.transport.size_of([shortened]) <= 1000
    assert "Shortened 1 messages, because max_bytes=1000" in caplog.text


async def test_max_bytes_limits_each_response_and_not_their_sum(redis: Redis) -> None:
    browser = TicketBrowser(redis, max_bytes=1000)
    new = [message("x" * 800) for _ in range(5)]
    for one in new:
        await browser.flash(one)
    assert await browser.pending() == new


async def test_m4_the_hash_of_a_message_above_the_limit_is_deleted_with_its_cookie(
    redis: Redis,
) -> None:
    browser = TicketBrowser(redis)
    new = [message(str(number)) for number in range(4)]
    for one in new:
        await browser.visit(Delta(added=[one], max_messages=3))
    assert await browser.pending() == new[1:]
    assert len(browser.cookies) == len(await redis.keys("*")) == 3


async def test_54_the_oldest_tickets_are_dropped_so_that_the_server_accepts_the_cookie_header(
    redis: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    """Values of 60 forms, each with a key of its own, that nobody reads."""
    browser = TicketBrowser(redis)
    new = [value(f"key {number}") for number in range(60)]
    for one in new:
        await browser.flash(one)
    assert await browser.pending() == new[-MAX_TICKETS:]
    assert len(browser.cookies) == len(await redis.keys("*")) == MAX_TICKETS
    assert "more than 50 responses are pending: dropped the oldest 1 flashes" in caplog.text


async def test_54_tickets_leave_room_for_other_cookies(redis: Redis) -> None:
    browser = TicketBrowser(redis)
    browser.cookies["other"] = "x" * 7900
    for number in range(5):
        await browser.flash(value(f"key {number}"))
        sent = header(browser.cookies.items())[hdrs.COOKIE]
        assert len("Cookie: ") + len(sent) <= HEADER
    assert [flash.key for flash in await browser.pending()] == ["key 1", "key 2", "key 3", "key 4"]


async def test_54_where_other_cookies_leave_no_room_the_log_says_so(
    redis: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    browser = TicketBrowser(redis)
    browser.cookies["other"] = "x" * 8150
    outcome = await browser.visit(Delta(added=[saved := message("Saved")]))
    assert outcome.dropped == {saved.id: "too large"}
    assert list(browser.cookies) == ["other"]
    assert await redis.keys("*") == []
    assert "Dropped a message of 5 bytes: other cookies leave no room" in caplog.text


async def test_a_request_reads_at_most_50_tickets_and_later_ones_read_the_rest(
    redis: Redis,
) -> None:
    browser = TicketBrowser(redis)
    new = [value(f"key {number}") for number in range(70)]
    await overlapping(browser, *new)
    read = await browser.pending()
    assert read == new[-MAX_TICKETS:]
    await browser.consume(*read)
    read = await browser.pending()
    assert read
    for _ in range(4):
        await browser.consume(*await browser.pending())
        await browser.visit(Delta(added=[message("Saved")]))
    assert len(await browser.pending()) == 1


async def test_tickets_that_were_not_read_make_room_first(redis: Redis) -> None:
    browser = TicketBrowser(redis)
    new = [value(f"key {number}") for number in range(MAX_TICKETS + 5)]
    await overlapping(browser, *new)
    await browser.flash(last := value("last"))
    left = [*new[-MAX_TICKETS + 1 :], last]
    assert await browser.pending() == left
    assert len(await redis.keys("*")) == MAX_TICKETS


@pytest.mark.parametrize("notes", [0, 2])
@pytest.mark.parametrize("has_hint", [False, True])
async def test_92_a_response_deletes_as_many_cookies_as_proxies_accept_and_later_ones_the_rest(
    redis: Redis, has_hint: bool, notes: int
) -> None:
    browser = TicketBrowser(redis, secure=True)
    browser.transport.has_hint = has_hint
    await overlapping(browser, *(value(f"key {number}") for number in range(40)))
    visit = Visit(browser.transport, browser.cookies)
    visit.response.headers.extend([(hdrs.SET_COOKIE, MOVED)] * notes)
    await visit.load()
    await visit.commit(Delta(gone=ids(visit.pending), added=[message("Saved")]))
    assert await redis.dbsize() == 1
    assert len(visit.lines) + has_hint == MAX_LINES
    assert sum(map(len, visit.lines)) + 120 * has_hint <= MAX_LINE_BYTES
    assert visit.lines[notes].startswith(PREFIX)
    assert "Max-Age=86400" in visit.lines[notes]
    browser.receive(visit.lines[notes:])
    assert 20 < len(browser.cookies) <= 40
    for _ in range(3):
        await browser.visit(Delta(added=[message("Sent")]))
    assert len(browser.cookies) == 4


async def test_92_long_attributes_take_bytes_and_so_fewer_cookies_are_deleted(
    redis: Redis,
) -> None:
    browser = TicketBrowser(redis, path="/" + "p" * 1000)
    await overlapping(browser, *(value(f"key {number}") for number in range(5)))
    visit = await browser.request()
    await visit.commit(Delta(clears=True))
    assert len(visit.lines) == 3
    browser.receive(visit.lines)
    assert await browser.pending() == []
