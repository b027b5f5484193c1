"""A ledger: a folder with the encrypted database, its key files, backups and sent reports.

One opener at a time, one connection, one transaction = change + history + audit row. `read` gives one consistent
snapshot, `change` a transaction that either happens whole or not at all.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self, TypeVar

from sqlalchemy import Connection, Engine

from db import atomic, audit, backup, ballast, engine, keys, login_state, migrate, passwords, restore
from db.change import Change
from db.errors import faults_as_errors
from db.lock import FolderLock
from db.queries import records
from mhdesk import __version__
from mhdesk.domain.account import Role, User
from mhdesk.domain.errors import LedgerError, OutputFailed
from mhdesk.domain.unit import Unit, UnitLevel

Clock = Callable[[], datetime]
T = TypeVar("T")

FILE_NAME = "ledger.db"
_ROOT_LEVELS = {"township": UnitLevel.INSTITUTION, "district": UnitLevel.DISTRICT}


class Ledger:
    """An open ledger. Made by `create`, `open` or `open_with_recovery`; `close` it (or use it in a ``with``)."""

    def __init__(self, folder: Path, ring: keys.KeyRing, lock: FolderLock, raw: Any, login: str, now: Clock) -> None:
        """Only the class methods make one."""
        self.folder = folder
        self.login = login
        self.now = now
        self.ring = ring
        self.role: str = Role.DOCTOR
        self.user_name = ""
        self.level = ""
        self.root_unit_id = 0
        self.missing_changes = 0
        #: The audit head remembered outside the database when it was opened.
        self.anchor = audit.Head()
        self._lock_file = lock
        self._raw = raw
        self._engine: Engine = engine.engine_over(raw)
        self._guard = threading.RLock()
        self._active: Connection | None = None
        self._writing = False
        self._audit_key = ring.subkey("audit")
        self._state = login_state.load(folder)
        self.clock_suspect = self._state.clock_suspect(now())

    # ------------------------------------------------------------------ opening

    @classmethod
    def create(  # noqa: PLR0913 - what a ledger is born with
        cls,
        folder: Path,
        *,
        unit_name: str,
        level: str,
        login: str,
        user_name: str,
        password: str,
        now: Clock,
        role: str = Role.COMBINED,
        kdf: keys.Kdf = keys.DEFAULT_KDF,
    ) -> tuple[Ledger, str]:
        """A new ledger with its first user and its recovery code.

        Raises LedgerError MH-LEDGER-13 when there already is one, UserError for a weak password or login name,
        OutputFailed when nothing can be written. A creation that fails leaves no ledger behind.
        """
        root_level = _ROOT_LEVELS[level]
        passwords.check_login(login)
        passwords.check(password, login, [unit_name, user_name])
        with faults_as_errors(_nearest(folder)):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if any((folder / name).exists() for name in (FILE_NAME, *keys.FILE_NAMES)):
                raise LedgerError("MH-LEDGER-13")
            lock = FolderLock(folder, now)
            try:
                lock.sign(login)
                ring = keys.new_ring()
                ring.set_password(login, password, now(), kdf)
                code = ring.new_code(now())
                raw = _create_database(folder, ring)
            except BaseException:
                lock.release()
                raise
            ledger = cls(folder, ring, lock, raw, login, now)
            ledger.role = role
            try:
                with ledger.change("ledger.create", reason="waiver" if role == Role.COMBINED else None) as change:
                    root = change.add(Unit(name=unit_name, level=root_level))
                    change.add(User(login=login, name=user_name, role=role))
                    first = {"vault_id": ring.vault_id, "level": level, "root_unit_id": root, "epoch": 1}
                    for key, value in first.items():
                        change.set_setting(key, value)
                ring.save(folder)
                ledger._start()
            except BaseException:
                ledger.drop()
                for name in (FILE_NAME, f"{FILE_NAME}-wal", *keys.FILE_NAMES, login_state.FILE_NAME):
                    (folder / name).unlink(missing_ok=True)
                raise
        return ledger, code

    @classmethod
    def open(cls, folder: Path, *, login: str, password: str, now: Clock) -> Ledger:
        """Open with a password.

        Raises LedgerError: MH-LEDGER-01 wrong login or password, 02 wait after failures, 03 damaged, 04 newer,
        05 in use, 06 missing, 07 read-only folder, 08 not a ledger, 09 key files unusable, 35 database missing.
        """
        try:
            return cls._open(folder, login, password, now)
        except OutputFailed as error:
            # A full disk must not shut the user out: the spare file makes room for a login.
            if error.code != "MH-LEDGER-14" or not ballast.release(folder):
                raise
            return cls._open(folder, login, password, now)

    @classmethod
    def _open(cls, folder: Path, login: str, password: str, now: Clock) -> Ledger:
        with faults_as_errors(_nearest(folder)):
            lock = _lock(folder, now)
            try:
                login_state.count_attempt(folder, login, now())
                ring = keys.unlock(folder, login, password)
                login_state.take_back_attempt(folder, login)
                return cls.open_with_ring(folder, ring, lock, login, now)
            except BaseException:
                lock.release()
                raise

    @classmethod
    def open_with_recovery(
        cls,
        folder: Path,
        *,
        code: str,
        new_password: str,
        login: str,
        now: Clock,
        kdf: keys.Kdf = keys.DEFAULT_KDF,
    ) -> Ledger:
        """Open with the recovery code and give `login`, an existing user, a new password.

        Raises as `open`, and LedgerError MH-LEDGER-11, 12, 34 for the code, UserError for a weak password.
        """
        with faults_as_errors(_nearest(folder)):
            lock = _lock(folder, now)
            try:
                ring = keys.unlock_with_code(folder, code)
                ledger = cls.open_with_ring(folder, ring, lock, login, now)
            except BaseException:
                lock.release()
                raise
            try:
                passwords.check(new_password, login, [ledger.user_name])
                with ledger.change("key.recovery_code_used") as change:
                    change.touch("app_user")
                    ring.set_password(login, new_password, now(), kdf)
                    ring.save(folder)
            except BaseException:
                ledger.drop()
                raise
        return ledger

    @classmethod
    def open_with_ring(cls, folder: Path, ring: keys.KeyRing, lock: FolderLock, login: str, now: Clock) -> Ledger:
        """The part of opening after the key is known. On failure the caller releases the lock."""
        lock.sign(login)
        file, key = folder / FILE_NAME, ring.subkey("db")
        engine.check_not_plain(file)
        steps = migrate.load_steps()
        version = migrate.look(file, key, max(steps))
        raw = engine.connect_exclusive(file, key)
        try:
            if version < max(steps):
                backup.before_migration(raw, ring, folder, now())
                migrate.migrate(raw, steps, folder)
            ledger = cls(folder, ring, lock, raw, login, now)
            ledger._start()
        except BaseException:
            raw.close()
            raise
        return ledger

    def _start(self) -> None:
        """Read who and where we are; write the login into the audit trail."""
        with self.read() as connection:
            users = {user.login: user for user in records.find(connection, User)}
            self.level = records.get_setting(connection, "level")
            self.root_unit_id = records.get_setting(connection, "root_unit_id")
            self._note_missing(audit.head(connection))
        user = users.get(self.login)
        if user is None or user.disabled_at is not None:
            raise LedgerError("MH-LEDGER-16")
        self.user_name, self.role = user.name, user.role
        self._prune_slots({name for name, known in users.items() if known.disabled_at is None})
        failures = self._state.failures.get(self.login, login_state.Failures()).count
        self._state = self._state.with_success(self.login, self.now())
        noted = {"failed attempts": failures, "missing changes": self.missing_changes}
        reason = ", ".join(f"{name}: {count}" for name, count in noted.items() if count > 0)
        with self.change("ledger.open", reason=reason or None):
            pass
        self._note_restore()
        self._save_state(durable=True)

    def _note_missing(self, head: audit.Head) -> None:
        """How many acknowledged changes are gone, if any: a deleted -wal file, an old copy put back."""
        self.anchor = audit.Head(self._state.audit_seq, self._state.audit_head)
        self.missing_changes = max(0, self.anchor.seq - head.seq)

    def _note_restore(self) -> None:
        """The first login after a restore writes it into the audit trail and starts a new epoch."""
        note = self._state.restored
        if not note:
            return
        with self.read() as connection:
            done = audit.has(connection, "ledger.restore", note)
        if not done:
            with self.change("ledger.restore", reason=note) as change:
                change.set_setting("epoch", records.get_setting(change.connection, "epoch", 1) + 1)
                change.set_setting("thinning_paused", value=True)
        self._state = replace(self._state, restored="")

    def _prune_slots(self, logins: set[str]) -> None:
        """Take away password slots nobody may use any more; repair the key files if a copy is bad."""
        for login in self.ring.logins() - logins:
            self.ring.remove(login)
        wanted = self.ring.document.to_bytes()
        for name in keys.FILE_NAMES:
            file = self.folder / name
            if not file.exists() or file.read_bytes() != wanted:
                self.ring.save(self.folder)
                return

    # ------------------------------------------------------------------ using

    @property
    def vault_id(self) -> str:
        """The ledger's own number, the same in every backup."""
        return self.ring.vault_id

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent snapshot. Inside a `change` of the same thread: that transaction itself."""
        with self._guard:
            if self._active is not None:
                yield self._active
                return
            with self._driver_faults(), self._engine.connect() as connection, connection.begin():
                self._active = connection
                try:
                    yield connection
                finally:
                    self._active = None

    @contextmanager
    def change(self, action: str, *, reason: str | None = None, audited: bool = True) -> Iterator[Change]:
        """One transaction. An exception rolls everything back; after the block everything is safely stored.

        `action` is a dotted word such as ``follow_up.record``. Without `audited` only drafts may be written.
        Raises OutputFailed when the disk is full or fails, LedgerError when the file is found damaged.
        """
        with self._guard:
            if self._active is not None:
                raise RuntimeError("a change inside another transaction")
            writer = self._engine.connect().execution_options(**{engine.WRITE: True})
            with self._driver_faults(), writer as connection, connection.begin():
                before, moment = audit.head(connection), self.now()
                change = Change(
                    connection, action=action, login=self.login, moment=moment, reason=reason, before=before
                )
                self._active = connection
                try:
                    yield change
                finally:
                    self._active = None
                head = self._seal(change, before, moment) if audited else before
                if not audited and not change.only_drafts:
                    raise RuntimeError("only drafts may be written without an audit row")
            self._acknowledge(head, moment)

    def _seal(self, change: Change, before: audit.Head, moment: datetime) -> audit.Head:
        change.write_ranges()
        kind, identity, count, fields = change.audit_facts
        entry = audit.Entry(
            at=moment.astimezone(UTC).isoformat(timespec="seconds"),
            clock_suspect=self._state.clock_suspect(moment),
            login=self.login,
            role=self.role,
            action=change.action,
            object_kind=kind,
            object_uuid=identity,
            objects=count,
            fields=fields,
            reason=change.reason,
            app_version=__version__,
        )
        return audit.append(change.connection, self._audit_key, before, entry)

    def _acknowledge(self, head: audit.Head, moment: datetime) -> None:
        """Remember outside the database how far it got. Not synced: it may lag behind the database, never run ahead."""
        self._state = self._state.with_head(*head).seen(moment)
        self._save_state(durable=False)

    def _save_state(self, *, durable: bool) -> None:
        try:
            login_state.save(self.folder, self._state, durable=durable)
        except OSError:
            # What was changed is stored; the anchor catches up with the next one.
            return

    @contextmanager
    def _driver_faults(self) -> Iterator[None]:
        with faults_as_errors(self.folder, disk=False):
            yield

    def get(self, record_type: type[T], record_id: int) -> T:
        """One record, voided or not. Raises UserError MH-LEDGER-24 when there is none."""
        with self.read() as connection:
            return records.get(connection, record_type, record_id)

    def find(self, record_type: type[T], *, include_voided: bool = False, **equals: Any) -> list[T]:
        """Records whose fields equal these values, by id; voided ones only on demand."""
        with self.read() as connection:
            return records.find(connection, record_type, include_voided=include_voided, **equals)

    def history_of(self, record_type: type, record_id: int) -> list[records.HistoryRow]:
        """Every previous version of a record, oldest first."""
        with self.read() as connection:
            return records.history_of(connection, record_type, record_id)

    def get_setting(self, key: str, default: Any = None) -> Any:
        """A setting of the ledger; `default` where none is stored."""
        with self.read() as connection:
            return records.get_setting(connection, key, default)

    def set_setting(self, key: str, value: Any) -> None:
        """Store one setting in a transaction of its own."""
        with self.change("setting.set") as change:
            change.set_setting(key, value)

    # ------------------------------------------------------------------ closing

    @contextmanager
    def raw(self) -> Iterator[Any]:
        """The driver connection between transactions, for the backup and the checks of `db`."""
        with self._guard:
            if self._active is not None:
                raise RuntimeError("inside a transaction")
            self._raw.execute("PRAGMA query_only = OFF")
            with faults_as_errors(self.folder):
                yield self._raw

    def checkpoint(self) -> None:
        """Move everything into the one database file, so that a copy of it alone is whole."""
        with self.raw() as raw:
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def close(self) -> None:
        """Checkpoint and close. May be called twice. A disk that is full keeps the -wal file; nothing is lost."""
        with self._guard:
            if self._raw is None:
                return
            try:
                self.checkpoint()
                login_state.save(self.folder, self._state.seen(self.now()))
                ballast.lay(self.folder)
            except (OutputFailed, OSError):
                # Everything committed is safe in the -wal file; closing must not fail for want of space.
                pass
            finally:
                self.drop()

    def drop(self) -> None:
        """Let go of the file and the lock without a checkpoint; `close` is the orderly way."""
        self._engine.dispose()
        self._raw.close()
        self._raw = None
        self._lock_file.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def last_login(folder: Path) -> tuple[str, datetime] | None:
    """Who logged in last and when, readable without a password (for the login window)."""
    state = login_state.load(folder)
    if state.last_login is None or state.last_login_at is None:
        return None
    return state.last_login, datetime.fromisoformat(state.last_login_at)


def exists(folder: Path) -> bool:
    """Whether a ledger stands in the folder."""
    return (folder / FILE_NAME).is_file()


def _lock(folder: Path, now: Clock) -> FolderLock:
    """Check the folder and lock it; finish a restore that was interrupted."""
    if not folder.is_dir():
        raise LedgerError("MH-LEDGER-06")
    has_keys = any((folder / name).exists() for name in keys.FILE_NAMES)
    has_database = (folder / FILE_NAME).is_file() or restore.is_pending(folder)
    if not has_database:
        raise LedgerError("MH-LEDGER-35" if has_keys else "MH-LEDGER-06")
    if not atomic.is_writable(folder):
        raise LedgerError("MH-LEDGER-07")
    lock = FolderLock(folder, now)
    try:
        atomic.sweep(folder)
        restore.finish(folder)
    except BaseException:
        lock.release()
        raise
    return lock


def _create_database(folder: Path, ring: keys.KeyRing) -> Any:
    """The empty database at today's schema; no trace of it when that fails."""
    file = folder / FILE_NAME
    raw = None
    try:
        raw = engine.connect_exclusive(file, ring.subkey("db"), mode="rwc")
        migrate.migrate(raw, migrate.load_steps(), folder)
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    except BaseException:
        if raw is not None:
            raw.close()
        file.unlink(missing_ok=True)
        file.with_name(f"{FILE_NAME}-wal").unlink(missing_ok=True)
        raise
    return raw


def _nearest(folder: Path) -> Path:
    """The folder itself or the nearest one above it that exists (for the free space in a message)."""
    while not folder.is_dir() and folder.parent != folder:
        folder = folder.parent
    return folder
