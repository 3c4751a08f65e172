"""Rounds: every system in turn, in another order each time, does the same work."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from random import Random
from typing import TypeVar

from .browser import Crowd, Step
from .launch import Program, Server
from .works import Work

VISITORS = 3
_WARM_UP = 96  # times a work is done before anything is measured
_NOWHERE = Step("GET", "/nowhere", 404)

Key = TypeVar("Key", bound=Hashable)
Samples = dict[tuple[str, str], list[float]]
"""By work and system: microseconds of CPU time, one for each round."""


@dataclass(frozen=True)
class Effort:
    """Rounds; how often a work is done in each by each system; by how many visitors in turn."""

    rounds: int
    times: int
    visitors: int = VISITORS


def microseconds(server: Server, work: Work, effort: Effort) -> float:
    """What the server takes to do the work once."""
    times = max(1, effort.times // effort.visitors)
    with Crowd(server.port, effort.visitors) as crowd:
        if work.member:
            crowd.log_in()
        warm_up = _WARM_UP // effort.visitors + 1
        crowd.walk(work.steps, warm_up, forgetful=work.forgetful)
        server.collect()
        crowd.walk(work.steps, 1, forgetful=work.forgetful)
        before = server.cpu()
        crowd.walk(work.steps, times, forgetful=work.forgetful)
        return (server.cpu() - before) / (times * effort.visitors) / 1000


@contextmanager
def running(programs: Mapping[Key, Program], seed: int) -> Iterator[dict[Key, Server]]:
    """A server for each program, for a while."""
    with ExitStack() as stack:
        servers = {}
        for name, program in programs.items():
            servers[name] = Server(program, seed)
            stack.callback(servers[name].stop)
        for server in servers.values():  # none is to start while another is measured
            with Crowd(server.port, 1) as crowd:
                crowd.walk([_NOWHERE])
        yield servers


def measure(
    programs: Mapping[str, Program],
    works: Sequence[Work],
    effort: Effort,
    advance: Callable[[], object],
) -> Samples:
    """Every work in every round, by each of its systems; `advance` is called after each.

    The servers are started anew for each round, with another seed for their hashes: two processes
    of one program differ, by where things lie in memory.
    """
    samples: Samples = {
        (work.name, name): [] for work in works for name in work.systems if name in programs
    }
    for number in range(effort.rounds):
        with running(programs, seed=number + 1) as servers:
            for work in works:
                names = [name for name in work.systems if name in servers]
                for name in Random(number).sample(names, len(names)):  # noqa: S311
                    sample = microseconds(servers[name], work, effort)
                    samples[work.name, name].append(sample)
                    advance()
    return samples


def count(programs: Mapping[str, Program], works: Sequence[Work], rounds: int) -> int:
    """How often `measure` will call `advance`."""
    return rounds * sum(system in programs for work in works for system in work.systems)
