"""Whatever happened to people: each of them stands in exactly one bucket of the due list, and the report agrees."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db.ledger import Ledger
from mhdesk.domain.follow_up import FollowUp
from mhdesk.domain.patient import Patient
from mhdesk.domain.transfer import DischargeNote
from mhdesk.services import rollups, worklist
from mhdesk.services.worklist import DueQuery
from tests.conftest import FixedClock, LedgerTemplate
from tests.rules.lives import lives
from tests.rules.second_opinion import Life, Opinion

BUCKETS = ("on_time", "due", "overdue", "snoozed", "ended")


def store(ledger: Ledger, people: Sequence[Life]) -> dict[int, Life]:
    """Write these lives as they are; by id."""
    found = {}
    with ledger.change("patient.register") as change:
        for life in people:
            patient_id = change.add(dataclasses.replace(life.patient, unit_id=ledger.root_unit_id))
            for kind in (life.visits, life.attempts, life.snoozes, life.notes):
                change.add_many(dataclasses.replace(one, patient_id=patient_id) for one in kind)
            for move in life.movements:
                change.add(dataclasses.replace(move, patient_id=patient_id, id=None))
            found[patient_id] = life
    return found


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    people=st.lists(lives(), min_size=1, max_size=12),
    on=st.dates(date(2026, 1, 1), date(2026, 12, 31)),
    window=st.sampled_from(worklist.WINDOWS),
)
def test_each_person_is_in_exactly_one_bucket(
    ledger_template: LedgerTemplate, people: list[Life], on: date, window: str
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        copy = ledger_template.copy_to(Path(folder) / "ledger")
        login, password = ledger_template.login, ledger_template.password
        with Ledger.open(copy, login=login, password=password, now=FixedClock()) as ledger:
            stored = store(ledger, people)
            whole = worklist.due(ledger, today=on, query=DueQuery(window=window, buckets=BUCKETS))
            parts = {
                bucket: worklist.due(ledger, today=on, query=DueQuery(window=window, buckets=(bucket,))).patients
                for bucket in BUCKETS
            }
            overdue = rollups.weekly(ledger, on=on, today=on).total["visits_overdue"].numerator_ids
    known = {patient_id for patient_id, life in stored.items() if Opinion(life, on, on).known}
    registered = {patient_id for patient_id in known if Opinion(stored[patient_id], on, on).registered}
    assert sorted(one.id for one in whole.patients) == sorted(known)
    for bucket, entries in parts.items():
        assert len(entries) == whole.buckets[bucket]
        assert {one.state for one in entries} <= {bucket}
    assert {one.id for one in whole.patients if one.state != "ended"} == registered
    assert {one.id for one in whole.patients if one.state == "overdue"} == set(overdue)


def test_a_discharge_note_after_an_old_loss_ends_the_search_in_list_and_report(
    ledger_template: LedgerTemplate, tmp_path: Path
) -> None:
    """The loss lies before everything the report loads, and within what the list loads."""
    on, patient = date(2026, 4, 5), Patient(name="测试", registered_on=date(2024, 6, 25), registered_as="moved_in")
    visits = (
        FollowUp(patient_id=0, visit_date=date(2025, 5, 27), visit_form="2", risk_level="0", visit_class="3"),
        FollowUp(patient_id=0, visit_date=date(2025, 7, 15), visit_form="2", lost_reason="1"),
    )
    note = DischargeNote(patient_id=0, received_on=date(2025, 10, 3))
    login, password = ledger_template.login, ledger_template.password
    copy = ledger_template.copy_to(tmp_path / "ledger")
    with Ledger.open(copy, login=login, password=password, now=FixedClock()) as ledger:
        (patient_id,) = store(ledger, [Life(patient, visits, notes=(note,))])
        assert worklist.due(ledger, today=on).buckets["overdue"] == 1
        overdue = rollups.weekly(ledger, on=on, today=on).total["visits_overdue"].numerator_ids
    assert list(overdue) == [patient_id]
