"""Everything this user began to type and did not save, of every form: what it is, whose, and the page it goes on at."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from db.queries import joint as queries
from db.queries import rollup
from mhdesk.domain.account import Draft
from mhdesk.services import batch, drafts, follow_ups
from mhdesk.services.joint.kinds import KINDS
from mhdesk.text import text

if TYPE_CHECKING:
    from db.ledger import Ledger


#: Areas of 培训 by the first word of their drafts' forms, and the sheet of the page each belongs to.
_TRAINING = {"training": "year", "staff": "staff", "retraining": "retraining", "target": "targets"}


class Unfinished(NamedTuple):
    """A draft. `page` and `params` open it with everything typed; a medication's dialog is opened there by its verb."""

    subject_id: int  # the person, 0 for none
    words: str
    person: str
    saved_at: datetime | None
    page: str
    params: Mapping[str, Any]


def listed(ledger: Ledger) -> list[Unfinished]:
    """The drafts, the latest first; without those about people whose file was taken back: they come back with it."""
    found = [
        (one, place)
        for one in drafts.waiting(ledger)
        if (place := _place(one) if _is_personal(one) or one.form == batch.FORM else _training(one)) is not None
    ]
    ids = sorted({one.subject_id for one, _ in found if _is_personal(one)} - {0})
    with ledger.read() as connection:
        people = rollup.people(connection, ids) if ids else {}
        gone = queries.voided_people(connection) if ids else set()
    made = []
    for one, (words, page, params) in reversed(found):
        is_of_person = _is_personal(one) and one.subject_id != 0
        if is_of_person and (one.subject_id in gone or one.subject_id not in people):
            continue
        name = people[one.subject_id].name if is_of_person else ""
        made.append(Unfinished(one.subject_id if is_of_person else 0, words, name, one.saved_at, page, params))
    return made


def _place(one: Draft) -> tuple[str, str, dict[str, Any]] | None:
    """What a draft is called and where it goes on; None for a form nobody knows any more."""
    form, _, rest = one.form.partition(":")
    whose = {"patient_id": one.subject_id}
    if form == follow_ups.FORM:
        more = {"follow_up_id": int(rest)} if rest else {}
        return text("today.draft.correction" if rest else "today.draft.follow_up"), "visit", {**whose, **more}
    if form == "patient":
        is_known = one.subject_id != 0
        return text("today.draft.file" if is_known else "today.draft.new_file"), "person", whose if is_known else {}
    if form == batch.FORM:
        return text("today.draft.batch"), "batch", {"sheet_id": one.subject_id} if one.subject_id else {}
    if form == "medication":
        title = rest.partition(":")[0]
        return text(f"medication_form.title.{title}"), "patient", {**whose, "tab": "medication"}
    if form.startswith("joint.") and form[6:] in KINDS:
        return KINDS[form[6:]].title, "joint_record", _joint(form[6:], rest, one.subject_id)
    return None


def _is_personal(one: Draft) -> bool:
    """Whether a draft's subject is a person of the register."""
    return one.form != batch.FORM and one.form.partition(".")[0] not in _TRAINING


def _training(one: Draft) -> tuple[str, str, dict[str, Any]]:
    """A draft of 培训: the session it is about, else the sheet of the page; its form opens there by its verb."""
    form, _, session = one.form.partition(":")
    area = form.partition(".")[0]
    words = text(f"today.draft.{form.replace('.', '_')}" if area == "training" else f"today.draft.{area}")
    session_id = int(session) if session else one.subject_id
    if area == "training" and session_id:
        return words, "session", {"session_id": session_id}
    return words, "training", {"tab": _TRAINING[area]}


def _joint(key: str, rest: str, patient_id: int) -> dict[str, Any]:
    record_id, _, agreement_id = rest.partition(":")
    if record_id:
        return {"kind": key, "record_id": int(record_id)}
    if agreement_id:
        return {"kind": key, "agreement_id": int(agreement_id)}
    return {"kind": key, **({"patient_id": patient_id} if patient_id else {})}
