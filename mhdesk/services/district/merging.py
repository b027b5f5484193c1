"""The district's merge: judge every package in order, take what is sound, one transaction each, answer each.

A package that was taken before changes nothing. What is refused leaves a signed receipt, too, as soon as it is known
who sent it.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from db import audit
from mhdesk.domain.changes import Changes
from mhdesk.domain.errors import InputRefused, OutputFailed, UserError
from mhdesk.domain.exchange import ReceivedPackage, Station
from mhdesk.domain.task import QUIET, Task
from mhdesk.services import sending
from mhdesk.services.district import checks, conflicts, store
from mhdesk.services.district.checks import Desk, Held, Note, Opened
from mhdesk.services.district.keys import Own, need_own, read_backup_key
from mhdesk.services.district.report import closed_weeks
from mhdesk.text import error_text, text

if TYPE_CHECKING:
    from db.ledger import Ledger

ACCEPTED, REPEATED, REFUSED = "accepted", "repeated", "refused"


@dataclass(frozen=True)
class Verdict:
    """What became of one file. `receipt`: the signed paper for the township, None where nobody is known to answer."""

    file: Path
    state: str
    code: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    org_code: str = ""
    name: str = ""
    start: str = ""
    level: str = ""
    revision: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)
    notes: Sequence[Note] = ()
    package_id: str = ""
    receipt: bytes | None = None
    receipt_file: Path | None = None

    @property
    def sentence(self) -> str:
        """Why it was refused, in one sentence; "" where it was not."""
        return error_text(self.code, **self.params).message if self.code else ""

    @property
    def note_sentences(self) -> list[str]:
        """What is worth looking at."""
        return [note_sentence(one) for one in self.notes]


@dataclass(frozen=True)
class Merged:
    """What a merge did, or would do."""

    verdicts: Sequence[Verdict]
    conflicts: Sequence[conflicts.Item]
    changes: Changes
    state_hash: str

    def of(self, state: str) -> list[Verdict]:
        """The files with which this happened."""
        return [one for one in self.verdicts if one.state == state]


def note_sentence(note: Note) -> str:
    """A note in words."""
    params = dict(note.params)
    if "indicator" in params:
        params["indicator"] = text(f"indicator.{params['indicator']}.name")
    return error_text(note.code, **params).message


def preview(
    ledger: Ledger,
    files: Sequence[Path],
    *,
    today: date,
    confirmed: Collection[str] = (),
    backup_key: Path | None = None,
    task: Task = QUIET,
) -> Merged:
    """What `merge` would do; nothing is stored. Raises UserError MH-KEYS-03, 04."""
    return _Run(ledger, today, confirmed, backup_key).go(files, task, is_dry=True)


def merge(
    ledger: Ledger,
    files: Sequence[Path],
    *,
    today: date,
    confirmed: Collection[str] = (),
    backup_key: Path | None = None,
    receipts: Path | None = None,
    task: Task = QUIET,
) -> Merged:
    """Take every sound package of `files` (folders: what lies in them), and write the receipts.

    `confirmed`: townships whose restored ledger (new epoch) was asked about; `backup_key`: the file from the safe;
    `receipts`: where they go, by default beside each package. A receipt that cannot be written does not undo a merge:
    it can be written again. Raises UserError MH-KEYS-03, 04.
    """
    return _Run(ledger, today, confirmed, backup_key).go(files, task, is_dry=False, receipts=receipts)


def find_files(files: Iterable[Path]) -> list[Path]:
    """The packages named, and those in folders."""
    found: list[Path] = []
    for one in files:
        found += sorted(one.glob("*.mhx")) if one.is_dir() else [one]
    return list(dict.fromkeys(found))


class _Run:
    """One merge: what is held grows with each package taken."""

    def __init__(self, ledger: Ledger, today: date, confirmed: Collection[str], backup_key: Path | None) -> None:
        self.ledger = ledger
        self.own: Own = need_own(ledger)
        self.openers = self.own.openers()
        if backup_key is not None:
            name, private = read_backup_key(backup_key)
            self.openers[name] = private
        self.desk = Desk(
            district=self.own.kid,
            stations={one.kid: one for one in ledger.find(Station)},
            now=ledger.now(),
            today=today,
            first_weekday=sending.terms(ledger).first_weekday,
            closed=closed_weeks(ledger),
            confirmed=frozenset(confirmed),
        )
        self.names = conflicts.org_names(ledger)
        self.held = store.held(ledger)
        self.rows: dict[str, store.Rows] = {}
        self.changes: dict[str, set[int]] = {}
        self.seals: dict[Path, tuple[str, int]] = {}  # what a receipt names: hash and number of the file

    def go(self, files: Sequence[Path], task: Task, *, is_dry: bool, receipts: Path | None = None) -> Merged:
        """Judge in the order the packages were made, whatever the order of the files."""
        opened: list[tuple[Path, Opened]] = []
        verdicts: list[Verdict] = []
        found = find_files(files)
        for number, file in enumerate(found):
            task.step(number, 2 * len(found), text("district.reading", name=file.name))
            try:
                opened.append((file, checks.open_package(file.name, _read(file), self.openers)))
            except InputRefused as refusal:
                verdicts.append(Verdict(file, REFUSED, refusal.code, refusal.params))
        opened.sort(key=lambda pair: (pair[1].manifest.org_code, pair[1].manifest.epoch, pair[1].manifest.seq, pair[0]))
        for number, (file, one) in enumerate(opened):
            task.step(len(found) + number, 2 * len(found), text("district.taking", name=file.name))
            verdicts.append(self._judge(file, one, is_dry=is_dry))
        every = conflicts.listed(self.ledger, self.held, self.rows)
        if not is_dry:
            verdicts = [self._answer(one, every, receipts) for one in verdicts]
        digest = store.state_hash(self.held, [one.key for one in every])
        topics = {topic: frozenset(ids) for topic, ids in self.changes.items()}
        return Merged(verdicts, every, Changes(topics), digest)

    def _judge(self, file: Path, opened: Opened, *, is_dry: bool) -> Verdict:
        said = opened.manifest
        known = Verdict(
            file,
            REFUSED,
            org_code=said.org_code,
            name=self.names.get(said.org_code, said.org_code),
            start=said.start.isoformat(),
            level=said.level,
            revision=said.revision,
            counts=said.counts,
            package_id=said.package_id,
        )
        try:
            station = checks.sender(opened, self.desk)
        except InputRefused as refusal:
            return replace(known, code=refusal.code, params=refusal.params)
        self.seals[file] = (opened.file_hash, said.seq)
        try:
            if checks.is_repeated(opened, self.held):
                return replace(known, state=REPEATED)
            notes, rows = self._checked(opened, station)
        except InputRefused as refusal:
            return replace(known, code=refusal.code, params=refusal.params)
        if not is_dry:
            self._store(opened, station)
        self.rows[said.package_id] = rows
        self.held = sorted([*self.held, _held(opened, station)], key=lambda one: (one.org_code, one.epoch, one.seq))
        return replace(known, state=ACCEPTED, notes=notes)

    def _checked(self, opened: Opened, station: Station) -> tuple[list[Note], store.Rows]:
        """Checks 8 to 15, in their order."""
        notes = checks.order(opened, station, self.held, self.desk)
        is_weekly = opened.manifest.kind == "weekly"
        if is_weekly:
            checks.week(opened, self.held, self.desk)
        notes += checks.clock(opened, self.desk)
        rows = checks.rows(opened)
        notes += checks.flags(rows, self._before(opened) if is_weekly else None)
        checks.audit(opened, station, self.held)
        return notes, rows

    def _before(self, opened: Opened) -> store.Rows | None:
        """The rows of the township's newest earlier week."""
        start = opened.manifest.start.isoformat()
        earlier = [one for one in self.held if one.org_code == opened.manifest.org_code and one.start < start]
        one = next(iter(store.in_force(earlier).values()), None)
        if one is None:
            return None
        if one.package_id not in self.rows:
            self.rows |= store.rows_of(self.ledger, [one.package_id])
        return self.rows[one.package_id]

    def _store(self, opened: Opened, station: Station) -> None:
        """The one transaction of a package."""
        said = opened.manifest
        record = ReceivedPackage(
            package_id=said.package_id,
            station_id=station.id or 0,
            org_code=said.org_code,
            kind=said.kind,
            period_start=said.start.isoformat(),
            period_end=said.end.isoformat(),
            level=said.level,
            epoch=said.epoch,
            seq=said.seq,
            revision=said.revision,
            file_hash=opened.file_hash,
            previous_hash=said.previous,
            audit_seq=said.audit_seq,
            audit_head=said.audit_head,
            created=said.created.isoformat(),
            manifest=json.dumps(said.document, ensure_ascii=False, sort_keys=True),
            body=base64.b64encode(opened.content.body).decode(),
        )
        with self.ledger.change("district.merge") as change:
            change.add(record)
        for topic, ids in change.changes.topics.items():
            self.changes.setdefault(topic, set()).update(ids)

    def _answer(self, verdict: Verdict, every: Sequence[conflicts.Item], folder: Path | None) -> Verdict:
        """The signed receipt, once all conflicts are known.

        A repeated package gets the same one again: the first may have been lost with its stick, or the program was
        killed before it was written.
        """
        if verdict.file not in self.seals:
            return verdict
        stored = None if verdict.state == REFUSED else self._stored(verdict)
        if stored is not None and stored.receipt:
            return _written(replace(verdict, receipt=stored.receipt.encode()), folder)
        receipt = self._sign(verdict, *self.seals[verdict.file], every)
        if stored is not None:
            with self.ledger.change("district.receipt") as change:
                change.replace(replace(stored, receipt=receipt.decode()))
        return _written(replace(verdict, receipt=receipt), folder)

    def _stored(self, verdict: Verdict) -> ReceivedPackage:
        return self.ledger.find(ReceivedPackage, package_id=verdict.package_id)[0]

    def _sign(self, verdict: Verdict, file_hash: str, seq: int, every: Sequence[conflicts.Item]) -> bytes:
        from mhdesk.exchange import papers

        with self.ledger.read() as connection:
            head = audit.head(connection)
        notes = [Note(verdict.code, _words(verdict.params))] if verdict.code else verdict.notes
        body = {
            "district": self.own.kid,
            "org_code": verdict.org_code,
            "package_id": verdict.package_id,
            "file_hash": file_hash,
            "seq": seq,
            "start": verdict.start,
            "is_accepted": verdict.state != REFUSED,
            "issued": self.ledger.now().astimezone(UTC).isoformat(timespec="seconds"),
            "audit_seq": head.seq,
            "audit_head": head.hash,
            "notes": [{"code": one.code, "params": _words(one.params)} for one in notes],
            "conflicts": [
                {"kind": one.kind, "tokens": dict(one.tokens), "orgs": list(one.orgs)}
                for one in every
                if one.is_open and verdict.org_code in one.orgs
            ],
        }
        return papers.write(papers.RECEIPT, body, [self.own.signing])


def _words(params: Mapping[str, Any]) -> dict[str, str]:
    return {key: str(value)[:200] for key, value in params.items()}


def _written(verdict: Verdict, folder: Path | None) -> Verdict:
    from mhdesk.files import sink

    target = (folder or verdict.file.parent) / f"{verdict.file.stem}.mhr"
    try:
        if folder is not None:
            with sink.system_errors():
                folder.mkdir(parents=True, exist_ok=True)
        sink.write_bytes(target, verdict.receipt or b"")
    except OutputFailed:
        return verdict  # a stick that is write-protected or gone: what was merged stays merged
    return replace(verdict, receipt_file=target)


def write_receipt(ledger: Ledger, package_id: str, folder: Path) -> Path:
    """The receipt of a package taken earlier, once more. Raises UserError MH-PACK-42 for none, OutputFailed."""
    from mhdesk.files import sink

    found = ledger.find(ReceivedPackage, package_id=package_id)
    if not found or not found[0].receipt:
        raise UserError("MH-PACK-42")
    week = found[0].period_start.replace("-", "")
    file = folder / f"MHX_{found[0].org_code}_{week}_{found[0].seq}.mhr"
    sink.write_bytes(file, found[0].receipt.encode())
    return file


def _held(opened: Opened, station: Station) -> Held:
    said = opened.manifest
    return Held(
        said.package_id,
        station.id or 0,
        said.org_code,
        said.kind,
        said.start.isoformat(),
        said.level,
        said.epoch,
        said.seq,
        said.revision,
        opened.file_hash,
        said.previous,
        said.audit_seq,
        said.audit_head,
        said.previous_audit_head,
        said.created.isoformat(),
        said.is_frozen,
        said.rules_id,
    )


def _read(file: Path) -> bytes:
    """The bytes of a package; only a regular file of a sane size. Raises InputRefused MH-PACK-01, 02."""
    from mhdesk.exchange.envelope import MOST_BYTES

    try:
        if not file.is_file():
            raise InputRefused("MH-PACK-01")
        if file.stat().st_size > MOST_BYTES:
            raise InputRefused("MH-PACK-02", limit_mb=MOST_BYTES // 1024**2)
        return file.read_bytes()
    except OSError as error:
        raise InputRefused("MH-PACK-01") from error
