import aiohttp_jinja2
import aiohttp_login
import aiohttp_session
import jinja2
from aiohttp import web
from aiohttp_login import flash
from aiohttp_session.cookie_storage import EncryptedCookieStorage

SETTINGS = {
    "CSRF_SECRET": "secret",
    "LOGOUT_REDIRECT": "/",
    "SMTP_HOST": "localhost",
    "SMTP_PORT": 25,
}
PAGE = """{% for message, level in get_flashed_messages() %}
<p class="{{ level }}">{{ message }}</p>
{% endfor %}<form method="post">...</form>"""


@aiohttp_jinja2.template("page.html")
async def show(request):
    return {}


async def save(request):
    note = (await request.post())["note"]
    if not note:
        flash.error(request, "A note is required.")
    else:
        flash.success(request, f"{note} was saved.")
    return web.HTTPSeeOther("/")


def make_app():
    app = web.Application()
    aiohttp_session.setup(app, EncryptedCookieStorage(b"k" * 32))
    app.middlewares.append(flash.middleware)
    aiohttp_jinja2.setup(
        app,
        loader=jinja2.DictLoader({"page.html": PAGE}),
        context_processors=[flash.context_processor],
    )
    aiohttp_login.setup(app, None, SETTINGS)  # your storage in place of None
    app.add_routes([web.get("/", show), web.post("/", save)])
    return app
