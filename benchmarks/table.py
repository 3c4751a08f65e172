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
    result = _table(f"CPU time of the server for one request, sessions: {figures.name}")
    for heading in ("µs", "±", "of none", "quartiles", "of 0.0.3"):
        result.add_column(heading, justify="right", no_wrap=True)
    result.add_column("target", no_wrap=True)
    for work in works:
        result.add_section()
        result.add_row(f"[bold]{work.title}")
        for system in figures.systems(work.name):
            result.add_row(f"  {_LABELS[system]}", *_cells(figures, work, system))
    return result


def _table(title: str) -> Table:
    first = Column(no_wrap=True)
    return Table(first, title=title, title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))


def _cells(figures: Figures, work: Work, system: str) -> list[str]:
    time = figures.time(work.name, system)
    base = work.base(system)
    to_none = figures.ratio(work.name, system, base) if system != base else None
    to_old = figures.ratio(work.name, system, "0.0.3") if system != "0.0.3" else None
    quartiles = f"{to_none.low:.2f} {to_none.high:.2f}" if to_none else ""
    cells = [f"{time.median:.1f}", f"{time.percent:.0f} %", _short(to_none), quartiles]
    return [*cells, _short(to_old), _targets(figures, work, system)]


def _short(ratio: Spread | None) -> str:
    return f"{ratio.median:.3f}" if ratio else ""


def _targets(figures: Figures, work: Work, system: str) -> str:
    texts = [
        _verdict(figures.ratio(work.name, system, target.base), target.limit, target.base)
        for target in work.targets
        if target.system == system
    ]
    return "\n".join(texts)


def peers_table(figures: Figures, labels: Mapping[str, str], ours: Mapping[str, float]) -> Table:
    """One line for each framework, the cheapest first; `ours` with their targets."""
    [work] = {work for work, _ in figures.samples}
    ranked = sorted(figures.systems(work), key=lambda name: figures.time(work, name).median)
    [best, *_] = [*(name for name in ranked if name not in ours), ranked[0]]
    result = _table("CPU time of the server for POST, which flashes, 303, and GET, which shows")
    for heading in ("µs", "±", f"of {best}", "quartiles"):
        result.add_column(heading, justify="right", no_wrap=True)
    result.add_column("target", no_wrap=True)
    for name in ranked:
        time, ratio = figures.time(work, name), figures.ratio(work, name, best)
        quartiles = f"{ratio.low:.2f} {ratio.high:.2f}" if ratio else ""
        cells = (f"{time.median:.1f}", f"{time.percent:.0f} %", _short(ratio), quartiles)
        limit = ours.get(name)
        result.add_row(labels[name], *cells, _verdict(ratio, limit, best) if limit else "")
    return result


def _verdict(ratio: Spread | None, limit: float, base: str) -> str:
    if ratio is None:
        return ""
    reached = "[green]✓" if ratio.median <= limit else "[red]✗"
    return f"{reached} ≤ {limit} {base}[/]"
