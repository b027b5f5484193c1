"""A full disk or a folder that cannot be written: a clear message, nothing lost, nothing half done."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from db import atomic, ballast
from db.ledger import Ledger
from mhdesk.domain.errors import LedgerError, OutputFailed
from mhdesk.domain.patient import Patient
from tests.conftest import FixedClock, LedgerTemplate

PASSWORD = "Longhua-2026-lamp"

# A limit on the size of a file answers a write as a full disk does, and needs no rights.
FULL = textwrap.dedent("""
    import resource, signal, sys
    from datetime import UTC, datetime
    from pathlib import Path
    from db.ledger import Ledger
    from mhdesk.domain.errors import OutputFailed
    from mhdesk.domain.patient import Patient
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    ledger = Ledger.open(Path(sys.argv[1]), login="wang", password="Longhua-2026-lamp", now=lambda: datetime.now(UTC))
    with ledger.change("patient.add") as change:
        change.add(Patient(name="before"))
    unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)
    codes = []
    for room in range(0, 3_000_000, 300_000):
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, unlimited[1]))
        try:
            with ledger.change("import") as change:
                change.add_many([Patient(name="lost", current_address="龙华" * 200) for _ in range(3000)])
            codes.append("stored")
        except OutputFailed as error:
            codes.append(error.code)
        resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
        if codes[-1] == "stored":
            break
    with ledger.change("patient.add") as change:
        change.add(Patient(name="after"))
    ledger.close()
    print(*codes)
""")


def test_a_full_disk_loses_nothing(ledger_template: LedgerTemplate, tmp_path: Path, clock: FixedClock) -> None:
    folder = ledger_template.copy_to(tmp_path / "l")
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(folder)], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    codes = done.stdout.split()
    assert set(codes) <= {"MH-LEDGER-14", "MH-LEDGER-15", "stored"}
    assert codes[0] != "stored"
    with Ledger.open(folder, login="wang", password=PASSWORD, now=clock) as ledger:
        names = [one.name for one in ledger.find(Patient)]
        assert names.count("lost") in ({3000} if "stored" in codes else {0})
        assert (names[0], names[-1]) == ("before", "after")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path | None]:
    """A file system of its own with 24 MiB, where this process may mount one."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(place)],  # noqa: S607 - found on PATH
        capture_output=True,
        check=False,
    )
    try:
        yield place if mounted.returncode == 0 else None
    finally:
        if mounted.returncode == 0:
            subprocess.run(["umount", str(place)], check=True)  # noqa: S607 - found on PATH


def test_a_really_full_disk_loses_nothing(
    ledger_template: LedgerTemplate, small_disk: Path | None, clock: FixedClock
) -> None:
    if small_disk is None:  # no right to mount here; the test above has shown the same by another way
        return
    folder = ledger_template.copy_to(small_disk / "l")
    ledger = Ledger.open(folder, login="wang", password=PASSWORD, now=clock)
    stored = 0
    with pytest.raises(OutputFailed) as error:  # noqa: PT012 - until it is full
        while True:
            with ledger.change("import") as change:
                change.add_many([Patient(name="甲", current_address="龙华" * 200) for _ in range(50)])
            stored += 50
    assert error.value.code == "MH-LEDGER-14"
    assert stored
    ledger.close()
    # Nobody is shut out: the spare file makes room to log in and look.
    (small_disk / "filler").write_bytes(b"0" * shutil.disk_usage(small_disk).free)
    assert (folder / ballast.FILE_NAME).exists()
    for _ in range(2):
        with Ledger.open(folder, login="wang", password=PASSWORD, now=clock) as again:
            assert len(again.find(Patient)) == stored
    assert not (folder / ballast.FILE_NAME).exists()


READ_ONLY = textwrap.dedent("""
    import os, sys
    from datetime import UTC, datetime
    from pathlib import Path
    from db.ledger import Ledger
    from mhdesk.domain.errors import UserError
    if os.getuid() == 0:
        os.setgid(65534)
        os.setuid(65534)
    try:
        Ledger.open(Path(sys.argv[1]), login="wang", password="Longhua-2026-lamp", now=lambda: datetime.now(UTC))
    except UserError as error:
        print(error.code)
""")


def test_a_read_only_folder_says_so(ledger_template: LedgerTemplate) -> None:
    # A place of its own that another user may enter, for root writes everywhere and has to become nobody.
    with tempfile.TemporaryDirectory(prefix="mhdesk-read-only-") as place:
        Path(place).chmod(0o755)
        folder = ledger_template.copy_to(Path(place) / "l")
        for file in folder.iterdir():
            file.chmod(0o444)
        folder.chmod(0o555)
        before = {file.name: file.read_bytes() for file in folder.iterdir()}
        done = subprocess.run(
            [sys.executable, "-c", READ_ONLY, str(folder)], capture_output=True, text=True, check=False
        )
        after = {file.name: file.read_bytes() for file in folder.iterdir()}
        folder.chmod(0o755)
    assert done.stdout.strip() == "MH-LEDGER-07", done.stderr
    assert after == before


def test_the_write_probe_tells_and_leaves_nothing(
    ledger_template: LedgerTemplate, tmp_path: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = ledger_template.copy_to(tmp_path / "l")
    assert atomic.is_writable(folder)
    before = sorted(file.name for file in folder.iterdir())
    monkeypatch.setattr(atomic, "is_writable", lambda _: False)
    with pytest.raises(LedgerError, match="MH-LEDGER-07"):
        Ledger.open(folder, login="wang", password=PASSWORD, now=clock)
    assert sorted(file.name for file in folder.iterdir()) == before
