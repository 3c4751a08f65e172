"""Rounds: every system in turn, in another order each time, does the same work."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TypeVar

from .browser import Crowd
from .launch import Program, Server
from .works import LOGIN, Work

VISITORS = 8
_WARM_UP = 12  # times each of so many visitors does the work before anything is measured

Key = TypeVar("Key", bound=Hashable)
Samples = dict[tuple[str, str], list[float]]
"""By work and system: microseconds of CPU time, one for each round."""


@dataclass(frozen=True)
class Effort:
    """How often all is done, how often a work is done at a time, and by how many at once."""

    rounds: int
    requests: int
    visitors: int = VISITORS


def microseconds(server: Server, work: Work, effort: Effort) -> float:
    """What the server takes to do the work once."""
    times = max(1, effort.requests // effort.visitors)
    with Crowd(server.port, effort.visitors) as crowd:
        if work.member:
            crowd.walk([LOGIN])
        warm_up = _WARM_UP * VISITORS // effort.visitors
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
    samples: Samples = defaultdict(list)
    for number in range(effort.rounds):
        with running(programs, seed=number + 1) as servers:
            for work in works:
                for name in _rotated([s for s in work.systems if s in servers], number):
                    sample = microseconds(servers[name], work, effort)
                    samples[work.name, name].append(sample)
                    advance()
    return samples


def count(programs: Mapping[str, Program], works: Sequence[Work], rounds: int) -> int:
    """How often `measure` will call `advance`."""
    return rounds * sum(system in programs for work in works for system in work.systems)


def _rotated(names: Sequence[str], by: int) -> Sequence[str]:
    by %= max(1, len(names))
    return [*names[by:], *names[:by]]
