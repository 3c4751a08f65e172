"""docs/mailbox.rst: mail from a task, a worker of a queue, and a command line."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest
from aiohttp import web
from aiohttp_session import AbstractStorage, get_session
from mailboxes.claims import claim, texts
from mailboxes.test_redis import COMMANDS

from aiohttp_flashbag.mailbox import MemoryMailbox, RedisMailbox

from .conftest import Visit, see
from .pages import block, run

PAGE = "docs/mailbox.rst"


async def log_in(request: web.Request) -> web.Response:
    (await get_session(request))["user_id"] = "ann"
    return web.Response()


async def test_the_page_after_an_import_shows_its_message(
    names: dict[str, Any], visit: Visit, encrypted_storage: AbstractStorage
) -> None:
    names["mailbox"] = MemoryMailbox()
    app = names["make_app"](encrypted_storage)
    tasks: set[asyncio.Task[None]] = set()
    app[names["TASKS"]] = tasks
    app.add_routes([web.post("/log_in", log_in), web.post("/import", names["start_import"])])
    client = await visit(app)
    await client.post("/log_in")
    await client.post("/import", data="one\ntwo", allow_redirects=False)
    await asyncio.gather(*tasks)
    assert await see(client, "/") == ["The import has started.", "2 articles imported."]


def test_a_live_application_has_a_stream(
    names: dict[str, Any], encrypted_storage: AbstractStorage
) -> None:
    app = names["make_live_app"](encrypted_storage)
    assert "/flashbag/live" in {resource.canonical for resource in app.router.resources()}


async def test_an_import_tells_how_many_articles_it_has_saved(names: dict[str, Any]) -> None:
    names["mailbox"] = MemoryMailbox()
    await names["import_articles"]("ann", ["one", "two"])
    (flash,) = (await names["mailbox"].claim("ann")).flashes
    assert flash.content["m"] == "2 articles imported."
    assert flash.content["data"] == {"link": "/articles"}


async def test_a_job_leaves_its_last_message(names: dict[str, Any]) -> None:
    context: dict[str, Any] = {}
    await names["startup"](context)
    assert isinstance(context["mailbox"], RedisMailbox)
    context["mailbox"] = MemoryMailbox()
    (export,) = names["WorkerSettings"].functions
    await export(context, "ann", 7)
    assert texts((await context["mailbox"].claim("ann")).flashes) == ["Export ready."]


@pytest.mark.service
async def test_a_command_tells_a_user_something(
    redis: Any, redis_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDIS_URL", redis_server.url)
    await run(PAGE)["tell"]("ann", "The server restarts at noon.")
    assert await claim(RedisMailbox(redis)) == ["The server restarts at noon."]
    assert "main" in run(PAGE)


async def test_the_mail_can_be_checked_in_tests(names: dict[str, Any]) -> None:
    await names["check_the_mail"]()


def test_the_page_lists_the_commands_that_the_tests_allow() -> None:
    rules = block(PAGE, "console", "ACL SETUSER")
    assert sorted(re.findall(r" \+(\w+)", rules)) == sorted(COMMANDS.split())


def test_handlers_of_the_page_are_handlers(names: dict[str, Any]) -> None:
    for name in ("start_import", "start_export"):
        web.get("/", names[name])
