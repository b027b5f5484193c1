"""Damage is found wherever it sits, said in plain words, and no wrong row is ever shown."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from db import safety
from db.ledger import Ledger
from mhdesk.domain.errors import LedgerError, UserError
from mhdesk.domain.patient import Patient
from tests.conftest import FixedClock, LedgerTemplate

PAGE = 4096
PASSWORD = "Longhua-2026-lamp"


@pytest.fixture
def filled(ledger: Ledger) -> Path:
    """A closed ledger of a good hundred pages."""
    with ledger.change("patient.add") as change:
        change.add_many([Patient(name=f"甲{number}", current_address="龙华街道" * 20) for number in range(600)])
    ledger.close()
    return ledger.folder


def use(folder: Path, clock: FixedClock) -> set[str]:
    """Open, read everything, check; returns the codes or failed checks."""
    try:
        with Ledger.open(folder, login="wang", password=PASSWORD, now=clock) as ledger:
            found = {check.name for check in safety.verify(ledger) if not check.ok and "backup" not in check.name}
            try:
                names = [one.name for one in ledger.find(Patient)]
            except UserError as error:
                return found | {error.code}
            assert names == [f"甲{number}" for number in range(600)]
            return found
    except LedgerError as error:
        return {error.code}


def test_one_flipped_bit_in_any_page_is_found(
    filled: Path, clock: FixedClock, sweep: bool, capfd: pytest.CaptureFixture[str]
) -> None:
    file, rng = filled / "ledger.db", random.Random(3)
    data = file.read_bytes()
    pages = len(data) // PAGE
    assert pages > 80
    for page in range(0, pages, 1 if sweep else 5):
        changed = bytearray(data)
        changed[page * PAGE + rng.randrange(PAGE)] ^= 1 << rng.randrange(8)
        file.write_bytes(changed)
        found = use(filled, clock)
        assert found & {"MH-LEDGER-03", "cipher_integrity"}, page
        assert "MH-LEDGER-01" not in found
        (filled / "ledger.db-wal").unlink(missing_ok=True)
    # SQLCipher would print thousands of lines.
    assert len(capfd.readouterr().err.splitlines()) < 10


def test_a_file_cut_anywhere_is_found(filled: Path, clock: FixedClock, sweep: bool) -> None:
    file, rng = filled / "ledger.db", random.Random(5)
    data = file.read_bytes()
    for _ in range(200 if sweep else 25):
        file.write_bytes(data[: rng.randrange(len(data))])
        found = use(filled, clock)
        assert found & {"MH-LEDGER-03", "MH-LEDGER-08", "cipher_integrity", "integrity"}
        assert "MH-LEDGER-01" not in found
        (filled / "ledger.db-wal").unlink(missing_ok=True)


def test_damage_can_be_repaired_from_a_backup(ledger: Ledger, clock: FixedClock) -> None:
    with ledger.change("patient.add") as change:
        change.add(Patient(name="甲"))
    made = safety.back_up(ledger)
    ledger.close()
    (ledger.folder / "ledger.db").write_bytes(b"\0" * 50_000)
    assert use(ledger.folder, clock) == {"MH-LEDGER-03"}
    with safety.put_back(ledger.folder, made.file, login="wang", password=PASSWORD, now=clock) as again:
        assert [one.name for one in again.find(Patient)] == ["甲"]


def test_an_old_page_put_back_is_a_known_limit_but_an_old_file_is_noticed(
    ledger_template: LedgerTemplate, tmp_path: Path, clock: FixedClock
) -> None:
    # SQLCipher cannot see a whole old file; the head outside the database can.
    folder = ledger_template.copy_to(tmp_path / "l")
    old = (folder / "ledger.db").read_bytes()
    with Ledger.open(folder, login="wang", password=PASSWORD, now=clock) as ledger:
        for number in range(3):
            with ledger.change("patient.add") as change:
                change.add(Patient(name=f"甲{number}"))
    (folder / "ledger.db").write_bytes(old)
    with Ledger.open(folder, login="wang", password=PASSWORD, now=clock) as ledger:
        assert ledger.missing_changes == 4
        assert {check.name for check in safety.verify(ledger) if not check.ok} == {"missing_changes", "audit_chain"}


def test_opening_a_damaged_ledger_again_and_again_is_no_guessing(filled: Path, clock: FixedClock) -> None:
    (filled / "ledger.db").write_bytes(b"\0" * 50_000)
    for _ in range(8):
        assert use(filled, clock) == {"MH-LEDGER-03"}
