"""One-time data for aiohttp.web that survives a redirect.

aiohttp_session.setup(app, storage)
aiohttp_flashbag.setup(app)

flash(request, "Article created.")                     # in one handler
raise web.HTTPSeeOther("/articles")
get_flashed_messages(request)                          # in the next, or in any template
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
