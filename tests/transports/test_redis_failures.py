"""B7: Redis is down, frozen, restarted, full or slow. The page works, and one line is logged."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Callable
from functools import partial

import pytest
from aiohttp import web
from redis import RedisError
from redis.asyncio import Redis
from support.apps import AiohttpClient, Client, does, flash_messages, read, set_values, shown
from support.overlap import FETCH
from support.own_cookies import cookie_app, ours, set_by
from support.relay import Relay
from support.services import PATIENCE, RedisServer

import aiohttp_flashbag
from aiohttp_flashbag import RedisTransport, flashbag_clear, setup_browser
from aiohttp_flashbag.flash import Delta, ids
from aiohttp_flashbag.transports.redis import Hashes
from transports.ticket_visits import TicketBrowser
from transports.visits import message, value

Fault = Callable[[RedisServer], None]
BRIEF = 0.2  # seconds for all calls of a request

each_fault = pytest.mark.parametrize(
    ("happen", "end"),
    [
        pytest.param(RedisServer.kill, RedisServer.start, id="killed"),
        pytest.param(RedisServer.freeze, RedisServer.thaw, id="frozen"),
    ],
)


@pytest.fixture
async def fragile(fragile_redis: RedisServer) -> AsyncIterator[Redis]:
    """A client without timeouts of its own, of a server that a test stops."""
    client = Redis.from_url(fragile_redis.url, socket_timeout=None, socket_connect_timeout=None)
    yield client
    await client.aclose()


@pytest.fixture
async def client(aiohttp_client: AiohttpClient, fragile: Redis) -> Client:
    save = partial(does, set_values, flash_messages)
    app = cookie_app(
        web.post("/save", save(answer=partial(web.HTTPSeeOther, "/plain"))),
        web.post("/leave", does(flashbag_clear)),
        transport=RedisTransport(fragile, timeout=BRIEF),
    )
    setup_browser(app)
    return await aiohttp_client(app)


async def status_of(client: Client, method: str, path: str) -> int:
    headers = {**FETCH, "Sec-Fetch-Site": "same-origin"}
    request = client.request(method, path, headers=headers, allow_redirects=False)
    return (await asyncio.wait_for(request, PATIENCE)).status


@each_fault
async def test_b7_without_redis_pages_are_served_and_each_logs_one_line(
    client: Client,
    fragile_redis: RedisServer,
    happen: Fault,
    end: Fault,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await client.post("/flash?info=Saved", headers=FETCH)
    happen(fragile_redis)
    for method, path, status in (
        ("GET", "/plain", 200),
        ("GET", "/messages", 200),
        ("GET", "/values?error", 200),
        ("GET", "/nowhere", 404),
        ("POST", "/save?error=Lost", 303),
        ("POST", "/flashbag/messages", 503),  # so that the script asks again
    ):
        caplog.clear()
        assert await status_of(client, method, path) == status
        [record] = caplog.records
        assert record.levelname == "ERROR"
        assert "Error" in record.message
        assert str(fragile_redis.port) not in record.message
    end(fragile_redis)
    assert await status_of(client, "POST", "/save?info=Sent") == 303
    # A killed server has lost its data.
    assert (await shown(client)) == (["Saved", "Sent"] if end is RedisServer.thaw else ["Sent"])
    assert ours(client) == {}


@each_fault
async def test_b7_a_first_flash_is_lost_with_one_line_and_sets_no_cookie(
    client: Client,
    fragile_redis: RedisServer,
    happen: Fault,
    end: Fault,
    caplog: pytest.LogCaptureFixture,
) -> None:
    happen(fragile_redis)
    assert await status_of(client, "POST", "/save?info=Lost") == 303
    [record] = caplog.records
    assert "could not be saved in Redis" in record.message
    assert ours(client) == {}
    end(fragile_redis)
    await client.post("/flash?info=Saved", headers=FETCH)
    assert await shown(client) == ["Saved"]


@each_fault
async def test_clear_deletes_the_cookies_although_redis_does_not_respond(
    client: Client,
    fragile_redis: RedisServer,
    happen: Fault,
    end: Fault,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await client.post("/flash?info=Saved", headers=FETCH)
    happen(fragile_redis)
    response = await client.post("/leave", headers=FETCH)
    assert [morsel["max-age"] for morsel in set_by(response)] == ["0"]
    assert len(caplog.records) == 1
    assert ours(client) == {}
    end(fragile_redis)
    assert await shown(client) == []


async def test_after_a_timeout_a_request_calls_redis_no_more(
    fragile_redis: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    async with Relay(fragile_redis).running() as relay:
        redis = Redis.from_url(relay.url)
        browser = TicketBrowser(redis, timeout=BRIEF)
        await browser.flash(message("Saved"))
        visit = await browser.request()
        fragile_redis.freeze()
        with pytest.raises(TimeoutError):
            await visit.store.load(visit.request)
        trips = relay.trips
        outcome = await visit.commit(Delta(added=[message("Sent")]))
        assert (outcome.added, visit.lines, relay.trips) == ([], [], trips)
        assert caplog.messages == []  # the caller of `load` has logged
        fragile_redis.thaw()
        await redis.aclose()


async def test_two_slow_calls_share_one_timeout(
    fragile_redis: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    """Each reply comes in time for a call alone, and too late for the second one."""
    async with Relay(fragile_redis).running() as relay:
        redis = Redis.from_url(relay.url)
        browser = TicketBrowser(redis, timeout=1)
        await browser.flash(saved := message("Saved"))
        relay.delay = 0.6
        visit = await browser.request()
        assert visit.pending == [saved]
        outcome = await visit.commit(Delta(gone=ids(visit.pending)))
        assert outcome.after == [saved]  # as far as this request knows
        assert visit.lines == []
        assert len(caplog.records) == 1
        await redis.aclose()


@pytest.mark.parametrize("ending", [asyncio.CancelledError, ConnectionError])
async def test_a_client_that_is_slow_to_cancel_a_call_makes_no_page_slow(
    fragile_redis: RedisServer, ending: type[BaseException], caplog: pytest.LogCaptureFixture
) -> None:
    """Like a `BlockingConnectionPool` of redis-py 5.0.1 that has no free connection."""
    may_end, has_ended = asyncio.Event(), asyncio.Event()

    class Slow(Redis):
        async def execute_command(self, *args: object, **options: object) -> object:
            try:
                return await super().execute_command(*args, **options)  # type: ignore[no-untyped-call]
            except asyncio.CancelledError:
                await may_end.wait()
                has_ended.set()
                raise ending from None

    redis = Slow.from_url(fragile_redis.url)
    browser = TicketBrowser(redis, timeout=BRIEF)
    await browser.flash(message("Saved"))
    fragile_redis.freeze()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(browser.pending(), PATIENCE)
    assert not has_ended.is_set()
    fragile_redis.thaw()
    may_end.set()
    await has_ended.wait()
    await redis.aclose()
    await asyncio.sleep(0)
    gc.collect()
    assert caplog.messages == []  # no exception that nobody retrieved
    assert not any(isinstance(one, Hashes) for one in gc.get_objects())  # B9


async def test_a_cancelled_request_cancels_its_call(fragile_redis: RedisServer) -> None:
    ended = asyncio.Event()

    class Noting(Redis):
        async def execute_command(self, *args: object, **options: object) -> object:
            try:
                return await super().execute_command(*args, **options)  # type: ignore[no-untyped-call]
            except asyncio.CancelledError:
                ended.set()
                raise

    redis = Noting.from_url(fragile_redis.url)
    browser = TicketBrowser(redis, timeout=PATIENCE)
    await browser.flash(message("Saved"))
    fragile_redis.freeze()
    request = asyncio.create_task(browser.pending())
    await asyncio.sleep(0.05)  # so that it has sent its command
    request.cancel()
    with pytest.raises(asyncio.CancelledError):
        await request
    await asyncio.wait_for(ended.wait(), PATIENCE)
    fragile_redis.thaw()
    assert len(await browser.pending()) == 1
    await redis.aclose()


async def test_b7_if_redis_is_full_the_flash_is_lost_and_shown_ones_are_consumed_all_the_same(
    fragile: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    browser = TicketBrowser(fragile)
    await browser.flash(saved := message("Saved"))
    await fragile.config_set("maxmemory-policy", "noeviction")
    await fragile.config_set("maxmemory", 1)
    sent = message("Sent")
    outcome = await browser.visit(Delta(gone={saved.id}, added=[sent]))
    assert (outcome.after, outcome.dropped) == ([], {sent.id: "failed"})
    assert browser.cookies == {}
    [record] = caplog.records
    assert "OutOfMemoryError" in record.message
    await fragile.config_set("maxmemory", 0)
    assert await fragile.dbsize() == 0
    await browser.flash(message("Sent"))
    assert len(await browser.pending()) == 1


async def test_b7_a_flash_that_cannot_be_consumed_stays_pending(
    fragile_redis: RedisServer, fragile: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    browser = TicketBrowser(fragile, timeout=BRIEF)
    await browser.flash(saved := message("Saved"))
    visit = await browser.request()
    fragile_redis.freeze()
    sent = message("Sent")
    outcome = await visit.commit(Delta(gone={saved.id}, added=[sent]))
    assert (outcome.after, outcome.dropped) == ([saved], {sent.id: "failed"})
    assert visit.lines == []
    assert len(caplog.records) == 1
    fragile_redis.thaw()
    assert len(await browser.pending()) <= 1  # the frozen server may have received the command


async def test_a_timeout_never_hands_one_requests_reply_to_another(
    fragile_redis: RedisServer,
) -> None:
    """Later requests use the connections again, and the replies to many are too late."""
    async with Relay(fragile_redis).running() as relay:
        redis = Redis.from_url(relay.url)
        browsers = [TicketBrowser(redis, timeout=0.05) for _ in range(30)]
        own = [value(f"key {number}") for number in range(30)]
        for browser, one in zip(browsers, own, strict=True):
            browser.transport.timeout = PATIENCE
            await browser.flash(one)
            browser.transport.timeout = 0.05

        async def pending(number: int, delay: float) -> object:
            relay.delay = delay
            try:
                return await browsers[number].pending()
            except (TimeoutError, RedisError):
                return None

        late = 0
        for round_ in range(20):
            numbers = range(30)
            read = await asyncio.gather(*(pending(n, (n + round_) % 2 * 0.06) for n in numbers))
            late += read.count(None)
            assert all(found in (None, [one]) for found, one in zip(read, own, strict=True))
        assert late
        relay.delay = 0
        for browser, one in zip(browsers, own, strict=True):
            browser.transport.timeout = PATIENCE
            assert await browser.pending() == [one]
        await redis.aclose()


async def test_a_cancelled_handler_consumes_nothing_and_adds_nothing(
    aiohttp_client: AiohttpClient, fragile: Redis
) -> None:
    """As when the client disconnects, with `handler_cancellation`."""

    async def give_up(request: web.Request) -> web.StreamResponse:
        aiohttp_flashbag.get_flashed_messages(request)
        aiohttp_flashbag.flash(request, "Lost")
        raise asyncio.CancelledError

    app = cookie_app(web.get("/slow", give_up), transport=RedisTransport(fragile))
    client = await aiohttp_client(app)
    await client.post("/flash?info=Saved", headers=FETCH)
    before = ours(client)
    with pytest.raises(Exception, match="disconnected"):
        await client.get("/slow")
    assert ours(client) == before
    assert await shown(client) == ["Saved"]
    assert await read(client) is None
