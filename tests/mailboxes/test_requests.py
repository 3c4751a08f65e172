"""Mail in requests: who sees it, and which responses settle or release it (U1 to U5, U8, U12)."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import pytest
from aiohttp import web
from aiohttp_session import AbstractStorage, get_session
from support.apps import (
    AiohttpClient,
    Client,
    does,
    flash_messages,
    make_app,
    shown,
)
from support.overlap import FETCH

from aiohttp_flashbag import flashbag_clear, get_flashed_messages, setup_browser
from aiohttp_flashbag.mailbox import Mailbox, MemoryMailbox

from .places import Place

SAME = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Dest": "empty", "Sec-Fetch-Mode": "cors"}
ENDPOINT = "/flashbag/messages"
HTMX = {"HX-Request": "true", **SAME}
WithMail = Callable[..., Awaitable[Client]]


async def user_of(request: web.Request) -> Any:
    return (await get_session(request)).get("user")


async def html_page(request: web.Request) -> web.Response:
    lines = (f'<p data-flash-id="{m.flash_id}">{m}</p>' for m in get_flashed_messages(request))
    return web.Response(text="".join(lines), content_type="text/html")


def fail(request: web.Request) -> None:
    get_flashed_messages(request)
    raise web.HTTPInternalServerError


async def flash_and_show(request: web.Request) -> web.Response:
    flash_messages(request)
    return web.json_response(get_flashed_messages(request))


image = partial(web.Response, body=b"x", content_type="image/png")
ROUTES = (
    web.get("/html", html_page),
    web.get("/fails", does(fail)),
    web.get("/to", does(get_flashed_messages, answer=lambda: web.HTTPSeeOther("/plain"))),
    web.get("/image", does(get_flashed_messages, answer=image)),
    web.post("/both", flash_and_show),
    web.post("/clear", does(flashbag_clear)),
)


@pytest.fixture
def with_mail(
    aiohttp_client: AiohttpClient, storage: AbstractStorage, mailbox: Mailbox
) -> WithMail:
    """Start an application with the mailbox, in which Ann is logged in."""

    async def start(*, helper: bool = False, **options: Any) -> Client:
        app = make_app(storage, *ROUTES, **{"mailbox": mailbox, "identify": user_of, **options})
        if helper:
            setup_browser(app)
        client = await aiohttp_client(app)
        await client.post("/login?user=ann")
        return client

    return start


over_each = pytest.mark.parametrize("place", ["in_memory"], indirect=True)
"""Over each transport. The rules of the mailbox itself are tested in `test_rules.py`."""
once = pytest.mark.parametrize(("storage", "place"), [("cookies", "in_memory")], indirect=True)


@pytest.mark.parametrize("storage", ["encrypted"], indirect=True)
async def test_the_next_page_of_the_user_shows_mail_once(
    with_mail: WithMail, mailbox: Mailbox
) -> None:
    client = await with_mail()
    await mailbox.flash("ann", "Export ready.", "info", link="/exports/7")
    await mailbox.flash("bob", "Not for Ann.")
    response = await client.get("/messages")
    assert (await response.json(), response.headers["Cache-Control"]) == (
        ["Export ready."],
        "no-store",
    )
    assert await shown(client) == []
    assert await mailbox.has_mail("ann") is False
    assert await mailbox.has_mail("bob") is True


@over_each
async def test_u5_mail_is_sorted_by_time_among_other_messages(
    with_mail: WithMail, mailbox: Mailbox
) -> None:
    client = await with_mail()
    await mailbox.flash("ann", "one")
    await client.post("/flash?info=two", headers=FETCH)
    await mailbox.flash("ann", "three")
    response = await client.post("/both?info=four")
    assert await response.json() == ["one", "two", "three", "four"]
    assert await shown(client) == []


# Who


@once
async def test_u1_nobody_sees_mail(with_mail: WithMail, mailbox: Mailbox) -> None:
    client = await with_mail()
    await mailbox.flash("ann", "Export ready.")
    await client.post("/logout")
    assert await shown(client) == []
    await client.post("/login?user=bob")
    assert await shown(client) == []
    await client.post("/login?user=ann")
    assert await shown(client) == ["Export ready."]


def raises(request: web.Request) -> Any:
    raise LookupError("no database")


@once
@pytest.mark.parametrize("identify", [raises, lambda _: 1.5, lambda _: "", lambda _: b"ann"])
async def test_u1_a_user_who_cannot_be_identified_sees_no_mail(
    with_mail: WithMail, mailbox: Mailbox, caplog: pytest.LogCaptureFixture, identify: Any
) -> None:
    client = await with_mail(identify=identify)
    await mailbox.flash("ann", "Export ready.")
    await client.post("/flash?info=Saved", headers=FETCH)
    assert await shown(client) == ["Saved"]
    assert "identify() failed" in caplog.text


@once
async def test_identify_may_be_a_plain_function_and_return_a_number(
    with_mail: WithMail, mailbox: Mailbox
) -> None:
    client = await with_mail(identify=lambda _: 7)
    await mailbox.flash(7, "Export ready.")
    assert await shown(client) == ["Export ready."]


# Which requests claim mail (U2)


@once
@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Dest": "image"},
        {"Sec-Fetch-Dest": "empty"},
        {"Turbo-Frame": "main"},
        {"Sec-Purpose": "prefetch"},
        {"HX-Preloaded": "true"},
    ],
)
async def test_u2_other_requests_do_not_claim_mail(
    with_mail: WithMail, mailbox: Mailbox, headers: dict[str, str]
) -> None:
    client = await with_mail()
    await mailbox.flash("ann", "Export ready.")
    response = await client.get("/messages", headers=headers)
    assert await response.json() == []
    assert (await mailbox.claim("ann")).flashes


@once
async def test_u2_a_fragment_claims_and_shows_mail(with_mail: WithMail, mailbox: Mailbox) -> None:
    client = await with_mail()
    await mailbox.flash("ann", "Export ready.")
    assert await (await client.get("/messages", headers=HTMX)).json() == ["Export ready."]
    assert await mailbox.has_mail("ann") is False


# Which responses show it (U3)


@over_each
@pytest.mark.parametrize("path", ["/plain", "/fails", "/to", "/image", "/missing"])
async def test_u3_a_page_that_does_not_show_mail_releases_it(
    with_mail: WithMail, mailbox: Mailbox, path: str
) -> None:
    client = await with_mail()
    await mailbox.flash("ann", "Export ready.")
    await client.get(path, allow_redirects=False, headers={"Accept": "text/html"})
    assert [flash.content["m"] for flash in (await mailbox.claim("ann")).flashes] == [
        "Export ready."
    ]


@once
async def test_u3_a_page_releases_the_categories_that_it_does_not_show(
    with_mail: WithMail, mailbox: Mailbox
) -> None:
    client = await with_mail()
    await mailbox.flash("ann", "one", "info")
    await mailbox.flash("ann", "two", "error")
    assert await (await client.get("/messages?only=error")).json() == ["two"]
    assert await shown(client) == ["one"]


@once
async def test_u2_a_page_does_not_see_mail_that_another_page_has_claimed(
    with_mail: WithMail, mailbox: Mailbox, place: Place
) -> None:
    client = await with_mail()
    await mailbox.flash("ann", "Export ready.")
    await mailbox.claim("ann")
    assert await shown(client) == []
    await place.let_pass(6)
    assert await shown(client) == ["Export ready."]


# The endpoint and the script


@over_each
async def test_u3_the_endpoint_settles_mail_that_the_script_reports(
    with_mail: WithMail, mailbox: Mailbox, place: Place
) -> None:
    client = await with_mail(helper=True)
    await mailbox.flash("ann", "Export ready.")
    await client.post("/flash?info=Saved", headers=FETCH)
    response = await client.post(ENDPOINT, headers=SAME)
    seen = re.findall('data-flash-id="([^"]+)"', await response.text())
    assert (len(seen), response.headers["Flash-Messages"]) == (2, "2")
    # The lease holds: another page must not show it at the same time.
    assert await (await client.get("/messages?only=none")).json() == []
    response = await client.post(ENDPOINT, headers=SAME, data={"seen": seen})
    assert response.status == 204
    await place.let_pass(6)
    assert await shown(client) == []


@once
async def test_u4_mail_that_the_script_does_not_report_is_shown_after_the_lease(
    with_mail: WithMail, mailbox: Mailbox, place: Place
) -> None:
    client = await with_mail(helper=True)
    await mailbox.flash("ann", "Export ready.")
    assert "Export ready." in await (await client.post(ENDPOINT, headers=SAME)).text()
    assert (await client.post(ENDPOINT, headers=SAME)).status == 204
    await place.let_pass(6)
    assert await shown(client) == ["Export ready."]


@once
async def test_s4_html_for_a_script_releases_its_mail_until_the_script_reports_it(
    with_mail: WithMail, mailbox: Mailbox
) -> None:
    client = await with_mail(helper=True)
    await mailbox.flash("ann", "Export ready.")
    response = await client.get("/html", headers=HTMX)
    [seen] = re.findall('data-flash-id="([^"]+)"', await response.text())
    assert await mailbox.has_mail("ann") is True
    await client.post(ENDPOINT, headers=SAME, data={"seen": seen})
    assert await mailbox.has_mail("ann") is False


@once
async def test_mail_that_stays_pending_sets_no_hint(with_mail: WithMail, mailbox: Mailbox) -> None:
    client = await with_mail(helper=True)
    await mailbox.flash("ann", "Export ready.")
    for path in ("/plain", "/messages"):
        response = await client.get(path)
        assert not [c for c in response.headers.getall("Set-Cookie", []) if "PENDING=1" in c]


@once
async def test_reports_of_another_user_have_no_effect(
    with_mail: WithMail, mailbox: Mailbox
) -> None:
    client = await with_mail(helper=True)
    await mailbox.flash("bob", "For Bob.")
    [mail] = (claim := await mailbox.claim("bob")).flashes
    await mailbox.release("bob", [mail.id], claim.owner)
    await client.post(ENDPOINT, headers=SAME, data={"seen": mail.id})
    assert await mailbox.has_mail("bob") is True


# What keeps and drops it


@over_each
@pytest.mark.parametrize("path", ["/clear", "/logout"])
async def test_u8_neither_logout_nor_flashbag_clear_drops_mail(
    with_mail: WithMail, mailbox: Mailbox, path: str
) -> None:
    client = await with_mail()
    await mailbox.flash("ann", "Export ready.")
    await client.post(path)
    await client.post("/login?user=ann")
    assert await shown(client) == ["Export ready."]


class BrokenMailbox(MemoryMailbox):
    """A mailbox that fails after it was claimed."""

    async def _settle(self, user: str, ids: Any) -> None:
        raise ConnectionError

    async def _release(self, user: str, ids: Any, owner: str) -> None:
        raise ConnectionError


@over_each
async def test_u12_the_requests_own_flashes_do_not_depend_on_the_mail(
    with_mail: WithMail, caplog: pytest.LogCaptureFixture
) -> None:
    broken = BrokenMailbox()
    client = await with_mail(mailbox=broken)
    await broken.flash("ann", "Export ready.")
    response = await client.post("/both?info=one")
    assert await response.json() == ["Export ready.", "one"]
    await client.post("/flash?info=two")
    assert caplog.text.count("may be shown again") == 1
    assert await shown(client) == ["two"]


@once
async def test_the_observer_hears_of_mail_that_a_page_shows(
    with_mail: WithMail, mailbox: Mailbox
) -> None:
    events: list[tuple[str, str | None]] = []
    client = await with_mail(observer=lambda _, event: events.append((event.kind, event.category)))
    await mailbox.flash("ann", "Export ready.", "info")
    await client.get("/plain")
    assert events == []
    await shown(client)
    assert events == [("shown", "info")]


# Setting up


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"mailbox": MemoryMailbox()}, "A mailbox needs identify"),
        ({"identify": user_of}, "A mailbox needs identify"),
        ({"mailbox": "redis://", "identify": user_of}, "not an object of type str"),
        ({"mailbox": MemoryMailbox, "identify": user_of}, "mailbox must be a mailbox"),
        ({"mailbox": MemoryMailbox(), "identify": "user"}, "identify='user' must be a function"),
    ],
)
@pytest.mark.parametrize("storage", ["encrypted"], indirect=True)
def test_setup_refuses_a_wrong_mailbox(
    storage: AbstractStorage, options: dict[str, Any], text: str
) -> None:
    with pytest.raises(TypeError, match=text):
        make_app(storage, **options)
