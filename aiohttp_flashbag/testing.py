"""For the tests of an application: what it flashed and showed, and what is to wait for it.

There is no plugin to load. With a client:

flashes = record_flashes(app)                            # before the application starts
client = await aiohttp_client(app)
await flashes.seed(client, values={"error": "Taken"})    # as an earlier request would flash it
await client.post("/articles", data={"title": "News"})
assert flashes.flashed.texts == ["Article created."]

With a mocked request:

install_flashbag(request, values={"error": "Taken"})
await handler(request)
assert sent(request).texts == ["Article created."]
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from aiohttp import web

from .bag import Flashbag, Parcel
from .middleware import get_flashbag
from .recorded import Answered, Flashes, added, flash_all, is_in, waiting
from .visit import VISIT, Config, Visit, visit_of

if TYPE_CHECKING:
    from aiohttp.test_utils import TestClient

__all__ = ["FlashRecord", "Flashes", "install_flashbag", "record_flashes", "sent"]

Action = Callable[[web.Request], Parcel]

_NOWHERE: Any = None  # what a mocked request's flashes travel by


def install_flashbag(
    request: web.Request,
    *,
    values: Mapping[Any, Any] | None = None,
    messages: Iterable[Any] = (),
    form: Mapping[str, Any] | None = None,
    errors: Mapping[str, Any] | None = None,
) -> Flashbag:
    """Give a mocked request a flashbag in which these came; they are as in `FlashRecord.seed`."""
    visit = request[VISIT] = Visit(Config(_NOWHERE), request, None)
    visit.bag = Flashbag()
    flash_all(request, values, messages, form, errors)
    visit.bag = Flashbag([added(visit.bag)])
    return visit.bag


def sent(request: web.Request) -> Flashes:
    """What a handler has added to the flashbag of this request."""
    return Flashes.of(added(get_flashbag(request)))


def record_flashes(app: web.Application) -> FlashRecord:
    """Record what is flashed and shown by the application that has the flashbag.

    Call it before the application starts. It serves any transport and session storage.
    """
    if app.pre_frozen:
        raise RuntimeError(
            "call record_flashes(app) before the application starts or is added to another"
        )
    return FlashRecord(app)


class FlashRecord:
    """What requests flashed and answers showed, since the start or the last `clear()`.

    To look at it raises AssertionError if no request was made, or none that had a flashbag: a test
    must not pass because nothing was tested.
    """

    def __init__(self, app: web.Application) -> None:
        self._answered: list[Answered] = []
        self._without_flashbag: list[str] = []
        self._calls: dict[str, tuple[Action, asyncio.Future[Parcel]]] = {}
        # A path without variables is found before one like /{anything}.
        self._resource = app.router.add_resource(f"/flashbag-{secrets.token_hex(8)}")
        self._resource.add_route("GET", self._answer)
        app.on_response_prepare.insert(0, self._note)

    @property
    def flashed(self) -> Flashes:
        """What requests flashed, also what was shown since."""
        return Flashes.of(*(answered.flashed() for answered in self._with_flashbag()))

    @property
    def shown(self) -> Flashes:
        """The values that requests read, and the messages that their answers showed."""
        return Flashes.of(*(answered.shown() for answered in self._with_flashbag()))

    def assert_nothing_flashed(self) -> None:
        """Raise AssertionError if something was, or an error (status 500) may have dropped it."""
        for answered in self._with_flashbag():
            found = Flashes.of(answered.flashed())
            if found or answered.status >= 500:
                raise AssertionError(
                    f"expected: nothing flashed, and no error that would drop it\n"
                    f"found: {answered.request} answered {answered.status} and flashed {found}"
                )

    def clear(self) -> None:
        """Forget what was recorded. What waits is not touched."""
        self._answered.clear()
        self._without_flashbag.clear()

    async def waiting(self, client: TestClient[Any, Any]) -> Flashes:
        """What waits for this client, by the cookies that it has. It waits on."""
        return Flashes.of(await self._in_request(client, lambda r: waiting(get_flashbag(r))))

    async def seed(
        self,
        client: TestClient[Any, Any],
        *,
        values: Mapping[Any, Any] | None = None,
        messages: Iterable[Any] = (),
        form: Mapping[str, Any] | None = None,
        errors: Mapping[str, Any] | None = None,
    ) -> None:
        """Let these wait for this client, beside what waits already.

        A message is a text, a `(category, text)` or a mapping of what `flash` takes. `form` and
        `errors` are those of `flash_form`.
        """

        def give(request: web.Request) -> Parcel:
            flash_all(request, values, messages, form, errors)
            return added(get_flashbag(request))

        given = await self._in_request(client, give)
        found = await self._in_request(client, lambda r: waiting(get_flashbag(r)))
        if not is_in(given, found):
            raise AssertionError(
                f"expected to wait: {Flashes.of(given)}\nfound: {Flashes.of(found)}\n"
                "does the client keep cookies? Those that are Secure come back by https only"
            )

    async def _in_request(self, client: TestClient[Any, Any], action: Action) -> Parcel:
        """What an action gives, in a request of this client that is no page view."""
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
        return outcome.result()

    async def _answer(self, request: web.Request) -> web.Response:
        action, outcome = self._calls[request.query["call"]]
        try:
            outcome.set_result(action(request))
        except Exception as error:
            outcome.set_exception(error)
            return web.Response(status=500)  # it changes nothing (B2)
        return web.Response(status=204)  # it uses nothing up (V3, M2)

    async def _note(self, request: web.Request, response: web.StreamResponse) -> None:
        if request.match_info.route.resource is self._resource:
            return
        line, visit = f"{request.method} {request.path}", visit_of(request)
        if visit is None:
            self._without_flashbag.append(line)
        else:
            self._answered.append(Answered(line, response.status, visit))

    def _with_flashbag(self) -> list[Answered]:
        if not self._answered:
            found = ", ".join(self._without_flashbag) or "no request"
            raise AssertionError(
                f"expected: a request with a flashbag\nfound: {found}\ngive record_flashes() the "
                "application that aiohttp_flashbag.setup() is given"
            )
        return self._answered
