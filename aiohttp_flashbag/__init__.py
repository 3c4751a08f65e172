"""Flash messages and one-time values for aiohttp.web: set in one request, shown on the next page.

    aiohttp_session.setup(app, storage)
    aiohttp_flashbag.setup(app)

    flash(request, "Article created.")                     # in one handler
    raise web.HTTPSeeOther("/articles")
    get_flashed_messages(request)                          # in the next, or in any template

Setup        setup, SessionTransport, CookieTransport, RedisTransport, SESSION_KEY
Messages     flash, flash_redirect, get_flashed_messages, peek_flashed_messages, FlashedMessage
Values       flashbag_get, flashbag_set, flashbag_append, flashbag_replace_all, flashbag_peek,
             flashbag_now, flashbag_keep, flashbag_clear, FlashKey
Forms        flash_form, flashed_form, FlashedForm, SECRET_FIELDS
JavaScript   setup_browser, flashbag_script
Further      get_flashbag, Flashbag, FlashEvent, flashbag_middleware (the style of 0.0.3)

`aiohttp_flashbag.mailbox` sends messages to users from background tasks. `aiohttp_flashbag.testing`
helps you to test your application.
"""

from .app import setup
from .bag import Flashbag
from .bare import flashbag_middleware
from .browser.setup import flashbag_script, setup_browser
from .forms import FlashedForm, flash_form, flashed_form
from .keys import FlashKey
from .message import FlashedMessage
from .messages import flash, flash_redirect, get_flashed_messages, peek_flashed_messages
from .observer import FlashEvent
from .secret_fields import SECRET_FIELDS
from .state import get_flashbag
from .transports.cookie import CookieTransport
from .transports.redis import RedisTransport
from .transports.session import SESSION_KEY, SessionTransport
from .values import (
    flashbag_append,
    flashbag_clear,
    flashbag_get,
    flashbag_keep,
    flashbag_now,
    flashbag_peek,
    flashbag_replace_all,
    flashbag_set,
)

__version__ = "1.0.0"

__all__ = [
    "SECRET_FIELDS",
    "SESSION_KEY",
    "CookieTransport",
    "FlashEvent",
    "FlashKey",
    "Flashbag",
    "FlashedForm",
    "FlashedMessage",
    "RedisTransport",
    "SessionTransport",
    "flash",
    "flash_form",
    "flash_redirect",
    "flashbag_append",
    "flashbag_clear",
    "flashbag_get",
    "flashbag_keep",
    "flashbag_middleware",
    "flashbag_now",
    "flashbag_peek",
    "flashbag_replace_all",
    "flashbag_script",
    "flashbag_set",
    "flashed_form",
    "get_flashbag",
    "get_flashed_messages",
    "peek_flashed_messages",
    "setup",
    "setup_browser",
]
