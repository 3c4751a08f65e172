"""The flashbag in Jinja2 templates of aiohttp_jinja2.

When the application starts, `setup()` adds these functions to every environment of the application
and its sub-applications. Templates may call them with or without the request, also in a macro that
was imported without context.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import jinja2
from aiohttp import web
from jinja2.runtime import Context
from markupsafe import Markup

from . import forms, messages, values
from .browser import markup
from .browser import setup as browser
from .log import logger
from .message import FlashedMessage
from .state import current_request


def install(app: web.Application) -> None:
    """Make the functions below global in the templates of `app` and its sub-applications.

    A global of the same name that the application defines itself is kept.
    """
    environments = list(_environments(app))
    for environment in environments:
        for function in _GLOBALS:
            environment.globals.setdefault(function.__name__, function)
    if not environments:
        logger.info(
            "aiohttp_jinja2 is imported but not set up, so templates have no "
            "get_flashed_messages(). Call aiohttp_jinja2.setup(app, loader=...) before the "
            "application starts."
        )


def _environments(app: web.Application) -> Iterator[jinja2.Environment]:
    yield from (held for held in app.values() if isinstance(held, jinja2.Environment))
    for resource in app.router.resources():
        if inner := resource.get_info().get("app"):
            yield from _environments(inner)


@jinja2.pass_context
def get_flashed_messages(
    context: Context, *arguments: Any, **options: Any
) -> list[FlashedMessage] | list[tuple[str, str]]:
    """Return the pending messages: see `aiohttp_flashbag.get_flashed_messages`.

    As in Flask, `with_categories` and `category_filter` may be positional.
    """
    request, options = _flask_style(context, arguments, options)
    return messages.get_flashed_messages(request, **options)


@jinja2.pass_context
def peek_flashed_messages(
    context: Context, *arguments: Any, **options: Any
) -> list[FlashedMessage] | list[tuple[str, str]]:
    """Return the same messages, and consume none."""
    request, options = _flask_style(context, arguments, options)
    return messages.peek_flashed_messages(request, **options)


@jinja2.pass_context
def flashbag_get(context: Context, *arguments: Any, **options: Any) -> Any:
    """Return the pending value under `key`, or `default`, and consume it."""
    request, arguments = _request(context, arguments, options)
    return values.flashbag_get(request, *arguments, **options)


@jinja2.pass_context
def flashed_form(context: Context, *arguments: Any, **options: Any) -> forms.FlashedForm:
    """Return the flashed form and consume it: see `aiohttp_flashbag.flashed_form`.

    If a page has several forms, pass the name: `flashed_form("login")`.
    """
    request, arguments = _request(context, arguments, options)
    return forms.flashed_form(request, *arguments, **options)


@jinja2.pass_context
def render_flashed_messages(context: Context, *arguments: Any, **options: Any) -> Markup:
    """Return the pending messages as markup, each in its own live region, or "" without any.

    Errors (`error`, `danger`) have `role="alert"`, others `role="status"`.
    """
    request, arguments = _request(context, arguments, options)
    found = _messages_to_render(request, *arguments, **options)
    return Markup(markup.render(found))  # noqa: S704  # it escapes


@jinja2.pass_context
def flashbag_script(context: Context, *arguments: Any, **options: Any) -> Markup:
    """Return the element that loads the JavaScript helper: see `setup_browser`."""
    request, arguments = _request(context, arguments, options)
    return Markup(browser.flashbag_script(request, *arguments, **options))  # noqa: S704


def _messages_to_render(
    request: web.Request, category_filter: str | Iterable[str] = ()
) -> list[FlashedMessage]:
    return messages.get_flashed_messages(request, category_filter=category_filter)


_GLOBALS = (
    get_flashed_messages,
    peek_flashed_messages,
    flashbag_get,
    render_flashed_messages,
    flashed_form,
    flashbag_script,
)


def _request(
    context: Context, arguments: tuple[Any, ...], options: dict[str, Any]
) -> tuple[web.Request, tuple[Any, ...]]:
    """Return the request, and the arguments after it.

    The request is the first argument, or in the template's context, or the one being handled.
    """
    if "request" in options:
        arguments = (options.pop("request"), *arguments)
    given = arguments[:1] if _replaces_request(arguments) else ()
    current = current_request.get()
    for candidate in (*given, context.get("request"), current and current()):
        if isinstance(candidate, web.Request):
            return candidate, arguments[len(given) :]
    raise RuntimeError(
        "This template is rendered outside a request that has a flashbag. Pass the request, as in "
        "get_flashed_messages(request), or call aiohttp_flashbag.setup(app)."
    )


def _replaces_request(arguments: tuple[Any, ...]) -> bool:
    """Return whether the first argument stands for the request: a mapping, None or undefined."""
    return bool(arguments) and isinstance(arguments[0], Mapping | jinja2.Undefined | None)


def _flask_style(
    context: Context, arguments: tuple[Any, ...], options: dict[str, Any]
) -> tuple[web.Request, dict[str, Any]]:
    request, rest = _request(context, arguments, options)
    names = ("with_categories", "category_filter")
    return request, {**dict(zip(names, rest, strict=False)), **options}
