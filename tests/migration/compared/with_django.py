from django.conf import settings

settings.configure(
    ALLOWED_HOSTS=["*"],
    INSTALLED_APPS=["django.contrib.messages"],
    MESSAGE_STORAGE="django.contrib.messages.storage.cookie.CookieStorage",
    MIDDLEWARE=["django.contrib.messages.middleware.MessageMiddleware"],
    ROOT_URLCONF="with_django",
    SECRET_KEY="k" * 50,
)

from django import setup
from django.contrib import messages
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import path


def tell(request):
    messages.success(request, request.GET["text"])
    return HttpResponseRedirect("/page?read")


def page(request):
    texts = messages.get_messages(request) if "read" in request.GET else []
    status, location = int(request.GET.get("status", 200)), {"Location": "/page?read"}
    return HttpResponse(" ".join(map(str, texts)), status=status, headers=location)


urlpatterns = [path("flash", tell), path("page", page)]
setup()
app = WSGIHandler()
