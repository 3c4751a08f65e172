"""Two forms on one page: each has a name, so neither shows the errors of the other."""

from inspect import getsource

from aiohttp import web

from aiohttp_flashbag import flash_form, flash_redirect

from .pages import page, posted

routes = web.RouteTableDef()

SENT = {"news": "The news will come by e-mail.", "question": "Your question is sent."}
LIMITS = {"email": 80, "text": 240}


@routes.get("/forms")
async def show_forms(request: web.Request) -> web.Response:
    return await page(request, "forms.html", limits=LIMITS, source=getsource(send_form))


@routes.post("/forms/{name:news|question}")
async def send_form(request: web.Request) -> web.Response:
    name = request.match_info["name"]
    form = await posted(request, *LIMITS)
    if errors := mistakes(form):
        flash_form(request, form, errors, name=name)
        raise web.HTTPSeeOther("/forms")
    raise flash_redirect(request, "/forms", SENT[name])


def mistakes(form: dict[str, str]) -> dict[str, str]:
    wrong = {} if "@" in form["email"] else {"email": "This is no e-mail address"}
    too_long = {
        name: f"At most {limit} characters fit"
        for name, limit in LIMITS.items()
        if len(form[name]) > limit
    }
    return wrong | too_long
