"""The form the district sent: keep it in the ledger, place indicators in its cells, fill it from a roll-up."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from mhdesk import pinyin
from mhdesk.domain.changes import Changes
from mhdesk.domain.errors import InputRefused, UserError
from mhdesk.domain.task import QUIET, Task
from mhdesk.domain.template import ReportTemplate
from mhdesk.files.limits import FILE_BYTES
from mhdesk.reports import placeholders
from mhdesk.reports.placeholders import Choice
from mhdesk.rules.rollup import RollUp
from mhdesk.text import text

if TYPE_CHECKING:
    from db.ledger import Ledger
    from mhdesk.files.template_answers import Filled
    from mhdesk.files.template_sheet import Grid


class TemplateLine(NamedTuple):
    """A form kept in the ledger, newest revision."""

    id: int
    name: str
    revision: int
    file_name: str
    saved_at: datetime | None
    saved_by: str


@dataclass(frozen=True)
class Written:
    """A filled form on disk, and what could not be filled."""

    file: Path
    filled: Filled


# ---------------------------------------------------------------- keeping


def listed(ledger: Ledger) -> list[TemplateLine]:
    """The forms kept, each once, by name."""
    newest: dict[str, ReportTemplate] = {}
    for one in sorted(ledger.find(ReportTemplate), key=lambda one: one.revision):
        newest[one.name] = one
    return [
        TemplateLine(one.id or 0, one.name, one.revision, one.file_name, one.entered_at, one.entered_by)
        for _, one in sorted(newest.items())
    ]


def load(ledger: Ledger, name: str) -> bytes:
    """The newest revision of a form. Raises UserError MH-TEMPLATE-04."""
    found = [one for one in ledger.find(ReportTemplate, name=name) if one.voided_at is None]
    if not found:
        raise UserError("MH-TEMPLATE-04", name=name)
    return base64.b64decode(max(found, key=lambda one: one.revision).content)


def save(ledger: Ledger, name: str, content: bytes, *, file_name: str = "") -> Changes:
    """Keep a form under a name, as a new revision where there is one already; the same content again changes nothing.

    Raises UserError MH-TEMPLATE-06 without a name, InputRefused for a file that is no form.
    """
    from mhdesk.files.template_package import Package

    wanted = name.strip()
    if not wanted:
        raise UserError("MH-TEMPLATE-06")
    Package(content)
    digest = hashlib.sha256(content).hexdigest()
    earlier = ledger.find(ReportTemplate, include_voided=True, name=wanted)
    standing = [one for one in earlier if one.voided_at is None]
    if standing and max(standing, key=lambda one: one.revision).content_hash == digest:
        return Changes({})
    record = ReportTemplate(
        name=wanted,
        revision=max((one.revision for one in earlier), default=0) + 1,
        file_name=file_name,
        content=base64.b64encode(content).decode(),
        content_hash=digest,
    )
    with ledger.change("report.template_save") as change:
        change.add(record)
    return change.changes


def remove(ledger: Ledger, name: str, *, reason: str) -> Changes:
    """Take a form with all its revisions out of the list; the recycle bin keeps it. Raises UserError MH-TEMPLATE-04."""
    found = ledger.find(ReportTemplate, name=name)
    if not found:
        raise UserError("MH-TEMPLATE-04", name=name)
    with ledger.change("report.template_remove", reason=reason) as change:
        for one in found:
            change.void(ReportTemplate, one.id or 0, reason)
    return change.changes


# ---------------------------------------------------------------- looking and placing


def read(path: Path) -> bytes:
    """The content of a file, if it is one that can be a form. Raises InputRefused."""
    from mhdesk.files.template_package import Package

    try:
        size = path.stat().st_size
        if not path.is_file():
            raise InputRefused("MH-FILE-01")
        if size > FILE_BYTES:
            raise InputRefused("MH-FILE-02", size_mb=size // 1024**2, limit_mb=FILE_BYTES // 1024**2)
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise InputRefused("MH-FILE-01") from error
    except OSError as error:
        raise InputRefused("MH-FILE-12") from error
    Package(content, path.suffix)
    return content


def look(content: bytes) -> list[Grid]:
    """The sheets of a form as the window shows them; hidden ones are left out."""
    from mhdesk.files.template_package import Package
    from mhdesk.files.template_sheet import grid

    package = Package(content)
    return [grid(package, part) for part in package.sheets if part.is_visible]


def place(content: bytes, sheet: str, row: int, column: int, words: str) -> bytes:
    """The form with a placeholder in a cell (rows and columns from 1 on), "" empties the cell.

    Raises UserError MH-TEMPLATE-05 where a formula stands.
    """
    from mhdesk.files.template_package import Package
    from mhdesk.files.template_sheet import write_text

    package = Package(content)
    part = next(one for one in package.sheets if one.name == sheet)
    write_text(package, part, row, column, f"{{{{{words}}}}}" if words else "")
    return package.to_bytes()


def search(words: str) -> list[Choice]:
    """What can be placed, found by Chinese characters or pinyin initials; everything where nothing is typed."""
    wanted = "".join(words.split()).casefold()
    offered = placeholders.choices()
    if not wanted:
        return offered
    return [one for one in offered if wanted in one.name.casefold() or wanted in _sounds(one.name)]


def _sounds(name: str) -> str:
    """Initials and full reading of a name, the commonest of each character."""
    readings = [(pinyin.readings(char) or ("",))[0] for char in name]
    return f"{''.join(one[:1] for one in readings)} {''.join(readings)}"


# ---------------------------------------------------------------- filling


def fill(ledger: Ledger, rollup: RollUp, template: str, *, today: date) -> tuple[Filled, str]:
    """A form filled from a roll-up, and its name: `template` is the name of one kept, or a file.

    Raises UserError MH-TEMPLATE-03 (nothing to fill), MH-TEMPLATE-04 (no such form), InputRefused.
    """
    from mhdesk.files import template_fill

    file = Path(template)
    if any(one.name == template for one in listed(ledger)):
        content, name = load(ledger, template), template
    elif file.suffix and file.exists():
        content, name = read(file), file.stem
    else:
        raise UserError("MH-TEMPLATE-04", name=template)
    answers = placeholders.RollUpAnswers(rollup, today=today, user_name=ledger.user_name)
    return template_fill.fill(content, answers), name


def write(ledger: Ledger, rollup: RollUp, template: str, folder: Path, *, today: date, task: Task = QUIET) -> Written:
    """The filled form as a file in `folder`; noted in the audit log. Raises what `fill` does, and OutputFailed."""
    from mhdesk.files import sink

    filled, name = fill(ledger, rollup, template, today=today)
    task.step(1, 2, name)
    with sink.system_errors():
        folder.mkdir(parents=True, exist_ok=True)
    kind = "" if rollup.period.kind == "weekly" else f"_{text(f'reports.kind.{rollup.period.kind}')}"
    file = folder / f"{_safe(name)}{kind}_{rollup.period.start:%Y%m%d}.xlsx"
    sink.write_bytes(file, filled.content)
    with ledger.change("report.export") as change:
        change.touch("report", 1)
    return Written(file, filled)


def problem_lines(filled: Filled) -> list[str]:
    """What could not be filled, a line each: sheet, cell, why."""
    return [*filled.remarks, *(f"{one.sheet} {one.cell}：{one.words}".strip() for one in filled.problems)]


def to_json(written: Written) -> dict[str, Any]:
    """For programs."""
    problems: Sequence[dict[str, str]] = [
        {"sheet": one.sheet, "cell": one.cell, "message": one.words} for one in written.filled.problems
    ]
    return {"file": str(written.file), "cells": written.filled.cells, "problems": problems}


def _safe(name: str) -> str:
    return "".join("_" if char in '<>:"/\\|?*' or ord(char) < 32 else char for char in name).strip(" .") or "report"  # noqa: PLR2004


def column_letters(column: int) -> str:
    """How a spreadsheet names a column: 1 is A, 27 AA."""
    from mhdesk.files.template_sheet import letters

    return letters(column)
