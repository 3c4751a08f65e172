"""Django: messages in a signed cookie of their own; or `plain`, without any middleware."""

from __future__ import annotations

import sys
from typing import Any

import django  # type: ignore[import-not-found, import-untyped, unused-ignore]
from django.conf import settings  # type: ignore[import-not-found, import-untyped, unused-ignore]
from django.contrib import messages  # type: ignore[import-not-found, import-untyped, unused-ignore]
from django.core.handlers.wsgi import (  # type: ignore[import-not-found, import-untyped, unused-ignore]
    WSGIHandler,
)
from django.http import (  # type: ignore[import-not-found, import-untyped, unused-ignore]
    HttpResponse,
    HttpResponseRedirect,
)
from django.urls import path  # type: ignore[import-not-found, import-untyped, unused-ignore]

from .process import NOTE
from .wsgi import serve


class SeeOther(HttpResponseRedirect):  # type: ignore[misc, unused-ignore]
    """Django has no 303 of its own."""

    status_code = 303


def view(request: Any) -> Any:
    """Flash by POST, show by GET."""
    if request.method == "POST":
        messages.success(request, NOTE)
        return SeeOther("/told")
    return HttpResponse(" ".join(map(str, messages.get_messages(request))))


def move(request: Any) -> Any:
    """Redirect by POST, without a flash; show what would be flashed by GET."""
    return SeeOther("/moved") if request.method == "POST" else HttpResponse(NOTE)


def login(request: Any) -> Any:
    """Let the visitor have a session's cookie, which nothing here has to read."""
    response = HttpResponse("Hello")
    response.set_cookie("sessionid", "x" * 32)
    return response


_MIDDLEWARE = "django.contrib.messages.middleware.MessageMiddleware"
urlpatterns = [path("told", view), path("moved", move), path("login", login)]

if __name__ == "__main__":
    settings.configure(
        ALLOWED_HOSTS=["*"],
        INSTALLED_APPS=["django.contrib.messages"],
        MESSAGE_STORAGE="django.contrib.messages.storage.cookie.CookieStorage",
        MIDDLEWARE=[] if "plain" in sys.argv else [_MIDDLEWARE],
        ROOT_URLCONF=__name__,
        SECRET_KEY="k" * 50,
    )
    django.setup()
    serve(WSGIHandler())
