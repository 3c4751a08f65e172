"""Workers with different keys: flashes are lost, and the log asks for the reason once per hour."""

from __future__ import annotations

import pytest
from support.apps import AiohttpClient, Client, shown, texts
from support.clock import Clock
from support.own_cookies import KEY, PREFIX, cookie_client, get_with, ours, send

from aiohttp_flashbag import CookieTransport

OTHER_KEY = b"another sixteen and sixteen byte"
HOUR = 3600


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock.start(monkeypatch)


@pytest.fixture
async def worker(aiohttp_client: AiohttpClient) -> Client:
    return await cookie_client(aiohttp_client)


@pytest.fixture
async def other_worker(aiohttp_client: AiohttpClient) -> Client:
    transport = CookieTransport(OTHER_KEY, max_age=2 * HOUR)
    return await cookie_client(aiohttp_client, transport=transport)


async def cookies_of(client: Client, *messages: str) -> list[tuple[str, str]]:
    """Return the cookies with these messages, each in a cookie of its own."""
    for message in messages:
        await send(client, message)
    return list(ours(client).items())


async def test_98_a_cookie_of_another_key_is_reported_once_per_hour(
    worker: Client, other_worker: Client, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    lost = await cookies_of(other_worker, "lost", "lost too")
    for _ in range(3):
        assert await texts(await get_with(worker, "/messages", lost)) == []
    clock.go_on(HOUR - 10)
    await get_with(worker, "/messages", lost)
    assert len(caplog.records) == 1
    clock.go_on(10)
    for _ in range(3):
        await get_with(worker, "/plain", lost)
    assert [record.levelname for record in caplog.records] == ["WARNING"] * 2
    for message in caplog.messages:
        assert "Do all workers have the same secret_key?" in message
        assert PREFIX in message
        assert not any(value in message for _, value in lost)


async def test_98_each_worker_reports_the_cookies_of_the_other(
    worker: Client, other_worker: Client, caplog: pytest.LogCaptureFixture
) -> None:
    both = [*await cookies_of(worker, "one"), *await cookies_of(other_worker, "two")]
    assert await texts(await get_with(worker, "/messages", both)) == ["one"]
    assert len(caplog.records) == 1
    assert await texts(await get_with(other_worker, "/messages", both)) == ["two"]
    assert len(caplog.records) == 2


async def test_98_a_damaged_cookie_is_reported(
    worker: Client, caplog: pytest.LogCaptureFixture
) -> None:
    [(name, value)] = await cookies_of(worker, "Saved")
    await get_with(worker, "/messages", [(name, value[:-5] + "AAAAA")])
    assert ["Do all workers" in message for message in caplog.messages] == [True]


async def test_98_an_old_key_that_is_still_in_the_list_is_not_reported(
    aiohttp_client: AiohttpClient, other_worker: Client, caplog: pytest.LogCaptureFixture
) -> None:
    old = await cookies_of(other_worker, "old")
    rotated = await cookie_client(aiohttp_client, transport=CookieTransport([KEY, OTHER_KEY]))
    assert await texts(await get_with(rotated, "/messages", old)) == ["old"]
    assert caplog.messages == []


@pytest.mark.parametrize(
    "name",
    ["AIOHTTP_SESSION", "AIOHTTP_FLASHBAG", "AIOHTTP_FLASHBAG_PENDING", "theme", "x-12345678"],
)
async def test_98_cookies_of_others_are_not_reported(
    worker: Client, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    saved = await cookies_of(worker, "Saved")
    assert await texts(await get_with(worker, "/messages", [(name, "x" * 60), *saved])) == ["Saved"]
    assert caplog.messages == []


async def test_98_the_mark_of_a_consumed_message_is_not_reported(
    worker: Client, caplog: pytest.LogCaptureFixture
) -> None:
    await worker.post("/flash?info=one&error=two", headers={"Sec-Fetch-Dest": "empty"})
    assert await texts(await worker.get("/messages?only=error")) == ["two"]
    assert await shown(worker) == ["one"]
    assert caplog.messages == []
