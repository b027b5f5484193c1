"""设置: 目标 and 上报."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mhdesk.rules import targets as rules
from mhdesk.services import sending, target_sets
from mhdesk.services.sending import Terms
from tests.ui.pages.conftest import Shown
from tests.ui.pages.test_settings import part
from ui.pages.settings_sending import SendingPart
from ui.pages.settings_targets import TargetsPart

if TYPE_CHECKING:
    from db.ledger import Ledger


def test_a_target_is_changed_with_its_mark_and_given_back(shown: Shown, place: Ledger) -> None:
    sheet = part(shown, TargetsPart, "targets")
    assert sheet.sets.currentData() == "yubei_2023"
    assert sheet.sets.currentText().endswith("（正在使用）")
    mark = next(column for column in sheet.table.model.columns if column.key == "mark")
    words = [mark.text_of(sheet.table.model.row_at(number)) for number in range(sheet.table.count())]
    assert set(words) == {"已核实", "假定"}
    assert not sheet.back_button.isVisible()
    sheet.table.view.selectRow(0)
    assert "渝北卫健〔2023〕260号" in sheet.said.text()
    dialog = sheet.edit(rules.shipped()["yubei_2023"].targets[0])
    assert dialog is not None
    dialog.put("value", "120")
    dialog.send()
    shown.settle()
    assert dialog.raw("value") == "120"  # refused, what was typed stays
    dialog.put("value", "96")
    dialog.put("source", "区精卫中心2026年通知")
    dialog.send()
    shown.settle()
    found = next(one for one in target_sets.choice(place).available if one.id == "yubei_2023")
    assert (found.targets[0].value_text, found.targets[0].source) == (">96%", "区精卫中心2026年通知")
    assert "本台账已修改" in sheet.source.text()
    sheet.back_button.click()
    shown.settle()
    value = next(column for column in sheet.table.model.columns if column.key == "value_text")
    assert value.text_of(sheet.table.model.row_at(0)) == ">90%"


def test_a_new_document_gets_targets_and_is_used(shown: Shown, place: Ledger) -> None:
    sheet = part(shown, TargetsPart, "targets")
    new = sheet.add_document()
    new.put("name", "某府办发〔2026〕1号")
    new.send()
    shown.settle()
    assert sheet.sets.currentText() == "某府办发〔2026〕1号"
    assert sheet.table.state() == "empty"
    dialog = sheet.edit(None)
    assert dialog is not None
    dialog.put("value", "85")
    dialog.put("source", "第三条")
    dialog.send()
    shown.settle()
    name = next(column for column in sheet.table.model.columns if column.key == "name")
    assert name.text_of(sheet.table.model.row_at(0)) == "规范管理率"
    sheet.use_button.click()
    shown.settle()
    assert len(target_sets.choice(place).in_force) == 2
    sheet.use_button.click()
    shown.settle()
    assert target_sets.choice(place).in_force == ["yubei_2023"]
    sheet.table.view.selectRow(0)
    sheet.drop_button.click()
    shown.settle()
    sheet.back_button.click()
    shown.settle()
    assert [one.id for one in target_sets.choice(place).available] == list(rules.shipped())


def test_what_must_be_sent_is_kept(shown: Shown, place: Ledger) -> None:
    sheet = part(shown, SendingPart, "sending")
    shown.settle()
    assert [kind for kind, box in sheet.required.items() if box.isChecked()] == ["weekly"]
    assert not sheet.days["monthly"].isEnabled()
    sheet.required["monthly"].setChecked(True)
    sheet.days["monthly"].setValue(5)
    sheet.weekday.setCurrentIndex(4)
    sheet.save()
    shown.settle()
    wanted = Terms(("weekly", "monthly"), {**dict.fromkeys(sending.KINDS, sending.DUE_DAYS), "monthly": 5}, 4)
    assert sending.terms(place) == wanted
