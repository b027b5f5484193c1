"""Merging two records keeps every child record, and can be undone at any later time."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mhdesk.domain.dates import PartialDate
from mhdesk.domain.errors import UserError
from mhdesk.domain.follow_up import DrugLine, FollowUp
from mhdesk.domain.merge import PersonMerge
from mhdesk.domain.patient import ContactAttempt, Movement, Patient
from mhdesk.domain.quality import Doubt
from mhdesk.domain.round import Snooze, VisitSheet, VisitSheetRow
from mhdesk.domain.transfer import DischargeNote, Transfer
from mhdesk.services import follow_ups, merge, patients, recycle, undo
from tests.conftest import FixedClock, LedgerTemplate
from tests.services.registered import TODAY, number, register

if TYPE_CHECKING:
    from db.ledger import Ledger

DAY = date(2026, 3, 1)


def add_children(ledger: Ledger, patient_id: int, counts: dict[str, int], *, first_row: int) -> None:
    """So many records of each kind, every second visit voided."""
    with ledger.change("follow_up.record") as change:
        for place in range(counts.get("follow_up", 0)):
            day = date(2026, 1 + place, 1 + patient_id % 20)
            visit_id = change.add(
                FollowUp(patient_id=patient_id, visit_date=day, risk_level="0", drugs=(DrugLine(drug_name="利培酮"),))
            )
            if place % 2:
                change.void(FollowUp, visit_id, "录错")
        makers: dict[str, Any] = {
            "movement": lambda: Movement(patient_id=patient_id, kind="moved_in", happened_on=DAY),
            "contact_attempt": lambda: ContactAttempt(patient_id=patient_id, attempted_on=DAY),
            "snooze": lambda: Snooze(patient_id=patient_id, reason="外出", snoozed_on=DAY, until=DAY),
            "transfer": lambda: Transfer(patient_id=patient_id, kind="out", slip_number="1", happened_on=DAY),
            "discharge_note": lambda: DischargeNote(patient_id=patient_id, received_on=DAY),
            "doubt": lambda: Doubt(object_kind="patient", object_id=patient_id, field="phone", note="待核"),
        }
        for table, maker in makers.items():
            change.add_many([maker() for _ in range(counts.get(table, 0))])
        if counts.get("visit_sheet_row"):
            sheet = change.add(VisitSheet(number=first_row + 1, printed_on=DAY))
            rows = range(counts["visit_sheet_row"])
            change.add_many([VisitSheetRow(sheet_id=sheet, row=row, patient_id=patient_id) for row in rows])


def owners(ledger: Ledger) -> dict[tuple[str, int], int]:
    """Whose every child record is."""
    found = {}
    for name, kind in merge.CHILDREN.items():
        for one in ledger.find(kind, include_voided=True):
            if kind is not Doubt or one.object_kind == "patient":
                found[name, one.id] = one.object_id if kind is Doubt else one.patient_id
    return found


def contents(ledger: Ledger) -> dict[tuple[str, int], Any]:
    """Every child record without its owner and version."""
    blank = {"version": 0}
    return {
        (name, one.id): dataclasses.replace(one, **blank, **({"object_id": 0} if kind is Doubt else {"patient_id": 0}))
        for name, kind in merge.CHILDREN.items()
        for one in ledger.find(kind, include_voided=True)
    }


def two(ledger: Ledger) -> tuple[int, int]:
    """Two records of one person, with children of every kind."""
    kept = register(ledger, "冉秀兰", phone="13900000001", custom={"c1": "甲"})
    merged = register(ledger, "冉秀蓝", guardian_name="冉某", custom={"c1": "乙", "c2": "丙"})
    everything = dict.fromkeys(merge.CHILDREN, 2)
    add_children(ledger, kept, everything, first_row=0)
    add_children(ledger, merged, everything, first_row=10)
    return kept, merged


def test_everything_moves_and_chosen_fields_come_along(ledger: Ledger) -> None:
    kept, merged = two(ledger)
    before, said = owners(ledger), contents(ledger)
    merge_id, changes = merge.merge(ledger, kept_id=kept, merged_id=merged, take=["guardian_name"])
    after = owners(ledger)
    assert after.keys() == before.keys()
    assert set(after.values()) == {kept}
    assert contents(ledger) == said  # drugs, voided ones and all
    person = ledger.get(Patient, kept)
    assert (person.name, person.guardian_name, person.phone) == ("冉秀兰", "冉某", "13900000001")
    assert person.custom == {"c1": "甲", "c2": "丙"}
    assert ledger.get(Patient, merged).void_reason == merge.VOID_REASON
    assert patients.search(ledger, "冉秀蓝") == []
    assert changes.touches("follow_up")
    (line,) = merge.merges(ledger)
    assert (line.id, line.kept_name, line.merged_name) == (merge_id, "冉秀兰", "冉秀蓝")


def test_undone_later_each_has_its_own_again_and_later_work_stays(ledger: Ledger) -> None:
    kept, merged = two(ledger)
    before = owners(ledger)
    merge_id, _ = merge.merge(ledger, kept_id=kept, merged_id=merged, take=["guardian_name", "name"])
    later = FollowUp(patient_id=kept, visit_date=date(2026, 11, 2), visit_form="1", risk_level="0")
    later_id, _ = follow_ups.record(ledger, later, today=TODAY)
    person = ledger.get(Patient, kept)
    patients.save(ledger, dataclasses.replace(person, phone="13900000002", guardian_name="冉大"), today=TODAY)
    merge.undo(ledger, merge_id)
    after = owners(ledger)
    assert after.pop(("follow_up", later_id)) == kept
    assert after == before
    person = ledger.get(Patient, kept)
    # the name goes back; what was typed since stays
    assert (person.name, person.phone, person.guardian_name) == ("冉秀兰", "13900000002", "冉大")
    assert person.custom == {"c1": "甲"}
    assert ledger.get(Patient, merged).voided_at is None
    assert [hit.id for hit in patients.search(ledger, "冉秀蓝")] == [merged]
    assert merge.merges(ledger) == []
    with pytest.raises(UserError, match="MH-MERGE-02"):
        merge.undo(ledger, merge_id)


def test_the_last_action_takes_a_fresh_merge_back_too(ledger: Ledger) -> None:
    kept, merged = two(ledger)
    before = owners(ledger)
    merge.merge(ledger, kept_id=kept, merged_id=merged, take=[])
    action = undo.last(ledger)
    assert action is not None
    assert action.action == "person.merge"
    undo.undo(ledger, action.seq)
    assert owners(ledger) == before
    assert merge.merges(ledger) == []
    assert ledger.find(PersonMerge) == []
    assert ledger.get(Patient, merged).voided_at is None


def test_a_merged_record_comes_back_by_taking_the_merge_apart(ledger: Ledger) -> None:
    kept, merged = two(ledger)
    merge.merge(ledger, kept_id=kept, merged_id=merged, take=[])
    with pytest.raises(UserError, match="MH-RECYCLE-02"):
        recycle.restore(ledger, [("patient", merged)])


@pytest.mark.parametrize("case", ["same", "voided", "field"])
def test_what_cannot_be_merged_is_refused_whole(ledger: Ledger, case: str) -> None:
    kept, merged = register(ledger, "冉秀兰"), register(ledger, "覃建国")
    if case == "voided":
        patients.void(ledger, merged, reason="录错")
    before = contents(ledger)
    with pytest.raises(UserError, match="MH-MERGE-01"):
        merge.merge(
            ledger,
            kept_id=kept,
            merged_id=kept if case == "same" else merged,
            take=["id"] if case == "field" else [],
        )
    assert contents(ledger) == before
    assert ledger.find(PersonMerge) == []


@contextmanager
def fresh(template: LedgerTemplate, folder: Path) -> Iterator[Ledger]:
    """A ledger of its own for one example."""
    import shutil

    from db.ledger import Ledger

    shutil.rmtree(folder, ignore_errors=True)
    opened = Ledger.open(template.copy_to(folder), login=template.login, password=template.password, now=FixedClock())
    try:
        yield opened
    finally:
        opened.close()


COUNTS = st.dictionaries(st.sampled_from(sorted(merge.CHILDREN)), st.integers(0, 3))


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    children=st.lists(COUNTS, min_size=3, max_size=4),
    steps=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.booleans()), max_size=8),
)
def test_no_child_is_lost_or_doubled_whatever_is_merged_and_undone(
    ledger_template: LedgerTemplate, tmp_path: Path, children: list[dict[str, int]], steps: list[tuple[int, int, bool]]
) -> None:
    with fresh(ledger_template, tmp_path / "example") as ledger:
        people = [register(ledger, f"冉秀{char}") for char in "甲乙丙丁"[: len(children)]]
        for place, counts in enumerate(children):
            add_children(ledger, people[place], counts, first_row=place)
        start, said = owners(ledger), contents(ledger)
        standing: list[int] = []
        for one, other, is_undo in steps:
            if is_undo and standing:
                merge.undo(ledger, standing.pop(one % len(standing)))
            else:
                live = [person for person in people if ledger.get(Patient, person).voided_at is None]
                left, right = live[one % len(live)], live[other % len(live)]
                if left != right:
                    standing.append(merge.merge(ledger, kept_id=left, merged_id=right, take=["name"])[0])
            assert owners(ledger).keys() == start.keys()
            assert contents(ledger) == said
            voided = {person for person in people if ledger.get(Patient, person).voided_at is not None}
            assert not voided & set(owners(ledger).values())
        while standing:
            merge.undo(ledger, standing.pop())
        assert owners(ledger) == start
        assert [ledger.get(Patient, person).name for person in people] == [
            f"冉秀{char}" for char in "甲乙丙丁"[: len(people)]
        ]


# ---------------------------------------------------------------- who might be the same


def test_candidates_by_every_reason_the_surest_first(ledger: Ledger) -> None:
    same_number = register(ledger, "覃建国", id_number=number("19740302", "002"), no_id_reason=None)
    same_birth = register(ledger, "冉秀兰")
    same_phone = register(ledger, "冉秀兰", birth_date=PartialDate(1980), guardian_phone="13900001234")
    same_sound = register(ledger, "冉秀岚", birth_date=PartialDate(1974, 9))
    register(ledger, "冉秀岚", birth_date=PartialDate(1960))
    typed = Patient(
        name="冉秀兰",
        birth_date=PartialDate(1974, 3, 2),
        id_number=number("19740302", "002"),
        guardian_phone="13900001234",
    )
    found = {match.person.id: match.reason for match in merge.candidates(ledger, typed)}
    assert found == {
        same_number: "id_number",
        same_birth: "name_birth",
        same_phone: "name_phone",
        same_sound: "sound_year",
    }
    assert merge.candidates(ledger, dataclasses.replace(ledger.get(Patient, same_number), name="")) == []


def test_half_a_name_finds_nobody(ledger: Ledger) -> None:
    register(ledger, "冉秀兰")
    assert merge.candidates(ledger, Patient(name="冉", birth_date=PartialDate(1974))) == []
    assert merge.candidates(ledger, Patient(name="")) == []


def test_pairs_of_the_register(ledger: Ledger) -> None:
    one, other = register(ledger, "冉秀兰"), register(ledger, "冉秀兰")
    sound = register(ledger, "冉秀岚", birth_date=PartialDate(1974))
    found = [(pair.reason, pair.left.id, pair.right.id) for pair in merge.pairs(ledger)]
    assert found == [("name_birth", one, other), ("sound_year", one, sound), ("sound_year", other, sound)]
    compared = merge.compare(ledger, one, sound)
    assert set(compared.differing) == {"name", "birth_date"}
