"""Training and staff as files: the ledger of a year, a month's summary, a person's record, 名册, 转岗 progress."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from mhdesk.domain.staff import Certificate, StaffMember
from mhdesk.domain.task import QUIET, Task
from mhdesk.domain.training import Attendance, TrainingSession
from mhdesk.domain.unit import Unit
from mhdesk.reports import training as layout
from mhdesk.reports.training import CertificateRow, Held, Planned, PlanRow, StaffRow, TraineeRow
from mhdesk.rules import training as rules
from mhdesk.rules import training_days
from mhdesk.services import retraining, staff, training, training_terms
from mhdesk.services.staff import StaffLine
from mhdesk.text import text

if TYPE_CHECKING:
    from db.ledger import Ledger
    from mhdesk.reports.model import Report

SUFFIXES = (".xlsx", ".pdf")


def _held(ledger: Ledger, sessions: Sequence[TrainingSession]) -> list[Held]:
    mark = training_terms.load(ledger)["pass_mark"].value
    rosters: dict[int, list[Attendance]] = {}
    for row in ledger.find(Attendance):
        rosters.setdefault(row.session_id, []).append(row)
    found = []
    for session in sorted(sessions, key=lambda one: (rules.month_of(one), one.held_on or date.max, one.id or 0)):
        rows = sorted(rosters.get(session.id or 0, []), key=lambda one: one.row)
        own = mark if session.pass_mark is None else session.pass_mark
        found.append(Held(session, rows, rules.count(rows, own), own))
    return found


def _unit(ledger: Ledger) -> str:
    return ledger.get(Unit, ledger.root_unit_id).name


def of_year(ledger: Ledger, year: int, *, today: date) -> Report:
    """培训台账 of a year: what was held or has its day; the plan's lines without a day are not in it."""
    found = [one for one in ledger.find(TrainingSession) if one.held_on is not None and one.held_on.year == year]
    title = text("training.report.ledger_title", year=year)
    return layout.ledger(_held(ledger, found), title=title, stem=title, unit_name=_unit(ledger), today=today)


def of_plan(ledger: Ledger, year: int, *, today: date) -> Report:
    """年度培训计划 with how far each line is, and which months and quarters still lack their training."""
    whole = training.year(ledger, year, today=today)
    lines = [Planned(one.session, text(f"training.state.{one.state}")) for one in whole.sessions]
    months = [str(int(one.month[-2:])) for one in whole.months if one.is_missing]
    quarters = [
        str(number)
        for number, is_done in enumerate(whole.joint_done, start=1)
        if not is_done and (year, 3 * number) < (today.year, today.month)
    ]
    notes = []
    if months:
        notes.append(text("training.report.plan_months", months="、".join(months)))
    if quarters:
        notes.append(text("training.report.plan_quarters", quarters="、".join(quarters)))
    title = text("training.report.plan_title", year=year)
    return layout.plan(lines, notes, title=title, unit_name=_unit(ledger), today=today)


def of_certificates(ledger: Ledger, *, today: date) -> Report:
    """证书一览: those registered, and the numbers given by trainings of this ledger, by person."""
    within = int(training_terms.load(ledger)["certificate_days"].value)
    lines = {one.id: one for one in staff.listed(ledger, today=today)}
    rows = [_certificate(one, paper, today, within) for one in lines.values() for paper in one.certificates]
    sessions = {one.id: one for one in ledger.find(TrainingSession)}
    for row in ledger.find(Attendance):
        held, line = sessions.get(row.session_id), lines.get(row.staff_id)
        if row.certificate_number and held is not None and line is not None:
            paper = Certificate(
                staff_id=line.id,
                name=held.title,
                number=row.certificate_number,
                issuer=held.organizer,
                issued_on=row.resit_on or row.made_up_on or training_days.last_day(held),
            )
            rows.append(_certificate(line, paper, today, within))
    order = {line.name: place for place, line in enumerate(lines.values())}
    rows.sort(key=lambda one: (order[one.name], one.valid_until or date.max, one.certificate))
    return layout.certificates(rows, unit_name=_unit(ledger), today=today)


def _certificate(line: StaffLine, paper: Certificate, today: date, within: int) -> CertificateRow:
    until = paper.valid_until
    key = "good" if until is None or until > today + timedelta(days=within) else "ends" if until >= today else "over"
    return CertificateRow(
        name=line.name,
        workplace=line.workplace or None,
        role=staff.role_name(line.role) or None,
        certificate=paper.name,
        certificate_number=paper.number,
        issuer=paper.issuer,
        issued_on=paper.issued_on,
        valid_until=until,
        state=text(f"training.report.certificate_{key}"),
    )


def of_month(ledger: Ledger, month: str, *, today: date) -> Report:
    """月培训汇总表. `month`: "2026-03"."""
    found = [one for one in ledger.find(TrainingSession) if rules.month_of(one) == month]
    year, number = month.split("-")
    words = text("training.report.month_words", year=int(year), month=int(number))
    stem = text("training.report.month_title", month=words)
    return layout.month(_held(ledger, found), month_words=words, stem=stem, unit_name=_unit(ledger), today=today)


def of_person(ledger: Ledger, staff_id: int, *, today: date) -> Report:
    """个人培训记录."""
    mark = training_terms.load(ledger)["pass_mark"].value
    line = staff.get(ledger, staff_id, today=today)
    about = "　".join(filter(None, (line.workplace, staff.role_name(line.role))))
    lines = [
        (session, row, mark if session.pass_mark is None else session.pass_mark)
        for session, row in training.of_person(ledger, staff_id)
    ]
    return layout.person(line.name, about, lines, unit_name=_unit(ledger), today=today)


def of_staff(ledger: Ledger, *, today: date) -> Report:
    """工作人员名册: a line a post and certificate; `import --as staff` reads it back."""
    units = {unit.id: unit.name for unit in ledger.find(Unit, include_voided=True)}
    rows = []
    for line in staff.listed(ledger, today=today):
        posts, papers = list(line.posts), list(line.certificates)
        for place in range(max(1, len(posts), len(papers))):
            post = posts[place] if place < len(posts) else None
            paper = papers[place] if place < len(papers) else None
            rows.append(
                StaffRow(
                    name=line.name,
                    phone=line.member.phone,
                    role=staff.role_name(post.role) if post else None,
                    workplace=staff.workplace_of(post, units) if post else None,
                    position=post.position if post else None,
                    fte=post.fte if post else None,
                    started_on=post.started_on if post else None,
                    ended_on=post.ended_on if post else None,
                    cleared_on=line.cleared_on if place == 0 else None,
                    certificate=paper.name if paper else None,
                    certificate_number=paper.number if paper else None,
                    valid_until=paper.valid_until if paper else None,
                )
            )
    return layout.staff(rows, unit_name=_unit(ledger), today=today)


def of_retraining(ledger: Ledger, *, today: date) -> Report:
    """转岗培训计划进度."""
    rows = [
        PlanRow(
            line.year,
            line.unit,
            line.quota,
            dict(line.stages),
            "、".join(_said(*one) for one in line.people),
            line.source,
        )
        for line in retraining.plan(ledger).lines
    ]
    members = {one.id: one for one in ledger.find(StaffMember, include_voided=True)}
    units = {one.id: one.name for one in ledger.find(Unit, include_voided=True)}
    people = [
        TraineeRow(
            one.year,
            units[one.unit_id],
            members[one.staff_id].name,
            members[one.staff_id].phone,
            one.stage,
            one.stage_on,
            one.note,
        )
        for one in retraining.people(ledger)
    ]
    return layout.retraining(rows, people, unit_name=_unit(ledger), today=today)


def _said(name: str, stage: str) -> str:
    return text("training.plan.person", name=name, stage=text(f"training.stage.{stage}"))


def write(ledger: Ledger, report: Report, folder: Path, *, task: Task = QUIET) -> list[Path]:
    """A report as .xlsx and .pdf in `folder`, noted in the audit log. Raises OutputFailed."""
    from mhdesk.files import sink

    with sink.system_errors():
        folder.mkdir(parents=True, exist_ok=True)
    files = [folder / f"{report.file_stem}{suffix}" for suffix in SUFFIXES]
    for file in files:
        write_one(report, file, task=task)
    note(ledger, report)
    return files


def write_one(report: Report, path: Path, *, task: Task = QUIET) -> None:
    """A report as one file: .pdf, else .xlsx. Raises OutputFailed."""
    from mhdesk.files import pdf_write, xlsx_write

    if path.suffix.lower() == ".pdf":
        pdf_write.write_report(report, path, task)
    else:
        xlsx_write.write_report(report, path, task)


def note(ledger: Ledger, report: Report) -> None:
    """Write into the audit log that names left the ledger."""
    with ledger.change("training.export") as change:
        change.touch("report", sum(len(sheet.rows) for sheet in report.sheets))
