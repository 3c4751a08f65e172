"""Random lives of flashes through the pure core, against a model and against each other."""

from __future__ import annotations

from itertools import count
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from support.model import MAX_MESSAGES, ON_THE_BAG, Action, ModelVisit, User

from aiohttp_flashbag import Flashbag
from aiohttp_flashbag.parcel import Parcel

repeatable = settings(derandomize=True, deadline=None, database=None)


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


class CoreLife(RuleBasedStateMachine):
    """One user, whose requests come one after the other."""

    def __init__(self) -> None:
        super().__init__()
        self.user, self.waiting, self.numbers = User(), Parcel(), count()

    @rule(
        actions=st.lists(st.one_of(*ON_THE_BAG), max_size=6),
        status=st.sampled_from([200, 200, 200, 303, 304, 404, 500]),
        shows=st.booleans(),
        page_view=st.booleans(),
        hidden=st.sampled_from([False, False, False, True]),
        cut=st.integers(0, 3),
    )
    def request(
        self,
        actions: list[Action],
        status: int,
        shows: bool,
        page_view: bool,
        hidden: bool,
        cut: int,
    ) -> None:
        bag = Flashbag(
            Parcel.joined(self.in_two_parcels(cut)), hidden=hidden, max_messages=MAX_MESSAGES
        )
        visit = ModelVisit(self.user, hidden=hidden)
        for name, *arguments in actions:
            if name == "flash":
                arguments[1] = f"message {next(self.numbers)}"
            seen = getattr(OnABag(bag), name)(*arguments)
            assert seen == getattr(visit, name)(*arguments)
        assert bag._was_missed == visit.missed
        visit.settle(status, shows=shows, page_view=page_view)
        change = bag.delta(status, shows=shows, page_view=page_view)
        self.waiting = change.apply(self.waiting)

    def in_two_parcels(self, cut: int) -> list[Parcel]:
        """What waits, as if two requests had sent it."""
        values, messages = self.waiting.values, self.waiting.messages
        keys = sorted(values)[:cut]
        return [
            Parcel({key: values[key] for key in keys}, messages[:cut]),
            Parcel({key: values[key] for key in values if key not in keys}, messages[cut:]),
        ]

    @invariant()
    def the_same_waits(self) -> None:
        assert self.waiting.values == self.user.values
        assert [m["m"] for m in self.waiting.messages] == [m for _, m in self.user.messages]


TestCoreLife = CoreLife.TestCase
TestCoreLife.settings = settings(repeatable, max_examples=250, stateful_step_count=15)
