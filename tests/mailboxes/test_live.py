"""The stream that tells open pages about mail (U6, U8, U11), through a real client."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import ClientResponse, web
from aiohttp_session import AbstractStorage, SimpleCookieStorage, get_session
from support.apps import AiohttpClient, Client, make_app, shown
from support.services import HOST, PATIENCE, RedisServer

from aiohttp_flashbag import flashbag_script, setup_browser
from aiohttp_flashbag.mailbox import Mailbox, MemoryMailbox, RedisMailbox, Subscription, User
from aiohttp_flashbag.mailbox.live import Live

from .test_requests import user_of

STREAM = "/flashbag/live"
SAME = {"Sec-Fetch-Site": "same-origin", "Accept": "text/event-stream"}
MAIL, END, COMMENT = b"event: mail\ndata:\n\n", b"event: end\ndata:\n\n", b":\n\n"
WithLive = Callable[..., Awaitable[Client]]


async def become_another(request: web.Request) -> web.Response:
    """Log in another user, in the same session."""
    (await get_session(request))["user"] = request.match_info["user"]
    return web.Response()


class Watched(MemoryMailbox):
    """A mailbox that counts its subscriptions."""

    def __init__(self) -> None:
        super().__init__()
        self.subscriptions = 0
        self.changed = asyncio.Condition()

    @asynccontextmanager
    async def subscribe(self, user: User) -> AsyncIterator[Subscription]:
        async with super().subscribe(user) as subscription:
            try:
                await self._add(+1)
                yield subscription
            finally:
                await self._add(-1)

    async def has(self, count: int) -> None:
        """Wait until there are so many subscriptions."""
        async with self.changed:
            wait = self.changed.wait_for(lambda: self.subscriptions == count)
            await asyncio.wait_for(wait, PATIENCE)

    async def _add(self, change: int) -> None:
        async with self.changed:
            self.subscriptions += change
            self.changed.notify_all()


@pytest.fixture
def with_live(aiohttp_client: AiohttpClient) -> WithLive:
    """Start an application with this mailbox and live pages, in which Ann is logged in."""

    async def start(
        mailbox: Mailbox, storage: AbstractStorage | None = None, identify: Any = user_of
    ) -> Client:
        become = web.post("/become/{user}", become_another)
        app = make_app(storage or SimpleCookieStorage(), become, mailbox=mailbox, identify=identify)
        setup_browser(app, live=True)
        client = await aiohttp_client(app)
        await client.post("/login?user=ann")
        return client

    return start


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let streams identify their user again very soon."""
    monkeypatch.setattr(Live, "interval", 0.02)


is_quick = pytest.mark.usefixtures("quick")


_opened: list[ClientResponse] = []


@pytest.fixture(autouse=True)
def close_streams() -> Iterator[None]:
    """Close the streams that a test leaves open."""
    yield
    while _opened:
        _opened.pop().close()


async def listen(client: Client, **headers: str) -> ClientResponse:
    """Open a stream."""
    stream = await client.get(STREAM, headers={**SAME, **headers})
    _opened.append(stream)
    return stream


async def event_of(stream: ClientResponse) -> bytes:
    """Return the next event or comment of a stream, or b"" if it closes."""
    try:
        event = await asyncio.wait_for(stream.content.readuntil(b"\n\n"), PATIENCE)
    except asyncio.IncompleteReadError as error:
        return error.partial
    return event if not event.startswith(b"retry") else await event_of(stream)


async def rest_of(stream: ClientResponse) -> bytes:
    """Return everything until the stream closes, without comments."""
    text = await asyncio.wait_for(stream.content.read(), PATIENCE)
    return text.replace(COMMENT, b"").partition(b"retry: 3000\n\n")[2] or text


async def test_u6_a_stream_says_that_mail_is_pending_and_never_what(
    with_live: WithLive, mailbox: Mailbox
) -> None:
    client = await with_live(mailbox)
    stream = await listen(client)
    await mailbox.flash("bob", "Not for Ann.")
    await mailbox.flash("ann", "Export ready.")
    assert await event_of(stream) == MAIL
    assert await shown(client) == ["Export ready."]  # the stream has claimed nothing
    await mailbox.flash("ann", "Import ready.")
    assert await event_of(stream) == MAIL
    assert await event_of(await listen(client)) == MAIL  # also if the mail was there before
    assert await shown(client) == ["Import ready."]


async def test_requests_for_the_stream_and_the_script_load_no_mail(with_live: WithLive) -> None:
    identified: list[str] = []

    def identify(request: web.Request) -> str:
        identified.append(request.path)
        return "ann"

    client = await with_live(mailbox := Watched(), identify=identify)
    identified.clear()
    await listen(client, **{"Sec-Fetch-Dest": "document"})
    await client.get(f"{STREAM}.js", headers={"Sec-Fetch-Dest": "document"})
    await mailbox.has(1)
    assert identified == [STREAM]  # by the stream itself


async def test_its_headers_keep_it_out_of_caches_and_buffers(with_live: WithLive) -> None:
    stream = await listen(await with_live(MemoryMailbox()))
    assert stream.status == 200
    assert stream.content_type == "text/event-stream"
    assert stream.headers["Cache-Control"] == "no-store"
    assert stream.headers["X-Accel-Buffering"] == "no"
    assert stream.headers["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in stream.headers
    assert await stream.content.readuntil(b"\n\n") == b"retry: 3000\n\n"


async def test_nobody_is_told_not_to_come_back(with_live: WithLive) -> None:
    client = await with_live(MemoryMailbox())
    await client.post("/logout")
    assert await rest_of(await listen(client)) == END


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "same-site", "Accept": "text/event-stream"}, 403),
        ({"Sec-Fetch-Site": "none"}, 403),
        ({"Origin": "https://evil.example", "Accept": "text/event-stream"}, 403),
        ({"Origin": "null", "Accept": "text/event-stream"}, 403),
        ({"Origin": "http://[", "Accept": "text/event-stream"}, 403),
        ({"Accept": "text/event-stream"}, 200),  # EventSource without HTTPS
        ({}, 403),
    ],
)
async def test_u11_only_pages_of_this_origin_can_listen(
    with_live: WithLive, headers: dict[str, str], status: int
) -> None:
    client = await with_live(MemoryMailbox())
    assert (await client.get(STREAM, headers=headers)).status == status


@is_quick
@pytest.mark.parametrize("change", ["/logout", "/become/bob"])
@pytest.mark.service
async def test_u8_a_stream_ends_with_the_login(
    with_live: WithLive, redis_storage: AbstractStorage, change: str
) -> None:
    client = await with_live(mailbox := MemoryMailbox(), redis_storage)
    stream = await listen(client)
    assert await event_of(stream) == COMMENT
    await client.post(change)
    assert await rest_of(stream) == END
    await mailbox.flash("ann", "Export ready.")
    assert await mailbox.has_mail("ann")


async def test_u8_a_stream_with_much_mail_ends_with_the_login_too(
    with_live: WithLive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Live, "interval", 0.2)
    users: list[str | None] = ["ann"]
    client = await with_live(mailbox := MemoryMailbox(), identify=lambda request: users[-1])
    await mailbox.flash("ann", "40 %", key="export")
    stream = await listen(client)
    users.append(None)
    for _ in range(20_000):
        event = await event_of(stream)
        if event != MAIL:
            break
        await mailbox.flash("ann", "60 %", key="export")
    assert event == END


@is_quick
async def test_a_user_who_cannot_be_identified_for_a_while_keeps_the_stream(
    with_live: WithLive, caplog: pytest.LogCaptureFixture
) -> None:
    fails: list[bool] = [True]

    async def identify(request: web.Request) -> str:
        if fails[-1] and request.path == STREAM:
            raise OSError
        return "ann"

    client = await with_live(mailbox := MemoryMailbox(), identify=identify)
    assert (await listen(client)).status == (await listen(client)).status == 503
    assert caplog.messages == [
        "identify() failed, so open pages may hear of no mail: builtins.OSError"
    ]
    fails.append(False)
    stream = await listen(client)
    assert await event_of(stream) == COMMENT
    fails.append(True)
    for _ in range(5):
        assert await event_of(stream) == COMMENT
    await mailbox.flash("ann", "Export ready.")
    assert MAIL in [await event_of(stream) for _ in range(5)]
    assert len(caplog.messages) == 2


async def test_a_stream_that_has_lived_long_closes_and_may_be_opened_again(
    with_live: WithLive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Live, "lifetime", 0.05)
    client = await with_live(mailbox := Watched())
    assert await rest_of(await listen(client)) == b"retry: 3000\n\n"
    await mailbox.has(0)
    assert (await listen(client)).status == 200


async def test_u11_a_shutdown_closes_all_streams_without_telling_them_to_stay_away(
    with_live: WithLive,
) -> None:
    client = await with_live(mailbox := Watched())
    streams = [await listen(client) for _ in range(3)]
    await mailbox.has(3)
    await client.app.shutdown()
    assert [await rest_of(stream) for stream in streams] == [b"retry: 3000\n\n"] * 3
    assert await rest_of(await listen(client)) == b""


@is_quick
@pytest.mark.parametrize("handler_cancellation", [False, True])
async def test_a_page_that_is_gone_ends_its_subscription(
    caplog: pytest.LogCaptureFixture, handler_cancellation: bool
) -> None:
    mailbox = Watched()
    app = make_app(SimpleCookieStorage(), mailbox=mailbox, identify=lambda request: "ann")
    setup_browser(app, live=True)
    runner = web.AppRunner(app, handler_cancellation=handler_cancellation)
    await runner.setup()
    await web.TCPSite(runner, HOST, 0).start()
    host, port = runner.addresses[0]
    _, writer = await asyncio.open_connection(host, port)
    writer.write(
        f"GET {STREAM} HTTP/1.1\r\nHost: x\r\nSec-Fetch-Site: same-origin\r\n\r\n".encode()
    )
    await mailbox.has(1)
    writer.close()
    await mailbox.has(0)
    await runner.cleanup()
    assert caplog.messages == []


@is_quick
@pytest.mark.service
async def test_u10_a_stream_stays_open_while_redis_is_down(
    with_live: WithLive, fragile_redis: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    from redis.asyncio import Redis

    redis = Redis.from_url(fragile_redis.url)
    client = await with_live(mailbox := RedisMailbox(redis))
    stream = await listen(client)
    assert await event_of(stream) == COMMENT
    fragile_redis.kill()
    while not caplog.messages:
        assert await event_of(stream) == COMMENT
    for _ in range(20):
        assert await event_of(stream) == COMMENT
    fragile_redis.start()
    await mailbox.flash("ann", "Export ready.")
    while (event := await event_of(stream)) != MAIL:
        assert event == COMMENT
    assert len(caplog.messages) == 1
    await redis.aclose()


async def test_a_page_gets_both_scripts(aiohttp_client: AiohttpClient) -> None:
    async def page(request: web.Request) -> web.Response:
        return web.Response(text=flashbag_script(request, nonce="n"), content_type="text/html")

    app = make_app(
        SimpleCookieStorage(), web.get("/a/b", page), mailbox=MemoryMailbox(), identify=user_of
    )
    setup_browser(app, "/bag", live=True)
    client = await aiohttp_client(app)
    first, second, rest = (await (await client.get("/a/b")).text()).split("</script>")
    assert first.startswith('<script type="module" src="../bag/flashbag.js?v=')
    assert second.startswith('<script type="module" src="../bag/live.js?v=')
    assert second.endswith(' nonce="n">')
    assert rest == ""
    script = await client.get(second.split('"')[3].removeprefix(".."))
    assert script.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert script.content_type == "text/javascript"
    assert b"\n//" not in await script.read()


def test_live_pages_need_a_mailbox() -> None:
    app = make_app(SimpleCookieStorage())
    with pytest.raises(RuntimeError, match=r"mailbox=mailbox, identify="):
        setup_browser(app, live=True)


def test_a_second_call_must_agree_about_live_pages() -> None:
    app = make_app(SimpleCookieStorage(), mailbox=MemoryMailbox(), identify=user_of)
    setup_browser(app, live=True)
    setup_browser(app, live=True)
    with pytest.raises(ValueError, match=r"live=True, now with '/flashbag', live=False"):
        setup_browser(app)


async def test_a_mailbox_that_cannot_subscribe_is_refused_when_the_application_starts() -> None:
    class OldCluster:
        evalsha = aclose = None

    mailbox = RedisMailbox(OldCluster())  # type: ignore[arg-type]
    app = make_app(SimpleCookieStorage(), mailbox=mailbox, identify=user_of)
    setup_browser(app, live=True)
    with pytest.raises(RuntimeError, match="OldCluster cannot subscribe"):
        await web.AppRunner(app).setup()


async def test_a_visitor_whom_a_check_of_permissions_refuses_is_told_not_to_come_back(
    with_live: WithLive, caplog: pytest.LogCaptureFixture
) -> None:
    def identify(request: web.Request) -> str:
        raise web.HTTPUnauthorized

    client = await with_live(MemoryMailbox(), identify=identify)
    assert await rest_of(await listen(client)) == END
    assert caplog.messages == []
