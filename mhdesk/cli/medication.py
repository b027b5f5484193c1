"""Commands on medication: who waits, one person, records, candidates, registers, stock, unknown names, export."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from mhdesk.cli.output import table
from mhdesk.cli.session import Session
from mhdesk.domain import identity
from mhdesk.domain.codes import code_list
from mhdesk.domain.errors import UsageError
from mhdesk.domain.medication import MedicationOrder
from mhdesk.domain.problems import Problem
from mhdesk.domain.record import Record
from mhdesk.services.medication import entry, files, picture, record, registers, review, stock, waiting
from mhdesk.services.medication.picture import Picture
from mhdesk.services.medication.registers import DispensingLine, InjectionLine
from mhdesk.text import problem_text, text

_SHOWN = 50
# Never shown here: where a record comes from, and words that may name somebody (who fetched it is a name, too).
_ORIGIN = {"id", "uuid", "entered_at", "entered_by", "version", "voided_at", "void_reason", "patient_id"}
_WORDS = {"receiver", "receiver_relation", "note", "stop_note"}


def add_commands(commands: Any, day: Callable[[str], date]) -> None:
    """Register this group's commands."""
    group = commands.add_parser("medication", help=text("medication.help.medication"))
    actions = group.add_subparsers(dest="action", metavar="ACTION", required=True, title=text("cli.commands"))

    def add(name: str, run: Callable[[Session], int]) -> Any:
        made = actions.add_parser(name, help=text(f"medication.help.{name}"))
        made.set_defaults(run=run)
        return made

    listing = add("list", run_list)
    listing.add_argument("--kind", action="append", choices=waiting.KINDS, help=text("medication.help.kind"))
    _add_people_options(listing)
    _add_people_options(add("candidates", run_candidates))
    add("show", run_show).add_argument("patient", type=int, metavar="PATIENT", help=text("medication.help.patient"))
    adding = add("add", run_add)
    adding.add_argument("what", choices=files.KINDS, metavar="KIND", help=text("medication.help.what"))
    adding.add_argument("--patient", type=int, metavar="ID", help=text("medication.help.patient"))
    adding.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help=text("medication.help.set"))
    adding.add_argument("--dry-run", action="store_true", help=text("medication.help.dry_run"))
    stopping = add("stop", run_stop)
    stopping.add_argument("order", type=int, metavar="ORDER", help=text("medication.help.order"))
    stopping.add_argument("--on", type=day, metavar="YYYY-MM-DD", help=text("medication.help.on"))
    stopping.add_argument("--reason", required=True, metavar="R", help=text("medication.help.reason"))
    voiding = add("void", run_void)
    voiding.add_argument("what", choices=files.KINDS, metavar="KIND", help=text("medication.help.what"))
    voiding.add_argument("record", type=int, metavar="ID", help=text("medication.help.record"))
    voiding.add_argument("--reason", required=True, metavar="R", help=text("medication.help.void_reason"))
    book = add("register", run_register)
    book.add_argument("what", choices=("dispensing", "injections"), help=text("medication.help.what"))
    book.add_argument("--month", type=day, metavar="YYYY-MM-DD", help=text("medication.help.month"))
    book.add_argument("--identified", action="store_true", help=text("cli.help.identified"))
    add("stock", run_stock)
    names = add("names", run_names)
    names.add_argument("--name", metavar="NAME", help=text("medication.help.name"))
    names.add_argument("--drug", metavar="KEY", help=text("medication.help.drug"))
    writing = add("export", run_export)
    writing.add_argument("file", type=Path, metavar="FILE", help=text("medication.help.file"))
    writing.add_argument("--kind", action="append", choices=files.KINDS, help=text("medication.help.what"))
    writing.add_argument("--since", type=day, metavar="YYYY-MM-DD", help=text("medication.help.since"))
    writing.add_argument("--until", type=day, metavar="YYYY-MM-DD", help=text("medication.help.until"))
    writing.add_argument("--identified", action="store_true", help=text("cli.help.identified"))


def _add_people_options(parser: Any) -> None:
    parser.add_argument("--village", metavar="V", help=text("cli.help.village"))
    parser.add_argument("--identified", action="store_true", help=text("cli.help.identified"))


def run_list(session: Session) -> int:
    """Who must be looked at, the heaviest first."""
    options = session.options
    with session.ledger() as ledger:
        found = waiting.waiting(
            ledger, today=session.today, kinds=options.kind or waiting.KINDS, village=options.village
        )
        if options.identified:
            waiting.note_identified(ledger, len({one.person.id for one in found}))
    counts = {kind: sum(one.kind == kind for one in found) for kind in waiting.KINDS}
    people = [
        {
            "id": one.person.id,
            "label": one.person.name if options.identified else one.label,
            "village": one.person.unit_name,
            "kind": one.kind,
            "on": one.on,
            "days": one.days,
            "drug": one.drug_name,
            "reason": one.words,
            "record": one.record_id,
        }
        for one in found
    ]
    rows = [
        (str(one["label"]), str(one["village"] or ""), text(f"medication.waiting.{one['kind']}"), str(one["reason"]))
        for one in people
    ]
    session.output.answer({"counts": counts, "patients": people, "count": len(people)}, _lines(rows))
    return 0


def run_candidates(session: Session) -> int:
    """Who meets the criteria for long-acting treatment, with the reasons; no advice."""
    options = session.options
    with session.ledger() as ledger:
        found = waiting.long_acting_candidates(ledger, today=session.today, village=options.village)
        if options.identified:
            waiting.note_identified(ledger, len(found))
    people = [
        {
            "id": one.person.id,
            "label": one.person.name if options.identified else one.label,
            "village": one.person.unit_name,
            "reasons": [{"criterion": reason.criterion, "words": reason.words} for reason in one.reasons],
        }
        for one in found
    ]
    rows = [
        (one.person.name if options.identified else one.label, one.person.unit_name or "",
         "；".join(reason.words for reason in one.reasons))
        for one in found
    ]  # fmt: skip
    lines = [text("medication.cli.no_advice"), *_lines(rows)]
    session.output.answer({"patients": people, "count": len(people)}, lines)
    return 0


def run_show(session: Session) -> int:
    """One person's medicine: orders, what is left, the next injection, periods with their evidence."""
    with session.ledger() as ledger:
        found = picture.read(ledger, session.options.patient, today=session.today)
    document = {
        "patient": {"id": found.patient.id, "label": identity.mask_name(found.patient.name)},
        "orders": [_facts(one) for one in found.orders],
        "dispensings": [_facts(one) for one in found.dispensings],
        "injections": [_facts(one) for one in found.injections],
        "reactions": [_facts(one) for one in found.reactions],
        "results": [_facts(one) for one in found.results],
        "supplies": [
            {"drug": one.drug_name, "run_out": one.run_out, "remaining": one.remaining(session.today)}
            for one in found.supplies
        ],
        "next_injections": [
            {
                "drug": one.drug_name,
                "due_on": one.due_on,
                "earliest": one.earliest,
                "latest": one.latest,
                "state": str(one.state(session.today, found.basis.terms)),
            }
            for one in found.upcoming
        ],
        "periods": [
            {
                "start": one.start,
                "end": one.end,
                "state": str(one.state),
                "days": one.days,
                "evidence": [said.words for said in one.evidence],
            }
            for one in found.periods
        ],
        "days": {str(state): days for state, days in found.days_by_state.items()},
        "candidate": [one.words for one in found.reasons],
    }
    session.output.answer(document, _picture_lines(found, session.today))
    return 0


def run_add(session: Session) -> int:
    """Store one record; a doubtful one is stored and told. ``--dry-run`` only judges it."""
    options = session.options
    values = dict(_pair(one) for one in options.set)
    with session.ledger() as ledger:
        made = entry.made(ledger, options.what, values, patient_id=options.patient, today=session.today)
        told = record.check(ledger, made, today=session.today)
        record_id = None
        if not options.dry_run:
            record_id, _ = record.save(ledger, made, today=session.today)
    document = {"id": record_id, "dry_run": options.dry_run, "problems": [_problem(one) for one in told]}
    done = text("medication.cli.checked" if options.dry_run else "medication.cli.stored", id=record_id or "")
    session.output.answer(document, [done, *(problem_text(one.code, **one.params) for one in told)])
    return 1 if told and options.dry_run else 0


def run_stop(session: Session) -> int:
    """End an order."""
    options = session.options
    reason = code_list("drug_stop_reason").find(options.reason)
    if reason is None:
        raise UsageError("MH-MED-06", reasons="、".join(one.label for one in code_list("drug_stop_reason").entries))
    with session.ledger() as ledger:
        order = ledger.get(MedicationOrder, options.order)
        order_id, _ = record.stop(ledger, order, on=options.on or session.today, reason=reason, today=session.today)
    session.output.answer({"id": order_id}, [text("medication.cli.stored", id=order_id)])
    return 0


def run_void(session: Session) -> int:
    """Take a record back."""
    options = session.options
    with session.ledger() as ledger:
        record.void(ledger, entry.record_of(options.what), options.record, reason=options.reason)
    session.output.answer({"id": options.record}, [text("medication.cli.voided", id=options.record)])
    return 0


def run_register(session: Session) -> int:
    """The rows of 发药登记表 or 长效针剂登记表 of a month."""
    options = session.options
    month = options.month or session.today
    lines: Sequence[DispensingLine | InjectionLine]
    with session.ledger() as ledger:
        read = registers.dispensing if options.what == "dispensing" else registers.injected
        lines = read(ledger, month=month)
        if options.identified:
            waiting.note_identified(ledger, len({one.person.id for one in lines}))
    rows = []
    for one in lines:
        name = one.person.name if options.identified else identity.mask_name(one.person.name)
        reckoned = {"days": one.days} if isinstance(one, DispensingLine) else {"next_due_on": one.next_due_on}
        facts = {**_facts(one.record), **reckoned}
        rows.append({"patient": one.person.id, "label": name, "village": one.person.unit_name, **facts})
    shown = [
        (str(row["label"]), str(row.get("dispensed_on") or row.get("injected_on")), str(row["drug_name"]))
        for row in rows
    ]
    session.output.answer({"month": month.isoformat()[:7], "rows": rows, "count": len(rows)}, _lines(shown))
    return 0


def run_stock(session: Session) -> int:
    """What should be in the cupboard."""
    with session.ledger() as ledger:
        found = stock.levels(ledger, today=session.today)
    rows = [
        (one.drug_name, f"{one.left:g}{one.unit}", str(one.expires_on or ""), str(one.counted_on or ""))
        for one in found
    ]
    session.output.answer({"stock": [dataclasses.asdict(one) for one in found]}, _lines(rows))
    return 1 if any(one.left < 0 for one in found) else 0


def run_names(session: Session) -> int:
    """Names the dictionary does not know; with ``--name`` and ``--drug``: say what one means."""
    options = session.options
    if (options.name is None) != (options.drug is None):
        raise UsageError("MH-MED-07")
    with session.ledger() as ledger:
        if options.name is not None:
            review.name_drug(ledger, options.name, options.drug)
        found = review.unknown(ledger)
    document = {"names": [{"name": one.drug_name, "uses": one.uses, "count": one.total} for one in found]}
    session.output.answer(document, _lines([(one.drug_name, str(one.total)) for one in found]))
    return 1 if found else 0


def run_export(session: Session) -> int:
    """Write records as .xlsx or .csv; masked, unless ``--identified`` (logged)."""
    options = session.options
    if options.file.exists():
        raise UsageError("MH-USAGE-05", file=options.file)
    with session.ledger() as ledger:
        written = files.export(
            ledger,
            options.file,
            kinds=options.kind,
            since=options.since,
            until=options.until,
            identified=options.identified,
            task=session.task,
        )
    document = {"file": str(written.path), "rows": written.rows, "patients": written.people}
    session.output.answer(document, [text("medication.cli.written", file=written.path, count=written.rows)])
    return 0


def _pair(said: str) -> tuple[str, str]:
    name, sign, value = said.partition("=")
    if not sign or not name.strip():
        raise UsageError("MH-MED-08", value=said)
    return name.strip(), value.strip()


def _facts(record_: Record) -> dict[str, Any]:
    """A record for programs: what was filled, with its id."""
    held = {
        one.name: getattr(record_, one.name) for one in dataclasses.fields(record_) if one.name not in _ORIGIN | _WORDS
    }
    return {"id": record_.id, **{key: value for key, value in held.items() if value not in (None, ())}}


def _problem(one: Problem) -> dict[str, str]:
    message = problem_text(one.code, **one.params)
    return {"code": one.code, "field": one.field, "severity": str(one.severity), "message": message}


def _lines(rows: Sequence[Sequence[str]]) -> list[str]:
    lines = table(list(rows[:_SHOWN]))
    return [*lines, text("cli.more", count=len(rows) - _SHOWN)] if len(rows) > _SHOWN else lines


def _picture_lines(found: Picture, today: date) -> list[str]:
    lines = [text("medication.cli.person", name=identity.mask_name(found.patient.name))]
    for order in found.orders:
        until = order.stopped_on.isoformat() if order.stopped_on else text("medication.cli.running")
        lines.append(f"  {order.drug_name}  {order.started_on.isoformat()} – {until}")
    for one in found.supplies:
        if one.run_out is not None:
            left = one.remaining(today)
            lines.append("  " + text("medication.cli.left", drug=one.drug_name, day=one.run_out.isoformat(), days=left))
    for next_one in found.upcoming:
        state = text(f"medication.injection_state.{next_one.state(today, found.basis.terms)}")
        lines.append(f"  {next_one.drug_name}  {next_one.due_on or ''}  {state}")
    for period in found.periods:
        said = "；".join(one.words for one in period.evidence)
        state = text(f"medication.state.{period.state}")
        lines.append(f"  {period.start.isoformat()} – {period.end.isoformat()}  {state}  {said}")
    return lines
