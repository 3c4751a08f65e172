"""The settings that an application passes to `setup()` and `setup_browser()`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from aiohttp import web

from .flash import Outcome
from .transports import Store, Transport

if TYPE_CHECKING:
    from .browser.setup import Helper
    from .mailbox.beside import Mail

Listener: TypeAlias = Callable[[web.Request, web.StreamResponse, Outcome], object]
"""Called after each commit of a request that has a flashbag."""


@dataclass(slots=True)
class Config:
    """The settings that all exchanges of an application share."""

    transport: Transport
    max_messages: int = 50
    clear_preloads: bool = True
    listeners: list[Listener] = field(default_factory=list)
    helper: Helper | None = None
    """The JavaScript helper, if `setup_browser()` was called."""
    mail: Mail | None = None
    """The mailbox, if the application has one."""

    def open(self, request: web.Request) -> Store:
        """Return the store of this request's user."""
        store = self.transport.open(request)
        if self.mail is None:
            return store
        return self.mail.beside(store, request, is_endpoint=self.is_endpoint(request))

    def loads_for(self, request: web.Request) -> bool:
        """Return whether a request loads pending flashes: not if it is for a static file (B1)."""
        resource = request.match_info.route.resource
        is_bare = self.helper is not None and resource in self.helper.bare
        return not is_bare and not isinstance(resource, web.StaticResource)

    def is_endpoint(self, request: web.Request) -> bool:
        """Return whether a request is for the endpoint of the JavaScript helper."""
        helper = self.helper
        return helper is not None and request.match_info.route.resource is helper.endpoint


CONFIG = web.AppKey("aiohttp_flashbag", Config)
