import aiohttp_session
import aiohttp_session_flash
from aiohttp import web
from aiohttp_session.cookie_storage import EncryptedCookieStorage
from aiohttp_session_flash import flash, pop_flash


async def tell(request):
    flash(request, request.query["text"])
    if "fail" in request.query:
        raise web.HTTPInternalServerError
    raise web.HTTPSeeOther("/show")


async def show(request):
    return web.Response(text=" ".join([*pop_flash(request), *pop_flash(request)]))


async def hop(request):
    pop_flash(request)
    raise web.HTTPSeeOther("/show")


app = web.Application()
aiohttp_session.setup(app, EncryptedCookieStorage(b"k" * 32))
app.middlewares.append(aiohttp_session_flash.middleware)
app.add_routes([web.post("/flash", tell), web.get("/show", show), web.get("/hop", hop)])
