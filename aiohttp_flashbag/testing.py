"""Helpers for the tests of an application: record, inspect and seed its flashes.

No plugin is needed. With a client (create a new application for each test, because aiohttp
runs an application in one event loop only):

async def test_article(aiohttp_client):
    flashes = record_flashes(app := make_app())              # before the application starts
    client = await aiohttp_client(app)
    await flashes.seed(client, values={"error": "Taken"})    # as if an earlier request flashed it
    await client.post("/articles", data={"title": "News"})
    assert flashes.flashed.texts == ["Article created."]

With a browser, here with Playwright:

cookies = await flashes.seed(client, messages=["Article created."])
await context.add_cookies(cookies)                       # now it is pending in the browser
await page.goto(str(client.make_url("/articles")))

With a mocked request:

install_flashbag(request, values={"error": "Taken"})
await handler(request)
assert sent(request).texts == ["Article created."]
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from aiohttp import ClientSession, web

from .bag import Flashbag
from .config import Config
from .copies import Copies
from .flash import Flash, Outcome, ids
from .forms import FlashedForm, flash_form, form_name
from .message import FlashedMessage
from .state import begin_exchange, find_exchange, get_flashbag

if TYPE_CHECKING:
    from http.cookies import Morsel

    from aiohttp.test_utils import TestClient
    from yarl import URL

    from .transports import Transport

    Client: TypeAlias = TestClient[Any, Any] | ClientSession

__all__ = ["FlashRecord", "Flashes", "install_flashbag", "record_flashes", "sent"]

Action: TypeAlias = Callable[[web.Request], Iterable[Flash]]

_FORM = {"data", "errors"}


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Flashes:
    """Values by key, messages in their order, and forms, which are not among the values.

    `form` is the form without a name, `forms` maps the names of the others.
    """

    values: dict[str, Any] = field(default_factory=dict)
    messages: list[FlashedMessage] = field(default_factory=list)
    form: FlashedForm = field(default_factory=lambda: FlashedForm.from_stored({}, {}))
    forms: dict[str, FlashedForm] = field(default_factory=dict)

    @classmethod
    def of(cls, flashes: Iterable[Flash]) -> Flashes:
        """Return these flashes, oldest first. If a key has several values, the last one counts."""
        flashes = list(flashes)
        values = {flash.key: flash.content for flash in flashes if flash.key is not None}
        messages = [FlashedMessage.from_flash(flash) for flash in flashes if flash.is_message]
        forms = _take_forms(values)
        return cls(values, messages, forms.pop("", FlashedForm.from_stored({}, {})), forms)

    @property
    def texts(self) -> list[str]:
        """Return the texts of the messages."""
        return [message.message for message in self.messages]

    def __bool__(self) -> bool:
        return bool(self.values or self.messages or self.form or self.forms)

    def __eq__(self, other: object) -> bool:
        """Compare the categories and data of messages too, not only their texts."""
        return isinstance(other, Flashes) and self._parts() == other._parts()

    def __repr__(self) -> str:
        values, messages, form, forms = self._parts()
        return f"Flashes({values=}, {messages=}, {form=}, {forms=})"

    def _parts(
        self,
    ) -> tuple[dict[str, Any], list[dict[str, Any]], FlashedForm, dict[str, FlashedForm]]:
        return self.values, list(map(dict, self.messages)), self.form, self.forms


def install_flashbag(
    request: web.Request,
    *,
    values: Mapping[Any, Any] | None = None,
    messages: Iterable[Any] = (),
    form: Mapping[str, Any] | None = None,
    errors: Mapping[str, Any] | None = None,
    forms: Mapping[str, Any] | None = None,
) -> Flashbag:
    """Give a mocked request a flashbag with these incoming flashes: see `FlashRecord.seed`."""
    exchange = begin_exchange(Config(cast("Transport", _Nowhere())), request)
    exchange.open_bag()
    _flash_all(request, values, messages, form, errors, forms)
    return exchange.open_bag(_outgoing(request))


def sent(request: web.Request) -> Flashes:
    """Return the flashes that a handler has added to the flashbag of this request."""
    return Flashes.of(_outgoing(request))


def record_flashes(app: web.Application) -> FlashRecord:
    """Record what the application flashes and shows, with any transport and session storage.

    Call it before the application starts. `app` is the application of `aiohttp_flashbag.setup()`.
    """
    if app.pre_frozen:
        raise RuntimeError(
            "Call record_flashes(app) before the application starts or is added to another one. "
            "Create a new application for each test, with a function such as make_app(), because "
            "aiohttp does not run it again in the event loop of another test."
        )
    return FlashRecord(app)


class FlashRecord:
    """The flashes that requests added and responses showed, since the start or the last `clear()`.

    Reading it raises AssertionError without a request that has a flashbag: a test must not pass
    because nothing was tested.
    """

    def __init__(self, app: web.Application) -> None:
        self._recorded: list[_Recorded] = []
        self._without_flashbag: list[str] = []
        self._calls: dict[str, tuple[Action, asyncio.Future[list[Flash]]]] = {}
        # A path without variables is found before one like /{anything}.
        self._resource = app.router.add_resource(f"/flashbag-{secrets.token_hex(8)}")
        self._resource.add_route("GET", self._respond)
        app.on_response_prepare.insert(0, self._note)

    @property
    def flashed(self) -> Flashes:
        """Return the flashes that requests added, even if they were shown since."""
        return Flashes.of(flash for each in self._with_flashbag() for flash in each.flashed)

    @property
    def shown(self) -> Flashes:
        """Return the values that requests read, and the messages that responses showed."""
        return Flashes.of(flash for each in self._with_flashbag() for flash in each.shown)

    def assert_nothing_flashed(self) -> None:
        """Raise AssertionError if something was flashed, or a status of 500 may have dropped it."""
        for recorded in self._with_flashbag():
            found = Flashes.of(recorded.flashed)
            if found or recorded.status >= 500:
                raise AssertionError(
                    f"Expected: nothing flashed, and no error that would drop it.\n"
                    f"Found: {recorded.request} responded {recorded.status} and flashed {found}."
                )

    def clear(self) -> None:
        """Forget what was recorded. Pending flashes stay pending."""
        self._recorded.clear()
        self._without_flashbag.clear()

    async def pending(self, client: Client) -> Flashes:
        """Return the flashes that are pending for this client, and consume nothing."""
        found, _ = await self._in_request(client, _pending)
        return Flashes.of(found)

    async def seed(
        self,
        client: Client,
        *,
        values: Mapping[Any, Any] | None = None,
        messages: Iterable[Any] = (),
        form: Mapping[str, Any] | None = None,
        errors: Mapping[str, Any] | None = None,
        forms: Mapping[str, Any] | None = None,
    ) -> list[Any]:
        """Make these flashes pending for this client, in addition to its other flashes.

        A message is a text, or a mapping of the arguments of `flash`. Give `form` and `errors` as
        in `flash_form(request, form, errors)`. `forms` maps the name of each other form to
        `{"data": ..., "errors": ...}`, or to a form of a record. The client is a test client, or a
        `ClientSession(base_url)`.

        Returns the client's cookies, so that a browser gets the same flashes and the same login.
        Playwright's `context.add_cookies(cookies)` accepts them as they are. Selenium's
        `driver.add_cookie(cookie)` needs an open page of the host, and cookies without "domain",
        which would include subdomains.
        """

        def add(request: web.Request) -> Iterable[Flash]:
            _flash_all(request, values, messages, form, errors, forms)
            return _outgoing(request)

        added, url = await self._in_request(client, add)
        found, _ = await self._in_request(client, _pending)
        if not ids(added) <= ids(found):
            raise AssertionError(
                f"Expected to be pending: {Flashes.of(added)}\nFound: {Flashes.of(found)}\n"
                "Does the client keep cookies? Secure cookies are sent over HTTPS only."
            )
        jar = (client if isinstance(client, ClientSession) else client.session).cookie_jar
        return [_for_browser(cookie, url) for cookie in jar]

    async def _in_request(self, client: Client, action: Action) -> tuple[list[Flash], URL]:
        """Run `action` in a request of this client that is not a page view.

        Returns the result, and the URL of the request.
        """
        call = secrets.token_hex(8)
        self._calls[call] = action, asyncio.get_running_loop().create_future()
        url = self._resource.url_for().with_query(call=call)
        response = await client.get(str(url), allow_redirects=False)
        _, result = self._calls.pop(call)
        if not result.done():
            raise AssertionError(
                f"Expected: a request that reaches the flashbag.\nFound: status {response.status}, "
                "from a middleware before it, or from another application."
            )
        return result.result(), response.url

    async def _respond(self, request: web.Request) -> web.Response:
        action, result = self._calls[request.query["call"]]
        try:
            result.set_result(list(action(request)))
        except Exception as error:
            result.set_exception(error)
            return web.Response(status=500)  # it changes nothing (B2)
        return web.Response(status=204)  # it consumes nothing (V3, M2)

    async def _note(self, request: web.Request, response: web.StreamResponse) -> None:
        if request.match_info.route.resource is self._resource:
            return
        exchange, line = find_exchange(request), f"{request.method} {request.path}"
        if exchange is None:
            self._without_flashbag.append(line)
        else:
            recorded = _Recorded(line, response.status)
            self._recorded.append(recorded)
            exchange.subscribe(recorded.listen)

    def _with_flashbag(self) -> list[_Recorded]:
        if not self._recorded:
            found = ", ".join(self._without_flashbag) or "no request"
            raise AssertionError(
                f"Expected: a request with a flashbag.\nFound: {found}.\nPass record_flashes() the "
                "application that aiohttp_flashbag.setup() was called for."
            )
        return self._recorded


@dataclass(slots=True)
class _Recorded:
    """The flashes that one request added, and the flashes that its response showed."""

    request: str
    status: int
    flashed: list[Flash] = field(default_factory=list)
    shown: list[Flash] = field(default_factory=list)

    def listen(self, request: web.Request, response: web.StreamResponse, outcome: Outcome) -> None:
        """Note the outcome of the commit. A failed response has changed nothing (B2)."""
        self.status = response.status
        if response.status >= 500:
            return
        usage, left = get_flashbag(request).usage(), ids(outcome.after)
        self.flashed = [flash for flash in usage.added if flash.id in left | usage.read]
        if response.status != 304:
            self.shown = [Flash("", key, value) for key, value in usage.values.items()]
        gone = usage.read - left
        messages = [*outcome.before, *usage.added]
        self.shown += [flash for flash in messages if flash.is_message and flash.id in gone]


class _Nowhere:
    """A transport and its store in one, with only the parts that a mocked request needs."""

    copies = Copies()
    may_hold_flashes = False

    def open(self, request: web.Request) -> Any:
        """Return itself, as the store."""
        return self

    def fits(self, key: str | None, content: Any) -> bool:
        """Accept any size."""
        return True


def _outgoing(request: web.Request) -> Sequence[Flash]:
    return get_flashbag(request).usage().added


def _pending(request: web.Request) -> Sequence[Flash]:
    return get_flashbag(request).pending()


def _flash_all(
    request: web.Request,
    values: Mapping[Any, Any] | None,
    messages: Iterable[Any],
    form: Mapping[str, Any] | None,
    errors: Mapping[str, Any] | None,
    forms: Mapping[str, Any] | None,
) -> None:
    """Flash these as a handler would. Raises TypeError if `messages` is a single text."""
    if isinstance(messages, str):
        raise TypeError(f"messages must be a list of messages, not the str {messages!r}.")
    bag = get_flashbag(request)
    for key, value in (values or {}).items():
        bag.set(key, value)
    for message in messages:
        bag.flash(**_arguments(message))
    if form is not None or errors is not None:
        flash_form(request, form or {}, errors)
    for name, given in (forms or {}).items():
        flash_form(request, **{"data": {}, **_form_arguments(given)}, name=name)


def _arguments(message: Any) -> Mapping[str, Any]:
    """Return the arguments of `flash` for a text, or a mapping of them."""
    return message if isinstance(message, Mapping) else {"message": message}


def _form_arguments(form: Any) -> Mapping[str, Any]:
    """Return the arguments of `flash_form` for a form of a record or a mapping of them."""
    if isinstance(form, FlashedForm):
        return {"data": form.data, "errors": form.errors}
    if not isinstance(form, Mapping) or not form.keys() <= _FORM:
        raise TypeError(f"A named form must be {{'data': ..., 'errors': ...}}, not {form!r:.80}.")
    return form


def _take_forms(values: dict[str, Any]) -> dict[str, FlashedForm]:
    """Move the forms out of these values. Returns them under their names."""
    forms = {key: name for key in values if (name := form_name(key)) is not None}
    found = {name: FlashedForm.from_value(values.pop(key)) for key, name in forms.items()}
    return {name: form for name, form in found.items() if form}


def _for_browser(cookie: Morsel[str], url: URL) -> dict[str, Any]:
    """Return a cookie as Playwright and WebDriver expect it, without its expiry.

    The value is unchanged, quotes included. A cookie without a host gets the host of `url`.
    """
    known = {
        "name": cookie.key,
        "value": cookie.coded_value,
        "domain": cookie["domain"] or url.host,
        "path": cookie["path"],
        "httpOnly": bool(cookie["httponly"]),
        "secure": bool(cookie["secure"]),
        "sameSite": cookie["samesite"].capitalize(),
    }
    return {name: value for name, value in known.items() if value != ""}
