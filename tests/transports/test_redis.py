"""Tickets: their cookies, the hashes in Redis, and the ends of both."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rules.random_flashes import addresses, flashes, lists_of, repeatable
from support.apps import AiohttpClient, does, shown
from support.clock import Clock
from support.overlap import FETCH
from support.own_cookies import cookie_app, set_by
from support.services import RedisServer

from aiohttp_flashbag import RedisTransport, flash, flashbag_clear
from aiohttp_flashbag.flash import Address, Delta, Flash, ids, new_id
from transports.ticket_visits import PREFIX, TicketBrowser
from transports.visits import Browser, Visit, message, value

if TYPE_CHECKING:
    from redis.asyncio import Redis

TICKET = "0123456789abcdef" * 2


@settings(repeatable, max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lists_of(flashes, min_size=1), st.none() | addresses)
async def test_any_flashes_of_one_response_are_the_same_on_the_next_request(
    redis: Redis, new: list[Flash], address: Address | None
) -> None:
    browser = TicketBrowser(redis, max_age=2**40)
    new = [Flash(one.id, one.key, one.content, address) for one in new]
    outcome = await browser.visit(Delta(added=new))
    assert await browser.pending() == outcome.after
    assert outcome.after == new or outcome.dropped


async def test_a_response_writes_one_hash_that_expires_and_sets_one_cookie_with_its_ticket(
    redis: Redis,
) -> None:
    browser = TicketBrowser(redis, prefix="shop:", max_age=600)
    address = Address(5, "source", "target")
    saved, error = message("Saved"), Flash(new_id(), "error", "保存しました", address)
    name = await browser.flash(saved, error)
    assert re.fullmatch(r"AIOHTTP_FLASHBAG-[0-9a-f]{8}", name)
    assert re.fullmatch(r"[0-9a-f]{32}", browser.cookies[name])
    [key] = await redis.keys("*")
    assert key == f"shop:{browser.cookies[name]}".encode()
    assert 590 < await redis.ttl(key) <= 600
    pairs = await redis.hgetall(key)
    stored = {field: json.loads(text) for field, text in pairs.items()}
    assert stored == {
        saved.id.encode(): [None, {"m": "Saved", "c": "info"}],
        error.id.encode(): ["error", "保存しました", 5, "source", "target"],
    }


async def test_a_hash_and_its_expiry_are_written_at_once(
    redis: Redis, redis_server: RedisServer
) -> None:
    before = redis_server.commands()
    await TicketBrowser(redis).flash(message("Saved"), value("error"))
    sent = redis_server.commands() - before
    assert sent == {"eval": 1, "hset": 1, "expire": 1}


async def test_each_response_that_adds_has_a_ticket_and_a_cookie_of_its_own(redis: Redis) -> None:
    browser = TicketBrowser(redis, cookie_name="note")
    for _ in range(5):
        await browser.flash(message("one"), value("error"))
    assert len(set(browser.cookies.values())) == 5
    assert all(re.fullmatch(r"note-[0-9a-f]{8}", name) for name in browser.cookies)
    request = make_mocked_request("GET", "/")
    assert browser.transport.hint_name(request) == "note_PENDING"


async def test_b1_pages_without_tickets_send_no_command(
    redis: Redis, redis_server: RedisServer
) -> None:
    await redis.ping()
    before = redis_server.commands()
    for cookies in ({}, {"other": "1"}, {f"{PREFIX}12345678": "no ticket"}, {f"{PREFIX}x": TICKET}):
        browser = TicketBrowser(redis)
        browser.cookies = dict(cookies)
        visit = await browser.request()
        assert visit.pending == []
        await visit.commit(Delta())
        assert visit.lines == []
    assert redis_server.commands() == before


@pytest.mark.parametrize("parts", [("info", "error"), ("error", "info")])
async def test_a_ticket_ends_when_the_last_of_its_flashes_is_consumed(
    redis: Redis, parts: tuple[str, str]
) -> None:
    browser = TicketBrowser(redis)
    await browser.flash(message("Saved"), message("Careful", "error"))
    for number, part in enumerate(parts):
        assert len(browser.cookies) == len(await redis.keys("*")) == 1
        pending = await browser.pending()
        assert len(pending) == 2 - number
        await browser.consume(*(one for one in pending if one.content["c"] == part))
    assert browser.cookies == {}
    assert await redis.keys("*") == []


async def test_of_two_overlapping_responses_that_consume_parts_the_later_ends_the_ticket(
    redis: Redis,
) -> None:
    browser = TicketBrowser(redis)
    await browser.flash(message("Saved"), message("Careful", "error"))
    first, second = await browser.request(), await browser.request()
    await first.commit(Delta(gone=ids(first.pending[:1])))
    await second.commit(Delta(gone=ids(first.pending[1:])))
    assert first.lines == []
    assert len(second.lines) == 1
    assert await redis.keys("*") == []


async def test_a_replayed_cookie_finds_nothing_and_is_deleted_by_the_next_write(
    redis: Redis,
) -> None:
    browser = TicketBrowser(redis)
    await browser.flash(message("Saved"))
    old = dict(browser.cookies)
    await browser.consume(*await browser.pending())
    browser.cookies = dict(old)
    visit = await browser.request()
    assert visit.pending == []
    await visit.commit(Delta())
    assert visit.lines == []  # B1
    name = await browser.flash(message("Sent"))
    assert list(browser.cookies) == [name]


@pytest.mark.parametrize(
    "planted", ["", "no ticket", TICKET.upper(), TICKET + "0", TICKET[1:], "*", "x" * 3000]
)
async def test_a_malformed_ticket_costs_no_command_and_is_deleted_by_the_next_write(
    redis: Redis, redis_server: RedisServer, planted: str
) -> None:
    browser = TicketBrowser(redis)
    browser.cookies = {f"{PREFIX}planted1": planted}
    before = redis_server.commands()
    visit = await browser.request()
    assert (visit.store.may_hold_flashes, visit.pending) == (True, [])
    assert redis_server.commands() == before
    name = await browser.flash(message("Saved"))
    assert list(browser.cookies) == [name]


async def test_a_guessed_ticket_finds_nothing(redis: Redis) -> None:
    victim, guesser = TicketBrowser(redis), TicketBrowser(redis)
    await victim.flash(message("Saved"))
    await redis.set("flashbag:", "empty suffix")
    guesser.cookies = {f"{PREFIX}guessed1": TICKET}
    assert await guesser.pending() == []
    assert len(await victim.pending()) == 1


async def test_cookies_of_an_earlier_cookie_transport_are_deleted(redis: Redis) -> None:
    earlier, browser = Browser(), TicketBrowser(redis)
    earlier.flash(message("Saved"))
    browser.cookies = dict(earlier.cookies)
    assert await browser.pending() == []
    name = await browser.flash(message("Sent"))
    assert list(browser.cookies) == [name]


@pytest.mark.parametrize("field", [b"junk", None], ids=["field", "value"])
async def test_b7_a_damaged_field_is_ignored_and_the_others_are_read(
    redis: Redis, field: bytes | None
) -> None:
    browser = TicketBrowser(redis)
    await browser.flash(saved := message("Saved"))
    [key] = await redis.keys("*")
    for text in (b"{", b"\xff", b"[1]", b"[" * 100_000, b"null"):
        await redis.hset(key, field or new_id(), text)
    assert await browser.pending() == [saved]
    await browser.consume(saved)
    assert await browser.pending() == []
    assert len(await redis.keys("*")) == 1  # the rest may belong to a newer version, and expires


async def test_unread_flashes_expire_although_the_clock_of_redis_is_late(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock.start(monkeypatch)
    browser = TicketBrowser(redis, max_age=600)
    await browser.flash(old := message("Saved"))
    clock.go_on(601)
    assert await browser.pending() == []
    outcome = await browser.visit(Delta(added=[message("Sent")]))
    assert outcome.dropped == {old.id: "expired"}
    assert len(browser.cookies) == len(await redis.keys("*")) == 1


async def test_two_applications_with_different_prefixes_do_not_see_each_others_flashes(
    redis: Redis,
) -> None:
    shop, forum = TicketBrowser(redis, prefix="shop:"), TicketBrowser(redis, prefix="forum:")
    await shop.flash(message("Bought"))
    forum.cookies = dict(shop.cookies)
    assert await forum.pending() == []
    assert len(await shop.pending()) == 1


# Logout


@pytest.mark.parametrize("loads", [True, False])
async def test_clear_deletes_all_hashes_and_cookies_read_or_not(redis: Redis, loads: bool) -> None:
    browser = TicketBrowser(redis)
    for text in ("Saved", "Sent"):
        await browser.flash(message(text))
    browser.cookies[f"{PREFIX}planted1"] = "no ticket"
    if loads:
        await browser.visit(Delta(clears=True))
    else:
        visit = Visit(browser.transport, browser.cookies)
        await browser.transport.open(visit.request).commit(
            visit.request, visit.response, Delta(clears=True)
        )
        browser.receive(visit.lines)
    assert browser.cookies == {}
    assert await redis.keys("*") == []


async def test_a_static_file_may_add_a_flash_without_reading_the_pending_ones(
    redis: Redis,
) -> None:
    browser = TicketBrowser(redis)
    await browser.flash(saved := message("Saved"))
    visit = Visit(browser.transport, browser.cookies)
    store = browser.transport.open(visit.request)
    await store.commit(visit.request, visit.response, Delta(added=[sent := message("Sent")]))
    browser.receive(visit.lines)
    assert await browser.pending() == [saved, sent]


async def test_a_goodbye_after_a_logout_is_the_only_message(
    aiohttp_client: AiohttpClient, redis: Redis
) -> None:
    def leave(request: web.Request) -> None:
        flashbag_clear(request)
        flash(request, "Goodbye")

    app = cookie_app(web.post("/leave", does(leave)), transport=RedisTransport(redis))
    client = await aiohttp_client(app)
    await client.post("/flash?info=Saved", headers=FETCH)
    response = await client.post("/leave", headers=FETCH)
    assert [morsel["max-age"] for morsel in set_by(response)] == ["86400", "0"]
    assert await shown(client) == ["Goodbye"]
    assert await redis.keys("*") == []
