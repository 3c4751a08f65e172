import aiohttp_jinja2
import aiohttp_session
import aiohttp_session_flash
import jinja2
from aiohttp import web
from aiohttp_session.cookie_storage import EncryptedCookieStorage
from aiohttp_session_flash import flash, pop_flash

PAGE = """{% for message in get_flashed_messages() %}
<p class="{{ message[0] }}">{{ message[1] }}</p>
{% endfor %}<form method="post">...</form>"""


@aiohttp_jinja2.template("page.html")
async def show(request):
    return {}


async def save(request):
    note = (await request.post())["note"]
    if not note:
        flash(request, ("danger", "A note is required."))
    else:
        flash(request, ("success", f"{note} was saved."))
    raise web.HTTPSeeOther("/")


async def as_json(request):
    return web.json_response([text for category, text in pop_flash(request)])


def make_app():
    app = web.Application()
    aiohttp_session.setup(app, EncryptedCookieStorage(b"k" * 32))
    app.middlewares.append(aiohttp_session_flash.middleware)
    aiohttp_jinja2.setup(
        app,
        loader=jinja2.DictLoader({"page.html": PAGE}),
        context_processors=[aiohttp_session_flash.context_processor],
    )
    app.add_routes([web.get("/", show), web.post("/", save), web.get("/json", as_json)])
    return app
