"""Commands on what joint work waits for, by name, and on referrals and discharges with the visits they start."""

from __future__ import annotations

from typing import Any

from mhdesk.cli.output import table
from mhdesk.cli.session import Session
from mhdesk.domain import identity
from mhdesk.services.joint import paths, waiting
from mhdesk.text import text


def add_commands(below: Any) -> None:
    """Register this group's commands below ``joint``."""
    parser = below.add_parser("waiting", help=text("cli.joint.waiting"))
    parser.add_argument("--kind", choices=tuple(waiting.PARTS), help=text("cli.joint.kind"))
    parser.set_defaults(run=run_waiting)
    parser = below.add_parser("paths", help=text("cli.joint.paths"))
    parser.add_argument("--all", action="store_true", help=text("cli.joint.paths_all"))
    parser.set_defaults(run=run_paths)


def run_waiting(session: Session) -> int:
    """Everything that waits, the people masked; exit status 1 while anything does."""
    parts = (session.options.kind,) if session.options.kind else tuple(waiting.PARTS)
    with session.ledger() as ledger:
        found = [(part, one) for part in parts for one in waiting.of_part(ledger, part, today=session.today)]
    things = [
        {
            "kind": part,
            "matter": one.key,
            "day": one.day.isoformat() if one.day else None,
            "late": one.is_late,
            "patient": one.patient_id,
            "label": identity.mask_name(one.name) if one.name else "",
            "village": one.village,
            "record": one.record_id,
        }
        for part, one in found
    ]
    rows = [
        (text(f"today.waiting.{one.key}"), identity.mask_name(one.name) if one.name else "", one.village, one.words)
        for _, one in found
    ]
    said = [text("cli.joint.count", count=len(things)), *table(rows)]
    session.output.answer({"things": things, "count": len(things)}, said)
    return 1 if things else 0


def run_paths(session: Session) -> int:
    """Referrals, transfers and discharge notes: those whose visit is still to be made, or all of them."""
    with session.ledger() as ledger:
        every = paths.listed(ledger)
    chosen = [one for one in every if one.is_waiting or session.options.all]
    found = [
        {
            "kind": one.kind,
            "id": one.id,
            "patient": one.patient_id,
            "label": identity.mask_name(one.name),
            "village": one.village,
            "day": one.day.isoformat(),
            "due_on": one.due_on.isoformat() if one.due_on else None,
            "visited_on": one.visited_on.isoformat() if one.visited_on else None,
            "receipt": one.receipt,
        }
        for one in chosen
    ]
    rows = [
        (one.day.isoformat(), text(f"joint.paths.kind_{one.kind}"), identity.mask_name(one.name), one.village,
         text("joint.paths.visited", day=one.visited_on) if one.visited_on else text("joint.paths.no_visit"))
        for one in chosen
    ]  # fmt: skip
    session.output.answer({"paths": found, "count": len(found)}, [text("cli.joint.count", count=len(found)),
                                                                  *table(rows)])  # fmt: skip
    return 0
