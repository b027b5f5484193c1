"""Making, opening and closing; each way it can fail says so in its own words."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import pytest

from db import engine, keys, login_state, migrate
from db import ledger as ledger_module
from db.keys import Kdf
from db.ledger import Ledger, exists, last_login
from db.lock import read_holder
from mhdesk.domain.account import Role, User
from mhdesk.domain.errors import LedgerError, OutputFailed, UserError
from mhdesk.domain.patient import Patient
from mhdesk.domain.unit import Unit
from mhdesk.text import error_text
from tests.conftest import FixedClock, LedgerTemplate

CHEAP = Kdf(64, 1, 1)
NEWEST = max(migrate.load_steps())
NEW: dict[str, Any] = {
    "unit_name": "龙华中心",
    "login": "li",
    "user_name": "李明",
    "password": "Longhua-2026-lamp",
    "kdf": CHEAP,
}
PASSWORD = "Longhua-2026-lamp"


@pytest.fixture
def folder(ledger_template: LedgerTemplate, tmp_path: Path) -> Path:
    return ledger_template.copy_to(tmp_path / "台账 一")


def refused(folder: Path, password: str = PASSWORD, login: str = "wang") -> LedgerError:
    with pytest.raises(LedgerError) as error:
        Ledger.open(folder, login=login, password=password, now=FixedClock())
    said = error_text(error.value.code, **error.value.params)
    assert said.message.endswith("。")
    assert said.next
    return error.value


@pytest.mark.parametrize(("level", "root"), [("township", "institution"), ("district", "district")])
def test_a_new_ledger_is_whole(tmp_path: Path, clock: FixedClock, level: str, root: str) -> None:
    folder = tmp_path / "新 台账"
    ledger, code = Ledger.create(folder, level=level, now=clock, **NEW)
    with ledger:
        assert (ledger.login, ledger.user_name, ledger.role, ledger.level) == ("li", "李明", Role.COMBINED, level)
        unit = ledger.get(Unit, ledger.root_unit_id)
        assert (unit.name, unit.level) == ("龙华中心", root)
        assert ledger.get_setting("vault_id") == ledger.vault_id
    assert len(code) == 47
    assert exists(folder)
    names = {file.name for file in folder.iterdir()}
    assert names == {"ledger.db", "keys-a.json", "keys-b.json", "state.json", "ledger.lock", "spare.bin"}
    if os.name == "posix":
        assert {file.stat().st_mode & 0o077 for file in folder.glob("keys-*")} == {0}
    assert last_login(folder) == ("li", clock())


def test_a_second_ledger_in_the_same_folder_is_refused(folder: Path, clock: FixedClock) -> None:
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    for gone in ((), ("ledger.db",), ("keys-a.json",)):
        for name in gone:
            (folder / name).unlink()
        with pytest.raises(LedgerError, match="MH-LEDGER-13"):
            Ledger.create(folder, level="township", now=clock, **NEW)
        for name in gone:
            assert not (folder / name).exists()
            (folder / name).write_bytes(before[name])


@pytest.mark.parametrize("bad", [{"password": "short"}, {"login": "a b"}])
def test_a_refused_creation_leaves_nothing(tmp_path: Path, clock: FixedClock, bad: dict[str, str]) -> None:
    with pytest.raises(UserError):
        Ledger.create(tmp_path / "x", level="township", now=clock, **(NEW | bad))
    assert not (tmp_path / "x").exists()


def test_a_creation_that_fails_halfway_can_be_repeated(
    tmp_path: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: keys.KeyRing, folder: Path) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(keys.KeyRing, "save", fail)
        with pytest.raises(OutputFailed, match="MH-LEDGER-14"):
            Ledger.create(tmp_path / "x", level="township", now=clock, **NEW)
    assert {file.name for file in (tmp_path / "x").iterdir()} <= {"ledger.lock"}
    Ledger.create(tmp_path / "x", level="township", now=clock, **NEW)[0].close()


def test_wrong_password_and_unknown_login_say_the_same(folder: Path) -> None:
    assert refused(folder, "wrong password").code == refused(folder, login="nobody").code == "MH-LEDGER-01"


def test_a_folder_without_a_ledger(tmp_path: Path) -> None:
    assert refused(tmp_path / "absent").code == refused(tmp_path).code == "MH-LEDGER-06"
    assert list(tmp_path.iterdir()) == []


def test_a_missing_database_is_not_replaced_by_an_empty_one(folder: Path) -> None:
    (folder / "ledger.db").unlink()
    assert refused(folder).code == "MH-LEDGER-35"
    assert not (folder / "ledger.db").exists()


def test_missing_key_files(folder: Path) -> None:
    for name in keys.FILE_NAMES:
        (folder / name).unlink()
    assert refused(folder).code == "MH-LEDGER-09"


def test_a_bad_key_copy_is_repaired_at_the_next_opening(folder: Path, clock: FixedClock) -> None:
    good = (folder / "keys-b.json").read_bytes()
    (folder / "keys-a.json").write_bytes(b"rubbish")
    Ledger.open(folder, login="wang", password="Longhua-2026-lamp", now=clock).close()
    assert (folder / "keys-a.json").read_bytes() == good


@pytest.mark.parametrize("size", [0, 1, 15, 100, 4095, 4096, 5000, 8192, 20_000])
def test_a_truncated_file_is_damage_not_a_wrong_password(folder: Path, size: int) -> None:
    data = (folder / "ledger.db").read_bytes()
    (folder / "ledger.db").write_bytes(data[:size])
    assert refused(folder).code in {"MH-LEDGER-03", "MH-LEDGER-08"}
    assert (folder / "ledger.db").read_bytes() == data[:size]


def test_another_databases_file_is_damage(folder: Path, tmp_path: Path, clock: FixedClock) -> None:
    Ledger.create(tmp_path / "other", level="township", now=clock, **NEW)[0].close()
    shutil.copyfile(tmp_path / "other" / "ledger.db", folder / "ledger.db")
    assert refused(folder).code == "MH-LEDGER-03"


def test_a_plain_database_is_refused(folder: Path) -> None:
    (folder / "ledger.db").write_bytes(b"SQLite format 3\x00" + bytes(4080))
    assert refused(folder).code == "MH-LEDGER-10"


def test_a_database_that_is_no_ledger(folder: Path) -> None:
    ring = keys.unlock(folder, "wang", "Longhua-2026-lamp")
    (folder / "ledger.db").unlink()
    raw = engine.connect_exclusive(folder / "ledger.db", ring.subkey("db"), mode="rwc")
    raw.execute("CREATE TABLE a (b)")
    raw.close()
    assert refused(folder).code == "MH-LEDGER-08"


@pytest.mark.parametrize("killed", [False, True])
def test_a_newer_ledger_is_left_untouched(folder: Path, killed: bool) -> None:
    ring = keys.unlock(folder, "wang", "Longhua-2026-lamp")
    raw = engine.connect_exclusive(folder / "ledger.db", ring.subkey("db"))
    raw.execute("PRAGMA user_version = 99")
    files = ["ledger.db", "ledger.db-wal"]
    if killed:  # what a newer program leaves when it is ended hard: database and -wal as they stand
        copies = {name: (folder / name).read_bytes() for name in files}
    raw.close()
    if killed:
        for name, data in copies.items():
            (folder / name).write_bytes(data)
    before = {name: (folder / name).read_bytes() for name in files if (folder / name).exists()}
    assert len(before) == (2 if killed else 1)
    error = refused(folder)
    assert (error.code, error.params["found"], error.params["known"]) == ("MH-LEDGER-04", 99, NEWEST)
    assert {name: (folder / name).read_bytes() for name in files if (folder / name).exists()} == before


def test_the_recovery_code_gives_a_new_password(
    folder: Path, ledger_template: LedgerTemplate, clock: FixedClock
) -> None:
    code = ledger_template.recovery_code
    with Ledger.open_with_recovery(
        folder, code=code.lower(), new_password="Morning-tea-9-cups", login="wang", now=clock, kdf=CHEAP
    ) as opened:
        assert opened.user_name == "王敏"
    assert refused(folder).code == "MH-LEDGER-01"
    Ledger.open(folder, login="wang", password="Morning-tea-9-cups", now=clock).close()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"code": "A" * 40}, "MH-LEDGER-11"),
        ({"code": "A"}, "MH-LEDGER-34"),
        ({"login": "nobody"}, "MH-LEDGER-16"),
        ({"new_password": "short"}, "MH-LEDGER-17"),
    ],
)
def test_a_recovery_that_fails_changes_nothing(
    folder: Path, ledger_template: LedgerTemplate, clock: FixedClock, change: dict[str, str], code: str
) -> None:
    given = {"code": ledger_template.recovery_code, "new_password": "Morning-tea-9-cups", "login": "wang"} | change
    with pytest.raises(UserError, match=code):
        Ledger.open_with_recovery(folder, now=clock, kdf=CHEAP, **given)
    Ledger.open(folder, login="wang", password=ledger_template.password, now=clock).close()


def test_a_disabled_user_and_an_orphan_slot_open_nothing(folder: Path, clock: FixedClock) -> None:
    ring = keys.unlock(folder, "wang", "Longhua-2026-lamp")
    ring.set_password("ghost", "Ghost-password-77", clock(), CHEAP)  # a crash between key file and COMMIT
    ring.save(folder)
    assert refused(folder, "Ghost-password-77", "ghost").code == "MH-LEDGER-16"
    Ledger.open(folder, login="wang", password="Longhua-2026-lamp", now=clock).close()
    assert refused(folder, "Ghost-password-77", "ghost").code == "MH-LEDGER-01"


def test_in_one_process_the_second_opener_learns_who_is_first(folder: Path, clock: FixedClock) -> None:
    with Ledger.open(folder, login="wang", password="Longhua-2026-lamp", now=clock):
        error = refused(folder)
        assert (error.code, error.params["who"]) == ("MH-LEDGER-05", "wang")
        assert error.params["since"] == "2026-11-20 10:00"
    Ledger.open(folder, login="wang", password="Longhua-2026-lamp", now=clock).close()


OPENER = textwrap.dedent("""
    import sys, time
    from datetime import UTC, datetime
    from pathlib import Path
    from db.ledger import Ledger
    from mhdesk.domain.errors import LedgerError
    folder, now = Path(sys.argv[1]), lambda: datetime.now(UTC)
    try:
        opened = Ledger.open(folder, login="wang", password="Longhua-2026-lamp", now=now)
    except LedgerError as error:
        print(error.code, error.params.get("who"), flush=True)
    else:
        print("open", flush=True)
        sys.stdin.readline()
        opened.close()
""")


def start(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", OPENER, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def test_of_several_processes_one_gets_it_and_death_frees_it(folder: Path, clock: FixedClock) -> None:
    processes = [start(folder) for _ in range(4)]
    answers = [process.stdout.readline().split() for process in processes if process.stdout]
    assert sorted(answer[0] for answer in answers) == ["MH-LEDGER-05"] * 3 + ["open"]
    winner = processes[[answer[0] for answer in answers].index("open")]
    assert read_holder(folder).login == "wang"
    winner.kill()
    winner.wait()
    begun = time.monotonic()
    Ledger.open(folder, login="wang", password="Longhua-2026-lamp", now=clock).close()
    assert time.monotonic() - begun < 5
    for process in processes:
        process.communicate("\n")


def test_without_the_lock_file_sqlites_lock_still_holds(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    process = start(folder)
    assert process.stdout
    assert process.stdout.readline() == "open\n"
    (folder / "ledger.lock").unlink()  # somebody tidied up
    monkeypatch.setattr(engine, "_BUSY_MS", 50)
    monkeypatch.setattr(engine, "_STORAGE", (("busy_timeout = 50", "busy_timeout", 50), *engine._STORAGE[1:]))
    assert refused(folder).code == "MH-LEDGER-05"
    process.communicate("\n")


def test_lost_changes_are_noticed(folder: Path, clock: FixedClock) -> None:
    opened = Ledger.open(folder, login="wang", password="Longhua-2026-lamp", now=clock)
    for _ in range(3):
        with opened.change("patient.add") as change:
            change.add(Patient(name="甲"))
    opened.drop()  # ends without a checkpoint of ours …
    shutil.copyfile(folder / "ledger.db", folder / "whole.db")
    clock.advance(hours=1)
    # … and an older copy is put back by hand.
    shutil.copyfile(folder / "whole.db", folder / "ledger.db")
    again = Ledger.open(folder, login="wang", password="Longhua-2026-lamp", now=clock)
    assert again.missing_changes == 0
    older = (folder / "ledger.db").read_bytes()
    with again.change("patient.add") as change:
        change.add(Patient(name="乙"))
    again.close()
    (folder / "ledger.db").write_bytes(older)
    last = Ledger.open(folder, login="wang", password="Longhua-2026-lamp", now=clock)
    assert last.missing_changes == 2  # the opening before, and 乙
    last.close()


def test_a_copy_of_the_database_alone_is_whole_after_closing(folder: Path, tmp_path: Path, clock: FixedClock) -> None:
    opened = Ledger.open(folder, login="wang", password="Longhua-2026-lamp", now=clock)
    with opened.change("patient.add") as change:
        change.add(Patient(name="甲"))
    opened.close()
    opened.close()
    assert not (folder / "ledger.db-wal").exists()
    for name in ("ledger.db", "keys-a.json"):
        (tmp_path / "copy").mkdir(exist_ok=True)
        shutil.copyfile(folder / name, tmp_path / "copy" / name)
    with Ledger.open(tmp_path / "copy", login="wang", password="Longhua-2026-lamp", now=clock) as copy:
        assert [one.name for one in copy.find(Patient)] == ["甲"]


def test_an_older_ledger_is_backed_up_and_brought_up(
    folder: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    from db import backup

    steps = migrate.load_steps() | {NEWEST + 1: lambda raw: raw.execute("ALTER TABLE patient ADD COLUMN nickname TEXT")}
    monkeypatch.setattr(migrate, "load_steps", lambda: steps)
    with Ledger.open(folder, login="wang", password="Longhua-2026-lamp", now=clock) as opened, opened.raw() as raw:
        assert migrate.version_of(raw) == NEWEST + 1
    (kept,) = backup.listed(folder)
    assert (kept.kind, kept.manifest["schema"]) == ("migration", NEWEST)


def test_a_failed_upgrade_says_so_and_the_old_program_goes_on(
    folder: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(raw: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(migrate, "load_steps", lambda: dict.fromkeys(range(1, NEWEST + 2), fail))
        assert refused(folder).code == "MH-LEDGER-27"
    Ledger.open(folder, login="wang", password="Longhua-2026-lamp", now=clock).close()


def test_the_state_may_be_lost(folder: Path, clock: FixedClock) -> None:
    (folder / login_state.FILE_NAME).unlink()
    assert last_login(folder) is None
    Ledger.open(folder, login="wang", password="Longhua-2026-lamp", now=clock).close()
    assert json.loads((folder / login_state.FILE_NAME).read_bytes())["last_login"] == "wang"


def test_leftovers_of_interrupted_writes_are_swept(folder: Path, clock: FixedClock) -> None:
    (folder / ".keys-a.json.0badcafe.tmp").write_bytes(b"half")
    Ledger.open(folder, login="wang", password="Longhua-2026-lamp", now=clock).close()
    assert not list(folder.glob(".*.tmp"))


def test_failed_attempts_stand_in_the_audit_trail(folder: Path, clock: FixedClock) -> None:
    for _ in range(2):
        refused(folder, "wrong password")
    with Ledger.open(folder, login="wang", password="Longhua-2026-lamp", now=clock) as opened, opened.read() as cursor:
        last = cursor.exec_driver_sql("SELECT reason FROM audit ORDER BY seq DESC LIMIT 1").scalar()
    assert last == "failed attempts: 2"


def test_users_of_a_new_ledger(ledger: Ledger) -> None:
    assert [(user.login, user.name) for user in ledger.find(User)] == [("wang", "王敏")]
    assert ledger_module.FILE_NAME == "ledger.db"
