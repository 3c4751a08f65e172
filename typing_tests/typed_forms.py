"""What mypy says of forms: nothing, for it needs each `ignore` that is here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web
from multidict import MultiDict, MultiDictProxy

from aiohttp_flashbag import SECRET_FIELDS, FlashedForm, flash_form, flashed_form

if TYPE_CHECKING:
    from typing_extensions import assert_type


async def flashing(request: web.Request) -> None:
    one: dict[str, str] = {}
    several: dict[str, list[str]] = {}
    either: dict[str, str | list[str]] = {}
    flash_form(request, await request.post(), {"name": "Taken", "email": ["Short", "Taken"]})
    flash_form(request, MultiDict(name="Zoë"), one)
    flash_form(request, one, several, exclude=SECRET_FIELDS | {"iban"})
    flash_form(request, several, either, exclude=())
    flash_form(request, either, None)
    flash_form(request, one, name="login")
    flash_form(request, one, name=None)  # type: ignore[arg-type]
    flash_form(request, request.post())  # type: ignore[arg-type]
    flash_form(request, one, [{"loc": ("name",), "msg": "Taken"}])


def reading(request: web.Request) -> None:
    form = flashed_form(request)
    assert_type(form, FlashedForm)
    assert_type(flashed_form(request, "login"), FlashedForm)
    flashed_form(request, None)  # type: ignore[arg-type]
    assert_type(form.data, MultiDictProxy[str])
    assert_type(form.get("name"), str)
    assert_type(form.getall("name"), list[str])
    assert_type(form.error("name"), str)
    assert_type(form.errors["name"], list[str])
    form.get("name", None)  # type: ignore[arg-type]
    form.data["name"] = "x"  # type: ignore[index]
