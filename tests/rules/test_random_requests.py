"""Random requests of one user through the core, compared with a model of a few lines."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from support.model import MAX_MESSAGES, ON_THE_BAG, Action, ModelVisit, User

from aiohttp_flashbag import Flashbag
from aiohttp_flashbag.flash import Flash
from rules.random_flashes import repeatable

pytestmark = pytest.mark.slow


class OnABag:
    """The actions of the model, carried out on a real bag."""

    def __init__(self, bag: Flashbag) -> None:
        self.bag = bag

    def __getattr__(self, name: str) -> Any:
        return getattr(self.bag, name)

    def append(self, key: str, value: Any) -> str | None:
        try:
            self.bag.append(key, value)
        except ValueError:
            return "ValueError"
        return None

    def now_only(self, key: str, value: Any) -> None:
        self.bag.now(key, value)

    def flash(self, category: str, text: str) -> None:
        self.bag.flash(text, category)

    def messages(self, *categories: str) -> list[str]:
        return list(map(str, self.bag.get_flashed_messages(category_filter=categories)))

    def peek_messages(self, *categories: str) -> list[str]:
        return list(map(str, self.bag.peek_flashed_messages(category_filter=categories)))

    def count(self) -> int:
        return len(self.bag)


class RandomRequests(RuleBasedStateMachine):
    """One user, whose requests follow each other."""

    def __init__(self) -> None:
        super().__init__()
        self.user, self.numbers = User(), count()
        self.pending: Sequence[Flash] = ()

    @rule(
        actions=st.lists(st.one_of(*ON_THE_BAG), max_size=6),
        status=st.sampled_from([200, 200, 200, 303, 304]),
        shows=st.booleans(),
        page_view=st.booleans(),
        hidden=st.sampled_from([False, False, False, True]),
        fails=st.sampled_from([False, False, False, True]),
    )
    def request(
        self,
        actions: list[Action],
        status: int,
        shows: bool,
        page_view: bool,
        hidden: bool,
        fails: bool,
    ) -> None:
        bag = Flashbag(self.pending, hidden=hidden, max_messages=MAX_MESSAGES)
        visit = ModelVisit(self.user, hidden=hidden)
        for name, *arguments in actions:
            if name == "flash":
                arguments[1] = f"message {next(self.numbers)}"
            seen = getattr(OnABag(bag), name)(*arguments)
            assert seen == getattr(visit, name)(*arguments)
        assert bag.was_missed == visit.missed
        if fails:  # B2: the error page ignores the bag
            bag.fail()
            visit = ModelVisit(self.user, hidden=hidden)
            shows = page_view = False
        visit.settle(status, shows=shows, page_view=page_view)
        delta = bag.delta(consumes=status != 304, shows=shows, page_view=page_view)
        self.pending = delta.apply(self.pending).after

    @invariant()
    def the_model_has_the_same_flashes(self) -> None:
        values = {flash.key: flash.content for flash in self.pending if not flash.is_message}
        messages = [flash.content["m"] for flash in self.pending if flash.is_message]
        assert values == self.user.values
        assert messages == [text for _, text in self.user.messages]


TestRandomRequests = RandomRequests.TestCase
TestRandomRequests.settings = settings(repeatable, max_examples=300, stateful_step_count=15)
