"""Lists of joint work on paper, the same way for every kind: what its page shows, with its sums or reviews."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from mhdesk.domain import identity
from mhdesk.domain.codes import code_list
from mhdesk.domain.errors import UserError
from mhdesk.reports.paper import joint, lists
from mhdesk.reports.paper.lists import Entry
from mhdesk.rules.joint_checks import DAY_FIELDS
from mhdesk.services.due_report import unit_name
from mhdesk.services.joint import records, standing
from mhdesk.services.joint.kinds import KINDS
from mhdesk.services.joint.records import Line
from mhdesk.services.printing.document import Document, noted
from mhdesk.text import text

if TYPE_CHECKING:
    from db.ledger import Ledger

#: Kinds printed as a list; their columns are data (``resources/paper/<kind>_list_columns.toml``).
LISTED = ("discharge_note", "agreement", "assistance", "rehabilitation", "checkup", "outreach", "service_point")
#: Fifteen digits and more: an identity number, or the number of a 残疾人证 that is made of one.
_NUMBER = re.compile(r"[0-9]{15,}[0-9Xx]*")


def joint_list(
    ledger: Ledger,
    kind: str,
    *,
    first: date | None = None,
    last: date | None = None,
    running_on: date | None = None,
    today: date,
) -> Document:
    """The records of a kind of `LISTED` dated in [first, last] (None: open), oldest first.

    With `running_on` only agreements, assistance and service points that had not ended by that day. The day is the one
    its page goes by (`DAY_FIELDS`). People stand on it by name and village, never with a number.
    Raises UserError MH-JOINT-60 when there is none, KeyError for another kind.
    """
    since, until = first or date.min, last or date.max
    lines = [one for one in records.listed(ledger, kind) if one.day is not None and since <= one.day <= until]
    if running_on is not None:
        lines = [one for one in lines if records.is_running(one.record, running_on)]
    if not lines:
        raise UserError("MH-JOINT-60")
    lines.sort(key=lambda one: (one.day or date.min, one.id))
    more = _of_agreements(ledger) if kind == "agreement" else {}
    made = joint.record_list(
        f"{kind}_list",
        [_entry(place, one, kind, more.get(one.id, {})) for place, one in enumerate(lines, 1)],
        unit=unit_name(ledger),
        period=_period(kind, first, last)
        if running_on is None
        else text("paper.joint.list_running", day=running_on.isoformat()),
        day=today,
        sums=_sums(ledger, since, until) if kind == "outreach" else (),
    )
    people = len({one.record.patient_id for one in lines}) if KINDS[kind].is_personal else 0
    return noted(ledger, f"{kind}_list", [made], people=people)


def _period(kind: str, first: date | None, last: date | None) -> str:
    """Which day counts, and from when to when: agreements go by their signing, assistance by its beginning."""
    key = "all" if first is None and last is None else "since" if last is None else "until" if first is None else "days"
    return text(
        f"paper.joint.list_{key}",
        item=KINDS[kind].spec.field(DAY_FIELDS[KINDS[kind].record]).label,
        first=first.isoformat() if first else "",
        last=last.isoformat() if last else "",
    )


def _entry(place: int, line: Line, kind: str, more: Mapping[str, str]) -> Entry:
    whose = {"name": line.name, "village": line.village} if KINDS[kind].is_personal else {}
    known = {"serial": str(place), **whose, **more}
    keys = [one.key for one in lists.columns(f"{kind}_list")]
    return Entry({key: known[key] if key in known else _masked(line.words(key)) for key in keys})


def _masked(words: str) -> str:
    return _NUMBER.sub(lambda found: identity.mask(found.group()), words)


def _of_agreements(ledger: Ledger) -> Mapping[int, Mapping[str, str]]:
    """By agreement: its reviews and payments in words, oldest first."""
    found: dict[int, dict[str, list[str]]] = {}
    for line in reversed(records.listed(ledger, "agreement_review")):
        said = text("paper.joint.review", quarter=line.record.quarter, result=line.words("result"))
        found.setdefault(line.record.agreement_id, {}).setdefault("reviews", []).append(said)
    for line in reversed(records.listed(ledger, "agreement_payment")):
        said = text("paper.joint.payment", day=line.day, amount=line.words("amount"))
        found.setdefault(line.record.agreement_id, {}).setdefault("payments", []).append(said)
    empty = {"reviews": "", "payments": ""}
    ids = (one.id for one in records.listed(ledger, "agreement"))
    return {one: empty | {key: "；".join(said) for key, said in found.get(one, {}).items()} for one in ids}


def _sums(ledger: Ledger, first: date, last: date) -> Sequence[Entry]:
    """The sums of the same activities: all of a kind, and below it theme by theme."""
    return [
        Entry(
            {
                "kind": code_list("outreach_kind").label(one.kind),
                "theme": one.theme or text("paper.joint.all_themes"),
                **{key: str(getattr(one, key)) for key in ("activities", "sessions", "people", "materials")},
            }
        )
        for one in standing.outreach_sums(ledger, first=first, last=last)
    ]
