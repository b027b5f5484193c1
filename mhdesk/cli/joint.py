"""Commands on joint work: list, add, void, import, exchange, standing. Printing is the command ``print``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mhdesk.cli import joint_files, joint_waiting
from mhdesk.cli.output import table
from mhdesk.cli.session import Session
from mhdesk.domain import identity
from mhdesk.domain.codes import code_list
from mhdesk.domain.errors import RecordRefused, UsageError
from mhdesk.domain.support import Agreement
from mhdesk.services.joint import exchange, files, records, standing
from mhdesk.services.joint.kinds import KINDS
from mhdesk.services.joint.records import Files, Line
from mhdesk.text import problem_text, text

if TYPE_CHECKING:
    from db.ledger import Ledger

_SHOWN = 50


def add_commands(commands: Any, day: Callable[[str], date]) -> None:
    """Register this group's commands."""
    joint = commands.add_parser("joint", help=text("cli.joint.help"))
    below = joint.add_subparsers(dest="joint_command", metavar="ACTION", required=True, title=text("cli.commands"))

    listing = below.add_parser("list", help=text("cli.joint.list"))
    listing.add_argument("kind", choices=tuple(KINDS), help=text("cli.joint.kind"))
    listing.add_argument("--patient", metavar="ID", type=int, help=text("cli.joint.patient"))
    listing.add_argument("--year", metavar="YYYY", type=int, help=text("cli.joint.year"))
    listing.add_argument("--out", metavar="FILE.xlsx", type=Path, help=text("cli.joint.out"))
    listing.add_argument("--identified", action="store_true", help=text("cli.help.identified"))
    listing.add_argument("--voided-files", action="store_true", help=text("cli.joint.voided_files"))
    listing.set_defaults(run=run_list)

    adding = below.add_parser("add", help=text("cli.joint.add"))
    adding.add_argument("kind", choices=files.IMPORTED, help=text("cli.joint.kind"))
    adding.add_argument("--patient", metavar="ID", type=int, help=text("cli.joint.patient"))
    adding.add_argument("--agreement", metavar="ID", type=int, help=text("cli.joint.agreement"))
    adding.add_argument("--set", dest="items", metavar="ITEM=TEXT", nargs="+", default=[], help=text("cli.joint.set"))
    adding.set_defaults(run=run_add)

    voiding = below.add_parser("void", help=text("cli.joint.void"))
    voiding.add_argument("kind", choices=tuple(KINDS), help=text("cli.joint.kind"))
    voiding.add_argument("id", metavar="ID", type=int)
    voiding.add_argument("--reason", metavar="TEXT", required=True, help=text("cli.joint.reason"))
    voiding.set_defaults(run=run_void)

    reading = below.add_parser("import", help=text("cli.joint.import"))
    reading.add_argument("kind", choices=files.IMPORTED, help=text("cli.joint.kind"))
    reading.add_argument("file", metavar="FILE", type=Path)
    reading.add_argument("--dry-run", action="store_true", help=text("cli.help.dry_run"))
    reading.set_defaults(run=run_import)

    _add_exchange(below, day)
    joint_files.add_commands(below)
    joint_waiting.add_commands(below)
    below.add_parser("standing", help=text("cli.joint.standing")).set_defaults(run=run_standing)


def _add_exchange(below: Any, day: Callable[[str], date]) -> None:
    telling = below.add_parser("exchange", help=text("cli.joint.exchange"))
    steps = telling.add_subparsers(dest="exchange_command", metavar="STEP", required=True, title=text("cli.commands"))
    steps.add_parser("proposals", help=text("cli.joint.proposals")).set_defaults(run=run_proposals)
    drawing = steps.add_parser("draw-up", help=text("cli.joint.draw_up"))
    drawing.add_argument("--side", choices=code_list("exchange_side").codes, required=True, help=text("cli.joint.side"))
    drawing.add_argument("--from", dest="first", metavar="DATE", type=day, required=True, help=text("cli.joint.first"))
    drawing.add_argument("--to", dest="last", metavar="DATE", type=day, required=True, help=text("cli.joint.last"))
    drawing.set_defaults(run=run_draw_up)
    sending = steps.add_parser("send", help=text("cli.joint.send"))
    sending.add_argument("id", metavar="ID", type=int)
    sending.add_argument("--on", metavar="DATE", type=day, help=text("cli.joint.on"))
    sending.set_defaults(run=run_send)
    receiving = steps.add_parser("receipt", help=text("cli.joint.receipt"))
    receiving.add_argument("id", metavar="ID", type=int)
    receiving.add_argument("--by", metavar="NAME", required=True, help=text("cli.joint.by"))
    receiving.add_argument("--on", metavar="DATE", type=day, help=text("cli.joint.on"))
    receiving.set_defaults(run=run_receipt)


def run_list(session: Session) -> int:
    """The records of a kind; with ``--out`` also as a workbook."""
    options = session.options
    if options.out is not None and options.out.exists():
        raise UsageError("MH-USAGE-05", file=options.out)
    if options.voided_files and (options.out is not None or options.identified):
        raise UsageError("MH-JOINT-66")
    files_of = Files.VOIDED if options.voided_files else Files.KEPT
    with session.ledger() as ledger:
        left_out = records.count_of_voided_files(ledger, options.kind)
        lines = [
            one
            for one in records.listed(ledger, options.kind, patient_id=options.patient, files=files_of)
            if options.year is None or (one.day is not None and one.day.year == options.year)
        ]
        if options.out is not None:
            files.export(
                ledger,
                options.kind,
                options.out,
                lines=lines,
                today=session.today,
                identified=options.identified,
                task=session.task,
            )
        elif options.identified and KINDS[options.kind].is_personal:
            records.note_identified(ledger, lines)
    found = [_facts(one, options.kind, identified=options.identified) for one in lines]
    document = {
        "kind": options.kind,
        "records": found,
        "count": len(found),
        "of_voided_files": left_out,
        "file": _file(options.out),
    }
    said = [(str(one["id"]), str(one["day"] or ""), str(one["label"]), _words(line)) for one, line in
            zip(found[:_SHOWN], lines, strict=False)]  # fmt: skip
    more = [text("cli.more", count=len(found) - _SHOWN)] if len(found) > _SHOWN else []
    if left_out and not options.voided_files:
        more.append(text("cli.joint.left_out", count=left_out))
    session.output.answer(document, [text("cli.joint.count", count=len(found)), *table(said), *more])
    return 0


def _file(path: Path | None) -> str | None:
    return None if path is None else str(path)


def _words(line: Line) -> str:
    from mhdesk.services.joint.kinds import of_record

    return "  ".join(words for key in of_record(line.record).columns if (words := line.words(key)))


def _facts(line: Line, key: str, *, identified: bool) -> dict[str, Any]:
    """One record for programs: items as they are typed; the person masked unless asked for."""
    label = (line.name if identified else identity.mask_name(line.name)) if line.name else ""
    return {
        "id": line.id,
        "day": line.day.isoformat() if line.day else None,
        "patient": getattr(line.record, "patient_id", None),
        "label": label,
        "village": line.village or line.unit,
        "files": line.files,
        "items": _items(line, key, identified=identified),
    }


def _items(line: Line, key: str, *, identified: bool) -> Mapping[str, str]:
    """The items of the form; free texts and names stay inside unless they were asked for."""
    texts = records.texts_of(line.record)
    if identified or not KINDS[key].is_personal:
        return texts
    spec = KINDS[key].spec
    open_kinds = {"code", "codes", "yes_no", "date", "moment", "integer", "decimal"}
    return {one: words for one, words in texts.items() if spec.field(one).kind in open_kinds}


def run_add(session: Session) -> int:
    """A new record from items ``key=text``."""
    options = session.options
    given = dict(_pair(one) for one in options.items)
    kind = KINDS[options.kind]
    strange = given.keys() - kind.spec.by_key.keys()
    if strange or (kind.is_personal and options.patient is None and options.agreement is None):
        raise UsageError("MH-JOINT-63", items="、".join(sorted(strange)) or "--patient")
    with session.ledger() as ledger:
        base = _base(ledger, options)
        reading = records.read(options.kind, given, base, today=session.today)
        if reading.record is None:
            labels = [kind.spec.field(one).label for one in reading.missing]
            said = [problem_text(one.code, **one.params) for one in reading.problems]
            raise UsageError("MH-JOINT-64", said="；".join([*said, *labels]))
        try:
            record_id, _ = records.save(ledger, reading.record, today=session.today)
        except RecordRefused as refused:
            said = [problem_text(one.code, **one.params) for one in refused.problems]
            raise UsageError("MH-JOINT-64", said="；".join(said)) from refused
    session.output.answer({"id": record_id, "kind": options.kind}, [text("cli.joint.added", id=record_id)])
    return 0


def _pair(words: str) -> tuple[str, str]:
    key, sign, value = words.partition("=")
    if not sign:
        raise UsageError("MH-JOINT-63", items=words)
    return key, value


def _base(ledger: Ledger, options: Any) -> dict[str, Any]:
    if options.agreement is not None:
        patient_id = ledger.get(Agreement, options.agreement).patient_id
        return {"patient_id": patient_id, "agreement_id": options.agreement}
    return {"patient_id": options.patient} if KINDS[options.kind].is_personal else {}


def run_void(session: Session) -> int:
    """Take a record back."""
    options = session.options
    with session.ledger() as ledger:
        records.void(ledger, options.kind, options.id, reason=options.reason, today=session.today)
    session.output.answer({"id": options.id, "kind": options.kind}, [text("cli.joint.voided", id=options.id)])
    return 0


def run_import(session: Session) -> int:
    """Read a workbook of one kind."""
    options = session.options
    with session.ledger() as ledger:
        result = files.import_file(
            ledger, options.file, options.kind, dry_run=options.dry_run, today=session.today, task=session.task
        )
    counts = {name: getattr(result, name) for name in ("rows", "new", "same", "changed", "conflict", "rejected")}
    document = {
        **counts,
        "dry_run": options.dry_run,
        "problems": [one._asdict() for one in result.problems],
        "rejected_file": _file(result.rejected_file),
    }
    lines = [text("cli.import_dry" if options.dry_run else "cli.import_done", **counts)]
    lines += [
        text("cli.import_problem", sheet=one.sheet, row=one.row, column=one.column, message=one.message)
        for one in result.problems[:_SHOWN]
    ]
    if result.rejected_file:
        lines.append(text("cli.import_rejected", file=result.rejected_file))
    session.output.answer(document, lines)
    return 1 if result.rejected else 0


def run_proposals(session: Session) -> int:
    """Who must be told about, by side."""
    with session.ledger() as ledger:
        sides = records.terms(ledger).sides
        found = {side: exchange.untold(ledger, side, today=session.today) for side in sides}
    document = {
        "sides": [
            {
                "side": side,
                "name": code_list("exchange_side").label(side),
                "patients": [{"id": one.id, "label": one.label, "risk_level": one.risk_level} for one in people],
            }
            for side, people in found.items()
        ]
    }
    lines = [
        text("cli.joint.untold", side=code_list("exchange_side").label(side), count=len(people))
        for side, people in found.items()
    ]
    session.output.answer(document, lines)
    return 1 if any(found.values()) else 0


def run_draw_up(session: Session) -> int:
    """A sheet of a period for one side."""
    options = session.options
    with session.ledger() as ledger:
        sheet_id, _ = exchange.draw_up(
            ledger, options.side, first_day=options.first, last_day=options.last, today=session.today
        )
        count = len(records.listed(ledger, "exchange_row", sheet_id=sheet_id))
    session.output.answer({"id": sheet_id, "people": count}, [text("cli.joint.drawn", id=sheet_id, count=count)])
    return 0


def run_send(session: Session) -> int:
    """A sheet left the house."""
    options = session.options
    with session.ledger() as ledger:
        exchange.send(ledger, options.id, on=options.on or session.today, today=session.today)
    session.output.answer({"id": options.id}, [text("cli.joint.sent", id=options.id)])
    return 0


def run_receipt(session: Session) -> int:
    """A sheet was taken over."""
    options = session.options
    with session.ledger() as ledger:
        exchange.note_receipt(ledger, options.id, on=options.on or session.today, by=options.by, today=session.today)
    session.output.answer({"id": options.id}, [text("cli.joint.received", id=options.id)])
    return 0


def run_standing(session: Session) -> int:
    """How joint work stands: meetings, agreements, emergencies, services, check-ups, outreach of the year."""
    today = session.today
    with session.ledger() as ledger:
        meetings = standing.meeting_lines(ledger, today=today)
        agreements = standing.agreements(ledger, today=today)
        opened = standing.open_emergencies(ledger, today=today)
        rate = standing.service_rate(ledger, today=today)
        without = standing.without_checkup(ledger, today=today)
        sums = standing.outreach_sums(ledger, first=date(today.year, 1, 1), last=today)
    document = {
        "meetings": [
            {
                "kind": one.held.frequency.kind,
                "village": one.village,
                "start": one.held.start.isoformat(),
                "end": one.held.end.isoformat(),
                "held": one.held.held,
                "missing": one.held.missing,
                "source": one.held.frequency.source,
            }
            for one in meetings
        ],
        "agreements": [
            {
                "number": one.agreement.number,
                "over": one.over,
                "passed": one.passed,
                "paid": one.paid,
                "to_review": list(one.to_review),
                "ends_soon": one.ends_soon,
            }
            for one in agreements
        ],
        "emergencies_open": [{"id": one.emergency.id, "hours": one.hours, "late": one.is_late} for one in opened],
        "rehabilitation": {
            "served": len(rate.served),
            "enrolled": len(rate.enrolled),
            "steady": len(rate.steady),
            "value": rate.value,
        },
        "without_checkup": len(without),
        "outreach": [one._asdict() for one in sums],
    }
    rows = [
        (code_list("meeting_kind").label(one.held.frequency.kind), one.village, f"{one.held.held}",
         text("cli.joint.missing", count=one.held.missing))
        for one in meetings
    ]  # fmt: skip
    lines = [
        *table(rows),
        text("cli.joint.reviews", count=sum(bool(one.to_review) for one in agreements)),
        text("cli.joint.open", count=len(opened)),
        text("cli.joint.served", served=len(rate.served), enrolled=len(rate.enrolled), steady=len(rate.steady)),
        *table([(code_list("outreach_kind").label(one.kind), one.theme, str(one.sessions), str(one.people)) for one in
                sums]),
    ]  # fmt: skip
    session.output.answer(document, lines)
    return 0
