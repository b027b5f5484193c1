"""What the rules know about one person: plain tuples, because a district has two million of them.

Days are proleptic ordinals (``date.toordinal()``), 0 = not known: comparing integers is what makes a hundred thousand
people take a second. Everything here was true before the cut-off: later visits and movements are never loaded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import NamedTuple

from mhdesk.domain.follow_up import Hospitalization
from mhdesk.domain.record import CodeCount


class Visit(NamedTuple):
    """One follow-up sheet, as far as the rules look at it. `month` is year * 12 + month - 1."""

    day: int
    month: int
    complete: bool  # has 危险性评估 or 目前正在住院, and is no 失访 sheet
    lost: bool  # 失访原因 is filled
    form: str | None = None
    saw_patient: bool = False  # 门诊或家庭访视, and 随访对象 holds 患者本人 (or the edition has no such item)
    risk: str | None = None
    visit_class: str | None = None
    adherence: str | None = None
    inpatient: bool = False  # 目前正在住院
    laboratory: bool = False  # 实验室检查 有
    next_day: int = 0  # 下次随访日期 as written by the doctor
    acts: tuple[CodeCount, ...] = ()  # 危险行为 without 7 无


class MovementFact(NamedTuple):
    """A movement before the cut-off, in order of day and entry."""

    day: int
    kind: str


class StopFact(NamedTuple):
    """Medicine stopped for a reason that asks for a visit (``resources/medication.toml``, visit_after_stop)."""

    day: int
    visit_by: int
    reason: str  # code list drug_stop_reason


#: What most people have: no record besides their sheets.
NO_RECORDS: Mapping[str, Sequence[int]] = MappingProxyType({})


class PatientFacts(NamedTuple):
    """One person at a cut-off. `visits` are in order of day and reach back to one year before the window.

    Where that holds one complete visit only and it says 基本稳定, the complete one before it stands there, too, however
    old: the next visit is due by whether it is 基本稳定 again.
    """

    id: int
    unit_id: int | None
    visits: tuple[Visit, ...] | list[Visit] = ()
    last: Visit | None = None  # the last complete visit, however old
    lost_day: int = 0  # of the last sheet of all, if it is a 失访 sheet, however old
    long_acting: bool = False  # a long-acting drug among 用药情况 of the last complete visit, ordered, or injected
    registered_day: int = 0  # 0: before the ledger began
    registered_as: str | None = None
    movements: tuple[MovementFact, ...] = ()
    attempts: tuple[int, ...] = ()  # days of failed tries to reach the person, in order
    snooze: tuple[int, int] | None = None  # the last 暂缓: the day it was made, the day it lasts until
    discharge_day: int = 0  # the last 出院信息单 was received
    stops: tuple[StopFact, ...] = ()  # every 停药 that asks for a visit
    records: Mapping[str, Sequence[int]] = NO_RECORDS  # other records: kind -> days, in order (db.queries.record_days)
    diagnosis: str | None = None
    consent: str | None = None
    guardianship: str | None = None
    colour: str | None = None
    free_medicine: str | None = None
    reward_agreement: str | None = None
    community_rehabilitation: str | None = None

    @property
    def attempt_day(self) -> int:
        """The last failed try to reach the person."""
        return self.attempts[-1] if self.attempts else 0

    @property
    def open_stop(self) -> StopFact | None:
        """Of those 停药 that no later visit has answered, the one that asks for a visit soonest."""
        met = self.last.day if self.last is not None else 0
        return min((one for one in self.stops if one.day >= met), key=lambda one: one.visit_by, default=None)

    @property
    def until_day(self) -> int:
        """Until when the next visit is put off (暂缓), 0 when it is not; a visit since has ended it."""
        if self.snooze is None or (self.last is not None and self.last.day >= self.snooze[0]):
            return 0
        return self.snooze[1]

    @property
    def open_discharge_day(self) -> int:
        """When a 出院信息单 was received that no visit has answered yet; 0: there is none."""
        return 0 if self.last is not None and self.last.day >= self.discharge_day else self.discharge_day

    @property
    def lost(self) -> bool:
        """失访: the last sheet of all says so."""
        return bool(self.lost_day)

    @property
    def is_sought(self) -> bool:
        """失访, and no 出院信息单 since says where the person is: looked for, not visited."""
        return self.lost and self.open_discharge_day <= self.lost_day

    @property
    def in_hospital(self) -> bool:
        """目前正在住院 by the last visit, and no 出院信息单 came since."""
        return self.last is not None and self.last.inpatient and not self.open_discharge_day


def make_visit(  # noqa: PLR0913 - one argument per item of the form that rules look at
    day: date,
    *,
    form: str | None = "2",
    targets: tuple[str, ...] = ("1",),
    edition: str = "2018",
    lost: bool = False,
    risk: str | None = "0",
    visit_class: str | None = None,
    adherence: str | None = None,
    hospitalization: str | None = None,
    laboratory: str | None = None,
    next_visit: date | None = None,
    acts: tuple[CodeCount, ...] = (),
) -> Visit:
    """The fact of a sheet given in the words of the form."""
    inpatient = hospitalization == Hospitalization.INPATIENT
    seen = "1" in targets or (not targets and edition != "2018")
    return Visit(
        day=day.toordinal(),
        month=day.year * 12 + day.month - 1,
        complete=not lost and (risk is not None or inpatient),
        lost=lost,
        form=form,
        saw_patient=form in ("1", "2") and seen,
        risk=risk,
        visit_class=visit_class,
        adherence=adherence,
        inpatient=inpatient,
        laboratory=laboratory == "2",
        next_day=next_visit.toordinal() if next_visit else 0,
        acts=tuple(act for act in acts if act.code != "7" and act.count > 0),
    )


def day_text(day: int) -> str:
    """The ISO date of an ordinal day, "—" when it is not known."""
    return date.fromordinal(day).isoformat() if day else "—"
