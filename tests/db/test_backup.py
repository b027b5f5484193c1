"""A backup counts only after it was read back; a bad one never replaces a good one."""

from __future__ import annotations

import json
import random
import shutil
from collections import namedtuple
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db import backup, keys, migrate, safety
from db.ledger import Ledger
from mhdesk.domain.errors import Cancelled, LedgerError, OutputFailed
from mhdesk.domain.patient import Patient
from mhdesk.text import text
from tests.conftest import FixedClock


def add(ledger: Ledger, name: str = "罗丽莎") -> None:
    with ledger.change("patient.add") as change:
        change.add(Patient(name=name))


def test_a_backup_says_what_it_holds(ledger: Ledger, clock: FixedClock) -> None:
    add(ledger)
    made = safety.back_up(ledger)
    assert made.file == ledger.folder / "backups" / "backup-000001-20261120T020000Z.mhb"
    assert (made.generation, made.created, made.kind, made.removable) == (1, clock(), "regular", False)
    manifest = made.manifest
    assert (manifest["vault_id"], manifest["epoch"], manifest["schema"]) == (
        ledger.vault_id,
        1,
        max(migrate.load_steps()),
    )
    assert manifest["rows"]["patient"] == 1
    assert manifest["audit"]["seq"] > 0
    assert [one.file for one in backup.listed(ledger.folder)] == [made.file]
    assert not list((ledger.folder / "backups").glob(".*"))


def test_a_local_copy_carries_all_slots_and_a_removable_one_only_the_code(ledger: Ledger, tmp_path: Path) -> None:
    local, stick = safety.back_up(ledger), safety.back_up(ledger, tmp_path / "stick")
    types = [{slot.type for slot in backup.key_document(one).slots} for one in (local, stick)]
    assert types == [{"password", "recovery"}, {"recovery"}]
    assert backup.key_document(stick).is_signed_by(ledger.ring.subkey("hdr"))
    assert stick.file.name.endswith("-usb.mhb")
    assert b'"wang"' not in stick.file.read_bytes()[:4000]


def test_nothing_readable_is_in_it(ledger: Ledger) -> None:
    add(ledger, "罗丽莎甲乙丙")
    data = safety.back_up(ledger).file.read_bytes()
    for encoding in ("utf-8", "utf-16-le", "utf-16-be", "gb18030"):
        assert "罗丽莎甲乙丙".encode(encoding) not in data


def test_generations_only_grow(ledger: Ledger, clock: FixedClock, tmp_path: Path) -> None:
    made = [safety.back_up(ledger).generation, safety.back_up(ledger, tmp_path).generation]
    clock.advance(days=-4000)
    made.append(safety.back_up(ledger).generation)
    assert made == [1, 2, 3]


def test_what_changed_since_the_last_backup(ledger: Ledger) -> None:
    assert safety.changes_since_backup(ledger) == 1  # its creation
    safety.back_up(ledger)
    assert safety.changes_since_backup(ledger) == 0
    add(ledger)
    assert safety.changes_since_backup(ledger) == 1


def test_the_drill_restores_for_trial_and_leaves_nothing(ledger: Ledger) -> None:
    with pytest.raises(LedgerError, match="MH-LEDGER-31"):
        safety.drill(ledger)
    safety.back_up(ledger)
    before = {file.name for file in ledger.folder.rglob("*")}
    checks = safety.drill(ledger)
    assert [check.name for check in checks] == [
        "open",
        "cipher_integrity",
        "integrity",
        "foreign_keys",
        "content",
        "sha256",
    ]
    assert all(check.ok for check in checks)
    assert {file.name for file in ledger.folder.rglob("*")} == before
    assert ledger.get_setting("last_drill") == ledger.now().isoformat()


def test_every_altered_container_is_refused(ledger: Ledger, tmp_path: Path, sweep: bool) -> None:
    add(ledger)
    data = safety.back_up(ledger).file.read_bytes()
    rng, bad = random.Random(7), tmp_path / "bad.mhb"
    for number in range(2000 if sweep else 150):
        changed = bytearray(data)
        if number % 3:
            place = rng.randrange(min(len(data), 3000) if number % 3 == 1 else len(data))
            changed[place] ^= 1 << rng.randrange(8)
        else:
            del changed[rng.randrange(len(data)) :]
        bad.write_bytes(changed)
        with pytest.raises(LedgerError) as error:
            safety.drill(ledger, bad)
        assert error.value.code in {"MH-LEDGER-31", "MH-LEDGER-32"}


@given(st.binary(max_size=200))
def test_any_file_is_a_backup_or_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    file = tmp_path_factory.mktemp("any") / "x.mhb"
    for content in (data, backup.MAGIC + data, backup.MAGIC + len(data).to_bytes(8, "big") + data):
        file.write_bytes(content)
        with pytest.raises(LedgerError, match="MH-LEDGER-31"):
            backup.read_manifest(file)


def test_a_manifest_that_lies_is_found(ledger: Ledger) -> None:
    made = safety.back_up(ledger)
    key = ledger.ring.subkey("db")
    body = ledger.folder / ".body.tmp"
    backup.extract(made, ledger.ring, body)
    for name, lie in (("rows", {}), ("audit", {"seq": 1, "head": "x"}), ("schema", 7)):
        checks = backup.check_body(body, key, made.manifest | {name: lie})
        assert [check.name for check in checks if not check.ok] == ["content"]
    body.write_bytes(bytes(8192))
    assert [check.name for check in backup.check_body(body, key, made.manifest) if not check.ok] == ["open", "sha256"]


@pytest.mark.parametrize("check", ["open", "cipher_integrity", "integrity", "foreign_keys", "content", "sha256", "mac"])
def test_a_backup_that_fails_a_check_is_thrown_away(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, check: str
) -> None:
    good = safety.back_up(ledger).file.read_bytes()
    if check == "mac":
        monkeypatch.setattr(backup, "_mac_holds", lambda *_: False)
    else:
        monkeypatch.setattr(backup, "check_body", lambda *_: [backup.Check(check, ok=False)])
    with pytest.raises(OutputFailed) as error:
        safety.back_up(ledger)
    assert (error.value.code, error.value.params["check"]) == ("MH-LEDGER-30", check)
    assert [one.file.read_bytes() for one in backup.listed(ledger.folder)] == [good]
    assert not list((ledger.folder / "backups").glob(".*"))


def test_a_damaged_ledger_is_not_backed_up_and_nothing_is_thinned(ledger: Ledger) -> None:
    add(ledger)
    good = safety.back_up(ledger).file
    with ledger.raw() as raw:  # a page of rows; without those of the schema nothing could be opened
        (page,) = raw.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'patient'").fetchone()
    ledger.close()
    data = bytearray((ledger.folder / "ledger.db").read_bytes())
    data[(page - 1) * 4096 + 700] ^= 1
    (ledger.folder / "ledger.db").write_bytes(data)
    ring = keys.unlock(ledger.folder, "wang", "Longhua-2026-lamp")
    from db import engine

    raw = engine.connect_exclusive(ledger.folder / "ledger.db", ring.subkey("db"))
    try:
        with pytest.raises(LedgerError, match="MH-LEDGER-29"):
            backup.write(raw, ring, good.parent, generation=2, now=datetime.now(UTC), kind="regular", removable=False)
    finally:
        raw.close()
    assert [one.file for one in backup.listed(ledger.folder)] == [good]


def test_too_little_room_is_said_before_anything_is_written(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")  # noqa: PYI024 - as shutil's own
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10, 0, 1000))
    with pytest.raises(OutputFailed) as error:
        safety.back_up(ledger)
    assert (error.value.code, error.value.params["free"]) == ("MH-LEDGER-28", 0)
    assert list((ledger.folder / "backups").iterdir()) == []


def test_progress_is_shown_and_cancel_stops(ledger: Ledger) -> None:
    class Impatient:
        def step(self, done: int, total: int, words: str) -> None:
            raise Cancelled

    with pytest.raises(Cancelled):
        safety.back_up(ledger, task=Impatient())
    assert backup.listed(ledger.folder) == []


# ---------------------------------------------------------------- thinning


def series(count: int, step: timedelta) -> list[tuple[int, datetime, str]]:
    start = datetime(2024, 1, 1, tzinfo=UTC)
    return [(number, start + step * number, "regular") for number in range(count, 0, -1)]


def test_the_newest_days_weeks_months_and_years_stay() -> None:
    known = series(2 * 24 * 800, timedelta(minutes=30))
    keep = backup.kept_generations(known)
    assert {generation for generation, _, _ in known[:24]} <= keep
    made = {generation: at for generation, at, _ in known}
    assert len({made[generation].date() for generation in keep}) >= 14
    assert len({made[generation].strftime("%Y-%m") for generation in keep}) == 24
    assert len({made[generation].year for generation in keep}) == 3
    assert len(keep) <= 24 + 14 + 8 + 24 + 3


def test_a_clock_that_jumps_removes_nothing_good() -> None:
    known = series(30, timedelta(days=1))
    before = backup.kept_generations(known)
    jumped = [(31, known[0][1] + timedelta(days=400), "regular"), *known]
    assert len(before - backup.kept_generations(jumped)) <= 1


def test_the_last_one_before_a_migration_stays() -> None:
    known = series(5000, timedelta(minutes=1))
    known[4990] = (*known[4990][:2], backup.MIGRATION)
    assert known[4990][0] in backup.kept_generations(known)


@given(st.lists(st.datetimes(datetime(2009, 1, 1), datetime(2040, 1, 1)), max_size=80))  # noqa: DTZ001 - aware below
def test_the_newest_three_always_stay(times: list[datetime]) -> None:
    known = [(number, at.replace(tzinfo=UTC), "regular") for number, at in enumerate(times, 1)][::-1]
    assert {generation for generation, _, _ in known[:3]} <= backup.kept_generations(known)


def test_thinning_removes_files_and_only_ours(ledger: Ledger, clock: FixedClock) -> None:
    for _ in range(3):
        safety.back_up(ledger)
    first = backup.listed(ledger.folder)[-1]
    data = first.file.read_bytes()
    for number in range(10, 60):  # fifty more of the same minute
        manifest = json.loads(data[18 : 18 + int.from_bytes(data[10:18], "big")]) | {"generation": number}
        header = keys.canonical(manifest)
        copy = first.file.with_name(f"backup-{number:06}-20261120T020000Z.mhb")
        copy.write_bytes(backup.MAGIC + len(header).to_bytes(8, "big") + header)
    (first.file.parent / "note.txt").write_text("mine", encoding="utf-8")
    removed = backup.thin(ledger.folder)
    assert len(removed) == 53 - 24
    assert (first.file.parent / "note.txt").exists()


# ---------------------------------------------------------------- the check of the whole


def test_a_good_ledger_passes_every_check(ledger: Ledger, clock: FixedClock, tmp_path: Path) -> None:
    add(ledger)
    checks = {check.name: check for check in safety.verify(ledger)}
    assert list(checks) == [
        "cipher_integrity",
        "integrity",
        "foreign_keys",
        "audit_chain",
        "missing_changes",
        "key_files",
        "backup_local",
        "backup_removable",
    ]
    assert all(check.ok for check in checks.values())
    assert all(text(f"ledger_check.{name}") and check.detail for name, check in checks.items())
    clock.advance(days=8)
    overdue = {check.name for check in safety.verify(ledger) if not check.ok}
    assert overdue == {"backup_local", "backup_removable"}
    safety.back_up(ledger)
    safety.back_up(ledger, tmp_path / "stick")
    assert all(check.ok for check in safety.verify(ledger))
    clock.advance(days=2)
    assert all(check.ok for check in safety.verify(ledger))  # nothing changed since


def test_each_damage_fails_its_own_check(ledger: Ledger) -> None:
    add(ledger)
    (ledger.folder / "keys-b.json").unlink()
    with ledger.raw() as raw:
        raw.execute("PRAGMA foreign_keys = OFF")
        raw.execute("UPDATE patient SET unit_id = 999")
        raw.execute("DROP TRIGGER audit_no_update")
        raw.execute("UPDATE audit SET login = 'li' WHERE seq = 2")
    failed = {check.name: check.detail for check in safety.verify(ledger) if not check.ok}
    assert failed.keys() == {"key_files", "foreign_keys", "audit_chain"}
    assert "2" in failed["audit_chain"]
