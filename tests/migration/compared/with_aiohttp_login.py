import aiohttp_jinja2
import aiohttp_login
import aiohttp_session
import jinja2
from aiohttp import web
from aiohttp_login import flash
from aiohttp_session.cookie_storage import EncryptedCookieStorage

SETTINGS = {"CSRF_SECRET": "secret", "SMTP_HOST": "localhost", "SMTP_PORT": 25}
PAGE = "{% for message, level in get_flashed_messages() %}{{ message }} {% endfor %}"


async def tell(request):
    flash.success(request, request.query["text"])
    if "raise" in request.query:
        raise web.HTTPSeeOther("/show")
    return web.HTTPSeeOther("/show")


@aiohttp_jinja2.template("page.html")
async def show(request):
    return {}


async def plain(request):
    return web.Response(text="plain")


app = web.Application()
aiohttp_session.setup(app, EncryptedCookieStorage(b"k" * 32))
app.middlewares.append(flash.middleware)
aiohttp_jinja2.setup(
    app,
    loader=jinja2.DictLoader({"page.html": PAGE}),
    context_processors=[flash.context_processor],
)
aiohttp_login.setup(app, None, SETTINGS)
app.add_routes([web.post("/flash", tell), web.get("/show", show), web.get("/plain", plain)])
