"""Widgets say what they are meant to say."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from mhdesk.rules.targets import Target
from ui.widgets import (
    Chip,
    ChipText,
    ChoiceBar,
    ElidedLabel,
    EmptyState,
    FlowLayout,
    Heading,
    LabelledField,
    Notice,
    PlainButton,
    RateBar,
)  # fmt: skip


def target(operator: str, value: float) -> Target:
    """A target in percent."""
    return Target("standard_management_rate", "规范管理率", "percent", operator, value, 2026, "本区文件")


def test_rate_against_its_target(qtbot: QtBot) -> None:
    bar = RateBar()
    qtbot.addWidget(bar)
    bar.show_rate("规范管理率", 189, 204, target=target(">=", 95))
    bar.show()
    assert bar._percent.text() == "92.65%"
    assert bar._target.text() == "目标 ≥95% · 还差 5 人"
    assert bar._names.isVisible()
    with qtbot.waitSignal(bar.names_requested):
        bar._names.click()
    bar.show_rate("规律服药率", 175, 204, target=target(">", 85))
    assert bar._target.text() == "目标 >85% · 已达到"
    assert not bar._names.isVisible()
    bar.show_rate("在管率", 18, 20, target=target(">", 90))
    assert bar._target.text() == "目标 >90% · 还差 1 人"
    bar.show_rate("面访率", None, None, target=target(">", 80))
    assert bar._percent.text() == "—"
    bar.show_rate("面访率", 0, 0, note="本年累计")
    assert bar._target.text() == "本年累计"


def test_long_names_are_cut_with_the_whole_in_the_tip(qtbot: QtBot) -> None:
    name = "阿卜杜热西提·买买提江·吐尔逊"
    shown = ElidedLabel(name)
    qtbot.addWidget(shown)
    shown.resize(60, 20)
    shown.show()
    assert shown.text() != name
    assert shown.toolTip() == shown.whole_text() == name
    shown.resize(600, 20)
    assert shown.text() == name
    assert shown.toolTip() == ""


def test_headings_with_rare_characters_are_not_bold(qtbot: QtBot) -> None:
    heading = Heading("冉秀兰")
    qtbot.addWidget(heading)
    assert heading.property("rare") == "false"
    heading.setText("龘")
    assert heading.property("rare") == "true"


def test_names_are_never_rich_text(qtbot: QtBot) -> None:
    chip = Chip("<b>王</b>", "now")
    qtbot.addWidget(chip)
    assert chip.text() == "<b>王</b>"
    chip.show_chip(None)
    assert chip.isHidden()
    chip.show_chip(ChipText("稳定", "good"))
    assert chip.property("tone") == "good"


def test_choices(qtbot: QtBot) -> None:
    bar = ChoiceBar([("all", "全部"), ("lost", "失访")])
    qtbot.addWidget(bar)
    assert bar.key() == "all"
    with qtbot.waitSignal(bar.chosen) as told:
        bar._buttons["lost"].click()
    assert told.args == ["lost"]
    bar.set_count("lost", 3)
    assert bar._buttons["lost"].text() == "失访  3"
    bar.choose("all")
    assert bar.key() == "all"
    assert ChoiceBar().key() is None


def test_a_flow_takes_more_lines_when_narrow(qtbot: QtBot) -> None:
    holder = QWidget()
    qtbot.addWidget(holder)
    flow = FlowLayout()
    holder.setLayout(flow)
    for number in range(6):
        flow.addWidget(PlainButton(f"名单 {number}"))
    one_line = flow.heightForWidth(5000)
    assert flow.heightForWidth(200) >= 3 * one_line
    holder.resize(QSize(200, 400))
    holder.show()
    assert flow.itemAt(0) is not None
    assert flow.itemAt(9) is None
    taken = flow.takeAt(5)
    assert taken is not None
    assert flow.count() == 5


def test_a_problem_stands_under_its_field_and_goes_again(qtbot: QtBot) -> None:
    field = LabelledField("登录名", QLineEdit("王"), "如 wangmin")
    qtbot.addWidget(field)
    field.show_problem("请输入登录名")
    assert field.problem() == "请输入登录名"
    assert field.editor.property("state") == "problem"
    field.show_problem("")
    assert field.problem() == ""
    assert field._below.text() == "如 wangmin"


def test_notice(qtbot: QtBot) -> None:
    notice = Notice()
    qtbot.addWidget(notice)
    assert notice.words() == ""
    notice.say("密码不对", "now")
    assert notice.words() == "密码不对"
    notice.clear()
    assert notice.words() == ""


def test_empty_state_shows_its_whole_sentence(qtbot: QtBot) -> None:
    state = EmptyState("inbox", "这里没有内容", "很长的一句话，" * 10, "导入")
    qtbot.addWidget(state)
    state.resize(800, 500)
    state.show()
    assert state._sentence.height() >= state._sentence.heightForWidth(state._sentence.width())
