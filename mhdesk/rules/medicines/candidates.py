"""Who meets the district's criteria for long-acting treatment (长效针剂), with reasons: a list to look at, no advice.

大足府办发〔2024〕62号, 60: 治疗依从性差、家庭监护能力弱或无监护、不能落实规律服药、具有肇事肇祸风险的患者.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from mhdesk.domain.dates import add_months
from mhdesk.domain.follow_up import Adherence, DangerousAct, FollowUp
from mhdesk.domain.patient import Guardianship, Patient
from mhdesk.rules.medicines.adherence import Period, State
from mhdesk.rules.medicines.terms import MedicineTerms
from mhdesk.text import text

CRITERIA = ("adherence", "guardianship", "irregular", "risk")
_ACTS = {DangerousAct.TROUBLE, DangerousAct.DISASTER}


class Reason(NamedTuple):
    """A criterion somebody meets and what it rests on; sentence ``medication.candidate.<criterion>``."""

    criterion: str
    params: tuple[tuple[str, str], ...]

    @property
    def words(self) -> str:
        """The sentence."""
        return text(f"medication.candidate.{self.criterion}", **dict(self.params))


def reasons(
    patient: Patient, visits: Sequence[FollowUp], found: Sequence[Period], terms: MedicineTerms, *, today: date
) -> list[Reason]:
    """The criteria somebody meets; empty where they are fewer than `candidate_least`, or nothing is to be taken.

    `visits` are the person's complete sheets in order, `found` the periods of the months looked back.
    """
    since = add_months(today, -terms.days("candidate_months"))
    recent = [one for one in visits if one.visit_date is not None and since <= one.visit_date <= today]
    if recent and recent[-1].adherence == Adherence.NOT_NEEDED:
        return []
    made = [*_adherence(recent), *_guardianship(patient), *_irregular(found), *_risk(recent, terms)]
    return made if len(made) >= max(1, terms.days("candidate_least")) else []


def _adherence(recent: Sequence[FollowUp]) -> Iterator[Reason]:
    poor = [one for one in recent if one.adherence in (Adherence.IRREGULAR, Adherence.NONE)]
    if poor:
        last = poor[-1]
        words = text(f"rules.adherence.{last.adherence}")
        yield Reason("adherence", (("day", str(last.visit_date)), ("adherence", words), ("count", str(len(poor)))))


def _guardianship(patient: Patient) -> Iterator[Reason]:
    if patient.guardianship in (Guardianship.WEAK, Guardianship.NONE):
        yield Reason("guardianship", (("guardianship", text(f"medication.guardianship.{patient.guardianship}")),))


def _irregular(found: Sequence[Period]) -> Iterator[Reason]:
    days = sum(one.days for one in found if one.state in (State.IRREGULAR, State.NONE))
    gaps = [said for one in found for said in one.evidence if said.kind in ("gap", "late", "stop")]
    if days and gaps:
        yield Reason("irregular", (("days", str(days)), ("why", gaps[-1].words)))


def _risk(recent: Sequence[FollowUp], terms: MedicineTerms) -> Iterator[Reason]:
    levels = [one for one in recent if one.risk_level is not None]
    if levels and int(levels[-1].risk_level or 0) >= terms.days("candidate_risk"):
        yield Reason("risk", (("what", text("medication.risk_level", level=levels[-1].risk_level)),))
        return
    for one in reversed(recent):
        if any(act.code in _ACTS and act.count for act in one.dangerous_acts):
            yield Reason("risk", (("what", text("medication.risk_act", day=str(one.visit_date))),))
            return
