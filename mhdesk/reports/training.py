"""Training as tables: the ledger of a year, the summary of a month, the record of a person; staff and 转岗 plan."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from mhdesk.domain.training import Attendance, TrainingSession
from mhdesk.reports.model import Align, Cell, Column, Format, Report, Sheet, Value
from mhdesk.rules import training as rules
from mhdesk.rules import training_days
from mhdesk.rules.training import Counts
from mhdesk.text import text


@dataclass(frozen=True, slots=True)
class Held:
    """A session with its roster as it counts."""

    session: TrainingSession
    rows: Sequence[Attendance]
    counts: Counts
    pass_mark: float

    @property
    def is_back(self) -> bool:
        """Whether the signed sheet was typed back."""
        return rules.is_held(self.session)


@dataclass(frozen=True, slots=True)
class _Field:
    """A column: its key in the texts, its width, how a value prints, where it comes from."""

    key: str
    width: float
    value: Callable[[Any], Value]
    format: Format = Format.TEXT
    align: Align = Align.AUTO


def _code(table: str, code: str | None) -> str | None:
    return text(f"training.{table}.{code}") if code else None


@dataclass(frozen=True, slots=True)
class _Line:
    """One person in one session."""

    session: TrainingSession
    row: Attendance
    pass_mark: float


def _plain(value: float | None) -> Value:
    """A score or hours: whole where it is whole, else as text with its decimals."""
    return None if value is None else int(value) if value == int(value) else f"{value:g}"


def _result(line: _Line) -> str | None:
    passed = rules.is_passed(line.row, line.pass_mark)
    return None if passed is None else text("training.result.passed" if passed else "training.result.failed")


_SESSION = (
    _Field("day", 24, lambda one: one.session.held_on or one.session.month, Format.DATE, Align.CENTER),
    _Field("title", 58, lambda one: one.session.title, align=Align.LEFT),
    _Field("kind", 18, lambda one: _code("kind", one.session.kind), align=Align.CENTER),
    _Field("level", 16, lambda one: _code("level", one.session.level), align=Align.CENTER),
    _Field("hours", 12, lambda one: _plain(one.session.hours), Format.INTEGER, Align.CENTER),
    _Field("teacher", 30, lambda one: one.session.teacher, align=Align.CENTER),
    _Field("place", 30, lambda one: one.session.place, align=Align.LEFT),
)


def _counted(key: str) -> Callable[[Held], Value]:
    """A count of the signed sheet; not known until it is back."""
    return lambda one: getattr(one.counts, key) if one.is_back else None


_DAYS = (
    _Field("ends_on", 24, lambda one: one.session.ends_on, Format.DATE, Align.CENTER),
    _Field("day_parts", 24, lambda one: training_days.parts_text(one.session) or None, align=Align.LEFT),
)
_BY_DAY = _Field("by_day", 34, lambda one: training_days.presences_text(one.session, one.row) or None, align=Align.LEFT)


def _session(held: Iterable[Held | _Line | Planned]) -> tuple[_Field, ...]:
    """What a session is; the columns of courses of several days only where there is one."""
    is_long = any(training_days.is_long(one.session) for one in held)
    return (_SESSION[0], *(_DAYS if is_long else ()), *_SESSION[1:])


def _result_of(lines: Iterable[_Line]) -> tuple[_Field, ...]:
    is_long = any(one.row.by_day is not None for one in lines)
    return (_RESULT[0], *((_BY_DAY,) if is_long else ()), *_RESULT[1:])


_COUNTS = (
    _Field("expected", 12, lambda one: one.counts.expected, Format.INTEGER),
    _Field("here", 12, _counted("here"), Format.INTEGER),
    _Field("rate", 16, _counted("rate"), Format.PERCENT),
    _Field("leave", 12, _counted("leave"), Format.INTEGER),
    _Field("absent", 12, _counted("absent"), Format.INTEGER),
    _Field("made_up", 12, _counted("made_up"), Format.INTEGER),
    _Field("passed", 12, _counted("passed"), Format.INTEGER),
    _Field("failed", 14, _counted("failed"), Format.INTEGER),
)
_PERSON = (
    _Field("row", 10, lambda one: one.row.row, Format.INTEGER, Align.CENTER),
    _Field("name", 20, lambda one: one.row.name, align=Align.LEFT),
    _Field("workplace", 36, lambda one: one.row.workplace, align=Align.LEFT),
    _Field("position", 22, lambda one: one.row.position, align=Align.CENTER),
)
_RESULT = (
    _Field("presence", 16, lambda one: _code("presence", one.row.presence), align=Align.CENTER),
    _Field("made_up_on", 22, lambda one: one.row.made_up_on, Format.DATE, Align.CENTER),
    _Field("theory", 14, lambda one: _plain(one.row.theory), Format.INTEGER, Align.CENTER),
    _Field("practice", 14, lambda one: _plain(one.row.practice), Format.INTEGER, Align.CENTER),
    _Field("resit_on", 22, lambda one: one.row.resit_on, Format.DATE, Align.CENTER),
    _Field("resit_theory", 14, lambda one: _plain(one.row.resit_theory), Format.INTEGER, Align.CENTER),
    _Field("resit_practice", 14, lambda one: _plain(one.row.resit_practice), Format.INTEGER, Align.CENTER),
    _Field("result", 16, _result, align=Align.CENTER),
    _Field("certificate_number", 28, lambda one: one.row.certificate_number, align=Align.LEFT),
    _Field("note", 24, lambda one: one.row.note, align=Align.LEFT),
)


def _lines(held: Iterable[Held]) -> list[_Line]:
    return [_Line(one.session, row, one.pass_mark) for one in held for row in one.rows]


def _sheet(
    name: str,
    title: str,
    fields: Sequence[_Field],
    rows: Sequence[Any],
    *,
    origin: tuple[str, date],
    total: Sequence[Cell | None] | None = None,
    notes: Sequence[str] = (),
    note: str = "",
) -> Sheet:
    """A table with 序号 before the fields. `origin`: whose it is, of which day; `total`: the cells of the last line."""
    body: list[Sequence[Cell | None]] = [
        [Cell(number, Format.INTEGER, Align.CENTER), *(_cell(one, each) for one in fields)]
        for number, each in enumerate(rows, start=1)
    ]
    totals = frozenset({len(body)}) if total is not None else frozenset[int]()
    if total is not None:
        body.append(total)
    return Sheet(
        name=name,
        title=title,
        columns=[Column(11, align=Align.CENTER), *(Column(one.width, one.format, one.align) for one in fields)],
        header=[[Cell(text("training.field.number")), *(Cell(text(f"training.field.{one.key}")) for one in fields)]],
        rows=body,
        total_rows=totals,
        left_note=text("reports.filled_by", unit=origin[0]),
        right_note=text("staffing.day", day=origin[1].isoformat()),
        unit_note=note,
        foot=[text(f"reports.foot.{part}") for part in ("head", "checked", "filled", "phone")],
        notes=notes,
        frozen_columns=3,
    )


def _cell(field: _Field, each: Any) -> Cell:
    value = field.value(each)
    is_text = isinstance(value, str) or value is None
    return Cell(value, Format.TEXT if is_text else field.format, field.align)


def _total_of(held: Sequence[Held]) -> list[Cell | None]:
    """合计 of the sessions whose sheet is back: rates from the sums, never averaged."""
    back = [one for one in held if one.is_back]
    sums = Counts(
        *(
            sum(getattr(one.counts, key) for one in back)
            for key in ("expected", "here", "leave", "absent", "made_up", "passed", "failed")
        )
    )
    held_once = TrainingSession(title="", kind="", level="", month="", held_on=date.min, sheet_back_on=date.min)
    whole = Held(held_once, (), sums, 0)
    before = len(_session(held))
    words = Cell(text("reports.total"), align=Align.CENTER, col_span=1 + before)
    return [words, *[None] * before, *(_cell(one, whole) for one in _COUNTS)]


def ledger(held: Sequence[Held], *, title: str, stem: str, unit_name: str, today: date) -> Report:
    """培训台账: one line a session with its counts, and a second sheet with every person of every session."""
    sessions = _sheet(
        text("training.report.sessions"),
        title,
        (*_session(held), *_COUNTS),
        held,
        origin=(unit_name, today),
        total=_total_of(held) if held else None,
        notes=[text("training.report.counts_note")],
        note=text("training.report.sessions_note"),
    )
    lines = _lines(held)
    people = _sheet(
        text("training.report.people"),
        text("training.report.people_title", title=title),
        (*_SESSION[:4], *_PERSON, *_result_of(lines)),
        lines,
        origin=(unit_name, today),
    )
    return Report("training", title, stem, [sessions, people])


def month(held: Sequence[Held], *, month_words: str, stem: str, unit_name: str, today: date) -> Report:
    """月培训汇总表: the month's sessions, and below them who was trained and who was not."""
    title = text("training.report.month_title", month=month_words)
    sessions = _sheet(
        text("training.report.month_sheet"),
        title,
        (*_session(held), *_COUNTS),
        held,
        origin=(unit_name, today),
        total=_total_of(held) if held else None,
        notes=[text("training.report.counts_note"), *_absentees(held)],
        note=text("training.report.sessions_note"),
    )
    lines = _lines(held)
    people = _sheet(
        text("training.report.people"),
        text("training.report.people_title", title=title),
        (*_SESSION[:2], *_PERSON, *_result_of(lines)),
        lines,
        origin=(unit_name, today),
    )
    return Report("training_month", title, stem, [sessions, people])


def _absentees(held: Sequence[Held]) -> list[str]:
    """Who missed a session and has not made it up, by session."""
    found = []
    for one in held:
        names = [row.name for row in one.rows if rules.is_missed(row)]
        if names:
            found.append(text("training.report.missed", title=one.session.title, names="、".join(names)))
    return found


def person(
    name: str, about: str, lines: Sequence[tuple[TrainingSession, Attendance, float]], *, unit_name: str, today: date
) -> Report:
    """个人培训记录: everything somebody was trained in."""
    title = text("training.report.person_title", name=name)
    rows = [_Line(*one) for one in lines]
    hours = sum((one.session.hours or 0) * training_days.share(one.session, one.row) for one in rows)
    known = _session(rows)
    fields = (*known[: known.index(_SESSION[5]) + 1], *_result_of(rows))
    return Report(
        "training_person",
        title,
        title,
        [
            _sheet(
                text("training.report.person_sheet"),
                title,
                fields,
                rows,
                origin=(unit_name, today),
                note=text("training.report.person_note", about=about, count=len(rows), hours=f"{hours:g}"),
            )
        ],
    )


@dataclass(frozen=True, slots=True)
class StaffRow:
    """One post of one person (people without a post: one line), with one certificate."""

    name: str
    phone: str | None
    role: str | None
    workplace: str | None
    position: str | None
    fte: float | None
    started_on: date | None
    ended_on: date | None
    cleared_on: date | None
    certificate: str | None
    certificate_number: str | None
    valid_until: date | None


_STAFF = (
    _Field("name", 22, lambda one: one.name, align=Align.LEFT),
    _Field("role", 26, lambda one: one.role, align=Align.CENTER),
    _Field("workplace", 44, lambda one: one.workplace, align=Align.LEFT),
    _Field("position", 24, lambda one: one.position, align=Align.CENTER),
    _Field("phone", 28, lambda one: one.phone, align=Align.CENTER),
    _Field("fte", 14, lambda one: _plain(one.fte), Format.INTEGER, Align.CENTER),
    _Field("started_on", 24, lambda one: one.started_on, Format.DATE, Align.CENTER),
    _Field("ended_on", 24, lambda one: one.ended_on, Format.DATE, Align.CENTER),
    _Field("cleared_on", 24, lambda one: one.cleared_on, Format.DATE, Align.CENTER),
    _Field("certificate", 30, lambda one: one.certificate, align=Align.LEFT),
    _Field("certificate_number", 30, lambda one: one.certificate_number, align=Align.LEFT),
    _Field("valid_until", 24, lambda one: one.valid_until, Format.DATE, Align.CENTER),
)


def staff(rows: Sequence[StaffRow], *, unit_name: str, today: date) -> Report:
    """工作人员名册; the same columns are read back in by the import."""
    title = text("training.report.staff_title")
    stem = f"{title}{today:%Y%m%d}"
    return Report("staff", title, stem, [_sheet(title, title, _STAFF, rows, origin=(unit_name, today))])


@dataclass(frozen=True, slots=True)
class PlanRow:
    """转岗 in a year and unit: the quota and how many stand at each stage."""

    year: int
    unit: str
    quota: int | None
    stages: dict[str, int]
    names: str
    source: str | None = None

    @property
    def sent(self) -> int:
        """How many were chosen, whatever became of them."""
        return sum(self.stages.values())


@dataclass(frozen=True)
class TraineeRow:
    """Somebody sent to 转岗培训."""

    year: int
    unit: str
    name: str
    phone: str | None
    stage: str
    stage_on: date | None
    note: str | None


_TRAINEE = (
    _Field("year", 16, lambda one: one.year, Format.INTEGER, Align.CENTER),
    _Field("unit", 50, lambda one: one.unit, align=Align.LEFT),
    _Field("name", 24, lambda one: one.name, align=Align.LEFT),
    _Field("phone", 30, lambda one: one.phone, align=Align.CENTER),
    _Field("stage", 26, lambda one: _code("stage", one.stage), align=Align.CENTER),
    _Field("stage_on", 24, lambda one: one.stage_on, Format.DATE, Align.CENTER),
    _Field("note", 50, lambda one: one.note, align=Align.LEFT),
)


def retraining(rows: Sequence[PlanRow], people: Sequence[TraineeRow], *, unit_name: str, today: date) -> Report:
    """转岗培训计划进度: quota against people, by year and unit; on a second sheet everybody sent."""
    stages = ("chosen", "training", "completed", "licensed", "not_practising", "left")
    title = text("training.report.retraining_title")

    def counted(stage: str) -> Callable[[PlanRow], Value]:
        return lambda one: one.stages.get(stage, 0)

    fields = (
        _Field("year", 16, lambda one: one.year, Format.INTEGER, Align.CENTER),
        _Field("unit", 50, lambda one: one.unit, align=Align.LEFT),
        _Field("quota", 16, lambda one: one.quota, Format.INTEGER),
        _Field("sent", 16, lambda one: one.sent, Format.INTEGER),
        *(_Field(f"stage_{one}", 20, counted(one), Format.INTEGER) for one in stages),
        _Field("open", 16, lambda one: None if one.quota is None else max(0, one.quota - one.sent), Format.INTEGER),
        _Field("names", 50, lambda one: one.names or None, align=Align.LEFT),
        _Field("source", 36, lambda one: one.source, align=Align.LEFT),
    )
    sheets = [_sheet(title, title, fields, rows, origin=(unit_name, today))]
    if people:
        name, whole = text("training.report.retraining_people"), text("training.report.retraining_people_title")
        sheets.append(_sheet(name, whole, _TRAINEE, people, origin=(unit_name, today)))
    return Report("retraining", title, f"{title}{today:%Y%m%d}", sheets)


_PLAN = (
    *_SESSION,
    _Field("content", 44, lambda one: one.session.content, align=Align.LEFT),
    _Field("state", 24, lambda one: one.state, align=Align.CENTER),
)


@dataclass(frozen=True, slots=True)
class Planned:
    """A line of the year's plan, with how far it is in words."""

    session: TrainingSession
    state: str


def plan(lines: Sequence[Planned], notes: Sequence[str], *, title: str, unit_name: str, today: date) -> Report:
    """年度培训计划: every session planned or held, by month; the import reads it back."""
    known = _session(lines)
    fields = (*known, *_PLAN[len(_SESSION) :])
    sheet = _sheet(text("training.report.plan"), title, fields, lines, origin=(unit_name, today), notes=notes)
    return Report("training_plan", title, title, [sheet])


@dataclass(frozen=True, slots=True)
class CertificateRow:
    """A certificate of somebody, registered or given by a training of this ledger."""

    name: str
    workplace: str | None
    role: str | None
    certificate: str
    certificate_number: str | None
    issuer: str | None
    issued_on: date | None
    valid_until: date | None
    state: str


_CERTIFICATE = (
    _Field("name", 22, lambda one: one.name, align=Align.LEFT),
    _Field("workplace", 44, lambda one: one.workplace, align=Align.LEFT),
    _Field("role", 26, lambda one: one.role, align=Align.CENTER),
    _Field("certificate", 46, lambda one: one.certificate, align=Align.LEFT),
    _Field("certificate_number", 34, lambda one: one.certificate_number, align=Align.LEFT),
    _Field("issuer", 34, lambda one: one.issuer, align=Align.LEFT),
    _Field("issued_on", 24, lambda one: one.issued_on, Format.DATE, Align.CENTER),
    _Field("valid_until", 24, lambda one: one.valid_until, Format.DATE, Align.CENTER),
    _Field("validity", 20, lambda one: one.state, align=Align.CENTER),
)


def certificates(rows: Sequence[CertificateRow], *, unit_name: str, today: date) -> Report:
    """证书一览: who has which certificate, and until when."""
    title = text("training.report.certificates_title")
    sheet = _sheet(title, title, _CERTIFICATE, rows, origin=(unit_name, today))
    return Report("certificates", title, f"{title}{today:%Y%m%d}", [sheet])
