"""The rules of mail, in every place: U1, U2, U3, U4, U7, U8, U9."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from aiohttp_flashbag import FlashedMessage
from aiohttp_flashbag.flash import ids
from aiohttp_flashbag.mailbox import Mailbox

from .claims import claim, release, show, texts
from .places import Place

DAY = 24 * 60 * 60


async def test_mail_is_shown_once_and_in_the_order_in_which_it_was_put(mailbox: Mailbox) -> None:
    sent = [str(number) for number in range(30)]
    for text in sent:
        await mailbox.flash("ann", text)
    assert await show(mailbox) == sent
    assert await claim(mailbox) == []
    assert not await mailbox.has_mail("ann")


async def test_each_user_sees_their_own_mail(mailbox: Mailbox) -> None:
    users: list[str | int] = [
        "ann",
        "Ann",
        "an*",
        "?nn",
        "[a]nn",
        "a b",
        "{ann}",
        "é",
        "ann\n",
        "wake",
        7,
    ]
    for user in users:
        await mailbox.flash(user, f"For {user}")
    for user in users:
        assert await show(mailbox, user) == [f"For {user}"]


async def test_a_number_and_its_digits_are_the_same_user(mailbox: Mailbox) -> None:
    await mailbox.flash(7, "Hello.")
    assert await claim(mailbox, "7") == ["Hello."]


async def test_a_message_keeps_its_category_its_data_and_its_markup(mailbox: Mailbox) -> None:
    data: dict[str, Any] = {
        "link": "/exports/7",
        "list": [],
        "dict": {},
        "nested": [{"a": None}],
        "n": 1.5,
    }
    await mailbox.flash("ann", "Ünïcode \x00 ✉ \n", "error", **data)
    (flash,) = (await mailbox.claim("ann")).flashes
    message = FlashedMessage.from_flash(flash)
    assert (message, message.category, message.data) == ("Ünïcode \x00 ✉ \n", "error", data)
    assert flash.is_message
    assert message.flash_id == flash.id


async def test_markup_stays_markup(mailbox: Mailbox) -> None:
    class Markup(str):
        def __html__(self) -> str:
            return "<b>bold</b>"

    await mailbox.flash("ann", Markup())
    (flash,) = (await mailbox.claim("ann")).flashes
    assert flash.content == {"m": "<b>bold</b>", "c": "success", "html": 1}


async def test_ids_sort_in_the_order_in_which_messages_were_put(mailbox: Mailbox) -> None:
    for number in range(20):
        await mailbox.flash("ann", str(number))
    first = (await mailbox.claim("ann")).flashes
    await mailbox.flash("ann", "later")
    (later,) = (await mailbox.claim("ann")).flashes
    found = [flash.id for flash in [*first, later]]
    assert found == sorted(set(found))


async def test_claimed_mail_is_hidden_until_the_lease_ends(mailbox: Mailbox, place: Place) -> None:
    await mailbox.flash("ann", "Export ready.")
    assert await claim(mailbox) == ["Export ready."]
    assert await claim(mailbox) == []
    await place.let_pass(4)
    assert await claim(mailbox) == []
    await place.let_pass(1)
    assert await claim(mailbox) == ["Export ready."]


async def test_a_claim_tells_when_the_lease_of_other_mail_ends(
    mailbox: Mailbox, place: Place
) -> None:
    await mailbox.flash("ann", "1")
    assert (await mailbox.claim("ann")).retry_after is None
    await place.let_pass(2)
    await mailbox.flash("ann", "2")
    second = await mailbox.claim("ann")
    third = await mailbox.claim("ann")
    assert (texts(second.flashes), third.flashes) == (["2"], [])
    for other in (second, third):
        assert other.retry_after is not None
        assert 0 < other.retry_after <= 3


async def test_released_mail_is_pending_at_once_and_in_its_old_order(mailbox: Mailbox) -> None:
    await mailbox.flash("ann", "1")
    first = await mailbox.claim("ann")
    await mailbox.flash("ann", "2")
    await release(mailbox, first)
    assert await claim(mailbox) == ["1", "2"]


async def test_a_part_of_the_claimed_mail_can_be_released(mailbox: Mailbox) -> None:
    for text in "123":
        await mailbox.flash("ann", text)
    claimed = await mailbox.claim("ann")
    _, two, three = (flash.id for flash in claimed.flashes)
    await mailbox.settle("ann", [two])
    await mailbox.release("ann", [two, three], claimed.owner)
    assert await claim(mailbox) == ["3"]


async def test_only_the_owner_of_a_claim_can_release_it(mailbox: Mailbox, place: Place) -> None:
    await mailbox.flash("ann", "Export ready.")
    late = await mailbox.claim("ann")
    await place.let_pass(5)
    owner = await mailbox.claim("ann")
    await release(mailbox, late)
    assert await claim(mailbox) == []
    await release(mailbox, owner)
    await release(mailbox, owner)  # a second time has no effect
    assert await claim(mailbox) == ["Export ready."]


async def test_mail_that_was_shown_late_does_not_come_back(mailbox: Mailbox, place: Place) -> None:
    await mailbox.flash("ann", "Export ready.")
    late = await mailbox.claim("ann")
    await place.let_pass(5)
    owner = await mailbox.claim("ann")
    await mailbox.settle("ann", ids(late.flashes))
    await release(mailbox, owner)
    assert not await mailbox.has_mail("ann")


async def test_unknown_ids_and_no_ids_have_no_effect(mailbox: Mailbox) -> None:
    await mailbox.flash("ann", "Export ready.")
    claimed = await mailbox.claim("ann")
    for unknown in ([], ["", "x", "*", "\ud800", "0" * 19]):
        await mailbox.settle("ann", unknown)
        await mailbox.release("ann", unknown, claimed.owner)
        await mailbox.settle("bob", [*unknown, *ids(claimed.flashes)])
    assert await mailbox.has_mail("ann")
    assert await claim(mailbox) == []


async def test_clear_drops_claimed_and_pending_mail_of_one_user(mailbox: Mailbox) -> None:
    await mailbox.flash("bob", "For Bob")
    await mailbox.flash("ann", "1")
    claimed = await mailbox.claim("ann")
    await mailbox.flash("ann", "2")
    await mailbox.clear("ann")
    await release(mailbox, claimed)
    assert not await mailbox.has_mail("ann")
    assert await claim(mailbox, "bob") == ["For Bob"]


async def test_a_key_replaces_the_pending_message_of_this_key(mailbox: Mailbox) -> None:
    await mailbox.flash("ann", "Export: 60 %", key="export")
    await mailbox.flash("ann", "Other", key="import")
    await mailbox.flash("ann", "No key")
    await mailbox.flash("ann", "null", key="null")
    await mailbox.flash("bob", "For Bob", key="export")
    await mailbox.flash("ann", "Export ready.", key="export")
    assert await show(mailbox) == ["Other", "No key", "null", "Export ready."]
    assert await show(mailbox, "bob") == ["For Bob"]


async def test_a_key_does_not_replace_a_claimed_message(mailbox: Mailbox) -> None:
    await mailbox.flash("ann", "Export: 60 %", key="export")
    claimed = await mailbox.claim("ann")
    await mailbox.flash("ann", "Export: 80 %", key="export")
    await release(mailbox, claimed)
    await mailbox.flash("bob", "Export ready.", key="export")
    assert await claim(mailbox) == ["Export: 60 %", "Export: 80 %"]


async def test_the_oldest_pending_message_is_dropped_with_a_warning(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    mailbox = place.open(max_messages=3)
    for text in "12345":
        await mailbox.flash("ann", text)
    assert await claim(mailbox) == ["3", "4", "5"]
    text = (
        "More than max_messages=3 messages are pending in a user's mailbox: dropped the oldest 1."
    )
    assert [record.getMessage() for record in caplog.records] == [text] * 2
    assert {record.levelno for record in caplog.records} == {logging.WARNING}


async def test_a_replaced_message_makes_room_for_the_new_one(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    mailbox = place.open(max_messages=2)
    await mailbox.flash("ann", "1")
    await mailbox.flash("ann", "2", key="k")
    await mailbox.flash("ann", "3", key="k")
    assert await claim(mailbox) == ["1", "3"]
    assert not caplog.records


async def test_claimed_messages_do_not_count(place: Place) -> None:
    mailbox = place.open(max_messages=2)
    for text in "12":
        await mailbox.flash("ann", text)
    first = await mailbox.claim("ann")
    for text in "34":
        await mailbox.flash("ann", text)
    await release(mailbox, first)
    assert await claim(mailbox) == ["1", "2", "3", "4"]


async def test_each_message_expires_after_its_own_time(place: Place) -> None:
    mailbox = place.open(max_age=7 * DAY)
    await mailbox.flash("ann", "1")
    await place.let_pass(4 * DAY)
    await mailbox.flash("ann", "2")
    await place.let_pass(3 * DAY)
    assert await claim(mailbox) == ["2"]


async def test_an_expired_message_takes_no_room(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    mailbox = place.open(max_messages=2, max_age=7 * DAY)
    await mailbox.flash("ann", "1")
    await place.let_pass(4 * DAY)
    await mailbox.flash("ann", "2")
    await place.let_pass(3 * DAY)
    await mailbox.flash("ann", "3")
    assert await claim(mailbox) == ["2", "3"]
    assert not caplog.records


async def test_a_mailbox_that_nobody_opens_expires(place: Place) -> None:
    mailbox = place.open(max_age=DAY)
    await mailbox.flash("ann", "1")
    await claim(mailbox)
    await place.let_pass(DAY)
    assert not await mailbox.has_mail("ann")
