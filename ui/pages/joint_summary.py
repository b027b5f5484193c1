"""What stands above a list of joint work: how the kind stands, in a few chips, and where a requirement is from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from mhdesk.domain.codes import code_list
from mhdesk.domain.rounding import two_decimals
from mhdesk.services import rollups
from mhdesk.services.joint import evidence, records, standing
from mhdesk.text import text
from ui.widgets import ChipText

if TYPE_CHECKING:
    from mhdesk.services.access import Ledger

_NAMED = 3


@dataclass(frozen=True)
class Summary:
    """Chips, and the source of what is required ("" where nothing is)."""

    chips: Sequence[ChipText] = ()
    source: str = ""


def summary_of(ledger: Ledger, key: str, *, today: date) -> Summary:
    """How a kind stands. For the ledger's lane."""
    made = {
        "joint_visit": _joint_visits,
        "meeting": _meetings,
        "agreement": _agreements,
        "emergency": _emergencies,
        "checkup": _checkups,
        "rehabilitation": _services,
    }.get(key)
    return made(ledger, today) if made is not None else Summary()


def _source(ledger: Ledger, *names: str) -> str:
    terms = records.terms(ledger)
    said = dict.fromkeys(text("joint.source", source=terms.sources[one][1], mark=_mark(terms.sources[one][0]))
                         for one in names)  # fmt: skip
    return "　".join(said)


def _mark(mark: str) -> str:
    return text(f"rules.marks.{mark}")


def _meetings(ledger: Ledger, today: date) -> Summary:
    lines = standing.meeting_lines(ledger, today=today)
    kinds = list(dict.fromkeys(one.held.frequency for one in lines))
    chips, sources = [], []
    for frequency in kinds:
        mine = [one for one in lines if one.held.frequency == frequency]
        name = code_list("meeting_kind").label(frequency.kind)
        span = text(f"joint.period.{frequency.months}")
        missing = [one for one in mine if one.held.missing]
        if frequency.per == "village":
            said = text("joint.meetings_villages", kind=name, span=span, done=len(mine) - len(missing), all=len(mine))
            if missing and len(missing) < len(mine):
                said += text("joint.meetings_missing", villages="、".join(one.village for one in missing[:_NAMED]))
        else:
            held = mine[0].held
            said = text("joint.meetings_held", kind=name, span=span, held=held.held, times=frequency.times)
        chips.append(ChipText(said, "late" if missing else "good"))
        sources.append(text("joint.source", source=frequency.source, mark=_mark(frequency.mark)))
    if past := standing.planned_past(ledger, today=today):
        chips.append(ChipText(text("joint.planned_past", count=len(past)), "missing"))
    return Summary(chips, "　".join(sources))


def _joint_visits(ledger: Ledger, today: date) -> Summary:
    found = evidence.proof(ledger, today=today)
    if not found.visits:
        return Summary()
    done = len(found.visits) - len(found.without)
    chips = [ChipText(text("joint.proof", count=len(found.visits), done=done), "info" if found.without else "good")]
    if found.without:
        chips.append(ChipText(text("joint.proof_missing", count=len(found.without)), "missing"))
    return Summary(chips)


def _agreements(ledger: Ledger, today: date) -> Summary:
    found = standing.agreements(ledger, today=today)
    running = [one for one in found if one.agreement.stopped_on is None and one.agreement.last_day >= today]
    review = sum(bool(one.to_review) for one in found)
    ends = sum(one.ends_soon for one in found)
    payable = sum(one.payable for one in found)
    chips = [ChipText(text("joint.agreements_running", count=len(running)), "info")]
    if review:
        chips.append(ChipText(text("joint.agreements_review", count=review), "late"))
    if payable:
        chips.append(ChipText(text("joint.agreements_payable", count=payable), "missing"))
    if ends:
        chips.append(ChipText(text("joint.agreements_end", count=ends), "late"))
    return Summary(chips, _source(ledger, "review_months"))


def _emergencies(ledger: Ledger, today: date) -> Summary:
    opened = standing.open_emergencies(ledger, today=today)
    without = standing.without_emergency(ledger, today=today)
    chips = [
        ChipText(text("joint.emergencies_open", count=len(opened)), "now" if opened else "good"),
    ]
    if without:
        chips.append(ChipText(text("joint.emergencies_without", count=len(without)), "late"))
    return Summary(chips, _source(ledger, "record_hours"))


def _checkups(ledger: Ledger, today: date) -> Summary:
    count = len({one.record.patient_id for one in records.listed(ledger, "checkup")
                 if one.day is not None and one.day.year == today.year})  # fmt: skip
    rate = rollups.build(ledger, period="weekly", on=today, today=today).total["checkup_rate"]
    done, among = int(rate.numerator or 0), int(rate.denominator or 0)
    chips = [ChipText(text("joint.checkups_done", count=count), "info")]
    if among:
        said = text("joint.checkups_rate", done=done, among=among, percent=f"{done / among * 100:.2f}")
        chips.append(ChipText(said, "info"))
    if without := standing.without_checkup(ledger, today=today):
        chips.append(ChipText(text("joint.checkups_missing", count=len(without)), "missing"))
    return Summary(chips)


def _services(ledger: Ledger, today: date) -> Summary:
    rate = standing.service_rate(ledger, today=today)
    if rate.value is None:
        return Summary([ChipText(text("joint.services_none"), "plain")], _source(ledger, "services_per_quarter"))
    said = text(
        "joint.services_rate",
        served=len(rate.served),
        enrolled=len(rate.enrolled),
        percent=two_decimals(rate.value * 100),
    )
    steady = text("joint.services_steady", count=len(rate.steady))
    return Summary([ChipText(said, "info"), ChipText(steady, "info")], _source(ledger, "services_per_quarter"))
