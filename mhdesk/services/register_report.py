"""The register and the follow-ups as workbooks: every item of the forms in words, the district's own items last.

The headings are those an import knows, so that a file can be corrected in a spreadsheet and read back: what was not
touched comes back as the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from db.queries import register as queries
from db.queries.records import load_many
from mhdesk.domain.errors import UsageError
from mhdesk.domain.follow_up import FollowUp
from mhdesk.domain.patient import MovementKind, Patient
from mhdesk.domain.task import QUIET, Task
from mhdesk.forms import show
from mhdesk.forms.spec import FieldSpec, Kind
from mhdesk.reports.model import Cell, Column, Format, Report, Sheet
from mhdesk.services import custom_fields, patients
from mhdesk.services.patients import RegisterFilter, RegisterRow
from mhdesk.services.printing import gather
from mhdesk.text import text

if TYPE_CHECKING:
    from db.ledger import Ledger

KINDS = ("register", "follow-ups")
_CHUNK = 500
_WIDE, _NARROW, _NUMBER = 50.0, 26.0, 44.0
_WIDE_KINDS = frozenset({Kind.LONG_TEXT, Kind.DRUGS, Kind.CODES, Kind.COUNTED_CODES})
_EXITS = ((MovementKind.MOVED_OUT, "moved_out"), (MovementKind.DIED, "died"))


def register(ledger: Ledger, ids: Sequence[int] | None = None, *, today: date, task: Task = QUIET) -> Report:
    """One row a person: `ids` in their order, or everybody registered. Raises UsageError MH-PAPER-01 for nobody."""
    wanted = _wanted(ledger, ids)
    items = [item for item in custom_fields.form_for(ledger, "patient", "2018").fields if item.kind is not Kind.UNIT]
    rows: list[list[Cell]] = []
    with ledger.read() as connection:
        for start in range(0, len(wanted), _CHUNK):
            task.step(start, len(wanted), text("paper.gathering"))
            chunk = wanted[start : start + _CHUNK]
            lines = {row.id: row for row in queries.register_rows(connection, chunk)}
            for person in load_many(connection, Patient, chunk):
                if (line := lines.get(person.id or 0)) is not None:
                    rows.append(_person_row(len(rows) + 1, person, line, items))
    places = [("village", _NARROW), ("institution", _NUMBER), *((key, _NARROW) for _, key in _EXITS)]
    heads = [(text(f"export.{key}"), width) for key, width in places]
    return _report(ledger, "register", [*heads, *_item_heads(items)], rows, today)


def follow_ups(ledger: Ledger, ids: Sequence[int] | None = None, *, today: date, task: Task = QUIET) -> Report:
    """One row a visit, by person and day. As `register`."""
    wanted = _wanted(ledger, ids)
    items = custom_fields.form_for(ledger, "follow_up", "2018").fields
    rows: list[list[Cell]] = []
    with ledger.read() as connection:
        for place, person in enumerate(load_many(connection, Patient, wanted)):
            if place % _CHUNK == 0:
                task.step(place, len(wanted), text("paper.gathering"))
            who = (person.name, person.id_number or "", person.record_number or "")
            for visit in gather.visits(connection, person.id or 0):
                edition = text(f"forms.edition_{visit.form_edition}")
                values = (_words(item, visit) for item in items)
                rows.append([Cell(len(rows) + 1, Format.INTEGER), *map(Cell, (*who, edition, *values))])
    heads = [
        (text("export.name"), _NARROW),
        (text("export.id_number"), _NUMBER),
        (text("export.record_number"), _NUMBER),
    ]
    return _report(ledger, "follow_ups", [*heads, (text("export.edition"), _NARROW), *_item_heads(items)], rows, today)


MAKERS: dict[str, Callable[..., Report]] = {"register": register, "follow-ups": follow_ups}


def write(ledger: Ledger, report: Report, path: Path, *, task: Task = QUIET) -> None:
    """Write the table as .xlsx; how many rows it has goes into the audit log. Raises OutputFailed."""
    from mhdesk.files import xlsx_write

    xlsx_write.write_report(report, path, task)
    with ledger.change("register.export") as change:
        change.touch("patient", sum(len(sheet.rows) for sheet in report.sheets))


def _wanted(ledger: Ledger, ids: Sequence[int] | None) -> list[int]:
    found = list(ids) if ids is not None else []
    if ids is None:
        found = patients.register_ids(ledger, chosen=RegisterFilter(status="registered"), sort="village")
    if not found:
        raise UsageError("MH-PAPER-01")
    return found


def _item_heads(items: Iterable[FieldSpec]) -> list[tuple[str, float]]:
    return [(item.label, _WIDE if item.kind in _WIDE_KINDS else _NARROW) for item in items]


def _person_row(number: int, person: Patient, line: RegisterRow, items: Sequence[FieldSpec]) -> list[Cell]:
    exits = [line.exit_on if line.exit_kind == kind else "" for kind, _ in _EXITS]
    places = [line.village or "", line.institution or "", *(day or "" for day in exits)]
    values = [_words(item, person) for item in items]
    return [Cell(number, Format.INTEGER), *(Cell(words) for words in (*places, *values))]


def _words(item: FieldSpec, record: Patient | FollowUp) -> str:
    """A value as an import reads it back."""
    if item.key.startswith(custom_fields.PREFIX):
        return custom_fields.shown(item, record.custom.get(item.key.removeprefix(custom_fields.PREFIX)))
    if item.kind is Kind.DRUGS and isinstance(record, FollowUp):
        return show.format_value(item, tuple(one for one in record.drugs if one.purpose == item.purpose))
    value: Any = getattr(record, item.attribute)
    return show.display_value(item, value)


def _report(
    ledger: Ledger, key: str, heads: Sequence[tuple[str, float]], rows: Sequence[list[Cell]], today: date
) -> Report:
    with ledger.read() as connection:
        unit = gather.Places(ledger, connection).own()
    title = text(f"export.title_{key}")
    sheet = Sheet(
        name=title,
        title=title,
        columns=[Column(11), *(Column(width) for _, width in heads)],
        header=[[Cell(text("export.serial")), *(Cell(words) for words, _ in heads)]],
        rows=[[cell if cell.value != "" else Cell("") for cell in row] for row in rows],
        left_note=text("paper.list.unit", unit=unit),
        right_note=text("export.day", day=today.isoformat(), count=len(rows)),
        frozen_columns=2,
        fit_to_width=False,
    )
    return Report(key=key, title=title, file_stem=f"{unit}{title}{today.isoformat()}", sheets=(sheet,))
