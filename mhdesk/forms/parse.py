"""Text to values: what a person typed or a file held, item by item. What cannot be read is a Problem, never a guess.

`parse_value` reads one item, `parse_record` a whole row. Whether an item is required is the matter of
`mhdesk.forms.skip`, whether values agree with each other that of `mhdesk.rules`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from mhdesk.domain import identity, names
from mhdesk.domain.dates import PartialDate
from mhdesk.domain.follow_up import DrugLine
from mhdesk.domain.problems import Problem, Severity
from mhdesk.forms.load import form
from mhdesk.forms.read_codes import CodeFault, Codes, counts, is_blank, read_code, read_codes, read_counts
from mhdesk.forms.read_dates import DateFault, read_date
from mhdesk.forms.read_drugs import read_drugs
from mhdesk.forms.read_people import read_people
from mhdesk.forms.show import display_value, format_value
from mhdesk.forms.spec import FieldSpec, FormSpec, Kind

__all__ = ["Parsed", "complete_from_id", "display_value", "format_value", "parse_record", "parse_value"]

_DATE_CODES = {
    DateFault.UNREADABLE: "MH-FORM-01",
    DateFault.NO_SUCH_DAY: "MH-FORM-02",
    DateFault.SHORT_YEAR: "MH-FORM-03",
    DateFault.YEAR_RANGE: "MH-FORM-05",
}
_CODE_CODES = {
    CodeFault.UNKNOWN: "MH-FORM-06",
    CodeFault.SEVERAL: "MH-FORM-07",
    CodeFault.AMBIGUOUS: "MH-FORM-08",
    CodeFault.REPEATED: "MH-FORM-09",
    CodeFault.EXCLUSIVE: "MH-FORM-10",
    CodeFault.NO_COUNT: "MH-FORM-11",
    CodeFault.COUNT_RANGE: "MH-FORM-12",
    CodeFault.NOT_CONVERTIBLE: "MH-FORM-26",
}
_ID_CODES = {
    identity.Fault.SHAPE: "MH-FORM-16",
    identity.Fault.BIRTH: "MH-FORM-17",
    identity.Fault.CHECK: "MH-FORM-18",
    identity.Fault.LOST_DIGITS: "MH-FORM-19",
}
_INTEGER = re.compile(r"\+?([0-9]{1,9})(?:\.0+)?\s*(?:次|人|岁|年|天|月|周|个|名)?")
_DECIMAL = re.compile(
    r"\+?([0-9]{1,9}(?:\.[0-9]{1,6})?|\.[0-9]{1,6})\s*(?:mg|毫克|次|周|片|粒|支|ml|毫升)?", re.IGNORECASE
)
_MOMENT = re.compile(r"(.*?)\s*(?<![0-9])([0-9]{1,2})\s*[:时点]\s*([0-9]{2})?\s*分?(?::[0-9]{2})?", re.DOTALL)
_LAST_HOUR, _LAST_MINUTE = 23, 59
_SCIENTIFIC = re.compile(r"[0-9.]+[Ee]\+?[0-9]+")
_NONE_WORDS = frozenset({"无", "没有", "暂无", "无电话", "无身份证", "未办理"})
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_RESIDENT_CARD = "01"
_FEWEST_PHONE_DIGITS = 3
_SHOWN_TEXT = 30


@dataclass(frozen=True)
class Parsed:
    """A row read: `values` by field of the record (fit for ``FollowUp(**values)``), `problems` by item.

    A key that stood in the row is in `values` unless its text was refused; an empty cell gives None or ().
    """

    values: dict[str, Any] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that block."""
        return tuple(problem for problem in self.problems if problem.severity is Severity.ERROR)


def parse_value(item: FieldSpec, text: str, *, today: date) -> Any:
    """The value of one item's text, or a `Problem`. An empty text is None (or () for items of several values)."""
    value, _ = _read(item, text, today)
    return value


def parse_record(spec: FormSpec, raw: Mapping[str, str], *, today: date) -> Parsed:
    """A row's values. Keys of `raw`: item keys, parts (``dangerous_acts:1``, ``drugs_current:2:dose``), ``custom:KEY``.

    Import-only columns are passed over. Raises KeyError for any other key.
    """
    reader = _RowReader(spec, today)
    simple, parts, custom = _sort_keys(spec, raw)
    for key, text in simple.items():
        reader.item(spec.field(key), text, raw)
    for key, texts in parts.items():
        reader.parts(spec.field(key), texts)
    if custom:
        reader.values["custom"] = {key: _plain(text) for key, text in custom.items() if text.strip()}
    return Parsed(reader.values, tuple(reader.problems))


def complete_from_id(values: Mapping[str, Any], *, today: date) -> dict[str, Any]:
    """`values` of a person; where id_type, birth_date and sex are empty, what a valid identity number says of them."""
    found = identity.examine(str(values.get("id_number") or ""), today=today)
    if isinstance(found, identity.Fault) or values.get("id_type") not in (None, _RESIDENT_CARD):
        return dict(values)
    said = {"id_type": _RESIDENT_CARD, "birth_date": PartialDate.of(found.birth_date), "sex": found.sex}
    return dict(values) | {key: value for key, value in said.items() if values.get(key) is None}


class _RowReader:
    """Collects the values and problems of one row."""

    def __init__(self, spec: FormSpec, today: date) -> None:
        self.spec = spec
        self.today = today
        self.values: dict[str, Any] = {}
        self.problems: list[Problem] = []

    def item(self, item: FieldSpec, text: str, raw: Mapping[str, str]) -> None:
        value, detail = _read(item, text, self.today)
        if item.kind is Kind.ID_NUMBER and isinstance(value, Problem) and self._other_document(raw, item):
            value = _plain(identity.normalize(text))
        if isinstance(value, Problem):
            if item.keep_text and value.code == "MH-FORM-06":
                value, detail = replace(value, code="MH-FORM-28", severity=Severity.WARNING), _plain(text)
            self.problems.append(value)
        elif item.kind is Kind.DRUGS:
            self.values[item.attribute] = (*self.values.get(item.attribute, ()), *value)
        else:
            self.values[item.attribute] = value
            if item.kind is Kind.ID_NUMBER and value and len(identity.normalize(text)) < len(value):
                self.problems.append(_problem(item, "MH-FORM-20", severity=Severity.NOTE))
        if item.detail and detail and not raw.get(item.detail, "").strip():
            self.values[item.detail] = detail

    def parts(self, item: FieldSpec, texts: Mapping[str, str]) -> None:
        value = self._counts(item, texts) if item.kind is Kind.COUNTED_CODES else self._drugs(item, texts)
        if isinstance(value, Problem):
            self.problems.append(value)
        else:
            self.values[item.attribute] = (*self.values.get(item.attribute, ()), *value)

    def _other_document(self, raw: Mapping[str, str], item: FieldSpec) -> bool:
        """Whether the row says the number is of another document than an identity card."""
        if item.key != "id_number" or "id_type" not in self.spec.by_key:
            return False
        kind = parse_value(self.spec.field("id_type"), raw.get("id_type", ""), today=self.today)
        return isinstance(kind, str) and kind != _RESIDENT_CARD

    def _counts(self, item: FieldSpec, texts: Mapping[str, str]) -> Any:
        """Columns of their own for the times of each act; all of them 0 is 无, all of them empty is not answered."""
        code_list = item.codes
        assert code_list is not None  # noqa: S101 - the loader refuses counted codes without a list
        found: dict[str, int] = {}
        answered = 0
        for code, text in texts.items():
            plain = unicodedata.normalize("NFKC", text).strip()
            if is_blank(plain):
                continue
            match = _INTEGER.fullmatch(plain) or (re.fullmatch(r"(0)|无", plain))
            if match is None:
                return _problem(item, "MH-FORM-13", text=plain)
            answered += 1
            if times := int(match[1] or 0):
                if times > (item.maximum or times):
                    return _problem(item, "MH-FORM-12", text=plain)
                found[code] = times
        countable = set(code_list.codes) - code_list.exclusive
        if not found and answered == len(countable):
            found = dict.fromkeys(code_list.exclusive, 0)
        value = counts(code_list, found)
        return _problem(item, _CODE_CODES[value]) if isinstance(value, CodeFault) else value

    def _drugs(self, item: FieldSpec, texts: Mapping[str, str]) -> Any:
        lines: dict[str, dict[str, Any]] = {}
        form_line = form("drug_line")
        for key, text in texts.items():
            line, _, column = key.partition(":")
            value = parse_value(form_line.field(column), text, today=self.today)
            if isinstance(value, Problem):
                return replace(value, field=f"{item.key}:{key}")
            if value not in (None, ""):
                lines.setdefault(line, {})[column] = value
        drugs = []
        for line in sorted(lines, key=int):
            if not lines[line].get("drug_name"):
                return _problem(item, "MH-FORM-29", line=line)
            drugs.append(DrugLine(purpose=item.purpose, **lines[line]))
        return tuple(drugs)


def _sort_keys(
    spec: FormSpec, raw: Mapping[str, str]
) -> tuple[dict[str, str], dict[str, dict[str, str]], dict[str, str]]:
    """The row's texts by plain key, by part, and by custom key."""
    simple: dict[str, str] = {}
    parts: dict[str, dict[str, str]] = {}
    custom: dict[str, str] = {}
    import_only = {column.key for column in spec.columns}
    for key, text in raw.items():
        head, _, part = key.partition(":")
        if head == "custom" and part:
            custom[part] = text
        elif part and spec.field(head).kind in {Kind.DRUGS, Kind.COUNTED_CODES}:
            parts.setdefault(head, {})[part] = text
        elif key not in import_only:
            simple[spec.field(key).key] = text
    return simple, parts, custom


def _read(item: FieldSpec, text: str, today: date) -> tuple[Any, str]:
    """(value or Problem, words for the item's detail)."""
    if item.codes is not None:
        return _read_coded(item, text)
    return _READERS[item.kind](item, text, today), ""


def _read_coded(item: FieldSpec, text: str) -> tuple[Any, str]:
    assert item.codes is not None  # noqa: S101 - asked by the caller
    if item.kind is Kind.COUNTED_CODES:
        times = read_counts(item.codes, text, maximum=int(item.maximum or 200))
        return (_code_problem(item, times, text) if isinstance(times, CodeFault) else times), ""
    found = (read_codes if item.kind is Kind.CODES else read_code)(item.codes, text)
    if isinstance(found, CodeFault):
        return _code_problem(item, found, text), ""
    value = found.codes if item.kind is Kind.CODES else next(iter(found.codes), None)
    return value, _detail(item, found, text)


def _detail(item: FieldSpec, found: Codes, text: str) -> str:
    belongs = item.detail_code in found.codes
    if not item.keep_text or (item.detail_code and not belongs):
        return found.detail if belongs else ""
    plain = _plain(text)
    label = display_value(item, next(iter(found.codes), None))
    is_code = item.codes is not None and plain in item.codes.codes
    return "" if is_code or plain == label or not found.codes else plain


def _read_text(item: FieldSpec, text: str, _today: date) -> Any:
    plain = _plain(text) if item.kind is not Kind.LONG_TEXT else _CONTROLS.sub("", _lines(text)).strip()
    if len(plain) > item.max_length:
        return _problem(item, "MH-FORM-24", limit=item.max_length)
    return _empty_as_none(item, plain)


def _read_name(item: FieldSpec, text: str, _today: date) -> Any:
    name = names.normalize(text)
    if names.is_too_long(name):
        return _problem(item, "MH-FORM-22", limit=names.MAX_LENGTH)
    says_nothing = is_blank(name) and item.key != "name"  # a person may be registered as 不详, nobody else is needed
    return _empty_as_none(item, "" if says_nothing else name)


def _read_date(item: FieldSpec, text: str, today: date) -> Any:
    if _says_nothing(text):
        return None
    found = read_date(text, today=today)
    if isinstance(found, DateFault):
        return _problem(item, _DATE_CODES[found], text=_shown(text))
    if item.kind is Kind.PARTIAL_DATE:
        return found
    return found.exact or _problem(item, "MH-FORM-04", text=_shown(text))


def _read_moment(item: FieldSpec, text: str, today: date) -> Any:
    """A day and a time; a time alone is today's."""
    if _says_nothing(text):
        return None
    plain = unicodedata.normalize("NFKC", text).strip().replace("T", " ")
    match = _MOMENT.fullmatch(plain)
    if match is None or int(match[2]) > _LAST_HOUR or int(match[3] or 0) > _LAST_MINUTE:
        return _problem(item, "MH-JOINT-10", text=_shown(text))
    found = read_date(match[1], today=today) if match[1] else PartialDate.of(today)
    if isinstance(found, DateFault):
        return _problem(item, _DATE_CODES[found], text=_shown(text))
    if found.exact is None:
        return _problem(item, "MH-FORM-04", text=_shown(text))
    return f"{found.exact.isoformat()} {int(match[2]):02d}:{int(match[3] or 0):02d}"


def _read_people(item: FieldSpec, text: str, _today: date) -> Any:
    """Everybody with unit and role; a piece that says less is refused as a whole."""
    if _says_nothing(text):
        return ()
    found = read_people(_CONTROLS.sub("", _lines(text)))
    if isinstance(found, str):
        return _problem(item, "MH-JOINT-11", text=_shown(found))
    return found


def _read_number(item: FieldSpec, text: str, _today: date) -> Any:
    if _says_nothing(text):
        return None
    whole = item.kind in {Kind.INTEGER, Kind.UNIT}
    plain = unicodedata.normalize("NFKC", text).strip()
    match = (_INTEGER if whole else _DECIMAL).fullmatch(plain)
    if match is None:
        return _problem(item, "MH-FORM-13" if whole else "MH-FORM-14", text=_shown(text))
    value = int(match[1]) if whole else float(match[1])
    low, high = item.minimum, item.maximum
    if (low is not None and value < low) or (high is not None and value > high):
        ends: dict[str, Any] = {"low": f"{low or 0:g}", "high": "" if high is None else f"{high:g}"}
        return _problem(item, "MH-FORM-15", text=_shown(text), **ends)
    return value


def _read_id(item: FieldSpec, text: str, today: date) -> Any:
    if _says_nothing(text):
        return None
    found = identity.examine(text, today=today)
    return _problem(item, _ID_CODES[found]) if isinstance(found, identity.Fault) else found.number


def _read_phone(item: FieldSpec, text: str, _today: date) -> Any:
    if _says_nothing(text):
        return None
    plain = re.sub(r"(?<=[0-9])\.0$", "", _plain(unicodedata.normalize("NFKC", text)).lstrip("'"))
    if len(plain) > item.max_length:
        return _problem(item, "MH-FORM-24", limit=item.max_length)
    if sum(char.isdigit() for char in plain) < _FEWEST_PHONE_DIGITS or _SCIENTIFIC.fullmatch(plain):
        return _problem(item, "MH-FORM-21", severity=Severity.WARNING)
    return plain


def _read_drug_lines(item: FieldSpec, text: str, _today: date) -> Any:
    lines = read_drugs(text, item.purpose)
    return _problem(item, "MH-FORM-25", text=_shown(text)) if lines is None else lines


_READERS: dict[Kind, Callable[[FieldSpec, str, date], Any]] = {
    Kind.TEXT: _read_text,
    Kind.LONG_TEXT: _read_text,
    Kind.NAME: _read_name,
    Kind.DATE: _read_date,
    Kind.PARTIAL_DATE: _read_date,
    Kind.MOMENT: _read_moment,
    Kind.PEOPLE: _read_people,
    Kind.INTEGER: _read_number,
    Kind.DECIMAL: _read_number,
    Kind.UNIT: _read_number,
    Kind.ID_NUMBER: _read_id,
    Kind.PHONE: _read_phone,
    Kind.DRUGS: _read_drug_lines,
}


def _plain(text: str) -> str:
    """One line: NFC, no controls, single spaces."""
    if text.isalnum() and unicodedata.is_normalized("NFC", text):  # nearly every cell
        return text
    return " ".join(_CONTROLS.sub("", unicodedata.normalize("NFC", _lines(text))).split())


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\u3000", " ")


def _empty_as_none(item: FieldSpec, text: str) -> str | None:
    """A required text of a record is never None (`Patient.name`)."""
    return text if text or item.key in {"name", "drug_name"} else None


def _says_nothing(text: str) -> bool:
    plain = unicodedata.normalize("NFKC", text).strip()
    return is_blank(plain) or plain in _NONE_WORDS


def _shown(text: str) -> str:
    """An unreadable text as a sentence may show it."""
    plain = _plain(text)
    return plain if len(plain) <= _SHOWN_TEXT else plain[:_SHOWN_TEXT] + "…"


def _code_problem(item: FieldSpec, fault: CodeFault, text: str) -> Problem:
    assert item.codes is not None  # noqa: S101 - only coded items come here
    return _problem(item, _CODE_CODES[fault], text=_shown(text), codes="、".join(item.codes.codes))


def _problem(item: FieldSpec, code: str, *, severity: Severity = Severity.ERROR, **params: object) -> Problem:
    return Problem(code, item.key, severity, {"label": item.label, **params})
