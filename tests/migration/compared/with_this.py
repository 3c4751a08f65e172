import aiohttp_flashbag
from aiohttp import web
from aiohttp_flashbag import flash_redirect, get_flashed_messages


async def tell(request):
    raise flash_redirect(request, "/show", request.query["text"])


async def show(request):
    return web.Response(text=" ".join(get_flashed_messages(request)))


async def hop(request):
    get_flashed_messages(request)
    raise web.HTTPSeeOther("/show")


async def fail(request):
    get_flashed_messages(request)
    raise web.HTTPInternalServerError


async def plain(request):
    return web.Response(text="plain")


app = web.Application()
aiohttp_flashbag.setup(app, aiohttp_flashbag.CookieTransport(b"k" * 32))
app.add_routes([web.post("/flash", tell), web.get("/show", show), web.get("/hop", hop)])
app.add_routes([web.get("/fail", fail), web.get("/plain", plain)])
