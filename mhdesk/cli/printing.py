"""The command ``print``: the printed forms as a pdf file."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mhdesk.cli.parser import day
from mhdesk.cli.session import Session
from mhdesk.cli.tables import TABLES
from mhdesk.domain.errors import UsageError, UserError
from mhdesk.services import printing
from mhdesk.services.printing import Document, Month
from mhdesk.services.printing.medication import BLANK_ROWS
from mhdesk.text import text

if TYPE_CHECKING:
    from db.ledger import Ledger


def add_commands(commands: Any, _day: Callable[[str], date]) -> None:  # all groups are called alike
    """Register this group's commands."""
    printed = commands.add_parser("print", help=text("paper.help.print"))
    printed.add_argument("form", choices=tuple(FORMS), help=text("paper.help.form"))
    printed.add_argument("--out", metavar="FILE.pdf", type=Path, required=True, help=text("paper.help.out"))
    printed.add_argument("--patient", metavar="ID", type=int, nargs="+", help=text("paper.help.patient"))
    printed.add_argument("--village", metavar="V", help=text("paper.help.village"))
    printed.add_argument("--year", metavar="YYYY", type=int, help=text("paper.help.year"))
    printed.add_argument("--visit", metavar="ID", type=int, nargs="+", help=text("paper.help.visit"))
    printed.add_argument("--transfer", metavar="ID", type=int, nargs="+", help=text("paper.help.transfer"))
    printed.add_argument("--sheet", metavar="N", type=int, nargs="+", help=text("paper.help.sheet"))
    printed.add_argument("--record", metavar="ID", type=int, nargs="+", help=text("paper.help.record"))
    printed.add_argument("--kind", choices=printing.LISTED, help=text("paper.help.kind"))
    printed.add_argument("--doctor", metavar="NAME", help=text("paper.help.doctor"))
    printed.add_argument("--edition", choices=("2017", "2018"), help=text("paper.help.edition"))
    printed.add_argument("--session", metavar="N", type=int, help=text("cli.training.session"))
    printed.add_argument("--person", metavar="ID", type=int, help=text("cli.training.person"))
    printed.add_argument("--again", action="store_true", help=text("cli.training.again"))
    printed.add_argument("--blank", action="store_true", help=text("paper.help.blank"))
    printed.add_argument("--month", metavar="YYYY-MM", type=_month, help=text("paper.help.month"))
    printed.add_argument("--drug", metavar="NAME", help=text("paper.help.drug"))
    printed.add_argument("--rows", metavar="N", type=int, default=BLANK_ROWS, help=text("paper.help.rows"))
    printed.set_defaults(run=run_print)


def run_print(session: Session) -> int:
    """Make the form and write it; the audit log counts the people on it."""
    options = session.options
    with session.ledger() as ledger:
        document = FORMS[options.form](ledger, session)
        pages = document.write(options.out, session.task)
    answer = {
        "file": str(options.out),
        "pages": pages,
        "people": document.people,
        "sheets": list(document.numbers),
    }
    lines = [text("paper.done", title=document.title, pages=pages, people=document.people, file=options.out)]
    if document.numbers:
        lines.append(text("paper.numbers", numbers="、".join(map(str, document.numbers))))
    session.output.answer(answer, lines)
    return 0


def _chosen(ledger: Ledger, options: argparse.Namespace) -> Sequence[int] | None:
    """The people the options name; None where they name nobody."""
    if options.patient:
        return list(options.patient)
    return printing.patients_of_village(ledger, options.village) if options.village else None


def _required(ledger: Ledger, options: argparse.Namespace) -> Sequence[int]:
    ids = _chosen(ledger, options)
    if ids is None:
        raise UsageError("MH-PAPER-01")
    return ids


def _follow_up(ledger: Ledger, session: Session) -> Document:
    options = session.options
    ids = _required(ledger, options)
    if options.blank:
        return printing.blank_follow_ups(ledger, ids, edition=options.edition or "2018")
    return printing.follow_ups(ledger, ids, follow_up_ids=options.visit, year=options.year, task=session.task)


def _supplement(ledger: Ledger, session: Session) -> Document:
    options = session.options
    return printing.supplement(ledger, _required(ledger, options), edition=options.edition, task=session.task)


def _consent(ledger: Ledger, session: Session) -> Document:
    return printing.consent(ledger, _required(ledger, session.options))


def _loss(ledger: Ledger, session: Session) -> Document:
    return printing.loss_or_death(ledger, _chosen(ledger, session.options), today=session.today)


def _register(ledger: Ledger, session: Session) -> Document:
    ids = _chosen(ledger, session.options)
    if ids is None:
        return printing.register_list(ledger, today=session.today, task=session.task)
    return printing.register_list(ledger, ids, today=session.today, task=session.task)


def _referral(ledger: Ledger, session: Session) -> Document:
    if not session.options.transfer:
        raise UsageError("MH-PAPER-07")
    return printing.referral(ledger, session.options.transfer)


def _visit_sheets(ledger: Ledger, session: Session) -> Document:
    options = session.options
    if options.sheet:
        return printing.visit_sheets_again(ledger, options.sheet)
    return printing.visit_sheets(
        ledger,
        today=session.today,
        village=options.village,
        patient_ids=options.patient,
        doctor=options.doctor,
        edition=options.edition or "2018",
        task=session.task,
    )


def _training_sheet(ledger: Ledger, session: Session) -> Document:
    if session.options.session is None:
        raise UserError("MH-TRAINING-26")
    return printing.training_sheet(ledger, session.options.session, again=session.options.again)


def _month(words: str) -> Month:
    """``2026-11``. Raises UsageError MH-USAGE-02."""
    return Month.of(day(f"{words}-01"))


def _dispensing(ledger: Ledger, session: Session) -> Document:
    return _medication(printing.dispensing_register, ledger, session)


def _injections(ledger: Ledger, session: Session) -> Document:
    return _medication(printing.injection_register, ledger, session)


def _timeline(ledger: Ledger, session: Session) -> Document:
    ids = _required(ledger, session.options)
    return printing.courses(ledger, ids, today=session.today, task=session.task)


def _medication(make: Callable[..., Document], ledger: Ledger, session: Session) -> Document:
    options = session.options
    return make(
        ledger,
        options.month or Month.of(session.today),
        today=session.today,
        village=options.village,
        drug=options.drug,
        blank_rows=max(options.rows, 1) if options.blank else 0,
    )


def _ids(session: Session) -> list[int]:
    if not session.options.record:
        raise UsageError("MH-JOINT-62")
    return list(session.options.record)


def _emergency(ledger: Ledger, session: Session) -> Document:
    return printing.emergency(ledger, _ids(session))


def _discharge_note(ledger: Ledger, session: Session) -> Document:
    return printing.discharge_note(ledger, _ids(session))


def _joint_visit(ledger: Ledger, session: Session) -> Document:
    return printing.joint_visit(ledger, _ids(session))


def _exchange(ledger: Ledger, session: Session) -> Document:
    return printing.exchange(ledger, _ids(session)[0])


def _meetings(ledger: Ledger, session: Session) -> Document:
    year = session.options.year or session.today.year
    return printing.meetings(ledger, first=date(year, 1, 1), last=date(year, 12, 31), today=session.today)


def _joint_list(ledger: Ledger, session: Session) -> Document:
    options = session.options
    if options.kind is None:
        raise UsageError("MH-JOINT-65", kinds="、".join(printing.LISTED))
    if options.year is None:
        return printing.joint_list(ledger, options.kind, today=session.today)
    first, last = date(options.year, 1, 1), date(options.year, 12, 31)
    return printing.joint_list(ledger, options.kind, first=first, last=last, today=session.today)


FORMS: dict[str, Callable[[Ledger, Session], Document]] = {
    "follow-up": _follow_up,
    "supplement": _supplement,
    "visit-sheets": _visit_sheets,
    "consent": _consent,
    "register": _register,
    "referral": _referral,
    "loss": _loss,
    "training-sheet": _training_sheet,
    "dispensing": _dispensing,
    "injections": _injections,
    "timeline": _timeline,
    "exchange": _exchange,
    "discharge-note": _discharge_note,
    "emergency": _emergency,
    "joint-visit": _joint_visit,
    "meetings": _meetings,
    "joint-list": _joint_list,
    **TABLES,
}
