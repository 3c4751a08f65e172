"""The results as pictures, SVG and PNG."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .figures import Figures
from .works import SYSTEMS, Work

_COLOURS = {
    "none": "#bbbbbb",
    "bare": "#dddddd",
    "hooks": "#dddddd",
    "sealed": "#dddddd",
    "0.0.3": "#e6a23c",
    "session": "#2f6fb3",
    "cookies": "#3a9a5b",
    "alone": "#3a9a5b",
}
_LABELS = {system.name: system.label for system in SYSTEMS}


def plot(stem: Path, groups: Sequence[Figures], works: Sequence[Work]) -> list[Path]:
    """Side by side the storages, one above the other the works; a bar for each system."""
    lines = sum(len(_shown(groups[0], work)) + 1.5 for work in works)
    figure = _figure(8 * len(groups), 1 + lines * 0.24)
    for axes, figures in zip(
        figure.subplots(1, len(groups), squeeze=False)[0], groups, strict=True
    ):
        _draw(axes, figures, works)
        title = f"CPU time of the server, µs ({figures.name})"
        axes.set_title(title, loc="left", fontsize=10, pad=14)
    return _save(figure, stem)


def plot_peers(
    stem: Path, figures: Figures, labels: Mapping[str, str], ours: Container[str]
) -> list[Path]:
    """The frameworks, the cheapest on top."""
    work = "message"
    ranked = sorted(figures.systems(work), key=lambda name: -figures.time(work, name).median)
    figure = _figure(8, 1 + len(ranked) * 0.35)
    axes = figure.subplots()
    for place, name in enumerate(ranked):
        _bar(axes, place, figures, work, name, "#3a9a5b" if name in ours else "#bbbbbb")
    axes.set_yticks(range(len(ranked)), [labels[name] for name in ranked], fontsize=9)
    title = "POST flashes, 303, GET shows: CPU time of the server, µs"
    axes.set_title(title, loc="left", fontsize=10)
    return _save(figure, stem)


def _shown(figures: Figures, work: Work) -> list[str]:
    return [system for system in figures.systems(work.name) if system in _COLOURS]


def _draw(axes: Axes, figures: Figures, works: Sequence[Work]) -> None:
    place, ticks = 0.0, {}
    for work in works:
        axes.text(0, place, work.title, fontsize=9, fontweight="bold", va="center")
        for system in _shown(figures, work):
            place += 1
            _bar(axes, place, figures, work.name, system, _COLOURS[system])
            ticks[place] = _LABELS[system]
        place += 1.5
    axes.set_yticks(list(ticks), list(ticks.values()), fontsize=8)
    axes.invert_yaxis()


def _bar(axes: Axes, place: float, figures: Figures, work: str, system: str, colour: str) -> None:
    time = figures.time(work, system)
    axes.barh(place, time.median, color=colour)
    axes.hlines(place, time.low, time.high, color="#444444", linewidth=1)
    axes.text(time.high, place, f"  {time.median:.0f}", va="center", fontsize=8)


def _figure(width: float, height: float) -> Figure:
    return Figure(figsize=(width, height), layout="constrained")


def _save(figure: Figure, stem: Path) -> list[Path]:
    for axes in figure.axes:
        axes.spines[["top", "right", "left"]].set_visible(False)
        axes.tick_params(axis="y", length=0)
        axes.margins(x=0.1, y=0.01)
    stem.parent.mkdir(parents=True, exist_ok=True)
    paths = [stem.with_suffix(".svg"), stem.with_suffix(".png")]
    with mpl.rc_context({"svg.fonttype": "none"}):
        for path in paths:
            figure.savefig(path, dpi=150)
    return paths
