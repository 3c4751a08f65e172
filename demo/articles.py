"""Articles: a message after a success, the form with its errors after a mistake."""

import aiohttp_jinja2
from aiohttp import web

from aiohttp_flashbag import flash, flash_form, flash_redirect, flashed_form

from .store import STORE

routes = web.RouteTableDef()

LIMITS = {"title": 80, "body": 240}  # fits into a session cookie in any script


@routes.get("/articles")
@aiohttp_jinja2.template("articles.html")
async def show_articles(request: web.Request) -> dict[str, object]:
    articles = await request.app[STORE].latest()
    return {"articles": articles, "form": flashed_form(request), "limits": LIMITS}


@routes.post("/articles")
async def publish(request: web.Request) -> web.Response:
    form = await request.post()
    title = str(form.get("title", "")).strip()
    body = str(form.get("body", "")).replace("\r\n", "\n").strip()
    if errors := mistakes(title, body):
        flash_form(request, form, errors)
        raise web.HTTPSeeOther("/articles")
    await request.app[STORE].add(title, body)
    raise flash_redirect(request, "/articles", f"“{title}” was published.")


@routes.post("/articles/{id:[0-9]{1,15}}/delete")
async def delete(request: web.Request) -> web.Response:
    title = await request.app[STORE].remove(int(request.match_info["id"]))
    if title is None:
        flash(request, "This article was already deleted.", "info")
    else:
        flash(request, f"“{title}” was deleted.", "warning")
    raise web.HTTPSeeOther("/articles")


def mistakes(title: str, body: str) -> dict[str, str]:
    """Return an error for each field that is not valid."""
    errors = {}
    if not title:
        errors["title"] = "Please enter a title."
    if len(title) > LIMITS["title"]:
        errors["title"] = f"Please use at most {LIMITS['title']} characters."
    if len(body) > LIMITS["body"]:
        errors["body"] = f"Please use at most {LIMITS['body']} characters."
    return errors
