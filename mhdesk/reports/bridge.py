"""变化 as a table: the equation of the register, then each number as sent and now, and who made the difference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from mhdesk.domain.rounding import two_decimals
from mhdesk.reports.model import Align, Cell, Column, Format, Sheet
from mhdesk.reports.weekly import FORMATS, PER_100K
from mhdesk.rules.bridge import SIDES, Equation, Figure, Move
from mhdesk.rules.indicators.model import PLAIN, Kind
from mhdesk.rules.indicators.registry import INDICATORS, define, name_of
from mhdesk.rules.rollup import RollUp
from mhdesk.text import text

KEY = "bridge"  # of cells that open people: bridge:<indicator>:<side>, bridge::<part of the equation>
_PARTS = ("opening", "corrected_in", "corrected_out", "new", "moved_in", "died", "moved_out", "closing")
_WHO_OPENS = ("corrected_in", "corrected_out", "new", "moved_in", "died", "moved_out")


class Mover(Protocol):
    """One person of the list behind the table: what `mhdesk.services.bridge.Moved` says."""

    @property
    def id(self) -> int:
        """Number in the ledger."""

    @property
    def name(self) -> str:
        """Masked unless asked for."""

    @property
    def unit_name(self) -> str:
        """Village."""

    @property
    def side_words(self) -> str:
        """Entered or left, numerator or denominator."""

    @property
    def before(self) -> str:
        """Why, then."""

    @property
    def reason(self) -> str:
        """Why, now."""


def build(rollup: RollUp, equation: Equation, moves: Sequence[Move], *, compared: str, rules_changed: bool) -> Sheet:
    """The table. Cells that stand for people carry them."""
    keys = ("before", "after", *SIDES)
    header = [
        [Cell(text("reports.bridge.indicator")), *(Cell(text(f"reports.bridge.{key}")) for key in keys)],
    ]
    rows: list[Sequence[Cell | None]] = [_equation_row(equation, part) for part in _PARTS]
    rows += [_move_row(rollup, move) for move in moves if move.is_change]
    notes = [equation_words(equation)]
    if rules_changed:
        notes.append(text("reports.bridge.rules_changed"))
    return Sheet(
        name=text("reports.bridge.sheet"),
        title=f"{text(f'reports.title.{rollup.period.kind}', unit=rollup.title_unit)}{text('reports.bridge.part')}",
        columns=[Column(52.0, Format.TEXT, Align.LEFT), *(Column(32.0) for _ in keys)],
        header=header,
        rows=rows,
        total_rows=frozenset({0, len(_PARTS) - 1}),
        left_note=compared,
        right_note=text("reports.cut_off", label=rollup.period.label, day=rollup.period.cut_off.isoformat()),
        notes=notes,
    )


def equation_words(equation: Equation) -> str:
    """期初 ± 更正 + 新增 + 迁入 − 死亡 − 迁出 = 期末, in numbers."""
    return text("reports.bridge.said", **{part: len(getattr(equation, part)) for part in _PARTS})


def _equation_row(equation: Equation, part: str) -> list[Cell | None]:
    people = getattr(equation, part)
    opens = part in _WHO_OPENS and len(people) > 0
    place = {"opening": 0, "closing": 1}.get(part, 2 if part in ("corrected_in", "new", "moved_in") else 3)
    cells: list[Cell | None] = [Cell(text(f"reports.bridge.{part}"), align=Align.LEFT)]
    for at in range(6):
        if at != place:
            cells.append(Cell("", align=Align.CENTER))
            continue
        members = sorted(set(people)) if opens else None
        cells.append(Cell(len(people), Format.INTEGER, members=members, key=f"{KEY}::{part}"))
    return cells


def _move_row(rollup: RollUp, move: Move) -> list[Cell | None]:
    words = define(move.indicator, rollup.rules)
    hint = text(
        "reports.hint",
        name=words.name,
        definition=words.definition,
        numerator=words.numerator,
        denominator=words.denominator,
    )
    name = Cell(name_of(move.indicator), align=Align.LEFT, hint=hint)
    cells: list[Cell | None] = [name, figure_cell(move.indicator, move.before), figure_cell(move.indicator, move.after)]
    for side in SIDES:
        people = sorted(move.side(side))
        if not people:
            cells.append(Cell("", align=Align.CENTER))
            continue
        cells.append(Cell(len(people), Format.INTEGER, members=people, key=f"{KEY}:{move.indicator}:{side}", hint=hint))
    return cells


def figure_words(indicator: str, figure: Figure) -> str:
    """A number as text, with what it was made of: 92.31%（24/26）."""
    kind = INDICATORS[indicator].kind
    if kind in PLAIN:
        return text("reports.nothing") if figure.numerator is None else f"{figure.numerator:g}"
    if figure.value is None:
        return text("reports.nothing")
    if kind is Kind.ONE_TO_N:
        return f"{figure.numerator:g}/{figure.denominator:g}"
    if kind is Kind.PER_100K:
        return two_decimals(figure.value * PER_100K)
    scale, sign = (1000, "‰") if FORMATS[kind] is Format.PERMILLE else (100, "%")
    return f"{two_decimals(figure.value * scale)}{sign}（{figure.numerator:g}/{figure.denominator:g}）"


def figure_cell(indicator: str, figure: Figure) -> Cell:
    """A number as sent or as it is now."""
    return Cell(figure_words(indicator, figure), align=Align.RIGHT)


def people_sheet(rollup: RollUp, named: Mapping[str, Sequence[Mover]]) -> Sheet:
    """The list behind the table, one line a person and number: for the doctor's own files, never for what is sent."""
    keys = ("indicator", "side", "unit", "who", "id", "then", "now")
    rows = [
        [
            Cell(name_of(indicator), align=Align.LEFT),
            Cell(one.side_words, align=Align.CENTER),
            Cell(one.unit_name or None, align=Align.LEFT),
            Cell(one.name, align=Align.LEFT),
            Cell(one.id, Format.INTEGER),
            Cell(one.before, align=Align.LEFT),
            Cell(one.reason, align=Align.LEFT),
        ]
        for indicator, movers in named.items()
        for one in movers
    ]
    return Sheet(
        name=text("reports.bridge.people_sheet"),
        title=f"{text(f'reports.title.{rollup.period.kind}', unit=rollup.title_unit)}"
        f"{text('reports.bridge.people_part')}",
        columns=[Column(width, Format.TEXT, Align.LEFT) for width in (34.0, 20.0, 24.0, 18.0, 16.0, 82.0, 82.0)],
        header=[[Cell(text(f"reports.bridge.{key}")) for key in keys]],
        rows=rows or [[Cell(text("reports.bridge.nothing"), col_span=len(keys)), *(None for _ in keys[1:])]],
    )
