"""Registering, finding and following one person; the register's lists against a slow count in plain Python."""

from __future__ import annotations

import dataclasses
from collections import Counter
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.ledger import Ledger
from mhdesk.domain.dates import PartialDate
from mhdesk.domain.errors import RecordRefused, UserError
from mhdesk.domain.follow_up import FollowUp
from mhdesk.domain.patient import Movement, Patient
from mhdesk.domain.unit import Unit, UnitLevel
from mhdesk.services import patients, rollups, worklist
from mhdesk.services.patients import RegisterFilter
from tests.examples import tries
from tests.rules.lives import lives
from tests.rules.second_opinion import Life
from tests.services.people import TODAY, enter, id_number, person, sheet, undone

LONG_NAME = "阿卜杜热西提·麦麦提图尔荪江·买买提·吐尔逊·艾力江"


def add(ledger: Ledger, *people: Patient) -> list[int]:
    return [patients.save(ledger, one, today=TODAY)[0] for one in people]


def found(ledger: Ledger, term: str) -> list[str]:
    return sorted(hit.name for hit in patients.search(ledger, term))


# ---------------------------------------------------------------- saving


def test_saving_and_changing(ledger: Ledger) -> None:
    (zhang,) = add(ledger, person(" 张　三 "))
    stored = ledger.get(Patient, zhang)
    assert stored.name == "张三"
    same, changes = patients.save(ledger, dataclasses.replace(stored, name="张三丰", phone="13900001111"), today=TODAY)
    assert same == zhang
    assert "patient" in changes.topics
    assert ledger.get(Patient, zhang).version == 2
    assert found(ledger, "三丰") == ["张三丰"]
    assert found(ledger, "13900001111") == ["张三丰"]
    assert found(ledger, "zhangsan") == ["张三丰"]


def test_history_tells_each_field(ledger: Ledger) -> None:
    (zhang,) = add(ledger, person())
    first = ledger.get(Patient, zhang)
    patients.save(ledger, dataclasses.replace(first, colour="red"), today=TODAY)
    second = ledger.get(Patient, zhang)
    patients.save(ledger, dataclasses.replace(second, colour="green", note="见谈话记录"), today=TODAY)
    newest, oldest = patients.history(ledger, zhang)
    assert newest.fields == [("colour", "red", "green"), ("note", None, "见谈话记录")]
    assert oldest.fields == [("colour", None, "red")]
    assert (oldest.who, oldest.action) == ("wang", "patient.update")


def test_the_same_id_number_twice_is_refused_but_not_against_oneself(ledger: Ledger) -> None:
    zhang, li = add(ledger, person(), person("李四", 12))
    with pytest.raises(RecordRefused) as refused:
        add(ledger, person("王五", 11, guardian_phone="15400009999"))
    assert [problem.code for problem in refused.value.problems] == ["Q03a"]
    stored = ledger.get(Patient, zhang)
    patients.save(ledger, dataclasses.replace(stored, note="不变的号码"), today=TODAY)
    other = ledger.get(Patient, li)
    with pytest.raises(RecordRefused):
        patients.save(ledger, dataclasses.replace(other, id_number=stored.id_number, sex="1"), today=TODAY)
    patients.void(ledger, zhang, reason="重复")
    add(ledger, person("王五", 11))  # the number is free again


def test_likely_duplicates_are_only_warned_about(ledger: Ledger) -> None:
    add(ledger, person())
    twin = person("张三", 13, guardian_phone="15400000011")
    judged = patients.judge(ledger, twin, today=TODAY)
    assert {problem.code for problem in judged} == {"Q03b", "Q03c"}
    (saved,) = add(ledger, twin)
    again = patients.judge(ledger, ledger.get(Patient, saved), today=TODAY)
    assert {problem.code for problem in again} == {"Q03b", "Q03c"}


def test_a_guardian_who_is_registered_is_noticed(ledger: Ledger) -> None:
    add(ledger, person("李监护", 12, phone="15400000013", guardian_name="王五"))
    judged = patients.judge(ledger, person("张三", 13), today=TODAY)
    assert [problem.code for problem in judged] == ["Q14e"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"id_number": "5001991970030501"}, "Q01a"),
        ({"id_number": id_number(11)[:-1] + ("0" if id_number(11)[-1] != "0" else "1")}, "Q01d"),
        ({"birth_date": PartialDate(2027)}, "Q04c"),
        ({"onset_date": PartialDate(1960)}, "Q04a"),
        ({"consent": "0"}, "Q05c"),
        ({"consent_date": date(2019, 1, 1)}, "Q05a"),
    ],
)
def test_what_cannot_be_is_refused(ledger: Ledger, changes: dict[str, Any], code: str) -> None:
    with pytest.raises(RecordRefused) as refused:
        add(ledger, person(**changes))
    assert refused.value.code == "MH-PATIENT-01"
    assert code in [problem.code for problem in refused.value.problems]
    assert ledger.find(Patient) == []


def test_a_voided_person_is_nowhere(ledger: Ledger) -> None:
    (zhang,) = add(ledger, person())
    with ledger.change("test") as change:
        change.add(sheet(zhang))
    patients.void(ledger, zhang, reason="重复建档")
    assert found(ledger, "张三") == []
    assert patients.register_ids(ledger, chosen=RegisterFilter()) == []
    assert patients.status_counts(ledger)[""] == 0
    assert sum(worklist.due(ledger, today=TODAY).buckets.values()) == 0
    assert rollups.weekly(ledger, on=TODAY, today=TODAY).total["registered"].numerator == 0
    with pytest.raises(UserError, match="MH-LEDGER-25"):
        patients.save(ledger, ledger.get(Patient, zhang), today=TODAY)


# ---------------------------------------------------------------- search


@pytest.fixture
def known(ledger: Ledger) -> Ledger:
    with ledger.change("unit.add") as change:
        root = ledger.root_unit_id
        village = change.add(Unit(name="白云100%村", level=UnitLevel.VILLAGE, parent_id=root))
    add(
        ledger,
        person("单雄信", 11, phone="023-67801234"),
        person("仇英", 12),
        person("尉迟敬德", 13),
        person("曾国华", 14),
        person("吕布", 15, unit_id=village),
        person("王䶮", 16),
        person(LONG_NAME, 17),
        person("欧阳娜娜", 18),
        person("O'Neil_Tom", 19, guardian_phone="15499990000", record_number="500-00077"),
        person("李重庆", 21),
    )
    return ledger


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        *(("雄信", ["单雄信"]), ("shanxiongxin", ["单雄信"]), ("sxx", ["单雄信"])),  # the surname's own reading
        *(("danxiongxin", ["单雄信"]), ("dxx", ["单雄信"]), ("DanXiong", ["单雄信"])),  # … and the everyday one
        *(("qiuying", ["仇英"]), ("chouying", ["仇英"])),
        *(("yuchi", ["尉迟敬德"]), ("weichi", ["尉迟敬德"]), ("ycjd", ["尉迟敬德"])),
        *(("zengguohua", ["曾国华"]), ("cengguohua", ["曾国华"])),
        *(("lvbu", ["吕布"]), ("lubu", ["吕布"]), ("lb", ["吕布"])),
        *(("䶮", ["王䶮"]), ("wangyan", ["王䶮"]), ("wy", ["王䶮"])),
        *((LONG_NAME, [LONG_NAME]), ("买买提", [LONG_NAME]), ("abdrxt", [LONG_NAME]), (LONG_NAME[:25], [LONG_NAME])),
        *(("ouyang", ["欧阳娜娜"]), ("oynn", ["欧阳娜娜"])),
        *((id_number(14)[-6:], ["曾国华"]), (id_number(14), ["曾国华"]), (id_number(14).lower(), ["曾国华"])),
        *(("15499990000", ["O'Neil_Tom"]), ("67801234", ["单雄信"]), ("00077", ["O'Neil_Tom"])),
        *(("白云", ["吕布"]), ("100%村", ["吕布"])),
        *(("O'Neil", ["O'Neil_Tom"]), ("l_t", ["O'Neil_Tom"]), ("o'n", ["O'Neil_Tom"])),
        *(("重庆", ["李重庆"]), ("lichongqing", ["李重庆"]), ("lizhongqing", ["李重庆"])),
        *(
            ("单 雄 信", ["单雄信"]),
            ("１５４９９９９００００", ["O'Neil_Tom"]),
            ("ｓｘｘ", ["单雄信"]),
            ("单\u200b雄信", ["单雄信"]),
        ),
        *(("%", ["吕布"]), ("_", ["O'Neil_Tom"]), ("'", ["O'Neil_Tom"])),
        *(("", []), ("   ", []), ("\\", []), ("''", []), ('"', []), ("%%", []), ("__", [])),
        *(("查无此人", []), ("' OR 1=1 --", []), ("x" * 200, []), ("单" * 200, []), ("\x00", []), ("👩", [])),
    ],
)
def test_search(known: Ledger, typed: str, expected: list[str]) -> None:
    assert found(known, typed) == expected
    assert found(known, f"  {typed} ") == expected


def test_the_register_finds_what_the_search_box_finds(known: Ledger) -> None:
    for typed in ("sxx", "白云", "_", "%", "15499990000", LONG_NAME, "' OR 1=1 --"):
        ids = patients.register_ids(known, chosen=RegisterFilter(text=typed))
        assert sorted(row.name for row in patients.register_rows(known, ids)) == found(known, typed)


@tries(120)
@given(st.text(max_size=60))
def test_no_term_breaks_the_search(known: Ledger, typed: str) -> None:
    assert len(patients.search(known, typed, limit=3)) <= 3


# ---------------------------------------------------------------- the register against a slow count


def newest(visits: list[FollowUp]) -> FollowUp | None:
    return max(visits, key=lambda one: (one.visit_date or date.min, one.id or 0), default=None)


def slow_row(file: patients.PatientFile, life: Life) -> dict[str, Any]:
    """What the register must say of somebody."""
    seen = newest([visit for visit in file.follow_ups if visit.is_complete])
    last = newest(list(file.follow_ups))
    told = max((one.received_on for one in life.notes), default=date.min)
    is_told = seen is not None and seen.visit_date is not None and told > seen.visit_date
    assessed = sorted(life.assessments, key=lambda one: one.assessed_on)
    moves = sorted(file.movements, key=lambda one: (one.happened_on, one.id or 0))
    left = bool(moves) and moves[-1].kind != "moved_in"
    return {
        "registered": not left,
        "ended": left,
        "died": left and moves[-1].kind == "died",
        "moved_out": left and moves[-1].kind == "moved_out",
        "lost": not left and last is not None and last.lost_reason is not None,
        "inpatient": not left and seen is not None and seen.hospitalization == "1" and not is_told,
        "refused": not left and file.patient.consent == "0",
        "visit_class": seen.visit_class if seen else None,
        "risk_level": seen.risk_level if seen else None,
        "last_visit_date": last.visit_date.isoformat() if last and last.visit_date else None,
        "next_visit_date": seen.next_visit_date.isoformat() if seen and seen.next_visit_date else None,
        "registered_on": file.patient.registered_on.isoformat() if file.patient.registered_on else None,
        "colour": assessed[-1].colour if assessed else file.patient.colour,
        "diagnosis": file.patient.diagnosis,
    }


@tries(15)
@given(people=st.lists(lives(), max_size=7))
def test_lists_counts_and_sorts(ledger: Ledger, people: list[Life]) -> None:
    with undone(ledger) as change:
        village = change.add(Unit(name="青龙村", level=UnitLevel.VILLAGE, parent_id=ledger.root_unit_id))
        ids = [enter(change, life, {2: village, 3: ledger.root_unit_id}) for life in people]
        files = {one: patients.load(ledger, one) for one in ids}
        rows = {one: slow_row(files[one], life) for one, life in zip(ids, people, strict=True)}

        def listed(**chosen: Any) -> set[int]:
            return set(patients.register_ids(ledger, chosen=RegisterFilter(**chosen)))

        def slow(**wanted: Any) -> set[int]:
            return {one for one, row in rows.items() if all(row[key] == value for key, value in wanted.items())}

        counts = Counter({"": len(ids)})
        for status in ("registered", "ended", "died", "moved_out", "lost", "inpatient", "refused"):
            assert listed(status=status) == slow(**{status: True}), status
            counts[status] = len(slow(**{status: True}))
        given_counts = patients.status_counts(ledger)
        assert {key: given_counts[key] for key in counts} == counts
        assert given_counts["registered"] + given_counts["ended"] == given_counts[""]
        assert given_counts["ended"] == given_counts["died"] + given_counts["moved_out"]
        for code in ("1", "2", "3"):
            assert listed(visit_class=code) == slow(visit_class=code)
        assert listed(visit_class="none") == slow(visit_class=None)
        assert listed(minimum_risk="3") == {one for one, row in rows.items() if (row["risk_level"] or "") >= "3"}
        assert listed(status="registered", colour="red") == slow(registered=True, colour="red")
        assert listed(diagnosis="4") == slow(diagnosis="4")
        assert listed(unit_id=village) == {one for one in ids if files[one].patient.unit_id == village}
        below_root = {one for one in ids if files[one].patient.unit_id is not None}
        assert listed(unit_id=ledger.root_unit_id) == below_root
        for sort in ("registered_on", "last_visit_date", "next_visit_date", "visit_class"):
            for descending in (False, True):
                order = patients.register_ids(ledger, chosen=RegisterFilter(), sort=sort, descending=descending)
                assert sorted(order) == sorted(ids)
                values = [rows[one][sort] for one in order]
                kept = [value for value in values if value is not None]
                assert values == [*sorted(kept, reverse=descending), *[None] * (len(values) - len(kept))], sort
        for row in patients.register_rows(ledger, ids):
            file = files[row.id]
            assert (row.village, row.institution) == (file.village, file.institution)
            assert (row.visit_class, row.risk_level) == (rows[row.id]["visit_class"], rows[row.id]["risk_level"])


def test_a_districts_filter_reaches_two_steps_down(ledger: Ledger) -> None:
    with ledger.change("test") as change:
        institution = change.add(Unit(name="甲镇", level=UnitLevel.INSTITUTION, parent_id=ledger.root_unit_id))
        village = change.add(Unit(name="乙村", level=UnitLevel.VILLAGE, parent_id=institution))
        other = change.add(Unit(name="丙镇", level=UnitLevel.INSTITUTION, parent_id=ledger.root_unit_id))
        ids = [change.add(Patient(name="甲", unit_id=unit)) for unit in (institution, village, other, None)]
    for unit, expected in (
        (ledger.root_unit_id, ids[:3]),
        (institution, ids[:2]),
        (village, ids[1:2]),
        (other, ids[2:3]),
    ):
        assert patients.register_ids(ledger, chosen=RegisterFilter(unit_id=unit)) == expected


def test_rows_of_people_gone_meanwhile_are_left_out(ledger: Ledger) -> None:
    one, two = add(ledger, person(), person("李四", 12))
    assert [row.id for row in patients.register_rows(ledger, [two, 999, one])] == [two, one]


def test_a_file_has_everything_newest_first(ledger: Ledger) -> None:
    (zhang,) = add(ledger, person(unit_id=ledger.root_unit_id))
    with ledger.change("test") as change:
        for day in (date(2026, 3, 1), date(2026, 9, 1), date(2026, 6, 1)):
            change.add(sheet(zhang, day))
        change.add(Movement(patient_id=zhang, kind="moved_out", happened_on=date(2026, 10, 1)))
    file = patients.load(ledger, zhang)
    assert [visit.visit_date and visit.visit_date.month for visit in file.follow_ups] == [9, 6, 3]
    assert file.exit is not None
    assert (file.village, file.institution) == (None, "龙华街道社区卫生服务中心")
    with pytest.raises(UserError, match="MH-LEDGER-24"):
        patients.load(ledger, 999)
