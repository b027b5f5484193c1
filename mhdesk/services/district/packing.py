"""The township's part: make the sealed weekly package, keep it until the receipt, take the receipt."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from db import audit, migrate
from mhdesk import __version__
from mhdesk.domain import identity
from mhdesk.domain.account import User
from mhdesk.domain.changes import Changes
from mhdesk.domain.dates import ReportWeek
from mhdesk.domain.errors import UserError
from mhdesk.domain.exchange import Level, SealedPackage
from mhdesk.domain.patient import Patient
from mhdesk.services.district import rows as row_makers
from mhdesk.services.district.keys import Joined, need_joined, read_small

if TYPE_CHECKING:
    from db.ledger import Ledger

WEEKLY, NAMED = "weekly", "named"
ACCEPTED, REFUSED = "accepted", "refused"
#: Why a week is sent again, and why people are named. Codes: free text could hold a name.
AGAIN = ("late_entry", "correction", "rules")
NAMING = ("transfer", "lost_contact", "conflict", "asked")
_CODE = re.compile(r"[^0-9A-Za-z_.:-]")


@dataclass(frozen=True)
class Packed:
    """A package and its file. `is_new`: made just now; otherwise the same bytes as before were written again."""

    package: SealedPackage
    file: Path
    is_new: bool
    label: str

    @property
    def counts(self) -> dict[str, int]:
        """Rows by kind."""
        return {kind: int(count) for kind, count in self.package.counts.items()}


class NamedLine(NamedTuple):
    """What a package with names would say of somebody, shown before it is written."""

    patient_id: int
    name: str
    id_number: str
    phone: str
    address: str


class ReceiptView(NamedTuple):
    """A receipt that was taken. `conflicts`: kind, the townships concerned, and who it is here (None: nobody known)."""

    package: SealedPackage
    is_accepted: bool
    notes: Sequence[Mapping[str, Any]]
    conflicts: Sequence[tuple[str, Sequence[str], int | None]]


def package(
    ledger: Ledger,
    *,
    on: date,
    level: str = Level.PSEUDONYMOUS,
    reason: str | None = None,
    folder: Path,
    today: date,
) -> Packed:
    """The sealed package of the week that holds `on`, as a file in `folder`; D0 and D1.

    The same numbers again give the same file. Raises UserError: MH-KEYS-03, 05, MH-PACK-30 the district has revoked
    this key, 31 a week sent before needs its reason, 32 it was accepted as it is, 33 another level; UsageError
    MH-REPORT-01, OutputFailed.
    """
    joined = _usable(ledger)
    if level not in (Level.TOTALS, Level.PSEUDONYMOUS):
        raise UserError("MH-PACK-33")
    made = row_makers.source(ledger, on=on, today=today)
    before = _of_week(ledger, made.period.start)
    latest = before[-1] if before else None
    if latest is not None and reason is None:
        same = (latest.data_hash, latest.level) == (made.data_hash, level)
        if same and latest.answer is None and latest.content is not None:
            return _write(ledger, latest, folder, made.period.label, is_new=False)
        if same and latest.answer == ACCEPTED:
            raise UserError("MH-PACK-32", label=made.period.label)
        raise UserError("MH-PACK-31", label=made.period.label)
    if reason is not None and reason not in AGAIN:
        raise UserError("MH-PACK-31", label=made.period.label)
    rows = row_makers.totals(made)
    if level == Level.PSEUDONYMOUS:
        rows += row_makers.persons(ledger, made, joined)
    facts = {
        "kind": WEEKLY,
        "level": str(level),
        "revision": (latest.revision if latest else 0) + 1,
        "reason": reason if latest else None,
        "start": made.period.start.isoformat(),
        "end": made.period.end.isoformat(),
        "cut_off": made.period.cut_off.isoformat(),
        "rules": {"id": made.rules_id, "version": _CODE.sub("_", made.rules_version)[:24] or "1"},
        "is_frozen": made.is_frozen,
        "data_hash": made.data_hash,
    }
    sealed = _seal(ledger, joined, facts, rows)
    return _write(ledger, sealed, folder, made.period.label, is_new=True)


def named_lines(ledger: Ledger, patient_ids: Sequence[int]) -> list[NamedLine]:
    """What a D2 package would say, for the eyes of who is about to write it."""
    people = [ledger.get(Patient, one) for one in dict.fromkeys(patient_ids)]
    return [
        NamedLine(one.id or 0, one.name, one.id_number or "", one.phone or "", one.current_address or "")
        for one in people
    ]


def package_named(
    ledger: Ledger,
    *,
    patient_ids: Sequence[int],
    reason: str,
    second: str,
    second_password: str,
    folder: Path,
    today: date,
) -> Packed:
    """D2: the people concerned by name, with a reason and a second person's password; written to the audit log.

    Raises UserError: MH-PACK-34 nobody named, 35 no reason, 36 the second person is who is logged in or unknown,
    LedgerError MH-LEDGER-01 their password is wrong; and what `package` raises.
    """
    joined = _usable(ledger)
    if not patient_ids:
        raise UserError("MH-PACK-34")
    if reason not in NAMING:
        raise UserError("MH-PACK-35")
    _second_signature(ledger, second, second_password)
    rows = row_makers.named(ledger, patient_ids, joined, today=today)
    made = row_makers.source(ledger, on=today, today=today)
    facts = {
        "kind": NAMED,
        "level": str(Level.NAMED),
        "revision": 1,
        "reason": reason,
        "start": made.period.start.isoformat(),
        "end": made.period.end.isoformat(),
        "cut_off": made.period.cut_off.isoformat(),
        "rules": {"id": made.rules_id, "version": _CODE.sub("_", made.rules_version)[:24] or "1"},
        "is_frozen": made.is_frozen,
        "data_hash": None,
    }
    sealed = _seal(ledger, joined, facts, rows, note=f"{reason}; second: {second}")
    return _write(ledger, sealed, folder, made.period.label, is_new=True)


def _usable(ledger: Ledger) -> Joined:
    joined = need_joined(ledger)
    if joined.is_revoked:
        raise UserError("MH-PACK-30")
    return joined


def _second_signature(ledger: Ledger, login: str, password: str) -> None:
    from db import keys

    known = {one.login for one in ledger.find(User) if one.disabled_at is None}
    if login == ledger.login or login not in known:
        raise UserError("MH-PACK-36")
    keys.unlock_documents([ledger.ring.document], login, password)


def _of_week(ledger: Ledger, start: date) -> list[SealedPackage]:
    found = ledger.find(SealedPackage, kind=WEEKLY, period_start=start.isoformat())
    return sorted(found, key=lambda one: (one.epoch, one.seq))


def packages(ledger: Ledger) -> list[SealedPackage]:
    """Every package made here, newest first."""
    return sorted(ledger.find(SealedPackage), key=lambda one: (one.epoch, one.seq), reverse=True)


def _seal(
    ledger: Ledger, joined: Joined, facts: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], note: str | None = None
) -> SealedPackage:
    """Seal and keep it, with the next number of the chain."""
    from mhdesk.exchange import body as bodies
    from mhdesk.exchange import envelope, keys, manifest

    packed = bodies.pack(rows)
    epoch = int(ledger.get_setting("epoch", 1))
    last = next(iter(packages(ledger)), None)
    follows = last is not None and last.epoch == epoch
    seq = (last.seq if last else 0) + 1
    counts = bodies.counts(rows)
    with ledger.change("package.named" if facts["kind"] == NAMED else "package.make", reason=note) as change:
        head = audit.head(change.connection)
        previous_seq = last.audit_seq if last and follows else 0
        document = {
            **facts,
            "format": manifest.FORMAT,
            "min_reader": 1,
            "package_id": str(uuid.uuid4()),
            "district": keys.kid(joined.signing),
            "org_code": joined.org_code,
            "station": keys.signing_pair(joined.station).kid,
            "epoch": epoch,
            "seq": seq,
            "created": ledger.now().astimezone(UTC).isoformat(timespec="seconds"),
            "clock_suspect": ledger.clock_suspect,
            "schema": max(migrate.load_steps()),
            "counts": counts,
            "previous": last.file_hash if last and follows else None,
            "audit": {
                "seq": head.seq,
                "head": head.hash,
                "previous_seq": previous_seq,
                "previous_head": audit.hash_at(change.connection, previous_seq) or audit.GENESIS,
            },
            "backup": _backed_up_on(ledger),
            "program": _CODE.sub("_", __version__)[:24],
            "body": hashlib.sha256(packed).hexdigest(),
        }
        content = envelope.seal(manifest.write(document), packed, signer=joined.station, recipients=joined.recipients)
        week = ReportWeek(date.fromisoformat(facts["start"])).iso.replace("-", "")
        record = SealedPackage(
            package_id=document["package_id"],
            kind=facts["kind"],
            period_start=facts["start"],
            period_end=facts["end"],
            level=facts["level"],
            epoch=epoch,
            seq=seq,
            revision=facts["revision"],
            file_name=f"MHX_{_CODE.sub('_', joined.org_code)}_{week}_{seq}.mhx",
            file_hash=hashlib.sha256(content).hexdigest(),
            data_hash=facts["data_hash"],
            audit_seq=head.seq,
            audit_head=head.hash,
            counts={kind: str(count) for kind, count in sorted(counts.items())},
            content=base64.b64encode(content).decode(),
        )
        record_id = change.add(record)
    return ledger.get(SealedPackage, record_id)


def _backed_up_on(ledger: Ledger) -> str | None:
    from mhdesk.services import backup

    at = backup.newest(ledger).stick
    return at.astimezone().date().isoformat() if at else None


def _write(ledger: Ledger, sealed: SealedPackage, folder: Path, label: str, *, is_new: bool) -> Packed:
    """The file on the stick: beside its name, flushed, reopened and compared, renamed."""
    from mhdesk.files import sink

    with sink.system_errors():
        folder.mkdir(exist_ok=True)  # not its parents: a stick pulled out would become a folder on the PC's own disk
    file = folder / sealed.file_name
    sink.write_bytes(file, base64.b64decode(sealed.content or ""))
    with ledger.change("package.write") as change:
        change.touch("sealed_package")
    return Packed(sealed, file, is_new, label)


def check_stick(ledger: Ledger, package_id: int, folder: Path) -> bool:
    """Whether the file, read again after the stick was put back, is still what was written (验证U盘)."""
    sealed = ledger.get(SealedPackage, package_id)
    try:
        return hashlib.sha256((folder / sealed.file_name).read_bytes()).hexdigest() == sealed.file_hash
    except OSError:
        return False


# ---------------------------------------------------------------- the receipt


def take_receipt(ledger: Ledger, file: Path) -> tuple[ReceiptView, Changes]:
    """The district's signed receipt; an accepted package need not be kept any longer.

    Raises UserError: MH-KEYS-05, MH-PACK-37 not signed by our district or about no package of ours, InputRefused.
    """
    from mhdesk.exchange import papers

    joined = need_joined(ledger)
    data = read_small(file)
    paper = papers.read(papers.RECEIPT, data)
    said = paper.body
    found = ledger.find(SealedPackage, package_id=said["package_id"])
    if not paper.is_signed_by(joined.signing) or not found or found[0].file_hash != said["file_hash"]:
        raise UserError("MH-PACK-37")
    before = found[0]
    answer = ACCEPTED if said["is_accepted"] else REFUSED
    after = dataclasses.replace(
        before,
        receipt=data.decode(),
        answer=answer,
        receipt_on=ledger.now().astimezone().date(),
        content=None if said["is_accepted"] else before.content,
    )
    if before.answer == ACCEPTED:  # a receipt of a refused copy cannot take an accepted one back
        after = before
    with ledger.change("package.receipt") as change:
        change.replace(after)
    stored = ledger.get(SealedPackage, before.id or 0)
    return ReceiptView(stored, said["is_accepted"], said["notes"], _conflicts(ledger, joined, said)), change.changes


def receipt_view(ledger: Ledger, package_id: int) -> ReceiptView | None:
    """The receipt of a package, None where none came yet."""
    sealed = ledger.get(SealedPackage, package_id)
    if sealed.receipt is None:
        return None
    said = json.loads(sealed.receipt)["body"]
    conflicts = _conflicts(ledger, need_joined(ledger), said)
    return ReceiptView(sealed, said["is_accepted"], said["notes"], conflicts)


def _conflicts(ledger: Ledger, joined: Joined, said: Mapping[str, Any]) -> list[tuple[str, Sequence[str], int | None]]:
    """Tokens back to people: only this ledger can."""
    if not said["conflicts"]:
        return []
    names = {unit["code"]: unit["name"] for unit in joined.setup["units"]}
    mine: dict[str, int] = {}
    for person in ledger.find(Patient):
        for held in row_makers.tokens(person, joined.matching):
            mine.update(dict.fromkeys(held.values(), person.id or 0))
    found: list[tuple[str, Sequence[str], int | None]] = []
    for one in said["conflicts"]:
        who = next((mine[token] for token in one["tokens"].values() if token in mine), None)
        found.append((one["kind"], [names.get(org, org) for org in one["orgs"]], who))
    return found


def label_of(ledger: Ledger, patient_id: int, *, identified: bool = False) -> str:
    """Somebody of a receipt's conflict list, masked unless asked otherwise."""
    name = ledger.get(Patient, patient_id).name
    return name if identified else identity.mask_name(name)
