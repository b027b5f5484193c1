"""Roll-ups: build one, write it, freeze it when it is sent (上报)."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from db.queries import rollup as queries
from db.queries.cut_offs import Reading
from mhdesk.domain.account import Submission
from mhdesk.domain.errors import UsageError, UserError
from mhdesk.domain.task import QUIET, Task, collector_at_rest
from mhdesk.rules import bridge, ruleset
from mhdesk.rules import rollup as rules_rollup
from mhdesk.rules import targets as target_files
from mhdesk.rules.facts import PatientFacts
from mhdesk.rules.indicators.model import PLAIN
from mhdesk.rules.indicators.tally import IndicatorResult, Masks
from mhdesk.rules.rollup import Balance, Period, RollUp
from mhdesk.rules.targets import TargetSet
from mhdesk.services import colour_schemes, groupings, sending
from mhdesk.text import text

if TYPE_CHECKING:
    from db.ledger import Ledger
    from db.queries import Connection
    from mhdesk.reports.model import Sheet

PERIODS = rules_rollup.KINDS
FIRST_WEEKDAY_SETTING = sending.FIRST_WEEKDAY_SETTING
RULES_SETTING = "rules.default"
TARGETS_SETTING = "targets.default"  # a list of target set ids
DEFAULT_TARGETS = ("yubei_2023",)
SENT = "sent"
DISTRICT = "district"  # a district's week, made from the packages of its townships


@dataclass(frozen=True, slots=True)
class Sent:
    """A frozen report: its record and its files, the same bytes each time."""

    submission: Submission
    files: Sequence[Path]
    is_new: bool


def build(
    ledger: Ledger,
    *,
    period: str = "weekly",
    on: date,
    to: date | None = None,
    rules: str | None = None,
    by: str = "unit",
    today: date,
) -> RollUp:
    """The roll-up of the period that holds `on`, as of its last day or of `today` if that is earlier.

    `period` "range" takes the days from `on` to `to`. `by` says what the rows stand for (`groupings.BY`).
    Raises UsageError: MH-REPORT-01 a period that has not begun, MH-REPORT-11 days the wrong way round, MH-RULE-02 an
    unknown rule set.
    """
    if period == rules_rollup.RANGE:
        return build_for(ledger, rules_rollup.period_between(on, to or today, today=today), rules=rules, by=by)
    first_weekday = int(ledger.get_setting(FIRST_WEEKDAY_SETTING, 0))
    days = rules_rollup.period_of(period, on, today=today, first_weekday=first_weekday)
    return build_for(ledger, days, rules=rules, by=by)


def day_in(ledger: Ledger, period: str, back: int, *, today: date) -> date:
    """A day of the period that runs today, or of the one so many before it."""
    on = today
    for _ in range(back):
        first_weekday = sending.terms(ledger).first_weekday
        on = rules_rollup.period_of(period, on, today=today, first_weekday=first_weekday).start - timedelta(days=1)
    return on


def build_for(ledger: Ledger, period: Period, *, rules: str | None = None, by: str = "unit") -> RollUp:
    """The roll-up of a period that is already cut off. Raises UsageError MH-RULE-02 for an unknown rule set."""
    with ledger.read() as connection:
        return build_on(connection, ledger, period, load_rules(connection, rules), by=by)


def build_on(
    connection: Connection, ledger: Ledger, period: Period, rules: ruleset.RuleSet, *, by: str = "unit"
) -> RollUp:
    """As `build_for`, from what a connection shows: the ledger, or a copy of an earlier moment (`db.past`)."""
    with collector_at_rest():
        people = queries.patient_facts(
            connection, first=rules_rollup.first_day(period, rules), start=period.start, end=period.range.end
        )
        return _build(connection, ledger, people, period, rules, by)


def build_each(
    ledger: Ledger, periods: Sequence[Period], *, rules: str | None = None, by: str = "unit", task: Task = QUIET
) -> list[RollUp]:
    """The roll-ups of several periods from one reading: each is the same as `build_for` makes it.

    Raises UsageError MH-RULE-02 for an unknown rule set.
    """
    with ledger.read() as connection, collector_at_rest():
        task.step(0, len(periods), text("reports.reading"))
        chosen = load_rules(connection, rules)
        firsts = [rules_rollup.first_day(period, chosen) for period in periods]
        ends = [period.range.end for period in periods]
        reading = Reading(connection, first=min(firsts), earliest=min(ends), end=max(ends))
        made, masks = [], Masks(chosen.terms)
        for place, (period, first, end) in enumerate(zip(periods, firsts, ends, strict=True)):
            task.step(place, len(periods), text("reports.counting", period=period.label))
            people = reading.at(first=first, start=period.start, end=end)
            made.append(_build(connection, ledger, people, period, chosen, by, masks))
    return made


def _build(
    connection: Connection,
    ledger: Ledger,
    people: Iterable[PatientFacts],
    period: Period,
    rules: ruleset.RuleSet,
    by: str,
    masks: Masks | None = None,
) -> RollUp:
    place = groupings.place_of(connection, ledger, period.cut_off, since=period.start, by=by)
    targets = targets_of(connection, rules)
    made = rules_rollup.compute(people, period=period, rules=rules, place=place, targets=targets, masks=masks)
    return replace(
        made,
        audit_head=queries.audit_head(connection),
        data_hash=hash_of(made),
        colour_scheme=colour_schemes.of(connection),
    )


def weekly(ledger: Ledger, *, on: date, rules: str | None = None, today: date) -> RollUp:
    """The weekly roll-up (周报)."""
    return build(ledger, period="weekly", on=on, rules=rules, today=today)


def load_rules(connection: Connection, rules_id: str | None) -> ruleset.RuleSet:
    """The rule set asked for, else the ledger's default; the district's own copy wins."""
    chosen = rules_id or queries.setting(connection, RULES_SETTING)
    return ruleset.load(chosen, queries.overrides(connection))


def targets_of(connection: Connection, rules: ruleset.RuleSet) -> Sequence[TargetSet]:
    """The targets the ledger chose, else those of the rule set's own document, else the default."""
    own = (rules.targets,) if rules.targets else DEFAULT_TARGETS
    chosen = queries.setting(connection, TARGETS_SETTING, None) or own
    found = target_files.available(queries.overrides(connection))
    return [found[one] for one in chosen if one in found]


# ---------------------------------------------------------------- as JSON


def to_json(rollup: RollUp) -> dict[str, Any]:
    """The document of ``report --json``: keys as in the command line's contract, and a few more."""
    period = rollup.period
    return {
        "period": {
            "kind": period.kind,
            "label": period.label,
            "start": period.start.isoformat(),
            "end": period.end.isoformat(),
            "cut_off": period.cut_off.isoformat(),
        },
        "rules": {
            "id": rollup.rules.id,
            "name": rollup.rules.name,
            "version": rollup.rules.version,
            "origin": rollup.rules.origin,
        },
        "unit": rollup.title_unit,
        "by": rollup.by,
        "units": [
            {"unit": unit.unit.name, "id": unit.unit.id, "values": _values(unit.values)} for unit in rollup.units
        ],
        "total": _values(rollup.total),
        "balance": {
            **_balance(rollup.balance[-1]),
            "units": [{"unit": line.unit.name, **_balance(line)} for line in rollup.balance[:-1]],
        },
        "targets": [_target(rollup, target_set) for target_set in rollup.targets],
        "data_hash": rollup.data_hash,
        "audit_head": rollup.audit_head,
    }


def _values(values: Mapping[str, IndicatorResult]) -> dict[str, dict[str, float | int | None]]:
    return {key: _value(result) for key, result in values.items()}


def _value(result: IndicatorResult) -> dict[str, float | int | None]:
    if result.kind in PLAIN:
        return {"count": result.numerator}
    return {"numerator": result.numerator, "denominator": result.denominator, "value": result.value}


def _balance(line: Balance) -> dict[str, int | bool]:
    parts = ("opening", "new", "moved_in", "died", "moved_out", "closing")
    return {part: getattr(line, part) for part in parts} | {"holds": line.holds}


def _target(rollup: RollUp, target_set: TargetSet) -> dict[str, Any]:
    in_force = target_set.in_force(rollup.period.cut_off.year)
    return {
        "id": target_set.id,
        "name": target_set.name,
        "indicators": {
            key: {
                "target": target.value_text,
                "year": target.year,
                "reached": target.is_reached(rollup.total[key].value) if target.judges(rollup.level) else None,
                "mark": target.mark.value,
                "source": target.source,
            }
            for key, target in in_force.items()
            if key in rollup.total
        },
    }


def hash_of(rollup: RollUp) -> str:
    """SHA-256 over the numbers and the rule set: the same data give the same hash on any day and machine."""
    document = to_json(rollup)
    kept = {key: document[key] for key in ("period", "rules", "unit", "units", "total", "balance")}
    return hashlib.sha256(_canonical(kept).encode()).hexdigest()


def _canonical(document: Mapping[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def summary_rows(rollup: RollUp) -> list[tuple[str, ...]]:
    """A few columns for the terminal: a heading, one line a unit, the total."""
    from mhdesk.reports.weekly import printed

    shown = ("registered", "managed", "standard_management_rate", "regular_medication_rate", "visits_overdue")
    heading = (text(f"reports.by.{rollup.by}"), *(text(f"indicator.{key}.name") for key in shown))
    lines = [(unit.unit.name, *(printed(unit.values[key]) for key in shown)) for unit in rollup.units]
    return [heading, *lines, (text("reports.total"), *(printed(rollup.total[key]) for key in shown))]


# ---------------------------------------------------------------- as files


def write(
    ledger: Ledger,
    rollup: RollUp,
    folder: Path,
    *,
    sheets: Sequence[Sheet] = (),
    lists: Sequence[Sheet] = (),
    task: Task = QUIET,
) -> list[Path]:
    """The official table as .xlsx and .pdf in `folder`; returns the two files, and notes it in the audit log.

    `sheets` stand behind its own (the bridge), `lists` in the workbook alone. Raises OutputFailed.
    """
    files = _write_files(rollup, folder, task, sheets, lists)
    with ledger.change("report.export") as change:
        change.touch("report", len(files))
    return files


def _write_files(
    rollup: RollUp, folder: Path, task: Task, sheets: Sequence[Sheet] = (), lists: Sequence[Sheet] = ()
) -> list[Path]:
    from mhdesk.files import pdf_write, sink, xlsx_write
    from mhdesk.reports import weekly as layout

    report = layout.build(rollup, sheets)
    with sink.system_errors():
        folder.mkdir(parents=True, exist_ok=True)
    files = [folder / f"{report.file_stem}{suffix}" for suffix in (".xlsx", ".pdf")]
    # dated by the cut-off, not by the clock: the same roll-up gives the same bytes
    made_at = datetime.combine(rollup.period.cut_off, time(), tzinfo=UTC)
    whole = replace(report, sheets=[*report.sheets, *lists])
    xlsx_write.write_report(whole, files[0], task, made_at=made_at)
    pdf_write.write_report(report, files[1], task)
    return files


def submissions(ledger: Ledger, *, period: str, start: date) -> list[Submission]:
    """What was sent for one period, oldest revision first."""
    found = ledger.find(Submission, period_kind=period, period_start=start.isoformat())
    return sorted(found, key=lambda one: one.revision)


def submit(
    ledger: Ledger,
    rollup: RollUp,
    *,
    correction_note: str | None = None,
    checked_by: str | None = None,
    sheets: Sequence[Sheet] = (),
    task: Task = QUIET,
) -> Sent:
    """Freeze a roll-up: its numbers with their people, its files, their hashes. The same numbers give the same files.

    The bytes of the files are kept in the ledger, too, so that a backup holds them. Raises UserError MH-REPORT-04 when
    other numbers were sent before and no 更正说明 is given, UsageError MH-REPORT-10 for a table nobody asks for.
    """
    if rollup.period.kind not in (*PERIODS, DISTRICT) or rollup.by != "unit":
        raise UsageError("MH-REPORT-10")
    earlier = submissions(ledger, period=rollup.period.kind, start=rollup.period.start)
    latest = earlier[-1] if earlier else None
    if latest is not None and latest.data_hash == rollup.data_hash:
        return Sent(latest, sent_files(ledger, latest), is_new=False)
    if latest is not None and not (correction_note or "").strip():
        raise UserError("MH-REPORT-04", label=rollup.period.label)
    revision = latest.revision + 1 if latest else 1
    folder = ledger.folder / SENT / f"{rollup.period.kind}-{rollup.period.start.isoformat()}-{revision}"
    files = _write_files(rollup, folder, task, sheets)
    contents = {_relative(ledger, file): file.read_bytes() for file in files}
    kept = {name: base64.b64encode(content).decode() for name, content in contents.items()}
    submission = Submission(
        period_kind=rollup.period.kind,
        period_start=rollup.period.start.isoformat(),
        period_end=rollup.period.end.isoformat(),
        revision=revision,
        rules_id=rollup.rules.id,
        rules_version=rollup.rules.version,
        cut_off=rollup.period.cut_off.isoformat(),
        data_hash=rollup.data_hash,
        audit_head=rollup.audit_head,
        document=_canonical({**to_json(rollup), "members": bridge.pack(rollup.total), "kept": kept}),
        files={name: hashlib.sha256(content).hexdigest() for name, content in contents.items()},
        correction_note=correction_note,
        checked_by=checked_by,
    )
    with ledger.change("report.submit", reason=correction_note) as change:
        submission_id = change.add(submission)
    return Sent(ledger.get(Submission, submission_id), files, is_new=True)


def sent_files(ledger: Ledger, submission: Submission) -> list[Path]:
    """The files of a submission. Raises UserError MH-REPORT-08 when one is missing or no longer as it was sent."""
    found = []
    for name, digest in submission.files.items():
        file = ledger.folder / SENT / name
        if not file.is_file() or hashlib.sha256(file.read_bytes()).hexdigest() != digest:
            raise UserError("MH-REPORT-08", file=Path(name).name)
        found.append(file)
    return sorted(found, key=lambda file: file.suffix, reverse=True)  # the table before the print


def _relative(ledger: Ledger, file: Path) -> str:
    return file.relative_to(ledger.folder / SENT).as_posix()
