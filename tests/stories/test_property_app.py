"""Random requests of two users to a real application, over both transports, against a model."""

from __future__ import annotations

import secrets
from itertools import count
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from support.model import ON_THE_BAG, ON_THE_SESSION, Action, ModelVisit, User
from support.scripted import ANSWERS, REQUESTS, Site, running

from aiohttp_flashbag import CookieTransport

PAGES, READERS = ("page", "document"), ("page", "document", "fetch")
SHOW_NOTHING = ("to leave", "nothing", "redirect", "unchanged")
NOT_SAVED = ("stream", "crash")  # answers with which aiohttp_session saves nothing

repeatable = settings(
    derandomize=True, deadline=None, database=None, max_examples=100, stateful_step_count=15
)


class Life(RuleBasedStateMachine):
    """Two users, each with a browser. The application must do to each what the model does."""

    site: Site

    def __init__(self) -> None:
        super().__init__()
        in_session = self.site.transport is None
        self.users = User(in_session=in_session), User(in_session=in_session)
        self.browsers = [self.site.run(self.site.new_browser()) for _ in self.users]
        self.numbers = count()

    @rule(
        who=st.sampled_from([0, 1]),
        request=st.sampled_from(["page"] * len(REQUESTS) + list(REQUESTS)),
        answer=st.sampled_from(["page"] * len(ANSWERS) + list(ANSWERS)),
        actions=st.lists(st.one_of(*ON_THE_BAG, *ON_THE_SESSION), max_size=5),
    )
    def ask(self, who: int, request: str, answer: str, actions: list[Action]) -> None:
        actions = [self._named(*action) for action in actions]
        status, seen = self.site.run(self.site.ask(self.browsers[who], request, answer, actions))
        visit = ModelVisit(self.users[who], hidden=request not in ("page", *READERS, "image"))
        if request != "preload":
            visit.missable = User()  # it is not told that anything waits
        assert seen == [getattr(visit, name)(*arguments) for name, *arguments in actions]
        expected = self._expect(visit, request, answer)
        assert status == expected

    def _named(self, name: str, *arguments: Any) -> Action:
        """Each message has a text of its own."""
        if name == "flash":
            arguments = arguments[0], f"message {next(self.numbers)}"
        return name, *arguments

    def _expect(self, visit: ModelVisit, request: str, answer: str) -> int:
        status = ANSWERS[answer][0]
        if visit.missed:
            status = 503
        if answer not in NOT_SAVED:
            visit.end_session()
        visit.settle(
            status,
            shows=request in READERS and answer not in SHOW_NOTHING,
            page_view=request in PAGES and answer in ("page", "stream", "to leave"),
        )
        return status

    def teardown(self) -> None:
        """What waits for each is what the model says, and nothing of the other's."""
        everything: list[Action] = [("get", "a"), ("get", "b"), ("get", "c"), ("messages",)]
        found = []
        for browser in self.browsers:
            found.append(self.site.run(self.site.ask(browser, "page", "page", everything))[1])
            self.site.run(browser.close())
        assert found == [
            [*map(user.values.get, "abc"), [text for _, text in user.messages]]
            for user in self.users
        ]


@pytest.mark.slow
@pytest.mark.parametrize(
    "transport",
    [
        pytest.param(None, id="session"),
        pytest.param(CookieTransport(secrets.token_bytes(32), max_bytes=3000), id="cookies"),
    ],
)
def test_each_user_finds_what_waits_for_them(transport: CookieTransport | None) -> None:
    with running(transport) as site:
        life = type("Life", (Life,), {"site": site})
        run_state_machine_as_test(life, settings=repeatable)
