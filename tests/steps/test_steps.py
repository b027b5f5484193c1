"""The numbered steps make exactly today's schema; one that fails or is killed leaves the old file whole."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlcipher3 import dbapi2 as driver

from db import engine, migrate, schema
from mhdesk.domain.errors import LedgerError, OutputFailed

KEY = bytes(range(32))
STEPS = migrate.load_steps()


def open_at(file: Path, *, mode: str = "rw") -> Any:
    return engine.connect_exclusive(file, KEY, mode=mode)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file at step 1 with a family of rows in it."""
    path = tmp_path / "old.db"
    raw = open_at(path, mode="rwc")
    migrate.migrate(raw, {1: STEPS[1]}, tmp_path)
    raw.execute(
        "INSERT INTO patient (id, uuid, entered_by, version, form_edition, custom, name, payment, past_symptoms,"
        " past_dangerous_acts, sent_by, disability_certificate)"
        " VALUES (1, 'u', 'wang', 1, '2018', '{}', '罗丽莎', '', '', '', '', '')"
    )
    raw.close()
    return path


def dump(file: Path) -> tuple[int, list[Any], list[Any]]:
    """Version, schema and rows of a closed file."""
    raw = open_at(file)
    try:
        tables = raw.execute("SELECT name, sql FROM sqlite_schema ORDER BY name").fetchall()
        return migrate.version_of(raw), tables, raw.execute("SELECT * FROM patient").fetchall()
    finally:
        raw.close()


# The comparator cannot read an index over an expression; `structure` compares its text.
@pytest.mark.filterwarnings(
    "ignore:Skipped unsupported reflection of expression-based index",
    "ignore:autogenerate skipping metadata-specified expression-based index",
)
def test_the_steps_make_exactly_todays_schema(tmp_path: Path) -> None:
    raw = open_at(tmp_path / "a.db", mode="rwc")
    assert migrate.migrate(raw, STEPS, tmp_path) == len(STEPS)
    over = engine.engine_over(raw)
    with over.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), schema.metadata) == []
    made = structure(raw)
    over.dispose()
    raw.close()
    fresh = open_at(tmp_path / "b.db", mode="rwc")
    other = engine.engine_over(fresh)
    with other.connect().execution_options(**{engine.WRITE: True}) as connection, connection.begin():
        schema.metadata.create_all(connection)
    assert structure(fresh) == made
    other.dispose()
    fresh.close()


def structure(raw: Any) -> dict[str, Any]:
    """Columns, keys and indexes of every table, which the comparator does not compare in full."""
    texts = raw.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL").fetchall()
    found: dict[str, Any] = {name: "".join(sql.split()) for name, sql in texts}
    for (name,) in raw.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").fetchall():
        indexes = raw.execute(f"PRAGMA index_list({name})").fetchall()
        found[name] = (
            raw.execute(f"PRAGMA table_info({name})").fetchall(),
            sorted(raw.execute(f"PRAGMA foreign_key_list({name})").fetchall()),
            sorted(
                (index[2], index[3], tuple(raw.execute(f"PRAGMA index_info('{index[1]}')").fetchall()))
                for index in indexes
            ),
        )
    return found


def test_append_only_tables_have_their_triggers(tmp_path: Path) -> None:
    raw = open_at(tmp_path / "a.db", mode="rwc")
    migrate.migrate(raw, STEPS, tmp_path)
    names = [row[0] for row in raw.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger' ORDER BY name")]
    raw.close()
    assert names == ["audit_no_delete", "audit_no_update", "history_no_delete", "history_no_update"]


def second_step(raw: Any) -> None:
    """A planted step with everything a real one does: new table, rebuilt table, changed data."""
    raw.execute("CREATE TABLE training (id INTEGER PRIMARY KEY, name TEXT)")
    raw.execute("CREATE TABLE setting_new (key TEXT PRIMARY KEY, value TEXT NOT NULL, note TEXT)")
    raw.execute("INSERT INTO setting_new (key, value) SELECT key, value FROM setting")
    raw.execute("DROP TABLE setting")
    raw.execute("ALTER TABLE setting_new RENAME TO setting")
    raw.execute("ALTER TABLE patient ADD COLUMN nickname TEXT")
    raw.execute("UPDATE patient SET nickname = name")


def test_a_second_step_keeps_the_data(file: Path) -> None:
    raw = open_at(file)
    assert migrate.migrate(raw, {1: STEPS[1], 2: second_step}, file.parent) == 1
    assert migrate.migrate(raw, {1: STEPS[1], 2: second_step}, file.parent) == 0
    assert raw.execute("SELECT nickname FROM patient").fetchall() == [("罗丽莎",)]
    assert raw.execute("PRAGMA foreign_keys").fetchone() == (1,)
    assert raw.execute("PRAGMA application_id").fetchone() == (engine.APPLICATION_ID,)
    raw.close()
    assert dump(file)[0] == 2


def bug(raw: Any) -> None:
    raise ZeroDivisionError


def orphan(raw: Any) -> None:
    raw.execute("INSERT INTO patient_search VALUES (999, 'nobody')")


def full(raw: Any) -> None:
    raise driver.OperationalError("database or disk is full")


def interrupt(raw: Any) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("last", "error", "code"),
    [
        (bug, LedgerError, "MH-LEDGER-27"),
        (orphan, LedgerError, "MH-LEDGER-27"),
        (full, OutputFailed, "MH-LEDGER-14"),
        (interrupt, KeyboardInterrupt, "^$"),
    ],
)
def test_a_step_that_fails_leaves_the_old_file(
    file: Path, last: Callable[[Any], None], error: type[BaseException], code: str
) -> None:
    before = dump(file)
    raw = open_at(file)
    with pytest.raises(error, match=code):
        migrate.migrate(raw, {1: STEPS[1], 2: second_step, 3: last}, file.parent)
    assert raw.execute("PRAGMA foreign_keys").fetchone() == (1,)
    raw.close()
    assert dump(file) == before


def test_a_step_killed_at_any_statement_leaves_old_or_new(file: Path, tmp_path: Path) -> None:
    # Counts statements through the driver's trace and ends the process hard at the n-th.
    program = textwrap.dedent("""
        import os, sys
        from pathlib import Path
        from db import engine, migrate
        from tests.steps.test_steps import KEY, STEPS, second_step
        def run(file, stop):
            raw = engine.connect_exclusive(file, KEY)
            seen = 0
            def trace(statement):
                nonlocal seen
                seen += 1
                if seen == stop:
                    os.kill(os.getpid(), 9)
            raw.set_trace_callback(trace)
            migrate.migrate(raw, {1: STEPS[1], 2: second_step}, file.parent)
            os.kill(os.getpid(), 9)
        for file in sys.argv[1:]:
            child = os.fork()
            if child == 0:
                run(Path(file), int(Path(file).stem))
            os.waitpid(child, 0)
    """)
    data, before = file.read_bytes(), dump(file)
    trials = [tmp_path / f"{stop}.db" for stop in [*range(1, 24), 999]]
    for trial in trials:
        trial.write_bytes(data)
    subprocess.run([sys.executable, "-c", program, *map(str, trials)], check=True)
    ended: list[int] = []
    for trial in trials:
        after = dump(trial)
        ended.append(after[0])
        assert after == before or (after[0] == 2 and after[2][0][-1] == "罗丽莎")
    assert ended[0] == 1
    assert ended[-1] == 2


def test_steps_must_have_no_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    class Module:
        name = "s0003_late"

    monkeypatch.setattr(migrate.pkgutil, "iter_modules", lambda _: [Module])  # type: ignore[attr-defined]
    monkeypatch.setattr(migrate.importlib, "import_module", lambda _: type("M", (), {"run": bug}))  # type: ignore[attr-defined]
    with pytest.raises(RuntimeError, match="steps"):
        migrate.load_steps()


def test_looking_changes_nothing_and_names_what_is_wrong(file: Path) -> None:
    data = file.read_bytes()
    assert migrate.look(file, KEY, 1) == 1
    with pytest.raises(LedgerError, match="MH-LEDGER-04"):
        migrate.look(file, KEY, 0)
    with pytest.raises(driver.DatabaseError):
        migrate.look(file, b"x" * 32, 1)
    assert file.read_bytes() == data
    assert [one.name for one in file.parent.iterdir()] == [file.name]


def test_sqlalchemy_sees_the_tables_by_their_names(file: Path) -> None:
    raw = open_at(file)
    migrate.migrate(raw, STEPS, file.parent)
    over = engine.engine_over(raw)
    with over.connect() as connection:
        assert set(sqlalchemy.inspect(connection).get_table_names()) == set(schema.metadata.tables)
    over.dispose()
    raw.close()
