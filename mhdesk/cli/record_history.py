"""The history of a record for the terminal, and taking one of its steps back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mhdesk.cli.session import Session
from mhdesk.services import record_history
from mhdesk.services.audit_log import action_words
from mhdesk.services.record_history import Subject
from mhdesk.text import text

if TYPE_CHECKING:
    from db.ledger import Ledger

_Answer = tuple[dict[str, Any], list[str]]


def history_answer(ledger: Ledger, subjects: Sequence[Subject], session: Session) -> _Answer:
    """Every step of a record, the latest first; what was typed only with ``--identified``, which is noted."""
    is_open = session.options.identified
    steps = record_history.steps(ledger, subjects)
    if is_open:
        with ledger.change("training.identified") as change:
            change.touch("history", len(steps))
    document = [
        {
            "seq": one.seq,
            "at": one.at.isoformat(),
            "who": one.who,
            "action": one.action,
            "can_undo": one.can_undo,
            "objects": one.objects,
            "lines": [line.__dict__ if is_open else {"label": line.label} for line in one.lines],
        }
        for one in steps
    ]
    said = []
    for one in steps:
        words = "；".join(
            f"{line.subject} {line.label} {line.before} → {line.after}".strip() if is_open else line.label
            for line in one.lines
        )
        said.append(f"{one.seq}　{one.at.astimezone():%Y-%m-%d %H:%M}　{one.who}　{action_words(one.action)}　{words}")
    return {"steps": document}, said


def undo_answer(ledger: Ledger, seq: int) -> _Answer:
    """Take a step back, whole. Raises UserError as `record_history.take_back`."""
    changes = record_history.take_back(ledger, seq)
    count = sum(len(ids) for ids in changes.topics.values())
    return {"seq": seq, "objects": count}, [text("training.cli.taken_back", seq=seq, count=count)]
