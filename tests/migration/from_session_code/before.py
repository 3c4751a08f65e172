from html import escape

import aiohttp_session
from aiohttp import web
from aiohttp_session import get_session
from aiohttp_session.cookie_storage import EncryptedCookieStorage


async def show(request):
    session = await get_session(request)
    flash = session.pop("flash", None)
    message = f'<p class="{flash["kind"]}">{escape(flash["text"])}</p>' if flash else ""
    text = message + '<form method="post">...</form>'
    return web.Response(text=text, content_type="text/html")


async def save(request):
    session = await get_session(request)
    note = (await request.post())["note"]
    if not note:
        session["flash"] = {"kind": "error", "text": "A note is required."}
    else:
        session["flash"] = {"kind": "success", "text": f"{note} was saved."}
    raise web.HTTPSeeOther("/")


def make_app():
    app = web.Application()
    aiohttp_session.setup(app, EncryptedCookieStorage(b"k" * 32))
    app.add_routes([web.get("/", show), web.post("/", save)])
    return app
