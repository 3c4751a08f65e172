"""The life of mail in a few lines, to compare mailboxes with; and random actions."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from aiohttp_flashbag.mailbox import Claim

from .claims import texts
from .places import Place

T = TypeVar("T")
OPTIONS = {"max_messages": 3, "max_age": 10_000, "lease": 1_000}
PAUSES = (200, 900, 1_000, 4_000, 10_000)  # seconds, so that the time of the test itself is nothing


@dataclass
class Mail:
    text: str
    key: str | None
    expires: int
    leased_until: int = 0
    owner: int = 0


class Model:
    """The mail of one user."""

    def __init__(self) -> None:
        self.now, self.owner, self.expires = 0, 0, 0
        self.mail: list[Mail] = []

    def pending(self) -> list[Mail]:
        self.mail = self.mail if self.expires > self.now else []
        self.mail = [m for m in self.mail if m.expires > self.now or m.leased_until > self.now]
        return [m for m in self.mail if m.leased_until <= self.now]

    def flash(self, text: str, key: str | None) -> None:
        replaced = [m for m in self.pending() if key is not None and m.key == key]
        others = [m for m in self.pending() if m not in replaced]
        dropped = replaced + others[: max(len(others) + 1 - OPTIONS["max_messages"], 0)]
        self.expires = self.now + OPTIONS["max_age"]
        self.mail = [m for m in self.mail if m not in dropped] + [Mail(text, key, self.expires)]

    def claim(self) -> list[str]:
        self.owner += 1
        for mail in (claimed := self.pending()):
            mail.leased_until, mail.owner = self.now + OPTIONS["lease"], self.owner
        return [mail.text for mail in claimed]

    def release(self, found: list[str], owner: int) -> None:
        for mail in self.mail:
            if mail.text in found and mail.owner == owner:
                mail.leased_until, mail.owner = 0, 0

    def settle(self, found: list[str]) -> None:
        self.mail = [mail for mail in self.mail if mail.text not in found]


class RandomMail(RuleBasedStateMachine):
    """A mailbox and the model, at the same actions."""

    place: Place
    loop: asyncio.AbstractEventLoop

    def __init__(self) -> None:
        super().__init__()
        self.mailbox = self.place.open(**OPTIONS)
        self.run(self.mailbox.clear("ann"))
        self.model = Model()
        self.claims: list[Claim] = []
        self.sent = 0

    def run(self, action: Awaitable[T]) -> T:
        return self.loop.run_until_complete(action)

    @rule(key=st.sampled_from([None, None, "a", "b"]))
    def flash(self, key: str | None) -> None:
        self.sent += 1
        self.run(self.mailbox.flash("ann", str(self.sent), key=key))
        self.model.flash(str(self.sent), key)

    @rule()
    def claim(self) -> None:
        self.claims.append(self.run(self.mailbox.claim("ann")))
        assert texts(self.claims[-1].flashes) == self.model.claim()

    @rule(data=st.data())
    def release(self, data: Any) -> None:
        number, claim, some = self.part_of_a_claim(data)
        self.run(self.mailbox.release("ann", [flash.id for flash in some], claim.owner))
        self.model.release(texts(some), number)

    @rule(data=st.data())
    def settle(self, data: Any) -> None:
        _, _, some = self.part_of_a_claim(data)
        self.run(self.mailbox.settle("ann", [flash.id for flash in some]))
        self.model.settle(texts(some))

    @rule(seconds=st.sampled_from(PAUSES))
    def time_passes(self, seconds: int) -> None:
        self.run(self.place.let_pass(seconds))
        self.model.now += seconds

    @rule()
    def clear(self) -> None:
        self.run(self.mailbox.clear("ann"))
        self.model.mail = []

    @invariant()
    def nobody_else_has_mail(self) -> None:
        assert not self.run(self.mailbox.has_mail("bob"))

    def part_of_a_claim(self, data: Any) -> tuple[int, Claim, list[Any]]:
        claims = list(enumerate(self.claims, 1)) or [(0, Claim())]
        number, claim = data.draw(st.sampled_from(claims))
        size = data.draw(st.integers(0, len(claim.flashes)))
        return number, claim, data.draw(st.permutations(claim.flashes))[:size]

    def teardown(self) -> None:
        self.time_passes(OPTIONS["lease"])
        self.claim()
