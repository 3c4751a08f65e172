"""Where the template functions are installed, and which request they find there."""

from __future__ import annotations

import sys
from functools import partial

import aiohttp_jinja2
import jinja2
import pytest
from aiohttp import web
from aiohttp_session import AbstractStorage
from jinja2 import DictLoader
from support.apps import AiohttpClient, Client, does, make_app, session_app, shown
from support.templating import Templates, allow_processors, renders, template_app

import aiohttp_flashbag
from aiohttp_flashbag import flash, flash_form

FUNCTIONS = (
    "flashbag_get",
    "get_flashed_messages",
    "peek_flashed_messages",
    "render_flashed_messages",
)
PAGE: Templates = {"page.html": "{{ get_flashed_messages() | join }}"}
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
    """What the page at `path` holds."""
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
    aiohttp_jinja2.setup(app, app_key=key, loader=DictLoader(PAGE))
    if first == "templates":
        aiohttp_flashbag.setup(app)
    assert await text_at(await aiohttp_client(app)) == "Saved"


@pytest.mark.parametrize("domain", [False, True], ids=["by prefix", "by host"])
async def test_sub_applications_have_them_in_templates_of_their_own(
    aiohttp_client: AiohttpClient, storage: AbstractStorage, domain: bool
) -> None:
    app, inner, innermost = make_app(storage), web.Application(), web.Application()
    aiohttp_jinja2.setup(innermost, loader=DictLoader(PAGE))
    innermost.add_routes([web.get("/page", page)])
    inner.add_subapp("/in", innermost)
    if domain:
        app.add_domain("127.0.0.1*", inner)  # up to aiohttp 3.10 the port counts
    else:
        app.add_subapp("/sub", inner)
    client = await aiohttp_client(app)
    assert await text_at(client, "/in/page" if domain else "/sub/in/page") == "Saved"


async def test_a_sub_application_renders_templates_of_the_outer_one(
    aiohttp_client: AiohttpClient, storage: AbstractStorage
) -> None:
    app, inner = make_app(storage), web.Application()
    aiohttp_jinja2.setup(app, loader=DictLoader(PAGE))
    inner.add_routes([web.get("/page", page)])
    app.add_subapp("/sub", inner)
    assert await text_at(await aiohttp_client(app), "/sub/page") == "Saved"


async def test_a_function_of_the_same_name_that_the_application_has_stays(
    aiohttp_client: AiohttpClient, storage: AbstractStorage
) -> None:
    app = make_app(storage, web.get("/page", page))
    environment = aiohttp_jinja2.setup(app, loader=DictLoader(PAGE))
    environment.globals["get_flashed_messages"] = lambda: ["my own"]
    client = await aiohttp_client(app)
    assert await text_at(client) == "my own"
    assert set(FUNCTIONS) <= environment.globals.keys()
    assert await shown(client) == ["Saved"]


async def test_without_aiohttp_jinja2_the_template_functions_are_not_even_imported(
    aiohttp_client: AiohttpClient, storage: AbstractStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "aiohttp_jinja2")
    monkeypatch.delitem(sys.modules, "aiohttp_flashbag.jinja", raising=False)
    await aiohttp_client(make_app(storage))
    assert "aiohttp_flashbag.jinja" not in sys.modules


@pytest.fixture
async def environment(
    aiohttp_client: AiohttpClient, storage: AbstractStorage
) -> jinja2.Environment:
    """The templates of an application that has started."""
    app = make_app(storage)
    environment = aiohttp_jinja2.setup(app, loader=DictLoader(PAGE))
    await aiohttp_client(app)
    return environment


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("context", [{}, {"request": None}, {"request": "mine"}])
def test_outside_a_request_the_error_says_what_to_pass(
    environment: jinja2.Environment, function: str, context: dict[str, object]
) -> None:
    argument = "'error'" if function == "flashbag_get" else ""
    template = environment.from_string("{{ " + f"{function}({argument})" + " }}")
    with pytest.raises(RuntimeError, match=r"outside a request.*pass the request, as in get_fl"):
        template.render(context)


@allow_processors
@pytest.mark.parametrize("call", ["render_flashed_messages", "get_flashed_messages"])
async def test_the_request_may_be_given_by_its_name(
    aiohttp_client: AiohttpClient, encrypted_storage: AbstractStorage, call: str
) -> None:
    page = {"page.html": "{{ " + call + "(request=request, category_filter=none) }}"}
    processors = [aiohttp_jinja2.request_processor]
    routes = web.get("/", renders("page.html"))
    app = template_app(encrypted_storage, page, routes, context_processors=processors)
    client = await aiohttp_client(app)
    await client.post("/flash?success=Saved")
    assert "Saved" in await (await client.get("/")).text()


async def test_a_template_can_ask_for_the_flashed_form_itself(
    aiohttp_client: AiohttpClient, encrypted_storage: AbstractStorage
) -> None:
    def refuse(request: web.Request) -> None:
        flash_form(request, {"name": "<Ann>"}, {"name": "Taken"})

    page = {"page.html": "{% set f = flashed_form() %}{{ f.get('name') }} {{ f.error('name') }}"}
    routes = web.get("/", renders("page.html")), web.post("/", does(refuse))
    client = await aiohttp_client(template_app(encrypted_storage, page, *routes))
    await client.post("/", headers={"Sec-Fetch-Dest": "empty"})
    assert await (await client.get("/")).text() == "&lt;Ann&gt; Taken"
    assert (await (await client.get("/")).text()).strip() == ""
