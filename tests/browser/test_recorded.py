"""Clients still send what `tests/recorded` holds, as far as S1 looks at it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from recorded import Requests, load
from recorded.clients import CLIENTS, Programs, record_client, running_programs

from aiohttp_flashbag.audience import Audience, audience_of

RECORDED = load()


@pytest.fixture(scope="module")
def running() -> Iterator[Programs]:
    """The browsers that find the server at another host too."""
    with running_programs() as programs:
        yield programs


def audiences(requests: Requests) -> dict[str, Audience]:
    return {situation: audience_of(one.request()) for situation, one in requests.items()}


def test_every_client_is_recorded() -> None:
    assert list(RECORDED) == CLIENTS


@pytest.mark.parametrize("client", CLIENTS)
async def test_s5_a_client_sends_requests_of_the_same_classes(
    client: str, running: Programs
) -> None:
    found = audiences(await record_client(client, running))
    assert found == audiences(RECORDED[client])
