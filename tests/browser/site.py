"""A site of plain pages with a link and a form, for tests that are about browsers."""

from __future__ import annotations

from aiohttp import web
from support.apps import Action, does

PAGE = """<!doctype html>
<html lang="en">
<title>{path}</title>
<link rel="icon" href="data:,">
<h1>{path}</h1>
<a href="/linked">Linked</a>
<form method="post" action="/save"><button>Save</button></form>
</html>"""


async def page(request: web.Request) -> web.Response:
    """A page that is named by its path."""
    return web.Response(text=PAGE.format(path=request.path), content_type="text/html")


def make_site(*actions: Action) -> web.Application:
    """The application; its form does the actions, and two redirects lead from it to `/saved`."""
    app = web.Application()
    hop, saved = (lambda: web.HTTPSeeOther("/hop")), (lambda: web.HTTPFound("/saved"))
    app.add_routes(
        [
            web.post("/save", does(*actions, answer=hop)),
            web.get("/hop", does(answer=saved)),
            web.get("/{page:.*}", page),
        ]
    )
    return app
