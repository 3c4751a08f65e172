"""A form that is too large: the longest fields are left out first, then the ends of errors."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import pytest
from aiohttp import web
from support.apps import AiohttpClient, Client, Start, answer_of, cookies, does, json_page, whoami
from support.own_cookies import KEY, cookie_client

from aiohttp_flashbag import CookieTransport, flash_form, flashed_form

Texts = dict[str, list[str]]
Form = tuple[Texts, Texts]
Send = Callable[..., Awaitable[Any]]
LONG = "x" * 5000
TAKEN = {"title": ["Taken"]}


async def form_page(request: web.Request) -> web.Response:
    """The data and the errors of the forms named in the query string."""
    forms = [flashed_form(request, name) for name in request.query]
    return json_page([[{n: f.getall(n) for n in f.data}, f.errors] for f in forms])


def routes(**forms: Form) -> list[web.RouteDef]:
    """Return the routes that flash these forms and show them."""
    sends = [partial(flash_form, data=d, errors=e, name=n) for n, (d, e) in forms.items()]
    return [web.post("/", does(*sends)), web.get("/", form_page)]


async def arrived(client: Client, *names: str) -> Any:
    """Send the forms, and return the data and errors that arrive."""
    assert (await client.post("/")).status == 200
    return await answer_of(await client.get("/", params=dict.fromkeys(names, "")))


@pytest.fixture
def send(aiohttp_client: AiohttpClient) -> Send:
    """Return a function that sends a form with CookieTransport and returns the rest of it."""

    async def send(data: Texts, errors: Texts, max_bytes: int = 2500) -> Any:
        transport = CookieTransport(KEY, max_bytes=max_bytes)
        form_routes = routes(card=(data, errors))
        client = await cookie_client(aiohttp_client, *form_routes, transport=transport)
        [left] = await arrived(client, "card")
        return left

    return send


def warned(caplog: pytest.LogCaptureFixture, *facts: str) -> bool:
    """Return whether one warning was logged, with these facts."""
    [message] = [r.getMessage() for r in caplog.records if r.levelname == "WARNING"]
    return all(fact in message for fact in ("'card'", "'/'", *facts))


async def test_the_longest_field_is_left_out_as_a_whole(
    send: Send, caplog: pytest.LogCaptureFixture
) -> None:
    left = await send({"title": ["News"], "text": [LONG], "tags": ["a", "b"]}, TAKEN)
    assert left == [{"title": ["News"], "tags": ["a", "b"]}, TAKEN]
    assert list(left[0]) == ["title", "tags"]
    assert warned(caplog, "1 of 3 fields", "errors kept")


@pytest.mark.parametrize(("max_bytes", "count"), [(350, 0), (600, 1), (1200, 2), (2200, 3)])
async def test_no_more_fields_are_left_out_than_necessary(
    send: Send, max_bytes: int, count: int
) -> None:
    fields = {"a": ["x" * 200], "b": ["x" * 400], "c": ["x" * 800]}
    fitting, one_more = ({n: fields[n] for n in [*fields][:k]} for k in (count, count + 1))
    errors = {"a": ["Taken"]}
    assert await send(dict(reversed(fields.items())), errors, max_bytes) == [fitting, errors]
    assert await send(one_more, errors, max_bytes) == [fitting, errors]


@pytest.mark.parametrize(
    "longer", [["я" * 200], ["x" * 50] * 10], ids=["bytes, not characters", "all values"]
)
async def test_the_length_of_a_field_counts_in_bytes_over_all_its_values(
    send: Send, longer: list[str]
) -> None:
    short = {"short": ["x" * 250]}
    assert await send({"longer": longer, **short}, {}, 600) == [short, {}]


async def test_errors_are_shortened_when_no_field_is_left(
    send: Send, caplog: pytest.LogCaptureFixture
) -> None:
    errors = {"title": ["Short", LONG], "text": [LONG]}
    data, left = await send({"title": ["News"]}, errors, 2000)
    short, cut = left["title"]
    assert (data, short, left["text"]) == ({}, "Short", [cut])
    assert cut.endswith("…")
    assert LONG.startswith(cut[:-1])
    assert len(cut) > 550  # two of these nearly fill the cookie
    assert warned(caplog, "1 of 1 fields", "errors shortened")


@pytest.mark.parametrize("max_bytes", [1, 150])
async def test_without_any_room_nothing_is_sent(
    send: Send, caplog: pytest.LogCaptureFixture, max_bytes: int
) -> None:
    assert await send({"title": ["News"]}, TAKEN, max_bytes) == [{}, {}]
    assert warned(caplog, "1 of 1 fields", "errors left out")


async def test_the_name_of_a_form_counts(
    aiohttp_client: AiohttpClient, caplog: pytest.LogCaptureFixture
) -> None:
    client = await cookie_client(aiohttp_client, *routes(**{LONG: ({"title": ["x"]}, TAKEN)}))
    assert await arrived(client, "card") == [[{}, {}]]
    assert cookies(client) == {}
    assert caplog.messages
    assert max(map(len, caplog.messages)) < 500


async def test_94_a_form_with_many_fields_takes_linear_time(send: Send) -> None:
    data = {f"field-{n}": ["x" * (n % 900)] for n in range(2000)}
    began = time.process_time()
    left, _ = await send(data, {})
    assert time.process_time() - began < 2
    assert len(left) > 20


@pytest.mark.parametrize(("length", "fits"), [(500, True), (1000, False)])
async def test_of_two_forms_that_are_too_large_together_the_later_arrives(
    aiohttp_client: AiohttpClient, caplog: pytest.LogCaptureFixture, length: int, fits: bool
) -> None:
    form = {"text": ["x" * length]}, TAKEN
    client = await cookie_client(aiohttp_client, *routes(card=form, address=form))
    card, address = await arrived(client, "card", "address")
    assert (card[0] == form[0], address) == (fits, [*form])
    assert ("card" in caplog.text, bool(caplog.messages)) == (not fits, not fits)


encrypted = pytest.mark.parametrize("storage", ["encrypted"], indirect=True)
CARD, ADDRESS = ({"title": ["News"], "text": [LONG]}, TAKEN), ({"street": ["x"]}, TAKEN)


@encrypted
async def test_b7_a_session_cookie_keeps_the_session_and_the_errors_of_forms(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    client = await start(*routes(card=CARD, address=ADDRESS))
    await client.post("/login?user=alice")
    [[card, *errors], [_, *others]] = await arrived(client, "card", "address")
    assert ("text" in card, errors, others) == (False, [TAKEN], [TAKEN])
    assert await whoami(client) == "alice"
    [told] = caplog.messages
    assert "4096 bytes" in told


@encrypted
async def test_b7_a_session_cookie_keeps_the_other_form_and_the_log_names_the_large_one(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    [_, address] = await arrived(
        await start(*routes(card=CARD, address=ADDRESS)), "card", "address"
    )
    assert (address, "card" in caplog.text) == ([*ADDRESS], True)


@pytest.mark.parametrize("storage", ["redis"], indirect=True)
async def test_a_session_on_a_server_holds_a_large_form(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    form = {"title": ["News"], "text": [LONG * 20]}, TAKEN
    assert await arrived(await start(*routes(card=form)), "card") == [[*form]]
    assert caplog.messages == []
