"""The due list (应随访名单): everybody registered stands in exactly one bucket, heaviest first.

Where a person stands is `mhdesk.rules.judge.Judge.due_state`, the same definition that the reports count by.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from db.queries import rollup as queries
from db.queries import rounds
from mhdesk.domain import identity
from mhdesk.domain.changes import Changes
from mhdesk.domain.dates import DateRange, add_months
from mhdesk.domain.errors import UsageError
from mhdesk.domain.task import collector_at_rest
from mhdesk.rules import joint_terms, reminders, ruleset
from mhdesk.rules.facts import PatientFacts, StopFact
from mhdesk.rules.judge import Frame, Judge, Register, register_of
from mhdesk.rules.medicines import terms as numbers
from mhdesk.rules.reminders import Reminder
from mhdesk.rules.schedule import SOON_DAYS, DueState
from mhdesk.services.medication import waiting
from mhdesk.text import text

if TYPE_CHECKING:
    from db.ledger import Ledger
    from db.queries import Connection

DEFAULT_WITHIN_DAYS = SOON_DAYS
WAITING = (DueState.DUE.value, DueState.OVERDUE.value)
WINDOWS = ("today", "week", "month", "quarter")
ORDERS = ("weight", "days", "village", "name")
_VIEW_SETTING = "worklist.view."
_LOOK_BACK_MONTHS = 14  # far enough for the step of the follow-up cycle
_HIGH_RISK = "3"
_UNSTABLE = "1"
_NO_CLASS = "none"
_MONTH_DAYS = 30
_QUARTER_MONTHS = 3


class DueEntry(NamedTuple):
    """One person on the list. `label` is the masked name for the command line; the window shows `name`."""

    id: int
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
    doctor: str | None = None
    guardian_name: str | None = None
    phone: str | None = None
    reminders: tuple[Reminder, ...] = ()
    sheet: str | None = None  # "3-12": on a printed sheet that is not back
    village_order: int = 0
    is_put_off: bool = False  # 暂缓 by the doctor, not for another reason
    needs_medicine: bool = False  # an injection is due, or medicine runs out

    @property
    def label(self) -> str:
        """The masked name."""
        return identity.mask_name(self.name)

    @property
    def is_heavy(self) -> bool:
        """Risk 3 and above, or unstable: comes first."""
        return (self.risk_level or "") >= _HIGH_RISK or self.visit_class == _UNSTABLE


@dataclass(frozen=True)
class DueList:
    """`buckets` counts everybody the filters keep; `patients` are those of the buckets asked for, in order."""

    buckets: dict[str, int]
    patients: Sequence[DueEntry]


@dataclass(frozen=True)
class DueQuery:
    """What the due list shows. The default: who is due within a week or overdue, everywhere."""

    village: str | None = None
    doctor: str | None = None  # 责任医生
    window: str = "week"  # one of WINDOWS: how far ahead "due" reaches
    visit_class: str | None = None  # a code, or "none" for nobody's class yet
    risk: str | None = None  # the least level
    buckets: tuple[str, ...] = WAITING
    order: str = "weight"  # one of ORDERS
    reminder: str | None = None  # only people with this reminder

    def within(self, today: date) -> int:
        """Days ahead of `today`; a quarter ends with its last day."""
        match self.window:
            case "today":
                return 0
            case "month":
                return _MONTH_DAYS
            case "quarter":
                first = today.replace(month=(today.month - 1) // _QUARTER_MONTHS * _QUARTER_MONTHS + 1, day=1)
                return (add_months(first, _QUARTER_MONTHS) - today).days - 1
        return DEFAULT_WITHIN_DAYS


def due(
    ledger: Ledger,
    *,
    today: date,
    village: str | None = None,
    within: int | None = None,
    rules: str | None = None,
    query: DueQuery | None = None,
    medicine: Mapping[int, Sequence[Reminder]] | None = None,
    ids: Sequence[int] | None = None,
) -> DueList:
    """Who is due or overdue on `today`, by risk and class, then medicine and injections, then days overdue.

    "Due" reaches `within` days ahead, without it as far as the query's window (a week). `query` says more: further
    filters, other buckets, another order. `medicine`: `waiting.pressing` of everybody, where it was read already.
    `ids`: only these people are looked at, and counted.
    Raises UsageError MH-REPORT-03 for a village, MH-ROUNDS-01 for a doctor nobody has entered: an empty list would look
    like a finished one.
    """
    wanted = query or DueQuery(village=village)
    soon = wanted.within(today) if within is None else within
    with ledger.read() as connection, collector_at_rest():
        reader = _Reader(connection, ledger, wanted, today, rules, soon)
        return reader.read(medicine, ids)


def doctors(ledger: Ledger) -> list[str]:
    """Everybody who is 责任医生 of somebody, for the filter."""
    with ledger.read() as connection:
        return rounds.doctors(connection)


def villages(ledger: Ledger) -> list[str]:
    """Names of the units people stand in, in their order, for the filter."""
    with ledger.read() as connection:
        return [unit.name for unit in queries.units(connection) if unit.level == queries.root_level(ledger.level)]


def saved_query(ledger: Ledger) -> DueQuery:
    """The filters and order this user keeps for the due list; the default where none are kept."""
    stored: Mapping[str, Any] = ledger.get_setting(_VIEW_SETTING + ledger.login, {})
    known = {field.name for field in dataclasses.fields(DueQuery)}
    values: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in stored.items() if key in known
    }
    return DueQuery(**values)


def save_query(ledger: Ledger, query: DueQuery) -> Changes:
    """Keep filters and order for this user."""
    with ledger.change("due.keep_view") as change:
        change.set_setting(_VIEW_SETTING + ledger.login, dataclasses.asdict(query))
    return change.changes


def note_identified(ledger: Ledger, shown: DueList) -> None:
    """Write into the audit log that the list was shown outside the window with full names and phones."""
    with ledger.change("due.names_identified") as change:
        change.touch("patient", len(shown.patients))


class _Found(NamedTuple):
    """One person the filters keep."""

    facts: PatientFacts
    register: Register
    state: DueState
    due_day: int


class _Reader:
    """Reads the list in one snapshot."""

    def __init__(
        self, connection: Connection, ledger: Ledger, query: DueQuery, today: date, rules: str | None, soon: int
    ) -> None:
        self.connection, self.query, self.today, self.soon = connection, query, today, soon
        overrides = queries.overrides(connection)
        chosen = ruleset.load(rules or ledger.get_setting("rules.default"), overrides)
        self.sides = joint_terms.load(overrides).sides
        self._words: dict[int, str] = {}
        self.judge = Judge(chosen, Frame.of(DateRange(today, today + timedelta(days=1)), chosen))
        self.numbers = numbers.load(queries.overrides(connection))
        self.units = {unit.id: unit.name for unit in queries.units(connection)}
        self.places = {unit_id: place for place, unit_id in enumerate(self.units)}
        if query.village is not None and query.village not in self.units.values():
            raise UsageError("MH-REPORT-03", unit=query.village)
        self.medicine: Mapping[int, Sequence[Reminder]] = {}
        if query.reminder in reminders.MEDICINE:
            self.medicine = waiting.pressing(connection, today=today)
        self.doctors = rounds.doctors_of(connection) if query.doctor is not None else {}
        if query.doctor is not None and query.doctor not in self.doctors.values():
            raise UsageError("MH-ROUNDS-01", doctor=query.doctor)

    def read(self, medicine: Mapping[int, Sequence[Reminder]] | None, ids: Sequence[int] | None) -> DueList:
        buckets = Counter({str(state): 0 for state in DueState})
        kept: list[_Found] = []
        place, wanted = self._place, frozenset(self.query.buckets)
        months = max(_LOOK_BACK_MONTHS, self.judge.terms.face_months)
        first, end = add_months(self.today, -months), self.today + timedelta(days=1)
        for person in queries.patient_facts(self.connection, first=first, start=self.today, end=end, ids=ids):
            found = place(person)
            if found is not None:
                buckets[found.state] += 1
                if found.state in wanted:
                    kept.append(found)
        if medicine is not None:
            self.medicine = medicine
        elif not self.medicine:
            self.medicine = waiting.pressing(self.connection, today=self.today, ids=[one.facts.id for one in kept])
        entries = sorted(self._entries(kept), key=_ORDER[self.query.order])
        return DueList(dict(buckets), entries)

    def _place(self, person: PatientFacts) -> _Found | None:
        """Where somebody stands; None for who is not registered yet or whom the filters leave out."""
        register = register_of(person, self.judge.frame) if self._is_wanted(person) else None
        if register is None:
            return None
        due_day = self.judge.due_day(person, register)
        state = self.judge.due_state(person, register, due_day, soon_days=self.soon)
        found, wanted = _Found(person, register, state, due_day), self.query.reminder
        return found if wanted is None or wanted in {one.key for one in self._reminders(found)} else None

    def _is_wanted(self, person: PatientFacts) -> bool:
        """Whether village, doctor, class and risk are those asked for."""
        query, last = self.query, person.last
        visit_class = (last.visit_class if last else None) or _NO_CLASS
        risk = (last.risk if last else None) or ""
        return (
            (query.village is None or self.units.get(person.unit_id or 0) == query.village)
            and (query.doctor is None or self.doctors.get(person.id) == query.doctor)
            and (query.visit_class is None or visit_class == query.visit_class)
            and (query.risk is None or risk >= query.risk)
        )

    def _reminders(self, found: _Found) -> list[Reminder]:
        told = reminders.of(
            found.facts,
            found.state,
            arrived_day=found.register.arrived_day,
            today=self.today,
            terms=self.judge.terms,
            sides=self.sides,
        )
        return [*told, *self.medicine.get(found.facts.id, ())]

    def _entries(self, kept: Sequence[_Found]) -> list[DueEntry]:
        ids = [one.facts.id for one in kept]
        rows = rounds.due_rows(self.connection, ids)
        reasons = rounds.snooze_reasons(self.connection, ids)
        out = {one.patient_id: f"{one.sheet_number}-{one.row}" for one in rounds.open_rows(self.connection)}
        return [
            self._entry(one, rows[one.facts.id], reasons.get(one.facts.id, ""), out.get(one.facts.id)) for one in kept
        ]

    def _entry(self, found: _Found, row: rounds.DueRow, snooze_reason: str, sheet: str | None) -> DueEntry:
        person, due_day, last = found.facts, found.due_day, found.facts.last
        return DueEntry(
            id=person.id,
            name=row.name,
            village=self.units.get(person.unit_id or 0),
            state=str(found.state),
            due_on=date.fromordinal(due_day) if due_day else None,
            days_overdue=self.today.toordinal() - due_day if due_day else 0,
            visit_class=last.visit_class if last else None,
            risk_level=last.risk if last else None,
            last_visit_on=date.fromordinal(last.day) if last else None,
            guardian_phone=row.guardian_phone,
            reason=self._reason(found, snooze_reason),
            doctor=row.doctor_name,
            guardian_name=row.guardian_name,
            phone=row.phone,
            reminders=tuple(self._reminders(found)),
            sheet=sheet,
            is_put_off=person.until_day > self.today.toordinal(),
            village_order=self.places.get(person.unit_id or 0, len(self.places)),
            needs_medicine=person.id in self.medicine,
        )

    def _reason(self, found: _Found, snooze_reason: str) -> str:
        """Why somebody stands where he stands, in words."""
        person = found.facts
        if found.state is DueState.ENDED:
            return text("rounds.reason.died" if found.register.died else "rounds.reason.moved_out")
        if found.state is DueState.SNOOZED:
            return self._snoozed(person, snooze_reason)
        if person.open_discharge_day:
            return text("rounds.reason.discharged", day=date.fromordinal(person.open_discharge_day).isoformat())
        stop = person.open_stop
        if stop is not None and found.due_day == stop.visit_by:
            return self._stopped(stop)
        if person.last is not None and found.due_day:
            return self._since(person.last.day)
        return text("due.never" if person.last is None else "due.no_date")

    def _stopped(self, stop: StopFact) -> str:
        """Why stopping asks for a visit, with the source of the rule."""
        return text(
            "rounds.reason.stopped",
            day=date.fromordinal(stop.day).isoformat(),
            reason=text(f"medication.stop_reason.{stop.reason}"),
            source=self.numbers.visit_after_stop[stop.reason].source,
        )

    def _since(self, day: int) -> str:
        """Thousands of people share a few hundred days."""
        words = self._words.get(day)
        if words is None:
            words = self._words[day] = text("due.since", day=date.fromordinal(day).isoformat())
        return words

    def _snoozed(self, person: PatientFacts, snooze_reason: str) -> str:
        if person.is_sought:
            return text("rounds.reason.lost")
        if person.until_day > self.today.toordinal():
            day = date.fromordinal(person.until_day).isoformat()
            return text("rounds.reason.put_off", day=day, reason=snooze_reason)
        if person.in_hospital:
            return text("rounds.reason.inpatient")
        again = date.fromordinal(person.attempt_day + self.judge.terms.retry_days)
        tried = date.fromordinal(person.attempt_day)
        return text("rounds.reason.tried", day=tried.isoformat(), again=again.isoformat())


def _weight(entry: DueEntry) -> tuple[Any, ...]:
    """Risk 3 and above or unstable first, then medicine, then overdue before due, then the longest overdue."""
    return (
        not entry.is_heavy,
        not entry.needs_medicine,
        entry.state != DueState.OVERDUE,
        -entry.days_overdue,
        entry.id,
    )


def _days(entry: DueEntry) -> tuple[Any, ...]:
    return (-entry.days_overdue, entry.id)


def _village(entry: DueEntry) -> tuple[Any, ...]:
    return (entry.village_order, *_weight(entry))


def _name(entry: DueEntry) -> tuple[Any, ...]:
    return (entry.name, entry.id)


_ORDER: dict[str, Callable[[DueEntry], tuple[Any, ...]]] = {
    "weight": _weight,
    "days": _days,
    "village": _village,
    "name": _name,
}
