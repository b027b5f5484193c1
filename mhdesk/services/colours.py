"""Colours (分色分级): assess a person by the scheme in force, who is due, the history, the printed sheet, the scheme.

A person's colour is that of the last assessment; where there is none, the colour somebody typed or imported holds.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from db.queries import colours as queries
from db.queries import rollup, rounds
from mhdesk.domain import identity
from mhdesk.domain.account import DataOverride
from mhdesk.domain.assessment import ColourAssessment
from mhdesk.domain.changes import Changes
from mhdesk.domain.errors import UserError
from mhdesk.domain.patient import Patient
from mhdesk.domain.task import QUIET, Task
from mhdesk.domain.unit import Unit
from mhdesk.reports.model import Align, Cell, Column, Format, Report, Sheet
from mhdesk.rules import colours as rules
from mhdesk.rules.colours import COLOURS, Scheme, Suggestion
from mhdesk.rules.facts import PatientFacts
from mhdesk.rules.judge import Frame, Judge, register_of
from mhdesk.rules.rollup import period_of
from mhdesk.services import colour_schemes, rollups
from mhdesk.services.standing import require_registered
from mhdesk.text import text

if TYPE_CHECKING:
    from db.ledger import Ledger

SOON_DAYS = 14
STATES = ("due", "never", "all")
_OWN_VERSION = "-"


@dataclass(frozen=True, slots=True)
class ColourEntry:
    """One person on the register. `source`: "assessed", "typed" (register, import) or "" for no colour."""

    id: int
    label: str
    name: str
    village: str | None
    colour: str | None
    source: str
    assessed_on: date | None
    next_on: date | None
    days_late: int
    state: str  # "due", "never" or "ok"


@dataclass(frozen=True)
class Start:
    """What an assessment begins with: the scheme, what the file answers, the present colour."""

    patient: Patient
    scheme: Scheme
    answers: Mapping[str, str]
    colour: str | None
    history: Sequence[ColourAssessment]


# ---------------------------------------------------------------- the scheme


def scheme(ledger: Ledger) -> Scheme:
    """The scheme in force."""
    with ledger.read() as connection:
        return colour_schemes.of(connection)


def save_scheme(ledger: Ledger, changed: Scheme) -> Changes:
    """Keep a district's own copy, as the next version; sheets made before keep the version they were made by.

    Raises UserError MH-COLOUR-01 for a scheme that cannot work (thresholds not falling, intervals that are none).
    """
    path = colour_schemes.path_of(changed.id)
    base, _, number = changed.version.partition(_OWN_VERSION)
    version = f"{base}{_OWN_VERSION}{int(number or 0) + 1}"
    content = rules.to_toml(dataclasses.replace(changed, version=version))
    rules.parse(content, path=path)
    own = DataOverride(path=path, content=content, origin=ledger.user_name)
    old = ledger.find(DataOverride, path=path)
    with ledger.change("colours.scheme") as change:
        if old:
            change.replace(dataclasses.replace(old[0], content=content, origin=own.origin))
        else:
            change.add(own)
    return change.changes


# ---------------------------------------------------------------- who


def entries(ledger: Ledger, *, today: date, state: str = "due", ids: Sequence[int] | None = None) -> list[ColourEntry]:
    """Everybody (or of `ids`) on the register with the present colour; of one state, who waits longest first."""
    with ledger.read() as connection:
        chosen = rollups.load_rules(connection, None)
        period = period_of("annual", today, today=today)
        judge = Judge(chosen, Frame.of(period.range, chosen))
        last = queries.latest(connection, before=today + timedelta(days=1))
        units = {unit.id: unit.name for unit in rollup.units(connection)}
        people = [
            facts
            for facts in rollup.register_facts(connection, end=today + timedelta(days=1), ids=ids)
            if (register := register_of(facts, judge.frame)) is not None and register.closing
        ]
        rows = rounds.due_rows(connection, [facts.id for facts in people])
    found = [
        _entry(facts, last.get(facts.id), rows[facts.id].name, units.get(facts.unit_id or 0), today) for facts in people
    ]
    kept = [one for one in found if state in ("all", one.state)]
    return sorted(kept, key=lambda one: (-one.days_late, one.next_on or date.max, one.id))


def _entry(
    facts: PatientFacts, last: queries.LastRow | None, name: str, village: str | None, today: date
) -> ColourEntry:
    colour = last.colour if last else facts.colour
    next_on = date.fromisoformat(last.next_on) if last and last.next_on else None
    days_late = (today - next_on).days if next_on else 0
    state = "never" if last is None else "due" if next_on and days_late >= -SOON_DAYS else "ok"
    return ColourEntry(
        id=facts.id,
        label=identity.mask_name(name),
        name=name,
        village=village,
        colour=colour,
        source="assessed" if last else "typed" if colour else "",
        assessed_on=date.fromisoformat(last.assessed_on) if last else None,
        next_on=next_on,
        days_late=days_late if state == "due" else 0,
        state=state,
    )


def waiting(ledger: Ledger, *, today: date) -> tuple[int, int]:
    """How many assessments are due within `SOON_DAYS`, and how many of them are late."""
    with ledger.read() as connection:
        last = queries.latest(connection, before=today + timedelta(days=1)).values()
    soon = (today + timedelta(days=SOON_DAYS)).isoformat()
    is_due = [one.patient_id for one in last if one.next_on and one.next_on <= soon]
    if not is_due:
        return 0, 0
    found = entries(ledger, today=today, ids=is_due)
    return len(found), sum(one.days_late > 0 for one in found)


def current(ledger: Ledger, patient_id: int) -> str | None:
    """A person's colour: of the last assessment, else as typed."""
    found = history(ledger, patient_id)
    return found[0].colour if found else ledger.get(Patient, patient_id).colour


def history(ledger: Ledger, patient_id: int) -> list[ColourAssessment]:
    """A person's assessments, the newest first."""
    found = ledger.find(ColourAssessment, patient_id=patient_id)
    return sorted(found, key=lambda one: (one.assessed_on, one.id or 0), reverse=True)


@dataclass(frozen=True, slots=True)
class Ground:
    """A line of an assessment as it was made: the item, the answer in words ("" for none), its points then."""

    item: str
    answer: str
    points: int | None


@dataclass(frozen=True)
class Assessed:
    """An assessment with the scheme it was made with; None: nobody has that version any more."""

    assessment: ColourAssessment
    scheme: Scheme | None
    grounds: Sequence[Ground]


def assessed(ledger: Ledger, patient_id: int) -> list[Assessed]:
    """A person's assessments with their grounds, the newest first."""
    known: dict[tuple[str, str], Scheme | None] = {}
    found = []
    for one in history(ledger, patient_id):
        key = (one.scheme_id, one.scheme_version)
        if key not in known:
            known[key] = colour_schemes.made_with(ledger, *key)
        found.append(Assessed(one, known[key], _grounds(one, known[key])))
    return found


def _grounds(one: ColourAssessment, used: Scheme | None) -> list[Ground]:
    found = []
    for item in used.items if used else ():
        option = item.option(one.answers.get(item.key))
        found.append(Ground(item.name, option.name if option else "", option.points if option else None))
    return found


# ---------------------------------------------------------------- assessing


def start(ledger: Ledger, patient_id: int, *, today: date) -> Start:
    """What the sheet begins with: answers the file gives by itself; everything else is empty."""
    used = scheme(ledger)
    with ledger.read() as connection:
        first = today - timedelta(days=366)
        facts = list(
            rollup.patient_facts(connection, first=first, start=first, end=today + timedelta(days=1), ids=[patient_id])
        )
    answers = rules.answers_of(used, facts[0], today.toordinal()) if facts else {}
    past = history(ledger, patient_id)
    patient = ledger.get(Patient, patient_id)
    return Start(patient, used, answers, past[0].colour if past else patient.colour, past)


def suggest(ledger: Ledger, answers: Mapping[str, str]) -> Suggestion:
    """What the scheme in force says of these answers."""
    return rules.suggest(scheme(ledger), answers)


def assess(  # noqa: PLR0913 - one argument a line of the sheet
    ledger: Ledger,
    patient_id: int,
    *,
    on: date,
    answers: Mapping[str, str],
    colour: str,
    members: str,
    today: date,
    override_reason: str | None = None,
    measures: str | None = None,
    next_on: date | None = None,
) -> Changes:
    """Record an assessment. Without `next_on` and `measures` those of the colour are taken from the scheme.

    Raises UserError: MH-COLOUR-02 a day in the future or before the last assessment, 03 no colour, 04 another colour
    than suggested without a reason, 05 nobody present, 06 next day not after this one, MH-ROUNDS-02 has left.
    """
    used = scheme(ledger)
    past = history(ledger, patient_id)
    if on > today or (past and on < past[0].assessed_on):
        raise UserError("MH-COLOUR-02")
    if colour not in COLOURS:
        raise UserError("MH-COLOUR-03")
    require_registered(ledger, ledger.get(Patient, patient_id))
    said = rules.suggest(used, answers)
    reason = (override_reason or "").strip() or None
    if said.colour != colour and reason is None:
        raise UserError("MH-COLOUR-04")
    if not members.strip():
        raise UserError("MH-COLOUR-05")
    wanted = used.colour(colour)
    following = next_on or on + timedelta(days=wanted.interval_days)
    if following <= on:
        raise UserError("MH-COLOUR-06")
    record = ColourAssessment(
        patient_id=patient_id,
        assessed_on=on,
        scheme_id=used.id,
        scheme_version=used.version,
        answers=dict(answers),
        score=said.score,
        suggested=said.colour,
        colour=colour,
        override_reason=reason if said.colour != colour else None,
        members=members.strip(),
        measures=(measures or "").strip() or wanted.measures,
        next_on=following,
    )
    with ledger.change("colour.assess") as change:
        change.add(record)
        change.touch("patient", 0)  # lists and reports show the colour
    return change.changes


def void(ledger: Ledger, assessment_id: int, *, reason: str) -> Changes:
    """Take an assessment back, with a reason: the one before holds again."""
    with ledger.change("colour.void", reason=reason) as change:
        change.void(ColourAssessment, assessment_id, reason)
        change.touch("patient", 0)
    return change.changes


# ---------------------------------------------------------------- paper


def colour_word(colour: str | None) -> str:
    """红, 橙, 黄, 绿; — for none."""
    return text(f"colours.word.{colour}") if colour else text("reports.nothing")


def sheet_report(ledger: Ledger, assessment_id: int) -> Report:
    """The sheet of one assessment, to be signed: items with points, suggestion, decision, measures."""
    one = ledger.get(ColourAssessment, assessment_id)
    patient = ledger.get(Patient, one.patient_id)
    then = colour_schemes.made_with(ledger, one.scheme_id, one.scheme_version)
    used = then or scheme(ledger)
    rows: list[list[Cell | None]] = []
    for item in used.items:
        option = item.option(one.answers.get(item.key))
        marks = [(text(f"colours.sheet.{'ticked' if one is option else 'open'}"), one) for one in item.options]
        choices = "　".join(f"{mark}{choice.name}（{choice.points}）" for mark, choice in marks)
        points = Cell(option.points if option else None, Format.INTEGER)
        rows.append([Cell(item.name), Cell(choices, align=Align.LEFT), points])
    rows.append([Cell(text("colours.sheet.score")), Cell(""), Cell(one.score, Format.INTEGER)])
    for key, value in (
        ("suggested", colour_word(one.suggested)),
        ("colour", colour_word(one.colour)),
        ("reason", one.override_reason),
        ("members", one.members),
        ("measures", one.measures),
        ("next", one.next_on.isoformat() if one.next_on else None),
    ):
        rows.append([Cell(text(f"colours.sheet.{key}")), Cell(value, align=Align.LEFT, col_span=2), None])
    title = text("colours.sheet.title")
    sheet = Sheet(
        name=title,
        title=title,
        columns=[Column(36, align=Align.CENTER), Column(112), Column(18, Format.INTEGER, Align.CENTER)],
        header=[[Cell(text(f"colours.sheet.{key}")) for key in ("item", "choice", "points")]],
        rows=rows,
        left_note=text("colours.sheet.who", name=patient.name, unit=ledger.get(Unit, ledger.root_unit_id).name),
        right_note=text("colours.sheet.day", day=one.assessed_on.isoformat()),
        foot=[text(f"colours.sheet.{key}") for key in ("sign_doctor", "sign_police", "sign_village", "sign_head")],
        notes=[
            text("colours.sheet.scheme", name=used.name, version=one.scheme_version, source=used.source),
            *([] if then else [text("colours.sheet.scheme_lost", version=used.version)]),
        ],
        landscape=False,
        frozen_columns=0,
    )
    stem = f"{title}_{one.assessed_on:%Y%m%d}"
    return Report(key="colour", title=title, file_stem=stem, sheets=(sheet,))


def list_report(ledger: Ledger, found: Sequence[ColourEntry], *, today: date, masked: bool = False) -> Report:
    """The list as an official table (分色分级管理人员汇总表)."""
    keys = ("name", "village", "colour", "source", "assessed_on", "next_on")
    rows = [
        [
            Cell(number, Format.INTEGER),
            Cell(one.label if masked else one.name),
            Cell(one.village),
            Cell(colour_word(one.colour)),
            Cell(text(f"colours.source.{one.source or 'none'}")),
            Cell(one.assessed_on, Format.DATE),
            Cell(one.next_on, Format.DATE),
        ]
        for number, one in enumerate(found, start=1)
    ]
    title = text("colours.list_title")
    sheet = Sheet(
        name=title,
        title=title,
        columns=[Column(width, Format.TEXT, Align.CENTER) for width in (11, 24, 30, 18, 34, 28, 28)],
        header=[[Cell(text("rounds.column.number")), *(Cell(text(f"colours.column.{key}")) for key in keys)]],
        rows=rows,
        left_note=text("rounds.list_unit", unit=ledger.get(Unit, ledger.root_unit_id).name),
        right_note=text("rounds.list_day", day=today.isoformat()),
        notes=[text("colours.source_note")],
        landscape=False,
        frozen_columns=2,
    )
    return Report(key="colours", title=title, file_stem=f"{title}_{today:%Y%m%d}", sheets=(sheet,))


def write(ledger: Ledger, report: Report, file: Path, *, task: Task = QUIET) -> None:
    """Write a list or a sheet as .xlsx or .pdf; noted in the audit log. Raises OutputFailed."""
    from mhdesk.files import pdf_write, xlsx_write

    writer = pdf_write if file.suffix.lower() == ".pdf" else xlsx_write
    writer.write_report(report, file, task)
    with ledger.change("colour.export") as change:
        change.touch("patient", sum(len(sheet.rows) for sheet in report.sheets) if report.key == "colours" else 1)


def sheet_bytes(ledger: Ledger, assessment_id: int, task: Task = QUIET) -> bytes:
    """The sheet as pdf; noted in the audit log."""
    from mhdesk.files import pdf_write

    content = pdf_write.report_bytes(sheet_report(ledger, assessment_id), task)
    with ledger.change("print.colour") as change:
        change.touch("print", 1)
    return content


def to_json(found: Sequence[ColourEntry], *, identified: bool) -> list[dict[str, Any]]:
    """For programs; names only where they were asked for."""
    return [
        {
            "id": one.id,
            "label": one.name if identified else one.label,
            "village": one.village,
            "colour": one.colour,
            "source": one.source,
            "assessed_on": one.assessed_on.isoformat() if one.assessed_on else None,
            "next_on": one.next_on.isoformat() if one.next_on else None,
            "state": one.state,
            "days_late": one.days_late,
        }
        for one in found
    ]
