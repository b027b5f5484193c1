"""openpyxl held to our rules: temp files in the private folder, fixed times inside the zip, shared cell styles."""

from __future__ import annotations

import contextlib
import functools
import itertools
import re
import shutil
from collections.abc import Generator, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.worksheet._writer import WorksheetWriter
from openpyxl.writer.excel import ExcelWriter

from mhdesk.files.grid import clean
from mhdesk.text import text

SONG = "宋体"  # on every Chinese Windows and in WPS; a workbook carries no fonts of its own
HEI = "黑体"
LONGEST = 32_000  # Excel's limit is 32,767
SAFE_DIGITS = 10**15  # Excel keeps 15 digits of a number
FIRST_DATE = date(1900, 3, 1)  # before it, Excel's serial numbers are off by one
TEXT_FORMAT_LIMIT = 255  # longer texts in a cell of format "@" show as ####
MISSED = ("late", "danger")  # underlined, so that a copy in black and white tells them
TONES = {"good": "2E6B34", "late": "A85A00", "danger": "B3261E"}
HEADER_FILL = "F2F4F5"

_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")  # Excel reads _x0041_ as the letter A


class Look(NamedTuple):
    """What a cell looks like; equal looks share one style in the file."""

    size: float = 10.5
    face: str = SONG
    is_bold: bool = False
    align: str = "left"
    number_format: str = "General"
    is_framed: bool = False
    is_filled: bool = False
    tone: str = ""
    vertical: str = "center"


class _SheetWriter(WorksheetWriter):  # type: ignore[misc]
    def cleanup(self) -> None:
        Path(self.out).unlink()


class _Archive(ZipFile):
    """A zip whose entries all carry the same time: the same report gives the same bytes."""

    def __init__(self, file: Path, made_at: datetime) -> None:
        super().__init__(file, "w", ZIP_DEFLATED)
        self._time = made_at.timetuple()[:6]

    def write(self, filename: Any, arcname: Any = None, *_: Any, **__: Any) -> None:
        with Path(filename).open("rb") as source, self.open(self._entry(arcname), "w", force_zip64=True) as sink:
            shutil.copyfileobj(source, sink, 1 << 20)

    def writestr(self, zinfo_or_arcname: Any, data: Any, *_: Any, **__: Any) -> None:
        super().writestr(self._entry(zinfo_or_arcname), data)

    def _entry(self, name: str) -> ZipInfo:
        entry = ZipInfo(name, self._time)
        entry.compress_type = ZIP_DEFLATED
        return entry


class Book:
    """A write-only workbook on its way into `folder`, a private folder of `mhdesk.files.sink`."""

    def __init__(self, folder: Path, title: str, made_at: datetime) -> None:
        self._folder = folder
        self._made_at = made_at.astimezone(UTC).replace(tzinfo=None, microsecond=0)
        self._book = Workbook(write_only=True)
        self._book._named_styles["Normal"].font = Font(name=SONG, size=11)  # noqa: SLF001 - column widths count in it
        properties = self._book.properties
        properties.creator = properties.lastModifiedBy = "mhdesk"
        properties.title = clean(title)
        properties.created = properties.modified = self._made_at
        self._corner: Any = None

    def add_sheet(self, name: str) -> Any:
        """A new sheet; names are made legal and unique."""
        sheet = self._book.create_sheet(_legal_name(name, self._book.sheetnames))
        self._corner = self._corner or sheet
        return sheet

    def start_rows(self, sheet: Any) -> None:
        """Call once column widths, frozen panes and print titles are set, before the first row."""
        number = len(self._book.worksheets)
        sheet._writer = _SheetWriter(sheet, out=str(self._folder / f"sheet{number}.xml"))  # noqa: SLF001
        sheet._writer.write_top()  # noqa: SLF001
        sheet._values_to_row = _ready_cells  # noqa: SLF001 - openpyxl's own finds out by an exception that it gets cells

    def cell(self, sheet: Any, value: Any, look: Look) -> Any:
        """A cell ready to be appended. A text is always a text: never a formula, never an error code."""
        cell = WriteOnlyCell(sheet)
        cell._style = self._style(look)  # noqa: SLF001 - the public setters cost ten times as much
        if isinstance(value, str):
            cell._value = _ESCAPED.sub("_x005F_", value)  # noqa: SLF001
            cell.data_type = "s"
        elif value is not None:
            cell.value = value
        return cell

    def save(self, file: Path) -> None:
        """Write the workbook."""
        with _Archive(file, max(self._made_at, datetime(1980, 1, 1))) as archive:  # noqa: DTZ001 - zip time is naive
            ExcelWriter(self._book, archive).write_data()

    def abandon(self) -> None:
        """Let go of the half-written sheets.

        A full disk would else be complained about once more, with a traceback, when the rubbish is collected; and the
        open files would keep a stick busy.
        """
        for sheet in self._book.worksheets:
            for left in (sheet._rows, getattr(sheet._writer, "xf", None)):  # noqa: SLF001
                if isinstance(left, Generator):
                    with contextlib.suppress(Exception):  # the failure that brought us here is told already
                        left.close()

    @functools.cache  # noqa: B019 - a book lives for one file
    def _style(self, look: Look) -> Any:
        cell = WriteOnlyCell(self._corner)
        under = "single" if look.tone in MISSED else None
        cell.font = Font(name=look.face, size=look.size, bold=look.is_bold, color=TONES.get(look.tone), underline=under)
        cell.alignment = Alignment(horizontal=look.align, vertical=look.vertical, wrap_text=True)
        cell.number_format = look.number_format
        if look.is_framed:
            side = Side(style="thin", color="000000")
            cell.border = Border(left=side, right=side, top=side, bottom=side)
        if look.is_filled:
            cell.fill = PatternFill("solid", fgColor=HEADER_FILL)
        return cell._style  # noqa: SLF001


def _ready_cells(cells: list[Any], row: int) -> Iterator[Any]:
    for column, cell in enumerate(cells, 1):
        if cell is not None:
            cell.row, cell.column = row, column
            yield cell


def safe_text(value: str) -> str:
    """`value` as a cell can hold it: no control characters, not longer than Excel allows (… marks a cut)."""
    plain = clean(value)
    return plain if len(plain) <= LONGEST else plain[: LONGEST - 1] + "…"


def _legal_name(name: str, taken: list[str]) -> str:
    """At most 31 characters, none that Excel forbids, not one of `taken` (Excel ignores case)."""
    plain = re.sub(r"[\[\]:*?/\\\n]", " ", clean(name)).strip().strip("'").strip() or text("files.sheet")
    for number in itertools.count(1):
        ending = "" if number == 1 else f" {number}"
        candidate = plain[: 31 - len(ending)].strip().strip("'") + ending
        if candidate.casefold() not in {one.casefold() for one in taken}:
            return candidate
    raise AssertionError
