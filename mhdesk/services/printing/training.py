"""培训签到表: printed from the roster, kept as it was printed, so that it prints the same a year later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mhdesk.domain.errors import UserError
from mhdesk.domain.training import Attendance, DayPart, TrainingSession
from mhdesk.reports.paper import training_sheet as layout
from mhdesk.reports.paper.training_sheet import HALVES, SheetDay, SheetRow, SignInSheet
from mhdesk.rules import training_days
from mhdesk.services.printing.document import Document
from mhdesk.text import text

if TYPE_CHECKING:
    from db.ledger import Ledger

_STORED = "print.training_sheet."  # + the session's id: every edition that was printed, the last one last


def training_sheet(ledger: Ledger, session_id: int, *, again: bool = False) -> Document:
    """The sheet of a session. `again`: as it was printed last, whatever was changed since.

    An edition that differs from the last one printed is kept beside it. Raises UserError MH-TRAINING-25 for a roster
    without anybody, MH-TRAINING-27 for a session without its day, MH-TRAINING-26 for one that is not there.
    """
    found = ledger.find(TrainingSession, id=session_id)
    if not found:
        raise UserError("MH-TRAINING-26")
    key = f"{_STORED}{session_id}"
    editions = list(ledger.get_setting(key, []))
    if again and editions:
        sheet = layout.from_json(editions[-1])
    else:
        sheet = _sheet(found[0], sorted(ledger.find(Attendance, session_id=session_id), key=lambda one: one.row))
    printed = layout.forms(sheet)
    with ledger.change("print.training_sheet") as change:
        if not editions or layout.from_json(editions[-1]) != sheet:
            change.set_setting(key, [*editions, layout.to_json(sheet)])
        change.touch("print", len(sheet.rows))
    return Document(
        title=printed[0].title,
        stem=f"{printed[0].title}{text('training.sheet.stem', number=session_id)}",
        forms=printed,
        people=len(sheet.rows),
        changes=change.changes,
    )


def _sheet(session: TrainingSession, rows: list[Attendance]) -> SignInSheet:
    if session.held_on is None:
        raise UserError("MH-TRAINING-27")
    if not rows:
        raise UserError("MH-TRAINING-25")
    hours = "" if session.hours is None else text("training.sheet.hours_of", hours=f"{session.hours:g}")
    return SignInSheet(
        number=session.id or 0,
        title=session.title,
        time=_time(session),
        place=session.place or "",
        organizer=session.organizer or "",
        teacher=session.teacher or "",
        hours=hours,
        content=session.content or "",
        recorder=session.recorder or "",
        rows=tuple(
            SheetRow(
                row=row.row,
                name=row.name,
                workplace=row.workplace or "",
                position=row.position or "",
                phone=row.phone or "",
            )
            for row in rows
        ),
        days=_days(session),
    )


def _time(session: TrainingSession) -> str:
    """When: a day, or from when to when."""
    times = "—".join(filter(None, (session.starts_at, session.ends_at)))
    days = training_days.days(session)
    first, last = (
        text("training.sheet.whole_day", year=day.year, month=day.month, day=day.day) for day in (days[0], days[-1])
    )
    if len(days) == 1:
        return f"{first}　{times}".strip()
    return text("training.sheet.days", first=first, last=last, count=len(days), times=times).strip()


def _days(session: TrainingSession) -> tuple[SheetDay, ...]:
    """The days to sign on; none for one whole day."""
    days, parts = training_days.days(session), training_days.parts(session)
    if len(days) == 1 and parts[0] == DayPart.WHOLE:
        return ()
    return tuple(
        SheetDay(
            label=text("training.sheet.day", month=day.month, day=day.day),
            halves=HALVES if part == DayPart.WHOLE else (part,),
        )
        for day, part in zip(days, parts, strict=True)
    )
