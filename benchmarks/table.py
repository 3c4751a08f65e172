"""The results as tables on the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.box import SIMPLE_HEAD
from rich.table import Column, Table

from .figures import Figures, Spread
from .works import SYSTEMS, Work

_LABELS = {system.name: system.label for system in SYSTEMS}


def table(figures: Figures, works: Sequence[Work]) -> Table:
    """One line for each work and system."""
    title = f"CPU time of the server to do the work once, sessions: {figures.name}"
    result = _table(title, "µs", "of none", "of 0.0.3")
    result.caption = "Without sessions: 'of none' is of no library, no session."
    result.caption_justify = "left"
    for work in works:
        result.add_section()
        result.add_row(f"[bold]{work.title}")
        for system in figures.systems(work.name):
            result.add_row(f"  {_LABELS[system]}", *_cells(figures, work, system))
    return result


def _table(title: str, *headings: str) -> Table:
    columns = [Column(heading, justify="right", no_wrap=True) for heading in headings]
    first, last = Column(no_wrap=True), Column("target", no_wrap=True)
    return Table(
        first,
        *columns,
        last,
        title=title,
        title_justify="left",
        box=SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
    )


def _cells(figures: Figures, work: Work, system: str) -> list[str]:
    base = work.base(system)
    to_none = figures.ratio(work.name, system, base) if system != base else None
    to_old = figures.ratio(work.name, system, "0.0.3") if system != "0.0.3" else None
    time = _short(figures.time(work.name, system), 1)
    return [time, _short(to_none), _short(to_old), _targets(figures, work, system)]


def _short(spread: Spread | None, digits: int = 3) -> str:
    """The median, and how far the quartiles are from it."""
    if spread is None:
        return ""
    width = f" ±{spread.percent:.0f}%" if spread.low < spread.high else ""
    return f"{spread.median:.{digits}f}{width}"


def _targets(figures: Figures, work: Work, system: str) -> str:
    texts = [
        _verdict(figures.ratio(work.name, system, target.base), target.limit, target.base)
        for target in work.targets
        if target.system == system
    ]
    return "\n".join(texts)


def peers_table(
    figures: Figures, labels: Mapping[str, str], ours: Mapping[str, float | None]
) -> Table:
    """One line for each framework, the cheapest first; `ours` with their targets, if any."""
    [work] = {work for work, _ in figures.samples}
    ranked = sorted(figures.systems(work), key=lambda name: figures.time(work, name).median)
    [best, *_] = [*(name for name in ranked if name not in ours), ranked[0]]
    title = "CPU time of the server for POST, which flashes, 303, and GET, which shows"
    result = _table(title, "µs", f"of {best}")
    for name in ranked:
        time, ratio, limit = (
            figures.time(work, name),
            figures.ratio(work, name, best),
            ours.get(name),
        )
        verdict = _verdict(ratio, limit, best) if limit and best not in ours else ""
        result.add_row(labels[name], _short(time, 1), _short(ratio), verdict)
    return result


def _verdict(ratio: Spread | None, limit: float, base: str) -> str:
    if ratio is None:
        return ""
    if ratio.low <= limit < ratio.high:
        return f"[yellow]≈ ≤{limit} {base}[/]"
    reached = "[green]✓" if ratio.high <= limit else "[red]✗"
    return f"{reached} ≤{limit} {base}[/]"
