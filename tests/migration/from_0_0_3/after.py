from html import escape

import aiohttp_flashbag
import aiohttp_session
from aiohttp import web
from aiohttp_session.cookie_storage import EncryptedCookieStorage

PAGE = """{messages}
<p class="error">{error}</p><form method="post">...</form>"""


async def show(request):
    found = aiohttp_flashbag.get_flashed_messages(request)
    messages = "".join(f'<p class="{m.category}">{escape(m)}</p>' for m in found)
    error = aiohttp_flashbag.flashbag_get(request, "error", "")
    text = PAGE.format(messages=messages, error=escape(error))
    return web.Response(text=text, content_type="text/html")


async def save(request):
    note = (await request.post())["note"]
    if not note:
        aiohttp_flashbag.flashbag_set(request, "error", "A note is required.")
    else:
        aiohttp_flashbag.flash(request, f"{note} was saved.")
    raise web.HTTPSeeOther("/")


def make_app():
    app = web.Application()
    aiohttp_session.setup(app, EncryptedCookieStorage(b"k" * 32))
    aiohttp_flashbag.setup(app)
    app.add_routes([web.get("/", show), web.post("/", save)])
    return app
