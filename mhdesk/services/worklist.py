"""The due list (应随访名单): everybody registered stands in exactly one bucket, heaviest first.

Where a person stands is `mhdesk.rules.schedule.due_state`, the same definition that the reports count by.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from db.queries import register as register_queries
from db.queries import rollup as queries
from mhdesk.domain import identity
from mhdesk.domain.dates import DateRange, add_months
from mhdesk.domain.errors import UsageError
from mhdesk.rules import ruleset
from mhdesk.rules.facts import PatientFacts
from mhdesk.rules.judge import Frame, Judge, register_of
from mhdesk.rules.schedule import SOON_DAYS, DueState, due_state
from mhdesk.text import text

if TYPE_CHECKING:
    from db.ledger import Ledger

DEFAULT_WITHIN_DAYS = SOON_DAYS
_LOOK_BACK_MONTHS = 14  # far enough for the step of the follow-up cycle
_HIGH_RISK = "3"
_UNSTABLE = "1"


@dataclass(frozen=True)
class DueEntry:
    """One person on the list. `label` is the masked name for the command line; the window shows `name`."""

    id: int
    label: str
    name: str
    village: str | None
    state: str
    due_on: date | None  # None: nobody wrote when
    days_overdue: int  # negative: days still left
    visit_class: str | None
    risk_level: str | None
    last_visit_on: date | None
    guardian_phone: str | None
    reason: str


@dataclass(frozen=True)
class DueList:
    """`buckets` counts everybody; `patients` are those due or overdue, heaviest first."""

    buckets: dict[str, int]
    patients: Sequence[DueEntry]


def due(
    ledger: Ledger,
    *,
    today: date,
    village: str | None = None,
    within: int = DEFAULT_WITHIN_DAYS,
    rules: str | None = None,
) -> DueList:
    """Who is due within `within` days or overdue on `today`, by risk, then class, then days overdue.

    Raises UsageError MH-REPORT-03 for a village nobody has entered: an empty list would look like a finished one.
    """
    with ledger.read() as connection:
        chosen = ruleset.load(rules or ledger.get_setting("rules.default"), queries.overrides(connection))
        judge = Judge(chosen, Frame.of(DateRange(today, today + timedelta(days=1)), chosen))
        names = {unit.id: unit.name for unit in queries.units(connection)}
        if village is not None and village not in names.values():
            raise UsageError("MH-REPORT-03", unit=village)
        first = add_months(today, -_LOOK_BACK_MONTHS)
        facts = queries.patient_facts(connection, first=first, start=today, end=today + timedelta(days=1))
        buckets = Counter({str(state): 0 for state in DueState})
        waiting: list[tuple[PatientFacts, DueState, int]] = []
        for person in facts:
            if village is not None and names.get(person.unit_id or 0) != village:
                continue
            state, due_day = _place(person, judge, within)
            if state is None:
                continue
            buckets[state] += 1
            if state in {DueState.DUE, DueState.OVERDUE}:
                waiting.append((person, state, due_day))
        rows = {row.id: row for row in register_queries.contacts(connection, [person.id for person, _, _ in waiting])}
    entries = [_entry(person, state, day, rows[person.id], names, today) for person, state, day in waiting]
    return DueList(dict(buckets), sorted(entries, key=_weight))


def note_identified(ledger: Ledger, shown: DueList) -> None:
    """Write into the audit log that the list was shown outside the window with full names and phones."""
    with ledger.change("due.names_identified") as change:
        change.touch("patient", len(shown.patients))


def _place(person: PatientFacts, judge: Judge, within: int) -> tuple[DueState | None, int]:
    """The bucket of one person and the due day; None for somebody who is not yet registered."""
    story = register_of(person, judge.frame)
    if story is None:
        return None, 0
    due_day = judge.due_day(person, story)
    state = due_state(
        registered=story.closing,
        due_day=due_day,
        today=judge.frame.last_day,
        lost=person.lost,
        inpatient=person.last is not None and person.last.inpatient,
        attempt_day=person.attempt_day,
        retry_days=judge.terms.retry_days,
        soon_days=within,
    )
    return state, due_day


def _entry(
    person: PatientFacts,
    state: DueState,
    due_day: int,
    row: register_queries.ContactRow,
    units: dict[int, str],
    today: date,
) -> DueEntry:
    last = person.last
    days = today.toordinal() - due_day if due_day else 0
    if last is None:
        reason = text("due.never")
    elif not due_day:
        reason = text("due.no_date")
    else:
        reason = text("due.since", day=date.fromordinal(last.day).isoformat())
    return DueEntry(
        id=person.id,
        label=identity.mask_name(row.name),
        name=row.name,
        village=units.get(person.unit_id or 0),
        state=str(state),
        due_on=date.fromordinal(due_day) if due_day else None,
        days_overdue=days,
        visit_class=last.visit_class if last else None,
        risk_level=last.risk if last else None,
        last_visit_on=date.fromordinal(last.day) if last else None,
        guardian_phone=row.guardian_phone,
        reason=reason,
    )


def _weight(entry: DueEntry) -> tuple[bool, bool, int, int]:
    """Sort key: risk 3 and above or unstable first, then overdue before due, then the longest overdue."""
    heavy = (entry.risk_level or "") >= _HIGH_RISK or entry.visit_class == _UNSTABLE
    return (not heavy, entry.state != DueState.OVERDUE, -entry.days_overdue, entry.id)
