from __future__ import annotations

import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from mhdesk import log
from mhdesk.domain.errors import UserError

NAME = "张伟𠅤"
ID_NUMBER = "51022319900307123X"
PHONE = "13800001234"


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A log of one's own."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    log.start.cache_clear()
    yield log.file()
    logger = logging.getLogger("mhdesk")
    for handler in list(logger.handlers):
        if isinstance(handler, logging.FileHandler | logging.NullHandler):
            logger.removeHandler(handler)
            handler.close()
    logger.propagate = True
    log.start.cache_clear()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"row 12 {ID_NUMBER} {PHONE}", "row 12 # #"),
        ("１３８００００１２３４", "#"),
        (f"name={NAME}", "name=＊"),
        ("买买提·艾力 fell", "＊ fell"),
        ("code MH-IMPORT-07 rows=12345", "code MH-IMPORT-07 rows=12345"),
        ("born 19900307", "born #"),
    ],
)
def test_redact(text: str, expected: str) -> None:
    assert log.redact(text) == expected


def raise_with_data() -> None:
    try:
        int(NAME)
    except ValueError as error:
        raise LookupError(f"{NAME} {ID_NUMBER}") from error


@pytest.mark.expect_log("bug LookupError")
def test_a_bug_is_logged_without_a_person(file: Path) -> None:
    with pytest.raises(LookupError) as caught:
        raise_with_data()
    log.bug(caught.value)
    written = file.read_text(encoding="utf-8")
    assert "builtins.LookupError" in written
    assert "builtins.ValueError" in written
    assert "tests/base/test_log.py" in written
    assert "raise_with_data" in written
    for canary in (NAME, ID_NUMBER, "张伟"):
        assert canary not in written


def test_an_expected_error_is_told_by_its_code() -> None:
    assert log.describe(UserError("MH-FILE-01", name=NAME)) == "mhdesk.domain.errors.UserError MH-FILE-01"


def test_causes_that_go_round_end() -> None:
    first, second = ValueError(), KeyError()
    first.__cause__, second.__cause__ = second, first
    assert log.describe(first).splitlines() == ["builtins.ValueError", "builtins.KeyError"]


def test_events_are_codes_and_facts(file: Path) -> None:
    log.event("import.done", rows=5000, seconds=1.5, phone=PHONE)
    written = file.read_text(encoding="utf-8")
    assert "import.done rows=5000 seconds=1.5 phone=#" in written
    assert PHONE not in written


def test_the_log_stays_small(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "LARGEST_BYTES", 2000)
    for number in range(500):
        log.event("something.happened", number=number)
    sizes = [one.stat().st_size for one in file.parent.iterdir()]
    assert len(sizes) == 1 + log.OLD_FILES
    assert max(sizes) <= 2000


def test_no_folder_no_log_no_complaint(file: Path) -> None:
    file.parent.parent.mkdir(parents=True)
    file.parent.write_text("a file where the folder should be", encoding="utf-8")
    log.event("goes.nowhere")
    assert not file.exists()


@pytest.mark.parametrize("where", ["main", "thread"])
def test_an_uncaught_error_shows_no_traceback(where: str, file: Path) -> None:
    raising = f"int({NAME!r})"
    if where == "thread":
        raising = f"t = threading.Thread(target=lambda: int({NAME!r})); t.start(); t.join()"
    program = f"import threading; from mhdesk import log; log.install_hooks(); {raising}"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, encoding="utf-8", check=False)
    assert done.stderr == ""
    written = file.read_text(encoding="utf-8")
    assert "builtins.ValueError" in written
    assert NAME not in written


@pytest.mark.expect_log("bug RuntimeError")
def test_hooks_in_this_process(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    log.install_hooks()
    sys.excepthook(RuntimeError, RuntimeError(NAME), None)
    with pytest.raises(SystemExit):
        sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert "builtins.RuntimeError" in file.read_text(encoding="utf-8")
