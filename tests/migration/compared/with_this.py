import aiohttp_flashbag
from aiohttp import web
from aiohttp_flashbag import flash_redirect, get_flashed_messages


async def tell(request):
    raise flash_redirect(request, "/page?read", request.query["text"])


async def page(request):
    texts = get_flashed_messages(request) if "read" in request.query else []
    status, location = int(request.query.get("status", 200)), {"Location": "/page?read"}
    return web.Response(text=" ".join(texts), status=status, headers=location)


app = web.Application()
aiohttp_flashbag.setup(app, aiohttp_flashbag.CookieTransport(b"k" * 32))
app.add_routes([web.post("/flash", tell), web.get("/page", page)])
