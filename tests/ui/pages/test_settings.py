"""设置: units, users, rule sets, backup, appearance, about."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QWidget

from mhdesk import settings
from mhdesk.services import access, backup, rulesets, units
from tests.conftest import LedgerTemplate
from tests.ui.pages.conftest import Shown
from tests.ui.pages.township import TODAY
from ui.dialogs.ask import AskDialog
from ui.pages.settings import PARTS, SettingsPage
from ui.pages.settings_about import AboutPart
from ui.pages.settings_appearance import AppearancePart
from ui.pages.settings_backup import BackupPart
from ui.pages.settings_rules import RulesPart
from ui.pages.settings_units import UnitsPart
from ui.pages.settings_users import UsersPart
from ui.widgets import Chip

if TYPE_CHECKING:
    from db.ledger import Ledger

T = TypeVar("T", bound=QWidget)


def part(shown: Shown, kind: type[T], key: str) -> T:
    """A sheet of the settings, in front."""
    page = shown.page(SettingsPage, part=key)
    found = page.stack.currentWidget()
    assert isinstance(found, kind)
    assert page.choices.key() == key
    return found


@pytest.mark.parametrize("key", list(PARTS))
def test_each_sheet_has_its_pill(shown: Shown, opened_pages: list[tuple[str, dict[str, Any]]], key: str) -> None:
    page = shown.page(SettingsPage)
    page.choices._buttons[key].click()
    assert opened_pages == [("settings", {"part": key})]


# ---- units


def test_units_are_listed_with_their_figures(shown: Shown, place: Ledger) -> None:
    sheet = part(shown, UnitsPart, "units")
    rows = [sheet.table.model.row_at(number) for number in range(sheet.table.count())]
    assert rows == units.listed(place, year=TODAY.year)
    assert sheet.name.text() == "龙华街道社区卫生服务中心"
    assert sheet.population.value() == 4211
    assert sheet.staff.text() == "1"
    assert sheet.psychiatrists.text() == "0.5"


def test_a_unit_is_renamed_and_counted(shown: Shown, place: Ledger) -> None:
    sheet = part(shown, UnitsPart, "units")
    sheet.table.view.selectRow(1)
    assert sheet.name.text() == "石坝村"
    sheet.name.setText("石坝社区")
    sheet.population.setValue(2020)
    sheet.save_button.click()
    shown.settle()
    stored = next(one for one in units.listed(place, year=TODAY.year) if one.name == "石坝社区")
    assert (stored.population, stored.staff_fte, stored.psychiatrists) == (2020, 1.0, 0.5)
    assert sheet.name.text() == "石坝社区"


def test_a_village_is_merged_into_another(shown: Shown, place: Ledger) -> None:
    sheet = part(shown, UnitsPart, "units")
    assert not sheet.merge_button.isEnabled()  # the institution itself
    sheet.table.view.selectRow(1)
    sheet.merge_button.click()
    dialog = next(one for one in QApplication.topLevelWidgets() if isinstance(one, AskDialog) and one.isVisible())
    other = next(
        line for line in units.listed(place, year=TODAY.year) if line.level == "village" and line.name != "石坝村"
    )
    dialog.put("into", str(other.id))
    dialog.put("on", "2026-07-01")
    dialog.send()
    shown.settle()
    gone = next(line for line in units.listed(place, year=TODAY.year) if line.name == "石坝村")
    assert (gone.valid_to, gone.merged_into) == (date(2026, 7, 1), other.name)
    assert not sheet.merge_button.isEnabled()


def test_a_figure_can_be_unknown(shown: Shown, place: Ledger) -> None:
    sheet = part(shown, UnitsPart, "units")
    sheet.population.setValue(sheet.population.minimum())
    assert sheet.population.text() == "不清楚"
    sheet.save()
    shown.settle()
    assert units.listed(place, year=TODAY.year)[0].population is None


def test_a_village_is_added_once(shown: Shown, place: Ledger) -> None:
    sheet = part(shown, UnitsPart, "units")
    sheet.new_name.setText("柏树湾村")
    sheet.new_name.returnPressed.emit()
    shown.settle()
    assert "柏树湾村" in [one.name for one in units.listed(place, year=TODAY.year)]
    assert sheet.new_name.text() == ""
    sheet.new_name.setText("柏树湾村")
    sheet.add()
    shown.settle()
    assert [getattr(fault, "code", "") for fault in shown.faults] == ["MH-UNITS-03"]
    shown.faults.clear()
    assert sheet.new_name.text() == "柏树湾村"


# ---- users


def test_a_new_user_gets_a_phrase_shown_once_that_opens_the_ledger(
    shown: Shown, place: Ledger, clock: Callable[[], Any]
) -> None:
    sheet = part(shown, UsersPart, "users")
    sheet.login.setText("liqiang")
    sheet.user_name.setText("李强")
    sheet.role.setCurrentIndex(sheet.role.findData(access.ROLES[0]))
    sheet.add()
    shown.settle()
    dialog = shown.dialog()
    phrase = dialog.words.text()
    assert "liqiang" in dialog.next_step.text()
    shown.answer("知道了")
    assert not any(phrase in one.text() for one in sheet.window().findChildren(QLabel))
    assert [user.login for user in access.list_users(place)] == ["wang", "liqiang"]
    assert sheet.table.count() == 2
    assert sheet.login.text() == ""
    folder = place.folder
    place.close()
    again = access.open_ledger(folder, login="liqiang", password=phrase, now=clock)
    assert again.user_name == "李强"
    again.close()


def test_a_forgotten_password_is_replaced(shown: Shown, place: Ledger, clock: Callable[[], Any]) -> None:
    access.add_user(place, login="liqiang", name="李强", role=access.ROLES[0], password="Blue-kettle-2026-north")
    sheet = part(shown, UsersPart, "users")
    sheet.reset()
    assert shown.dialog().words.text() == "请先在列表里选中一位用户。"
    shown.answer("知道了")
    sheet.table.view.selectRow(1)
    sheet.reset()
    shown.settle()
    phrase = shown.dialog().words.text()
    shown.answer("知道了")
    folder = place.folder
    place.close()
    access.open_ledger(folder, login="liqiang", password=phrase, now=clock).close()


def test_a_user_is_shut_out_after_a_question(shown: Shown, place: Ledger) -> None:
    access.add_user(place, login="liqiang", name="李强", role=access.ROLES[0], password="Blue-kettle-2026-north")
    sheet = part(shown, UsersPart, "users")
    sheet.table.view.selectRow(1)
    sheet.disable()
    assert "“李强”" in shown.dialog().words.text()
    shown.answer("停用")
    state = next(column for column in sheet.table.model.columns if column.key == "state")
    assert [state.text_of(sheet.table.model.row_at(number)) for number in (0, 1)] == ["可登录", "已停用"]
    sheet.table.view.selectRow(1)
    sheet.disable()  # a second time nothing is asked
    assert not any(widget.isVisible() for widget in sheet.window().findChildren(QFileDialog))


def test_ones_own_password(
    shown: Shown, place: Ledger, ledger_template: LedgerTemplate, clock: Callable[[], Any]
) -> None:
    sheet = part(shown, UsersPart, "users")
    sheet.old.setText("not this one at all")
    sheet.new.setText("Green-harbour-2026-lamp")
    sheet.change_own()
    shown.settle()
    assert len(shown.faults) == 1
    shown.faults.clear()
    assert sheet.new.text() == "Green-harbour-2026-lamp"
    sheet.old.setText(ledger_template.password)
    sheet.change_own()
    shown.settle()
    shown.answer("知道了")
    assert sheet.new.text() == sheet.old.text() == ""
    folder = place.folder
    place.close()
    access.open_ledger(folder, login=ledger_template.login, password="Green-harbour-2026-lamp", now=clock).close()


# ---- rule sets


def test_a_rule_set_is_read_and_put_in_force(shown: Shown, place: Ledger) -> None:
    sheet = part(shown, RulesPart, "rules")
    choice = rulesets.choice(place)
    assert sheet.sets.currentData() == choice.default.id
    assert not sheet.use_button.isEnabled()
    assert sheet.table.count() == len(choice.default.parameters)
    other = next(one for one in choice.available if one.id != choice.default.id)
    sheet.sets.setCurrentIndex(sheet.sets.findData(other.id))
    shown.settle()
    assert other.source in sheet.source.text()
    sheet.table.view.selectRow(0)
    first = next(iter(other.parameters.values()))
    assert first.source in sheet.chosen_source.text()
    sheet.use_button.click()
    shown.settle()
    assert rulesets.choice(place).default.id == other.id
    assert sheet.sets.currentText().endswith("（正在使用）")
    assert not sheet.use_button.isEnabled()


def test_every_parameter_says_how_sure_it_is(shown: Shown) -> None:
    sheet = part(shown, RulesPart, "rules")
    mark = next(column for column in sheet.table.model.columns if column.key == "mark")
    said = {mark.text_of(sheet.table.model.row_at(number)) for number in range(sheet.table.count())}
    assert said <= {"已核实", "待核实", "假定"}
    assert "已核实" in said


# ---- backup


def test_backing_up_and_checking(shown: Shown, place: Ledger) -> None:
    sheet = part(shown, BackupPart, "backup")
    assert sheet.table.state() == "empty"
    said = [chip.text() for chip in sheet.findChildren(Chip)]
    assert said == ["本机还没有备份", "U 盘还没有备份"]
    sheet.make()
    shown.settle()
    assert sheet.notice.words().startswith("已备份：")
    assert backup.newest(place).local is not None
    assert sheet.table.state() == "rows"
    results = [sheet.table.model.row_at(number) for number in range(sheet.table.count())]
    assert all(one is not None and one.ok for one in results)
    sheet.verify()
    shown.settle()
    checked = [sheet.table.model.row_at(number) for number in range(sheet.table.count())]
    assert len(checked) > len(results) - 1
    sheet.drill()
    shown.settle()
    assert sheet.table.count()


def test_a_copy_for_the_stick(shown: Shown, place: Ledger, tmp_path: Path) -> None:
    sheet = part(shown, BackupPart, "backup")
    sheet.make_on_stick()
    dialog = sheet.findChild(QFileDialog)
    assert dialog is not None
    stick = tmp_path / "stick"
    stick.mkdir()
    dialog.fileSelected.emit(str(stick))
    dialog.close()
    shown.settle()
    assert list(stick.rglob("*"))
    assert backup.newest(place).stick is not None


# ---- appearance and about


def test_appearance_takes_effect_and_is_kept(shown: Shown) -> None:
    wanted: list[tuple[int, bool]] = []
    shown.desk = dataclasses.replace(shown.desk, restyle=lambda percent, dark: wanted.append((percent, dark)))
    sheet = part(shown, AppearancePart, "appearance")
    assert sheet.shown.text() == "100 %"
    sheet.percent.setValue(15)
    sheet.dark.setChecked(True)
    sheet.minutes.setValue(7)
    assert sheet.shown.text() == "150 %"
    sheet.apply()
    assert wanted == [(150, True)]
    assert settings.load().lock_minutes == 7
    settings.change(lock_minutes=5)


def test_about_says_what_it_is_and_checks_itself(shown: Shown, place: Ledger) -> None:
    sheet = part(shown, AboutPart, "about")
    said = [one.text() for one in sheet.findChildren(QLabel)]
    assert str(place.folder) in said
    assert place.vault_id in said
    sheet.check()
    shown.settle()
    chips = [chip.text() for chip in sheet.findings.findChildren(Chip) if chip.isVisible()]
    assert chips
    assert set(chips) <= {"正常", "有问题"}


def test_figures_belong_to_a_year(shown: Shown, place: Ledger) -> None:
    assert units.listed(place, year=2025)[0].population is None
    sheet = part(shown, UnitsPart, "units")
    assert any(f"{date(2026, 1, 1).year} 年" in one.text() for one in sheet.findChildren(QLabel))


def test_a_parameter_is_changed_in_the_ledgers_own_copy_and_given_back(shown: Shown, place: Ledger) -> None:
    sheet = part(shown, RulesPart, "rules")
    number = next(at for at, one in enumerate(sheet._parameters) if one.key == "grace_days")
    sheet.table.view.selectRow(number)
    sheet.edit()
    (dialog,) = [one for one in QApplication.topLevelWidgets() if isinstance(one, AskDialog) and one.isVisible()]
    dialog.put("value", "2.5")
    dialog.send()
    shown.settle()
    assert dialog.notice.words()  # half a day is refused; what was typed stays
    dialog.put("value", "5")
    dialog.put("source", "区精卫中心通知")
    dialog.send()
    shown.settle()
    own = rulesets.choice(place).default
    assert (own.terms.grace_days, own.parameters["grace_days"].source) == (5, "区精卫中心通知")
    assert "本台账已修改" in sheet.source.text()
    sheet.give_back()
    shown.settle()
    assert rulesets.choice(place).default.terms.grace_days == 0
    assert not sheet.back_button.isVisibleTo(sheet)
