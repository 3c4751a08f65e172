import aiohttp_flashbag
import aiohttp_jinja2
import aiohttp_session
import jinja2
from aiohttp import web
from aiohttp_flashbag import flash, get_flashed_messages
from aiohttp_session.cookie_storage import EncryptedCookieStorage

PAGE = """{% for message in get_flashed_messages() %}
<p class="{{ message.category }}">{{ message }}</p>
{% endfor %}<form method="post">...</form>"""


@aiohttp_jinja2.template("page.html")
async def show(request):
    return {}


async def save(request):
    note = (await request.post())["note"]
    if not note:
        flash(request, "A note is required.", "danger")
    else:
        flash(request, f"{note} was saved.")
    raise web.HTTPSeeOther("/")


async def as_json(request):
    return web.json_response(get_flashed_messages(request))


def make_app():
    app = web.Application()
    aiohttp_session.setup(app, EncryptedCookieStorage(b"k" * 32))
    aiohttp_flashbag.setup(app)
    aiohttp_jinja2.setup(app, loader=jinja2.DictLoader({"page.html": PAGE}))
    app.add_routes([web.get("/", show), web.post("/", save), web.get("/json", as_json)])
    return app
