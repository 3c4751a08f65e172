"""A request that is held at the server in one tab, while another tab goes on."""

from __future__ import annotations

from aiohttp import web
from support.apps import does
from support.overlap import Gate

from .conftest import Serve, Visit

FORM = """<!doctype html><link rel="icon" href="data:,"><h1>%s</h1>
<a href="/other">Other</a><form method="post" action="/save"><button>Save</button></form>"""


def page(title: str) -> web.Response:
    return web.Response(text=FORM % title, content_type="text/html")


async def test_a_tab_loads_pages_while_the_form_of_another_is_held(
    serve: Serve, visit: Visit
) -> None:
    gate = Gate()
    app = web.Application()
    app.add_routes(
        [
            web.get("/", does(answer=lambda: page("Start"))),
            web.get("/other", does(answer=lambda: page("Other"))),
            web.get("/saved", does(answer=lambda: page("Saved"))),
            web.post("/save", does(gate.hold, answer=lambda: web.HTTPSeeOther("/saved"))),
        ]
    )
    server = await serve(app)
    browser = await visit(server)
    a, b = await browser.new_tab(), await browser.new_tab()
    await a.open("/")
    await b.open("/")
    await a.click("button", wait=False)
    await server.arrival("/save")
    await b.click("a")
    assert await b.text("h1") == "Other"
    assert server.requests("/saved") == []
    gate.opened.set()
    await a.loaded()
    assert await a.text("h1") == "Saved"
    assert server.requests("/saved")[0].referer == "/"
    assert server.requests("/other")[0].referer == "/"
