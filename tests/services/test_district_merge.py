"""Merging: any order gives the same, a hundred times is once; conflicts; the district's week."""

from __future__ import annotations

import io
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from db.ledger import Ledger
from mhdesk.domain.errors import UserError
from mhdesk.domain.exchange import Outcome, ReceivedPackage
from mhdesk.domain.patient import Movement, Patient
from mhdesk.rules.indicators.model import Kind
from mhdesk.services import access, submissions, templates
from mhdesk.services.demo import exchange
from mhdesk.services.district import checks, conflicts, keys, merging, packing, report, rows, store
from mhdesk.services.submissions import State
from tests.conftest import ROOT
from tests.files.forms_sent import form
from tests.services.district_house import LOGIN, NAMES, PASSWORD, TODAY, Clock, House, make_templates, twin
from tests.services.people import person

WEEK = timedelta(days=7)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_templates(tmp_path_factory.mktemp("district"))


@pytest.fixture
def house(tmp_path: Path, prepared: Path) -> Iterator[House]:
    with ExitStack() as stack:
        yield House(tmp_path, prepared, stack, 3)


# ---------------------------------------------------------------- order and repetition


def test_two_hundred_orders_of_twenty_packages_give_the_same(
    tmp_path: Path, prepared: Path, monkeypatch: pytest.MonkeyPatch, *, sweep: bool
) -> None:
    """Every order is judged package by package, as if each had come on a stick of its own."""
    with ExitStack() as stack:
        house = House(tmp_path, prepared, stack, 5, people=2)
        for town in house.towns:
            house.add(town, [twin(99)])
        files = [house.pack(town, TODAY - WEEK * back) for back in (3, 2, 1, 0) for town in range(5)]
        assert len(files) == 20
        openers = keys.need_own(house.district).openers()
        opened = [(file, checks.open_package(file.name, file.read_bytes(), openers)) for file in files]
        rows_by_name = {one.name: checks.rows(one) for _, one in opened}  # unpacking asks nothing but the package
        monkeypatch.setattr(checks, "rows", lambda one: rows_by_name[one.name])
        dice, hashes = random.Random(3), set()
        for _ in range(2000 if sweep else 200):
            dice.shuffle(opened)
            run = merging._Run(house.district, TODAY, (), None)
            verdicts = [run._judge(file, one, is_dry=True) for file, one in opened]
            assert {one.state for one in verdicts} == {merging.ACCEPTED}
            every = conflicts.listed(house.district, run.held, run.rows)
            hashes.add(store.state_hash(run.held, [one.key for one in every]))
        assert len(hashes) == 1
        monkeypatch.undo()
        house.merge(*files)  # stored, in the last order
        stored = store.state_hash(store.held(house.district), [one.key for one in conflicts.listed(house.district)])
        assert {stored} == hashes


def test_a_hundred_times_is_once(house: House, *, sweep: bool) -> None:
    file = house.pack(0)
    first = house.merge(file)
    receipt = file.with_suffix(".mhr").read_bytes()
    for _ in range(100 if sweep else 25):
        again = house.merge(file)
        assert [one.state for one in again.verdicts] == [merging.REPEATED]
    assert again.state_hash == first.state_hash
    assert len(house.district.find(ReceivedPackage)) == 1
    assert file.with_suffix(".mhr").read_bytes() == receipt


def test_killed_in_the_middle_a_package_is_in_or_not(*, sweep: bool) -> None:
    kills = 200 if sweep else 4
    done = subprocess.run(
        [sys.executable, "-m", "tests.trust.merge_sweep", "--kills", str(kills)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"kills={kills}" in done.stdout


def test_a_dry_run_stores_nothing_and_says_the_same(house: House) -> None:
    house.add(house.towns[0], [twin(99)])
    house.add(house.towns[1], [twin(99)])
    files = [house.pack(0), house.pack(1)]
    seen = merging.preview(house.district, files, today=TODAY)
    assert not house.district.find(ReceivedPackage)
    assert not list(house.stick.glob("*.mhr"))
    done = house.merge(*files)
    assert [(one.file, one.state, one.notes) for one in seen.verdicts] == [
        (one.file, one.state, one.notes) for one in done.verdicts
    ]
    assert (seen.state_hash, len(seen.conflicts)) == (done.state_hash, 1)


# ---------------------------------------------------------------- conflicts


def moved(house: House, town: int, serial: int, **changes: Any) -> None:
    ledger = house.towns[town]
    one = next(one for one in ledger.find(Patient) if one.id_number == twin(serial).id_number)
    with ledger.change("move") as change:
        change.add(Movement(patient_id=one.id or 0, **changes))


def test_the_queue_finds_exactly_what_is_wrong(house: House) -> None:
    """Planted: two under care at once, one dead and visited elsewhere, one moved and never received, one perhaps."""
    for town, serials in enumerate([(71, 72, 73, 74), (71, 72, 74), (75,)]):
        house.add(house.towns[town], [twin(serial) for serial in serials])
    moved(house, 0, 72, kind="died", happened_on=date(2026, 11, 3))
    moved(house, 0, 73, kind="moved_out", happened_on=date(2026, 11, 4), other_unit=NAMES[2])
    moved(house, 0, 74, kind="moved_out", happened_on=date(2026, 11, 5), other_unit=NAMES[1])  # received: no conflict
    nameless = person("麤弱弱", 81, id_number=None, no_id_reason="证件遗失", birth_date=person(serial=11).birth_date)
    house.add(house.towns[1], [nameless])
    house.add(house.towns[2], [person("麤弱弱", 81, phone=None)])
    merged = house.merge(house.pack(0), house.pack(1), house.pack(2))
    codes = [keys.need_joined(town).org_code for town in house.towns]
    assert [(one.kind, list(one.orgs)) for one in merged.conflicts] == [
        ("both", codes[:2]),
        ("dead", codes[:2]),
        ("unmet", [codes[0], codes[2]]),
        ("weak", codes[1:]),
    ]
    week = report.build(house.district, on=TODAY, today=TODAY)
    assert week.rollup.total["registered"].numerator == 4 + 7 + 5  # nobody is joined, nobody is left out
    name = packing.packages(house.towns[0])[0].file_name
    view, _ = packing.take_receipt(house.towns[0], (house.stick / name).with_suffix(".mhr"))
    told = {kind: packing.label_of(house.towns[0], who or 0, identified=True) for kind, _, who in view.conflicts}
    assert told == dict.fromkeys(("both", "dead", "unmet"), "麤孪生")


def test_what_was_decided_stays_decided(house: House) -> None:
    house.add(house.towns[0], [twin(99)])
    house.add(house.towns[1], [twin(99)])
    house.merge(house.pack(0), house.pack(1))
    (one,) = conflicts.listed(house.district)
    assert one.is_open
    with pytest.raises(UserError) as unknown:
        conflicts.decide(house.district, "ffff", outcome=Outcome.ASKED)
    assert unknown.value.code == "MH-PACK-40"
    with pytest.raises(UserError) as outsider:
        conflicts.decide(house.district, one.key, outcome=Outcome.ONE, keeper="9999")
    assert outsider.value.code == "MH-PACK-41"
    conflicts.decide(house.district, one.key, outcome=Outcome.ASKED, note="已电话")
    assert conflicts.listed(house.district)[0].is_open
    conflicts.decide(house.district, one.key[:8], outcome=Outcome.ONE, keeper=one.orgs[1])
    (again,) = conflicts.listed(house.district)
    assert (again.is_open, again.decision and again.decision.keeper) == (False, one.orgs[1])


# ---------------------------------------------------------------- the district's week


def test_totals_are_sums_and_missing_townships_have_names(house: House) -> None:
    house.add(house.towns[0], [house.someone(0, 3), house.someone(0, 4)], visit=None)
    rollups = [rows.source(town, on=TODAY, today=TODAY) for town in house.towns[:2]]
    house.merge(house.pack(0), house.pack(1, level="D0"))
    week = report.build(house.district, on=TODAY, today=TODAY)
    assert [one.state for one in week.lines] == [State.SENT, State.SENT, *[State.WAITING] * 3]
    assert NAMES[2] in report.missing_words(week)
    late = report.build(house.district, on=TODAY, today=TODAY + WEEK)
    assert [one.state for one in late.lines][2:] == [State.MISSING] * 3
    for key, result in week.rollup.total.items():
        said = [one.document["total"][key] for one in rollups]
        counted = [one.get("numerator", one.get("count")) for one in said]
        known = [one for one in counted if one is not None]
        assert result.numerator == (sum(known) if known else None), key
        if result.kind is Kind.PERCENT:
            assert result.denominator == sum(one["denominator"] for one in said)
            assert result.gap is not None
            divided = (result.numerator or 0) / result.denominator if result.denominator else None
            assert result.value == divided
    assert all(one.holds for one in week.rollup.balance)
    assert week.rollup.balance[-1].closing == 8
    assert [one.values["registered"].numerator for one in week.rollup.units] == [5, 3, None, None, None]


def test_behind_a_number_stand_as_many_as_it_says(house: House) -> None:
    house.merge(house.pack(0), house.pack(1, level="D0"), house.pack(2))
    week = report.build(house.district, on=TODAY, today=TODAY)
    for line in week.lines[:3]:
        for key in ("registered", "standard_management_rate", "risk_0", "medication_rate"):
            values = next(one.values for one in week.rollup.units if one.unit.id == line.unit_id)
            found = report.people(house.district, week, key, unit_id=line.unit_id)
            if line.level == "D0":
                assert found is None  # 只有汇总数
                continue
            assert found is not None
            assert len(found) == values[key].numerator
            gap = report.people(house.district, week, key, unit_id=line.unit_id, side="gap")
            assert gap is not None
            assert values[key].kind is not Kind.PERCENT or len(gap) == values[key].gap


def test_jumps_and_broken_sums_are_flagged_not_changed(house: House) -> None:
    house.add(house.towns[0], [house.someone(0, place + 5, birth_date=None) for place in range(9)])
    house.merge(house.pack(0, TODAY - WEEK))
    house.add(house.towns[0], [person(f"麤新{place}", 500 + place) for place in range(6)])
    (verdict,) = house.merge(house.pack(0)).verdicts
    codes = {one.code for one in verdict.notes}
    assert codes >= {"MH-PACK-25", "MH-PACK-38"}
    assert all(verdict.note_sentences)
    week = report.build(house.district, on=TODAY, today=TODAY)
    assert {one.code for one in week.lines[0].notes} >= {"MH-PACK-25", "MH-PACK-38"}
    assert week.rollup.total["registered"].numerator == 18
    sheet = report.standing_sheet(week)
    assert any("三成" in str(cell.value) for cell in sheet.rows[0] if cell)


def test_files_template_and_freeze(house: House, tmp_path: Path) -> None:
    house.merge(house.pack(0), house.pack(1))
    week = report.build(house.district, on=TODAY, today=TODAY)
    files = report.write(house.district, week, tmp_path / "out")
    assert [one.suffix for one in files] == [".xlsx", ".pdf"]
    book = load_workbook(files[0])
    table = list(book.worksheets[0].iter_rows(values_only=True))
    named = {row[0]: row for row in table}
    assert set(NAMES) <= named.keys()
    templates.save(house.district, "区表", form(), file_name="区表.xlsx")
    written = templates.write(house.district, week.rollup, "区表", tmp_path / "out", today=TODAY)
    filled = load_workbook(io.BytesIO(written.file.read_bytes())).worksheets[0]
    names = [filled.cell(row, 2).value for row in range(6, 6 + len(NAMES))]
    assert names == list(NAMES)
    sent = report.freeze(house.district, week, checked_by="王")
    assert report.freeze(house.district, week).is_new is False
    copies = submissions.copies(house.district, sent.submission.id or 0)
    assert {name.rsplit(".")[-1] for name in copies} == {"xlsx", "pdf"}
    looked = submissions.run_again(house.district, sent.submission.id or 0)
    assert not looked.differences
    found = report.matrix(house.district, today=TODAY)
    assert [one.state for one in found.lines[-1]][:3] == [State.SENT, State.SENT, State.WAITING]
    assert found.closed[-1]
    with pytest.raises(UserError) as nothing:
        report.freeze(house.district, report.build(house.district, on=TODAY - WEEK, today=TODAY))
    assert nothing.value.code == "MH-PACK-46"


def test_the_demonstration_of_a_district(tmp_path: Path) -> None:
    """Four townships join and send: two also last week, one totals only, one nothing; somebody is known twice."""
    folder = make_templates(tmp_path / "demo", towns=NAMES[:4], is_joined=False)
    with ExitStack() as stack:
        for number, name in enumerate(NAMES[:4]):
            shutil.copytree(folder / name, tmp_path / "towns" / name / "ledger")
            place = tmp_path / "towns" / name / "ledger"
            with (
                Ledger.open(place, login=LOGIN, password=PASSWORD, now=Clock()) as town,
                town.change("patient.add") as change,
            ):
                change.add(person(f"麤{number}", 11 + 2 * number, unit_id=town.root_unit_id))
        district = stack.enter_context(Ledger.open(folder / "district", login=LOGIN, password=PASSWORD, now=Clock()))
        towns = [(tmp_path / "towns" / name / "ledger", PASSWORD) for name in NAMES[:4]]
        today = access.today()
        district.now = access.utc_now
        merged = exchange.exchange(district, towns, tmp_path, login=LOGIN, today=today)
        assert [one.state for one in merged.verdicts] == [merging.ACCEPTED] * 5
        week = report.build(district, on=today, today=today)
        assert [one.level for one in week.lines] == ["D1", "D1", "D0", ""]
        assert week.rollup.total["registered"].numerator == 1 + 2 + 1
        assert [one.kind for one in conflicts.listed(district)] == ["both"]
