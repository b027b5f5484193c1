"""服药 with real keys: two presses from the row, faults under their fields, doubts asked once, nothing lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLineEdit, QWidget

from mhdesk.domain.medication import Dispensing, Injection, MedicationOrder, StockMovement
from mhdesk.files.read import read_tables
from mhdesk.services import drafts
from mhdesk.services.medication import record, reminders
from tests.ui.pages.conftest import Shown
from tests.ui.pages.township import TODAY
from ui.dialogs.ask import AskDialog
from ui.dialogs.paper import PaperDialog
from ui.dialogs.record import RecordDialog
from ui.pages.medication import MedicationPage
from ui.pages.patient import PatientPage
from ui.pages.settings import SettingsPage
from ui.pages.settings_reminders import RemindersPart

if TYPE_CHECKING:
    from db.ledger import Ledger


@pytest.fixture
def stocked(place: Ledger, ids: dict[str, int]) -> Ledger:
    """Somebody runs out in three days, somebody is due for an injection."""
    for made in (
        MedicationOrder(patient_id=ids["陈如一"], drug_name="利培酮", started_on=date(2026, 9, 1), morning=1.0,
                        night=1.0, strength=1.0),
        Dispensing(patient_id=ids["陈如一"], dispensed_on=TODAY - timedelta(days=25), drug_name="利培酮", quantity=56.0,
                   unit="片", days=28, is_free="2", receiver="冉某"),
        Injection(patient_id=ids["仇长效"], injected_on=TODAY - timedelta(days=28), drug_name="棕榈酸帕利哌酮",
                  dose=100.0, dose_unit="mg", quantity=1.0, interval_days=28, site="1"),
        StockMovement(moved_on=date(2026, 9, 1), drug_name="利培酮", kind="in", quantity=500.0, unit="片"),
    ):  # fmt: skip
        record.save(place, made, today=TODAY)
    return place


def dialog(kind: type[QDialog] = RecordDialog) -> Any:
    return next(one for one in QApplication.topLevelWidgets() if isinstance(one, kind) and one.isVisible())


def is_open(kind: type[QDialog] = RecordDialog) -> bool:
    return any(isinstance(one, kind) and one.isVisible() for one in QApplication.topLevelWidgets())


class Keys:
    """Presses keys, and counts them."""

    def __init__(self) -> None:
        self.presses = 0

    def press(self, where: QWidget, *keys: Qt.Key) -> None:
        for key in keys:
            QTest.keyClick(where, key)
            self.presses += 1

    def type(self, where: QWidget, words: str) -> None:
        QTest.keyClicks(where, words)
        self.presses += len(words)


@pytest.fixture
def keys() -> Keys:
    return Keys()


def test_the_page_lists_who_waits(shown: Shown, stocked: Ledger) -> None:
    page = shown.page(MedicationPage)
    assert [(one.name, one.kind) for one in page.shown_lines()] == [("仇长效", "injection_due")]
    page.lists._buttons["running_out"].click()
    assert [(one.name, one.kind, one.late_words) for one in page.shown_lines()] == [
        ("陈如一", "running_out", "还有 3 天")
    ]
    page.lists._buttons["stock"].click()
    assert page.found is not None
    assert [(one.drug_name, one.left) for one in page.found.stock] == [("利培酮", 444.0)]


def run_key(shown: Shown, page: MedicationPage, keys: Keys, key: Qt.Key) -> RecordDialog:
    """Press a letter on the row and wait for its dialog."""
    page.window().activateWindow()
    page.people.view.setFocus()
    page.people.view.selectRow(0)
    keys.press(page.people.view, key)
    shown.qtbot.waitUntil(is_open)
    shown.settle()
    found: RecordDialog = dialog()
    return found


def test_handing_out_as_last_time_takes_two_presses(shown: Shown, stocked: Ledger, keys: Keys) -> None:
    page = shown.page(MedicationPage, list="running_out")
    asked = run_key(shown, page, keys, Qt.Key.Key_D)
    keys.press(asked.editors["quantity"], Qt.Key.Key_Return)
    shown.settle()
    stored = stocked.find(Dispensing)[-1]
    assert (stored.dispensed_on, stored.quantity, stored.unit, stored.days) == (TODAY, 56.0, "片", 28)
    assert (stored.receiver, stored.is_free, stored.batch) == ("冉某", "2", None)
    assert keys.presses == 2  # on paper: a date, a name, a drug, an amount
    assert page.shown_lines() == []
    assert page.notice.words() == "已保存：陈如一。"


def test_another_quantity_takes_few_more(shown: Shown, stocked: Ledger, keys: Keys) -> None:
    page = shown.page(MedicationPage, list="running_out")
    asked = run_key(shown, page, keys, Qt.Key.Key_D)
    keys.type(asked.editors["quantity"], "28")
    keys.press(asked.editors["quantity"], Qt.Key.Key_Tab, Qt.Key.Key_Tab)
    keys.type(asked.editors["days"], "14")
    keys.press(asked.editors["days"], Qt.Key.Key_Return)
    shown.settle()
    assert (stocked.find(Dispensing)[-1].quantity, stocked.find(Dispensing)[-1].days) == (28.0, 14)
    assert keys.presses == 8


def test_an_injection_from_the_row(shown: Shown, stocked: Ledger, keys: Keys) -> None:
    page = shown.page(MedicationPage)
    asked = run_key(shown, page, keys, Qt.Key.Key_I)
    site = asked.editors["site"]
    keys.press(site, Qt.Key.Key_Down, Qt.Key.Key_Down)
    keys.press(asked.editors["note"], Qt.Key.Key_Return)
    shown.settle()
    stored = stocked.find(Injection)[-1]
    assert (stored.injected_on, stored.dose, stored.site, stored.interval_days) == (TODAY, 100.0, "2", 28)
    assert keys.presses == 4
    assert page.shown_lines() == []


@pytest.mark.parametrize(
    ("field", "words", "said"),
    [
        ("quantity", "-5", "大于 0"),
        ("quantity", "many", "请写一个数字"),
        ("days", "2.5", "请写整数"),
        ("dispensed_on", "2027-01-01", "日期太晚"),
        ("drug_name", "", "请填写"),
    ],
)
def test_faults_stand_under_their_fields_and_nothing_is_stored(
    shown: Shown, stocked: Ledger, keys: Keys, field: str, words: str, said: str
) -> None:
    page = shown.page(MedicationPage, list="running_out")
    asked = run_key(shown, page, keys, Qt.Key.Key_D)
    asked.put(field, words)
    before = asked.texts()
    asked.send()
    shown.settle()
    assert said in asked.fields[field].problem()
    assert asked.texts() == before
    assert len(stocked.find(Dispensing)) == 1
    asked.reject()


def test_a_doubt_is_asked_once_and_never_blocks(shown: Shown, stocked: Ledger, keys: Keys) -> None:
    page = shown.page(MedicationPage, list="running_out")
    asked = run_key(shown, page, keys, Qt.Key.Key_D)
    asked.put("days", "30")  # two a day: 56 last 28 days
    asked.send()
    shown.settle()
    assert "按数量和医嘱算是 28 天" in asked.fields["days"].problem()
    assert "再按一次" in asked.notice.words()
    assert len(stocked.find(Dispensing)) == 1
    asked.send()
    shown.settle()
    assert stocked.find(Dispensing)[-1].days == 30


def test_what_was_typed_comes_back_after_the_program_locked(
    shown: Shown, stocked: Ledger, keys: Keys, ids: dict[str, int]
) -> None:
    page = shown.page(MedicationPage, list="running_out")
    asked = run_key(shown, page, keys, Qt.Key.Key_D)
    asked.put("batch", "B2611")
    page.leave()
    shown.settle()
    asked.hide()
    asked.deleteLater()
    kept = drafts.waiting(stocked)
    assert [one.subject_id for one in kept] == [ids["陈如一"]]
    again = shown.page(MedicationPage, list="running_out")
    asked = run_key(shown, again, keys, Qt.Key.Key_D)
    assert asked.raw("batch") == "B2611"
    assert asked.notice.words().startswith("已恢复")
    asked.send()
    shown.settle()
    assert stocked.find(Dispensing)[-1].batch == "B2611"
    assert drafts.waiting(stocked) == []


def test_filters_and_what_is_shown_goes_into_a_workbook(shown: Shown, stocked: Ledger, tmp_path: Path) -> None:
    page = shown.page(MedicationPage)
    page.village.setCurrentIndex(page.village.findData("石坝村"))
    page.village.activated.emit(0)
    names = [one.name for one in page.shown_lines()]
    page.village.setCurrentIndex(0)
    page.village.activated.emit(0)
    assert len(page.shown_lines()) >= len(names)
    file = tmp_path / "名单.xlsx"
    page.export_to(file, page.report())
    shown.settle()
    cells = [str(cell) for table in read_tables(file) for row in table.rows for cell in row]
    assert {"仇长效", "应注射", "棕榈酸帕利哌酮"} <= set(cells)
    assert page.notice.words() == "已写入 名单.xlsx。"


@pytest.mark.parametrize("way", ["filled", "blank"])
def test_the_register_of_the_month_is_shown_before_it_prints(shown: Shown, stocked: Ledger, way: str) -> None:
    page = shown.page(MedicationPage, list="running_out")
    page.print_()
    asked = dialog(AskDialog)
    asked.set_texts({"way": way, "month": "2026-10"})
    asked.send()
    shown.settle()
    paper = dialog(PaperDialog)
    assert paper.windowTitle().startswith("严重精神障碍患者发药登记表")
    paper.close()


# ---- the person's tab


def tab(shown: Shown, patient_id: int) -> PatientPage:
    page = shown.page(PatientPage, patient_id=patient_id, tab="medication")
    page.window().activateWindow()
    return page


def test_orders_are_added_changed_and_stopped(shown: Shown, stocked: Ledger, ids: dict[str, int]) -> None:
    page = tab(shown, ids["陈如一"])
    part = page.medication
    part.new_order()
    shown.settle()
    asked = dialog()
    asked.editors["drug_name"].setFocus()
    QTest.keyClicks(asked.editors["drug_name"], "adp")
    QTest.keyClick(asked.editors["drug_name"], Qt.Key.Key_Return)
    assert asked.raw("drug_name") == "奥氮平"
    asked.put("night", "25")  # above the usual range: asked, never blocked
    asked.send()
    shown.settle()
    assert any("奥氮平" in field.problem() for field in asked.fields.values())
    asked.send()
    shown.settle()
    assert part.shown is not None
    olanzapine = next(one for one in part.shown.picture.running if one.drug_name == "奥氮平")
    part.stop_order(olanzapine)
    stop = dialog(AskDialog)
    QTest.keyClick(stop.editors["reason"], Qt.Key.Key_3)
    shown.settle()
    stored = next(one for one in stocked.find(MedicationOrder) if one.drug_name == "奥氮平")
    assert (stored.stopped_on, stored.stop_reason) == (TODAY, "3")


def test_records_are_corrected_and_voided(shown: Shown, stocked: Ledger, ids: dict[str, int]) -> None:
    part = tab(shown, ids["陈如一"]).medication
    part.parts._buttons["dispensings"].click()
    part.tables["dispensings"].view.selectRow(0)
    part.correct()
    shown.settle()
    asked = dialog()
    asked.put("batch", "更正")
    asked.send()
    shown.settle()
    assert stocked.find(Dispensing)[0].batch == "更正"
    part.tables["dispensings"].view.selectRow(0)
    part.void()
    reason = dialog(AskDialog)
    reason.put("reason", "录错")
    reason.send()
    shown.settle()
    assert stocked.find(Dispensing) == []
    assert part.tables["dispensings"].state() == "empty"


def test_the_picture_is_read_with_the_keys(shown: Shown, stocked: Ledger, ids: dict[str, int]) -> None:
    view = tab(shown, ids["仇长效"]).medication.view
    found = view.picture.course
    assert found is not None
    view.picture.setFocus()
    QTest.keyClick(view.picture, Qt.Key.Key_Home)
    assert view.words.text() == found.things[0].words
    for number in range(1, len(found.things)):
        QTest.keyClick(view.picture, Qt.Key.Key_Right)
        assert view.words.text() == found.things[number].words
    assert "按时注射" in view.legend_words()
    assert "应注射" in view.legend_words()


@pytest.mark.parametrize("open_form", ["new_reaction", "new_result"])
def test_reactions_and_results_are_recorded(shown: Shown, stocked: Ledger, ids: dict[str, int], open_form: str) -> None:
    part = tab(shown, ids["陈如一"]).medication
    start: Callable[[], None] = getattr(part, open_form)
    start()
    shown.settle()
    asked = dialog()
    asked.set_texts({"kinds": "5,6", "severity": "1"} if open_form == "new_reaction" else {"item": "2", "value": "3.1"})
    editor = asked.editors["detail" if open_form == "new_reaction" else "result"]
    assert isinstance(editor, QLineEdit)
    editor.setText("见病历")
    asked.send()
    shown.settle()
    assert part.shown is not None
    found = part.shown.picture
    if open_form == "new_reaction":
        assert found.reactions[0].kinds == ("5", "6")
    else:
        assert (found.results[0].item, found.results[0].value) == ("2", 3.1)


# ---- reminders


def test_reminders_are_off_until_turned_on_with_a_source(shown: Shown, stocked: Ledger) -> None:
    part = shown.page(SettingsPage, part="reminders").stack.currentWidget()
    assert isinstance(part, RemindersPart)
    assert [one.enabled for one in reminders.lines(stocked) if one.kind == "watch"] == [False, False]
    asked = part.edit(reminders.lines(stocked)[0])
    asked.set_texts({"enabled": "on", "value": "0", "source": "区县精卫中心 2026 年通知"})
    asked.send()
    shown.settle()
    assert asked.fields["value"].problem()
    asked.put("value", "28")
    asked.send()
    shown.settle()
    first = reminders.lines(stocked)[0]
    assert (first.enabled, first.value, first.source, first.is_own) == (True, 28, "区县精卫中心 2026 年通知", True)
    part.put_back()
    shown.settle()
    assert reminders.lines(stocked)[0].enabled is False
