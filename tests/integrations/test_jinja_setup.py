"""setup() installs the template functions in every Jinja2 environment of the application."""

from __future__ import annotations

import sys
from functools import partial

import aiohttp_jinja2
import jinja2
import pytest
from aiohttp import web
from aiohttp_session import AbstractStorage
from jinja2 import DictLoader
from support.apps import AiohttpClient, Client, make_app, session_app, shown

import aiohttp_flashbag
from aiohttp_flashbag import flash

FUNCTIONS = {
    "flashbag_get",
    "flashbag_script",
    "flashed_form",
    "get_flashed_messages",
    "peek_flashed_messages",
    "render_flashed_messages",
}
PAGE = DictLoader({"page.html": "{{ get_flashed_messages() | join }}"})
OTHER_KEY = web.AppKey("OTHER_KEY", jinja2.Environment)


@pytest.fixture
def storage(encrypted_storage: AbstractStorage) -> AbstractStorage:
    return encrypted_storage


async def page(
    request: web.Request, key: web.AppKey[jinja2.Environment] = aiohttp_jinja2.APP_KEY
) -> web.Response:
    """A page that shows its own message."""
    flash(request, "Saved")
    return aiohttp_jinja2.render_template("page.html", request, {}, app_key=key)


async def text_at(client: Client, path: str = "/page") -> str:
    return await (await client.get(path)).text()


@pytest.mark.parametrize("first", ["templates", "flashbag"])
@pytest.mark.parametrize("key", [aiohttp_jinja2.APP_KEY, OTHER_KEY], ids=["its key", "own key"])
async def test_templates_may_be_set_up_before_or_after_under_any_key(
    aiohttp_client: AiohttpClient,
    storage: AbstractStorage,
    first: str,
    key: web.AppKey[jinja2.Environment],
) -> None:
    app = session_app(storage, web.get("/page", partial(page, key=key)))
    if first == "flashbag":
        aiohttp_flashbag.setup(app)
    aiohttp_jinja2.setup(app, app_key=key, loader=PAGE)
    if first == "templates":
        aiohttp_flashbag.setup(app)
    assert await text_at(await aiohttp_client(app)) == "Saved"


@pytest.mark.parametrize("domain", [False, True], ids=["by prefix", "by host"])
@pytest.mark.parametrize("is_outer", [False, True], ids=["own templates", "outer templates"])
async def test_a_sub_application_may_render_its_own_templates_and_outer_ones(
    aiohttp_client: AiohttpClient, storage: AbstractStorage, domain: bool, is_outer: bool
) -> None:
    app, inner, innermost = make_app(storage), web.Application(), web.Application()
    aiohttp_jinja2.setup(app if is_outer else innermost, loader=PAGE)
    innermost.add_routes([web.get("/page", page)])
    inner.add_subapp("/in", innermost)
    if domain:
        app.add_domain("127.0.0.1*", inner)  # up to aiohttp 3.10 the port counts
    else:
        app.add_subapp("/sub", inner)
    client = await aiohttp_client(app)
    assert await text_at(client, "/in/page" if domain else "/sub/in/page") == "Saved"


async def test_a_global_of_the_application_is_not_replaced(
    aiohttp_client: AiohttpClient, storage: AbstractStorage
) -> None:
    app = make_app(storage, web.get("/page", page))
    environment = aiohttp_jinja2.setup(app, loader=PAGE)
    environment.globals["get_flashed_messages"] = lambda: ["my own"]
    client = await aiohttp_client(app)
    assert await text_at(client) == "my own"
    assert environment.globals.keys() >= FUNCTIONS
    assert await shown(client) == ["Saved"]


async def test_without_aiohttp_jinja2_the_functions_are_not_imported(
    aiohttp_client: AiohttpClient, storage: AbstractStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "aiohttp_jinja2")
    monkeypatch.delitem(sys.modules, "aiohttp_flashbag.jinja", raising=False)
    await aiohttp_client(make_app(storage))
    assert "aiohttp_flashbag.jinja" not in sys.modules


async def test_the_log_says_that_templates_are_not_set_up(
    aiohttp_client: AiohttpClient, storage: AbstractStorage, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "aiohttp_flashbag")
    await aiohttp_client(make_app(storage))
    [record] = caplog.records
    assert record.levelname == "INFO"
    assert "aiohttp_jinja2.setup(app, loader=" in record.getMessage()
    assert "get_flashed_messages()" in record.getMessage()


@pytest.mark.parametrize("place", ["application", "sub-application", "not imported"])
async def test_the_log_says_nothing_without_a_reason(
    aiohttp_client: AiohttpClient,
    storage: AbstractStorage,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
) -> None:
    app, inner = make_app(storage), web.Application()
    if place == "not imported":
        monkeypatch.delitem(sys.modules, "aiohttp_jinja2")
    else:
        aiohttp_jinja2.setup(app if place == "application" else inner, loader=PAGE)
    app.add_subapp("/inner", inner)
    caplog.set_level("INFO", "aiohttp_flashbag")
    await aiohttp_client(app)
    assert caplog.messages == []


@pytest.mark.parametrize("context", [{}, {"request": None}, {"request": "mine"}])
async def test_outside_a_request_the_error_says_what_to_pass(
    aiohttp_client: AiohttpClient, storage: AbstractStorage, context: dict[str, object]
) -> None:
    app = make_app(storage)
    environment = aiohttp_jinja2.setup(app, loader=PAGE)
    await aiohttp_client(app)
    for function in FUNCTIONS:
        template = environment.from_string("{{ " + f"{function}()" + " }}")
        with pytest.raises(RuntimeError, match=r"get_flashed_messages\(request\)"):
            template.render(context)
