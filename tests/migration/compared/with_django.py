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
    return HttpResponseRedirect("/show")


def show(request):
    return HttpResponse(" ".join(map(str, messages.get_messages(request))))


def hop(request):
    list(messages.get_messages(request))
    return HttpResponseRedirect("/show")


def fail(request):
    list(messages.get_messages(request))
    return HttpResponse(status=500)


def plain(request):
    return HttpResponse("plain")


urlpatterns = [path(view.__name__, view) for view in (show, hop, fail, plain)]
urlpatterns.append(path("flash", tell))
setup()
app = WSGIHandler()
