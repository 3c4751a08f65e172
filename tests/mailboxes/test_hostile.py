"""Requests that are cancelled, foreign or refused, and mailboxes of which one is damaged."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiohttp import web
from aiohttp.typedefs import Handler
from redis.asyncio import Redis
from support.apps import AiohttpClient, shown
from support.own_cookies import KEY, cookie_app
from support.services import RedisServer
from transports.ticket_visits import TicketBrowser
from transports.visits import Visit, message

from aiohttp_flashbag import CookieTransport, setup_browser
from aiohttp_flashbag.flash import Delta
from aiohttp_flashbag.mailbox import Mailbox, MemoryMailbox, RedisMailbox
from aiohttp_flashbag.transports import Store

from .claims import claim


def app_of(mailbox: Mailbox, **options: Any) -> web.Application:
    """Return an application whose visitors name their user in a header."""

    def identify(request: web.Request) -> str:
        return request.headers.get("X-User", "ann")

    return cookie_app(**{"mailbox": mailbox, "identify": identify, **options})


class CancelledTransport(CookieTransport):
    """A transport whose request is cancelled while it commits, as if the client had gone."""

    def open(self, request: web.Request) -> Any:
        store: Store = super().open(request)

        async def commit(*arguments: object) -> None:
            task = asyncio.current_task()
            assert task is not None
            task.cancel()
            await asyncio.sleep(0)

        store.commit = commit  # type: ignore[method-assign,assignment]
        return store


async def test_u4_mail_of_a_response_that_was_cancelled_is_shown_later(
    aiohttp_client: AiohttpClient,
) -> None:
    @web.middleware
    async def note_cancellation(request: web.Request, handler: Handler) -> web.StreamResponse:
        await asyncio.shield(asyncio.ensure_future(asyncio.sleep(0)))
        return await handler(request)

    mailbox = MemoryMailbox()
    app = app_of(mailbox, transport=CancelledTransport(KEY))
    app.middlewares.insert(0, note_cancellation)
    client = await aiohttp_client(app)
    await mailbox.flash("ann", "Export ready.")
    with pytest.raises(Exception, match=r"[Dd]isconnected"):
        await client.get("/messages")
    assert await claim(mailbox) == ["Export ready."]


async def test_a_foreign_site_cannot_hold_mail_back(aiohttp_client: AiohttpClient) -> None:
    mailbox = MemoryMailbox()
    setup_browser(app := app_of(mailbox))
    client = await aiohttp_client(app)
    await mailbox.flash("ann", "Export ready.")
    headers = {"Sec-Fetch-Site": "cross-site"}
    assert (await client.post("/flashbag/messages", headers=headers)).status == 403
    assert await shown(client) == ["Export ready."]


async def test_a_visitor_whom_a_check_of_permissions_refuses_sees_no_mail(
    aiohttp_client: AiohttpClient, caplog: pytest.LogCaptureFixture
) -> None:
    def identify(request: web.Request) -> str:
        raise web.HTTPUnauthorized

    client = await aiohttp_client(app_of(MemoryMailbox(), identify=identify))
    assert await shown(client) == []
    assert caplog.messages == []


async def test_u10_a_damaged_mailbox_of_one_user_does_not_stop_the_others(
    aiohttp_client: AiohttpClient, redis: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    mailbox = RedisMailbox(redis)
    await redis.set("flashbag:mail:bob", "not a hash")
    await mailbox.flash("ann", "Export ready.")
    client = await aiohttp_client(app_of(mailbox))
    response = await client.get("/messages", headers={"X-User": "bob"})
    assert await response.json() == []
    assert await shown(client) == ["Export ready."]
    [line] = caplog.messages
    assert line.startswith("The mail of a user cannot be read: ")


async def test_a_field_that_is_not_text_is_dropped(redis: Redis) -> None:
    mailbox = RedisMailbox(redis)
    await mailbox.flash("ann", "Export ready.")
    await redis.hset("flashbag:mail:ann", b"\xff\xfe", "damaged")
    assert await claim(mailbox) == ["Export ready."]
    assert await redis.hlen("flashbag:mail:ann") == 1


@pytest.mark.parametrize("redis", [Redis, "redis://:secret@localhost"])
def test_a_wrong_client_is_refused_without_its_password(redis: Any) -> None:
    with pytest.raises(TypeError, match="redis must be an asyncio client") as caught:
        RedisMailbox(redis)
    assert "secret" not in str(caught.value)


async def logged_out(browser: TicketBrowser, server: RedisServer) -> None:
    """Log out while Redis does not respond."""
    server.freeze()
    visit = Visit(browser.transport, browser.cookies)
    visit.store = browser.transport.open(visit.request)
    with pytest.raises(TimeoutError):
        await visit.store.load(visit.request)
    await visit.commit(Delta(clears=True))
    browser.receive(visit.lines)
    server.thaw()


@pytest.mark.parametrize(("name", "all_fit"), [("AIOHTTP_FLASHBAG", True), ("LONG" * 20, False)])
async def test_b4_a_logout_without_redis_deletes_as_many_tickets_as_the_headers_hold(
    fragile_redis: RedisServer, caplog: pytest.LogCaptureFixture, name: str, all_fit: bool
) -> None:
    client = Redis.from_url(fragile_redis.url)
    browser = TicketBrowser(client, timeout=0.2, cookie_name=name)
    for number in range(40):
        await browser.flash(message(str(number)))
    await logged_out(browser, fragile_redis)
    assert (len(await browser.pending()) == 0) is all_fit
    assert any("no room" in text for text in caplog.messages) is not all_fit
    await client.aclose()
