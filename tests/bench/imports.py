"""Importing a register as the demonstration writes it, against reading the file and a bare insert of the same rows."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from openpyxl import Workbook

from db.ledger import Ledger
from mhdesk.domain.unit import Unit, UnitLevel
from mhdesk.files import xlsx_write
from mhdesk.files.read import read_tables
from mhdesk.reports.model import Report
from mhdesk.services import imports
from mhdesk.services.demo import invent, places, workbook
from mhdesk.services.demo.build import DEFAULT_UNIT
from tests.bench import population
from tests.bench.figure import Figure, Run, in_turn, milliseconds

TOWNSHIP, DISTRICT = 5_000, 46_950  # with those who have left: 5,300 and 50,000 rows
AIM = 2.0
TODAY = date(2026, 11, 20)


class _Stored(NamedTuple):
    """What an import leaves in the table of people: the columns that hold something."""

    columns: Sequence[str]
    rows: Sequence[tuple[Any, ...]]


def measure(run: Run) -> Iterator[Figure]:
    """Both with a new ledger a round; making it and writing the workbook are not measured."""
    for whole, rounds in ((TOWNSHIP, run.rounds), (DISTRICT, min(run.rounds, 2)))[: 2 if run.long else 1]:
        people = run.size(whole)
        folder = run.folder / str(people)
        folder.mkdir()
        place = places.institution(DEFAULT_UNIT)
        file = folder / "register.xlsx"
        invented = invent(place, registered=people, seed=1, today=TODAY)
        report = workbook.roster(place.name, invented, TODAY)
        if whole == TOWNSHIP:
            xlsx_write.write_report(report, file)
        else:
            _write_plain(report, file)
        del invented, report
        race = _Race(folder, file, place)
        race.ours()
        ours, floor = in_turn(rounds, race.ours, race.floor)
        note = f"{len(race.stored.rows)} rows; floor: read the file, insert the same rows"
        yield Figure(f"import: {people} on the register", ours, floor, "ms", AIM, note)


def _write_plain(report: Report, file: Path) -> None:
    """The same cells without frames and colours: dressed, 50,000 rows are more than a file may unpack to."""
    book = Workbook(write_only=True)
    for table in report.sheets:
        sheet = book.create_sheet(table.name)
        sheet.append([table.title])
        for row in (*table.header, *table.rows):
            sheet.append([None if cell is None or cell.value == "" else cell.value for cell in row])
    book.save(file)


class _Race:
    """The same file, both ways."""

    def __init__(self, folder: Path, file: Path, place: places.Institution) -> None:
        self._folder, self._file, self._place = folder, file, place
        self._numbers = itertools.count()
        self.stored = _Stored((), ())

    def _ledger(self) -> Ledger:
        ledger = population.empty(self._folder / f"ledger-{next(self._numbers)}", self._place.name)
        with ledger.change("bench.units") as change:
            change.add_many(
                Unit(name=village.name, level=UnitLevel.VILLAGE, parent_id=ledger.root_unit_id)
                for village in self._place.villages
            )
        return ledger

    def ours(self) -> float:
        """Import the file; remember what was stored. Raises RuntimeError when a row is not taken as new."""
        with self._ledger() as ledger:
            results: list[imports.ImportResult] = []
            time = milliseconds(lambda: results.append(imports.import_file(ledger, self._file, today=TODAY)))
            if results[0].new != results[0].rows:
                raise RuntimeError(f"not all rows are new: {results[0]}")
            if not self.stored.rows:
                with ledger.read() as connection:
                    found = connection.exec_driver_sql("SELECT * FROM patient")
                    names, rows = list(found.keys()), found.all()
                filled = [place for place in range(len(names)) if any(row[place] is not None for row in rows)]
                columns = [names[place] for place in filled]
                self.stored = _Stored(columns, [tuple(row[place] for place in filled) for row in rows])
        return time

    def floor(self) -> float:
        """Read the file and insert what the import stored."""
        columns, rows = self.stored
        statement = f"INSERT INTO patient ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"

        def bare() -> None:
            read_tables(self._file)
            with ledger.change("bench.insert") as change:
                change.connection.exec_driver_sql(statement, list(rows))

        with self._ledger() as ledger:
            return milliseconds(bare)
