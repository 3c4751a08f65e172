"""How long something waits that nobody has read: values until a page view, messages until shown."""

from __future__ import annotations

from functools import partial

import pytest
from aiohttp import web
from support.apps import (
    ERROR,
    Handler,
    Start,
    answer_of,
    does,
    flash_messages,
    read,
    set_values,
    shown,
    texts,
)

NO_PAGE_VIEWS = [
    pytest.param("GET", "/nowhere", {}, 404, id="404"),
    pytest.param("DELETE", "/plain", {}, 405, id="405"),
    pytest.param("GET", "/forbidden", {}, 403, id="403"),
    pytest.param("GET", "/moved", {}, 302, id="redirect"),
    pytest.param("GET", "/unchanged", {}, 304, id="304"),
    pytest.param("POST", "/done", {}, 204, id="204"),
    pytest.param("POST", "/reset", {}, 205, id="205"),
    pytest.param("GET", "/part", {}, 206, id="206"),
    pytest.param("GET", "/download", {}, 200, id="attachment"),
    pytest.param("HEAD", "/plain", {}, 200, id="HEAD"),
    pytest.param("OPTIONS", "/plain", {}, 200, id="OPTIONS"),
    pytest.param("GET", "/plain", {"Sec-Fetch-Dest": "empty"}, 200, id="poll"),
    pytest.param("GET", "/plain", {"Sec-Fetch-Dest": "image"}, 200, id="image"),
    pytest.param("GET", "/plain", {"Sec-Fetch-Dest": "script"}, 200, id="script"),
    pytest.param("GET", "/plain", {"Sec-Purpose": "prefetch"}, 200, id="prefetch"),
    pytest.param("GET", "/plain", {"Sec-Purpose": "prefetch;prerender"}, 200, id="prerender"),
]
PAGE_VIEWS = [
    pytest.param("GET", {}, id="unknown destination"),
    pytest.param("POST", {}, id="form"),
    pytest.param("GET", {"Sec-Fetch-Dest": "document"}, id="document"),
    pytest.param("GET", {"Sec-Fetch-Dest": "iframe"}, id="iframe"),
    pytest.param("GET", {"Sec-Fetch-Dest": "frame"}, id="frame"),
    pytest.param("GET", {"Sec-Fetch-Dest": "empty", "HX-Boosted": "true"}, id="boosted"),
]


def moves(to: str) -> Handler:
    """A page that redirects."""
    return does(answer=partial(web.HTTPFound, to))


ROUTES = (
    web.get("/forbidden", does(answer=web.HTTPForbidden)),
    web.get("/moved", moves("/nowhere")),
    web.get("/unchanged", does(answer=partial(web.Response, status=304))),
    web.post("/done", does(answer=web.HTTPNoContent)),
    web.post("/reset", does(answer=web.HTTPResetContent)),
    web.get("/part", does(answer=partial(web.Response, status=206))),
    web.get(
        "/download",
        does(answer=partial(web.Response, headers={"Content-Disposition": "attachment"})),
    ),
    web.options("/plain", does()),
    web.post("/plain", does()),
)


@pytest.mark.parametrize(("method", "path", "headers", "status"), NO_PAGE_VIEWS)
async def test_v3_m1_what_waits_outlives_a_request_that_is_no_page_view(
    start: Start, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    client = await start(*ROUTES)
    await client.post("/set", params={"error": ERROR})
    await client.post("/flash", params={"success": "Saved"}, headers={"Sec-Fetch-Dest": "empty"})
    for _ in range(2):
        response = await client.request(method, path, headers=headers, allow_redirects=False)
        assert response.status == status
    assert await read(client) == ERROR
    assert await shown(client) == ["Saved"]


@pytest.mark.parametrize(("method", "headers"), PAGE_VIEWS)
async def test_v3_the_first_page_view_uses_up_a_value_that_nobody_read(
    start: Start, method: str, headers: dict[str, str]
) -> None:
    client = await start(*ROUTES)
    await client.post("/set", params={"error": ERROR})
    response = await client.request(method, "/plain", headers=headers)
    assert response.status == 200
    assert await read(client) is None


@pytest.mark.parametrize(("method", "headers"), PAGE_VIEWS)
async def test_m1_a_message_waits_through_page_views_until_one_shows_it(
    start: Start, method: str, headers: dict[str, str]
) -> None:
    client = await start(*ROUTES)
    await client.post("/flash", params={"success": "Saved"})
    for _ in range(3):
        assert (await client.request(method, "/plain", headers=headers)).status == 200
    assert await shown(client) == ["Saved"]
    assert await shown(client) == []


async def test_v3_a_value_is_read_at_the_end_of_a_chain_of_redirects_exactly_once(
    start: Start,
) -> None:
    form = does(set_values, answer=partial(web.HTTPSeeOther, "/one"))
    client = await start(
        web.post("/", form), web.get("/one", moves("/two")), web.get("/two", moves("/values?error"))
    )
    response = await client.post("/", params={"error": ERROR})
    assert len(response.history) == 3
    assert await answer_of(response) == {"error": ERROR}
    assert await read(client) is None


async def test_m2_a_message_is_shown_at_the_end_of_a_chain_of_redirects_exactly_once(
    start: Start,
) -> None:
    form = does(flash_messages, answer=partial(web.HTTPSeeOther, "/one"))
    client = await start(
        web.post("/", form), web.get("/one", moves("/two")), web.get("/two", moves("/messages"))
    )
    response = await client.post("/", params={"success": "Saved"})
    assert len(response.history) == 3
    assert await texts(response) == ["Saved"]
    assert await shown(client) == []
