"""Reading foreign tables: .xlsx, .xls, .et, .ods and text, whatever the ending says, in a child process with limits.

A file that is broken, hostile or not a table gives one typed error (InputRefused, MH-FILE-01 to 17), never anything
else; the program goes on. Hidden sheets are left out unless all are hidden. Values come as they stand in the file: an
ID number that was stored as a number comes as an int, so that the import can say that its last digits are lost.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any, NamedTuple

import mhdesk
from mhdesk.domain.errors import InputRefused
from mhdesk.domain.task import QUIET, Task
from mhdesk.files import limits, parse_child
from mhdesk.text import text

RawValue = str | int | float | bool | date | datetime | None
POLL_S = 0.05
# -I: no environment variables, no current folder on the path (a folder called mhdesk there would be run)
BOOT = "import sys; sys.path.insert(0, sys.argv[1]); from mhdesk.files.parse_child import main; sys.exit(main())"


class RawTable(NamedTuple):
    """A sheet as it stands in the file: rows from row 1 and column A on, all equally wide; None is an empty cell."""

    name: str
    rows: list[tuple[RawValue, ...]]


def read_tables(path: Path, *, task: Task = QUIET) -> list[RawTable]:
    """The visible sheets of the file at `path`; a text file is one table named after the file.

    A formula gives its stored result, None where the file holds none; an error value gives None.

    Raises:
        InputRefused: MH-FILE-01 to 17.
        Cancelled: the child is gone.

    """
    tables: list[RawTable] = []
    with _open(path) as source, contextlib.closing(_frames(source, path.suffix, task)) as frames:
        expected = 0
        for frame in frames:
            match frame:
                case ["sheet", str(name), int(rows)]:
                    tables.append(RawTable(name or path.stem, []))
                    expected = rows
                case ["rows", list(rows)]:
                    tables[-1].rows.extend(map(_row, rows))
                    task.step(len(tables[-1].rows), expected, text("files.reading"))
                case ["refused", str(code), dict(params)]:
                    raise InputRefused(code, **params)
                case _:
                    break
    if not any(table.rows for table in tables):
        raise InputRefused("MH-FILE-13")
    return tables


def child_command() -> list[str]:
    """How the child is started: the packaged program calls itself, a source tree an isolated Python."""
    if getattr(sys, "frozen", False):
        return [sys.executable, parse_child.ARGUMENT]
    return [sys.executable, "-I", "-c", BOOT, str(Path(mhdesk.__file__).parent.parent)]


def _open(path: Path) -> IO[bytes]:
    """The file, if it is a regular one of bearable size: no link, no device."""
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except OSError as error:
        missing = isinstance(error, FileNotFoundError | NotADirectoryError) or path.is_dir()
        raise InputRefused("MH-FILE-01" if missing else "MH-FILE-12") from error
    except ValueError:  # a NUL in the name
        raise InputRefused("MH-FILE-01") from None
    status = os.fstat(handle)
    if not stat.S_ISREG(status.st_mode):
        os.close(handle)
        raise InputRefused("MH-FILE-01")
    if status.st_size > limits.FILE_BYTES:
        os.close(handle)
        size_mb = round(status.st_size / 1024**2)
        raise InputRefused("MH-FILE-02", size_mb=size_mb, limit_mb=limits.FILE_BYTES // 1024**2)
    return os.fdopen(handle, "rb")


def _frames(source: IO[bytes], suffix: str, task: Task) -> Generator[list[Any], None, None]:
    """The child's frames as they come. Closing this generator ends the child, finished or not."""
    try:
        child = subprocess.Popen(  # noqa: S603 - our own program
            [*child_command(), suffix or "."],
            stdin=source,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            close_fds=True,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except OSError as error:
        raise InputRefused("MH-FILE-17") from error
    frames: queue.SimpleQueue[list[Any] | None] = queue.SimpleQueue()
    stream = child.stdout
    assert stream is not None  # noqa: S101 - asked for with PIPE
    reader = threading.Thread(target=_pump, args=(stream, frames), name="parse-child", daemon=True)
    reader.start()
    try:
        yield from _until_last(child, frames, task)
    finally:
        child.kill()
        child.wait()
        reader.join()
        stream.close()


def _until_last(
    child: subprocess.Popen[bytes], frames: queue.SimpleQueue[list[Any] | None], task: Task
) -> Generator[list[Any], None, None]:
    deadline = time.monotonic() + limits.SECONDS
    while True:
        if time.monotonic() > deadline:
            raise InputRefused("MH-FILE-10", seconds=limits.SECONDS)
        try:
            frame = frames.get(timeout=POLL_S)
        except queue.Empty:
            task.step(0, 0, text("files.reading"))
            continue
        if frame is None:
            raise InputRefused(_why_it_ended(child))
        yield frame
        if frame[0] in {"end", "refused"}:
            return


def _why_it_ended(child: subprocess.Popen[bytes]) -> str:
    """A child that ends without a last frame ran out of memory (aborted), or never really started."""
    status = child.wait()
    return "MH-FILE-11" if status < 0 or status > 2 else "MH-FILE-17"  # noqa: PLR2004 - 1, 2: Python's own


def _pump(stream: IO[bytes], frames: queue.SimpleQueue[list[Any] | None]) -> None:
    """Frames from the pipe into the queue; None at the end or when the child stammers."""
    budget = limits.STREAM_BYTES
    try:
        while len(head := stream.read(4)) == 4:  # noqa: PLR2004
            size = int.from_bytes(head, "big")
            budget -= size
            if budget < 0:
                frames.put(["refused", "MH-FILE-11", {}])
                return
            frame = json.loads(stream.read(size))
            if not isinstance(frame, list) or not frame:
                break
            frames.put(frame)
    except ValueError:
        pass
    frames.put(None)


def _row(cells: list[Any]) -> tuple[RawValue, ...]:
    return tuple([_value(cell) if type(cell) is list else cell for cell in cells])


def _value(cell: list[str]) -> RawValue:
    moment = datetime.fromisoformat(cell[1])
    return moment.date() if cell[0] == "d" else moment
