"""The district's week: a row for each institution from its package, totals from sums, who is missing, late or odd."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from db.queries import rollup as queries
from mhdesk.domain import codes
from mhdesk.domain.account import Submission
from mhdesk.domain.changes import Changes
from mhdesk.domain.errors import UsageError, UserError
from mhdesk.domain.exchange import Level, Station
from mhdesk.domain.task import QUIET, Task
from mhdesk.domain.unit import Unit
from mhdesk.reports.model import Align, Cell, Column, Format, Sheet
from mhdesk.rules import rollup as rules_rollup
from mhdesk.rules.indicators.model import Kind
from mhdesk.rules.indicators.registry import INDICATORS
from mhdesk.rules.indicators.tally import IndicatorResult, Number
from mhdesk.rules.rollup import Balance, Period, RollUp, Row, UnitValues, Values
from mhdesk.services import rollups, sending
from mhdesk.services.district import checks, store
from mhdesk.services.district.checks import Held, Note
from mhdesk.services.district.keys import code_of, institutions, require_level
from mhdesk.services.submissions import State
from mhdesk.text import text

if TYPE_CHECKING:
    from db.ledger import Ledger

KIND = rollups.DISTRICT
REOPENED_SETTING = "exchange.reopened"
WEEKS_SHOWN = 8
_BALANCE = ("opening", "new", "moved_in", "died", "moved_out", "closing")
_NOTHING = dict.fromkeys(_BALANCE, 0)


class Line(NamedTuple):
    """One institution in one week. `notes`: what does not add up or jumps; `level` "" where nothing came."""

    unit_id: int
    name: str
    org_code: str
    state: State
    due_on: date
    made_on: date | None = None
    level: str = ""
    revision: int = 0
    is_frozen: bool = True
    package_id: str = ""
    rules_id: str = ""
    notes: Sequence[Note] = ()
    is_registered: bool = True


@dataclass(frozen=True)
class Week:
    """A district's week. `lines` has every institution; `rollup` those that sent, with "—" for the others."""

    period: Period
    lines: Sequence[Line]
    rollup: RollUp

    def in_state(self, *states: State) -> list[Line]:
        """The institutions that stand so."""
        return [one for one in self.lines if one.state in states]


@dataclass(frozen=True)
class Matrix:
    """Institutions by weeks; `lines[n]` are the institutions in the n-th period, all in the same order."""

    periods: Sequence[Period]
    lines: Sequence[Sequence[Line]]
    closed: Sequence[bool]


class Person(NamedTuple):
    """Somebody behind a number, as far as the packages say. `name` only where a package with names came (D2)."""

    org: str
    name: str
    birth_year: str
    sex: str
    diagnosis: str
    visit_class: str
    risk: str
    last_visit: str


# ---------------------------------------------------------------- weeks


def period_holding(ledger: Ledger, on: date, *, today: date) -> Period:
    """The district's week that holds `on`. Raises UsageError MH-REPORT-01 when it has not begun."""
    first_weekday = sending.terms(ledger).first_weekday
    found = rules_rollup.period_of("weekly", on, today=today, first_weekday=first_weekday)
    return replace(found, kind=KIND)


def closed_weeks(ledger: Ledger) -> frozenset[str]:
    """First days of the weeks whose district report is frozen and was not opened again."""
    frozen = {one.period_start for one in ledger.find(Submission, period_kind=KIND)}
    return frozenset(frozen - set(ledger.get_setting(REOPENED_SETTING, [])))


def reopen(ledger: Ledger, start: date, *, reason: str) -> Changes:
    """Let corrections of a frozen week in again; its next freeze is a new version. Raises UserError MH-PACK-43, 44."""
    if start.isoformat() not in closed_weeks(ledger):
        raise UserError("MH-PACK-43", start=start.isoformat())
    if not reason.strip():
        raise UserError("MH-PACK-44")
    with ledger.change("district.reopen", reason=reason) as change:
        change.set_setting(REOPENED_SETTING, sorted({*ledger.get_setting(REOPENED_SETTING, []), start.isoformat()}))
    return change.changes


def matrix(ledger: Ledger, *, today: date, weeks: int = WEEKS_SHOWN) -> Matrix:
    """Who sent what in the last weeks, the newest last."""
    require_level(ledger, "district")
    held, closed = store.held(ledger), closed_weeks(ledger)
    periods = [
        period_holding(ledger, today - timedelta(days=7 * back), today=today) for back in range(weeks - 1, -1, -1)
    ]
    lines = [_lines(ledger, period, held, today, with_notes=False) for period in periods]
    return Matrix(periods, lines, [one.start.isoformat() in closed for one in periods])


def _lines(ledger: Ledger, period: Period, held: Sequence[Held], today: date, *, with_notes: bool = True) -> list[Line]:
    due_on = period.end - timedelta(days=1) + timedelta(days=sending.terms(ledger).due_days["weekly"])
    newest = store.in_force(held, start=period.start.isoformat())
    stations = {one.org_code: one for one in ledger.find(Station) if one.revoked_on is None}
    notes = _notes(ledger, newest, held, period) if with_notes else {}
    lines = []
    for unit in institutions(ledger):
        org, station = code_of(unit), stations.get(code_of(unit))
        one = newest.get(org)
        plain = Line(unit.id or 0, unit.name, org, State.WAITING, due_on, is_registered=station is not None)
        if one is None:
            lines.append(plain._replace(state=_absent(station, period, due_on, today)))
            continue
        first = min((other for other in held if _same_week(other, one)), key=lambda other: (other.epoch, other.seq))
        lines.append(
            plain._replace(
                state=State.LATE if first.made_on > due_on else State.SENT,
                made_on=one.made_on,
                level=one.level,
                revision=one.revision,
                is_frozen=one.is_frozen,
                package_id=one.package_id,
                rules_id=one.rules_id,
                notes=notes.get(org, ()),
            )
        )
    return lines


def _same_week(other: Held, one: Held) -> bool:
    return (other.org_code, other.kind, other.start) == (one.org_code, one.kind, one.start)


def _absent(station: Station | None, period: Period, due_on: date, today: date) -> State:
    began = station.entered_at if station else None
    if began is not None and began.astimezone().date() >= period.end:
        return State.BEFORE
    return State.MISSING if today > due_on else State.WAITING


def _notes(
    ledger: Ledger, newest: Mapping[str, Held], held: Sequence[Held], period: Period
) -> dict[str, Sequence[Note]]:
    before = store.in_force([one for one in held if one.start < period.start.isoformat()])
    rows = store.rows_of(ledger, [one.package_id for group in (newest, before) for one in group.values()])
    found: dict[str, Sequence[Note]] = {}
    for org, one in newest.items():
        earlier = before.get(org)
        found[org] = checks.flags(rows[one.package_id], rows[earlier.package_id] if earlier else None)
    return found


# ---------------------------------------------------------------- the table


def build(ledger: Ledger, *, on: date, today: date, rules: str | None = None) -> Week:
    """The district's week that holds `on`, from the packages in force.

    Raises UserError MH-KEYS-03 in a township's ledger, UsageError MH-REPORT-01 a week that has not begun, MH-RULE-02.
    """
    require_level(ledger, "district")
    return build_for(ledger, period_holding(ledger, on, today=today), today=today, rules=rules)


def build_for(ledger: Ledger, period: Period, *, today: date, rules: str | None = None) -> Week:
    """The same of a period that is already cut off."""
    held = store.held(ledger)
    lines = _lines(ledger, period, held, today)
    sent = [one for one in lines if one.package_id]
    rows = store.rows_of(ledger, [one.package_id for one in sent])
    said = {one.org_code: rows[one.package_id] for one in sent}
    used = Counter(one.rules_id for one in sent)
    with ledger.read() as connection:
        chosen = rollups.load_rules(connection, rules or (used.most_common(1)[0][0] if used else None))
        targets = rollups.targets_of(connection, chosen)
        head = queries.audit_head(connection)
    units = [UnitValues(Row(one.unit_id, one.name), _values(said.get(one.org_code))) for one in lines]
    balance = [_balance(Row(one.unit_id, one.name), said.get(one.org_code)) for one in lines]
    whole = Balance(Row(0, text("reports.total")), *(sum(getattr(one, part) for one in balance) for part in _BALANCE))
    total = {key: _sum(key, [one.values[key] for one in units]) for key in INDICATORS}
    name = ledger.get(Unit, ledger.root_unit_id).name
    made = RollUp(period, chosen, name, "district", units, total, [*balance, whole], targets, audit_head=head)
    noted = [_with_rules(one, chosen.id) for one in lines]
    return Week(period, noted, replace(made, data_hash=rollups.hash_of(made)))


def _with_rules(line: Line, rules_id: str) -> Line:
    if not line.package_id or line.rules_id == rules_id:
        return line
    return line._replace(notes=[*line.notes, Note("MH-PACK-45", {"rules": line.rules_id})])


def _values(rows: store.Rows | None) -> Values:
    said: Mapping[str, Any] = next((row["values"] for row in rows or () if row["kind"] == "values"), {})
    found = {}
    for key, indicator in INDICATORS.items():
        one = said.get(key, {})
        found[key] = IndicatorResult(
            key, indicator.kind, one.get("numerator"), one.get("denominator"), gap=one.get("gap")
        )
    return found


def _sum(key: str, parts: Sequence[IndicatorResult]) -> IndicatorResult:
    """Sums over the institutions that sent; where one of them lacks a divisor, there is none for the whole."""
    sent = [one for one in parts if one.numerator is not None]
    divisors = [one.denominator for one in sent]
    kind = INDICATORS[key].kind
    lacks = not sent or any(one is None for one in divisors)
    gaps = [one.gap for one in sent if one.gap is not None]
    return IndicatorResult(
        key,
        kind,
        _added(one.numerator for one in sent) if sent else None,
        None if lacks else _added(divisors),
        gap=sum(gaps) if gaps else (0 if kind is Kind.PERCENT else None),
    )


def _added(numbers: Iterable[Number | None]) -> Number:
    return sum(one for one in numbers if one is not None)


def _balance(row: Row, rows: store.Rows | None) -> Balance:
    said = next((one for one in rows or () if one["kind"] == "balance"), _NOTHING)
    return Balance(row, *(said[part] for part in _BALANCE))


def standing_sheet(week: Week) -> Sheet:
    """报送情况: every institution with what came and what is odd about it."""
    keys = ("unit", "state", "made_on", "level", "revision", "notes")
    widths = (46.0, 20.0, 28.0, 26.0, 16.0, 110.0)
    rows: list[list[Cell | None]] = []
    for one in week.lines:
        tone = {State.MISSING: "now", State.LATE: "late"}.get(one.state, "")
        rows.append(
            [
                Cell(one.name, align=Align.LEFT),
                Cell(state_words(one), align=Align.CENTER, tone=tone),
                Cell(one.made_on, Format.DATE, align=Align.CENTER),
                Cell(text(f"district.level.{one.level}") if one.level else None, align=Align.CENTER),
                Cell(one.revision or None, Format.INTEGER, align=Align.CENTER),
                Cell("；".join(notes_of(one)) or None, align=Align.LEFT),
            ]
        )
    return Sheet(
        name=text("district.report.standing"),
        title=text("district.report.standing_title", unit=week.rollup.title_unit),
        columns=[Column(width, Format.TEXT, Align.LEFT) for width in widths],
        header=[[Cell(text(f"district.report.column.{key}")) for key in keys]],
        rows=rows,
        left_note=text("district.report.sent", sent=len(sent_of(week)), all=len(week.lines)),
        right_note=week.period.label,
        notes=[line for line in (missing_words(week), text("district.report.summed")) if line],
    )


def state_words(line: Line) -> str:
    """已报, 迟报, 缺报, 未登记 …"""
    if not line.is_registered and not line.package_id:
        return text("district.unregistered")
    if line.state is State.BEFORE:
        return text("district.before")
    return text(f"reports.state.{line.state}")


def notes_of(line: Line) -> list[str]:
    """What is odd about an institution's package, in words."""
    from mhdesk.services.district.merging import note_sentence

    said = [note_sentence(one).removesuffix("。") for one in line.notes]  # they are joined by "；"
    return said if line.is_frozen else [*said, text("district.report.not_frozen")]


def sent_of(week: Week) -> list[Line]:
    """The institutions whose package came."""
    return [one for one in week.lines if one.package_id]


def missing_words(week: Week) -> str:
    """Whose report is not in the table, by name; "" where all came."""
    missing = [one.name for one in week.lines if not one.package_id]
    return text("district.report.missing", count=len(missing), names="、".join(missing)) if missing else ""


def write(ledger: Ledger, week: Week, folder: Path, *, task: Task = QUIET) -> list[Path]:
    """The table and who sent what, as .xlsx and .pdf. Raises OutputFailed."""
    return rollups.write(ledger, week.rollup, folder, sheets=[standing_sheet(week)], task=task)


def freeze(
    ledger: Ledger,
    week: Week,
    *,
    checked_by: str | None = None,
    correction_note: str | None = None,
    task: Task = QUIET,
) -> rollups.Sent:
    """Freeze the week: its packages are closed, corrections of it are refused until it is opened again.

    Raises UserError: MH-PACK-46 nothing came, MH-REPORT-04 other numbers were frozen before and no 更正说明 is given.
    """
    if not sent_of(week):
        raise UserError("MH-PACK-46", label=week.period.label)
    sent = rollups.submit(
        ledger,
        week.rollup,
        checked_by=checked_by,
        correction_note=correction_note,
        sheets=[standing_sheet(week)],
        task=task,
    )
    again = set(ledger.get_setting(REOPENED_SETTING, []))
    if week.period.start.isoformat() in again:
        ledger.set_setting(REOPENED_SETTING, sorted(again - {week.period.start.isoformat()}))
    return sent


# ---------------------------------------------------------------- behind a number


def people(
    ledger: Ledger,
    week: Week,
    indicator: str,
    *,
    unit_id: int | None,
    side: str = "numerator",
    identified: bool = False,
) -> list[Person] | None:
    """Who stands behind a number, pseudonymous; None where a township sent totals only (只有汇总数).

    With `identified` the names that packages with names (D2) brought are shown, and that is written to the audit log.
    Raises UsageError MH-REPORT-02 for an unknown indicator.
    """
    if indicator not in INDICATORS:
        raise UsageError("MH-REPORT-02", indicator=indicator)
    lines = [one for one in sent_of(week) if unit_id in (None, one.unit_id)]
    if not lines or any(one.level != Level.PSEUDONYMOUS for one in lines):
        return None
    rows = store.rows_of(ledger, [one.package_id for one in lines])
    names = _names(ledger) if identified else {}
    found = []
    for line in lines:
        order = next(row["indicators"] for row in rows[line.package_id] if row["kind"] == "values")
        if indicator not in order:
            continue
        at = 2 * order.index(indicator)
        found += [
            _person(line, row, names)
            for row in rows[line.package_id]
            if row["kind"] == "person" and _stands(row["places"], at, side)
        ]
    if identified:
        with ledger.change("district.names_identified") as change:
            change.touch("received_package", len(found))
    return found


def _stands(places: Sequence[int], at: int, side: str) -> bool:
    if side == "gap":
        return at + 1 in places and at not in places
    return at + (side == "denominator") in places


def _names(ledger: Ledger) -> dict[str, str]:
    """Token -> name, from packages with names."""
    named = [one.package_id for one in store.held(ledger) if one.kind == "named"]
    return {
        token: row["name"]
        for rows in store.rows_of(ledger, named).values()
        for row in rows
        for token in row["tokens"].values()
    }


def _person(line: Line, row: Mapping[str, Any], names: Mapping[str, str]) -> Person:
    def label(kind: str, code: str | None) -> str:
        known = codes.code_list(kind)
        return known.label(code) if code in known.codes and code is not None else (code or "")

    return Person(
        line.name,
        next((names[token] for token in row["tokens"].values() if token in names), ""),
        str(row["birth_year"] or ""),
        label("sex", row["sex"]),
        label("diagnosis", row["diagnosis"]),
        label("visit_class", row["class"]),
        label("risk_level", row["risk"]),
        row["last_visit"] or "",
    )


def to_json(week: Week) -> dict[str, Any]:
    """The document of ``district report --json``."""
    return {
        **rollups.to_json(week.rollup),
        "townships": [
            {
                "unit": one.name,
                "org": one.org_code,
                "state": one.state.value,
                "level": one.level,
                "revision": one.revision,
                "notes": [{"code": note.code, **note.params} for note in one.notes],
            }
            for one in week.lines
        ],
    }


def frozen_document(ledger: Ledger, start: date) -> Mapping[str, Any] | None:
    """The newest frozen report of a week, None where there is none."""
    found = rollups.submissions(ledger, period=KIND, start=start)
    document: Mapping[str, Any] | None = json.loads(found[-1].document) if found else None
    return document
