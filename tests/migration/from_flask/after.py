import aiohttp_flashbag
import aiohttp_jinja2
import jinja2
from aiohttp import web
from aiohttp_flashbag import flash

PAGE = """{% with messages = get_flashed_messages(with_categories=true) %}
{% for category, message in messages %}
<p class="{{ category }}">{{ message }}</p>
{% endfor %}{% endwith %}<form method="post">...</form>"""


@aiohttp_jinja2.template("page.html")
async def show(request):
    return {}


async def save(request):
    note = (await request.post())["note"]
    if not note:
        flash(request, "A note is required.", "error")
    else:
        flash(request, f"{note} was saved.", "success")
    raise web.HTTPSeeOther("/")


def make_app():
    app = web.Application()
    aiohttp_flashbag.setup(app, aiohttp_flashbag.CookieTransport(b"k" * 32))
    aiohttp_jinja2.setup(app, loader=jinja2.DictLoader({"page.html": PAGE}))
    app.add_routes([web.get("/", show), web.post("/", save)])
    return app
