"""How many round trips to Redis a request takes, counted by a relay."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis
from support.relay import Relay
from support.services import RedisServer

from aiohttp_flashbag.flash import Delta, Flash, ids
from transports.ticket_visits import TicketBrowser
from transports.visits import message


@pytest.fixture
async def relay(redis: Redis, redis_server: RedisServer) -> AsyncIterator[Relay]:
    async with Relay(redis_server).running() as relay:
        yield relay


@pytest.fixture
async def browser(relay: Relay) -> AsyncIterator[TicketBrowser]:
    """A browser of an application whose client is connected."""
    client = Redis.from_url(relay.url)
    await client.ping()
    yield TicketBrowser(client)
    await client.aclose()


def two() -> tuple[Flash, Flash]:
    return message("Saved"), message("Careful", "error")


async def test_a_redirect_that_flashes_takes_one_round_trip_and_the_page_that_shows_takes_two(
    browser: TicketBrowser, relay: Relay
) -> None:
    before = relay.trips
    await browser.flash(*two())
    assert relay.trips - before == 1
    await browser.consume(*await browser.pending())
    assert relay.trips - before == 1 + 1 + 2  # `pending` sends a request of its own
    await browser.pending()
    assert relay.trips - before == 4


@pytest.mark.parametrize("tickets", [1, 20])
@pytest.mark.parametrize("change", ["flash", "consume", "consume a part", "both", "clear"])
async def test_a_request_with_tickets_takes_two_round_trips_however_many_there_are(
    browser: TicketBrowser, relay: Relay, tickets: int, change: str
) -> None:
    for _ in range(tickets):
        await browser.flash(*two())
    before = relay.trips
    visit = await browser.request()
    assert relay.trips - before == 1
    gone = {
        "consume": ids(visit.pending),
        "both": ids(visit.pending),
        "consume a part": ids(one for one in visit.pending if one.content["c"] == "error"),
    }
    added = [message("Sent")] if change in ("flash", "both") else []
    outcome = await visit.commit(
        Delta(gone=gone.get(change, set()), added=added, clears=change == "clear")
    )
    assert outcome
    assert relay.trips - before == 2


async def test_a_page_that_reads_and_consumes_nothing_takes_one_round_trip(
    browser: TicketBrowser, relay: Relay
) -> None:
    await browser.flash(*two())
    before = relay.trips
    visit = await browser.request()
    await visit.commit(Delta())
    assert relay.trips - before == 1
