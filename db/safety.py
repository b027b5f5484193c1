"""Everything that keeps the ledger safe: backups, restore, the restore drill, and the check of the whole."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from db import audit, backup, keys, login_state, passwords, restore
from db.accounts import ADMINISTRATORS
from db.backup import Backup, Check
from db.errors import faults_as_errors
from db.ledger import FILE_NAME, Clock, Ledger
from db.lock import FolderLock
from mhdesk.domain.errors import LedgerError
from mhdesk.domain.task import QUIET, Task
from mhdesk.text import text

#: A local backup older than this, with changes since, is overdue; a removable one is after a week.
LOCAL_DAYS, REMOVABLE_DAYS = 1, 7
_NO_CHANGE = ("ledger.open", "backup.make", "backup.drill")


def back_up(ledger: Ledger, destination: Path | None = None, *, task: Task = QUIET) -> Backup:
    """A verified backup: into the ledger's own folder, or with `destination` onto a stick (recovery slot only).

    Raises as `db.backup.write`. Old local backups are thinned out only after this one is good.
    """
    task.step(0, 3, text("ledger.backing_up"))
    removable = destination is not None
    folder = destination if destination is not None else ledger.folder / backup.FOLDER
    known = ledger.get_setting("backup", {}).get("generation", 0)
    generation = backup.next_generation(ledger.folder, known)
    with ledger.raw() as raw:
        made = backup.write(
            raw, ledger.ring, folder, generation=generation, now=ledger.now(), kind="regular", removable=removable
        )
    task.step(2, 3, text("ledger.backing_up"))
    key = "backup_removable" if removable else "backup_local"
    stamp = {"at": made.created.isoformat(), "seq": made.manifest["audit"]["seq"], "generation": generation}
    with ledger.change("backup.make", reason=made.file.name) as change:
        change.set_setting("backup", {"generation": generation})
        change.set_setting(key, stamp)
    if not removable and not ledger.get_setting("thinning_paused", default=False):
        backup.thin(ledger.folder)
    task.step(3, 3, text("ledger.backed_up"))
    return made


def changes_since_backup(ledger: Ledger) -> int:
    """Transactions since the last local backup that changed something."""
    last = (ledger.get_setting("backup_local") or {}).get("seq", 0)
    with ledger.read() as connection:
        return sum(row.action not in _NO_CHANGE for row in audit.rows(connection, after=last))


def difference(ledger: Ledger, file: Path) -> dict[str, tuple[int, int]]:
    """Table -> (rows now, rows in the backup), where they differ: what a restore would take away or bring back."""
    found = backup.read_manifest(file).manifest["rows"]
    with ledger.raw() as raw:
        now = backup.counts(raw)
    names = sorted(now.keys() | found.keys())
    return {name: (now.get(name, 0), found.get(name, 0)) for name in names if now.get(name) != found.get(name)}


def drill(ledger: Ledger, file: Path | None = None) -> list[Check]:
    """Restore a container (the newest local one) into a private place, encrypted all the time, check it, remove it.

    Raises LedgerError MH-LEDGER-31 when it is not good or when there is none.
    """
    found = backup.listed(ledger.folder)
    if file is None and not found:
        raise LedgerError("MH-LEDGER-31")
    container = backup.read_manifest(file) if file is not None else found[0]
    target = ledger.folder / f".drill-{secrets.token_hex(4)}.tmp"
    try:
        with faults_as_errors(ledger.folder):
            checks = backup.extract(container, ledger.ring, target)
    finally:
        target.unlink(missing_ok=True)
    with ledger.change("backup.drill", reason=container.file.name) as change:
        change.set_setting("last_drill", ledger.now().isoformat())
    return checks


def put_back(
    folder: Path,
    file: Path,
    *,
    login: str,
    now: Clock,
    password: str | None = None,
    code: str | None = None,
    new_password: str | None = None,
    kdf: keys.Kdf = keys.DEFAULT_KDF,
) -> Ledger:
    """Restore a backup into `folder` and open it. What stood there goes into quarantine, nothing is deleted.

    Opened by a password of the ledger or the backup, or by the recovery code with a new password for `login`.
    Raises LedgerError: MH-LEDGER-01, 02, 11, 12 wrong secret, 05 in use, 22 no administrator, 31 bad container,
    32 another ledger's; UserError for a weak new password.
    """
    if (password is None) == (code is None or new_password is None):
        raise ValueError("either a password, or a recovery code and a new password")
    with faults_as_errors(file.parent):
        container = backup.read_manifest(file)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = FolderLock(folder, now)
        try:
            restore.finish(folder)
            ring = _unlock(folder, container, login, now(), password, code)
            if new_password is not None:
                passwords.check(new_password, login)
                ring.set_password(login, new_password, now(), kdf)
            restore.begin(folder, container, ring, now(), lambda raw: _permit(raw, login))
            restore.finish(folder)
            return Ledger.open_with_ring(folder, ring, lock, login, now)
        except BaseException:
            lock.release()
            raise


def confirm_restore(ledger: Ledger) -> None:
    """The user has looked and says the data are right: old backups may be thinned out again."""
    with ledger.change("backup.restore_confirmed") as change:
        change.set_setting("thinning_paused", value=False)


def verify(ledger: Ledger, *, task: Task = QUIET) -> list[Check]:
    """Check the whole ledger; every check with its finding in Chinese."""
    parts = (_file_checks, audit_checks, _key_checks, _backup_checks)
    checks: list[Check] = []
    for done, part in enumerate(parts):
        task.step(done, len(parts), text("ledger.verifying"))
        checks += part(ledger)
    task.step(len(parts), len(parts), text("ledger.verified"))
    return checks


def _unlock(
    folder: Path, container: Backup, login: str, now: datetime, password: str | None, code: str | None
) -> keys.KeyRing:
    """The ledger's own slots first (its passwords are newer), the container's when those are gone."""
    try:
        own = keys.read_documents(folder)
    except LedgerError:
        own = []
    vault_id = container.manifest.get("vault_id")
    documents = [document for document in own if document.vault_id == vault_id]
    if (own and not documents) or (not own and (folder / FILE_NAME).exists() and password is None and code is None):
        raise LedgerError("MH-LEDGER-32")
    documents.append(backup.key_document(container))
    if code is not None:
        return keys.unlock_documents_with_code(documents, code)
    login_state.count_attempt(folder, login, now)
    ring = keys.unlock_documents(documents, login, password or "")
    login_state.take_back_attempt(folder, login)
    return ring


def _permit(raw: Any, login: str) -> None:
    """Only an administrator restores."""
    row = raw.execute("SELECT role FROM app_user WHERE login = ? AND disabled_at IS NULL", (login,)).fetchone()
    if row is None:
        raise LedgerError("MH-LEDGER-16")
    if row[0] not in ADMINISTRATORS:
        raise LedgerError("MH-LEDGER-22")


def _file_checks(ledger: Ledger) -> list[Check]:
    ledger.checkpoint()
    with ledger.raw() as raw:
        bad_pages = raw.execute("PRAGMA cipher_integrity_check").fetchall()
        sound = raw.execute("PRAGMA integrity_check").fetchall()
        references = raw.execute("PRAGMA foreign_key_check").fetchall()
    return [
        _check("cipher_integrity", len(bad_pages)),
        _check("integrity", 0 if sound == [("ok",)] else len(sound)),
        _check("foreign_keys", len(references)),
    ]


def audit_checks(ledger: Ledger) -> list[Check]:
    """Whether the audit chain is whole, and reaches as far as the head remembered outside."""
    with ledger.read() as connection:
        fault = audit.verify(connection, ledger.ring.subkey("audit"), ledger.anchor)
        head = audit.head(connection)
    chain = Check("audit_chain", ok=True, detail=text("ledger.audit_good", seq=head.seq))
    if fault is not None:
        chain = Check("audit_chain", ok=False, detail=text("ledger.audit_bad", seq=fault))
    return [chain, _check("missing_changes", ledger.missing_changes)]


def _key_checks(ledger: Ledger) -> list[Check]:
    wanted = ledger.ring.document.to_bytes()
    files = [ledger.folder / name for name in keys.FILE_NAMES]
    return [_check("key_files", sum(not file.exists() or file.read_bytes() != wanted for file in files))]


def _backup_checks(ledger: Ledger) -> list[Check]:
    with ledger.read() as connection:
        first = next(audit.rows(connection, most=1), None)
    born = datetime.fromisoformat(first.at) if first else ledger.now()
    checks = []
    for key, days in (("backup_local", LOCAL_DAYS), ("backup_removable", REMOVABLE_DAYS)):
        stamp = ledger.get_setting(key)
        made = datetime.fromisoformat(stamp["at"]) if stamp else None
        age = ledger.now() - (made or born)
        overdue = age > timedelta(days=days) and (key != "backup_local" or changes_since_backup(ledger) > 0)
        detail = text("ledger.backup_made", at=made.astimezone().strftime("%Y-%m-%d %H:%M")) if made else ""
        checks.append(Check(key, not overdue, detail or text("ledger.backup_never")))
    return checks


def _check(name: str, faults: int) -> Check:
    return Check(name, not faults, text("ledger.faults", count=faults) if faults else text("ledger.good"))
