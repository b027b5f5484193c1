"""Opening, recovering and the small things around a ledger's door."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from db.keys import Kdf
from db.ledger import Ledger
from mhdesk.domain.errors import LedgerError, OutputFailed, UsageError
from mhdesk.services import access
from tests.conftest import FixedClock, LedgerTemplate

QUICK = Kdf(memory_kib=64, iterations=1, lanes=1)


@pytest.fixture
def folder(ledger_template: LedgerTemplate, tmp_path: Path) -> Path:
    return ledger_template.copy_to(tmp_path / "ledger")


def test_who_used_it_last(ledger_template: LedgerTemplate, folder: Path, clock: FixedClock, tmp_path: Path) -> None:
    assert access.has_ledger(folder)
    assert not access.has_ledger(tmp_path / "none")
    assert access.last_login(tmp_path / "none") is None
    clock.advance(days=1)
    access.open_ledger(folder, login="wang", password=ledger_template.password, now=clock).close()
    assert access.last_login(folder) == ("wang", clock())


def test_the_recovery_code_gives_a_new_password(
    ledger_template: LedgerTemplate, folder: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(Ledger.open_with_recovery.__func__.__kwdefaults__, "kdf", QUICK)  # type: ignore[attr-defined]
    code, new = ledger_template.recovery_code, "Silver-Orchard-82"
    access.open_with_recovery(folder, code=code, login="wang", new_password=new, now=clock).close()
    access.open_ledger(folder, login="wang", password=new, now=clock).close()
    with pytest.raises(LedgerError, match="MH-LEDGER-01"):
        access.open_ledger(folder, login="wang", password=ledger_template.password, now=clock)


def test_phrases_are_long_and_never_the_same() -> None:
    phrases = {access.suggest_phrase() for _ in range(20)}
    assert len(phrases) == 20
    assert all(len(phrase) >= 12 for phrase in phrases)


# ---------------------------------------------------------------- secrets in files and at the keyboard


@pytest.mark.parametrize("content", ["one\ntwo\n", "one", "one\r\ntwo", "\ufeffone\n"])
def test_the_first_line_is_the_password(tmp_path: Path, content: str) -> None:
    file = tmp_path / "p.txt"
    file.write_text(content, encoding="utf-8", newline="")
    assert access.read_secret(file) == "one"


def test_a_secret_is_written_once_and_for_its_owner(tmp_path: Path) -> None:
    file = tmp_path / "p.txt"
    access.write_secret(file, "one")
    assert access.read_secret(file) == "one"
    assert file.stat().st_mode & 0o077 == 0
    with pytest.raises(UsageError, match="MH-USAGE-05"):
        access.write_secret(file, "two")
    assert access.read_secret(file) == "one"
    with pytest.raises(OutputFailed, match="MH-FILE-53"):
        access.write_secret(tmp_path / "none" / "p.txt", "one")


def test_a_link_planted_as_the_file_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("kept", encoding="utf-8")
    (tmp_path / "link").symlink_to(tmp_path / "victim")
    with pytest.raises(UsageError, match="MH-USAGE-05"):
        access.write_secret(tmp_path / "link", "one")
    assert (tmp_path / "victim").read_text(encoding="utf-8") == "kept"


@pytest.mark.parametrize(("typed", "expected"), [("secret\n", "secret"), ("secret\r\n", "secret"), (" s \n", " s ")])
def test_a_pipe_is_a_keyboard(monkeypatch: pytest.MonkeyPatch, typed: str, expected: str) -> None:
    monkeypatch.setattr(access.getpass, "getpass", _no_terminal)  # type: ignore[attr-defined]
    monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
    assert access.ask_password("密码：") == expected


@pytest.mark.parametrize("stdin", [io.StringIO(""), None])
def test_nobody_to_ask(monkeypatch: pytest.MonkeyPatch, stdin: io.StringIO | None) -> None:
    monkeypatch.setattr(access.getpass, "getpass", _no_terminal)  # type: ignore[attr-defined]
    monkeypatch.setattr(sys, "stdin", stdin)
    with pytest.raises(UsageError, match="MH-USAGE-04"):
        access.ask_password("密码：")


def _no_terminal(prompt: str) -> str:
    """What getpass does where it cannot hide the typing."""
    import getpass
    import warnings

    warnings.warn("Can not control echo on the terminal.", getpass.GetPassWarning, stacklevel=2)
    return "shown to everybody"
