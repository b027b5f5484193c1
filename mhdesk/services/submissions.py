"""What was sent (上报): the calendar, the kept copies, and an honest second look at a frozen report (补录, 差异)."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, cast

from db.past import Moment
from db.queries import rollup as rollup_queries
from db.queries import submissions as queries
from db.queries.late import LateRow, late
from db.queries.submissions import SubmissionRow
from mhdesk.domain import identity
from mhdesk.domain.account import Submission
from mhdesk.domain.errors import UsageError, UserError
from mhdesk.rules import rollup as rules_rollup
from mhdesk.rules.bridge import Figure
from mhdesk.rules.rollup import Period, RollUp
from mhdesk.services import rollups, sending
from mhdesk.text import text

if TYPE_CHECKING:
    from db.ledger import Ledger
    from db.queries import Connection

__all__ = ["LateRow", "SubmissionRow"]

MONTHS_BACK = 12  # reports missing for longer than this are no matter of today


class State(StrEnum):
    """Where a period's report stands."""

    SENT = "sent"  # 已报
    LATE = "late"  # 迟报
    MISSING = "missing"  # 缺报
    WAITING = "waiting"  # 未到上报期限
    FREE = "free"  # 不要求上报
    BEFORE = "before"  # 建账以前


@dataclass(frozen=True)
class Tile:
    """One period of the calendar. `first` and `latest` are the first sending and the newest revision, if any."""

    period: Period
    state: State
    due_on: date
    first: SubmissionRow | None = None
    latest: SubmissionRow | None = None


def calendar(ledger: Ledger, *, kind: str = "weekly", year: int, today: date) -> list[Tile]:
    """The periods of a year up to today, oldest first. A week belongs to the year of its last day."""
    last = min(today, date(year, 12, 31))
    found = _tiles(ledger, kind, date(year, 1, 1), last, today)
    return [tile for tile in found if (tile.period.end - timedelta(days=1)).year == year]


def missing(ledger: Ledger, *, today: date) -> list[Tile]:
    """Reports that should have been sent and were not, of every kind asked for, the oldest first."""
    since = date(today.year - 1, today.month, 1)
    found = [
        tile
        for kind in sending.terms(ledger).required
        for tile in _tiles(ledger, kind, since, today, today)
        if tile.state is State.MISSING
    ]
    return sorted(found, key=lambda tile: tile.due_on)


def _tiles(ledger: Ledger, kind: str, first: date, last: date, today: date) -> list[Tile]:
    """The periods that hold a day from `first` to `last`."""
    with ledger.read() as connection:
        terms = sending.of(connection)
        rows = queries.submissions(connection, kind)
        began = queries.began_on(connection) or today
    began = min([began, *(date.fromisoformat(row.period_start) for row in rows)])
    tiles, on = [], first
    while on <= last:
        period = rules_rollup.period_of(kind, on, today=today, first_weekday=terms.first_weekday)
        tiles.append(_tile(period, [row for row in rows if _is_of(row, period)], began, terms, today))
        on = period.end
    return tiles


def _is_of(row: SubmissionRow, period: Period) -> bool:
    """By its last day: so that a week sent before the week's first day was changed keeps its tile."""
    return period.start < date.fromisoformat(row.period_end) <= period.end


def _tile(period: Period, revisions: Sequence[SubmissionRow], began: date, terms: sending.Terms, today: date) -> Tile:
    due_on = period.end - timedelta(days=1) + timedelta(days=terms.due_days[period.kind])
    is_asked = period.kind in terms.required
    if revisions:
        first = revisions[0]
        is_late = is_asked and first.entered_at.astimezone().date() > due_on
        return Tile(period, State.LATE if is_late else State.SENT, due_on, first, revisions[-1])
    if period.end <= began:
        return Tile(period, State.BEFORE, due_on)
    if not is_asked:
        return Tile(period, State.FREE, due_on)
    return Tile(period, State.MISSING if today > due_on else State.WAITING, due_on)


def remark(ledger: Ledger, period: Period) -> str:
    """What a reader of a period's numbers must know: it was over before the ledger began. "" for any other period."""
    with ledger.read() as connection:
        began = queries.began_on(connection)
        is_sent = any(
            row.period_start == period.start.isoformat() for row in queries.submissions(connection, period.kind)
        )
    if began is None or period.end > began or is_sent:
        return ""
    return text("reports.before_ledger", day=began.isoformat())


def find(ledger: Ledger, submission_id: int) -> Submission:
    """A frozen report. Raises UsageError MH-REPORT-12 for an unknown one."""
    try:
        return ledger.get(Submission, submission_id)
    except UserError as error:
        raise UsageError("MH-REPORT-12", id=submission_id) from error


def copies(ledger: Ledger, submission_id: int) -> Mapping[str, bytes]:
    """The files as they were sent, by name, checked against their hashes.

    Raises UsageError MH-REPORT-12, UserError MH-REPORT-13 when a copy is missing or is not what was sent.
    """
    submission = find(ledger, submission_id)
    kept = json.loads(submission.document).get("kept", {})
    found = {name: base64.b64decode(content) for name, content in kept.items()}
    for name, digest in submission.files.items():
        if name not in found or hashlib.sha256(found[name]).hexdigest() != digest:
            raise UserError("MH-REPORT-13", id=submission_id)
    return {PurePosixPath(name).name: content for name, content in found.items()}


def export(ledger: Ledger, submission_id: int, folder: Path) -> list[Path]:
    """Write the files of a submission again, byte for byte; noted in the audit log. Raises as `copies`."""
    from mhdesk.files import sink

    found = copies(ledger, submission_id)
    with sink.system_errors():
        folder.mkdir(parents=True, exist_ok=True)
    for name, content in found.items():
        sink.write_bytes(folder / name, content)
    with ledger.change("report.export_sent") as change:
        change.touch("report", len(found))
    return [folder / name for name in sorted(found, reverse=True)]  # the table before the print


@dataclass(frozen=True)
class Difference:
    """One cell that would read otherwise now. `unit` is the row's name."""

    unit: str
    indicator: str
    before: Figure
    after: Figure


@dataclass(frozen=True)
class LateEntry:
    """A record that came, changed or was voided after the freeze. `is_within`: dated in the period itself."""

    row: LateRow
    label: str
    is_within: bool


@dataclass(frozen=True)
class SecondLook:
    """A frozen report run again today, as of the same cut-off and by the same rule set.

    `rules_changed`: the rule set has another version now, so that differences may come from it.
    """

    submission: Submission
    rollup: RollUp
    differences: Sequence[Difference]
    late: Sequence[LateEntry]
    rules_changed: bool


def run_again(ledger: Ledger, submission_id: int, *, identified: bool = False) -> SecondLook:
    """What was sent beside what would be counted now. Raises UsageError MH-REPORT-12, MH-RULE-02."""
    submission = find(ledger, submission_id)
    period = period_of(submission)
    if period.kind == rollups.DISTRICT:  # made from packages, not from people
        from mhdesk.services.district import report

        rollup = report.build_for(ledger, period, today=period.cut_off, rules=submission.rules_id).rollup
    else:
        rollup = rollups.build_for(ledger, period, rules=submission.rules_id)
    document = json.loads(submission.document)
    with ledger.read() as connection:
        rows = late(connection, since=_counted_at(connection, submission), cut_off=period.cut_off)
        people = rollup_queries.people(connection, sorted({row.patient_id for row in rows if row.patient_id}))
    entries = []
    for row in rows:
        person = people.get(row.patient_id or 0)
        name = row.title or "" if person is None else person.name if identified else identity.mask_name(person.name)
        within = row.happened_on is not None and period.start <= row.happened_on <= period.cut_off
        entries.append(LateEntry(row, name, within))
    return SecondLook(
        submission,
        rollup,
        differences(document, rollup),
        entries,
        (submission.rules_version != rollup.rules.version),
    )


def _counted_at(connection: Connection, submission: Submission) -> Moment:
    """When a report was counted: at the audit row it names, else when it was stored."""
    moment = Moment.after(connection, submission.audit_head)
    if moment is None and submission.entered_at is None:  # a stored record always has it
        raise RuntimeError("a submission without its moment")
    return moment or Moment(cast("datetime", submission.entered_at))


def period_of(submission: Submission) -> Period:
    """The period of a frozen report, cut off where it was."""
    document = json.loads(submission.document)
    return Period(
        submission.period_kind,
        document["period"]["label"],
        date.fromisoformat(submission.period_start),
        date.fromisoformat(submission.period_end),
        date.fromisoformat(submission.cut_off),
    )


def differences(document: Mapping[str, Any], rollup: RollUp) -> list[Difference]:
    """The cells of a frozen document that the roll-up would fill otherwise, by indicators that both know."""
    now = {unit.unit.id: (unit.unit.name, unit.values) for unit in rollup.units}
    found = []
    then = {unit["id"]: unit for unit in document["units"]}
    for unit_id in [*then, *(unit_id for unit_id in now if unit_id not in then)]:
        name = now[unit_id][0] if unit_id in now else then[unit_id]["unit"]
        before = then[unit_id]["values"] if unit_id in then else {}
        after = now[unit_id][1] if unit_id in now else {}
        found += _cells(name, before, {key: Figure.of(result) for key, result in after.items()}, document["total"])
    total = {key: Figure.of(result) for key, result in rollup.total.items()}
    return found + _cells(text("reports.total"), document["total"], total, document["total"])


def _cells(
    name: str, before: Mapping[str, Any], after: Mapping[str, Figure], known: Mapping[str, Any]
) -> list[Difference]:
    nothing = Figure(0, 0, None)
    found = []
    for key in known:
        old = Figure.from_json(before[key]) if key in before else nothing
        new = after.get(key, nothing)
        if key in before and after and key not in after:
            continue  # a later version of the program no longer counts it
        if old[:2] != new[:2] and (old.numerator or new.numerator or old.denominator or new.denominator):
            found.append(Difference(name, key, old, new))
    return found


# ---------------------------------------------------------------- as JSON


def calendar_json(tiles: Sequence[Tile]) -> list[dict[str, Any]]:
    """The calendar for the command line."""
    return [
        {
            "label": tile.period.label,
            "start": tile.period.start.isoformat(),
            "end": tile.period.end.isoformat(),
            "state": tile.state.value,
            "due_on": tile.due_on.isoformat(),
            "id": tile.latest.id if tile.latest else None,
            "revision": tile.latest.revision if tile.latest else 0,
            "sent_at": tile.first.entered_at.isoformat() if tile.first else None,
        }
        for tile in tiles
    ]


def second_look_lines(look: SecondLook) -> list[str]:
    """A second look for the terminal."""
    from mhdesk.reports.bridge import figure_words

    said = [look_sentence(look)]
    for one in look.differences:
        name = text(f"indicator.{one.indicator}.name")
        before, after = (figure_words(one.indicator, figure) for figure in (one.before, one.after))
        said.append(f"  {one.unit}  {name}  {before} → {after}")
    said += [f"  {late_sentence(entry)}" for entry in look.late]
    return said


def look_sentence(look: SecondLook) -> str:
    """How much differs, in one sentence."""
    key = "differs" if look.differences else "same"
    return text(f"reports.look.{key}", label=look.rollup.period.label, cells=len(look.differences), late=len(look.late))


def late_sentence(entry: LateEntry) -> str:
    """A late record in words."""
    row = entry.row
    return text(
        f"reports.look.{row.change}",
        who=entry.label,
        kind=text(f"reports.look.kind.{row.kind}"),
        day=row.happened_on.isoformat() if row.happened_on else text("reports.nothing"),
        at=row.changed_at.astimezone().strftime("%Y-%m-%d %H:%M"),
        by=row.changed_by,
    )


def second_look_json(look: SecondLook) -> dict[str, Any]:
    """A second look for the command line."""
    submission = look.submission
    return {
        "id": submission.id,
        "revision": submission.revision,
        "label": look.rollup.period.label,
        "cut_off": submission.cut_off,
        "rules": submission.rules_id,
        "rules_version": submission.rules_version,
        "rules_changed": look.rules_changed,
        "data_hash": submission.data_hash,
        "audit_head": submission.audit_head,
        "checked_by": submission.checked_by,
        "correction_note": submission.correction_note,
        "differences": [
            {
                "unit": one.unit,
                "indicator": one.indicator,
                "before": one.before._asdict(),
                "after": one.after._asdict(),
            }
            for one in look.differences
        ],
        "late": [
            {
                "kind": one.row.kind,
                "id": one.row.record_id,
                "patient": one.row.patient_id,
                "label": one.label,
                "happened_on": one.row.happened_on.isoformat() if one.row.happened_on else None,
                "entered_at": one.row.changed_at.isoformat(),
                "entered_by": one.row.changed_by,
                "change": one.row.change,
                "within_period": one.is_within,
            }
            for one in look.late
        ],
    }
