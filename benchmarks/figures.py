"""What the samples say: medians, how far they spread, ratios within a round."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import quantiles
from typing import Any

from .measure import Effort, Samples
from .works import REDIRECT

_PACKAGES = ("aiohttp-flashbag", "aiohttp", "aiohttp-session", "cryptography", "redis")


@dataclass(frozen=True)
class Spread:
    """The median, and the quartiles about it."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, numbers: Sequence[float]) -> Spread:
        """Of one number, which has none, or more."""
        if len(numbers) == 1:
            return cls(numbers[0], numbers[0], numbers[0])
        low, middle, high = quantiles(numbers, n=4, method="inclusive")
        return cls(middle, low, high)

    @property
    def percent(self) -> float:
        """Half the distance of the quartiles, in percent of the median."""
        return (self.high - self.low) / self.median * 50


@dataclass(frozen=True)
class Figures:
    """The samples of one storage, or of other frameworks."""

    name: str
    samples: Samples
    plain: Mapping[str, str]
    """By system: the one without a library, with which the same redirect is measured."""

    def time(self, work: str, system: str) -> Spread:
        """Microseconds of CPU time."""
        return Spread.of(self.samples[work, system])

    def ratio(self, work: str, system: str, base: str) -> Spread | None:
        """How many times what `base` took in the same round; None if it was not measured."""
        if (work, base) not in self.samples or (work, system) not in self.samples:
            return None
        pairs = zip(self.samples[work, system], self.samples[work, base], strict=True)
        return Spread.of([one / other for one, other in pairs])

    def added(self, work: str, system: str) -> list[float] | None:
        """Microseconds that the flash of a cycle adds to the same redirect without one."""
        cycle = self.samples.get((work, system), [])
        redirect = self.samples.get((REDIRECT, self.plain[system]), [])
        if not cycle or not redirect or work == REDIRECT:
            return None
        return [one - other for one, other in zip(cycle, redirect, strict=True)]

    def ratio_of_added(self, work: str, system: str, base: str) -> Spread | None:
        """How many times what the flash of `base` adds in the same round."""
        if (mine := self.added(work, system)) is None or (theirs := self.added(work, base)) is None:
            return None
        return Spread.of([one / other for one, other in zip(mine, theirs, strict=True)])

    def systems(self, work: str) -> list[str]:
        """Those measured."""
        return [system for each, system in self.samples if each == work]


def write_json(path: Path, figures: Iterable[Figures], effort: Effort) -> None:
    """All samples, with what is needed to judge them."""
    about = {
        "python": platform.python_version(),
        "machine": platform.platform(),
        "versions": {name: version(name) for name in _PACKAGES},
        **asdict(effort),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    results = [row for each in figures for row in _rows(each)]
    path.write_text(json.dumps({**about, "results": results}, indent=1) + "\n")


def _rows(figures: Figures) -> Iterable[dict[str, Any]]:
    for (work, system), samples in figures.samples.items():
        yield {
            "group": figures.name,
            "work": work,
            "system": system,
            **asdict(figures.time(work, system)),
            "samples": [round(sample, 3) for sample in samples],
        }
