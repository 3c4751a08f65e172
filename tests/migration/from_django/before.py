from django.conf import settings

CONTEXT = "django.contrib.messages.context_processors.messages"
settings.configure(
    ALLOWED_HOSTS=["*"],
    INSTALLED_APPS=["django.contrib.messages"],
    MESSAGE_STORAGE="django.contrib.messages.storage.cookie.CookieStorage",
    MIDDLEWARE=["django.contrib.messages.middleware.MessageMiddleware"],
    ROOT_URLCONF=__name__,
    SECRET_KEY="k" * 50,
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "OPTIONS": {"context_processors": [CONTEXT]},
        }
    ],
)

from django import setup
from django.contrib import messages
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template import engines
from django.urls import path

PAGE = """{% for message in messages %}
<p class="{{ message.tags }}">{{ message }}</p>
{% endfor %}<form method="post">...</form>"""


def notes(request):
    if request.method == "GET":
        return HttpResponse(engines["django"].from_string(PAGE).render({}, request))
    note = request.POST["note"]
    if not note:
        messages.error(request, "A note is required.")
    else:
        messages.success(request, f"{note} was saved.")
    return redirect("/")


setup()
urlpatterns = [path("", notes)]
app = WSGIHandler()
