"""变化: a roll-up against the last one that was sent, by name, each person with the sentence then and now.

Who was counted then is what the frozen report keeps. Why is read from the ledger as known when it was made
(`db.past`, up to the audit row the report names), so that nothing entered or corrected since can change the sentence.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from db import past
from db.past import Moment
from db.queries import records
from db.queries import rollup as queries
from db.queries import submissions as sent_queries
from db.queries.submissions import SubmissionRow
from mhdesk.domain import identity
from mhdesk.domain.account import Submission
from mhdesk.domain.errors import UsageError, UserError
from mhdesk.domain.patient import Patient
from mhdesk.rules import bridge as rules_bridge
from mhdesk.rules import rollup as rules_rollup
from mhdesk.rules.bridge import SIDES, Equation, Figure, Move
from mhdesk.rules.facts import PatientFacts
from mhdesk.rules.indicators import explain
from mhdesk.rules.judge import Frame, Judge
from mhdesk.rules.rollup import Period, RollUp
from mhdesk.rules.ruleset import RuleSet
from mhdesk.services import merge, rollups
from mhdesk.text import text

if TYPE_CHECKING:
    from db.ledger import Ledger
    from db.queries import Connection
    from mhdesk.reports.model import Sheet

#: The parts of the equation that are people, in its order.
PARTS = ("corrected_in", "corrected_out", "new", "moved_in", "died", "moved_out")


@dataclass(frozen=True)
class Bridge:
    """Two roll-ups and what lies between. `same_period`: the report was compared with its own earlier sending."""

    base: SubmissionRow
    base_label: str
    rollup: RollUp
    equation: Equation
    moves: Sequence[Move]
    rules_changed: bool

    @property
    def same_period(self) -> bool:
        """Whether it is the same period, sent before."""
        return self.base.period_start == self.rollup.period.start.isoformat()

    @property
    def changed(self) -> list[Move]:
        """Indicators in which anything differs."""
        return [move for move in self.moves if move.is_change]


@dataclass(frozen=True)
class Moved:
    """One person who entered or left a number. `label` and `name` are masked unless asked for; `masked_id` always."""

    id: int
    label: str
    name: str
    masked_id: str
    unit_name: str
    side: str  # one of `SIDES`, or of `PARTS`
    before: str  # the sentence of then, by what was known then
    reason: str  # the sentence of now
    file_id: int = 0  # whose file holds the person today

    @property
    def side_words(self) -> str:
        """Entered or left, numerator or denominator."""
        return text(f"reports.bridge.{self.side}")


def base_of(ledger: Ledger, period: Period) -> SubmissionRow | None:
    """The report to compare with: the last one sent of an earlier period, else of the same; its newest revision."""
    kind = period.kind if period.kind in rollups.PERIODS else "weekly"
    with ledger.read() as connection:
        rows = sent_queries.submissions(connection, kind)
    start = period.start.isoformat()
    earlier = [row for row in rows if row.period_start < start]
    same = [row for row in rows if row.period_start == start]
    found = earlier or same
    return found[-1] if found else None


def build(ledger: Ledger, rollup: RollUp, base: SubmissionRow | None = None) -> Bridge:
    """What changed since `base`, by default the last report sent. Raises UserError MH-REPORT-09 when none was."""
    base = base or base_of(ledger, rollup.period)
    if base is None:
        kind = rollup.period.kind if rollup.period.kind in rollups.PERIODS else "weekly"
        raise UserError("MH-REPORT-09", kind=text(f"reports.kind.{kind}"))
    document = json.loads(ledger.get(Submission, base.id).document)
    before = {key: Figure.from_json(value) for key, value in document["total"].items()}
    if "members" in document:
        sides = rules_bridge.unpack(document["members"])
    else:  # sent by a version that kept no members: they are counted again by what was known then
        sides = _counted_again(ledger, base, document["period"]["label"])
    cut_off = date.fromisoformat(base.cut_off)
    end = rollup.period.range.end
    with ledger.read() as connection:
        people = queries.register_facts(connection, end=end)
        equation = rules_bridge.equation(
            sides.numerator.get("registered", frozenset()),
            people,
            start=min(cut_off.toordinal() + 1, end.toordinal()),
            end=end.toordinal(),
        )
    same_rules = (base.rules_id, base.rules_version) == (rollup.rules.id, rollup.rules.version)
    return Bridge(
        base,
        document["period"]["label"],
        rollup,
        equation,
        rules_bridge.moves(before, sides, rollup.total),
        not same_rules,
    )


def _counted_again(ledger: Ledger, base: SubmissionRow, label: str) -> rules_bridge.Sides:
    with ledger.read() as connection, _as_sent(connection, base) as then:
        rules = _rules_of(connection, then, base)
        return rules_bridge.Sides.of(rollups.build_on(then, ledger, _period(base, label), rules).total)


@contextlib.contextmanager
def _as_sent(
    connection: Connection, base: SubmissionRow, people: Collection[int] | None = None
) -> Iterator[Connection]:
    """The ledger as known when a report was made."""
    moment = Moment.after(connection, base.audit_head) or Moment(base.entered_at)
    with past.as_known(connection, moment, people=people) as then:
        yield then.connection


def _rules_of(connection: Connection, then: Connection, base: SubmissionRow) -> RuleSet:
    """The rule set of a report as it was; as it is now where it was not the ledger's own yet."""
    try:
        return rollups.load_rules(then, base.rules_id)
    except UsageError:
        return rollups.load_rules(connection, base.rules_id)


def _period(base: SubmissionRow, label: str) -> Period:
    return Period(
        base.period_kind,
        label,
        date.fromisoformat(base.period_start),
        date.fromisoformat(base.period_end),
        date.fromisoformat(base.cut_off),
    )


def people(ledger: Ledger, made: Bridge, indicator: str, *, identified: bool = False) -> list[Moved]:
    """Who moved in an indicator, side by side of `SIDES`, each with the sentence of then and of now."""
    move = next(one for one in made.moves if one.indicator == indicator)
    return _told(ledger, made, {indicator: [(side, sorted(move.side(side))) for side in SIDES]}, identified)[indicator]


def register_people(ledger: Ledger, made: Bridge, part: str, *, identified: bool = False) -> list[Moved]:
    """The people of one part of the equation (one of `PARTS`)."""
    ids = sorted(set(getattr(made.equation, part)))
    return _told(ledger, made, {"registered": [(part, ids)]}, identified)["registered"]


def everybody(ledger: Ledger, made: Bridge, *, identified: bool = False) -> dict[str, list[Moved]]:
    """Who moved, by indicator, of every indicator that changed by people."""
    wanted = {
        move.indicator: [(side, sorted(move.side(side))) for side in SIDES] for move in made.changed if move.people
    }
    return _told(ledger, made, wanted, identified)


def _told(
    ledger: Ledger,
    made: Bridge,
    wanted: Mapping[str, Sequence[tuple[str, Sequence[int]]]],
    identified: bool,  # noqa: FBT001 - inside this module
) -> dict[str, list[Moved]]:
    """Names and sentences; asking for names is logged."""
    ids = sorted({member for groups in wanted.values() for _, members in groups for member in members})
    with ledger.read() as connection:
        rows = queries.people(connection, ids)
        files = merge.heirs(connection, ids)
        now = _Sentences(connection, made.rollup.period, made.rollup.rules, ids)
        reasons = {member: _gone(connection, member, files[member]) for member in ids if now.is_void(member)}
        with _as_sent(connection, made.base, ids) as copy:
            then = _Sentences(copy, _period(made.base, made.base_label), _rules_of(connection, copy, made.base), ids)
    if identified and ids:
        with ledger.change("report.names_identified", reason="bridge") as change:
            change.touch("patient", len(ids))
    found: dict[str, list[Moved]] = {}
    for indicator, groups in wanted.items():
        for side, members in groups:
            for member in members:
                row = rows[member]
                name = row.name if identified else identity.mask_name(row.name)
                masked = identity.mask(row.id_number)
                moved = Moved(
                    member,
                    f"{name} {row.id_number or '' if identified else masked}".strip(),
                    name,
                    masked,
                    row.unit_name,
                    side,
                    then.of(indicator, member),
                    reasons.get(member) or now.of(indicator, member),
                    files[member],
                )
                found.setdefault(indicator, []).append(moved)
    return {indicator: found.get(indicator, []) for indicator in wanted}


def _gone(connection: Connection, member: int, file_id: int) -> str:
    """Why a file is no longer counted at all."""
    if file_id == member:
        return text("reports.bridge.voided")
    is_void = records.get(connection, Patient, file_id).voided_at is not None
    return text("reports.bridge.merged_voided" if is_void else "reports.bridge.merged", id=file_id)


class _Sentences:
    """Why, for some people, as of one period, by what a connection shows."""

    def __init__(self, connection: Connection, period: Period, rules: RuleSet, ids: Collection[int]) -> None:
        self._judge = Judge(rules, Frame.of(period.range, rules))
        found = queries.patient_facts(
            connection,
            first=rules_rollup.first_day(period, rules),
            start=period.start,
            end=period.range.end,
            ids=sorted(ids),
        )
        self._facts: Mapping[int, PatientFacts] = {facts.id: facts for facts in found}
        self._known = set(queries.people(connection, sorted(ids)))

    def is_void(self, member: int) -> bool:
        """Whether the file is there and taken out of everything."""
        return member in self._known and member not in self._facts

    def of(self, indicator: str, member: int) -> str:
        facts = self._facts.get(member)
        if facts is not None:
            return explain.reason(indicator, facts, self._judge)
        return text("reports.bridge.voided" if member in self._known else "reports.bridge.unknown")


def sheet(made: Bridge) -> Sheet:
    """The table of what changed; its cells carry the people."""
    from mhdesk.reports import bridge as layout

    compared = text(
        "reports.bridge.compared", label=made.base_label, revision=made.base.revision, cut_off=made.base.cut_off
    )
    return layout.build(made.rollup, made.equation, made.moves, compared=compared, rules_changed=made.rules_changed)


def lines(made: Bridge, named: Mapping[str, Sequence[Moved]]) -> list[str]:
    """The bridge for the terminal."""
    from mhdesk.reports import bridge as layout

    said = [str(sheet(made).left_note), layout.equation_words(made.equation)]
    for move in made.changed:
        before, after = (layout.figure_words(move.indicator, one) for one in (move.before, move.after))
        said.append(f"{text(f'indicator.{move.indicator}.name')}  {before} → {after}")
        said += [f"  {one.side_words}  {one.label}  {one.reason}" for one in named.get(move.indicator, ())]
    return said


# ---------------------------------------------------------------- as JSON


def to_json(made: Bridge, named: Mapping[str, Sequence[Moved]]) -> dict[str, Any]:
    """The document of ``explain``: entered, left and changed per indicator, and the equation."""
    base, equation = made.base, made.equation
    parts = {part: len(getattr(equation, part)) for part in ("opening", *PARTS, "closing")}
    return {
        "base": {
            "id": base.id,
            "label": made.base_label,
            "start": base.period_start,
            "cut_off": base.cut_off,
            "revision": base.revision,
            "rules": base.rules_id,
        },
        "period": {
            "kind": made.rollup.period.kind,
            "label": made.rollup.period.label,
            "start": made.rollup.period.start.isoformat(),
            "cut_off": made.rollup.period.cut_off.isoformat(),
        },
        "rules": made.rollup.rules.id,
        "rules_changed": made.rules_changed,
        "equation": parts | {"holds": equation.holds},
        "entered": {key: _named(moved, "entered_") for key, moved in named.items() if _named(moved, "entered_")},
        "left": {key: _named(moved, "left_") for key, moved in named.items() if _named(moved, "left_")},
        "changed": {
            move.indicator: {
                "name": text(f"indicator.{move.indicator}.name"),
                "before": move.before._asdict(),
                "after": move.after._asdict(),
            }
            for move in made.changed
        },
    }


def _named(moved: Sequence[Moved], start: str) -> list[dict[str, Any]]:
    return [
        {
            "id": one.id,
            "file": one.file_id,
            "label": one.label,
            "side": one.side.removeprefix(start),
            "before": one.before,
            "reason": one.reason,
        }
        for one in moved
        if one.side.startswith(start)
    ]
