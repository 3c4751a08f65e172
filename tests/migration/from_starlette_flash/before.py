import jinja2
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.responses import HTMLResponse, RedirectResponse
from starlette.routing import Route
from starlette_flash import flash, get_messages_for_template

templates = jinja2.Environment(autoescape=True)
templates.globals["get_flashed_messages"] = get_messages_for_template
PAGE = templates.from_string("""{% for message in get_flashed_messages(request) %}
<p class="{{ message.category }}">{{ message.message }}</p>
{% endfor %}<form method="post">...</form>""")


async def show(request):
    return HTMLResponse(PAGE.render(request=request))


async def save(request):
    async with request.form() as form:
        note = form["note"]
    if not note:
        flash(request).error("A note is required.")
    else:
        flash(request).success(f"{note} was saved.")
    return RedirectResponse("/", 303)


app = Starlette(
    routes=[Route("/", show), Route("/", save, methods=["POST"])],
    middleware=[Middleware(SessionMiddleware, secret_key="k" * 32)],
)
