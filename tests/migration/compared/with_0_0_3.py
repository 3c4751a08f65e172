import aiohttp_session
from aiohttp import web
from aiohttp_flashbag import flashbag_get, flashbag_middleware, flashbag_set
from aiohttp_session.cookie_storage import EncryptedCookieStorage


async def tell(request):
    flashbag_set(request, "text", request.query["text"])
    raise web.HTTPSeeOther("/page?read")


async def page(request):
    text = flashbag_get(request, "text", "") if "read" in request.query else ""
    status, location = int(request.query.get("status", 200)), {"Location": "/page?read"}
    return web.Response(text=text, status=status, headers=location)


app = web.Application()
aiohttp_session.setup(app, EncryptedCookieStorage(b"k" * 32))
app.middlewares.append(flashbag_middleware)
app.add_routes([web.post("/flash", tell), web.get("/page", page)])
