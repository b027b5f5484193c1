"""What a package holds: totals, balance and one row a person, with no more about them than its level allows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from db.queries import records
from db.queries import rollup as queries
from mhdesk import pinyin
from mhdesk.domain import identity
from mhdesk.domain.account import Submission
from mhdesk.domain.patient import Movement, MovementKind, Patient
from mhdesk.rules import bridge
from mhdesk.rules import rollup as rules_rollup
from mhdesk.rules.facts import PatientFacts
from mhdesk.rules.judge import Frame, Register, register_of
from mhdesk.rules.rollup import Period
from mhdesk.services import rollups, sending

if TYPE_CHECKING:
    from db.ledger import Ledger
    from mhdesk.services.district.keys import Joined

Row = dict[str, Any]
#: Who left stays in the rows so long, so that a death or a move is seen beside what the neighbour reports.
GONE_DAYS = 400
_BALANCE = ("opening", "new", "moved_in", "died", "moved_out", "closing")


@dataclass(frozen=True)
class Source:
    """The numbers a package is made from: a frozen report, or the ledger as it stands."""

    document: Mapping[str, Any]  # as ``report --json``, with members
    period: Period
    rules_id: str
    rules_version: str
    data_hash: str
    is_frozen: bool


def source(ledger: Ledger, *, on: date, today: date) -> Source:
    """The submitted report of the week that holds `on`, else its numbers as they stand now.

    Raises UsageError MH-REPORT-01 for a week that has not begun.
    """
    first_weekday = sending.terms(ledger).first_weekday
    period = rules_rollup.period_of("weekly", on, today=today, first_weekday=first_weekday)
    sent = rollups.submissions(ledger, period=period.kind, start=period.start)
    if sent:
        return _frozen(sent[-1], period)
    rollup = rollups.build_for(ledger, period)
    document = {**rollups.to_json(rollup), "members": bridge.pack(rollup.total)}
    return Source(document, period, rollup.rules.id, rollup.rules.version, rollup.data_hash, is_frozen=False)


def _frozen(submission: Submission, period: Period) -> Source:
    import json

    from mhdesk.services.submissions import period_of

    document = json.loads(submission.document)
    cut = period_of(submission)
    frozen = Period(period.kind, period.label, cut.start, cut.end, cut.cut_off)
    return Source(document, frozen, submission.rules_id, submission.rules_version, submission.data_hash, is_frozen=True)


def totals(made: Source) -> list[Row]:
    """D0: every number of the report's total, and its balance."""
    sides = bridge.unpack(made.document["members"])
    values: dict[str, Any] = {}
    for key, said in made.document["total"].items():
        figure = bridge.Figure.from_json(said)
        among, counted = sides.denominator.get(key, frozenset()), sides.numerator.get(key, frozenset())
        gap = len(among - counted) if among else None
        values[key] = {"numerator": figure.numerator, "denominator": figure.denominator, "gap": gap}
    balance = {part: made.document["balance"][part] for part in _BALANCE}
    return [
        {"kind": "values", "indicators": list(made.document["members"]["indicators"]), "values": values},
        {"kind": "balance", **balance},
    ]


def persons(ledger: Ledger, made: Source, joined: Joined) -> list[Row]:
    """D1: one row for everybody who is counted, or left within `GONE_DAYS`; in an order that says nothing.

    No name, number, phone, address, free text, village or exact birth date.
    """
    places = {member: at for at, ids in made.document["members"]["groups"] for member in ids}
    with ledger.read() as connection:
        rules = rollups.load_rules(connection, made.rules_id)
        days = made.period.range
        frame = Frame.of(days, rules)
        first = rules_rollup.first_day(made.period, rules)
        found: list[tuple[PatientFacts, Register]] = []
        for facts in queries.patient_facts(connection, first=first, start=days.start, end=days.end):
            register = register_of(facts, frame)
            if register is None:
                continue
            if register.closing or facts.id in places or register.left_day >= frame.end - GONE_DAYS:
                found.append((facts, register))
        people = {one.id: one for one in records.load_many(connection, Patient, [facts.id for facts, _ in found])}
        moves = {
            (one.patient_id, one.happened_on): one.other_unit
            for one in records.find(connection, Movement, kind=MovementKind.MOVED_OUT)
        }
    codes = {unit["name"]: unit["code"] for unit in joined.setup["units"]}
    rows = []
    for facts, register in found:
        person = people[facts.id]
        left = date.fromordinal(register.left_day) if register.left_day else None
        last = facts.last
        strong, weak = tokens(person, joined.matching)
        other = moves.get((facts.id, left)) if left else None
        rows.append(
            {
                "kind": "person",
                "tokens": strong,
                "weak": weak,
                "birth_year": person.birth_date.year if person.birth_date else None,
                "sex": person.sex,
                "diagnosis": facts.diagnosis,
                "risk": last.risk if last else None,
                "class": last.visit_class if last else None,
                "adherence": last.adherence if last else None,
                "state": state_of(register),
                "since": left.isoformat() if left else None,
                "to": codes.get((other or "").strip()),
                "last_visit": date.fromordinal(last.day).isoformat() if last else None,
                "form": last.form if last else None,
                "places": sorted(places.get(facts.id, ())),
            }
        )
    return sorted(rows, key=lambda row: (sorted(row["tokens"].items()), sorted(row["weak"].items()), str(row)))


def named(ledger: Ledger, patient_ids: Sequence[int], joined: Joined, *, today: date) -> list[Row]:
    """D2: the people concerned, by name. Raises UserError MH-LEDGER-24 for somebody who is not there."""
    rows = []
    for patient_id in dict.fromkeys(patient_ids):
        person = ledger.get(Patient, patient_id)
        with ledger.read() as connection:
            end = today + timedelta(days=1)
            facts = next(
                queries.patient_facts(connection, first=today, start=today, end=end, ids=[patient_id]),
                PatientFacts(patient_id, None),
            )
        frame = Frame(*(today.toordinal(), end.toordinal(), *(today.toordinal(),) * 4))
        register = register_of(facts, frame) or Register()
        strong, weak = tokens(person, joined.matching)
        rows.append(
            {
                "kind": "named",
                "tokens": strong,
                "weak": weak,
                "name": _line(person.name, 60) or "—",
                "id_number": _line(person.id_number, 30),
                "birth_date": person.birth_date.iso() if person.birth_date else None,
                "sex": person.sex,
                "phone": _line(person.phone, 40),
                "address": _line(person.current_address, 200),
                "guardian_name": _line(person.guardian_name, 60),
                "guardian_phone": _line(person.guardian_phone, 40),
                "diagnosis": person.diagnosis,
                "risk": facts.last.risk if facts.last else None,
                "last_visit": date.fromordinal(facts.last.day).isoformat() if facts.last else None,
                "state": state_of(register),
            }
        )
    return rows


def state_of(register: Register) -> str:
    """How somebody stands on the register at its end."""
    if register.closing:
        return "active"
    return "died" if register.died else "moved_out"


def tokens(person: Patient, matching: Mapping[str, bytes]) -> tuple[dict[str, str], dict[str, str]]:
    """By matching key: the token of a sound ID number, and the weak one of name, birth date and sex."""
    from mhdesk.exchange import keys

    number = identity.normalize(person.id_number or "")
    if len(number) == 15 and number.isdigit():  # noqa: PLR2004 - the old numbers
        number = identity.upgrade(number)
    strong = {kid: keys.token(key, "id", number) for kid, key in matching.items()} if identity.is_valid(number) else {}
    born = person.birth_date.exact if person.birth_date else None
    if born is None or not person.name or not person.sex:
        return strong, {}
    sounds = "".join((pinyin.readings(char) or (char,))[0] for char in person.name if char.isalnum())
    words = f"{sounds}|{born.isoformat()}|{person.sex}"
    return strong, {kid: keys.token(key, "weak", words) for kid, key in matching.items()}


def _line(words: str | None, most: int) -> str | None:
    """One line without what cannot be printed."""
    found = "".join(char if char.isprintable() else " " for char in words or "").strip()
    return found[:most] or None
