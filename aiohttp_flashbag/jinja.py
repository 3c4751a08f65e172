"""The flashbag in Jinja2 templates of aiohttp_jinja2.

`setup()` installs these on every environment of the application and its sub-applications when
the application starts. In a template each may be called with the request or without: it is then
found by itself, in a macro that was imported without context too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import jinja2
from aiohttp import web
from jinja2.runtime import Context
from markupsafe import Markup

from . import messages, values
from .visit import current_request

_ERRORS = ("danger", "error")
_FLASHES = jinja2.Environment(autoescape=True).from_string(
    """\
<div class="flashes">
{%- for message in messages %}
<div class="flash flash-{{ message.category }}" role="
{{- 'alert' if message.category in errors else 'status' }}" data-turbo-temporary data-flash>
{{- message -}}
</div>
{%- endfor %}
</div>"""
)


def install(app: web.Application) -> None:
    """Make the functions below global in the templates of `app` and its sub-applications.

    A global of the same name that the application has itself stays.
    """
    for environment in _environments(app):
        for function in _GLOBALS:
            environment.globals.setdefault(function.__name__, function)


def _environments(app: web.Application) -> Iterator[jinja2.Environment]:
    yield from (held for held in app.values() if isinstance(held, jinja2.Environment))
    for resource in app.router.resources():
        if inner := resource.get_info().get("app"):
            yield from _environments(inner)


@jinja2.pass_context
def get_flashed_messages(
    context: Context,
    request: object = None,
    with_categories: bool = False,
    category_filter: str | Iterable[str] = (),
) -> list[messages.FlashedMessage] | list[tuple[str, str]]:
    """The messages waiting, each only once: see `aiohttp_flashbag.get_flashed_messages`.

    As in Flask, `with_categories` may come first.
    """
    return messages.get_flashed_messages(
        _request(context, request),
        with_categories=with_categories or request is True,
        category_filter=category_filter,
    )


@jinja2.pass_context
def peek_flashed_messages(
    context: Context,
    request: object = None,
    with_categories: bool = False,
    category_filter: str | Iterable[str] = (),
) -> list[messages.FlashedMessage] | list[tuple[str, str]]:
    """The same messages, which wait on."""
    return messages.peek_flashed_messages(
        _request(context, request),
        with_categories=with_categories or request is True,
        category_filter=category_filter,
    )


@jinja2.pass_context
def flashbag_get(context: Context, *arguments: Any, default: Any = None) -> Any:
    """`flashbag_get(key, default)`: the value waiting under `key`, used up by that."""
    explicit = arguments[0] if _may_be_request(arguments[0]) else None
    key, *rest = arguments[1:] if explicit is not None else arguments
    return values.flashbag_get(_request(context, explicit), key, *rest or (default,))


@jinja2.pass_context
def render_flashed_messages(
    context: Context, request: object = None, category_filter: str | Iterable[str] = ()
) -> Markup:
    """The messages waiting as markup, each a live region of its own; nothing if none waits.

    Errors (`error`, `danger`) have `role="alert"`, others `role="status"`.
    """
    found = messages.get_flashed_messages(
        _request(context, request), category_filter=category_filter
    )
    return Markup(_FLASHES.render(messages=found, errors=_ERRORS) if found else "")  # noqa: S704


_GLOBALS = (get_flashed_messages, peek_flashed_messages, flashbag_get, render_flashed_messages)


def _may_be_request(argument: object) -> bool:
    return isinstance(argument, web.BaseRequest | jinja2.Undefined) or argument is None


def _request(context: Context, argument: object) -> web.Request:
    """The request given, or in the template's context, or the one that is being answered."""
    for candidate in (argument, context.get("request"), current_request.get()):
        if isinstance(candidate, web.Request):
            return candidate
    raise RuntimeError(
        "this template is rendered outside a request that has a flashbag: pass the request, as in "
        "get_flashed_messages(request), or call aiohttp_flashbag.setup(app)"
    )
