"""No name and no ID number stands readable in any file of a ledger, whatever state it is left in."""

from __future__ import annotations

import base64
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from db import safety
from db.keys import Kdf
from db.ledger import Ledger
from mhdesk.domain.account import Draft
from mhdesk.domain.patient import Patient
from tests.conftest import FixedClock, LedgerTemplate

NAME, NUMBER = "麤罗丽莎甲", "99010119900307451X"
ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be", "gb18030")


def needles() -> dict[str, bytes]:
    """The canary in every spelling it might leak in."""
    found: dict[str, bytes] = {}
    for word in (NAME, NUMBER):
        for encoding in ENCODINGS:
            found[f"{word} {encoding}"] = word.encode(encoding)
        found[f"{word} hex"] = word.encode().hex().encode()
        found[f"{word} json"] = word.encode("unicode_escape")
        found[f"{word} xml"] = "".join(f"&#{ord(letter)};" for letter in word).encode()
        for shift in range(3):
            plain = base64.b64encode(b"\0" * shift + word.encode())
            found[f"{word} base64 {shift}"] = plain[4:-4]
    return found


def leaks(folder: Path, words: dict[str, bytes]) -> list[str]:
    return [
        f"{file.name}: {name}"
        for file in folder.rglob("*")
        if file.is_file()
        for name, needle in words.items()
        if needle in file.read_bytes()
    ]


def fill(ledger: Ledger) -> None:
    with ledger.change("patient.add", reason="test") as change:
        ids = change.add_many([Patient(name=NAME, id_number=NUMBER) for _ in range(300)])
        change.save_draft(Draft(login="wang", form="patient", values={"name": NAME, "id_number": NUMBER}))
    with ledger.change("patient.void") as change:
        change.void(Patient, ids[0], f"{NAME} {NUMBER}")


def test_the_search_finds_what_is_there(tmp_path: Path) -> None:
    for number, needle in enumerate(needles().values()):
        (tmp_path / f"{number}").write_bytes(b"..." + needle + b"...")
    assert len(leaks(tmp_path, needles())) >= len(needles())


def test_nothing_readable_while_open_after_closing_in_backups_and_after_a_restore(
    ledger: Ledger, tmp_path: Path, clock: FixedClock
) -> None:
    fill(ledger)
    assert (ledger.folder / "ledger.db-wal").stat().st_size > 0
    assert leaks(tmp_path, needles()) == []
    made = safety.back_up(ledger)
    safety.back_up(ledger, tmp_path / "stick")
    safety.drill(ledger)
    assert leaks(tmp_path, needles()) == []
    ledger.close()
    safety.put_back(ledger.folder, made.file, login="wang", password="Longhua-2026-lamp", now=clock).close()
    assert leaks(tmp_path, needles()) == []


def test_the_keys_stand_in_no_file(ledger: Ledger, ledger_template: LedgerTemplate) -> None:
    safety.back_up(ledger)
    secrets = {purpose: ledger.ring.subkey(purpose) for purpose in ("db", "hdr", "audit", "backup")}
    secrets |= {"master": ledger.ring._master, "password": b"Longhua-2026-lamp"}
    secrets["code"] = ledger_template.recovery_code.replace("-", "").encode()
    words = dict(secrets)
    for name, secret in secrets.items():
        words |= {f"{name} hex": secret.hex().encode(), f"{name} base64": base64.b64encode(secret)[:-2]}
    assert leaks(ledger.folder, words) == []


KILLED = textwrap.dedent("""
    import os, sys
    from datetime import UTC, datetime
    from pathlib import Path
    from db.ledger import Ledger
    from tests.trust.test_plaintext import fill
    fill(Ledger.open(Path(sys.argv[1]), login="wang", password="Longhua-2026-lamp", now=lambda: datetime.now(UTC)))
    os.kill(os.getpid(), 9)
""")


def test_nothing_readable_after_a_kill(ledger_template: LedgerTemplate, tmp_path: Path) -> None:
    folder = ledger_template.copy_to(tmp_path / "l")
    done = subprocess.run([sys.executable, "-c", KILLED, str(folder)], check=False, capture_output=True)
    assert done.returncode == -9, done.stderr
    assert (folder / "ledger.db-wal").exists()
    assert leaks(folder, needles()) == []


def test_a_fault_does_not_print_a_name(ledger: Ledger, capfd: pytest.CaptureFixture[str]) -> None:
    with ledger.change("patient.add") as change:
        change.add(Patient(name=NAME, uuid=NUMBER))
    with pytest.raises(Exception, match="UNIQUE") as error, ledger.change("merge") as change:  # noqa: PT012 - one call fails
        twice = Patient(name=NAME, uuid=NUMBER, entered_by="x")
        change.add_many([twice, twice], keep_origin=True)
    said = "".join([str(error.value), repr(error.value), *capfd.readouterr()])
    assert NAME not in said
    assert NUMBER not in said


def test_the_canary_is_one(tmp_path: Path) -> None:
    assert Kdf(64, 1, 1).derive("x", b"0" * 16) != NAME.encode()
    assert leaks(tmp_path, needles()) == []
