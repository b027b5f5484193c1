"""The child process that reads foreign workbooks: nothing it meets can hang, bloat or crash the program.

Against zip bombs, XML bombs, sheets that lie about their size, and damaged files. Started by `mhdesk.files.read` with
the file as standard input: it sees no path and opens no file. It writes frames to standard output: four bytes of
length, then JSON. Kinds of frames::

    ["sheet", name, rows]      a sheet begins, with about this many rows
    ["rows", [[cell, …], …]]   texts, numbers, booleans, null; ["d", iso] a date, ["t", iso] a date with time
    ["refused", code, params]  MH-FILE-nn; the last frame
    ["end"]                    the last frame

It imports calamine and little else, so that it starts in 50 ms. The packaged program calls itself with `ARGUMENT`.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from io import BytesIO
from typing import Any

from mhdesk.files import limits, sniff

ARGUMENT = "--parse-child"

Frame = list[Any]


def main() -> int:
    """Read the workbook or text on standard input, write frames to standard output; always 0."""
    out = os.fdopen(os.dup(1), "wb")
    limit_resources()
    with os.fdopen(os.dup(0), "rb") as source:
        data = source.read(limits.FILE_BYTES + 1)
    suffix = sys.argv[-1] if sys.argv[-1].startswith(".") else ""
    with out:
        for frame in frames(data, suffix):
            payload = json.dumps(frame, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
            out.write(len(payload).to_bytes(4, "big"))
            out.write(payload)
            out.flush()
    return 0


def limit_resources() -> None:
    """Memory, processor time and no files, where the system has such limits (not on Windows)."""
    if sys.platform == "win32":
        return
    import resource

    wanted = {
        resource.RLIMIT_AS: limits.MEMORY_BYTES,
        resource.RLIMIT_CPU: limits.SECONDS,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
    }
    for kind, limit in wanted.items():
        with contextlib.suppress(OSError, ValueError):  # macOS knows RLIMIT_AS but does not enforce it
            resource.setrlimit(kind, (limit, limit))


def frames(data: bytes, suffix: str) -> Iterator[Frame]:
    """All frames for a file with content `data` and the ending `suffix` (".xlsx"); the last is "refused" or "end"."""
    try:
        yield from _frames(data, suffix)
        yield ["end"]
    except sniff.Refused as refused:
        yield ["refused", refused.code, refused.params]
    except MemoryError:
        yield ["refused", "MH-FILE-11", {}]
    except (KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    # A broken workbook may raise anything, a panic of the Rust reader (a BaseException) too; tests/trust sweeps it.
    except BaseException:  # noqa: BLE001
        yield ["refused", "MH-FILE-06", {}]


def _frames(data: bytes, suffix: str) -> Iterator[Frame]:
    if len(data) > limits.FILE_BYTES:
        raise sniff.Refused("MH-FILE-02", size_mb=len(data) // 1024**2, limit_mb=limits.FILE_BYTES // 1024**2)
    kind = sniff.kind_of(data, suffix)
    if kind is sniff.Kind.TEXT:
        rows = [[_text(cell) for cell in row] for row in sniff.read_text(data)]
        width = max((len(row) for row in rows), default=0)
        _check_size((len(rows) - 1, width - 1))
        yield from _sheet_frames("", len(rows), (row + [None] * (width - len(row)) for row in rows))
    else:
        sniff.check_container(data, kind)
        yield from _workbook_frames(data)


def _workbook_frames(data: bytes) -> Iterator[Frame]:
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    book = CalamineWorkbook.from_filelike(BytesIO(data))
    tables = [one for one in book.sheets_metadata if one.typ == SheetTypeEnum.WorkSheet]
    visible = [one.name for one in tables if one.visible == SheetVisibleEnum.Visible]
    for name in (visible or [one.name for one in tables])[: limits.SHEETS]:
        sheet = book.get_sheet_by_name(name)
        _check_size(sheet.end)
        yield from _sheet_frames(name, sheet.end[0] + 1 if sheet.end else 0, _rows_of(sheet))


def _check_size(end: tuple[int, int] | None) -> None:
    if end is None:
        return
    if end[0] >= limits.ROWS:
        raise sniff.Refused("MH-FILE-09", row=end[0] + 1, limit=limits.ROWS)
    if end[1] >= limits.COLUMNS:
        raise sniff.Refused("MH-FILE-16", column=end[1] + 1, limit=limits.COLUMNS)
    if (end[0] + 1) * (end[1] + 1) > limits.CELLS:
        raise sniff.Refused("MH-FILE-11")


def _rows_of(sheet: Any) -> Iterator[list[Any]]:
    """Rows from row 1 and column A, all equally wide. calamine begins with row 1, but with the first filled column."""
    if sheet.start is None:
        return
    before = [None] * sheet.start[1]
    for row in sheet.iter_rows():
        # Most cells are texts: they are spared the call.
        yield [*before, *[one if type(one) is str and one and not one.isspace() else _cell(one) for one in row]]


def _sheet_frames(name: str, expected: int, rows: Iterable[list[Any]]) -> Iterator[Frame]:
    """A sheet, without the empty rows at its end."""
    yield ["sheet", name, expected]
    chunk: list[list[Any]] = []
    filled = 0  # rows of the chunk up to the last one that holds something
    for row in rows:
        chunk.append(row)
        if row.count(None) < len(row):
            filled = len(chunk)
        if filled >= limits.CHUNK_ROWS:
            yield ["rows", chunk[:filled]]
            chunk, filled = chunk[filled:], 0
    if filled:
        yield ["rows", chunk[:filled]]


def _cell(value: Any) -> Any:
    kind = type(value)
    if kind is str:
        return value if value and not value.isspace() else None
    if kind is float:
        if value.is_integer():
            return int(value)
        return value if value - value == 0 else None  # infinite and not-a-number: not known
    if kind is bool or kind is int:
        return value
    return _moment(value)


def _moment(value: date | time | timedelta) -> Any:
    if isinstance(value, datetime):
        return ["t", value.isoformat()]
    if isinstance(value, date):
        return ["d", value.isoformat()]
    return value.isoformat("minutes") if isinstance(value, time) else str(value)


def _text(value: str) -> str | None:
    """A field of a text file. ="500…" is how people keep a spreadsheet from turning an ID number into a number."""
    if value.startswith('="') and value.endswith('"'):
        value = value[2:-1]
    return value if value and not value.isspace() else None
