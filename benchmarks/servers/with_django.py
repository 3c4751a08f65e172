"""Django: messages in a signed cookie of their own, and only the middleware that they need."""

from __future__ import annotations

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


urlpatterns = [path("told", view)]

if __name__ == "__main__":
    settings.configure(
        ALLOWED_HOSTS=["*"],
        INSTALLED_APPS=["django.contrib.messages"],
        MESSAGE_STORAGE="django.contrib.messages.storage.cookie.CookieStorage",
        MIDDLEWARE=["django.contrib.messages.middleware.MessageMiddleware"],
        ROOT_URLCONF=__name__,
        SECRET_KEY="k" * 50,
    )
    django.setup()
    serve(WSGIHandler())
