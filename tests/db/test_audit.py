"""The audit trail cannot be changed without being noticed."""

from __future__ import annotations

import random
import time

import pytest
import sqlalchemy

from db import audit
from db.ledger import Ledger
from mhdesk.domain.errors import UserError
from mhdesk.domain.patient import Patient

COLUMNS = audit._COLUMNS


def fill(ledger: Ledger, count: int) -> None:
    for number in range(count):
        with ledger.change("patient.add", reason=f"第{number}次") as change:
            change.add(Patient(name="甲"))


def fault(ledger: Ledger, anchor: audit.Head | None = None) -> str | None:
    with ledger.read() as connection:
        return audit.verify(connection, ledger.ring.subkey("audit"), anchor)


def test_a_good_chain_is_good(ledger: Ledger) -> None:
    fill(ledger, 5)
    assert fault(ledger) is None
    with ledger.read() as connection:
        head = audit.head(connection)
        rows = list(audit.rows(connection))
    assert fault(ledger, head) is None
    assert [row.seq for row in rows] == list(range(1, len(rows) + 1))
    assert [row.action for row in rows[:2]] == ["ledger.create", "ledger.open"]
    assert rows[0].previous == audit.GENESIS


@pytest.mark.parametrize("table", ["audit", "history"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET reason = 'x'", "DELETE FROM {}"])
def test_the_database_refuses_to_change_what_was_written(ledger: Ledger, table: str, statement: str) -> None:
    fill(ledger, 1)
    with ledger.change("patient.void") as change:
        change.void(Patient, 1, "test")
    with pytest.raises(sqlalchemy.exc.IntegrityError, match="append-only"), ledger.change("tamper") as change:
        change.connection.exec_driver_sql(statement.format(table))


def test_every_tampering_is_found(ledger: Ledger, sweep: bool) -> None:
    fill(ledger, 20)
    with ledger.raw() as raw:
        for trigger in ("audit_no_update", "audit_no_delete"):
            raw.execute(f"DROP TRIGGER {trigger}")
    rng, found, tried = random.Random(4), 0, 1000 if sweep else 200
    for _ in range(tried):
        seq, column = rng.randint(1, 20), rng.choice(COLUMNS)
        with ledger.raw() as raw:
            raw.execute("SAVEPOINT tamper")
            kind = rng.choice(["edit", "delete", "swap"])
            if kind == "delete":
                raw.execute("DELETE FROM audit WHERE seq = ?", (seq,))
            elif kind == "swap":
                raw.execute("PRAGMA ignore_check_constraints = ON")
                for old, new in ((seq, -1), (seq + 1, seq), (-1, seq + 1)):
                    raw.execute("UPDATE audit SET seq = ? WHERE seq = ?", (new, old))
            else:
                old = raw.execute(f"SELECT {column} FROM audit WHERE seq = ?", (seq,)).fetchone()[0]
                value = old + 1000 if isinstance(old, int) else f"{old or ''}x"
                raw.execute(f"UPDATE audit SET {column} = ? WHERE seq = ?", (value, seq))
        # The savepoint is the transaction of the raw connection: read inside it.
        found += _fault_raw(ledger) is not None
        with ledger.raw() as raw:
            raw.execute("ROLLBACK TO tamper")
            raw.execute("RELEASE tamper")
    assert found == tried
    assert fault(ledger) is None


def _fault_raw(ledger: Ledger) -> str | None:
    """As `audit.verify`, inside the open savepoint."""

    class Connection:
        def execute(self, statement: sqlalchemy.Select[tuple[object]]) -> list[tuple[object, ...]]:
            query = str(statement.compile(compile_kwargs={"literal_binds": True}))
            return list(ledger._raw.execute(query.replace("LIMIT -1", "")))

    return audit.verify(Connection(), ledger.ring.subkey("audit"))  # type: ignore[arg-type]


def test_a_cut_chain_is_found_by_its_anchor(ledger: Ledger) -> None:
    fill(ledger, 5)
    with ledger.read() as connection:
        head = audit.head(connection)
    with ledger.raw() as raw:
        raw.execute("DROP TRIGGER audit_no_delete")
        raw.execute("DELETE FROM audit WHERE seq > ?", (head.seq - 2,))
    assert fault(ledger) is None  # the chain alone cannot know
    assert fault(ledger, head) == str(head.seq - 1)
    fill(ledger, 5)
    assert fault(ledger, head) == str(head.seq)


def test_without_the_key_no_row_fits(ledger: Ledger) -> None:
    with ledger.change("forge") as change:
        entry = audit.Entry("2026", False, "a", "b", "c", None, None, 0, None, None, "1")
        audit.append(change.connection, b"another key", audit.head(change.connection), entry)
        forged = audit.head(change.connection).seq
        with pytest.raises(UserError):
            change.void(Patient, 1, "nothing there")
        assert audit.verify(change.connection, ledger.ring.subkey("audit")) == str(forged)
        change.connection.exec_driver_sql("DROP TRIGGER audit_no_delete")
        change.connection.exec_driver_sql("DELETE FROM audit WHERE seq = ?", (forged,))
    assert fault(ledger) is None


def test_a_long_chain_is_checked_quickly(ledger: Ledger) -> None:
    with ledger.change("fill") as change:
        head = audit.head(change.connection)
        key = ledger.ring.subkey("audit")
        entry = audit.Entry("2026-11-20T02:00:00+00:00", False, "wang", "doctor", "x", None, None, 1, None, None, "1")
        for _ in range(10_000):
            head = audit.append(change.connection, key, head, entry)
        start = time.process_time()
        assert audit.verify(change.connection, key) is None
        assert time.process_time() - start < 2  # measured 0.2 s
        raise_away = change.connection
        raise_away.exec_driver_sql("DROP TRIGGER audit_no_delete")
        raise_away.exec_driver_sql("DELETE FROM audit WHERE action = 'x'")
    assert fault(ledger) is None
