"""The self-inspection as tables: score sheet, what is missing, call list; as JSON."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from mhdesk.domain.task import QUIET, Task
from mhdesk.domain.unit import Unit
from mhdesk.reports.model import Align, Cell, Column, Format, Report, Sheet
from mhdesk.services.inspection import Inspection, Scored, items, source
from mhdesk.text import text

if TYPE_CHECKING:
    from db.ledger import Ledger


def report(ledger: Ledger, made: Inspection, *, masked: bool = False) -> Report:
    """Score sheet, missing evidence and call list, as xlsx and pdf."""
    unit = ledger.get(Unit, ledger.root_unit_id).name
    left, right = text("rounds.list_unit", unit=unit), text("inspection.as_of", day=made.as_of.isoformat())
    notes = [text("inspection.drawn", seed=made.seed, size=len(made.scored), registered=made.registered)]
    notes += [source(), *made.limits]
    sheets = [
        _scores(made, masked=masked),
        _gaps(made, masked=masked),
        _calls(made, masked=masked),
    ]
    dressed = [
        Sheet(
            name=text(f"inspection.sheet.{key}"),
            title=text(f"inspection.title.{key}", label=made.label),
            columns=columns,
            header=[[Cell(words) for words in header]],
            rows=rows,
            left_note=left,
            right_note=right,
            notes=notes if key == "scores" else (),
            foot=[text("inspection.foot_checker"), text("inspection.foot_head")],
            frozen_columns=2,
        )
        for key, columns, header, rows in sheets
    ]
    stem = f"{text('inspection.stem')}_{made.as_of:%Y%m%d}_{made.seed}"
    return Report(key="inspection", title=dressed[0].title, file_stem=stem, sheets=dressed)


_Table = tuple[str, list[Column], list[str], list[list[Cell | None]]]


def _who(place: int, one: Scored, *, masked: bool) -> list[Cell | None]:
    return [Cell(place, Format.INTEGER), Cell(one.label if masked else one.name), Cell(one.village)]


def _head() -> list[str]:
    return [text("rounds.column.number"), text("ahead.column.name"), text("ahead.column.village")]


_WHO = [Column(11, align=Align.CENTER), Column(24), Column(28)]


def _scores(made: Inspection, *, masked: bool) -> _Table:
    header = [*_head(), *(f"{one.name}（{one.points}）" for one in items()), text("inspection.total")]
    columns = [
        *_WHO,
        *(Column(22, Format.INTEGER, Align.CENTER) for _ in items()),
        Column(18, Format.INTEGER, Align.CENTER),
    ]
    rows: list[list[Cell | None]] = [
        [
            *_who(place, one, masked=masked),
            *(Cell(one.points[item.key], Format.INTEGER) for item in items()),
            Cell(one.total, Format.INTEGER),
        ]
        for place, one in enumerate(made.scored, 1)
    ]
    return "scores", columns, header, rows


def _gaps(made: Inspection, *, masked: bool) -> _Table:
    names = {one.key: one.name for one in items()}
    rows = [
        [*_who(place, one, masked=masked), Cell(names[key]), Cell(words, align=Align.LEFT)]
        for place, one in enumerate(made.scored, 1)
        for key, words in one.missing
    ]
    header = [*_head(), text("inspection.item"), text("inspection.missing")]
    return "gaps", [*_WHO, Column(28, align=Align.CENTER), Column(150)], header, rows


def _calls(made: Inspection, *, masked: bool) -> _Table:
    rows = [
        [
            *_who(place, one, masked=masked),
            Cell(None if masked else one.guardian),
            Cell(None if masked else one.phone),
            Cell(one.doctor),
            Cell(one.last_visit),
            *(Cell("") for _ in range(3)),
        ]
        for place, one in enumerate(made.scored, 1)
    ]
    keys = ("guardian", "phone", "doctor", "last_visit", "reached", "confirmed", "remark")
    header = [*_head(), *(text(f"inspection.call.{key}") for key in keys)]
    columns = [*_WHO, Column(24), Column(32), Column(22), Column(40), Column(22), Column(30), Column(30)]
    return "calls", columns, header, rows


def write(ledger: Ledger, made: Inspection, folder: Path, *, masked: bool = False, task: Task = QUIET) -> list[Path]:
    """The three tables as .xlsx and .pdf in `folder`; who is named goes into the audit log. Raises OutputFailed."""
    from mhdesk.files import pdf_write, sink, xlsx_write

    done = report(ledger, made, masked=masked)
    with sink.system_errors():
        folder.mkdir(parents=True, exist_ok=True)
    files = [folder / f"{done.file_stem}{suffix}" for suffix in (".xlsx", ".pdf")]
    xlsx_write.write_report(done, files[0], task)
    pdf_write.write_report(done, files[1], task)
    with ledger.change("inspection.export") as change:
        change.touch("patient", len(made.scored))
    return files


def to_json(made: Inspection, *, identified: bool) -> dict[str, Any]:
    """For programs; names only where they were asked for."""
    return {
        "period": made.label,
        "as_of": made.as_of.isoformat(),
        "seed": made.seed,
        "registered": made.registered,
        "rules": made.rules,
        "average": made.average,
        "limits": list(made.limits),
        "patients": [
            {
                "id": one.id,
                "label": one.name if identified else one.label,
                "village": one.village,
                "doctor": one.doctor if identified else None,
                "last_visit": one.last_visit,
                "points": dict(one.points),
                "total": one.total,
                "missing": [{"item": key, "message": words} for key, words in one.missing],
                "rebuilt": one.rebuilt,
                "file": one.file_id,
                "since": one.since if identified else "",
            }
            for one in made.scored
        ],
    }
