"""The results as tables on the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.box import SIMPLE_HEAD
from rich.table import Column, Table

from .figures import Figures, Spread
from .works import SYSTEMS, TARGETS, Target, Work

_LABELS = {system.name: system.label for system in SYSTEMS}


_CYCLES = ("value", "message", "visitor")


def table(figures: Figures, works: Sequence[Work]) -> Table:
    """One line for each work and system."""
    title = f"CPU time of the server to do the work once, sessions: {figures.name}"
    result = _table(title, "µs", "of none", "of 0.0.3", "flash adds")
    result.caption = "Without sessions: 'of none' is of no library, no session."
    result.caption_justify = "left"
    for work in works:
        result.add_section()
        result.add_row(f"[bold]{work.title}")
        for system in figures.systems(work.name):
            result.add_row(f"  {_LABELS[system]}", *_cells(figures, work, system))
    return result


def peers_table(figures: Figures, labels: Mapping[str, str]) -> Table:
    """One line for each framework, the cheapest first."""
    systems = figures.systems("message")
    ranked = sorted(systems, key=lambda name: figures.time("message", name).median)
    title = "CPU time of the server for POST, which flashes, 303, and GET, which shows"
    result = _table(title, "µs", f"of {ranked[0]}", "flash adds")
    for name in ranked:
        ratio = figures.ratio("message", name, ranked[0])
        time = _short(figures.time("message", name), 1)
        result.add_row(labels[name], time, _short(ratio), _added(figures, "message", name))
    return result


def targets_table(groups: Sequence[Figures]) -> Table:
    """Whether each target is met that was measured."""
    result = _table("Targets: a ratio in one run, and what it may be", "measured", "at most", "met")
    for target in TARGETS:
        for figures in groups:
            ratio = _measured(figures, target) if figures.name in target.groups else None
            if ratio is not None:
                what = "what the flash adds" if target.adds else target.work
                title = f"{what}: {target.system} of {target.base} ({figures.name})"
                result.add_row(title, _short(ratio), f"{target.limit:.2f}", _met(ratio, target))
    return result


def _measured(figures: Figures, target: Target) -> Spread | None:
    ratio = figures.ratio_of_added if target.adds else figures.ratio
    return ratio(target.work, target.system, target.base)


def _met(ratio: Spread, target: Target) -> str:
    return "[green]yes" if round(ratio.median, 2) <= target.limit else "[red]no"


def _table(title: str, *headings: str) -> Table:
    columns = [Column(heading, justify="right", no_wrap=True) for heading in headings]
    return Table(
        Column(no_wrap=True),
        *columns,
        title=title,
        title_justify="left",
        box=SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
    )


def _cells(figures: Figures, work: Work, system: str) -> list[str]:
    base = work.base(system)
    to_none = figures.ratio(work.name, system, base) if system != base else None
    to_old = figures.ratio(work.name, system, "0.0.3") if system != "0.0.3" else None
    added = _added(figures, work.name, system) if work.name in _CYCLES else ""
    return [_short(figures.time(work.name, system), 1), _short(to_none), _short(to_old), added]


def _added(figures: Figures, work: str, system: str) -> str:
    added = figures.added(work, system)
    return "" if added is None else f"{Spread.of(added).median:.0f} µs"


def _short(spread: Spread | None, digits: int = 3) -> str:
    """The median, and how far the quartiles are from it."""
    if spread is None:
        return ""
    width = f" ±{spread.percent:.0f}%" if spread.low < spread.high else ""
    return f"{spread.median:.{digits}f}{width}"
