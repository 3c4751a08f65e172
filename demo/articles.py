"""Articles: messages after a success, the form and its errors after a mistake."""

from inspect import getsource

from aiohttp import web

from aiohttp_flashbag import flash, flash_form, flashed_form

from .pages import page, posted
from .store import STORE

routes = web.RouteTableDef()

LIMITS = {"title": 80, "body": 240}  # in any script this fits the session's cookie


@routes.get("/articles")
async def show_articles(request: web.Request) -> web.Response:
    return await page(
        request,
        "articles.html",
        articles=await request.app[STORE].latest(),
        form=flashed_form(request),
        limits=LIMITS,
        source=getsource(create),
    )


@routes.post("/articles")
async def create(request: web.Request) -> web.Response:
    form = await posted(request, "title", "body")
    if errors := mistakes(form):
        flash_form(request, form, errors)
        raise web.HTTPSeeOther("/articles")
    await request.app[STORE].add(**form)
    flash(request, f"“{form['title']}” is published.")
    raise web.HTTPSeeOther("/articles")


@routes.post("/articles/{id:[0-9]{1,15}}/delete")
async def delete(request: web.Request) -> web.Response:
    title = await request.app[STORE].remove(int(request.match_info["id"]))
    if title is None:
        flash(request, "That article was deleted before.", "info")
    else:
        flash(request, f"“{title}” is deleted.", "warning")
    raise web.HTTPSeeOther("/articles")


def mistakes(form: dict[str, str]) -> dict[str, str]:
    too_long = {
        name: f"At most {limit} characters fit; there are {len(form[name])}"
        for name, limit in LIMITS.items()
        if len(form[name]) > limit
    }
    return too_long if form["title"] else {"title": "A title is required", **too_long}
