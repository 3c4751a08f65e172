"""Rounds of the same work for every system, and medians."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from random import Random
from statistics import quantiles

from .client import Crowd, Step
from .launch import Program, Server
from .table import progress
from .works import Work

VISITORS = 3
_WARM_UP = 200  # requests before anything is measured
_NOWHERE = Step("GET", "/nowhere", 404)

Samples = dict[str, list[float]]
"""By system: microseconds of CPU time, one number for each round."""


def ratios(samples: Samples, system: str, base: str) -> list[float]:
    """Divide each sample by the sample of `base` from the same round."""
    if base not in samples or system == base:
        return []
    return [one / other for one, other in zip(samples[system], samples[base], strict=True)]


def spread(numbers: Sequence[float], digits: int = 2) -> str:
    """Format the median, and half the distance of the quartiles in percent."""
    if not numbers:
        return ""
    low, median, high = quantiles([*numbers] * 2, n=4, method="inclusive")
    return f"{median:.{digits}f} ±{(high - low) / median * 50:.0f}%"


def microseconds(server: Server, work: Work, requests: int) -> float:
    """Return the CPU time that the server takes to do the work once."""
    each = len(work.steps) * VISITORS
    times = -(-requests // each)
    with closing(Crowd(server.port, VISITORS)) as crowd:
        if work.member:
            crowd.log_in()
        crowd.walk(work.steps, -(-_WARM_UP // each), forgetful=work.forgetful)
        server.collect_garbage()
        crowd.walk(work.steps, forgetful=work.forgetful)
        before = server.cpu()
        crowd.walk(work.steps, times, forgetful=work.forgetful)
        return (server.cpu() - before) / (times * VISITORS) / 1000


def measure(
    programs: Mapping[str, Program], works: Sequence[Work], rounds: int, requests: int
) -> list[Samples]:
    """Return the samples of each work, from this number of requests in each round.

    Two processes of one program differ, because objects have other addresses in memory. Each round
    therefore starts new servers, with another seed for their hashes.
    """
    results: list[Samples] = [{n: [] for n in work.systems if n in programs} for work in works]
    for number in range(1, rounds + 1):
        progress(f"round {number} of {rounds}")
        with _running(programs, seed=number) as servers:
            for work, samples in zip(works, results, strict=True):
                for name in Random(number).sample(list(samples), len(samples)):  # noqa: S311
                    samples[name].append(microseconds(servers[name], work, requests))
    progress("")
    return results


@contextmanager
def _running(programs: Mapping[str, Program], seed: int) -> Iterator[dict[str, Server]]:
    with ExitStack() as stack:
        servers = {
            name: stack.enter_context(closing(Server(program, seed)))
            for name, program in programs.items()
        }
        for server in servers.values():  # so that none starts while another is measured
            with closing(Crowd(server.port, 1)) as crowd:
                crowd.walk([_NOWHERE])
        yield servers
