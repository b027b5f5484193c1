"""Tables of training, staff, staffing and targets for the command ``print``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from mhdesk.cli.session import Session
from mhdesk.domain.errors import UsageError
from mhdesk.services import due_report, printing, staffing, targets, training_report
from mhdesk.services.printing import Document

if TYPE_CHECKING:
    from db.ledger import Ledger
    from mhdesk.reports.model import Report


def _year(session: Session) -> int:
    return int(session.options.year or session.today.year)


def _plan(ledger: Ledger, session: Session) -> Report:
    return training_report.of_plan(ledger, _year(session), today=session.today)


def _ledger(ledger: Ledger, session: Session) -> Report:
    return training_report.of_year(ledger, _year(session), today=session.today)


def _month(ledger: Ledger, session: Session) -> Report:
    chosen = session.options.month
    month = f"{session.today:%Y-%m}" if chosen is None else f"{chosen.start:%Y-%m}"
    return training_report.of_month(ledger, month, today=session.today)


def _record(ledger: Ledger, session: Session) -> Report:
    if session.options.person is None:
        raise UsageError("MH-STAFF-05")
    return training_report.of_person(ledger, session.options.person, today=session.today)


def _staff(ledger: Ledger, session: Session) -> Report:
    return training_report.of_staff(ledger, today=session.today)


def _certificates(ledger: Ledger, session: Session) -> Report:
    return training_report.of_certificates(ledger, today=session.today)


def _retraining(ledger: Ledger, session: Session) -> Report:
    return training_report.of_retraining(ledger, today=session.today)


def _staffing(ledger: Ledger, session: Session) -> Report:
    made = staffing.annex(ledger, today=session.today)
    return staffing.report(made, unit_name=due_report.unit_name(ledger), today=session.today)


def _targets(ledger: Ledger, session: Session) -> Report:
    year = _year(session)
    lines = targets.board(ledger, year=year, today=session.today)
    return targets.report(ledger, lines, year=year, today=session.today)


def _printed(make: Callable[[Ledger, Session], Report]) -> Callable[[Ledger, Session], Document]:
    return lambda ledger, session: printing.table(ledger, make(ledger, session))


TABLES: Mapping[str, Callable[[Ledger, Session], Document]] = {
    "training-plan": _printed(_plan),
    "training-ledger": _printed(_ledger),
    "training-month": _printed(_month),
    "training-record": _printed(_record),
    "staff-list": _printed(_staff),
    "certificates": _printed(_certificates),
    "retraining": _printed(_retraining),
    "staffing": _printed(_staffing),
    "targets": _printed(_targets),
}
