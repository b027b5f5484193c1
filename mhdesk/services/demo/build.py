"""A synthetic ledger the real way: write workbooks, make a ledger, import them, do the main job on it."""

from __future__ import annotations

import dataclasses
import random
import time
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from mhdesk.domain.errors import UsageError, UserError
from mhdesk.domain.patient import ContactAttempt, Patient
from mhdesk.domain.task import QUIET, Task
from mhdesk.domain.unit import Unit, UnitLevel, UnitYear
from mhdesk.files import xlsx_write
from mhdesk.services import access, imports
from mhdesk.services.demo import exchange, joint, medicine, outlook, work, workbook
from mhdesk.services.demo.names import Numbers, chance
from mhdesk.services.demo.people import HISTORY_DAYS, Person, courses_for, make_person
from mhdesk.services.demo.places import Institution, institution, institutions
from mhdesk.services.demo.visits import with_visits
from mhdesk.text import text

if TYPE_CHECKING:
    from db.change import Change
    from db.ledger import Ledger

DEFAULT_UNIT = "统景中心卫生院"
LOGIN = "demo"
MOST_PATIENTS = 50_000
_EVENTFUL = 40  # people among whom something happens in a week, in a demonstration
_LATELY = 0.6


@dataclasses.dataclass(frozen=True)
class DemoResult:
    """What was made. `patients` are those on the register (在册) today; others left during the two years."""

    ledger: Path
    password_file: Path
    files: tuple[Path, ...]
    patients: int
    follow_ups: int
    seconds: float


class _Books(NamedTuple):
    """One institution's people and the workbooks that hold them."""

    place: Institution
    people: Sequence[Person]
    register: Path
    visits: Path


def invent(place: Institution, *, registered: int, seed: int, today: date) -> list[Person]:
    """The people of one institution: exactly `registered` of them on its register today. Same seed, same people."""
    dice = random.Random(f"{seed}/{place.name}/{registered}")
    numbers = Numbers(dice)
    # One newcomer and one or the other event this week, so that its report has something to tell.
    lately = {"new", *(course for course in ("moved_in", "moved_out", "died") if chance(dice, _LATELY))}
    people = []
    for serial, course in enumerate(courses_for(dice, registered), start=1):
        is_lately = registered >= _EVENTFUL and course in lately
        lately -= {course} if is_lately else set()
        person = make_person(dice, numbers, place=place, course=course, serial=serial, today=today, lately=is_lately)
        people.append(with_visits(dice, person, today))
    return people


def build(
    folder: Path,
    *,
    patients: int | None = None,
    seed: int = 1,
    townships: bool = False,
    today: date,
    task: Task = QUIET,
) -> DemoResult:
    """Make a demonstration in `folder`: workbooks, ledger, password file, weekly report as xlsx and pdf.

    By default one township with the number of people printed in the annex (`patients`: another number); with
    `townships` a ledger for each of the 22 and one of the district that holds them all and has merged their sealed
    packages. Raises UsageError MH-DEMO-01
    for an impossible number, LedgerError when a ledger stands there, OutputFailed, Cancelled.
    """
    if patients is not None and not 0 < patients <= MOST_PATIENTS:
        raise UsageError("MH-DEMO-01", limit=MOST_PATIENTS)
    started = time.monotonic()
    folder.mkdir(parents=True, exist_ok=True)
    password = access.suggest_phrase()
    password_file = folder / text("demo.password_file")
    access.write_secret(password_file, password)
    if townships:
        books = _all_townships(folder, password, patients=patients, seed=seed, today=today, task=task)
        unit, level = text("demo.district"), "district"
    else:
        place = institution(DEFAULT_UNIT)
        books = [_write_books(folder, place, patients or place.registered, seed=seed, today=today, task=task)]
        unit, level = place.name, "township"
    files = _make_ledger(folder, password, unit=unit, level=level, books=books, today=today, task=task)
    if townships:
        _exchange(folder, password, books, today=today, task=task)
    workbooks = [path for book in books for path in (book.register, book.visits)]
    return DemoResult(
        ledger=folder / text("demo.ledger_folder"),
        password_file=password_file,
        files=(*workbooks, *files),
        patients=sum(_on_register(book.people) for book in books),
        follow_ups=sum(len(person.visits) for book in books for person in book.people),
        seconds=time.monotonic() - started,
    )


def _on_register(people: Sequence[Person]) -> int:
    return sum(not person.movements for person in people)


def _all_townships(
    folder: Path, password: str, *, patients: int | None, seed: int, today: date, task: Task
) -> list[_Books]:
    """A folder with workbooks, ledger and report for each institution of the annex."""
    books = []
    for number, place in enumerate(institutions(), start=1):
        own = folder / text("demo.townships_folder") / f"{number:02d}{place.name}"
        own.mkdir(parents=True, exist_ok=True)
        book = _write_books(own, place, patients or place.registered, seed=seed, today=today, task=task)
        _make_ledger(own, password, unit=place.name, level="township", books=[book], today=today, task=task)
        books.append(book)
    return books


def _exchange(folder: Path, password: str, books: Sequence[_Books], *, today: date, task: Task) -> None:
    """The district's week: every township but the last sends its package."""
    name = text("demo.ledger_folder")
    towns = [(book.register.parent / name, password) for book in books]
    with access.open_ledger(folder / name, login=LOGIN, password=password) as district:
        exchange.exchange(district, towns, folder, login=LOGIN, today=today, task=task)


def _write_books(folder: Path, place: Institution, registered: int, *, seed: int, today: date, task: Task) -> _Books:
    task.step(0, 0, text("demo.inventing", unit=place.name))
    people = invent(place, registered=registered, seed=seed, today=today)
    register = folder / text("demo.register_file", unit=place.name)
    visits = folder / text("demo.visits_file", unit=place.name)
    task.step(0, 0, text("demo.writing", unit=place.name))
    xlsx_write.write_report(workbook.roster(place.name, people, today), register, task)
    xlsx_write.write_report(workbook.visits(place.name, people, today), visits, task)
    return _Books(place, people, register, visits)


def _make_ledger(
    folder: Path,
    password: str,
    *,
    unit: str,
    level: str,
    books: Sequence[_Books],
    today: date,
    task: Task,
) -> list[Path]:
    """A ledger with its units, the imported workbooks and the weekly report; returns the report's files."""
    from mhdesk.reports import bridge as layout
    from mhdesk.services import bridge, rollups

    ledger, _ = access.create_ledger(
        folder / text("demo.ledger_folder"),
        unit_name=unit,
        level=level,
        login=LOGIN,
        user_name=text("demo.user_name"),
        password=password,
    )
    with ledger:
        _add_units(ledger, [book.place for book in books], today)
        for book in books:
            task.step(0, 0, text("demo.importing", unit=book.place.name))
            for path in (book.register, book.visits):
                _import(ledger, path, today=today, task=task)
            _add_attempts(ledger, book.people)
        work.add(ledger, [book.place for book in books], today=today)
        medicine.add(ledger, today=today)
        joint.invent(ledger, seed=len(books), today=today)
        outlook.add_form(ledger)
        outlook.add_colours(ledger, today=today)
        task.step(0, 0, text("demo.reporting", unit=unit))
        before = rollups.build(ledger, period="weekly", on=today - timedelta(days=7), today=today)
        rollups.submit(ledger, before, checked_by=text("demo.checked_by"), task=task)
        rollup = rollups.build(ledger, period="weekly", on=today, today=today)
        made = bridge.build(ledger, rollup)
        lists = [layout.people_sheet(rollup, bridge.everybody(ledger, made))]
        return list(rollups.write(ledger, rollup, folder, sheets=[bridge.sheet(made)], lists=lists, task=task))


def _add_units(ledger: Ledger, places: Sequence[Institution], today: date) -> None:
    """Institutions and villages with the printed population (villages: invented) for the years of the demonstration."""
    years = sorted({(today - timedelta(days=HISTORY_DAYS)).year, today.year})
    with ledger.change("unit.import") as change:
        for order, place in enumerate(places, start=1):
            unit_id = ledger.root_unit_id
            if ledger.level == "district":
                unit = Unit(name=place.name, level=UnitLevel.INSTITUTION, parent_id=unit_id, sort_order=order)
                unit_id = change.add(unit)
            _add_figures(change, unit_id, place.population, years, place)
            for number, village in enumerate(place.villages, start=1):
                unit = Unit(name=village.name, level=UnitLevel.VILLAGE, parent_id=unit_id, sort_order=number)
                _add_figures(change, change.add(unit), village.population, years, None)
        if ledger.level == "district":
            total = sum(place.population for place in places)
            _add_figures(change, ledger.root_unit_id, total, years, None)


def _add_figures(
    change: Change, unit_id: int, population: int, years: Sequence[int], place: Institution | None
) -> None:
    staff = place.staff if place else None
    psychiatrists = place.psychiatrists if place else None
    change.add_many(
        UnitYear(
            unit_id=unit_id,
            year=year,
            population=population,
            staff_fte=staff,
            psychiatrists=psychiatrists,
            source=text("demo.source"),
        )
        for year in years
    )


def _import(ledger: Ledger, path: Path, *, today: date, task: Task) -> None:
    result = imports.import_file(ledger, path, today=today, task=task)
    if refused := result.conflict + result.rejected:
        raise UserError("MH-DEMO-02", count=refused)


def _add_attempts(ledger: Ledger, people: Sequence[Person]) -> None:
    """Failed tries to reach those who are lost: they stand on no form and in no workbook."""
    lost = [person for person in people if person.attempts]
    if not lost:
        return
    with ledger.change("attempt.record") as change:
        for person in lost:
            stored = ledger.find(Patient, id_number=person.patient.id_number)
            change.add_many(
                ContactAttempt(
                    patient_id=stored[0].id or 0,
                    attempted_on=attempt.attempted_on,
                    mode=attempt.mode,
                    result=attempt.result,
                )
                for attempt in person.attempts
            )
