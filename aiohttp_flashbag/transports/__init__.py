"""How parcels travel from one request to a later one.

Everything that knows a session, a cookie or a header's name for one is in this folder; the rules
of the bag are not. A new way to travel is one new file with one subclass of `Transport`.
"""

from __future__ import annotations

import abc
from collections.abc import Sequence
from typing import Any

from aiohttp import web

from ..bag import Change, Parcel
from ..copies import Copier
from ..intake import Room

__all__ = ["Transport"]


class Transport(abc.ABC):
    """What the middleware asks of a way to travel.

    `origin` and `state` are whatever `look` and `begin` gave for the request; the middleware only
    carries them.
    """

    stores_before_session = False
    """`store` runs while aiohttp_session can still save, not when the headers go out."""

    room: Room | None = None
    """What limits a value or message by itself."""

    @abc.abstractmethod
    def look(self, request: web.Request) -> tuple[Any, bool]:
        """The origin, which is to be noted of a request as it came, and whether to load.

        Every request pays for it. RuntimeError if something is not set up.
        """

    @abc.abstractmethod
    def begin(self, origin: Any) -> Any:
        """The state, not None, of a request for which something may wait, or that has a bag."""

    @abc.abstractmethod
    def copier(self, state: Any) -> Copier:
        """What turns a value into the copy that a later request will read."""

    def wants_store(self, request: web.Request, state: Any) -> bool:
        """Whether `store` has something to do although nobody used the bag."""
        return False

    @abc.abstractmethod
    async def load(self, request: web.Request, state: Any) -> Sequence[Parcel]:
        """The parcels that came with the request, oldest first."""

    @abc.abstractmethod
    async def store(
        self, request: web.Request, state: Any, change: Change, response: web.StreamResponse | None
    ) -> Sequence[str]:
        """Carry out `change`; the `Set-Cookie` lines that the answer must get.

        `response` is the answer whose headers go out now, None while it can still be exchanged.
        """

    async def finish(  # noqa: B027  # most have nothing left to do
        self, request: web.Request, state: Any, response: web.StreamResponse
    ) -> None:
        """The headers are about to go out: the last chance to mend them."""
