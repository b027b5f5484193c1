"""Training and staff as files: the ledger of a year, a month's summary, a person's record, 名册, 转岗 progress."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from mhdesk.domain.staff import StaffMember
from mhdesk.domain.task import QUIET, Task
from mhdesk.domain.training import Attendance, TrainingSession
from mhdesk.domain.unit import Unit
from mhdesk.reports import training as layout
from mhdesk.reports.training import Held, PlanRow, StaffRow, TraineeRow
from mhdesk.rules import training as rules
from mhdesk.services import retraining, staff, training, training_terms
from mhdesk.services.retraining import Plan
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


__all__ = ["Plan", "of_month", "of_person", "of_retraining", "of_staff", "of_year", "write", "write_one"]
