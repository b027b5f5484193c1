"""用药时间图: two years of one person in lanes: visits, adherence, medicine handed out, injections, events.

Pure: what happened goes in, things on lanes come out; the window and the pdf draw the same ones. Every kind has a
colour *and* a pattern or a shape, and a mark has a sign, so that a black-and-white copy reads the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

from mhdesk.domain.codes import code_list
from mhdesk.domain.dates import add_months
from mhdesk.domain.follow_up import FollowUp, Hospitalization, VisitForm
from mhdesk.domain.medication import AdverseReaction, Dispensing, Injection, LaboratoryResult, MedicationOrder
from mhdesk.domain.patient import Movement
from mhdesk.text import text

MONTHS = 24
LANES = ("visit", "adherence", "dispensing", "injection", "event")
#: The states of adherence, in the order of the legend.
STATES = ("regular", "irregular", "none", "not_needed", "hospital", "unknown")
_ABNORMAL = "2"
_SEVERE = "3"
_RISKY = ("3", "4", "5")
_MARK_DAYS = 16  # about as wide as a mark
_CHANGED = "8"  # stop reason: the drug or its dose was changed


class Pattern(StrEnum):
    """How an area is filled."""

    SOLID = "solid"
    HATCH = "hatch"  # diagonal lines
    EMPTY = "empty"  # a thick frame with nothing in it
    DOTS = "dots"
    CROSS = "cross"  # a grid
    DASHES = "dashes"  # a dashed frame


class Shape(StrEnum):
    """What a mark looks like."""

    DISC = "disc"
    RING = "ring"
    BOX = "box"
    TRIANGLE = "triangle"
    OPEN_TRIANGLE = "open_triangle"
    DASHED_TRIANGLE = "dashed_triangle"
    DIAMOND = "diamond"
    TICK = "tick"


class Look(NamedTuple):
    """A meaning as colour (a tone of the window) and as pattern or shape."""

    tone: str
    pattern: Pattern = Pattern.SOLID
    shape: Shape = Shape.DISC


LOOKS: Mapping[str, Look] = {
    "regular": Look("good", Pattern.SOLID),
    "irregular": Look("late", Pattern.HATCH),
    "none": Look("now", Pattern.EMPTY),
    "not_needed": Look("info", Pattern.DOTS),
    "hospital": Look("plain", Pattern.CROSS),
    "unknown": Look("plain", Pattern.DASHES),
    "covered": Look("info", Pattern.SOLID),
    "dispensed": Look("info", shape=Shape.TICK),
    "visit_1": Look("now"),
    "visit_2": Look("missing"),
    "visit_3": Look("good"),
    "visit": Look("plain"),
    "phone": Look("plain", shape=Shape.RING),
    "inpatient": Look("plain", shape=Shape.BOX),
    "lost": Look("late", shape=Shape.BOX),
    "injected": Look("good", shape=Shape.TRIANGLE),
    "injected_late": Look("late", shape=Shape.OPEN_TRIANGLE),
    "injection_due": Look("info", shape=Shape.DASHED_TRIANGLE),
    "stopped": Look("now", shape=Shape.DIAMOND),
    "changed": Look("info", shape=Shape.DIAMOND),
    "adverse": Look("late", shape=Shape.DIAMOND),
    "abnormal": Look("missing", shape=Shape.DIAMOND),
    "risk": Look("now", shape=Shape.DIAMOND),
    "died": Look("plain", shape=Shape.DIAMOND),
    "moved_out": Look("plain", shape=Shape.DIAMOND),
    "moved_in": Look("plain", shape=Shape.DIAMOND),
}


@dataclass(frozen=True)
class Thing:
    """Something on a lane: a stretch [start, end), or with `end` None a mark on a day. `words` say it in full."""

    lane: str
    kind: str
    start: date
    end: date | None = None
    words: str = ""
    sign: str = ""
    is_phone: bool = False  # a visit by phone: a ring in the colour of its class
    step: int = 0  # so many marks to the right of its day, where events of nearly the same day would hide each other

    @property
    def look(self) -> Look:
        """Its colour and pattern or shape."""
        return LOOKS[self.kind]._replace(shape=Shape.RING) if self.is_phone else LOOKS[self.kind]


@dataclass(frozen=True)
class Period:
    """A stretch [start, end) of adherence, one of `STATES`, with the evidence in words."""

    start: date
    end: date
    state: str
    words: str = ""


@dataclass(frozen=True)
class Given:
    """An injection as it is judged: whether it came late. `due_on`: the one after it, still to come."""

    injection: Injection
    is_late: bool = False
    due_on: date | None = None


@dataclass(frozen=True)
class Facts:
    """What is recorded about one person; records that were voided are left out by whoever reads them."""

    visits: Sequence[FollowUp] = ()
    periods: Sequence[Period] = ()
    orders: Sequence[MedicationOrder] = ()
    dispensed: Sequence[Dispensing] = ()
    injections: Sequence[Given] = ()
    reactions: Sequence[AdverseReaction] = ()
    laboratory: Sequence[LaboratoryResult] = ()
    movements: Sequence[Movement] = ()


@dataclass(frozen=True)
class Course:
    """The picture from `start` to `end` (exclusive); things in the order of days."""

    start: date
    end: date
    today: date
    things: tuple[Thing, ...] = field(default_factory=tuple)

    def share(self, day: date) -> float:
        """Where a day lies between both ends, 0 to 1."""
        whole = (self.end - self.start).days
        return min(max((day - self.start).days / whole, 0.0), 1.0)

    def on(self, lane: str) -> list[Thing]:
        """What stands on a lane."""
        return [one for one in self.things if one.lane == lane]

    @property
    def lanes(self) -> list[str]:
        """The lanes to draw: visits and adherence always, the others where something stands on them."""
        used = {one.lane for one in self.things} | {"visit", "adherence"}
        return [lane for lane in LANES if lane in used]

    @property
    def kinds(self) -> list[str]:
        """What the legend explains: the states of adherence, and every other kind that occurs."""
        found = {one.kind for one in self.things} | {"phone" for one in self.things if one.is_phone}
        return [*STATES, *(kind for kind in LOOKS if kind in found and kind not in STATES)]


def build(facts: Facts, *, today: date) -> Course:
    """The picture of the two years up to the end of this month, with room for what is due next."""
    start = add_months(today.replace(day=1), 1 - MONTHS)
    end = add_months(today.replace(day=1), 2)  # what is due within a month still has a place
    made = [
        *_visits(facts.visits),
        *(Thing("adherence", one.state, one.start, one.end, one.words) for one in facts.periods),
        *_dispensed(facts.dispensed),
        *_injections(facts.injections),
        *_orders(facts.orders),
        *_events(facts),
    ]
    shown = (
        _cut(one, start, end) for one in made if (one.end or one.start + timedelta(days=1)) > start and one.start < end
    )
    order = {lane: place for place, lane in enumerate(LANES)}
    things = sorted(shown, key=lambda one: (one.start, order[one.lane], one.end is None))
    return Course(start, end, today, tuple(_beside(things)))


def _beside(things: Iterable[Thing]) -> Iterator[Thing]:
    """Events of nearly the same day one beside the other."""
    taken: date | None = None  # up to which day marks already stand
    for one in things:
        if one.lane != "event":
            yield one
            continue
        step = 0 if taken is None else max(0, -(-((taken - one.start).days) // _MARK_DAYS))
        taken = one.start + timedelta(days=_MARK_DAYS * (step + 1))
        yield replace(one, step=step)


def _cut(one: Thing, start: date, end: date) -> Thing:
    """What reaches over an end of the picture stops there; its words keep the whole."""
    if one.end is None:
        return one
    return Thing(one.lane, one.kind, max(one.start, start), min(one.end, end), one.words, one.sign)


def legend(kind: str) -> str:
    """What a kind is called."""
    return text(f"course.kind.{kind}")


def lane_words(lane: str) -> str:
    """What a lane is called."""
    return text(f"course.lane.{lane}")


def span_words(start: date, end: date) -> str:
    """A stretch [start, end) by its first and last day."""
    return text("course.span", first=start.isoformat(), last=(end - timedelta(days=1)).isoformat())


def _visits(visits: Iterable[FollowUp]) -> Iterator[Thing]:
    for one in visits:
        if one.visit_date is None:
            continue
        if one.lost_reason:
            kind, sign = "lost", text("course.sign.lost")
        elif one.hospitalization == Hospitalization.INPATIENT:
            kind, sign = "inpatient", text("course.sign.inpatient")
        else:
            known = one.visit_class in ("1", "2", "3")
            kind, sign = (f"visit_{one.visit_class}" if known else "visit"), one.visit_class or ""
        is_phone = kind.startswith("visit") and one.visit_form == VisitForm.PHONE
        parts = [
            one.visit_date.isoformat(),
            _coded("visit_form", one.visit_form) or text("course.visit"),
            text("course.kind.lost") if one.lost_reason else _coded("visit_class", one.visit_class),
            _coded("adherence", one.adherence),
            text("course.risk", level=one.risk_level) if one.risk_level in _RISKY else "",
        ]
        yield Thing("visit", kind, one.visit_date, None, _joined(parts), sign, is_phone)
        if one.risk_level in _RISKY:
            words = _joined([one.visit_date.isoformat(), text("course.risk", level=one.risk_level)])
            yield Thing("event", "risk", one.visit_date, None, words, text("course.sign.risk"))


def _dispensed(dispensed: Iterable[Dispensing]) -> Iterator[Thing]:
    for one in dispensed:
        amount = "" if one.quantity is None else f"{one.quantity:g}{one.unit or ''}"
        days = text("course.days", days=one.days) if one.days else ""
        words = _joined([one.dispensed_on.isoformat(), text("course.kind.dispensed"), one.drug_name, amount, days])
        if one.days and one.days > 0:
            yield Thing("dispensing", "covered", one.dispensed_on, one.dispensed_on + timedelta(days=one.days), words)
        yield Thing("dispensing", "dispensed", one.dispensed_on, None, words)


def _injections(injections: Iterable[Given]) -> Iterator[Thing]:
    for given in injections:
        one = given.injection
        if given.due_on is not None:
            due = _joined([given.due_on.isoformat(), legend("injection_due"), one.drug_name])
            yield Thing("injection", "injection_due", given.due_on, None, due)
            continue
        dose = "" if one.dose is None else f"{one.dose:g}{one.dose_unit or 'mg'}"
        kind = "injected_late" if given.is_late else "injected"
        words = _joined([one.injected_on.isoformat(), legend(kind), one.drug_name, dose])
        yield Thing("injection", kind, one.injected_on, None, words)


def _orders(orders: Iterable[MedicationOrder]) -> Iterator[Thing]:
    for one in orders:
        if one.stopped_on is None:
            continue
        kind = "changed" if one.stop_reason == _CHANGED else "stopped"
        reason = _coded("drug_stop_reason", one.stop_reason)
        words = _joined([one.stopped_on.isoformat(), legend(kind), one.drug_name, reason, one.stop_note or ""])
        yield Thing("event", kind, one.stopped_on, None, words, text(f"course.sign.{kind}"))


def _events(facts: Facts) -> Iterator[Thing]:
    for reaction in facts.reactions:
        kinds = "、".join(_coded("adverse_reaction_kind", code) for code in reaction.kinds)
        words = _joined(
            [
                reaction.noticed_on.isoformat(),
                legend("adverse"),
                reaction.drug_name or "",
                kinds,
                reaction.detail or "",
                _coded("adverse_severity", reaction.severity),
            ]
        )
        yield Thing("event", "adverse", reaction.noticed_on, None, words, text("course.sign.adverse"))
    for result in facts.laboratory:
        if result.abnormal == _ABNORMAL or _is_outside(result):
            value = "" if result.value is None else f"{result.value:g}{result.unit or ''}"
            parts = [result.taken_on.isoformat(), legend("abnormal"), _coded("laboratory_item", result.item)]
            words = _joined([*parts, value, result.result or ""])
            yield Thing("event", "abnormal", result.taken_on, None, words, text("course.sign.abnormal"))
    for movement in facts.movements:
        kind = str(movement.kind)
        if kind in LOOKS:
            words = _joined([movement.happened_on.isoformat(), legend(kind), movement.reason or ""])
            yield Thing("event", kind, movement.happened_on, None, words, text(f"course.sign.{kind}"))


def _is_outside(result: LaboratoryResult) -> bool:
    """Outside the laboratory's own range."""
    if result.value is None:
        return False
    return (result.low is not None and result.value < result.low) or (
        result.high is not None and result.value > result.high
    )


def _coded(name: str, code: str | None) -> str:
    codes = code_list(name)
    return codes.label(code) if code is not None and code in codes.codes else ""


def _joined(parts: Iterable[str]) -> str:
    return " ".join(part for part in parts if part)
