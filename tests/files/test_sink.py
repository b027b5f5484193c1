from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from mhdesk.domain.errors import OutputFailed
from mhdesk.files import sink
from mhdesk.text import error_text


def contents(folder: Path) -> dict[str, bytes]:
    return {one.name: one.read_bytes() for one in folder.iterdir()}


def test_writes_and_leaves_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "名单.xlsx"
    with sink.writing(target) as draft:
        draft.write_bytes(b"new")
        assert draft.name == target.name
        assert stat.S_IMODE(draft.parent.stat().st_mode) == 0o700
        assert not target.exists()
    assert contents(tmp_path) == {"名单.xlsx": b"new"}


def test_write_bytes_replaces(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    sink.write_bytes(tmp_path / "a", b"new")
    assert contents(tmp_path) == {"a": b"new"}


@pytest.mark.parametrize("failure", [ValueError("a bug"), OSError(errno.ENOSPC, "full"), KeyboardInterrupt()])
def test_the_old_file_survives_every_failure(tmp_path: Path, failure: BaseException) -> None:
    target = tmp_path / "a"
    target.write_bytes(b"old")

    def fail(draft: Path) -> None:
        draft.write_bytes(b"half")
        raise failure

    with pytest.raises((ValueError, OutputFailed, KeyboardInterrupt)), sink.writing(target) as draft:
        fail(draft)
    assert contents(tmp_path) == {"a": b"old"}


def test_what_reads_back_differently_is_thrown_away(tmp_path: Path) -> None:
    target = tmp_path / "a"
    target.write_bytes(b"old")
    with pytest.raises(OutputFailed, match="MH-FILE-56"), sink.writing(target, verify=lambda _: False) as draft:
        draft.write_bytes(b"new")
    assert contents(tmp_path) == {"a": b"old"}


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOSPC, "MH-FILE-51"),
        (errno.EDQUOT, "MH-FILE-51"),
        (errno.EROFS, "MH-FILE-52"),
        (errno.ENODEV, "MH-FILE-53"),
        (errno.EACCES, "MH-FILE-54"),
        (errno.EBUSY, "MH-FILE-55"),
        (errno.EIO, "MH-FILE-57"),
        (errno.ENAMETOOLONG, "MH-FILE-58"),
    ],
)
def test_each_system_error_has_its_sentence(tmp_path: Path, number: int, code: str) -> None:
    with pytest.raises(OutputFailed) as caught, sink.writing(tmp_path / "a"):
        raise OSError(number, "x")
    assert caught.value.code == code
    assert error_text(code).next


@pytest.mark.parametrize(("winerror", "code"), [(32, "MH-FILE-55"), (33, "MH-FILE-55"), (19, "MH-FILE-52")])
def test_windows_errors(tmp_path: Path, winerror: int, code: str) -> None:
    error = OSError(errno.EACCES, "x")
    error.winerror = winerror  # type: ignore[attr-defined]
    with pytest.raises(OutputFailed, match=code), sink.writing(tmp_path / "a"):
        raise error


def test_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(OutputFailed, match="MH-FILE-53"), sink.writing(tmp_path / "gone" / "a"):
        pytest.fail("must not get here")


def test_a_name_too_long(tmp_path: Path) -> None:
    with pytest.raises(OutputFailed, match="MH-FILE-58"):
        sink.write_bytes(tmp_path / ("名" * 200), b"x")


def test_a_link_or_a_folder_in_the_way_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"old")
    (tmp_path / "a").symlink_to(tmp_path / "secret")
    (tmp_path / "b").mkdir()
    for name in ("a", "b"):
        with pytest.raises(OutputFailed, match="MH-FILE-54"):
            sink.write_bytes(tmp_path / name, b"new")
    assert (tmp_path / "secret").read_bytes() == b"old"


def test_a_draft_that_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(OutputFailed, match="MH-FILE-57"), sink.writing(tmp_path / "a") as draft:
        draft.mkdir()


@pytest.mark.parametrize(("failures", "is_written"), [(3, True), (10, False)])
def test_a_virus_scanner_gets_three_seconds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failures: int, is_written: bool
) -> None:
    naps: list[float] = []
    left = iter(range(failures))
    replace = os.replace

    def busy(source: Any, target: Any) -> None:
        if next(left, None) is not None:
            error = PermissionError(errno.EACCES, "in use")
            error.winerror = 32  # type: ignore[attr-defined]
            raise error
        replace(source, target)

    monkeypatch.setattr(os, "replace", busy)
    monkeypatch.setattr(time, "sleep", naps.append)
    if is_written:
        sink.write_bytes(tmp_path / "a", b"new")
    else:
        with pytest.raises(OutputFailed, match="MH-FILE-55"):
            sink.write_bytes(tmp_path / "a", b"new")
    assert (tmp_path / "a").exists() is is_written
    assert sum(naps) <= sink.PATIENCE_S


def test_plain_refusal_is_not_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise PermissionError(errno.EPERM, "no")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(OutputFailed, match="MH-FILE-54"):
        sink.write_bytes(tmp_path / "a", b"new")


KILLED = """
import os, sys
from pathlib import Path
from mhdesk.files import sink
with sink.writing(Path(sys.argv[1])) as draft:
    draft.write_bytes("990112199001011234".encode())
    print("ready", flush=True)
    sys.stdin.read()
"""


def test_sweep_removes_what_a_killed_process_left_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "名单.xlsx").write_bytes(b"mine")
    (tmp_path / ".mhdesk-notours").write_bytes(b"a file")
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path / "a")], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
        assert sink.sweep(tmp_path) == 0  # it lives: its folder stays
        child.kill()
        child.wait()
    assert len(list(tmp_path.glob(".mhdesk-*/a"))) == 1
    assert sink.sweep(tmp_path) == 1
    assert sorted(contents(tmp_path)) == [".mhdesk-notours", "名单.xlsx"]


def test_sweep_keeps_a_folder_just_being_made(tmp_path: Path) -> None:
    young, old = tmp_path / ".mhdesk-aaaa", tmp_path / ".mhdesk-bbbb"
    young.mkdir()
    old.mkdir()
    long_ago = time.time() - 2 * sink.STALE_S
    os.utime(old, (long_ago, long_ago))
    assert sink.sweep(tmp_path) == 1
    assert young.exists()


def test_sweep_of_nowhere(tmp_path: Path) -> None:
    assert sink.sweep(tmp_path / "gone") == 0
