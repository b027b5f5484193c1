"""Many cut-offs from one reading: the same facts, and the same roll-ups, as each week read by itself."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Sequence
from datetime import date, timedelta
from operator import attrgetter
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db.ledger import Ledger
from db.queries import rollup as queries
from db.queries.cut_offs import Reading
from mhdesk.domain.assessment import ColourAssessment
from mhdesk.domain.joint import JointVisit
from mhdesk.domain.medication import Dispensing, Injection, MedicationOrder, StopReason
from mhdesk.domain.record import Record
from mhdesk.domain.support import Assistance, CheckUp
from mhdesk.services import rollups, trends
from tests.conftest import FixedClock, LedgerTemplate
from tests.property.test_due_list import store
from tests.rules.lives import code, days, lives
from tests.rules.second_opinion import Life

WEEK = timedelta(days=7)


@st.composite
def deeds(draw: st.DrawFn) -> Record:
    """A record besides sheets that a roll-up looks at."""
    day = draw(days())
    drug = draw(st.sampled_from(("帕利哌酮（善思达）", "利培酮")))
    stopped = draw(st.none() | st.integers(1, 200).map(lambda after: day + timedelta(days=after)))
    reason = draw(st.sampled_from(StopReason)) if stopped else None
    return draw(
        st.sampled_from(
            (
                MedicationOrder(patient_id=0, drug_name=drug, started_on=day, stopped_on=stopped, stop_reason=reason),
                Injection(
                    patient_id=0, drug_name=drug, injected_on=day, is_free=draw(code("1", "2")), interval_days=28
                ),
                Dispensing(patient_id=0, drug_name=drug, dispensed_on=day, is_free="2", days=30),
                ColourAssessment(
                    patient_id=0,
                    assessed_on=day,
                    scheme_id="x",
                    scheme_version="1",
                    colour=draw(st.sampled_from(("red", "green"))),
                ),
                CheckUp(patient_id=0, checked_on=day),
                Assistance(patient_id=0, kind="7", first_day=day, last_day=stopped),
                JointVisit(patient_id=0, visited_on=day, incidents=draw(st.sampled_from(((), ("1",))))),
            )
        )
    )


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    people=st.lists(st.tuples(lives(), st.lists(deeds(), max_size=5), st.booleans()), min_size=1, max_size=8),
    today=st.dates(date(2026, 1, 5), date(2026, 12, 31)),
    order=st.permutations(range(6)),
    rules=st.sampled_from(("SC2017", "YEAR4", "NAT2016")),
)
def test_each_week_of_one_reading_is_that_week_read_by_itself(
    ledger_template: LedgerTemplate,
    people: list[tuple[Life, list[Record], bool]],
    today: date,
    order: Sequence[int],
    rules: str,
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        copy = ledger_template.copy_to(Path(folder) / "ledger")
        login, password = ledger_template.login, ledger_template.password
        with Ledger.open(copy, login=login, password=password, now=FixedClock()) as ledger:
            # two sheets of one day that look alike to the rules: the same sheet twice
            alike = [
                dataclasses.replace(life, visits=life.visits + life.visits[:1]) if twice else life
                for life, _, twice in people
            ]
            stored = store(ledger, alike)
            with ledger.change("bench.deeds") as change:
                for patient_id, (_, its, _) in zip(stored, people, strict=True):
                    change.add_many(dataclasses.replace(one, patient_id=patient_id) for one in its)  # type: ignore[call-arg]
            # one cut-off a month, asked for in any order
            cuts = [today - timedelta(days=30 * back) for back in range(6)]
            with ledger.read() as connection:
                first = min(cuts) - timedelta(days=240)
                reading = Reading(
                    connection, first=first, earliest=min(cuts) + timedelta(days=1), end=today + timedelta(days=1)
                )
                for place in order:
                    begin, start = cuts[place] - timedelta(days=240 - place), cuts[place] - timedelta(days=6)
                    end = cuts[place] + timedelta(days=1)
                    found = queries.patient_facts(connection, first=begin, start=start, end=end)
                    facts = sorted(found, key=attrgetter("id"))
                    assert list(reading.at(first=begin, start=start, end=end)) == facts
            trend = trends.over_weeks(ledger, weeks=6, rules=rules, today=today)
            for back, made in enumerate(reversed(trend.rollups)):
                alone = rollups.build(ledger, on=today - WEEK * back, rules=rules, today=today)
                assert (made.period, made.data_hash, made.audit_head) == (
                    alone.period,
                    alone.data_hash,
                    alone.audit_head,
                )
                assert made.total == alone.total
                assert made.units == alone.units
