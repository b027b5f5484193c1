"""What is wrong with a medication record. E blocks saving, W asks; nothing is ever corrected silently."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from mhdesk.domain.codes import code_list
from mhdesk.domain.drugs import Book
from mhdesk.domain.medication import (
    AdverseReaction,
    Dispensing,
    Injection,
    LaboratoryResult,
    MedicationOrder,
    StockKind,
    StockMovement,
)
from mhdesk.domain.problems import Problem, Severity
from mhdesk.domain.record import Record
from mhdesk.rules.medicines.adherence import Course
from mhdesk.rules.medicines.injections import due_after, window_of
from mhdesk.rules.medicines.orders import Amount, daily, drug_id, drug_of, in_milligrams, is_running
from mhdesk.rules.medicines.supply import Handed, computed_days, course, days_of
from mhdesk.rules.medicines.terms import MedicineTerms

E, W, N = Severity.ERROR, Severity.WARNING, Severity.NOTE
_AMOUNTS = ("morning", "noon", "night", "dose", "times", "quantity", "days", "strength")
_BY_TIME = ("morning", "noon", "night")  # 0 is an answer there
_CODES: dict[type[Record], dict[str, str]] = {
    MedicationOrder: {"stop_reason": "drug_stop_reason", "dose_unit": "dose_unit"},
    Dispensing: {"unit": "dose_unit", "is_free": "yes_no"},
    Injection: {"site": "injection_site", "dose_unit": "dose_unit", "is_free": "yes_no", "reaction": "yes_no"},
    StockMovement: {"kind": "stock_kind", "unit": "dose_unit"},
    AdverseReaction: {"kinds": "adverse_reaction_kind", "severity": "adverse_severity"},
    LaboratoryResult: {"item": "laboratory_item", "abnormal": "yes_no"},
}
_DAY = {
    MedicationOrder: "started_on",
    Dispensing: "dispensed_on",
    Injection: "injected_on",
    StockMovement: "moved_on",
    AdverseReaction: "noticed_on",
    LaboratoryResult: "taken_on",
}
#: The codes of the findings about stored records.
CODES = tuple(f"MED{number:02d}" for number in range(1, 27))
_FAR_DAYS = 366  # one handing out for more than a year is a slip of the pen


def check(
    record: Record, known: Course, book: Book, terms: MedicineTerms, *, today: date, exit_on: date | None = None
) -> list[Problem]:
    """What is wrong with one record beside the person's others. `exit_on`: when the person left the register."""
    found = [*_plain(record, today)]
    if exit_on is not None and getattr(record, _DAY[type(record)]) > exit_on:
        found.append(Problem("MED17", _DAY[type(record)], E, {"day": exit_on.isoformat()}))
    if any(one.severity == E for one in found):
        return found
    match record:
        case MedicationOrder():
            found += [*_order(record, known, book)]
        case Dispensing():
            found += [*_dispensing(record, known, book, terms)]
        case Injection():
            found += [*_injection(record, known, book, terms)]
    if not isinstance(record, LaboratoryResult | AdverseReaction):
        found += [*_name(record, book)]
    return found


def day_of(record: Record) -> date:
    """The day a record is about."""
    day: date = getattr(record, _DAY[type(record)])
    return day


def _plain(record: Record, today: date) -> Iterator[Problem]:
    """What can be seen from the record alone."""
    day_field = _DAY[type(record)]
    if getattr(record, day_field) > today and not isinstance(record, MedicationOrder):
        yield Problem("MED10", day_field, E)
    if not isinstance(record, AdverseReaction | LaboratoryResult) and not str(getattr(record, "drug_name", "")).strip():
        yield Problem("MED01", "drug_name", E)
    yield from _numbers(record)
    yield from _codes(record)
    match record:
        case MedicationOrder():
            yield from _stop(record, today)
        case Injection() if record.next_due_on is not None and record.next_due_on <= record.injected_on:
            yield Problem("MED13", "next_due_on", E)
        case AdverseReaction() if record.ended_on is not None and record.ended_on < record.noticed_on:
            yield Problem("MED18", "ended_on", E)
        case LaboratoryResult() if record.low is not None and record.high is not None and record.low > record.high:
            yield Problem("MED20", "low", E)


def _numbers(record: Record) -> Iterator[Problem]:
    counted = isinstance(record, StockMovement) and record.kind == StockKind.COUNT
    for name in _AMOUNTS:
        value = getattr(record, name, None)
        may_be_zero = name in _BY_TIME or counted
        if value is not None and (value < 0 or (value == 0 and not may_be_zero)):
            yield Problem("MED03", name, E)
    if (interval := getattr(record, "interval_days", None)) is not None and interval <= 0:
        yield Problem("MED04", "interval_days", E)
    if (window := getattr(record, "window_days", None)) is not None and window < 0:
        yield Problem("MED03", "window_days", E)


def _codes(record: Record) -> Iterator[Problem]:
    for name, codes in _CODES.get(type(record), {}).items():
        value = getattr(record, name)
        given = value if isinstance(value, tuple) else (value,)
        if any(one is not None and one not in code_list(codes).codes for one in given):
            yield Problem("MED02", name, E)


def _stop(order: MedicationOrder, today: date) -> Iterator[Problem]:
    if order.stopped_on is not None and order.stopped_on < order.started_on:
        yield Problem("MED05", "stopped_on", E)
    if order.stopped_on is not None and order.stopped_on > today + timedelta(days=_FAR_DAYS):
        yield Problem("MED10", "stopped_on", E)
    if (order.stopped_on is None) != (order.stop_reason is None):
        yield Problem("MED11", "stop_reason", E)
    if order.started_on > today + timedelta(days=_FAR_DAYS):
        yield Problem("MED10", "started_on", E)


def _name(record: Record, book: Book) -> Iterator[Problem]:
    """A name that is not in the dictionary is kept as written and listed for review."""
    name, key = getattr(record, "drug_name", None), getattr(record, "drug_key", None)
    if name and drug_of(book, name, key) is None:
        yield Problem("MED08", "drug_name", N, {"drug": name})


def _order(order: MedicationOrder, known: Course, book: Book) -> Iterator[Problem]:
    name = drug_id(book, order.drug_name, order.drug_key)
    for other in known.orders:
        same = drug_id(book, other.drug_name, other.drug_key) == name
        typed = other.id is not None and other.id not in (order.id, order.replaces_id)
        if same and typed and _overlap(order, other):
            yield Problem("MED06", "started_on", W, {"drug": other.drug_name, "day": other.started_on.isoformat()})
    if daily(order) is None and order.dose is None:
        yield Problem("MED12", "dose", W)
    yield from _range(order, book)


def _overlap(left: MedicationOrder, right: MedicationOrder) -> bool:
    far = date.max
    return left.started_on < (right.stopped_on or far) and right.started_on < (left.stopped_on or far)


def _range(order: MedicationOrder, book: Book) -> Iterator[Problem]:
    """A dose above the usual range asks; it never blocks and never advises."""
    drug = drug_of(book, order.drug_name, order.drug_key)
    if drug is None:
        return
    unit = order.dose_unit or "mg"
    if drug.per == "injection":
        amount = Amount(order.dose, unit) if order.dose is not None and order.interval_days else None
    else:
        amount = daily(order)
        if amount is not None and drug.per == "week":
            amount = Amount(amount.value * 7, amount.unit)
    milligrams = in_milligrams(amount, order.strength) if amount is not None else None
    if milligrams is not None and milligrams > drug.highest + 1e-9:
        params = {"drug": drug.generic, "dose": f"{milligrams:g}", "most": f"{drug.highest:g}"}
        yield Problem("MED09", "dose", W, params)


def _dispensing(given: Dispensing, known: Course, book: Book, terms: MedicineTerms) -> Iterator[Problem]:
    name, day = drug_id(book, given.drug_name, given.drug_key), given.dispensed_on
    own = [one for one in known.orders if drug_id(book, one.drug_name, one.drug_key) == name]
    held = [one for one in own if is_running(one, day)]
    if own and all(one.started_on > day for one in own):
        first = min(one.started_on for one in own)
        yield Problem("MED26", "dispensed_on", W, {"drug": given.drug_name, "day": first.isoformat()})
    if given.quantity is None and given.days is None:
        yield Problem("MED14", "quantity", E)
        return
    if given.quantity is not None and given.unit is None:
        yield Problem("MED15", "unit", E)
        return
    computed = computed_days(given, held)
    if given.days is not None and computed is not None and given.days != computed:
        yield Problem("MED16", "days", W, {"days": given.days, "computed": computed})
    if given.quantity is not None and computed is None and held and any(daily(one) for one in held):
        yield Problem("MED07", "unit", W)
    handed = [
        one
        for one in _handed([one for one in known.dispensings if one.id is None or one.id != given.id], own, book, name)
        if one.day <= day
    ]
    run_out = course(handed).run_out
    left = (run_out - day).days if run_out is not None else 0
    if left >= terms.days("overlap_days"):
        yield Problem("MED19", "dispensed_on", W, {"drug": given.drug_name, "days": left})
    yield from _expired(given.expires_on, day)
    drug = drug_of(book, given.drug_name, given.drug_key)
    if drug is not None and drug.long_acting:
        yield Problem("MED21", "drug_name", W, {"drug": drug.generic})


def _handed(given: Sequence[Dispensing], own: Sequence[MedicationOrder], book: Book, name: str) -> Iterator[Handed]:
    for one in given:
        if drug_id(book, one.drug_name, one.drug_key) == name:
            days = days_of(one, [order for order in own if is_running(order, one.dispensed_on)])
            if days is not None:
                yield Handed(one.dispensed_on, days)


def _injection(given: Injection, known: Course, book: Book, terms: MedicineTerms) -> Iterator[Problem]:
    name = drug_id(book, given.drug_name, given.drug_key)
    own = [one for one in known.orders if drug_id(book, one.drug_name, one.drug_key) == name]
    before = [
        one
        for one in known.injections
        if drug_id(book, one.drug_name, one.drug_key) == name
        and (one.id is None or one.id != given.id)
        and one.injected_on <= given.injected_on
    ]
    if before:
        last = max(before, key=lambda one: one.injected_on)
        due = due_after(last, own, book)
        if due is not None and given.injected_on < due - timedelta(days=window_of(last, terms)):
            yield Problem("MED22", "injected_on", W, {"day": last.injected_on.isoformat(), "due": due.isoformat()})
    if due_after(given, own, book) is None:
        yield Problem("MED23", "interval_days", W)
    drug = drug_of(book, given.drug_name, given.drug_key)
    if drug is not None and not drug.long_acting:
        yield Problem("MED24", "drug_name", W, {"drug": drug.generic})
    dose = Amount(given.dose, given.dose_unit or "mg") if given.dose is not None else None
    milligrams = in_milligrams(dose, None) if dose is not None else None
    if drug is not None and drug.per == "injection" and milligrams is not None and milligrams > drug.highest + 1e-9:
        params = {"drug": drug.generic, "dose": f"{milligrams:g}", "most": f"{drug.highest:g}"}
        yield Problem("MED09", "dose", W, params)
    yield from _expired(given.expires_on, given.injected_on)


def _expired(expires_on: date | None, day: date) -> Iterator[Problem]:
    if expires_on is not None and expires_on < day:
        yield Problem("MED25", "expires_on", W)
