"""The one way to the encrypted file: driver, key, settings, transactions.

Every setting is set and read back; a ledger whose settings do not hold is not opened. The file is
only ever created by `mode="rwc"`, which nobody but `Ledger.create` and the backup use, so that a missing ledger never
turns into an empty one.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy
from sqlalchemy import Connection, Engine, event
from sqlalchemy.pool import StaticPool
from sqlcipher3 import dbapi2 as driver

from mhdesk.domain.errors import LedgerError

#: "mhdk": marks a file as ours.
APPLICATION_ID = 0x6D68646B
#: Before these, SQLite had a fault that could damage a WAL database.
OLDEST_SQLITE = (3, 51, 3)
OLDEST_SQLCIPHER = (4, 19, 0)
#: Option of a SQLAlchemy connection whose transactions write.
WRITE = "mhdesk_write"

_PLAIN_MAGIC = b"SQLite format 3"
_BUSY_MS = 5000
# (statement, question, answer); order matters: the key first, exclusive before WAL, so that no -shm file appears.
_BEFORE_KEY = (("cipher_log_level = NONE", "cipher_log_level", "NONE"),)
_CIPHER = (
    (None, "cipher_page_size", "4096"),
    (None, "cipher_use_hmac", "1"),
    (None, "cipher_hmac_algorithm", "HMAC_SHA512"),
    (None, "cipher_plaintext_header_size", "0"),
    # Off: once on it stays on for the process and makes cold reading 3.3 times slower.
    (None, "cipher_memory_security", "0"),
)
_STORAGE = (
    (f"busy_timeout = {_BUSY_MS}", "busy_timeout", _BUSY_MS),
    ("locking_mode = EXCLUSIVE", "locking_mode", "exclusive"),
    ("journal_mode = WAL", "journal_mode", "wal"),
    ("synchronous = FULL", "synchronous", 2),
    ("foreign_keys = ON", "foreign_keys", 1),
    ("trusted_schema = OFF", "trusted_schema", 0),
    ("cell_size_check = ON", "cell_size_check", 1),
    ("mmap_size = 0", "mmap_size", 0),
    ("secure_delete = ON", "secure_delete", 1),
    ("cache_size = -65536", "cache_size", -65536),
)

# The driver looks for an adapter of every value that is no plain number or text, and finding none for None costs it a
# failed attribute look-up: 2.6 s instead of 0.8 s for 20,000 rows of 100 columns. So None gets an adapter: itself.
driver.register_adapter(type(None), {}.get)


def numbers(version: str) -> tuple[int, ...]:
    """The leading figures of a version such as ``4.19.0 community``."""
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])


def check_versions(raw: Any) -> None:
    """Raise MH-LEDGER-26 unless the driver really is SQLCipher and new enough."""
    row = raw.execute("PRAGMA cipher_version").fetchone()
    cipher = row[0] if row else ""
    if numbers(driver.sqlite_version) < OLDEST_SQLITE or numbers(cipher) < OLDEST_SQLCIPHER:
        raise LedgerError("MH-LEDGER-26", sqlite=driver.sqlite_version, cipher=cipher or "-")


def check_not_plain(file: Path) -> None:
    """Raise MH-LEDGER-10 when the file is an unencrypted database.

    Only while no connection is open: closing a second handle would drop SQLite's locks on it.
    """
    with file.open("rb") as stream:
        if stream.read(len(_PLAIN_MAGIC)) == _PLAIN_MAGIC:
            raise LedgerError("MH-LEDGER-10")


def connect(file: Path, key: bytes, *, mode: str = "rw") -> Any:
    """A raw driver connection that is keyed but has no storage settings yet; autocommit. `mode` as in SQLite's URIs.

    ``ro&immutable=1`` is for finished files nobody writes: no lock, no file beside them.
    """
    url = f"file:{quote(file.as_posix())}?mode={mode}"
    patience = _BUSY_MS / 1000
    raw = driver.connect(url, uri=True, isolation_level=None, check_same_thread=False, timeout=patience)
    try:
        _apply(raw, _BEFORE_KEY)
        raw.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
        raw.execute("PRAGMA cipher_compatibility = 4")
        check_versions(raw)
        _apply(raw, _CIPHER)
    except BaseException:
        raw.close()
        raise
    return raw


def connect_exclusive(file: Path, key: bytes, *, mode: str = "rw") -> Any:
    """A raw connection with every setting of the live ledger, holding the exclusive lock."""
    raw = connect(file, key, mode=mode)
    try:
        _apply(raw, _STORAGE)
        # Taking the lock now, not at the first save: a second program learns at once that it is second.
        raw.execute("BEGIN IMMEDIATE")
        raw.execute("COMMIT")
    except BaseException:
        raw.close()
        raise
    return raw


def connect_memory() -> Any:
    """A raw connection to an empty database that lives in memory only, for a copy that is read and forgotten."""
    return driver.connect(":memory:", isolation_level=None, check_same_thread=False)


def engine_over(raw: Any) -> Engine:
    """A SQLAlchemy engine over one open driver connection; there is never a second one."""
    engine = sqlalchemy.create_engine(
        "sqlite+pysqlite://", creator=lambda: raw, module=driver, poolclass=StaticPool, hide_parameters=True
    )
    event.listen(engine, "begin", _begin)
    return engine


def _begin(connection: Connection) -> None:
    """Writers take the write lock at once; readers cannot write even by mistake."""
    if connection.get_execution_options().get(WRITE):
        connection.exec_driver_sql("PRAGMA query_only = OFF")
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.exec_driver_sql("PRAGMA query_only = ON")
        connection.exec_driver_sql("BEGIN")


def _apply(raw: Any, settings: tuple[tuple[str | None, str, Any], ...]) -> None:
    """Set and read back; raise MH-LEDGER-33 when a setting does not hold."""
    for statement, question, wanted in settings:
        if statement is not None:
            raw.execute(f"PRAGMA {statement}").fetchall()
        row = raw.execute(f"PRAGMA {question}").fetchone()
        if row is None or row[0] != wanted:
            raise LedgerError("MH-LEDGER-33", setting=question, found="-" if row is None else row[0])
