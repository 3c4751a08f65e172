from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.routing import Route
from starlette_flash import flash


async def tell(request):
    flash(request).success(request.query_params["text"])
    return RedirectResponse("/page?read", 303)


async def page(request):
    messages = flash(request).consume() if "read" in request.query_params else []
    texts = " ".join(each["message"] for each in messages)
    status, location = int(request.query_params.get("status", 200)), {"Location": "/page?read"}
    return PlainTextResponse(texts, status, headers=location)


app = Starlette(
    routes=[Route("/flash", tell, methods=["POST"]), Route("/page", page)],
    middleware=[Middleware(SessionMiddleware, secret_key="k" * 32)],
)
