"""Merging, the recycle bin, past imports, saved lists, bulk edit, quality and own items, as pages over a township."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from mhdesk.domain.account import CustomField
from mhdesk.domain.follow_up import FollowUp
from mhdesk.domain.patient import Patient
from mhdesk.services import custom_fields, follow_ups, imports, merge, patients, quality, saved_lists
from tests.services.registered import TODAY, number, register
from tests.services.workbooks import xlsx
from tests.ui.pages.conftest import Shown
from ui.dialogs.ask import AskDialog
from ui.forms.units import UnitField
from ui.pages.patient import PatientPage
from ui.pages.patients import PatientsPage
from ui.pages.person_bulk import BulkPage
from ui.pages.person_duplicates import DuplicatesPage
from ui.pages.person_merge import MergePage
from ui.pages.quality import QualityPage
from ui.pages.recycle import RecyclePage
from ui.pages.recycle_imports import PastImportsPage
from ui.pages.settings_fields import FieldsPart

if TYPE_CHECKING:
    from db.ledger import Ledger

Opened = list[tuple[str, dict[str, Any]]]
W = TypeVar("W", bound=QWidget)


def dialog_of(page: QWidget) -> AskDialog:
    (found,) = page.findChildren(AskDialog)
    return found


def button(owner: QWidget, words: str) -> QPushButton:
    return next(one for one in owner.findChildren(QPushButton) if one.text().strip().startswith(words))


# ---------------------------------------------------------------- merging


def test_a_pair_is_found_compared_merged_and_taken_apart(
    shown: Shown, place: Ledger, ids: dict[str, int], opened_pages: Opened, qtbot: Any
) -> None:
    known = place.get(Patient, ids["冉秀兰"])
    twin = register(place, "冉秀兰", birth_date=known.birth_date, phone="13900001111", note="外村转来")
    visits = len(place.find(FollowUp, patient_id=known.id))
    page = shown.page(DuplicatesPage)
    assert page.pairs.count() == 1
    page.pairs.view.selectRow(0)
    page.header.primary.click()  # type: ignore[union-attr]
    assert opened_pages[-1] == ("merge", {"left": known.id, "right": twin})
    merging = shown.page(MergePage, left=twin, right=known.id)
    chosen = {choice.key: choice.side for choice in merging.choices}
    assert chosen["phone"] == "left"  # only there
    assert chosen["unit_id"] == "right"
    phone = next(choice for choice in merging.choices if choice.key == "note")
    assert [one.text() for one in phone.buttons] == ["外村转来", "—"]
    merging.kept.choose("right")
    merging.ask()
    assert "冉秀兰" in shown.dialog().words.text()
    shown.answer("合并")
    kept = place.get(Patient, ids["冉秀兰"])
    assert (kept.phone, kept.note, kept.guardian_name) == ("13900001111", "外村转来", known.guardian_name)
    assert len(place.find(FollowUp, patient_id=known.id)) == visits
    assert opened_pages[-1] == ("patient", {"patient_id": known.id})
    shown.go(page, tab="merged")
    assert (page.pairs.count(), page.merges.count()) == (0, 1)
    page._act()  # the only line needs no choosing
    shown.answer("拆开")
    assert place.get(Patient, twin).voided_at is None
    assert place.get(Patient, ids["冉秀兰"]).phone == known.phone
    assert page.merges.count() == 0


def test_sides_are_chosen_by_keys(shown: Shown, place: Ledger, ids: dict[str, int], qtbot: Any) -> None:
    page = shown.page(MergePage, left=ids["冉秀兰"], right=ids["覃建国"])
    first, second = page.choices[0], page.choices[1]
    qtbot.keyClick(first.buttons[0], Qt.Key.Key_2)
    assert first.side == "right"
    qtbot.keyClick(second.buttons[0], Qt.Key.Key_2)
    qtbot.keyClick(second.buttons[0], Qt.Key.Key_Left)
    assert (first.side, second.side) == ("right", "left")
    assert page.taken() == [first.key, *(one.key for one in page.choices[2:] if one.side == "right")]


# ---------------------------------------------------------------- the bin and imports


def test_the_bin_gives_back(shown: Shown, place: Ledger, ids: dict[str, int]) -> None:
    page = shown.page(RecyclePage)
    assert page.table.state() == "empty"
    visit = place.find(FollowUp, patient_id=ids["冉秀兰"])[0]
    follow_ups.void(place, visit.id or 0, reason="录到别人头上")
    patients.void(place, ids["吴如三"], reason="重复")
    shown.go(page)
    page.refresh()
    shown.settle()
    rows = [page.table.model.row_at(number) for number in range(page.table.count())]
    said = [[column.text_of(row) for column in page.table.model.columns][:5] for row in rows]
    assert ["随访记录", "冉秀兰", "", str(visit.visit_date), "录到别人头上"] in said
    page.restore()
    assert "选中" in page.notice.words()
    page.table.view.selectAll()
    page.restore()
    shown.settle()
    assert "已恢复 2 条" in page.notice.words()
    assert page.table.count() == 0
    assert place.get(Patient, ids["吴如三"]).voided_at is None


def test_an_import_is_taken_back_from_its_page(shown: Shown, place: Ledger, tmp_path: Path) -> None:
    before = len(place.find(Patient))
    rows = [["姓名", "身份证号", "疾病诊断"], ["冉新一", number("19800101", "002"), "精神分裂症"]]
    imports.import_file(place, xlsx(tmp_path / "新增.xlsx", rows), today=TODAY)
    assert len(place.find(Patient)) == before + 1
    page = shown.page(PastImportsPage)
    page.table.view.selectRow(0)
    page.header.primary.click()  # type: ignore[union-attr]
    assert "新增.xlsx" in shown.dialog().words.text()
    shown.answer("撤销")
    assert len(place.find(Patient)) == before
    assert page.table.count() == 0


# ---------------------------------------------------------------- lists, columns, many at once


def test_what_is_shown_is_kept_as_a_pill_and_comes_back(shown: Shown, place: Ledger) -> None:
    page = shown.page(PatientsPage, list="registered")
    page.village.setCurrentIndex(1)
    page.table.view.sort_by("name", is_descending=True)
    shown.settle()
    wanted, count = list(page.table.model.ids()), page.table.count()
    page.tools.ask_name()
    dialog = dialog_of(page)
    dialog.put("name", "一村在册")
    dialog.send()
    shown.settle()
    (saved,) = saved_lists.listed(place, "patients")
    key = f"saved:{saved.id}"
    assert page.lists._buttons[key].text() == f"一村在册  {count}"
    page.village.setCurrentIndex(0)
    page.lists._buttons["ended"].click()
    shown.settle()
    page.lists._buttons[key].click()
    shown.settle()
    assert list(page.table.model.ids()) == wanted
    assert page.village.currentIndex() == 1
    menu = page.tools.make_menu()
    next(action for action in menu.actions() if "删除名单" in action.text()).trigger()
    shown.answer("删除")
    assert saved_lists.listed(place, "patients") == []
    assert key not in page.lists._buttons
    assert page.lists.key() == "registered"


def test_columns_chosen_are_there_the_next_time(shown: Shown) -> None:
    page = shown.page(PatientsPage)
    page.table.columns_changed.emit(["name", "phone"])
    shown.settle()
    again = shown.page(PatientsPage)
    columns = again.table.model.columns
    assert [columns[number].key for number in again.table.view.shown_columns()] == ["name", "phone"]


def test_rows_chosen_go_to_bulk_edit_and_two_to_merging(
    shown: Shown, ids: dict[str, int], opened_pages: Opened
) -> None:
    page = shown.page(PatientsPage)
    assert [slot for _, slot in page.tools._row_actions()] == [None, None, None]
    page.table.view.selectAll()
    (words, slot), (_, no_merge), (_, no_void) = page.tools._row_actions()
    assert no_void is None
    assert words == f"批量修改选中的 {page.table.count()} 人…"
    assert no_merge is None
    assert slot is not None
    slot()
    assert opened_pages[-1] == ("bulk", {"ids": tuple(page.table.model.ids())})


def test_a_file_is_voided_with_its_reason(shown: Shown, place: Ledger, ids: dict[str, int]) -> None:
    page = shown.page(PatientsPage)
    page.table.view.select_id(ids["吴如三"])
    (_, slot) = page.tools._row_actions()[2]
    assert slot is not None
    slot()
    dialog = dialog_of(page)
    dialog.put("reason", "重复登记")
    dialog.send()
    shown.settle()
    gone = place.get(Patient, ids["吴如三"])
    assert (gone.voided_at is not None, gone.void_reason) == (True, "重复登记")
    assert ids["吴如三"] not in list(page.table.model.ids())


def test_one_value_for_many(shown: Shown, place: Ledger, ids: dict[str, int], qtbot: Any) -> None:
    chosen = (ids["冉秀兰"], ids["覃建国"], ids["欧阳龚"])
    page = shown.page(BulkPage, ids=chosen)
    assert not page.apply_button.isEnabled()
    page.choice.setCurrentIndex(page.choice.findData("free_medicine"))
    assert page.editor is not None
    qtbot.keyClicks(page.editor, "2")  # the digit completes the answer, so the preview comes by itself
    shown.settle()
    assert [line.after for line in page.lines] == ["是", "是", "是"]
    assert page.apply_button.isEnabled()
    page.apply()
    shown.settle()
    assert {place.get(Patient, one).free_medicine for one in chosen} == {"2"}
    assert "Ctrl+Z" in page.notice.words()
    page.choice.setCurrentIndex(page.choice.findData("unit_id"))
    shown.settle()
    assert isinstance(page.editor, UnitField)
    qtbot.keyClicks(page.editor.editor, "zzz")
    page.preview()
    shown.settle()
    assert "看不懂" in page.notice.words()
    assert not page.apply_button.isEnabled()


# ---------------------------------------------------------------- quality


def test_violations_are_filtered_and_open_their_field(
    shown: Shown, place: Ledger, ids: dict[str, int], opened_pages: Opened
) -> None:
    page = shown.page(QualityPage)
    part = page.violations
    assert part.table.state() == "empty"
    page.run()
    shown.settle()
    everything = len(part.shown())
    assert everything > 0
    assert "条规则检查" in part.notice.words()
    rule = part.rule.itemData(1)
    part.rule.setCurrentIndex(1)
    shown.settle()
    assert {one.rule for one in part.shown()} == {rule}
    part.rule.setCurrentIndex(0)
    part.severity.choose("E")
    part._filter()
    assert {one.severity for one in part.shown()} <= {"E"}
    part.severity.choose("")
    part._filter()
    shown.settle()
    for at, one in enumerate(part.shown()):
        part._open(at)
        key, params = opened_pages[-1]
        assert params["patient_id"] == one.patient
        if one.follow_up_id is not None:
            assert (key, params["field"]) == ("visit", one.field)


def test_a_doubt_goes_from_the_patient_to_the_list_and_is_resolved(
    shown: Shown, place: Ledger, ids: dict[str, int], opened_pages: Opened
) -> None:
    page = shown.page(PatientPage, patient_id=ids["冉秀兰"], tab="file")
    assert page.doubt_button.isHidden()
    from ui.pages import quality_doubts

    menu = quality_doubts.value_menu(
        shown.desk, page, patient_id=ids["冉秀兰"], field="birth_date", name="冉秀兰", label="出生日期"
    )
    change, flag = menu.actions()
    change.trigger()
    assert opened_pages[-1] == ("person", {"patient_id": ids["冉秀兰"], "field": "birth_date"})
    flag.trigger()
    dialog = dialog_of(page)
    dialog.send()
    assert dialog.isVisible()  # no note, no doubt
    dialog.put("note", "户口本是另一天")
    dialog.send()
    shown.settle()
    page.refresh()
    shown.settle()
    assert page.doubt_button.text() == "疑问 1 处"
    listing = shown.page(QualityPage, tab="doubts")
    assert listing.doubts.table.count() == 1
    listing.doubts._open_chosen()
    assert opened_pages[-1] == ("person", {"patient_id": ids["冉秀兰"], "field": "birth_date"})
    listing.doubts.ask_resolution()
    answer = dialog_of(listing)
    answer.put("resolution", "看过证件")
    answer.send()
    shown.settle()
    assert quality.open_doubts(place) == []


def test_an_own_rule_is_made_changed_and_stopped(shown: Shown, place: Ledger) -> None:
    page = shown.page(QualityPage, tab="rules")
    part = page.rules
    part.what.field.setCurrentIndex(part.what.field.findData("registered_on"))
    part.what.operator.setCurrentIndex(part.what.operator.findData("before"))
    part.what.value.setText("今天")
    part.has_when.setChecked(True)
    part.when.field.setCurrentIndex(part.when.field.findData("colour"))
    part.when.operator.setCurrentIndex(part.when.operator.findData("filled"))
    part.store()
    shown.settle()
    page.refresh()
    shown.settle()
    (rule,) = quality.own_rules(place)
    assert (rule.operator, rule.value, rule.when_field, rule.when_operator) == ("before", "today", "colour", "filled")
    assert part.table.count() == 1
    part.edit(rule)
    assert part.what.value.text() == "今天"
    part.message.setText("建档日期不对")
    part.store()
    shown.settle()
    assert quality.own_rules(place)[0].message == "建档日期不对"
    part.edit(quality.own_rules(place)[0])
    part.ask_delete()
    shown.answer("停用")
    assert quality.own_rules(place) == []


def test_a_rule_without_sense_keeps_what_was_typed(shown: Shown, place: Ledger) -> None:
    page = shown.page(QualityPage, tab="rules")
    part = page.rules
    part.what.field.setCurrentIndex(part.what.field.findData("phone"))
    part.what.operator.setCurrentIndex(part.what.operator.findData("before"))
    part.what.value.setText("今天")
    part.store()
    shown.settle()
    assert [getattr(fault, "code", "") for fault in shown.faults] == ["MH-QUALITY-01"]
    shown.faults.clear()
    assert part.what.value.text() == "今天"
    assert quality.own_rules(place) == []


# ---------------------------------------------------------------- own items


def test_own_items_are_defined_in_the_settings(shown: Shown, place: Ledger, qtbot: Any) -> None:
    part = FieldsPart(shown.desk)
    qtbot.addWidget(part)
    part.resize(1158, 640)
    part.show()
    part.refresh()
    shown.settle()
    part.label.setText("签约团队")
    part.kind.setCurrentIndex(part.kind.findData("code"))
    part.codes.setPlainText("一队\n2 二队")
    part.store()
    shown.settle()
    (field,) = custom_fields.listed(place, "patient")
    assert (field.label, field.kind, field.codes) == ("签约团队", "code", {"1": "一队", "2": "二队"})
    part.edit(field)
    part.label.setText("家医团队")
    part.store()
    shown.settle()
    assert custom_fields.listed(place, "patient")[0].label == "家医团队"
    custom_fields.save(place, CustomField(form="patient", key="", label="低保证号"))
    part.refresh()
    shown.settle()
    part.edit(custom_fields.listed(place, "patient")[1])
    part._move(-1)
    shown.settle()
    assert [one.label for one in custom_fields.listed(place, "patient")] == ["低保证号", "家医团队"]
    part.edit(custom_fields.listed(place, "patient")[0])
    part.ask_delete()
    shown.answer("停用")
    assert [one.label for one in custom_fields.listed(place, "patient")] == ["家医团队"]


def test_own_items_stand_on_the_patient_page(shown: Shown, place: Ledger, ids: dict[str, int]) -> None:
    custom_fields.save(place, CustomField(form="patient", key="", label="低保证号"))
    patient_id = register(place, "覃新", custom={"c1": "DB-77"})
    page = shown.page(PatientPage, patient_id=patient_id, tab="file")
    words = [one.text() for one in page.whole.findChildren(QLabel)]
    assert "低保证号" in words
    assert "DB-77" in words


def test_merging_needs_two(shown: Shown, place: Ledger, ids: dict[str, int]) -> None:
    page = shown.page(DuplicatesPage)
    page._act()
    assert "选一行" in page.notice.words()
    assert merge.merges(place) == []
