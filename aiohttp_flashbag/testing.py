"""For the tests of an application: what it flashed and showed, and what is pending for it.

There is no plugin to load. With a client, and a new application for each test, for aiohttp runs an
application in one event loop only, and each test has its own:

async def test_article(aiohttp_client):
    flashes = record_flashes(app := make_app())              # before the application starts
    client = await aiohttp_client(app)
    await flashes.seed(client, values={"error": "Taken"})    # as an earlier request would flash it
    await client.post("/articles", data={"title": "News"})
    assert flashes.flashed.texts == ["Article created."]

With a browser, here by Playwright:

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
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from aiohttp import ClientSession, web

from .bag import Flashbag
from .exchange import EXCHANGE, Config, Exchange, get_flashbag
from .forms import FlashedForm, flash_form, form_keys, form_name
from .message import FlashedMessage
from .parcel import Parcel

if TYPE_CHECKING:
    from http.cookies import Morsel

    from aiohttp.test_utils import TestClient
    from yarl import URL

    Client: TypeAlias = TestClient[Any, Any] | ClientSession

__all__ = ["FlashRecord", "Flashes", "install_flashbag", "record_flashes", "sent"]

Action = Callable[[web.Request], Parcel]

_NOWHERE: Any = None  # the transport and the store of a mocked request
_FORM = {"data", "errors"}


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Flashes:
    """Values by key, messages in their order, and the forms, which are not among the values.

    `form` is the one without a name, `forms` has the others by name.
    """

    values: dict[str, Any] = field(default_factory=dict)
    messages: list[FlashedMessage] = field(default_factory=list)
    form: FlashedForm = field(default_factory=lambda: FlashedForm.from_stored({}, {}))
    forms: dict[str, FlashedForm] = field(default_factory=dict)

    @classmethod
    def of(cls, *parcels: Parcel) -> Flashes:
        """Return what is in these parcels, oldest first: of two values of one key the later."""
        values = {key: value for parcel in parcels for key, value in parcel.values.items()}
        messages = [message for parcel in parcels for message in parcel.messages]
        forms = _take_forms(values)
        form = forms.pop("", FlashedForm.from_stored({}, {}))
        return cls(values, list(map(FlashedMessage.from_stored, messages)), form, forms)

    @property
    def texts(self) -> list[str]:
        """Return what a person reads: the texts of the messages."""
        return [message.message for message in self.messages]

    def __bool__(self) -> bool:
        return bool(self.values or self.messages or self.form or self.forms)

    def __eq__(self, other: object) -> bool:
        """Compare categories and data too, which the texts of messages do not show."""
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
    """Give a mocked request a flashbag with these incoming; they are as in `FlashRecord.seed`."""
    exchange = Exchange(Config(_NOWHERE), _NOWHERE, request)
    setattr(request.writer, EXCHANGE, exchange)
    exchange.bag = Flashbag()
    _flash_all(request, values, messages, form, errors, forms)
    exchange.bag = Flashbag(_outgoing(exchange.bag))
    return exchange.bag


def sent(request: web.Request) -> Flashes:
    """Return what a handler has added to the flashbag of this request."""
    return Flashes.of(_outgoing(get_flashbag(request)))


def record_flashes(app: web.Application) -> FlashRecord:
    """Record what is flashed and shown by the application that has the flashbag.

    Call it before the application starts. It serves any transport and session storage.
    """
    if app.pre_frozen:
        raise RuntimeError(
            "call record_flashes(app) before the application starts or is added to another, and "
            "make a new application for each test, by a function such as make_app(): aiohttp does "
            "not run one again in the event loop of another test"
        )
    return FlashRecord(app)


class FlashRecord:
    """What requests flashed and responses showed, since the start or the last `clear()`.

    Reading it raises AssertionError if no request was made, or none that had a flashbag: a test
    must not pass because nothing was tested.
    """

    def __init__(self, app: web.Application) -> None:
        self._recorded: list[_Recorded] = []
        self._without_flashbag: list[str] = []
        self._calls: dict[str, tuple[Action, asyncio.Future[Parcel]]] = {}
        # A path without variables is found before one like /{anything}.
        self._resource = app.router.add_resource(f"/flashbag-{secrets.token_hex(8)}")
        self._resource.add_route("GET", self._respond)
        app.on_response_prepare.insert(0, self._note)

    @property
    def flashed(self) -> Flashes:
        """Return what requests flashed, also what was shown since."""
        return Flashes.of(*(recorded.flashed for recorded in self._with_flashbag()))

    @property
    def shown(self) -> Flashes:
        """Return the values that requests read, and the messages that their responses showed."""
        return Flashes.of(*(recorded.shown for recorded in self._with_flashbag()))

    def assert_nothing_flashed(self) -> None:
        """Raise AssertionError if something was, or an error (status 500) may have dropped it."""
        for recorded in self._with_flashbag():
            found = Flashes.of(recorded.flashed)
            if found or recorded.status >= 500:
                raise AssertionError(
                    f"expected: nothing flashed, and no error that would drop it\n"
                    f"found: {recorded.request} answered {recorded.status} and flashed {found}"
                )

    def clear(self) -> None:
        """Forget what was recorded. What is pending stays so."""
        self._recorded.clear()
        self._without_flashbag.clear()

    async def pending(self, client: Client) -> Flashes:
        """Return what is pending for this client, by the cookies that it has. Consumes nothing."""
        found, _ = await self._in_request(client, lambda r: _readable(get_flashbag(r)))
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
        """Let these be pending for this client, beside what is pending already.

        A message is a text, or a mapping of the arguments of `flash`. `form` and `errors` are those
        of `flash_form`. `forms` maps the name of a form to `{"data": ..., "errors": ...}`, or to a
        form of a record. The client is a test client, or a `ClientSession(base_url)`.

        Returns the client's cookies, for a browser in which the flashes are then pending and the
        same user is logged in. `context.add_cookies(cookies)` of Playwright takes all of them,
        `driver.add_cookie(cookie)` of Selenium one at a time, once a page of the host is open, and
        without its "domain", which may mean all subdomains there.
        """

        def give(request: web.Request) -> Parcel:
            _flash_all(request, values, messages, form, errors, forms)
            return _outgoing(get_flashbag(request))

        given, url = await self._in_request(client, give)
        found, _ = await self._in_request(client, lambda r: _readable(get_flashbag(r)))
        if not _is_in(given, found):
            raise AssertionError(
                f"expected to be pending: {Flashes.of(given)}\nfound: {Flashes.of(found)}\n"
                "does the client keep cookies? Those that are Secure come back by https only"
            )
        jar = (client if isinstance(client, ClientSession) else client.session).cookie_jar
        return [_for_browser(cookie, url) for cookie in jar]

    async def _in_request(self, client: Client, action: Action) -> tuple[Parcel, URL]:
        """Run `action` in a request of this client that is no page view.

        Returns the result, and the URL of the request.
        """
        call = secrets.token_hex(8)
        self._calls[call] = action, asyncio.get_running_loop().create_future()
        url = self._resource.url_for().with_query(call=call)
        response = await client.get(str(url), allow_redirects=False)
        _, outcome = self._calls.pop(call)
        if not outcome.done():
            raise AssertionError(
                f"expected: a request that comes as far as the flashbag\nfound: {response.status}, "
                "answered by a middleware before it, or by another application"
            )
        return outcome.result(), response.url

    async def _respond(self, request: web.Request) -> web.Response:
        action, outcome = self._calls[request.query["call"]]
        try:
            outcome.set_result(action(request))
        except Exception as error:
            outcome.set_exception(error)
            return web.Response(status=500)  # it changes nothing (B2)
        return web.Response(status=204)  # it consumes nothing (V3, M2)

    async def _note(self, request: web.Request, response: web.StreamResponse) -> None:
        if request.match_info.route.resource is self._resource:
            return
        exchange = getattr(request.writer, EXCHANGE, None)
        if exchange is None:
            self._without_flashbag.append(f"{request.method} {request.path}")
        else:
            self._recorded.append(_Recorded.of(exchange, request, response))

    def _with_flashbag(self) -> list[_Recorded]:
        if not self._recorded:
            found = ", ".join(self._without_flashbag) or "no request"
            raise AssertionError(
                f"expected: a request with a flashbag\nfound: {found}\ngive record_flashes() the "
                "application that aiohttp_flashbag.setup() is given"
            )
        return self._recorded


@dataclass(frozen=True, slots=True)
class _Recorded:
    """What became of a request that had a flashbag: what it added, what it read and consumed."""

    request: str
    status: int
    flashed: Parcel
    shown: Parcel

    @classmethod
    def of(
        cls, exchange: Exchange, request: web.Request, response: web.StreamResponse
    ) -> _Recorded:
        """Record it before the commit; a failed response has changed nothing (B2)."""
        line, bag = f"{request.method} {request.path}", exchange.bag
        if bag is None or response.status >= 500:
            return cls(line, response.status, Parcel(), Parcel())
        gone = bag._returned & exchange.decide(request, response).shown
        messages = [message for message in bag._pending_messages() if message["id"] in gone]
        values = dict(bag._got) if response.status != 304 else {}
        return cls(line, response.status, _outgoing(bag), Parcel(values, messages))


def _outgoing(bag: Flashbag) -> Parcel:
    """Return what its request adds for later ones."""
    return Parcel(dict(bag._values), list(bag._messages))


def _readable(bag: Flashbag) -> Parcel:
    """Return what its request can read, and consume nothing."""
    values = {**bag._incoming.values, **bag._now}
    return Parcel(values, bag._without_duplicates(None))


def _is_in(small: Parcel, large: Parcel) -> bool:
    """Tell whether all that is in the one is in the other."""
    return small.values.items() <= large.values.items() and all(
        message in large.messages for message in small.messages
    )


def _flash_all(
    request: web.Request,
    values: Mapping[Any, Any] | None,
    messages: Iterable[Any],
    form: Mapping[str, Any] | None,
    errors: Mapping[str, Any] | None,
    forms: Mapping[str, Any] | None,
) -> None:
    """Flash these as a handler would; TypeError if `messages` is a single text."""
    if isinstance(messages, str):
        raise TypeError(f"messages is a list of messages, not the str {messages!r}")
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
    """Return the arguments of `flash_form` for a form of a record, or a mapping of them."""
    if isinstance(form, FlashedForm):
        return {"data": form.data, "errors": form.errors}
    if not isinstance(form, Mapping) or not form.keys() <= _FORM:
        raise TypeError(
            f"a form with a name is given as {{'data': ..., 'errors': ...}}, not as {form!r:.80}"
        )
    return form


def _take_forms(values: dict[str, Any]) -> dict[str, FlashedForm]:
    """Take the forms out of these values, by name: "" is the one without."""
    names = dict.fromkeys(name for key in values if (name := form_name(key)) is not None)
    stored = {name: [values.pop(key, {}) for key in form_keys(name)] for name in names}
    forms = {name: FlashedForm.from_stored(*both) for name, both in stored.items()}
    return {name: form for name, form in forms.items() if form}


def _for_browser(cookie: Morsel[str], url: URL) -> dict[str, Any]:
    """Return what both Playwright and WebDriver know of a cookie, but for when it expires.

    The value is as the server sent it: what is quoted stays quoted. A cookie that the test gave the
    client for every host gets that of `url`.
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
    return {key: said for key, said in known.items() if said != ""}
