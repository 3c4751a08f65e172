"""Login and logout: messages that pass from one session to the next."""

import asyncio
from inspect import getsource

from aiohttp import web
from aiohttp_session import get_session, new_session

from aiohttp_flashbag import flash_form, flash_redirect, flashbag_clear, flashed_form

from .pages import page, posted

routes = web.RouteTableDef()

PASSWORD = "demo"  # noqa: S105, the page tells it
LONGEST_NAME = 40


@routes.get("/login")
async def show_login(request: web.Request) -> web.Response:
    form = flashed_form(request)
    return await page(request, "login.html", form=form, source=getsource(log_out))


@routes.post("/login")
async def log_in(request: web.Request) -> web.Response:
    form = await posted(request, "name", "password")
    if errors := mistakes(form):
        flash_form(request, form, errors)  # leaves the password out
        raise web.HTTPSeeOther("/login")
    session = await new_session(request)
    session["user"] = form["name"]
    raise flash_redirect(request, "/articles", f"Welcome, {form['name']}!")


@routes.post("/logout")
async def log_out(request: web.Request) -> web.Response:
    session = await get_session(request)
    name = session.get("user", "stranger")
    flashbag_clear(request)
    session.invalidate()
    raise flash_redirect(request, "/login", f"Goodbye, {name}.", "info")


@routes.get("/slow")
async def slow(request: web.Request) -> web.Response:
    """Takes its time and leaves the session alone, so it cannot bring an ended one back."""
    await asyncio.sleep(1.5)
    return web.Response(text="The slow request is answered; it sent no cookie.")


def mistakes(form: dict[str, str]) -> dict[str, str]:
    errors = {}
    if not 0 < len(form["name"]) <= LONGEST_NAME:
        errors["name"] = f"A name of 1 to {LONGEST_NAME} characters is required"
    if form["password"] != PASSWORD:
        errors["password"] = f"The password is “{PASSWORD}”"
    return errors
