"""Login and logout. Each starts with an empty flashbag and flashes a message of its own."""

import asyncio

import aiohttp_jinja2
from aiohttp import web
from aiohttp_session import get_session, new_session

from aiohttp_flashbag import flash_form, flash_redirect, flashbag_clear, flashed_form

routes = web.RouteTableDef()

PASSWORD = "demo"  # noqa: S105  # the page shows it
LONGEST_NAME = 40


@routes.get("/login")
@aiohttp_jinja2.template("login.html")
async def show_login(request: web.Request) -> dict[str, object]:
    return {"form": flashed_form(request), "longest_name": LONGEST_NAME}


@routes.post("/login")
async def log_in(request: web.Request) -> web.Response:
    form = await request.post()
    name = str(form.get("name", "")).strip()
    if errors := mistakes(name, form.get("password")):
        flash_form(request, form, errors)  # leaves the password out
        raise web.HTTPSeeOther("/login")
    flashbag_clear(request)
    session = await new_session(request)
    session["user"] = name
    raise flash_redirect(request, "/articles", f"Welcome, {name}!")


@routes.post("/logout")
async def log_out(request: web.Request) -> web.Response:
    flashbag_clear(request)
    session = await get_session(request)
    name = session.get("user", "stranger")
    session.invalidate()
    raise flash_redirect(request, "/login", f"Goodbye, {name}.", "info")


@routes.get("/slow")
async def slow(request: web.Request) -> web.Response:
    """Respond slowly without changing the session, so that it cannot undo a logout."""
    await asyncio.sleep(1.5)
    return web.Response(text="The slow request has finished.")


def mistakes(name: str, password: object) -> dict[str, str]:
    """Return an error for each field that is not valid."""
    errors = {}
    if not 0 < len(name) <= LONGEST_NAME:
        errors["name"] = f"Please enter a name of at most {LONGEST_NAME} characters."
    if password != PASSWORD:
        errors |= {"password": "This password is wrong."}
    return errors
