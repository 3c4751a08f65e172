"""Two forms on one page. Each has a name, so that neither shows the errors of the other."""

from collections.abc import Mapping

import aiohttp_jinja2
from aiohttp import web

from aiohttp_flashbag import flash_form, flash_redirect

routes = web.RouteTableDef()

SENT = {"news": "You will get our news by e-mail.", "question": "Your question was sent."}
LIMITS = {"email": 80, "text": 240}


@routes.get("/forms")
@aiohttp_jinja2.template("forms.html")
async def show_forms(request: web.Request) -> dict[str, object]:
    return {"limits": LIMITS}


@routes.post("/forms/{name:news|question}")
async def send_form(request: web.Request) -> web.Response:
    name = request.match_info["name"]
    form = await request.post()
    if errors := mistakes(form):
        flash_form(request, form, errors, name=name)
        raise web.HTTPSeeOther("/forms")
    raise flash_redirect(request, "/forms", SENT[name])


def mistakes(form: Mapping[str, object]) -> dict[str, str]:
    """Return an error for each field that is not valid."""
    errors = {
        name: f"Please use at most {limit} characters."
        for name, limit in LIMITS.items()
        if len(str(form.get(name, ""))) > limit
    }
    if "@" not in str(form.get("email", "")):
        errors["email"] = "Please enter a valid e-mail address."
    return errors
