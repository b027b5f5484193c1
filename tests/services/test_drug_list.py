"""药品目录: our list with the district's own entries over it, kept like any record, honoured where drugs are judged."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from db.ledger import Ledger
from mhdesk.domain import drugs
from mhdesk.domain.account import DataOverride
from mhdesk.domain.drugs import Drug
from mhdesk.domain.errors import InputRefused, RecordRefused, UserError
from mhdesk.domain.follow_up import DrugLine, FollowUp
from mhdesk.services import drug_list, follow_ups, undo
from tests.services.people import TODAY, person

RISPERIDONE = next(one for one in drugs.drugs() if one.generic == "利培酮")
OWN = Drug(
    key="", generic="伊潘立酮", drug_class="antipsychotic", generation=2, synonyms=("伊潘立酮片",), forms=("片",),
    strengths=(1.0, 2.0), dose_min=12.0, dose_max=24.0, mark="assumption",
)  # fmt: skip


def undo_last(ledger: Ledger) -> None:
    action = undo.last(ledger)
    assert action is not None
    undo.undo(ledger, action.seq)


def names(ledger: Ledger, typed: str) -> list[str]:
    return [offer.drug.generic for offer in drug_list.offers(drug_list.book(ledger), typed)]


def test_a_changed_entry_replaces_ours_and_names_its_origin(ledger: Ledger) -> None:
    drug_list.save(ledger, dataclasses.replace(RISPERIDONE, dose_max=16.0, source="区县精卫中心", mark="verified"))
    found = drug_list.book(ledger).find("维思通")
    assert found is not None
    assert (found.dose_max, found.highest, found.origin) == (16.0, 16.0, "本区县")
    assert len(drug_list.book(ledger).drugs) == len(drugs.drugs())
    assert drugs.find("利培酮") is RISPERIDONE  # ours stays what it was
    drug_list.put_back(ledger, RISPERIDONE.key)
    assert drug_list.book(ledger).find("利培酮") == RISPERIDONE


def test_an_own_drug_is_found_by_name_brand_and_pinyin(ledger: Ledger) -> None:
    drug_list.save(ledger, OWN)
    for typed in ("伊潘", "ypl", "yipan", "伊潘立酮片"):
        assert "伊潘立酮" in names(ledger, typed), typed
    assert names(ledger, "lpt")[:2] == ["利培酮", "利培酮微球"]
    second = dataclasses.replace(OWN, generic="另一种", synonyms=())
    drug_list.save(ledger, second)
    assert [one.key for one in drug_list.book(ledger).drugs[-2:]] == ["own1", "own2"]


def test_what_is_left_out_is_offered_no_more_and_can_come_back(ledger: Ledger) -> None:
    drug_list.leave_out(ledger, RISPERIDONE.key)
    assert "利培酮" not in names(ledger, "lpt")
    assert drug_list.left_out(ledger) == [RISPERIDONE]
    drug_list.put_back(ledger, RISPERIDONE.key)
    assert "利培酮" in names(ledger, "lpt")
    drug_list.save(ledger, OWN)
    drug_list.leave_out(ledger, "own1")
    assert names(ledger, "ypl") == []
    for change in (drug_list.leave_out, drug_list.put_back):
        with pytest.raises(UserError, match="MH-DRUGS-02"):
            change(ledger, "own1")


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"generic": " "}, {"generic": "DR01"}),
        ({"generic": "利培酮"}, {"generic": "DR02"}),
        ({"synonyms": ("再普乐",)}, {"synonyms": "DR02"}),
        ({"forms": ()}, {"forms": "DR03"}),
        ({"unit": ""}, {"unit": "DR03"}),
        ({"strengths": (1.0, 0.0)}, {"strengths": "DR04"}),
        ({"dose_min": -1.0}, {"dose_min": "DR04"}),
        ({"dose_max": float("nan")}, {"dose_max": "DR04"}),
        ({"dose_min": 30.0}, {"dose_max": "DR05"}),
        ({"long_acting": True, "per": "injection"}, {"interval_weeks": "DR06"}),
        ({"long_acting": True, "per": "injection", "interval_weeks": 0.0}, {"interval_weeks": "DR06"}),
        ({"mark": "verified", "source": ""}, {"source": "DR07"}),
    ],
)
def test_faults_are_named_by_field_and_nothing_is_stored(
    ledger: Ledger, changes: dict[str, Any], fields: dict[str, str]
) -> None:
    with pytest.raises(RecordRefused) as refused:
        drug_list.save(ledger, dataclasses.replace(OWN, **changes))
    assert {one.field: one.code for one in refused.value.problems} == fields
    assert ledger.find(DataOverride) == []


def test_changes_are_undone_like_everything_else(ledger: Ledger) -> None:
    drug_list.save(ledger, OWN)
    drug_list.save(ledger, dataclasses.replace(RISPERIDONE, dose_max=9.0))
    undo_last(ledger)
    assert drug_list.book(ledger).find("利培酮") == RISPERIDONE
    assert drug_list.book(ledger).find("伊潘立酮") is not None
    undo_last(ledger)
    assert drug_list.book(ledger).find("伊潘立酮") is None


def test_the_own_file_goes_to_another_district(ledger: Ledger, tmp_path: Path) -> None:
    drug_list.save(ledger, OWN)
    drug_list.leave_out(ledger, RISPERIDONE.key)
    file = tmp_path / "目录.toml"
    drug_list.give_file(ledger, file)
    before = drug_list.book(ledger).drugs
    drug_list.put_back(ledger, RISPERIDONE.key)
    drug_list.take_file(ledger, file)
    assert drug_list.book(ledger).drugs == before


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xfe",
        b"drugs = 3",
        b"[[drugs]]\ngeneric = 1",
        b'left_out = "a"\n[[drugs]]\nkey = "a"',
        b'[[drugs]]\ngeneric="a"\nkey="a"\ndrug_class="adjunct"\nforms=["x"]\ndose_min=0\ndose_max=2\nmark="memory"',
        (
            b'[[drugs]]\ngeneric="\xe5\xa5\xa5\xe6\xb0\xae\xe5\xb9\xb3"\nkey="a"\ndrug_class="adjunct"\nforms=["x"]\n'
            b'dose_min=1\ndose_max=2\nmark="memory"'
        ),  # 奥氮平 would mean two drugs
        b"# " + b"x" * 1_000_001,
    ],
)
def test_a_file_that_is_no_dictionary_is_refused_and_changes_nothing(
    ledger: Ledger, tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "x.toml"
    file.write_bytes(content)
    with pytest.raises(InputRefused, match="MH-DRUGS-03"):
        drug_list.take_file(ledger, file)
    assert drug_list.book(ledger) is drugs.in_force()


def test_a_faulty_own_file_in_the_ledger_does_not_stop_the_work(ledger: Ledger) -> None:
    with ledger.change("test") as change:
        change.add(DataOverride(path=drugs.PATH, content="drugs = [1", origin="手工"))
    assert drug_list.book(ledger) is drugs.in_force()
    drug_list.save(ledger, OWN)
    assert names(ledger, "ypl") == ["伊潘立酮"]


def test_the_sheet_asks_about_the_district_s_range(ledger: Ledger) -> None:
    with ledger.change("test") as change:
        patient_id = change.add(person())

    def asked(dose: float) -> bool:
        visit = FollowUp(patient_id=patient_id, drugs=(DrugLine(drug_name="利培酮", morning=dose),))
        entry = follow_ups.prepare(ledger, patient_id, today=TODAY)
        found = follow_ups.judge(entry, visit)
        assert "Q17c" not in {one.code for one in found.blocking}
        return "Q17c" in {one.code for one in found.problems}

    assert [asked(6.0), asked(8.0)] == [False, True]
    drug_list.save(ledger, dataclasses.replace(RISPERIDONE, dose_max=8.0))
    assert [asked(8.0), asked(8.5)] == [False, True]
