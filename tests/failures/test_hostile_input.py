"""One request must not stop the server, lock a visitor out, or forge a line of the log."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from enum import Enum
from functools import partial
from typing import Any

import pytest
from aiohttp import hdrs, web
from aiohttp_session import AbstractStorage, get_session
from hypothesis import given, settings
from hypothesis import strategies as st
from support.apps import (
    AiohttpClient,
    Client,
    Start,
    answer_of,
    cookies,
    does,
    json_page,
    make_app,
    messages_page,
    shown,
)
from support.overlap import FETCH

import aiohttp_flashbag
from aiohttp_flashbag import (
    SESSION_KEY,
    Flashbag,
    flash,
    flash_form,
    flashbag_get,
    flashbag_peek,
    flashbag_replace_all,
    flashbag_set,
    get_flashed_messages,
)
from aiohttp_flashbag import parcel as parcels
from aiohttp_flashbag.parcel import Parcel

MESSAGES_KEY = "aiohttp_flashbag_messages"
repeatable = settings(derandomize=True, deadline=None, database=None)


async def replace_all(request: web.Request) -> None:
    flashbag_replace_all(request, await request.json())


@pytest.mark.parametrize("storage", ["encrypted", "nacl", "simple", "cookies"], indirect=True)
@pytest.mark.parametrize("count", [1000, 16_000])
async def test_44_room_for_very_many_keys_is_made_in_a_few_tries(
    start: Start,
    storage: AbstractStorage,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    count: int,
) -> None:
    tries = Counter[str]()
    save_session = type(storage).save_session

    async def counted(*args: Any) -> None:
        tries["saved"] += 1
        await save_session(*args)

    monkeypatch.setattr(type(storage), "save_session", counted)
    if hasattr(storage, "own_cookies"):
        encrypt = aiohttp_flashbag.CookieTransport.encrypt

        def counted_too(*args: Any) -> None:
            tries["encrypted"] += 1
            encrypt(*args)

        monkeypatch.setattr(aiohttp_flashbag.CookieTransport, "encrypt", counted_too)
    client = await start(web.post("/", does(replace_all)))
    body = {f"key{number}": number for number in range(count)}
    assert (await client.post("/", json=body, headers=FETCH)).status == 200
    assert 2 < sum(tries.values()) < 25
    [record] = [record for record in caplog.records if record.name == "aiohttp_flashbag"]
    assert "more" in record.getMessage()
    assert len(record.getMessage()) < 1000
    page = await client.get("/values", params={f"key{count - 1}": "", "key0": ""}, headers=FETCH)
    assert await answer_of(page) == {f"key{count - 1}": count - 1, "key0": None}


def test_44_a_message_is_compared_with_all_others_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = Counter[str]()
    dedup_key = parcels.dedup_key

    def counted(message: Any) -> Any:
        compared["keys"] += 1
        return dedup_key(message)

    monkeypatch.setattr("aiohttp_flashbag.bag.dedup_key", counted)
    monkeypatch.setattr("aiohttp_flashbag.parcel.dedup_key", counted)
    bag = Flashbag(max_messages=4000)
    for number in range(4000):
        bag.flash(f"{number % 3000}", allow_duplicate=False)
    assert len(bag.get_flashed_messages()) == 3000
    bag.delta(200, shows=True, page_view=True).apply(Parcel())
    assert compared["keys"] < 8 * 4000


def nested(levels: int) -> Any:
    value: Any = "x"
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize("storage", ["encrypted", "redis", "cookies"], indirect=True)
@pytest.mark.parametrize("levels", [101, 500, 950, 5000])
async def test_51_a_value_that_is_nested_too_deep_is_refused_at_the_call(
    start: Start, levels: int
) -> None:
    told: list[str] = []

    def sets(request: web.Request) -> None:
        for call in (
            partial(flashbag_set, request, "deep", nested(levels)),
            partial(flash, request, "Saved", tags=nested(levels)),
        ):
            with pytest.raises(TypeError) as caught:
                call()
            told.append(str(caught.value))

    client = await start(web.post("/", does(sets)))
    assert (await client.post("/")).status == 200
    assert told[0].startswith("flashbag value 'deep' cannot be stored")
    assert "deeper than 100 levels" in told[0]
    assert told[1].startswith("data of a flash message cannot be stored")


async def test_51_a_value_of_a_hundred_levels_is_stored_and_read() -> None:
    bag = Flashbag()
    bag.set("deep", nested(100))
    [value] = bag.delta(303, shows=False, page_view=False).values.values()
    assert Flashbag(Parcel({"deep": value})).get("deep") == nested(100)


@pytest.mark.parametrize("storage", ["simple", "redis"], indirect=True)
async def test_51_what_somebody_else_nested_too_deep_counts_as_empty(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    async def plant(request: web.Request) -> None:
        session = await get_session(request)
        session[SESSION_KEY] = {"deep": nested(400), "error": "Wrong"}
        message = {"m": "Saved", "c": "info", "data": {"deep": nested(400)}}
        session[MESSAGES_KEY] = [{**message, "id": "1"}, {"id": "2", "m": "Sent", "c": "info"}]

    async def page(request: web.Request) -> web.Response:
        values = [flashbag_get(request, "deep"), flashbag_peek(request, "error")]
        return json_page([values, [dict(m) for m in get_flashed_messages(request)]])

    client = await start(web.post("/plant", does(plant)), web.get("/", page))
    await client.post("/plant", headers=FETCH)
    values, messages = await answer_of(await client.get("/", headers=FETCH))
    assert values == [None, "Wrong"]
    assert [message["message"] for message in messages] == ["Saved", "Sent"]
    assert "nested deeper than 100 levels" in caplog.text


async def form(request: web.Request) -> None:
    data = {f"field{n}": "ж" * 60 for n in range(7)}
    flash_form(request, data, {"field0": "Wrong"})
    flash(request, "Not saved", "error")
    flashbag_set(request, request.query["n"], "x" * 400)


def header_size(client: Client) -> int:
    return len("; ".join(f"{name}={value}" for name, value in cookies(client).items()))


async def other_cookies(request: web.Request) -> web.Response:
    response = web.Response()
    for number, size in enumerate(request.query.getall("size")):
        response.set_cookie(f"other{number}", "x" * int(size))
    return response


@pytest.mark.parametrize("storage", ["cookies"], indirect=True)
async def test_54_three_overlapping_submits_leave_the_header_below_what_aiohttp_takes(
    aiohttp_client: AiohttpClient, storage: AbstractStorage
) -> None:
    arrived, all_here = [0], asyncio.Event()

    async def together(request: web.Request) -> None:
        arrived[0] += 1
        if arrived[0] == 3:
            all_here.set()
        await asyncio.wait_for(all_here.wait(), 10)

    app = make_app(storage, web.post("/", does(together, form)))
    client = await aiohttp_client(app)
    posts = (client.post(f"/?n={n}", headers=FETCH) for n in range(3))
    assert {response.status for response in await asyncio.gather(*posts)} == {200}
    assert 5000 < header_size(client) < 8190
    assert len(await shown(client)) == 3


@pytest.mark.parametrize("storage", ["cookies"], indirect=True)
@pytest.mark.parametrize("sizes", [[3750, 1600], [3900, 3900], [4000, 3000], [100]])
async def test_54_flashes_leave_room_for_the_cookies_of_others(
    aiohttp_client: AiohttpClient, storage: AbstractStorage, sizes: list[int]
) -> None:
    app = make_app(storage, web.post("/", does(form)), web.get("/others", other_cookies))
    client = await aiohttp_client(app)
    await client.get("/others", params=[("size", str(size)) for size in sizes])
    for n in range(6):
        assert (await client.post(f"/?n={n}", headers=FETCH)).status == 200
        assert header_size(client) + len("Cookie: ") <= 8190
    assert (await client.get("/plain")).status == 200


@pytest.mark.parametrize("storage", ["cookies"], indirect=True)
async def test_54_a_cookie_that_the_same_response_sets_counts_too(
    aiohttp_client: AiohttpClient, storage: AbstractStorage
) -> None:
    async def both(request: web.Request) -> web.Response:
        await form(request)
        return await other_cookies(request)

    client = await aiohttp_client(make_app(storage, web.post("/", both)))
    response = await client.post("/?n=1&size=3900&size=2900", headers=FETCH)
    assert response.status == 200
    assert header_size(client) + len("Cookie: ") <= 8190


@pytest.mark.parametrize("storage", ["cookies"], indirect=True)
async def test_62_planted_cookies_make_at_most_twenty_lines(
    aiohttp_client: AiohttpClient, storage: AbstractStorage
) -> None:
    client = await aiohttp_client(make_app(storage))
    planted = [f"AIOHTTP_FLASHBAG-plant{n:03}=x" for n in range(220)]
    lines = []
    for _ in range(20):
        header = {"Cookie": "; ".join(planted)}
        response = await client.post("/flash?info=Saved", headers={**FETCH, **header})
        lines.append(response.headers.getall(hdrs.SET_COOKIE))
        gone = [line.partition("=")[0] for line in lines[-1] if "Max-Age=0" in line]
        planted = [pair for pair in planted if pair.partition("=")[0] not in gone]
        client.session.cookie_jar.clear()
    assert max(map(len, lines)) == 20
    assert all(any("Max-Age=600" in line for line in each) for each in lines)
    assert len(planted) < 110  # what is left has room


@pytest.mark.parametrize("storage", ["cookies"], indirect=True)
async def test_63_a_line_break_in_a_path_makes_no_line_in_the_log(
    aiohttp_client: AiohttpClient, storage: AbstractStorage, caplog: pytest.LogCaptureFixture
) -> None:
    def large(request: web.Request) -> None:
        flash_form(request, {"text": "x" * 5000})

    client = await aiohttp_client(make_app(storage, web.post("/{name}", does(large))))
    await client.post("/a%0aERROR:forged", headers=FETCH)
    assert caplog.messages
    assert not any("\n" in message for message in caplog.messages)


@pytest.mark.parametrize("storage", ["cookies"], indirect=True)
async def test_what_is_shortened_is_logged(
    aiohttp_client: AiohttpClient, storage: AbstractStorage, caplog: pytest.LogCaptureFixture
) -> None:
    route = web.post("/", does(partial(flash, message="x" * 5000)))
    client = await aiohttp_client(make_app(storage, route))
    await client.post("/", headers=FETCH)
    [text] = await shown(client)
    [line] = caplog.messages
    assert line == (
        "a flash message of 5000 characters is too large for max_bytes=2500: "
        f"shortened to {len(text)}"
    )


VALUES: list[Any] = [0, 1, False, True, 1.0, 0.0, None, "", "1", [1], [True], {"a": 1}, {"a": True}]


@pytest.mark.parametrize("storage", ["encrypted", "redis"], indirect=True)
async def test_58_a_value_takes_the_place_of_one_that_only_python_takes_for_equal(
    start: Start,
) -> None:
    async def sets(request: web.Request) -> None:
        flashbag_set(request, "value", (await request.json())[0])

    async def page(request: web.Request) -> web.Response:
        return json_page([flashbag_peek(request, "value")])

    client = await start(web.post("/", does(sets)), web.get("/", page))
    await client.post("/login?user=alice")
    for one in VALUES:
        for other in VALUES:
            await client.post("/", json=[one], headers=FETCH)
            await client.post("/", json=[other], headers=FETCH)
            found = await (await client.get("/", headers=FETCH)).text()
            assert found == json.dumps([other])


class Level(str, Enum):
    """A key and a text as applications have them."""

    ERROR = "error"


def msgpack_like(value: Any) -> bytes:
    """An encoder that gives bytes and takes exact types only, as orjson and msgpack may."""

    def check(part: Any) -> None:
        if isinstance(part, dict):
            for key, item in part.items():
                check(key)
                check(item)
        elif isinstance(part, list):
            list(map(check, part))
        elif type(part) not in (str, int, float, bool, type(None)):
            raise TypeError(f"{type(part).__name__} is not supported")

    check(value)
    return json.dumps(value, ensure_ascii=False).encode()


@pytest.mark.parametrize(
    "storage_options", [{"encoder": lambda value: msgpack_like(value).decode()}]
)
@pytest.mark.parametrize("storage", ["simple", "encrypted", "redis", "cookies"], indirect=True)
async def test_60_a_str_enum_passes_encoders_that_take_exact_types_only(start: Start) -> None:
    def sets(request: web.Request) -> None:
        flashbag_set(request, Level.ERROR, [Level.ERROR, {Level.ERROR: Level.ERROR}])
        flash(request, Level.ERROR, Level.ERROR, level=Level.ERROR)

    async def page(request: web.Request) -> web.Response:
        [message] = get_flashed_messages(request)
        return json_page([flashbag_get(request, "error"), dict(message)])

    client = await start(web.post("/", does(sets)), web.get("/", page))
    assert (await client.post("/", headers=FETCH)).status == 200
    expected = {"message": "error", "category": "error", "level": "error"}
    assert await answer_of(await client.get("/")) == [["error", {"error": "error"}], expected]


def clean(text: str) -> str:
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


texts = st.text(st.characters(), max_size=30)
json_data = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


@repeatable
@given(st.dictionaries(texts, json_data, max_size=4), st.lists(texts, max_size=4))
def test_what_is_given_is_what_is_read(values: dict[str, Any], messages: list[str]) -> None:
    bag = Flashbag()
    bag.replace_all(values)
    for message in messages:
        bag.flash(message)
    delta = bag.delta(303, shows=False, page_view=False)
    stored = json.loads(json.dumps([delta.values, delta.messages], ensure_ascii=False).encode())
    later = Flashbag(Parcel(*stored))
    for key in values:
        assert json.dumps(later.get(key)) == json.dumps(bag._values[clean(key)])
    assert [*map(str, later.get_flashed_messages())] == [clean(message) for message in messages]


REQUESTS: list[Any] = [
    pytest.param("GET", {"Sec-Fetch-Dest": dest}, id=dest)
    for dest in ("report", "json", "text", "compression-dictionary", "speculationrules")
]
REQUESTS.append(pytest.param("POST", {"Ping-To": "/x", "Ping-From": "/"}, id="ping"))
REQUESTS.append(pytest.param("GET", {"HX-Preloaded": "true"}, id="69 the preload of htmx"))


@pytest.mark.parametrize("storage", ["encrypted", "redis", "cookies"], indirect=True)
@pytest.mark.parametrize(("method", "headers"), REQUESTS)
async def test_52_a_request_that_shows_nothing_to_a_person_leaves_the_message(
    start: Start, method: str, headers: dict[str, str]
) -> None:
    async def missing(request: web.Request) -> web.Response:
        page = await messages_page(request)
        page.set_status(404)
        return page

    client = await start(web.route("*", "/missing", missing), web.get("/ok", messages_page))
    await client.post("/flash?success=Saved", headers=FETCH)
    assert (await client.request(method, "/missing", headers=headers)).status == 404
    if method == "GET":
        await client.get("/ok", headers=headers)
    assert await shown(client) == ["Saved"]


@pytest.mark.parametrize("storage", ["encrypted", "redis", "cookies"], indirect=True)
async def test_an_image_over_plain_http_does_not_drop_the_errors_of_a_form(start: Start) -> None:
    def picture() -> web.Response:
        return web.Response(body=b"", content_type="image/png")

    client = await start(web.get("/picture", does(answer=picture)))
    await client.post("/set?error=Wrong", headers=FETCH)
    await client.get("/picture")
    page = await client.get("/values?error")
    assert await page.json() == {"error": "Wrong"}
