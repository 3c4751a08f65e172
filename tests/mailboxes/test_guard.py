"""Pages work without mail while a mailbox is down (U10)."""

from __future__ import annotations

import asyncio
import time

import pytest

from aiohttp_flashbag.mailbox import Guard


class Service:
    """Fails while it is down, and counts attempts. Its clock is that of the guard."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.is_up, self.attempts, self.now = True, 0, 100.0
        self.gate = asyncio.Event()
        self.gate.set()
        monkeypatch.setattr(time, "monotonic", lambda: self.now)

    async def ask(self) -> str:
        self.attempts += 1
        await self.gate.wait()
        if not self.is_up:
            raise ConnectionError("secret")
        return "mail"


@pytest.fixture
async def service(monkeypatch: pytest.MonkeyPatch) -> Service:
    return Service(monkeypatch)


async def test_an_outage_is_logged_once_without_the_text_of_the_error(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    guard = Guard()
    for is_up in (False, False, True, False):
        service.is_up = is_up
        assert await guard.call(service.ask, "none") == ("mail" if is_up else "none")
        service.now += 1
    line = "The mailbox cannot be reached, so pages do not show mail: builtins.ConnectionError"
    assert [record.getMessage() for record in caplog.records] == [line] * 2  # two outages


async def test_the_next_attempt_is_made_a_second_after_the_last_one_ended(
    service: Service,
) -> None:
    guard = Guard()
    service.is_up = False
    await guard.call(service.ask, "none")
    service.is_up = True
    service.now += 0.9
    assert (await guard.call(service.ask, "none"), service.attempts) == ("none", 1)
    service.now += 0.1
    assert (await guard.call(service.ask, "none"), service.attempts) == ("mail", 2)
    assert (await guard.call(service.ask, "none"), service.attempts) == ("mail", 3)


async def test_one_request_at_a_time_tries_a_mailbox_that_is_down(service: Service) -> None:
    guard = Guard()
    service.is_up = False
    await guard.call(service.ask, "none")
    service.now += 1
    service.gate.clear()
    attempt = asyncio.create_task(guard.call(service.ask, "none"))
    await asyncio.sleep(0)
    service.now += 60
    assert (await guard.call(service.ask, "none"), service.attempts) == ("none", 2)
    attempt.cancel()  # a client that goes away must not leave the guard closed
    await asyncio.wait([attempt])
    service.gate.set()
    service.is_up, service.now = True, service.now + 1
    assert await guard.call(service.ask, "none") == "mail"
