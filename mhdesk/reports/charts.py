"""Charts as plain data: drawn once (`mhdesk.files.chart_draw`), shown in the window and printed alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """A line over the weeks; None: no value that week. `target`: what it should reach, drawn as a thin level line."""

    name: str
    values: Sequence[float | None]
    target: float | None = None


@dataclass(frozen=True, slots=True)
class LineChart:
    """Lines over the same labels; values are ratios when `is_rate`, else counts."""

    title: str
    labels: Sequence[str]
    lines: Sequence[Line]
    is_rate: bool = True


@dataclass(frozen=True, slots=True)
class BarChart:
    """Stacked bars: one bar a label, one part a name. `values[part][bar]`.

    `tints`: a part's colour by name (red, orange, yellow, green) where the part is called by it; else greys and blues.
    """

    title: str
    labels: Sequence[str]
    parts: Sequence[str]
    values: Sequence[Sequence[int]]
    tints: Sequence[str] = ()
    is_across: bool = False  # bars lie: for long names such as villages


Chart = LineChart | BarChart
