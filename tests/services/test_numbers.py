"""Numbers on a real encrypted ledger against the second opinion: every indicator, rule set, grouping and period.

What the pure tests cannot see is seen here: what the queries load and leave out, which row a person stands in,
figures of staff and training, the register's page beside the report.
"""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from db.ledger import Ledger
from db.queries.register import RegisterFilter
from mhdesk.domain.codes import code_list
from mhdesk.domain.patient import Movement
from mhdesk.domain.staff import StaffMember, StaffPost
from mhdesk.domain.training import Attendance, TrainingSession
from mhdesk.domain.unit import Unit, UnitYear
from mhdesk.reports import weekly
from mhdesk.rules import ruleset
from mhdesk.rules.indicators.model import Kind
from mhdesk.rules.rollup import KINDS, RANGE, RollUp
from mhdesk.services import indicators, patients, rollups
from mhdesk.services.groupings import BY
from mhdesk.text import text
from tests.conftest import FixedClock, LedgerTemplate
from tests.examples import tries
from tests.rules.comparison import TIMES, disagreements
from tests.rules.life import Life, short
from tests.rules.lives import lives
from tests.rules.second_opinion import Opinion
from tests.services.people import enter_sheets

RULES = tuple(sorted(ruleset.shipped()))
MERGED_ON = date(2026, 7, 1)
VILLAGES = ("甲村", "乙村", "丙村")
ON = st.dates(date(2026, 1, 1), date(2026, 12, 31))
DAYS = st.dates(date(2025, 11, 1), date(2026, 12, 31))


@dataclasses.dataclass(frozen=True, repr=False)
class World:
    """People and the house they are cared for in."""

    people: Sequence[Life]
    posts: Sequence[tuple[str, float | None, date | None, date | None]]  # role, part, from, to
    sessions: Sequence[tuple[date | None, bool, tuple[str | None, ...]]]  # held, sheet is back, who was there
    populations: tuple[int | None, ...]  # of the house, then of the villages
    staff_typed: float | None

    def __repr__(self) -> str:
        """Without what is not known."""
        return short(self)


@st.composite
def worlds(draw: st.DrawFn, most: int = 6) -> World:
    presence = st.sampled_from(("present", "morning", "afternoon", "leave", "absent", None))
    posts = st.tuples(
        st.sampled_from(("prevention", "prevention", "psychiatrist", "police")),
        st.sampled_from((1.0, 0.5, 0.3, None)),
        st.none() | DAYS,
        st.none() | DAYS,
    )
    return World(
        draw(st.lists(lives(), min_size=1, max_size=most)),
        draw(st.lists(posts, max_size=3)),
        draw(
            st.lists(st.tuples(st.none() | DAYS, st.booleans(), st.lists(presence, max_size=3).map(tuple)), max_size=3)
        ),
        draw(st.tuples(*(st.sampled_from((None, 900, 12_345)) for _ in range(4)))),
        draw(st.sampled_from((None, 2.5))),
    )


@contextmanager
def opened(template: LedgerTemplate) -> Iterator[Ledger]:
    with tempfile.TemporaryDirectory() as folder:
        copy = template.copy_to(Path(folder) / "ledger")
        with Ledger.open(copy, login=template.login, password=template.password, now=FixedClock()) as ledger:
            yield ledger


def stored(ledger: Ledger, world: World) -> list[Life]:
    """Write a world; its people with their ids and units. The third village is merged into the second in July."""
    with ledger.change("test.units") as change:
        units: list[int | None] = [None]
        for place, name in enumerate(VILLAGES):
            units.append(change.add(Unit(name=name, level="village", parent_id=ledger.root_unit_id, sort_order=place)))
    with ledger.change("test.merge") as change:
        third = ledger.get(Unit, units[3] or 0)
        change.replace(dataclasses.replace(third, valid_to=MERGED_ON, merged_into_id=units[2]))
    places = [*units, ledger.root_unit_id]
    found = []
    with ledger.change("test.people") as change:
        for number, life in enumerate(world.people):
            file = dataclasses.replace(life.patient, id=None, unit_id=places[number % len(places)])
            patient_id = change.add(file)
            for field in dataclasses.fields(Life):
                if field.name in ("patient", "sheets"):
                    continue
                records: Sequence[Any] = getattr(life, field.name)
                change.add_many(dataclasses.replace(one, id=None, patient_id=patient_id) for one in records)
            enter_sheets(change, life.sheets, patient_id)
            found.append(dataclasses.replace(life, patient=dataclasses.replace(file, id=patient_id)))
        for place, (role, part, start, end) in enumerate(world.posts):
            member = change.add(StaffMember(name=f"职工{place}"))
            post = StaffPost(staff_id=member, role=role, unit_id=places[-1], fte=part, started_on=start, ended_on=end)
            change.add(post)
        everybody = [change.add(StaffMember(name=f"学员{place}")) for place in range(3)]
        for held, is_back, rows in world.sessions:
            back = held if is_back else None
            session = change.add(
                TrainingSession(
                    title="月训", kind="monthly", level="district", month="2026-03", held_on=held, sheet_back_on=back
                )
            )
            for row, presence in enumerate(rows):
                change.add(
                    Attendance(session_id=session, row=row + 1, staff_id=everybody[row], name="学员", presence=presence)
                )
        for unit_id, population in zip([places[-1], *units[1:]], world.populations, strict=True):
            is_house = unit_id == places[-1]
            change.add(
                UnitYear(
                    unit_id=unit_id or 0,
                    year=2025,
                    population=population,
                    staff_fte=world.staff_typed if is_house else None,
                )
            )
    return found


def row_namer(by: str, ledger: Ledger) -> Any:
    """How a grouping calls the row of a person."""
    units = {one.id: one.name for one in ledger.find(Unit)}
    unassigned = text(f"reports.unassigned.{'village' if by == 'unit' else by}")

    def of_unit(opinion: Opinion) -> str:
        name = units.get(opinion.life.patient.unit_id, "")
        if name == "丙村" and opinion.last >= MERGED_ON:
            name = "乙村"
        return name if name in VILLAGES else unassigned

    def of_house(opinion: Opinion) -> str:
        return unassigned if opinion.life.patient.unit_id is None else units[ledger.root_unit_id]

    def of_code(name: str, value: Any) -> Any:
        coded = code_list(name)
        return lambda one: coded.label(value(one)) if value(one) in coded.codes else unassigned

    if by == "institution":
        return of_house
    if by in ("unit", "village"):
        return of_unit
    if by == "doctor":
        return lambda one: (one.life.patient.doctor_name or "").strip() or unassigned
    if by == "diagnosis":
        return of_code("diagnosis", lambda one: one.life.patient.diagnosis)
    if by == "class":
        return of_code("visit_class", lambda one: one.final.visit_class if one.final else None)
    return of_code("colour", lambda one: one.colour)


def figures_of(world: World, made: RollUp) -> dict[str, float | None]:
    """Staff and training as the words say: parts of posts held on the cut-off, sessions whose sheet is back."""
    first, last = made.period.start, made.period.cut_off

    def in_post(role: str, typed: float | None) -> float | None:
        ever = [post for post in world.posts if post[0] == role]
        held = [
            part for _, part, start, end in ever if (start is None or start <= last) and (end is None or last < end)
        ]
        if not ever:
            return typed
        return None if None in held else round(sum(one or 0 for one in held), 4)

    staff = in_post("prevention", world.staff_typed)
    counted = [rows for held, is_back, rows in world.sessions if held and is_back and first <= held <= last]
    came = sum(presence in ("present", "morning", "afternoon") for rows in counted for presence in rows)
    has_training = bool(world.sessions)
    return {
        "staff": staff,
        "staff_ratio": staff,
        "psychiatrists_per_100k": in_post("psychiatrist", None),
        "training_sessions": len(counted) if has_training else None,
        "training_attendances": came if has_training else None,
    }


def population_of(world: World, made: RollUp, peopled: set[str]) -> int | None:
    """辖区常住人口总数: the villages' sum where every village has its own, else the house's.

    Where that is not known either, the sum of those there are, unless one with people is missing.
    """
    house, *own = world.populations
    by_name = dict(zip(VILLAGES, own, strict=True))
    if made.period.cut_off >= MERGED_ON:  # the figures were typed before the merger: nobody has added them up yet
        both = [by_name[name] for name in VILLAGES[1:]]
        by_name[VILLAGES[1]] = None if None in both else sum(one for one in both if one is not None)
    shown = [unit.unit.name for unit in made.units if unit.unit.name in VILLAGES]
    lacking = {name for name in shown if by_name[name] is None}
    known = [population for name in shown if (population := by_name[name]) is not None]
    if lacking & peopled or not known or (lacking and house is not None):
        return house
    return sum(known)


@tries(12)
@given(
    world=worlds(),
    on=ON,
    kind=st.sampled_from((*KINDS, RANGE)),
    since=st.integers(0, 400),
    rules=st.sampled_from(RULES),
    by=st.sampled_from(BY),
)
def test_ledger_and_second_opinion_agree(
    ledger_template: LedgerTemplate, world: World, on: date, kind: str, since: int, rules: str, by: str
) -> None:
    start = on - timedelta(days=since) if kind == RANGE else on
    with opened(ledger_template) as ledger:
        people = stored(ledger, world)
        for chosen in {rules, "SC2017", "CLASS"}:
            made = rollups.build(ledger, period=kind, on=start, to=on, rules=chosen, by=by, today=on)
            assert disagreements(made, people, row_namer(by, ledger)) == {}, chosen
        for indicator, value in figures_of(world, made).items():
            assert made.total[indicator].numerator == value, indicator
        plain = rollups.build(ledger, period=kind, on=start, to=on, rules=rules, today=on)
        rows = map(row_namer("unit", ledger), (Opinion(one, on, on) for one in people if Opinion(one, on, on).known))
        assert plain.total["prevalence"].denominator == population_of(world, plain, set(rows))
        assert plain.total["staff_ratio"].denominator == plain.total["registered"].numerator


# ---------------------------------------------------------------- invariants


def tidy(life: Life, on: date) -> Life:
    """What entry would have let through until a day: nothing from the future, only movements that change something."""
    known = Opinion(life, on, on)
    came = life.patient.registered_on
    moves = tuple(Movement(patient_id=0, kind=kind, happened_on=day) for day, kind in known.moves())
    return dataclasses.replace(
        life,
        patient=dataclasses.replace(life.patient, registered_on=None if came is not None and came > on else came),
        visits=tuple(one for one in life.visits if one.visit_date and one.visit_date <= on),
        movements=moves,
        notes=tuple(one for one in life.notes if one.received_on <= on),
        assessments=tuple(one for one in life.assessments if one.assessed_on <= on),
    )


#: The register page's filter -> the report's number of the same people.
SAME = {
    "registered": "registered",
    "lost": "lost",
    "inpatient": "in_hospital",
    "refused": "refused_consent",
    "unstable": "class_unstable",
    "risk_3_plus": "risk_3_plus",
    "class_none": "class_unknown",
}


@tries(8)
@given(world=worlds(most=8), on=ON)
def test_stock_of_the_report_is_the_stock_of_the_register_page(
    ledger_template: LedgerTemplate, world: World, on: date
) -> None:
    people = [tidy(life, on) for life in world.people]
    with opened(ledger_template) as ledger:
        stored(ledger, dataclasses.replace(world, people=people))
        total = rollups.weekly(ledger, on=on, today=on).total
        page = patients.status_counts(ledger)
        assert {key: page[key] for key in SAME} == {key: total[same].numerator for key, same in SAME.items()}
        for colour in ("red", "orange", "yellow", "green"):
            chosen = RegisterFilter(status="registered", colour=colour)
            assert patients.register_ids(ledger, chosen=chosen) == list(total[f"colour_{colour}"].numerator_ids)


@tries(6)
@given(world=worlds(most=8))
def test_weeks_that_tile_a_month_sum_to_it(ledger_template: LedgerTemplate, world: World) -> None:
    """February 2026 begins on a Sunday and has four weeks."""
    with opened(ledger_template) as ledger:
        stored(ledger, world)
        ledger.set_setting(rollups.FIRST_WEEKDAY_SETTING, 6)
        today = date(2026, 3, 31)
        month = rollups.build(ledger, period="monthly", on=date(2026, 2, 10), today=today).total
        weeks = [rollups.weekly(ledger, on=date(2026, 2, day), today=today).total for day in (1, 8, 15, 22)]

        def both(key: str) -> tuple[float, float]:
            return sum(week[key].numerator or 0 for week in weeks), month[key].numerator or 0

        for key in (
            *(one for one in TIMES if not one.endswith("_in_year")),
            "training_sessions",
            "training_attendances",
        ):
            assert both(key)[0] == both(key)[1], key
        for key in ("new_in_period", "died_in_period"):
            assert both(key)[0] == both(key)[1], key
        came, gone = both("moved_in_period"), both("moved_out_period")
        assert came[0] - gone[0] == came[1] - gone[1]  # who goes and comes back within the month is told once
        assert came[0] >= came[1]
        assert weeks[0]["registered_at_start"].numerator == month["registered_at_start"].numerator
        for week, after in pairwise(weeks):
            assert list(week["registered"].numerator_ids) == list(after["registered_at_start"].numerator_ids)
        assert list(weeks[-1]["registered"].numerator_ids) == list(month["registered"].numerator_ids)


@tries(4)
@given(world=worlds(most=8), on=ON, by=st.sampled_from(BY), kind=st.sampled_from(KINDS))
def test_every_cell_has_its_people(ledger_template: LedgerTemplate, world: World, on: date, by: str, kind: str) -> None:
    """On screen, in xlsx and in pdf alike: all three are drawn from these cells. Rows sum to the total."""
    with opened(ledger_template) as ledger:
        stored(ledger, world)
        made = rollups.build(ledger, period=kind, on=on, by=by, today=on)
        seen = 0
        for sheet in weekly.build(made).sheets:
            for cell in (one for line in sheet.rows for one in line if one is not None and one.members is not None):
                key = cell.key.removesuffix(".numerator")
                result = made.values_of(cell.unit_id)[key]
                assert list(cell.members or ()) == list(result.numerator_ids)
                assert list(indicators.members(made, key, cell.unit_id)) == list(result.numerator_ids)
                if result.kind in (Kind.COUNT, Kind.PERCENT):
                    assert result.numerator == len(cell.members or ())
                    seen += 1
        assert seen > 0
