"""Photographs and scans of joint work: kept encrypted inside the ledger, beside the record they prove.

Every kind of record can hold some. What the form of a joint visit asks (有现场照片, 参加人已签字) is answered by them,
too: a visit is proved when the doctor ticked one of the two, or a file is there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from db.queries import attachments as queries
from db.queries import records as stored
from mhdesk.domain.attachment import Attachment
from mhdesk.domain.changes import Changes
from mhdesk.domain.errors import UserError
from mhdesk.domain.joint import JointVisit
from mhdesk.domain.patient import Patient
from mhdesk.services import attachments
from mhdesk.services.joint.kinds import KINDS

if TYPE_CHECKING:
    from datetime import date

    from db.ledger import Ledger

_YES = "2"


def attach(ledger: Ledger, key: str, record_id: int, path: Path) -> tuple[int, Changes]:
    """Take a file in beside a record. The same file a second time is the same attachment.

    Raises InputRefused MH-ATTACH-01, 02, 03, 05 as `attachments.attach`; UserError MH-LEDGER-24 no such record, 25 it
    or the person's file was taken back.
    """
    _require_live(ledger, key, record_id)
    return attachments.attach(ledger, object_kind=key, object_id=record_id, path=path)


def listed(ledger: Ledger, key: str, record_id: int) -> Sequence[Attachment]:
    """The files of a record, in the order they were taken in."""
    return attachments.listed(ledger, object_kind=key, object_id=record_id)


def save_copy(ledger: Ledger, attachment_id: int, path: Path) -> None:
    """Write a file out, which the audit log notes. Raises as `attachments.save_copy`; as `attach` for its record."""
    one = ledger.get(Attachment, attachment_id)
    if one.voided_at is not None:
        raise UserError("MH-LEDGER-25")
    if one.object_kind in KINDS:
        _require_live(ledger, one.object_kind, one.object_id)
    attachments.save_copy(ledger, attachment_id, path)


def remove(ledger: Ledger, key: str, attachment_id: int, *, reason: str) -> Changes:
    """Take a wrong file out, with a reason; it comes back from the recycle bin.

    Raises UserError MH-LEDGER-24 for a file of another kind of record, MH-LEDGER-25, MH-LEDGER-36.
    """
    if ledger.get(Attachment, attachment_id).object_kind != key:
        raise UserError("MH-LEDGER-24")
    return attachments.void(ledger, attachment_id, reason=reason)


def counts(ledger: Ledger, key: str) -> Counter[int]:
    """How many files each record of a kind has."""
    with ledger.read() as connection:
        return Counter(queries.counts(connection, key))


class Proof(NamedTuple):
    """Joint visits of a year, and those of them nobody signed, photographed or scanned."""

    visits: Sequence[int]
    without: Sequence[int]


def proof(ledger: Ledger, *, today: date) -> Proof:
    """Which joint visits of this year can be proved."""
    from mhdesk.services.joint import records

    with ledger.read() as connection:
        visits = [one for one in records.kept(connection, JointVisit) if one.visited_on.year == today.year]
    files = counts(ledger, "joint_visit")
    without = [one.id or 0 for one in visits if _YES not in (one.is_signed, one.has_photo) and not files[one.id or 0]]
    return Proof([one.id or 0 for one in visits], without)


def _require_live(ledger: Ledger, key: str, record_id: int) -> None:
    with ledger.read() as connection:
        record = stored.get(connection, KINDS[key].record, record_id)
        person = stored.get(connection, Patient, record.patient_id) if KINDS[key].is_personal else None
    if record.voided_at is not None or (person is not None and person.voided_at is not None):
        raise UserError("MH-LEDGER-25")
