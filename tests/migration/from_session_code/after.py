from html import escape

import aiohttp_flashbag
import aiohttp_session
from aiohttp import web
from aiohttp_flashbag import flash, get_flashed_messages
from aiohttp_session.cookie_storage import EncryptedCookieStorage


async def show(request):
    found = get_flashed_messages(request)
    messages = "".join(f'<p class="{m.category}">{escape(m)}</p>' for m in found)
    text = messages + '<form method="post">...</form>'
    return web.Response(text=text, content_type="text/html")


async def save(request):
    note = (await request.post())["note"]
    if not note:
        flash(request, "A note is required.", "error")
    else:
        flash(request, f"{note} was saved.")
    raise web.HTTPSeeOther("/")


def make_app():
    app = web.Application()
    aiohttp_session.setup(app, EncryptedCookieStorage(b"k" * 32))
    aiohttp_flashbag.setup(app)
    app.add_routes([web.get("/", show), web.post("/", save)])
    return app
