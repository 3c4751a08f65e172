"""A small application of the tests' own: every page but the start extends one base template."""

from __future__ import annotations

from aiohttp import web
from aiohttp_session import SimpleCookieStorage
from support.apps import does
from support.templating import not_found_page, renders, template_app

from aiohttp_flashbag import flash

from .engines import Tab

BOUGHT = "Bought"
BASKET = "a[href='/basket']"
BASE = """<!doctype html>
<html lang="en">
<title>Shop</title>
<link rel="icon" href="data:,">
{{ render_flashed_messages() }}
<h1>{% block title %}{% endblock %}</h1>
</html>"""
TEMPLATES = {
    "base.html": BASE,
    "basket.html": "{% extends 'base.html' %}{% block title %}Basket{% endblock %}",
    "not_found.html": "{% extends 'base.html' %}{% block title %}Not found{% endblock %}",
}
# The start shows no messages, so what is flashed there waits for another page.
START = """<!doctype html>
<html lang="en">
<title>Shop</title>
<link rel="icon" href="data:,">
<script type="speculationrules">{RULES}</script>
<h1>Shop</h1>
<button onclick="buy()">Buy</button>
<a href="/basket">Basket</a>
<output></output>
<script>
const output = document.querySelector("output");
async function buy() {
  await fetch("/buy", {method: "POST"});
  output.textContent = "done";
}
</script>
</html>"""
RULES = '{"ACTION": [{"urls": ["/basket"], "eagerness": "immediate"}]}'


async def start_page(request: web.Request) -> web.Response:
    """The start; with `?preload=prefetch` or `prerender` it asks for the basket in advance."""
    rules = RULES.replace("ACTION", request.query.get("preload", "nothing"))
    return web.Response(text=START.replace("{RULES}", rules), content_type="text/html")


def make_shop() -> web.Application:
    """The application."""
    app = template_app(
        SimpleCookieStorage(),
        TEMPLATES,
        web.get("/", start_page),
        web.get("/basket", renders("basket.html")),
        web.post("/buy", does(lambda request: flash(request, BOUGHT))),
        web.get("/poll", does()),
    )
    app.middlewares.append(not_found_page)
    return app


async def buy(tab: Tab) -> None:
    """Leave a message that the start does not show."""
    await tab.click("button", wait=False)
    await tab.wait_for_texts("output", "done")
