"""What a measurement is, and how it is taken: several rounds, ours and the floor in turn, medians."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple


class Figure(NamedTuple):
    """One line of the result. `floor` None: the aim is an absolute value in `unit`, else a ratio of ours to floor."""

    name: str
    ours: float
    floor: float | None
    unit: str
    aim: float | None
    note: str = ""

    @property
    def value(self) -> float:
        """What is held against the aim."""
        return self.ours if self.floor is None else self.ours / self.floor

    @property
    def holds(self) -> bool:
        """Whether the aim is met; always, when there is none."""
        return self.aim is None or self.value <= self.aim

    def line(self) -> str:
        """Readable, in fixed columns."""
        floor = "" if self.floor is None else f"{self.floor:10.1f}"
        ratio = "" if self.floor is None else f"x {self.value:.2f}"
        aim = "" if self.aim is None else f"<= {self.aim:g} {'met' if self.holds else 'MISSED'}"
        return f"{self.name:44} {self.ours:10.1f} {floor:>10} {self.unit:4} {ratio:>8}  {aim:16} {self.note}".rstrip()


class Run(NamedTuple):
    """How to measure: rounds, a folder of one's own, whether small sizes will do, whether the largest are wanted."""

    rounds: int
    folder: Path
    quick: bool
    long: bool = False

    def size(self, whole: int) -> int:
        """A size, a tenth of it in a quick run."""
        return max(whole // 10, 1) if self.quick else whole


def milliseconds(action: Callable[[], object]) -> float:
    """How long one call takes."""
    started = time.perf_counter()
    action()
    return (time.perf_counter() - started) * 1000


def in_turn(rounds: int, ours: Callable[[], float], floor: Callable[[], float]) -> tuple[float, float]:
    """Medians of both, measured alternately so that both meet the same weather; the first round warms up."""
    ours(), floor()
    pairs = [(ours(), floor()) for _ in range(rounds)]
    return statistics.median(one for one, _ in pairs), statistics.median(other for _, other in pairs)


def percentile(values: list[float], share: float) -> float:
    """The value that `share` of all values do not exceed."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]
