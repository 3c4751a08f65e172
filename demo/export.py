"""A message from a background task: it appears on any page that is open, without a page load."""

import asyncio
import sys
from collections.abc import AsyncIterator

import aiohttp_jinja2
from aiohttp import web
from aiohttp_session import get_session

from aiohttp_flashbag import flash_redirect
from aiohttp_flashbag.mailbox import Mailbox

routes = web.RouteTableDef()

MAILBOX: web.AppKey[Mailbox] = web.AppKey("mailbox")
TASKS: web.AppKey[set[asyncio.Task[None]]] = web.AppKey("tasks")


async def user_id(request: web.Request) -> str | None:
    session = await get_session(request)
    return session.get("user")


@routes.get("/export")
@aiohttp_jinja2.template("export.html")
async def show_export(request: web.Request) -> dict[str, object]:
    return {}


@routes.post("/export")
async def start_export(request: web.Request) -> web.Response:
    user = await user_id(request)
    if user is None:
        raise flash_redirect(request, "/login", "Please log in to export articles.", "warning")
    task = asyncio.create_task(export(request.app[MAILBOX], user))
    request.app[TASKS].add(task)
    task.add_done_callback(request.app[TASKS].discard)
    raise flash_redirect(request, "/export", "The export has started.", "info")


async def export(mailbox: Mailbox, user: str) -> None:
    worker = await asyncio.create_subprocess_exec(sys.executable, "-m", "demo.export_worker")
    await worker.wait()
    await mailbox.flash(user, "Your export is ready.", link="/articles")


async def run_tasks(app: web.Application) -> AsyncIterator[None]:
    """Keep the tasks, and cancel them when the application ends."""
    app[TASKS] = set()
    yield
    for task in app[TASKS]:
        task.cancel()
    await asyncio.gather(*app[TASKS], return_exceptions=True)
