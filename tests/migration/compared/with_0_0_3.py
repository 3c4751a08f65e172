import aiohttp_session
from aiohttp import web
from aiohttp_flashbag import flashbag_get, flashbag_middleware, flashbag_set
from aiohttp_session.cookie_storage import EncryptedCookieStorage


async def tell(request):
    flashbag_set(request, "text", request.query["text"])
    raise web.HTTPSeeOther("/show")


async def show(request):
    return web.Response(text=flashbag_get(request, "text", ""))


async def hop(request):
    flashbag_get(request, "text")
    raise web.HTTPSeeOther("/show")


async def fail(request):
    flashbag_get(request, "text")
    raise web.HTTPInternalServerError


async def plain(request):
    return web.Response(text="plain")


app = web.Application()
aiohttp_session.setup(app, EncryptedCookieStorage(b"k" * 32))
app.middlewares.append(flashbag_middleware)
app.add_routes([web.post("/flash", tell), web.get("/show", show), web.get("/hop", hop)])
app.add_routes([web.get("/fail", fail), web.get("/plain", plain)])
