"""Commands on what stands beside a record of joint work: its photographs and scans, and its history."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mhdesk.cli.output import table
from mhdesk.cli.session import Session
from mhdesk.domain.errors import UsageError
from mhdesk.services import record_history
from mhdesk.services.audit_log import action_words
from mhdesk.services.joint import evidence
from mhdesk.services.joint.kinds import KINDS
from mhdesk.text import text


def add_commands(below: Any) -> None:
    """Register this group's commands below ``joint``."""
    for name, run in (("files", run_files), ("attach", run_attach), ("history", run_history)):
        parser = below.add_parser(name, help=text(f"cli.joint.{name}"))
        parser.add_argument("kind", choices=tuple(KINDS), help=text("cli.joint.kind"))
        parser.add_argument("id", metavar="ID", type=int)
        if name == "attach":
            parser.add_argument("file", metavar="FILE", type=Path)
        parser.set_defaults(run=run)
    saving = below.add_parser("file", help=text("cli.joint.file"))
    saving.add_argument("id", metavar="ID", type=int)
    saving.add_argument("--out", metavar="FILE", type=Path, required=True, help=text("cli.joint.file_out"))
    saving.set_defaults(run=run_save)
    removing = below.add_parser("detach", help=text("cli.joint.detach"))
    removing.add_argument("kind", choices=tuple(KINDS), help=text("cli.joint.kind"))
    removing.add_argument("id", metavar="ID", type=int)
    removing.add_argument("--reason", metavar="TEXT", required=True, help=text("cli.joint.reason"))
    removing.set_defaults(run=run_detach)


def run_files(session: Session) -> int:
    """The files of a record."""
    options = session.options
    with session.ledger() as ledger:
        ledger.get(KINDS[options.kind].record, options.id)
        found = evidence.listed(ledger, options.kind, options.id)
    files = [
        {"id": one.id, "file_name": one.file_name, "media_type": one.media_type, "size": one.size, "sha256": one.sha256}
        for one in found
    ]
    rows = [(str(one.id), one.file_name, one.media_type, str(one.size)) for one in found]
    session.output.answer({"files": files}, [text("cli.joint.count", count=len(files)), *table(rows)])
    return 0


def run_attach(session: Session) -> int:
    """Take a picture or a pdf in beside a record."""
    options = session.options
    with session.ledger() as ledger:
        made, changes = evidence.attach(ledger, options.kind, options.id, options.file)
    key = "cli.joint.attached" if changes.topics else "cli.joint.known"
    session.output.answer({"id": made, "is_new": bool(changes.topics)}, [text(key, id=made)])
    return 0


def run_save(session: Session) -> int:
    """Write a file out, which the audit log notes."""
    options = session.options
    if options.out.exists():
        raise UsageError("MH-USAGE-05", file=options.out)
    with session.ledger() as ledger:
        evidence.save_copy(ledger, options.id, options.out)
    session.output.answer({"id": options.id, "file": str(options.out)}, [text("cli.joint.copied", file=options.out)])
    return 0


def run_detach(session: Session) -> int:
    """Take a file off its record."""
    options = session.options
    with session.ledger() as ledger:
        evidence.remove(ledger, options.kind, options.id, reason=options.reason)
    session.output.answer({"id": options.id}, [text("cli.joint.detached", id=options.id)])
    return 0


def run_history(session: Session) -> int:
    """Every step of a record: when, who, what; the contents stay inside."""
    options = session.options
    with session.ledger() as ledger:
        steps = record_history.steps(ledger, record_history.of_joint(ledger, options.kind, options.id))
    document = {
        "steps": [
            {
                "seq": one.seq,
                "at": one.at.isoformat(),
                "who": one.who,
                "action": one.action,
                "reason": one.reason,
                "items": [line.label for line in one.lines],
            }
            for one in steps
        ]
    }
    rows = [
        (one.at.astimezone().strftime("%Y-%m-%d %H:%M"), one.who, action_words(one.action),
         "、".join(dict.fromkeys(line.label for line in one.lines)))
        for one in steps
    ]  # fmt: skip
    session.output.answer(document, [text("cli.joint.count", count=len(steps)), *table(rows)])
    return 0
