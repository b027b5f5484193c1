"""Rows to values by the form tables. Each column's reader remembers what a text meant: most texts come often."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any, NamedTuple

from mhdesk.domain import identity, names
from mhdesk.domain.dates import PartialDate
from mhdesk.domain.problems import Problem, Severity
from mhdesk.forms.parse import parse_record
from mhdesk.forms.read_codes import is_blank
from mhdesk.forms.read_dates import FIRST_YEAR, LAST_YEAR, DateFault, from_excel_serial, read_date
from mhdesk.forms.spec import FieldSpec, FormSpec, Kind
from mhdesk.services.imports.header import Header, Heading, Row

NUMBER_KEY = "id_number"
_NUMBER_KEYS = {NUMBER_KEY, "patient_id_number", "guardian_id_number"}
_DATE_KINDS = {Kind.DATE, Kind.PARTIAL_DATE}
#: Kinds whose texts hardly ever come again: not worth remembering, worth a short way for what is plain.
_SELDOM_TWICE = {Kind.NAME, Kind.ID_NUMBER, Kind.PHONE}
_PLAIN = {
    Kind.NAME: re.compile(r"[\u4e00-\u9fff]{2,8}"),
    Kind.PHONE: re.compile(r"1[0-9]{10}|0[0-9]{2,3}-[0-9]{7,8}"),
    Kind.TEXT: re.compile(r"[\u4e00-\u9fff0-9A-Za-z]+(?:-[0-9A-Za-z]+)?"),
}
_RESIDENT = re.compile(r"[1-7][0-9]{16}[0-9X]")
_YEAR = re.compile(r"(?<![0-9])(18|19|20|21)[0-9]{2}")
_SERIAL = re.compile(r"[2-6][0-9]{4}(\.[0-9]+)?")
_DAY = re.compile(r"((?:19|20)[0-9]{2})([-./]?)([0-9]{1,2})\2([0-9]{1,2})")
_COMPACT = len("20260305")
_FORMULA_FAULT = re.compile(r"#(N/A|REF!|VALUE!|NAME\?|DIV/0!|NULL!|NUM!|SPILL!|GETTING_DATA)", re.IGNORECASE)
_ID_DIGITS = 15
_REMEMBERED = 5_000  # texts a column


class _Found(NamedTuple):
    """What a text gave, where it is more than the value of its own item."""

    values: dict[str, Any]
    problems: tuple[Problem, ...]


_Read = Callable[[Any], Any]  # the item's value, or _Found
_NOTHING = _Found({}, ())


class RowValues(NamedTuple):
    """A row as read. Empty cells are absent: they never erase anything. `extras` are columns that are no items."""

    values: dict[str, Any]
    extras: dict[str, Any]
    problems: list[Problem]

    @property
    def errors(self) -> list[Problem]:
        """The problems that keep the row out."""
        return [problem for problem in self.problems if problem.severity is Severity.ERROR]


def cell_text(cell: Any) -> str:
    """A cell as its text: dates in ISO form, whole numbers without a point."""
    if isinstance(cell, str):
        return cell
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 10**18 else repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    return cell.isoformat() if isinstance(cell, date | time) else str(cell)


def lost_digits(cell: Any) -> bool:
    """Whether an ID number stands here as a number, whose last digits a spreadsheet has thrown away."""
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        return False
    return bool(abs(cell) >= 10 ** (_ID_DIGITS - 1))


class RowReader:
    """Reads the rows of one table by one form."""

    def __init__(self, form: FormSpec, header: Header, today: date) -> None:
        """`header` says which column means what."""
        self.form = form
        self.header = header
        self.today = today
        self._simple: list[tuple[int, str, dict[Any, Any], _Read]] = []
        self._parts: dict[str, list[tuple[int, str]]] = {}
        self._extras: list[tuple[int, str, Callable[[Any], Any]]] = []
        self._remembered: dict[tuple[str, tuple[Any, ...]], _Found] = {}
        for key, heading in header.known.items():
            self._add(key, heading)
        self._number_at = next((one.place for key, one in header.known.items() if key == NUMBER_KEY), None)
        self._number_kind_at = next((one.place for key, one in header.known.items() if key == "id_type"), None)

    def _add(self, key: str, heading: Heading) -> None:
        head, _, part = key.partition(":")
        item = self.form.by_key.get(head)
        if part and item is not None:
            self._parts.setdefault(head, []).append((heading.place, key))
        elif item is not None:
            self._add_simple(heading.place, key, self._reader(item), remember=item.kind not in _SELDOM_TWICE)
        elif key.startswith("custom:"):
            self._add_simple(heading.place, key, lambda cell: self._record({key: cell_text(cell)}), remember=True)
        else:
            self._extras.append((heading.place, key, _extra_reader(key, self.today)))

    def _add_simple(self, place: int, key: str, read: _Read, *, remember: bool) -> None:
        known: dict[Any, Any] = {}

        def remembering(cell: Any) -> Any:
            found = read(cell)
            if len(known) < _REMEMBERED:
                known[cell] = found
            return found

        self._simple.append((place, key, known, remembering if remember else read))

    def read(self, row: Row) -> RowValues:
        """The row's values and problems."""
        values: dict[str, Any] = {}
        details: dict[str, Any] = {}
        problems: list[Problem] = []
        for place, key, known, read in self._simple:
            cell = row[place]
            if cell is None:
                continue
            found = known.get(cell)
            if found is None:
                found = read(cell)
            if type(found) is not _Found:
                values[key] = found
                continue
            self._spread(key, found, values, details)
            if found.problems:
                problems += self._reconsider(key, row, found.problems, values)
        for head, places in self._parts.items():
            self._read_parts(head, places, row, values, problems)
        for name, value in details.items():
            values.setdefault(name, value)
        return RowValues(values, self._read_extras(row, problems), problems)

    def _spread(self, key: str, found: _Found, values: dict[str, Any], details: dict[str, Any]) -> None:
        for name, value in found.values.items():
            if name == "custom":
                values[name] = {**values.get(name, {}), **value}
            elif name == "drugs":  # 用药情况 and 用药指导 are lines of one list
                values[name] = (*values.get(name, ()), *value)
            else:
                # A column of its own says more than the words that came with a code (其他：…).
                (details if name != key and name in self.form.by_key else values)[name] = value

    def _read_extras(self, row: Row, problems: list[Problem]) -> dict[str, Any]:
        extras: dict[str, Any] = {}
        for place, key, read in self._extras:
            if (cell := row[place]) is not None:
                value = read(cell)
                if isinstance(value, Problem):
                    problems.append(value)
                elif value is not None:
                    extras[key] = value
        return extras

    def _reconsider(
        self, key: str, row: Row, faults: tuple[Problem, ...], values: dict[str, Any]
    ) -> tuple[Problem, ...]:
        """A number that is no resident's may be right for the document the row names."""
        at = self._number_kind_at
        if key != NUMBER_KEY or at is None or at >= len(row) or lost_digits(row[self._number_at or 0]):
            return faults
        texts = {key: cell_text(row[self._number_at or 0]), "id_type": cell_text(row[at])}
        found, new_faults = self._record(texts)
        if key in found:
            values[key] = found[key]
        return new_faults

    def _read_parts(
        self, head: str, places: list[tuple[int, str]], row: Row, values: dict[str, Any], problems: list[Problem]
    ) -> None:
        """Items spread over several columns: drug lines, numbers of times."""
        cells = tuple(row[index] if index < len(row) else None for index, _ in places)
        found = self._remembered.get((head, cells))
        if found is None:
            texts = {
                key: text for (_, key), cell in zip(places, cells, strict=True) if (text := cell_text(cell)).strip()
            }
            found = self._record(texts) if texts else _NOTHING
            if len(self._remembered) < _REMEMBERED:
                self._remembered[head, cells] = found
        for name, value in found.values.items():
            values[name] = (*values.get(name, ()), *value)
        problems += found.problems

    def _record(self, texts: dict[str, str]) -> _Found:
        parsed = parse_record(self.form, texts, today=self.today)
        kept = {name: value for name, value in parsed.values.items() if value not in (None, (), "")}
        return _Found(kept, parsed.problems)

    def _reader(self, item: FieldSpec) -> _Read:
        def slow(cell: Any) -> Any:
            fault = _cell_fault(item, cell)
            if fault is not None:
                return _Found({}, (fault,))
            found = self._record({item.key: self._text_of(item, cell)})
            if len(found.values) == 1 and item.key in found.values and not found.problems:
                return found.values[item.key]
            return found

        if item.kind in _DATE_KINDS:
            whole = item.kind is Kind.DATE
            return lambda cell: _plain_day(cell, whole=whole) or slow(cell)
        if item.kind not in _PLAIN and item.kind is not Kind.ID_NUMBER:
            return slow
        fast = _resident_number if item.kind is Kind.ID_NUMBER else _plain_text(item)
        return lambda cell: cell if isinstance(cell, str) and fast(cell) else slow(cell)

    def _text_of(self, item: FieldSpec, cell: Any) -> str:
        if item.kind in _DATE_KINDS and (day := _excel_day(cell)) is not None:
            return day.isoformat()
        return cell_text(cell)


def _plain_day(cell: Any, *, whole: bool) -> date | PartialDate | None:
    """The day of a cell that can be read in one way only; None leaves it to the forms."""
    if isinstance(cell, str):
        match = _DAY.fullmatch(cell)
        if match is None or not (match[2] or len(cell) == _COMPACT):
            return None
        year, month, day = int(match[1]), int(match[3]), int(match[4])
    elif isinstance(cell, date):
        year, month, day = cell.year, cell.month, cell.day
        if not FIRST_YEAR <= year <= LAST_YEAR:
            return None
    else:
        return None
    try:
        return date(year, month, day) if whole else PartialDate(year, month, day)
    except ValueError:
        return None


def _resident_number(text: str) -> bool:
    return _RESIDENT.fullmatch(text) is not None and identity.is_valid(text)


def _plain_text(item: FieldSpec) -> Callable[[str], bool]:
    """Texts that reading would hand back unchanged."""
    pattern, longest = _PLAIN[item.kind], item.max_length

    def is_plain(text: str) -> bool:
        return pattern.fullmatch(text) is not None and len(text) <= longest and not is_blank(text)

    return is_plain


def _excel_day(cell: Any) -> date | None:
    """The day of an Excel serial number, also where a csv file holds it as text."""
    if isinstance(cell, bool):
        return None
    text = cell.strip() if isinstance(cell, str) else cell_text(cell) if isinstance(cell, int | float) else ""
    if not _SERIAL.fullmatch(text):
        return None
    try:
        return from_excel_serial(float(text))
    except ValueError:
        return None


def _cell_fault(item: FieldSpec, cell: Any) -> Problem | None:
    """What is wrong with a cell before its text is read."""
    if item.key in _NUMBER_KEYS and lost_digits(cell):
        return Problem("MH-IMPORT-20", item.key, Severity.ERROR)
    if not isinstance(cell, str):
        return None
    if _FORMULA_FAULT.fullmatch(cell.strip()):
        return Problem("MH-IMPORT-32", item.key, Severity.ERROR, {"text": cell.strip()})
    if item.kind in _DATE_KINDS and _lacks_year(cell):
        return Problem("MH-IMPORT-30", item.key, Severity.ERROR, {"label": item.label, "text": cell.strip()[:20]})
    return None


def _lacks_year(text: str) -> bool:
    """Days without a year (3.5, 今): fine where somebody types them today, a guess in a file."""
    plain = unicodedata.normalize("NFKC", text)
    return any(char.isdigit() or char in "今昨前明后" for char in plain) and not (
        _YEAR.search(plain) or _SERIAL.fullmatch(plain.strip()) or _is_short_year(plain)
    )


def _is_short_year(text: str) -> bool:
    """26.3.5: reading it says best what is wrong."""
    return len([part for part in re.split(r"[^0-9]+", text) if part]) == 3 or len(text.strip()) == 6  # noqa: PLR2004


def _extra_reader(key: str, today: date) -> Callable[[Any], Any]:
    if key.endswith("_on"):
        return lambda cell: _read_day(key, cell, today)
    if key in _NUMBER_KEYS:
        return lambda cell: _read_number(key, cell, today)
    if key == "patient_name":
        return lambda cell: names.normalize(cell_text(cell)) or None
    return lambda cell: " ".join(cell_text(cell).split()) or None


def _read_day(key: str, cell: Any, today: date) -> date | Problem | None:
    if plain := _plain_day(cell, whole=True):
        return plain.exact if isinstance(plain, PartialDate) else plain
    text = cell_text(_excel_day(cell) or cell).strip()
    if is_blank(text):
        return None
    label = {"@died_on": "死亡日期", "@moved_out_on": "迁出日期", "@moved_in_on": "迁入日期"}[key]
    if _lacks_year(text):
        return Problem("MH-IMPORT-30", key, Severity.ERROR, {"label": label, "text": text[:20]})
    found = read_date(text, today=today)
    if isinstance(found, DateFault):
        code = {
            DateFault.NO_SUCH_DAY: "MH-FORM-02",
            DateFault.SHORT_YEAR: "MH-FORM-03",
            DateFault.YEAR_RANGE: "MH-FORM-05",
        }
        return Problem(code.get(found, "MH-FORM-01"), key, Severity.ERROR, {"label": label, "text": text[:20]})
    if found.exact is None:
        return Problem("MH-FORM-04", key, Severity.ERROR, {"label": label, "text": text[:20]})
    return found.exact


def _read_number(key: str, cell: Any, today: date) -> str | Problem | None:
    """The number of the person a visit belongs to. A wrong one is refused: it might be somebody else's."""
    if lost_digits(cell):
        return Problem("MH-IMPORT-20", key, Severity.ERROR)
    text = cell_text(cell)
    if is_blank(text.strip()):
        return None
    found = identity.examine(text, today=today)
    if found is identity.Fault.LOST_DIGITS:
        return Problem("MH-IMPORT-20", key, Severity.ERROR)
    return identity.normalize(text) if isinstance(found, identity.Fault) else found.number
