from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.routing import Route
from starlette_flash import flash


async def tell(request):
    flash(request).success(request.query_params["text"])
    return RedirectResponse("/show", 303)


async def show(request):
    return PlainTextResponse(" ".join(each["message"] for each in flash(request)))


async def hop(request):
    flash(request).consume()
    return RedirectResponse("/show", 303)


async def fail(request):
    flash(request).consume()
    return PlainTextResponse("", 500)


async def plain(request):
    return PlainTextResponse("plain")


app = Starlette(
    routes=[
        Route("/flash", tell, methods=["POST"]),
        Route("/show", show),
        Route("/hop", hop),
        Route("/fail", fail),
        Route("/plain", plain),
    ],
    middleware=[Middleware(SessionMiddleware, secret_key="k" * 32)],
)
