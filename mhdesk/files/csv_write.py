"""CSV as spreadsheets in China open it: UTF-8 with a mark at its head, and no cell that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

from mhdesk.files import sink

_RUN = ("=", "+", "@", "-", "\t", "\r")  # what begins like this is a formula to a spreadsheet


def write_rows(path: Path, rows: Iterable[Sequence[str]]) -> None:
    """Write rows of texts to `path`. Raises OutputFailed."""
    held = io.StringIO(newline="")
    writer = csv.writer(held, lineterminator="\r\n")
    writer.writerows([[_harmless(cell) for cell in row] for row in rows])
    sink.write_bytes(path, held.getvalue().encode("utf-8-sig"))


def _harmless(cell: str) -> str:
    """A text that cannot be taken for a formula; numbers stay numbers."""
    if not cell.startswith(_RUN) or cell.replace(".", "", 1).removeprefix("-").isdigit():
        return cell
    return "'" + cell
