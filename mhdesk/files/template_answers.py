"""What a form asks and what came of it: placeholders, who answers them, the filled file, what could not be filled."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from mhdesk.reports.placeholders import Given
from mhdesk.text import text

PLACEHOLDER = re.compile(r"[{｛]{2}\s*([^{}｛｝]{1,80}?)\s*[}｝]{2}")  # full-width braces are typed, too
OPEN = re.compile(r"\{\{|｛｛")


class Answers(Protocol):
    """Knows what placeholders mean."""

    @property
    def units(self) -> Sequence[Any]:
        """What a repeated row is repeated for."""

    def scope(self, words: str) -> str | None:
        """What kind it is: "unit" says which unit, "number" counts, "plain" is neither; None: nobody knows it."""

    def value(self, words: str, unit: Any | None) -> Given:
        """Its value, of a unit or of all."""

    def nearest(self, words: str) -> str:
        """A placeholder that might be meant, "" for none."""


class CellProblem(NamedTuple):
    """What could not be filled: where, and why in words."""

    sheet: str
    cell: str
    words: str


@dataclass
class Filled:
    """A filled form. `cells` counts what was filled, in cells and elsewhere."""

    content: bytes = b""
    cells: int = 0
    problems: list[CellProblem] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def tell(self, sheet: str, cell: str, words: str) -> None:
        """Name a problem, once."""
        problem = CellProblem(sheet, cell, words)
        if problem not in self.problems:
            self.problems.append(problem)


def known(words: str, answers: Answers, made: Filled, *, sheet: str, cell: str) -> list[str]:
    """The placeholders of a text that can be answered; the others are named, open braces too."""
    names = [one[1] for one in PLACEHOLDER.finditer(words)]
    if len(names) < len(OPEN.findall(words)):
        made.tell(sheet, cell, text("template.problem.open", words=words[:40]))
    found = []
    for name in names:
        if answers.scope(name) is not None:
            found.append(name)
            continue
        near = answers.nearest(name)
        key = "template.problem.unknown_near" if near else "template.problem.unknown"
        made.tell(sheet, cell, text(key, words=name, near=near))
    return found
