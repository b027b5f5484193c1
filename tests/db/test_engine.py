"""The encrypted file is opened in one way only, with every setting read back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy
from sqlcipher3 import dbapi2 as driver

from db import engine, migrate
from db.ledger import Ledger
from mhdesk.domain.errors import LedgerError

KEY = bytes(range(32))
# Written down here a second time on purpose.
WANTED = {
    "cipher_log_level": "NONE",
    "cipher_memory_security": "0",
    "cipher_page_size": "4096",
    "locking_mode": "exclusive",
    "journal_mode": "wal",
    "synchronous": 2,
    "foreign_keys": 1,
    "trusted_schema": 0,
    "cell_size_check": 1,
    "mmap_size": 0,
    "secure_delete": 1,
    "cache_size": -65536,
    "busy_timeout": 5000,
    "application_id": engine.APPLICATION_ID,
    "user_version": max(migrate.load_steps()),
}


def test_every_setting_holds_on_a_live_ledger(ledger: Ledger) -> None:
    with ledger.raw() as raw:
        found = {name: raw.execute(f"PRAGMA {name}").fetchone()[0] for name in WANTED}
    assert found == WANTED


@pytest.mark.parametrize("setting", ["synchronous", "journal_mode", "secure_delete", "foreign_keys", "locking_mode"])
def test_a_setting_that_does_not_hold_refuses_the_ledger(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, setting: str
) -> None:
    weaker = {"synchronous": "NORMAL", "journal_mode": "DELETE", "secure_delete": "OFF", "foreign_keys": "OFF"}
    changed = tuple(
        (f"{setting} = {weaker.get(setting, 'NORMAL')}" if name == setting else statement, name, wanted)
        for statement, name, wanted in engine._STORAGE
    )
    monkeypatch.setattr(engine, "_STORAGE", changed)
    with pytest.raises(LedgerError) as error:
        engine.connect_exclusive(tmp_path / "x.db", KEY, mode="rwc")
    assert (error.value.code, error.value.params["setting"]) == ("MH-LEDGER-33", setting)


def test_the_file_is_encrypted_and_a_plain_one_is_refused(tmp_path: Path) -> None:
    raw = engine.connect_exclusive(tmp_path / "x.db", KEY, mode="rwc")
    raw.execute("CREATE TABLE a (b)")
    raw.close()
    assert not (tmp_path / "x.db").read_bytes().startswith(b"SQLite format 3")
    engine.check_not_plain(tmp_path / "x.db")
    plain = driver.connect(str(tmp_path / "plain.db"))
    plain.execute("CREATE TABLE a (b)")
    plain.close()
    with pytest.raises(LedgerError, match="MH-LEDGER-10"):
        engine.check_not_plain(tmp_path / "plain.db")


def test_opening_never_creates_a_file(tmp_path: Path) -> None:
    with pytest.raises(driver.OperationalError):
        engine.connect_exclusive(tmp_path / "missing.db", KEY)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("sqlite", "cipher"), [("3.40.1", "4.19.0 community"), ("3.53.4", ""), ("3.53.4", "4.5.6")])
def test_an_old_or_a_wrong_driver_is_refused(monkeypatch: pytest.MonkeyPatch, sqlite: str, cipher: str) -> None:
    class Raw:
        def execute(self, _: str) -> Any:
            return self

        def fetchone(self) -> tuple[str] | None:
            return (cipher,) if cipher else None

    monkeypatch.setattr(driver, "sqlite_version", sqlite)
    with pytest.raises(LedgerError, match="MH-LEDGER-26"):
        engine.check_versions(Raw())


def test_the_driver_in_use_is_new_enough() -> None:
    raw = driver.connect(":memory:")
    engine.check_versions(raw)
    raw.close()


def test_an_aborted_transaction_leaves_no_table(ledger: Ledger) -> None:
    with pytest.raises(ZeroDivisionError), ledger.change("test.ddl") as change:  # noqa: PT012 - a whole block fails
        change.connection.exec_driver_sql("CREATE TABLE half (a)")
        raise ZeroDivisionError

    with ledger.read() as connection:
        assert not connection.exec_driver_sql("SELECT 1 FROM sqlite_schema WHERE name = 'half'").first()


def test_a_reader_cannot_write(ledger: Ledger) -> None:
    with pytest.raises(LedgerError, match="MH-LEDGER-07"), ledger.read() as connection:
        connection.exec_driver_sql("UPDATE setting SET value = '1'")
    ledger.set_setting("after", value=1)
    assert ledger.get_setting("after") == 1


def test_errors_do_not_show_what_was_bound(ledger: Ledger) -> None:
    with pytest.raises(sqlalchemy.exc.IntegrityError) as error, ledger.change("test") as change:
        change.connection.execute(sqlalchemy.text("INSERT INTO setting VALUES (:a, NULL)"), {"a": "罗丽莎110101"})
    assert "罗丽莎" not in str(error.value)
