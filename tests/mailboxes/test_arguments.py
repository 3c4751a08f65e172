"""Mistakes in arguments raise an error that states the problem, the value and the fix."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest

from aiohttp_flashbag.mailbox import Mailbox, MemoryMailbox, RedisMailbox

from .claims import claim


@pytest.fixture
async def mailbox() -> Mailbox:
    return MemoryMailbox()


async def refuses(
    error: type[Exception], text: str, mailbox: Mailbox, *args: Any, **kw: Any
) -> None:
    """Check that a message is refused, and that the mailbox stays empty."""
    with pytest.raises(error, match=re.escape(text)):
        await mailbox.flash(*args, **kw)
    assert repr(mailbox) == "<MemoryMailbox users=0>"


@pytest.mark.parametrize("user", [None, True, 1.5, b"ann", ("ann",), uuid.UUID(int=1)])
async def test_a_user_is_a_str_or_an_int(mailbox: Mailbox, user: Any) -> None:
    await refuses(TypeError, "must be a str or an int, not", mailbox, user, "Hello.")
    for call in (mailbox.claim, mailbox.clear, mailbox.has_mail):
        with pytest.raises(TypeError, match=re.escape("such as str(user.id)")):
            await call(user)
    with pytest.raises(TypeError, match="must be a str or an int, not"):
        await mailbox.settle(user, [])
    with pytest.raises(TypeError, match="must be a str or an int, not"):
        await mailbox.release(user, [], "")
    with pytest.raises(TypeError, match="must be a str or an int, not"):
        async with mailbox.subscribe(user):
            pass


@pytest.mark.parametrize(
    ("user", "text"), [("", 'must not be ""'), ("\ud800", r"must be valid Unicode, not '\ud800'")]
)
async def test_a_user_has_a_name(mailbox: Mailbox, user: str, text: str) -> None:
    await refuses(ValueError, text, mailbox, user, "Hello.")


async def test_the_key_is_a_str_or_none(mailbox: Mailbox) -> None:
    wrong: Any = 7
    text = "The key of a message must be a str or None, not 7."
    await refuses(TypeError, text, mailbox, "ann", "Hello.", key=wrong)
    await mailbox.flash("ann", "1", key="\ud800")  # stored as U+FFFD
    await mailbox.flash("ann", "2", key="\ufffd")
    assert await claim(mailbox) == ["2"]


@pytest.mark.parametrize("message", [None, b"", (), [], {}])
async def test_a_message_is_a_text(mailbox: Mailbox, message: Any) -> None:
    await refuses(TypeError, "Write flash(user, text, category).", mailbox, "ann", message)


async def test_swapped_arguments_are_noticed(mailbox: Mailbox) -> None:
    text = "Write flash(user, 'Name is required', 'error')"
    await refuses(TypeError, text, mailbox, "ann", "error", "Name is required")


async def test_data_must_be_json(mailbox: Mailbox) -> None:
    text = "The data of a flash message cannot be stored"
    await refuses(TypeError, text, mailbox, "ann", "Hello.", when=object())


@pytest.mark.parametrize("kind", [MemoryMailbox, RedisMailbox])
@pytest.mark.parametrize(
    ("option", "value", "text"),
    [
        ("max_messages", 1.5, "max_messages must be an int, not 1.5 of type float."),
        ("max_age", True, "max_age must be an int, not True of type bool."),
        ("max_age", 0, "max_age must be above 0 and finite, not 0."),
        ("max_age", 2**41, "max_age must be at most 1099511627776, not 2199023255552."),
        ("lease", "5", "lease must be a number of seconds, not '5' of type str."),
        ("lease", -1, "lease must be above 0 and finite, not -1."),
        ("lease", float("nan"), "lease must be above 0 and finite, not nan."),
        ("timeout", 0, "timeout must be above 0 and finite, not 0."),
        ("prefix", b"mail:", "prefix must be a str, not b'mail:'."),
    ],
)
def test_options_are_checked(kind: Any, option: str, value: object, text: str) -> None:
    class Client:
        evalsha = aclose = None

    arguments = [Client()] if kind is RedisMailbox else []
    if option in ("timeout", "prefix") and not arguments:
        text = "unexpected keyword argument"
    with pytest.raises((TypeError, ValueError), match=re.escape(text)):
        kind(*arguments, **{option: value})


@pytest.mark.parametrize("wrong", ["redis://localhost", type("Blocking", (), {"evalsha": None})()])
def test_redis_must_be_an_asyncio_client(wrong: Any) -> None:
    with pytest.raises(TypeError, match=re.escape("redis.asyncio.Redis.from_url(url) of redis")):
        RedisMailbox(wrong)
