from html import escape

import aiohttp_flashbag
import aiohttp_session
from aiohttp import web
from aiohttp_session.cookie_storage import EncryptedCookieStorage

PAGE = """<p class="success">{notice}</p>
<p class="error">{error}</p><form method="post">...</form>"""


async def show(request):
    notice = aiohttp_flashbag.flashbag_get(request, "notice", "")
    error = aiohttp_flashbag.flashbag_get(request, "error", "")
    text = PAGE.format(notice=escape(notice), error=escape(error))
    return web.Response(text=text, content_type="text/html")


async def save(request):
    note = (await request.post())["note"]
    if not note:
        aiohttp_flashbag.flashbag_set(request, "error", "A note is required.")
    else:
        aiohttp_flashbag.flashbag_set(request, "notice", f"{note} was saved.")
    raise web.HTTPSeeOther("/")


def make_app():
    app = web.Application()
    aiohttp_session.setup(app, EncryptedCookieStorage(b"k" * 32))
    app.middlewares.append(aiohttp_flashbag.flashbag_middleware)
    app.add_routes([web.get("/", show), web.post("/", save)])
    return app
