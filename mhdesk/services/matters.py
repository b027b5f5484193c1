"""What else waits today besides visits: loss to decide and report, slips without a receipt, paper not back.

Every area adds a source to `SOURCES`; the one order of all kinds is data (`mhdesk.rules.matters`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from mhdesk.rules.matters import rank
from mhdesk.services import colours, national, sheets, submissions, training, transfers
from mhdesk.services.joint import waiting as joint
from mhdesk.services.joint.waiting import Waiting
from mhdesk.services.medication import waiting as medicine
from mhdesk.services.medication.overview import LISTS
from mhdesk.services.worklist import DueEntry

if TYPE_CHECKING:
    from db.ledger import Ledger

OF_MEDICINE = ("injection_late", "ran_out", "stopped", "injection_due", "running_out")
_BY_REMINDER = ("propose_lost", "report_lost", "discharge", "retry_late")


@dataclass(frozen=True)
class Matter:
    """One kind of thing that waits: `key` names its words, `page` and `params` where it is done."""

    key: str
    count: int
    page: str
    params: Mapping[str, Any] = field(default_factory=dict)
    is_late: bool = False


class Morning(NamedTuple):
    """What a reading of the same moment has found already. None: not read yet, the source reads it itself.

    `entries`: who is due, overdue or snoozed; `medicine`: how many things of each kind of `OF_MEDICINE` wait.
    """

    entries: Sequence[DueEntry]
    medicine: Mapping[str, int] | None = None


Source = Callable[["Ledger", Morning, date], "Iterator[Matter]"]


def waiting(
    ledger: Ledger,
    entries: Sequence[DueEntry],
    *,
    today: date,
    medicine_told: Mapping[str, int] | None = None,
) -> list[Matter]:
    """Everything that waits, in the one order of all kinds. What was read already: see `Morning`."""
    morning = Morning(entries, medicine_told)
    found = [one for source in SOURCES for one in source(ledger, morning, today)]
    return sorted(found, key=lambda one: rank(one.key))


def _of_people(_ledger: Ledger, morning: Morning, _today: date) -> Iterator[Matter]:
    """What the files of people ask for."""
    told = Counter(one.key for entry in morning.entries for one in entry.reminders)
    for key in _BY_REMINDER:
        if told[key]:
            params = {"reminder": key, "bucket": "all"}
            yield Matter(key, told[key], "due", params, is_late=key in {"propose_lost", "retry_late"})


def _of_joint(ledger: Ledger, _morning: Morning, today: date) -> Iterator[Matter]:
    """Joint work: who must be told about, what is not written down, not answered, not reviewed, not held."""
    found: dict[tuple[str, str], list[Waiting]] = {}
    for part, one in joint.everything(ledger, today=today):
        found.setdefault((part, one.key), []).append(one)
    for (part, key), its in found.items():
        late = any(one.is_late for one in its)
        yield Matter(key, len(its), "joint", {"part": part, "view": "waiting"}, is_late=late)


def _of_paper(ledger: Ledger, _morning: Morning, today: date) -> Iterator[Matter]:
    """Slips without a receipt, sheets that are not back, visits not yet in the national system."""
    if slips := transfers.waiting(ledger, today=today):
        yield Matter("receipts", len(slips), "transfers", is_late=any(one.is_late for one in slips))
    if rows := sheets.not_back(ledger, today=today):
        yield Matter("sheets", len(rows), "sheets", is_late=True)
    if late := national.count_late(ledger, today=today):
        yield Matter("national", late, "national", is_late=True)


def _of_medicine(ledger: Ledger, morning: Morning, today: date) -> Iterator[Matter]:
    """Injections, medicine that runs out, and who stopped; of everybody, due for a visit or not."""
    told = morning.medicine
    if told is None:
        told = Counter(one.kind for one in medicine.waiting(ledger, today=today, kinds=OF_MEDICINE))
    for kind in OF_MEDICINE:
        if told.get(kind):
            late = kind in {"injection_late", "ran_out", "stopped"}
            shown = next(name for name, kinds in LISTS.items() if kind in kinds)
            yield Matter(f"medicine_{kind}", told[kind], "medication", {"list": shown}, is_late=late)


def _of_training(ledger: Ledger, _morning: Morning, today: date) -> Iterator[Matter]:
    """Training not held, signed sheets not back, people who miss it, certificates, 上岗前培训 missing."""
    found = training.waiting(ledger, today=today)
    if found is None:
        return
    people = {"tab": "staff", "list": "waiting"}
    if found.alone:
        yield Matter("training_alone", len(found.alone), "training", people, is_late=True)
    if found.uncleared:
        yield Matter("training_clearance", len(found.uncleared), "training", people, is_late=True)
    if found.month_missing:
        params = {"month": found.month_missing}
        yield Matter("training_month", 1, "training", params, is_late=found.is_month_late)
    if found.missed:
        yield Matter("training_missed", len(found.missed), "training", people)
    if found.sheets:
        session = found.sheets[0]
        yield Matter("training_sheets", len(found.sheets), "session", {"session_id": session.id}, is_late=True)
    if found.certificates:
        yield Matter("training_certificates", found.certificates, "training", people)


def _of_colours(ledger: Ledger, _morning: Morning, today: date) -> Iterator[Matter]:
    """Colours whose next assessment is near or past."""
    count, late = colours.waiting(ledger, today=today)
    if count:
        yield Matter("colours", count, "colours", is_late=bool(late))


def _of_reports(ledger: Ledger, _morning: Morning, today: date) -> Iterator[Matter]:
    """Reports that should have been sent."""
    if gone := submissions.missing(ledger, today=today):
        params = {"kind": gone[-1].period.kind}
        yield Matter("report_missing", len(gone), "sent", params, is_late=True)


#: Who is asked, whatever the order: an area adds its function here and its kinds to ``resources/matters.toml``.
SOURCES: tuple[Source, ...] = (_of_people, _of_medicine, _of_joint, _of_colours, _of_paper, _of_training, _of_reports)
