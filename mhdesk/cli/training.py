"""Commands on training and staff: ``training`` with its actions, ``staff``."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mhdesk.cli.record_history import history_answer, undo_answer
from mhdesk.cli.session import Session
from mhdesk.domain import identity
from mhdesk.domain.errors import InputRefused, UsageError, UserError
from mhdesk.domain.training import TrainingSession
from mhdesk.rules import training_days
from mhdesk.services import attachments, record_history, retraining, staff, training, training_report, training_terms
from mhdesk.services.training import SessionLine
from mhdesk.text import text

if TYPE_CHECKING:
    from db.ledger import Ledger


def add_commands(commands: Any, day: Callable[[str], date]) -> None:
    """Register this group's commands."""
    parser = commands.add_parser("training", help=text("cli.training.training"))
    parser.add_argument("action", choices=tuple(_ACTIONS), nargs="?", default="list", help=text("cli.training.action"))
    parser.add_argument("number", type=int, nargs="?", metavar="N", help=text("cli.training.number"))
    parser.add_argument("--year", type=int, metavar="YYYY", help=text("cli.training.year"))
    parser.add_argument("--month", metavar="YYYY-MM", help=text("cli.training.month"))
    parser.add_argument("--title", metavar="T", help=text("cli.training.title"))
    parser.add_argument("--kind", choices=training.KINDS, default="monthly", help=text("cli.training.kind"))
    parser.add_argument("--level", choices=training.LEVELS, help=text("cli.training.level"))
    parser.add_argument("--held-on", type=day, metavar="DATE", help=text("cli.training.held_on"))
    parser.add_argument("--ends-on", type=day, metavar="DATE", help=text("cli.training.ends_on"))
    parser.add_argument("--day-parts", metavar="WORDS", help=text("cli.training.day_parts"))
    parser.add_argument("--day", type=int, metavar="N", help=text("cli.training.day"))
    parser.add_argument("--hours", type=float, metavar="H", help=text("cli.training.hours"))
    parser.add_argument("--teacher", metavar="NAME", help=text("cli.training.teacher"))
    parser.add_argument("--place", metavar="P", help=text("cli.training.place"))
    parser.add_argument("--roster", action="store_true", help=text("cli.training.roster"))
    for key in ("present", "leave", "morning", "afternoon"):
        parser.add_argument(f"--{key}", metavar="ROWS", default="", help=text(f"cli.training.{key}"))
    parser.add_argument("--scores", metavar="LINES", default="", help=text("cli.training.scores"))
    parser.add_argument("--people", type=int, nargs="+", metavar="ID", default=(), help=text("cli.training.people"))
    parser.add_argument("--row", type=int, metavar="N", help=text("cli.training.row"))
    parser.add_argument("--reason", metavar="WORDS", default="", help=text("cli.training.reason"))
    parser.add_argument("--file", type=Path, metavar="FILE", help=text("cli.training.file"))
    parser.add_argument("--out", type=Path, metavar="PATH", help=text("cli.training.out"))
    parser.add_argument("--set", nargs="+", metavar="KEY=VALUE", default=(), help=text("cli.training.set"))
    parser.add_argument("--identified", action="store_true", help=text("cli.help.identified"))
    parser.set_defaults(run=run_training)

    people = commands.add_parser("staff", help=text("cli.training.staff"))
    people.add_argument("--person", type=int, metavar="ID", help=text("cli.training.person"))
    people.add_argument("--retraining", action="store_true", help=text("cli.training.retraining"))
    people.add_argument("--history", action="store_true", help=text("cli.training.history"))
    people.add_argument("--out", type=Path, metavar="DIR", help=text("cli.training.out"))
    people.add_argument("--identified", action="store_true", help=text("cli.help.identified"))
    people.set_defaults(run=run_staff)


def run_training(session: Session) -> int:
    """One action of training."""
    with session.ledger() as ledger:
        document, lines = _ACTIONS[session.options.action](ledger, session)
    session.output.answer(document, lines)
    return 0


_Answer = tuple[dict[str, Any], list[str]]


def _number(session: Session) -> int:
    if session.options.number is None:
        raise UserError("MH-TRAINING-26")
    return int(session.options.number)


def _json(line: SessionLine) -> dict[str, Any]:
    one, counts = line.session, line.counts
    return {
        "id": line.id,
        "title": one.title,
        "kind": one.kind,
        "level": one.level,
        "month": one.month,
        "held_on": one.held_on.isoformat() if one.held_on else None,
        "ends_on": one.ends_on.isoformat() if one.ends_on else None,
        "state": line.state.value,
        "expected": counts.expected,
        "here": counts.here,
        "leave": counts.leave,
        "absent": counts.absent,
        "passed": counts.passed,
        "failed": counts.failed,
    }


def _list(ledger: Ledger, session: Session) -> _Answer:
    year = training.year(ledger, session.options.year or session.today.year, today=session.today)
    lines = year.sessions
    held = sum(line.state == "held" for line in lines)
    joint = sum(year.joint_done)
    said = [text("training.cli.year", year=year.year, held=held, planned=len(lines) - held, joint=joint)]
    said += [_said(line) for line in lines]
    document = {
        "year": year.year,
        "months": [{"month": one.month, "done": one.is_done, "missing": one.is_missing} for one in year.months],
        "joint_done": list(year.joint_done),
        "sessions": [_json(line) for line in lines],
    }
    return document, said


def _said(line: SessionLine) -> str:
    one = line.session
    return "  " + text(
        "training.cli.line",
        id=line.id,
        day=one.held_on.isoformat() if one.held_on else one.month,
        title=one.title,
        kind=text(f"training.kind.{one.kind}"),
        state=text(f"training.state.{line.state}"),
        expected=line.counts.expected,
        here=line.counts.here,
    )


def _plan(ledger: Ledger, session: Session) -> _Answer:
    ids, _ = training.plan_year(ledger, session.options.year or session.today.year)
    return {"ids": ids, "count": len(ids)}, [text("training.cli.planned", count=len(ids))]


def _session(ledger: Ledger, session: Session) -> _Answer:
    options = session.options
    day = options.held_on
    made = TrainingSession(
        title=options.title or "",
        kind=options.kind,
        level=options.level or ("district" if ledger.level == "district" else "township"),
        month=options.month or f"{day or session.today:%Y-%m}",
        held_on=day,
        ends_on=None if options.ends_on == day else options.ends_on,
        hours=options.hours,
        teacher=options.teacher,
        place=options.place,
    )
    parts = training_days.read_parts(options.day_parts, len(training_days.days(made)))
    made = dataclasses.replace(made, day_parts=parts)
    on = day or session.today
    people = training.default_roster(ledger, options.kind, today=on) if options.roster else []
    number, _ = training.save_session(ledger, made, staff_ids=[one.id for one in people], today=session.today)
    return {"id": number, "roster": len(people)}, [text("training.cli.saved", id=number, count=len(people))]


def _show(ledger: Ledger, session: Session) -> _Answer:
    book = training.book(ledger, _number(session), today=session.today)
    is_open = session.options.identified
    rows = [
        {
            "row": row.row,
            "staff_id": row.staff_id,
            "name": row.name if is_open else identity.mask_name(row.name),
            "workplace": row.workplace,
            "position": row.position,
            "presence": row.presence,
            "by_day": list(training_days.presences(book.line.session, row)),
            "theory": row.theory,
            "practice": row.practice,
        }
        for row in book.rows
    ]
    if is_open:
        with ledger.change("training.identified") as change:
            change.touch("training_session", len(rows))
    said = [_said(book.line)]
    for row in rows:
        presence = text(f"training.presence.{row['presence']}") if row["presence"] else ""
        parts = {key: row[key] or "" for key in ("row", "name", "workplace", "position")}
        said.append("  " + text("training.cli.row", presence=presence, **parts))
    return {**_json(book.line), "rows": rows, "attachments": [_file(one) for one in book.attachments]}, said


def _file(one: Any) -> dict[str, Any]:
    return {"id": one.id, "file_name": one.file_name, "media_type": one.media_type, "size": one.size}


def _attend(ledger: Ledger, session: Session) -> _Answer:
    options, number = session.options, _number(session)
    training.type_back(
        ledger,
        number,
        present=options.present,
        leave=options.leave,
        morning=options.morning,
        afternoon=options.afternoon,
        day=options.day,
        today=session.today,
    )
    line = training.book(ledger, number, today=session.today).line
    counts = line.counts
    said = text(
        "training.cli.typed",
        expected=counts.expected,
        here=counts.here,
        leave=counts.leave,
        absent=counts.absent,
    )
    return _json(line), [said]


def _scores(ledger: Ledger, session: Session) -> _Answer:
    number = _number(session)
    typed = session.options.scores.replace(";", "\n").replace("；", "\n")
    rows = training.read_scores(training.roster(ledger, number), typed)
    training.save_rows(ledger, number, rows, today=session.today)
    line = training.book(ledger, number, today=session.today).line
    said = text("training.cli.scored", count=len(rows), passed=line.counts.passed, failed=line.counts.failed)
    return {**_json(line), "rows": len(rows)}, [said]


def _put(ledger: Ledger, session: Session) -> _Answer:
    ids, _ = training.put_on(ledger, _number(session), session.options.people, today=session.today)
    return {"ids": ids, "count": len(ids)}, [text("training.cli.put", count=len(ids))]


def _take_off(ledger: Ledger, session: Session) -> _Answer:
    wanted = session.options.row
    found = [one for one in training.roster(ledger, _number(session)) if one.row == wanted]
    if not found:
        last = max((one.row for one in training.roster(ledger, _number(session))), default=0)
        raise UserError("MH-TRAINING-12", row=wanted or 0, last=last)
    training.take_off(ledger, found[0].id or 0, reason=session.options.reason)
    return {"row": wanted}, [text("training.cli.taken_off", row=wanted)]


def _void(ledger: Ledger, session: Session) -> _Answer:
    number = _number(session)
    training.void_session(ledger, number, reason=session.options.reason)
    return {"id": number}, [text("training.cli.voided", id=number)]


def _history(ledger: Ledger, session: Session) -> _Answer:
    number = _number(session)
    return history_answer(ledger, record_history.of_session(ledger, number), session)


def _undo(ledger: Ledger, session: Session) -> _Answer:
    return undo_answer(ledger, _number(session))


def _attach(ledger: Ledger, session: Session) -> _Answer:
    if session.options.file is None:
        raise InputRefused("MH-ATTACH-03")
    number = _number(session)
    ledger.get(TrainingSession, number)
    made, _ = attachments.attach(ledger, object_kind="training_session", object_id=number, path=session.options.file)
    return {"id": made}, [text("training.cli.attached", id=made)]


def _attachment(ledger: Ledger, session: Session) -> _Answer:
    out = session.options.out
    if out is None:
        raise UsageError("MH-TRAINING-30")
    if out.exists():
        raise UsageError("MH-USAGE-05", file=out)
    attachments.save_copy(ledger, _number(session), out)
    return {"file": str(out)}, [text("training.cli.written", file=out)]


def _report(ledger: Ledger, session: Session) -> _Answer:
    options = session.options
    if options.month:
        report = training_report.of_month(ledger, options.month, today=session.today)
    else:
        report = training_report.of_year(ledger, options.year or session.today.year, today=session.today)
    files = training_report.write(ledger, report, options.out or Path(), task=session.task)
    return {"files": [str(one) for one in files]}, [text("training.cli.written", file=one) for one in files]


def _terms(ledger: Ledger, session: Session) -> _Answer:
    values = {}
    for pair in session.options.set:
        key, _, value = pair.partition("=")
        try:
            values[key] = float(value)
        except ValueError:
            raise UserError("MH-TRAINING-06") from None
    if values:
        if unknown := values.keys() - training_terms.load(ledger).keys():
            raise UsageError("MH-TRAINING-29", key="、".join(sorted(unknown)))
        training_terms.save(ledger, values)
    known = training_terms.load(ledger)
    said = [
        text(
            "training.cli.term",
            key=one.key,
            name=text(f"training.term.{one.key}"),
            value=f"{one.value:g}",
            mark=text(f"training.cli.mark_{one.mark}"),
            source=one.source,
        )
        for one in known.values()
    ]
    return {"terms": {one.key: {"value": one.value, "mark": one.mark} for one in known.values()}}, said


_ACTIONS: dict[str, Callable[[Ledger, Session], _Answer]] = {
    "list": _list,
    "plan": _plan,
    "session": _session,
    "show": _show,
    "attend": _attend,
    "scores": _scores,
    "put": _put,
    "take-off": _take_off,
    "void": _void,
    "history": _history,
    "undo": _undo,
    "attach": _attach,
    "attachment": _attachment,
    "report": _report,
    "terms": _terms,
}


def run_staff(session: Session) -> int:
    """Who does the work, masked unless ``--identified``; with ``--out`` as files, which name everybody."""
    options, today = session.options, session.today
    if options.history:
        if options.person is None:
            raise UsageError("MH-STAFF-05")
        with session.ledger() as ledger:
            document, lines_ = history_answer(ledger, record_history.of_staff(ledger, options.person), session)
        session.output.answer(document, lines_)
        return 0
    with session.ledger() as ledger:
        lines = staff.listed(ledger, today=today)
        plan = retraining.plan(ledger)
        files: list[Path] = []
        if options.out is not None:
            if options.person is not None:
                report = training_report.of_person(ledger, options.person, today=today)
            elif options.retraining:
                report = training_report.of_retraining(ledger, today=today)
            else:
                report = training_report.of_staff(ledger, today=today)
            files = training_report.write(ledger, report, options.out, task=session.task)
        if options.identified:
            with ledger.change("staff.identified") as change:
                change.touch("staff_member", len(lines))
    people = [
        {
            "id": line.id,
            "name": line.name if options.identified else identity.mask_name(line.name),
            "role": line.role,
            "workplace": line.workplace,
            "in_post": line.is_in_post,
            "cleared_on": line.cleared_on.isoformat() if line.cleared_on else None,
        }
        for line in lines
    ]
    document = {
        "staff": people,
        "retraining": {str(year): {"quota": quota, "sent": sent} for year, (quota, sent) in plan.years.items()},
        "files": [str(one) for one in files],
    }
    said = [text("training.cli.staff", count=len(lines), in_post=sum(line.is_in_post for line in lines))]
    for line, shown in zip(lines, people, strict=True):
        state = text("training.cli.in_post" if line.is_in_post else "training.cli.not_in_post")
        if line.must_be_cleared():
            state += " " + text("training.cli.uncleared")
        role = staff.role_name(line.role)
        said.append(
            "  " + text("training.cli.person", id=line.id, name=shown["name"], role=role, workplace=line.workplace,
                        state=state)
        )  # fmt: skip
    session.output.answer(document, [*said, *(text("training.cli.written", file=one) for one in files)])
    return 0
