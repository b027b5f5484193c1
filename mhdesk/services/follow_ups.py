"""Follow-ups: prepare the page, judge what was typed, record, correct, take back."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from mhdesk.domain.changes import Changes
from mhdesk.domain.drugs import Book, in_force
from mhdesk.domain.errors import RecordRefused, UserError
from mhdesk.domain.follow_up import FollowUp
from mhdesk.domain.patient import Movement, MovementKind
from mhdesk.domain.problems import Problem, Severity
from mhdesk.domain.quality import OwnRule
from mhdesk.rules import checks, classify, ruleset, schedule
from mhdesk.services import discharge, drafts, drug_list, patients, rulesets, sheets
from mhdesk.services.joint import records as joint_records

if TYPE_CHECKING:
    from db.change import Change
    from db.ledger import Ledger

FORM = "follow_up"
RECENT = 3


@dataclasses.dataclass(frozen=True)
class Entry:
    """What the entry page shows beside the form, and what judging needs; plain values, safe on any thread."""

    file: patients.PatientFile
    rules: ruleset.RuleSet
    today: date
    draft: dict[str, str] | None
    own: Sequence[OwnRule] = ()  # the district's own rules
    drugs: Book = dataclasses.field(default_factory=in_force)  # the district's dictionary

    @property
    def recent(self) -> Sequence[FollowUp]:
        """The last visits, newest first."""
        return self.file.follow_ups[:RECENT]


@dataclasses.dataclass(frozen=True)
class Judgement:
    """What the rules say about a follow-up being typed. A suggestion never forces the class."""

    problems: Sequence[Problem]
    suggestion: classify.Suggestion
    due_by_class: dict[str, date]  # what each class would mean for the next visit

    @property
    def blocking(self) -> list[Problem]:
        """The problems that keep it from being saved."""
        return [problem for problem in self.problems if problem.severity == Severity.ERROR]


def prepare(ledger: Ledger, patient_id: int, *, today: date) -> Entry:
    """Everything the entry page of one patient needs, with the draft left by this user, if any."""
    return Entry(
        file=patients.load(ledger, patient_id),
        rules=rulesets.choice(ledger).default,
        today=today,
        draft=drafts.load(ledger, form=FORM, subject_id=patient_id),
        own=ledger.find(OwnRule),
        drugs=drug_list.book(ledger),
    )


def judge(entry: Entry, follow_up: FollowUp) -> Judgement:
    """Problems, suggested class and next dates. Pure: may run on each key press."""
    others = [visit for visit in entry.file.follow_ups if visit.id != follow_up.id]
    problems = checks.check_follow_up(
        follow_up,
        patient=entry.file.patient,
        earlier=others,
        movements=entry.file.movements,
        attempts=entry.file.attempts,
        today=entry.today,
        terms=entry.rules.terms,
        own=entry.own,
        drug_book=entry.drugs,
    )
    return Judgement(
        problems=problems,
        suggestion=classify.suggest(follow_up),
        due_by_class=schedule.due_by_class(follow_up, earlier=others, rules=entry.rules),
    )


def record(ledger: Ledger, follow_up: FollowUp, *, today: date, sheet_row_id: int | None = None) -> tuple[int, Changes]:
    """Store a visit (new, or a correction of a stored one), the exit a death means, and drop the draft.

    A new visit closes the rows of printed sheets it was typed from (`sheet_row_id`, and those printed before it), and
    answers the person's open 出院信息单. One transaction. Raises RecordRefused when a blocking problem remains,
    UserError MH-LEDGER-25 for somebody whose record was taken back.
    """
    entry = prepare(ledger, follow_up.patient_id, today=today)
    require_sound(entry, follow_up)
    with ledger.change("follow_up.record" if follow_up.id is None else "follow_up.correct") as change:
        follow_up_id = write(change, entry, follow_up, sheet_row_id=sheet_row_id)
        change.drop_draft(ledger.login, FORM, follow_up.patient_id)
    return follow_up_id, change.changes


def require_sound(entry: Entry, follow_up: FollowUp) -> None:
    """Raises RecordRefused when a blocking problem remains, UserError MH-LEDGER-25 for a record that was taken back."""
    if entry.file.patient.voided_at is not None:
        raise UserError("MH-LEDGER-25")
    blocking = judge(entry, follow_up).blocking
    if blocking:
        raise RecordRefused("MH-VISIT-01", blocking)


def write(change: Change, entry: Entry, follow_up: FollowUp, *, sheet_row_id: int | None = None) -> int:
    """Store a sheet that was found sound, with all it brings about, inside a running change; its id."""
    if follow_up.id is not None:
        change.replace(follow_up)
        _match_death(change, entry, follow_up)
        return follow_up.id
    follow_up_id = change.add(follow_up)
    stored = dataclasses.replace(follow_up, id=follow_up_id)
    _match_death(change, entry, stored)
    sheets.answer(change, stored, today=entry.today, row_id=sheet_row_id)
    discharge.answer(change, stored)
    joint_records.follow_up_recorded(change, stored)
    return follow_up_id


def _match_death(change: Change, entry: Entry, follow_up: FollowUp) -> None:
    """Keep the one movement that a death reported by a visit means in step with the visit."""
    reported = next((item for item in entry.file.movements if item.follow_up_id == follow_up.id), None)
    if follow_up.death_date is None:
        if reported is not None and reported.id is not None:
            change.void(Movement, reported.id, "follow_up.correct")
        return
    if reported is not None:
        if (reported.happened_on, reported.reason) != (follow_up.death_date, follow_up.death_reason):
            change.replace(
                dataclasses.replace(reported, happened_on=follow_up.death_date, reason=follow_up.death_reason)
            )
        return
    change.add(
        Movement(
            patient_id=follow_up.patient_id,
            kind=MovementKind.DIED,
            happened_on=follow_up.death_date,
            reason=follow_up.death_reason,
            follow_up_id=follow_up.id,
        )
    )


def void(ledger: Ledger, follow_up_id: int, *, reason: str) -> Changes:
    """Take a visit back, with the exit it reported. It stays in the history."""
    exits = ledger.find(Movement, follow_up_id=follow_up_id)
    with ledger.change("follow_up.void", reason=reason) as change:
        change.void(FollowUp, follow_up_id, reason)
        for item in exits:
            if item.id is not None:
                change.void(Movement, item.id, reason)
        sheets.reopen(change, follow_up_id)
        discharge.reopen(change, follow_up_id)
        joint_records.follow_up_voided(change, follow_up_id)
    return change.changes
