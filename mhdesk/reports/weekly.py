"""The official table (周报表, and the same for month, quarter and year): two-line header, 合计, targets, definitions.

Which columns stand where is data: ``resources/reports/weekly.toml``. A rate without a divisor is None ("—"), never 0 %.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import resources
from mhdesk import __version__
from mhdesk.domain.rounding import round_half_up, two_decimals
from mhdesk.reports.model import Align, Cell, Column, Format, Report, Sheet, Value
from mhdesk.rules.indicators.model import Kind
from mhdesk.rules.indicators.registry import INDICATORS, define, name_of
from mhdesk.rules.indicators.tally import IndicatorResult
from mhdesk.rules.rollup import RollUp, UnitValues, Values
from mhdesk.rules.ruleset import OWN_ORIGIN, Mark
from mhdesk.rules.targets import Target, TargetSet
from mhdesk.text import text

POPULATION = "population"  # not an indicator: the denominator of 报告患病率
_UNIT_WIDTH_MM = 42.0
_WIDTH_MM = 12.0
PER_100K = 100_000
FORMATS = {
    Kind.COUNT: Format.INTEGER,
    Kind.TIMES: Format.INTEGER,
    Kind.PERCENT: Format.PERCENT,
    Kind.PERMILLE: Format.PERMILLE,
    Kind.POPULATION_PERCENT: Format.PERCENT,
    Kind.ESTIMATE: Format.PERCENT,
    Kind.FIGURE: Format.DECIMAL,
    Kind.ONE_TO_N: Format.TEXT,
    Kind.PER_100K: Format.DECIMAL,
}


@dataclass(frozen=True, slots=True)
class _ColumnSpec:
    indicator: str
    title: str
    show: str = "value"
    width: float = _WIDTH_MM


@dataclass(frozen=True, slots=True)
class _GroupSpec:
    title: str
    columns: Sequence[_ColumnSpec]


@dataclass(frozen=True, slots=True)
class _SheetSpec:
    name: str
    number: str
    part: str
    groups: Sequence[_GroupSpec]

    @property
    def columns(self) -> Iterator[_ColumnSpec]:
        return (column for group in self.groups for column in group.columns)


@functools.cache
def _layout() -> Sequence[_SheetSpec]:
    data = tomllib.loads(resources.path("reports/weekly.toml").read_text(encoding="utf-8"))
    return [
        _SheetSpec(
            sheet["name"],
            sheet["number"],
            sheet["part"],
            [
                _GroupSpec(group["title"], [_ColumnSpec(**column) for column in group["columns"]])
                for group in sheet["group"]
            ],
        )
        for sheet in data["sheet"]
    ]


def build(rollup: RollUp, more: Sequence[Sheet] = ()) -> Report:
    """The report of a roll-up: its tables, `more` (the bridge), the definitions, and what produced them."""
    kind = rollup.period.kind
    title = text(f"reports.title.{kind}", unit=rollup.title_unit)
    sheets = [_sheet(rollup, spec, title) for spec in _layout()]
    period = rollup.period
    stem = text(
        f"reports.stem.{kind}",
        unit=rollup.title_unit,
        start=f"{period.start:%Y%m%d}",
        end=f"{period.range.last:%Y%m%d}",
    )
    if rollup.by != "unit":
        stem += text("reports.stem.by", by=text(f"reports.by.{rollup.by}"))
    return Report(kind, title, stem, [*sheets, *more, _definitions(rollup, title)], _provenance(rollup))


def cell_value(result: IndicatorResult, show: str = "value") -> Value:
    """The value of a cell as it is printed; None for a rate without a divisor."""
    if show == "numerator":
        return result.numerator
    value = result.value
    if result.kind is Kind.ONE_TO_N:
        return f"1/{round_half_up(1 / value, 0):.0f}" if value else None
    if result.kind is Kind.PER_100K and value is not None:
        return value * PER_100K
    return value


def printed(result: IndicatorResult) -> str:
    """The value as text, for the terminal: 92.65%, 3.06‰, 1/178, 12, —."""
    value = cell_value(result)
    if value is None:
        return text("reports.nothing")
    if FORMATS[result.kind] is Format.PERCENT:
        return f"{two_decimals(float(value) * 100)}%"  # type: ignore[arg-type]
    if result.kind is Kind.PERMILLE:
        return f"{two_decimals(float(value) * 1000)}‰"  # type: ignore[arg-type]
    return (
        two_decimals(value)
        if isinstance(value, float) and value != int(value)
        else f"{value:g}"
        if isinstance(value, float)
        else str(value)
    )


def _titled(words: str, rollup: RollUp) -> str:
    return words.replace("{span}", text(f"reports.span.{rollup.period.kind}"))


def _sheet(rollup: RollUp, spec: _SheetSpec, title: str) -> Sheet:
    targets = _targets_in_force(rollup)
    rows = [_row(rollup, spec, unit, targets) for unit in rollup.units]
    rows.append(_total_row(rollup, spec, targets))
    total_rows = {len(rows) - 1}
    for target_set, in_force in targets:
        if any(column.indicator in in_force and column.show == "value" for column in spec.columns):
            rows += _target_rows(rollup, spec, target_set, in_force)
    period = rollup.period
    widths = [Column(_UNIT_WIDTH_MM, Format.TEXT, Align.LEFT)]
    widths += [Column(column.width, _format(column), Align.AUTO) for column in spec.columns]
    return Sheet(
        name=spec.name,
        title=f"{title}{spec.number}",
        columns=widths,
        header=_header(rollup, spec),
        rows=rows,
        total_rows=frozenset(total_rows),
        left_note=text("reports.filled_by", unit=rollup.title_unit),
        right_note=text("reports.cut_off", label=period.label, day=period.cut_off.isoformat()),
        unit_note=text("reports.unit_note", part=spec.part),
        foot=[text(f"reports.foot.{part}") for part in ("head", "checked", "filled", "phone")],
        notes=[*_notes(rollup), *_target_notes(spec, targets), *_colour_notes(rollup, spec)],
    )


def _header(rollup: RollUp, spec: _SheetSpec) -> list[list[Cell | None]]:
    first: list[Cell | None] = [Cell(text(f"reports.by.{rollup.by}"), row_span=2)]
    second: list[Cell | None] = [None]
    for group in spec.groups:
        first.append(Cell(_titled(group.title, rollup), col_span=len(group.columns)))
        first += [None] * (len(group.columns) - 1)
        second += [Cell(_titled(column.title, rollup), hint=_hint(column, rollup)) for column in group.columns]
    return [first, second]


def _hint(column: _ColumnSpec, rollup: RollUp) -> str:
    if column.indicator == POPULATION:
        return text("reports.population")
    definition = define(column.indicator, rollup.rules)
    words = text("reports.hint", name=definition.name, definition=definition.definition, numerator=definition.numerator)
    if definition.denominator == text("reports.nothing"):  # a plain count
        return words
    return words + text("reports.hint_denominator", denominator=definition.denominator)


def _format(column: _ColumnSpec) -> Format:
    if column.indicator == POPULATION or column.show == "numerator":
        return Format.INTEGER
    return FORMATS[INDICATORS[column.indicator].kind]


Targets = Sequence[tuple[TargetSet, Mapping[str, Target]]]


def _targets_in_force(rollup: RollUp) -> Targets:
    return [(one, one.in_force(rollup.period.cut_off.year)) for one in rollup.targets]


def _row(rollup: RollUp, spec: _SheetSpec, unit: UnitValues, targets: Targets) -> list[Cell | None]:
    name = Cell(unit.unit.name, align=Align.LEFT, unit_id=unit.unit.id)
    return [name, *(_cell(column, unit.values, unit.unit.id, rollup, targets) for column in spec.columns)]


def _total_row(rollup: RollUp, spec: _SheetSpec, targets: Targets) -> list[Cell | None]:
    cells = (_cell(column, rollup.total, None, rollup, targets) for column in spec.columns)
    return [Cell(text("reports.total"), align=Align.CENTER), *cells]


def _cell(column: _ColumnSpec, values: Values, unit_id: int | None, rollup: RollUp, targets: Targets) -> Cell:
    if column.indicator == POPULATION:
        return Cell(values["prevalence"].denominator, Format.INTEGER, unit_id=unit_id, key=POPULATION)
    result = values[column.indicator]
    value, number = cell_value(result, column.show), _format(column)
    if (
        number is Format.DECIMAL
        and isinstance(value, int | float)
        and value == int(value)
        and result.kind is Kind.FIGURE
    ):
        value, number = int(value), Format.INTEGER
    people = result.numerator_ids if len(result.numerator_ids) or result.kind is not Kind.ONE_TO_N else None
    return Cell(
        value,
        number,
        align=Align.CENTER if number is Format.TEXT else Align.AUTO,
        members=people,
        key=column.indicator if column.show == "value" else f"{column.indicator}.numerator",
        unit_id=unit_id,
        hint=_hint(column, rollup),
        tone=_tone(column, result, targets, rollup.level),
    )


def _tone(column: _ColumnSpec, result: IndicatorResult, targets: Targets, level: str) -> str:
    if column.show != "value":
        return ""
    for _, in_force in targets:
        target = in_force.get(column.indicator)
        reached = target.is_reached(result.value) if target and target.judges(level) else None
        if reached is not None:
            return "good" if reached else "late"
    return ""


def _target_rows(
    rollup: RollUp, spec: _SheetSpec, target_set: TargetSet, in_force: Mapping[str, Target]
) -> list[list[Cell | None]]:
    """Two lines under the total: what is asked, and whether the total reaches it."""
    asked: list[Cell | None] = [Cell(text("reports.target", name=target_set.name), align=Align.CENTER)]
    reached: list[Cell | None] = [Cell(text("reports.target_reached"), align=Align.CENTER)]
    for column in spec.columns:
        target = in_force.get(column.indicator) if column.show == "value" else None
        if target is None:
            asked.append(Cell(align=Align.CENTER))
            reached.append(Cell(align=Align.CENTER))
            continue
        is_ours = target.judges(rollup.level)
        result = target.is_reached(rollup.total[column.indicator].value) if is_ours else None
        word = None if result is None else text("reports.reached" if result else "reports.missed")
        word = word if is_ours else text("reports.of_district")
        tone = "" if result is None else ("good" if result else "late")
        hint = text(
            "reports.target_hint",
            name=target.name,
            year=target.year,
            document=target_set.source,
            mark=text(f"rules.marks.{target.mark}"),
            source=target.source,
        )
        asked.append(Cell(target.value_text, align=Align.CENTER, hint=hint))
        reached.append(Cell(word, align=Align.CENTER, tone=tone, hint=hint))
    return [asked, reached]


def _notes(rollup: RollUp) -> list[str]:
    total = rollup.balance[-1]
    notes = [
        text(
            "reports.balance",
            opening=total.opening,
            new=total.new,
            moved_in=total.moved_in,
            died=total.died,
            moved_out=total.moved_out,
            closing=total.closing,
        ),
        text("reports.rules_note", rules=rollup.rules.label, mark=_mark_words(rollup)),
    ]
    if not rollup.period.is_over:
        notes.append(text("reports.not_over", day=rollup.period.cut_off.isoformat()))
    return notes


def _target_notes(spec: _SheetSpec, targets: Targets) -> list[str]:
    """What this sheet is held against: by document, and by name each target that is not printed so word for word."""
    shown = {column.indicator for column in spec.columns if column.show == "value"}
    notes = []
    for target_set, in_force in targets:
        its = [target for key, target in in_force.items() if key in shown]
        doubtful = [
            text(
                "reports.target_doubt",
                name=one.name,
                target=one.value_text,
                mark=text(f"rules.marks.{one.mark}"),
                source=one.source,
            )
            for one in its
            if one.mark is not Mark.VERIFIED
        ]
        if its:
            said = "；".join(doubtful) or text("reports.targets_verified")
            notes.append(text("reports.targets_note", name=target_set.name, said=said))
    return notes


def _colour_notes(rollup: RollUp, spec: _SheetSpec) -> list[str]:
    """By which scheme the colours of this sheet were given, and how sure we are of it."""
    scheme = rollup.colour_scheme
    if scheme is None or not any(column.indicator.startswith("colour_") for column in spec.columns):
        return []
    mark = text(f"rules.marks.{scheme.mark}")
    return [text("reports.colours_note", name=scheme.name, version=scheme.version, mark=mark, source=scheme.source)]


def _mark_words(rollup: RollUp) -> str:
    """How many parameters of the rule set are verified, from memory, assumed."""
    marks = [parameter.mark for parameter in rollup.rules.parameters.values()]
    counted = {mark: marks.count(mark) for mark in dict.fromkeys(marks)}
    return "，".join(
        text("reports.mark_count", mark=text(f"rules.marks.{mark}"), count=n) for mark, n in counted.items()
    )


def _definitions(rollup: RollUp, title: str) -> Sheet:
    """指标口径: every number of the tables in words, and how sure we are of the rule set."""
    shown = dict.fromkeys(column.indicator for spec in _layout() for column in spec.columns)
    rows: list[list[Cell | None]] = []
    for key in shown:
        if key == POPULATION:
            continue
        words = define(key, rollup.rules)
        rows.append([Cell(part, align=Align.LEFT) for part in (name_of(key), *words[1:])])
    keys = ("name", "definition", "numerator", "denominator", "source")
    return Sheet(
        name=text("reports.definitions.sheet"),
        title=f"{title}{text('reports.definitions.part')}",
        columns=[Column(width, Format.TEXT, Align.LEFT) for width in (38.0, 100.0, 46.0, 46.0, 54.0)],
        header=[[Cell(text(f"reports.definitions.{key}")) for key in keys]],
        rows=rows,
        left_note=text("reports.rules_used", rules=rollup.rules.label),
        right_note=rollup.rules.source,
    )


def _provenance(rollup: RollUp) -> list[tuple[str, str]]:
    period, rules = rollup.period, rollup.rules
    lines = [
        ("period", f"{period.label}（{period.start.isoformat()} 至 {period.range.last.isoformat()}）"),
        ("cut_off", period.cut_off.isoformat()),
        ("rules", rules.label),
        ("rules_source", rules.source),
        ("rules_origin", text("reports.provenance.own") if rules.origin == OWN_ORIGIN else rules.origin),
        ("data_hash", rollup.data_hash),
        ("audit_head", rollup.audit_head),
        ("version", f"mhdesk {__version__}"),
    ]
    found = [(text(f"reports.provenance.{key}"), value) for key, value in lines]
    if rules.note:
        found.append((text("reports.provenance.note"), rules.note))
    found += [
        (
            text("reports.provenance.parameter", name=parameter.label),
            text(
                "reports.provenance.parameter_value",
                value=parameter.value_text,
                mark=text(f"rules.marks.{parameter.mark}"),
                source=parameter.source,
            ),
        )
        for parameter in rules.parameters.values()
    ]
    for target_set, in_force in _targets_in_force(rollup):
        found.append((text("reports.provenance.targets"), f"{target_set.name}：{target_set.source}"))
        if target_set.origin != OWN_ORIGIN:
            found.append((text("reports.provenance.targets_origin"), target_set.origin))
        found += [
            (
                text("reports.provenance.target", name=target.name),
                text(
                    "reports.provenance.parameter_value",
                    value=text("reports.provenance.target_value", target=target.value_text, year=target.year),
                    mark=text(f"rules.marks.{target.mark}"),
                    source=target.source,
                ),
            )
            for key, target in in_force.items()
            if key in rollup.total
        ]
    return found
