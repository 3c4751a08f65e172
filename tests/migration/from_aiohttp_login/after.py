import aiohttp_flashbag
import aiohttp_jinja2
import aiohttp_login
import aiohttp_session
import jinja2
from aiohttp import web
from aiohttp_flashbag import flash
from aiohttp_session.cookie_storage import EncryptedCookieStorage

SETTINGS = {
    "CSRF_SECRET": "secret",
    "LOGOUT_REDIRECT": "/",
    "SMTP_HOST": "localhost",
    "SMTP_PORT": 25,
}
PAGE = """{% for level, message in get_flashed_messages(with_categories=True) %}
<p class="{{ level }}">{{ message }}</p>
{% endfor %}<form method="post">...</form>"""


@aiohttp_jinja2.template("page.html")
async def show(request):
    return {}


@web.middleware
async def flash_what_aiohttp_login_flashes(request, handler):
    """Its own handlers, as that of the logout, leave (text, level) pairs here."""
    try:
        return await handler(request)
    finally:
        for text, level in request.pop("flash_outgoing", ()):
            flash(request, text, level)


async def save(request):
    note = (await request.post())["note"]
    if not note:
        flash(request, "A note is required.", "error")
    else:
        flash(request, f"{note} was saved.", "success")
    raise web.HTTPSeeOther("/")


def make_app():
    app = web.Application()
    aiohttp_session.setup(app, EncryptedCookieStorage(b"k" * 32))
    aiohttp_flashbag.setup(app)
    app.middlewares.append(flash_what_aiohttp_login_flashes)
    aiohttp_jinja2.setup(app, loader=jinja2.DictLoader({"page.html": PAGE}))
    aiohttp_login.setup(app, None, SETTINGS)  # your storage in place of None
    app.add_routes([web.get("/", show), web.post("/", save)])
    return app
