"""Restoring ends in the old or the new state wherever it is interrupted; nothing is ever deleted."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from db import accounts, atomic, backup, keys, recovery_code, restore, safety
from db.keys import Kdf
from db.ledger import Ledger
from mhdesk.domain.account import Role
from mhdesk.domain.errors import LedgerError, UserError
from mhdesk.domain.patient import Patient
from tests.conftest import FixedClock, LedgerTemplate

CHEAP = Kdf(64, 1, 1)
PASSWORD = "Longhua-2026-lamp"


def add(ledger: Ledger, name: str) -> None:
    with ledger.change("patient.add") as change:
        change.add(Patient(name=name))


def names(ledger: Ledger) -> list[str]:
    return [one.name for one in ledger.find(Patient)]


@pytest.fixture
def saved(ledger: Ledger) -> tuple[Path, Path]:
    """A closed ledger with 甲 and 乙, and a backup that only knows 甲."""
    add(ledger, "甲")
    file = safety.back_up(ledger).file
    add(ledger, "乙")
    ledger.close()
    return ledger.folder, file


def put_back(folder: Path, file: Path, clock: FixedClock, **given: str) -> Ledger:
    secret = given or {"password": PASSWORD}
    login = secret.pop("login", "wang")
    return safety.put_back(folder, file, login=login, now=clock, kdf=CHEAP, **secret)


def test_a_restore_brings_the_old_state_and_keeps_the_new_aside(saved: tuple[Path, Path], clock: FixedClock) -> None:
    folder, file = saved
    with put_back(folder, file, clock) as ledger:
        assert names(ledger) == ["甲"]
        assert (ledger.missing_changes, ledger.get_setting("epoch"), ledger.get_setting("thinning_paused")) == (
            0,
            2,
            True,
        )
        with ledger.read() as connection:
            action, reason = connection.exec_driver_sql(
                "SELECT action, reason FROM audit ORDER BY seq DESC LIMIT 1"
            ).one()
        assert action == "ledger.restore"
        assert file.name in reason
        assert all(check.ok for check in safety.verify(ledger))
        safety.confirm_restore(ledger)
        assert ledger.get_setting("thinning_paused") is False
    (quarantine,) = (folder / restore.QUARANTINE).iterdir()
    assert {one.name for one in quarantine.iterdir()} == {"ledger.db", "keys-a.json", "keys-b.json"}
    # What was replaced opens again when it is put in a folder of its own.
    with Ledger.open(quarantine, login="wang", password=PASSWORD, now=clock) as old:
        assert names(old) == ["甲", "乙"]


def test_a_stale_wal_beside_a_damaged_file_goes_too(saved: tuple[Path, Path], clock: FixedClock) -> None:
    folder, file = saved
    (folder / "ledger.db").write_bytes(b"ruined")
    for suffix in ("-wal", "-shm", "-journal"):
        (folder / f"ledger.db{suffix}").write_bytes(b"stale" * 1000)
    with put_back(folder, file, clock) as ledger:
        assert names(ledger) == ["甲"]
    (quarantine,) = (folder / restore.QUARANTINE).iterdir()
    assert {one.name for one in quarantine.glob("ledger.db*")} == {
        "ledger.db",
        "ledger.db-wal",
        "ledger.db-shm",
        "ledger.db-journal",
    }


def test_without_key_files_the_backups_own_are_used(saved: tuple[Path, Path], clock: FixedClock) -> None:
    folder, file = saved
    for name in keys.FILE_NAMES:
        (folder / name).unlink()
    put_back(folder, file, clock).close()
    Ledger.open(folder, login="wang", password=PASSWORD, now=clock).close()


def test_a_stick_and_the_paper_rebuild_everything_on_another_pc(
    ledger: Ledger, ledger_template: LedgerTemplate, tmp_path: Path, clock: FixedClock
) -> None:
    add(ledger, "甲")
    stick = safety.back_up(ledger, tmp_path / "stick").file
    ledger.close()
    shutil.rmtree(ledger.folder)
    new = tmp_path / "new pc"
    with pytest.raises(LedgerError, match="MH-LEDGER-01"):
        put_back(new, stick, clock)
    with pytest.raises(LedgerError, match="MH-LEDGER-12"):
        put_back(new, stick, clock, code=recovery_code.encode(bytes(20)), new_password="Morning-tea-9-cups")
    code = ledger_template.recovery_code
    with put_back(new, stick, clock, code=code, new_password="Morning-tea-9-cups") as again:
        assert names(again) == ["甲"]
    Ledger.open(new, login="wang", password="Morning-tea-9-cups", now=clock).close()


def test_newer_passwords_stay_after_a_restore(ledger: Ledger, clock: FixedClock) -> None:
    file = safety.back_up(ledger).file
    accounts.change_password(ledger, old=PASSWORD, new="Morning-tea-9-cups", kdf=CHEAP)
    ledger.close()
    put_back(ledger.folder, file, clock, password="Morning-tea-9-cups").close()
    with pytest.raises(LedgerError, match="MH-LEDGER-01"):
        Ledger.open(ledger.folder, login="wang", password=PASSWORD, now=clock)


def test_only_an_administrator_restores(ledger: Ledger, clock: FixedClock) -> None:
    accounts.add_user(ledger, login="li", name="李", role=Role.DOCTOR, password="Morning-tea-9-cups", kdf=CHEAP)
    file = safety.back_up(ledger).file
    ledger.close()
    before = (ledger.folder / "ledger.db").read_bytes()
    with pytest.raises(LedgerError, match="MH-LEDGER-22"):
        put_back(ledger.folder, file, clock, login="li", password="Morning-tea-9-cups")
    assert (ledger.folder / "ledger.db").read_bytes() == before
    assert not list(ledger.folder.glob("restoring-*"))


def test_what_is_refused_changes_nothing(
    saved: tuple[Path, Path], ledger_template: LedgerTemplate, tmp_path: Path, clock: FixedClock
) -> None:
    folder, file = saved
    other, _ = Ledger.create(
        tmp_path / "other",
        unit_name="别处",
        level="township",
        login="wang",
        user_name="王",
        password=PASSWORD,
        now=clock,
        kdf=CHEAP,
    )
    foreign = safety.back_up(other).file
    other.close()
    bad = tmp_path / "bad.mhb"
    bad.write_bytes(file.read_bytes()[:-100] + bytes(100))
    before = (folder / "ledger.db").read_bytes()
    cases: list[tuple[Path, dict[str, str], str]] = [
        (foreign, {}, "MH-LEDGER-32"),
        (bad, {}, "MH-LEDGER-31"),
        (tmp_path / "bad.mhb", {"password": "wrong password"}, "MH-LEDGER-01"),
        (file, {"login": "nobody", "password": PASSWORD}, "MH-LEDGER-01"),
        (file, {"code": ledger_template.recovery_code, "new_password": "short"}, "MH-LEDGER-17"),
    ]
    for container, given, code in cases:
        with pytest.raises(UserError, match=code):
            put_back(folder, container, clock, **given)
        assert (folder / "ledger.db").read_bytes() == before
    with Ledger.open(folder, login="wang", password=PASSWORD, now=clock) as ledger:
        assert names(ledger) == ["甲", "乙"]
        with pytest.raises(LedgerError, match="MH-LEDGER-05"):
            put_back(folder, file, clock)


def test_the_difference_is_told_before(saved: tuple[Path, Path], clock: FixedClock) -> None:
    folder, file = saved
    with Ledger.open(folder, login="wang", password=PASSWORD, now=clock) as ledger:
        assert safety.difference(ledger, file)["patient"] == (2, 1)


class PowerCut(BaseException):
    """The process dies here."""


def cut_at(monkeypatch: pytest.MonkeyPatch, count: int) -> list[int]:
    """Every durable step of the restore counts; the `count`-th kills, before or after it was done."""
    done: list[int] = []

    def counted(real: Callable[..., None]) -> Callable[..., None]:
        def step(*args: object, **kwargs: object) -> None:
            done.append(1)
            mine = len(done)
            if mine * 2 - 1 == count:
                raise PowerCut
            real(*args, **kwargs)
            if mine * 2 == count:
                raise PowerCut

        return step

    for name in ("write", "replace", "sync_folder"):
        monkeypatch.setattr(atomic, name, counted(getattr(atomic, name)))
    return done


def test_a_power_cut_at_any_step_ends_old_or_new(
    saved: tuple[Path, Path], tmp_path: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch, sweep: bool
) -> None:
    folder, file = saved
    outcomes: list[str] = []
    for count in range(1, 300, 1 if sweep else 3):
        trial = tmp_path / "trial"
        shutil.copytree(folder, trial)
        with monkeypatch.context() as patch:
            cut_at(patch, count)
            try:
                put_back(trial, file, clock).close()
                outcomes.append("through")
            except PowerCut:
                outcomes.append("cut")
        with monkeypatch.context() as patch:  # a second cut during the recovery from the first
            done = cut_at(patch, count % 24 + 1)
            try:
                Ledger.open(trial, login="wang", password=PASSWORD, now=clock).drop()
            except PowerCut:
                assert done
        with Ledger.open(trial, login="wang", password=PASSWORD, now=clock) as ledger:
            found = names(ledger)
            assert found in (["甲"], ["甲", "乙"])
            assert ledger.missing_changes == 0
            if found == ["甲"]:
                assert ledger.get_setting("epoch") == 2
            checks = {check.name for check in safety.verify(ledger) if not check.ok}
            assert not checks
        assert not list(trial.glob("restoring-*"))
        shutil.rmtree(trial)
        if outcomes[-1] == "through":
            break
    assert outcomes[-1] == "through"
    assert len(outcomes) > (50 if sweep else 17)


def test_a_journal_that_cannot_be_read_stops_everything(saved: tuple[Path, Path], clock: FixedClock) -> None:
    folder, _ = saved
    good = {"staged": "../../x", "quarantine": "/", "keys": {}, "audit": {}, "note": ""}
    for data in (b"", b"[]", json.dumps(good).encode()):
        (folder / restore.JOURNAL).write_bytes(data)
        with pytest.raises(LedgerError, match="MH-LEDGER-38"):
            Ledger.open(folder, login="wang", password=PASSWORD, now=clock)
    assert backup.listed(folder)
