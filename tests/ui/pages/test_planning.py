"""倒计时 and 报表模板: what the pages show is what the services say; forms are placed with keys."""

from __future__ import annotations

import dataclasses
import io
from pathlib import Path
from typing import TYPE_CHECKING

from openpyxl import load_workbook
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel

from mhdesk.services import colours, inspection, outlook, templates
from tests.files.forms_sent import form
from tests.ui.pages.conftest import Shown
from tests.ui.pages.township import TODAY
from ui.dialogs.ask import AskDialog
from ui.pages.ahead import AheadPage
from ui.pages.colours import ColoursPage
from ui.pages.inspection import InspectionPage
from ui.pages.patient import PatientPage
from ui.pages.reports import ReportsPage
from ui.pages.settings import SettingsPage
from ui.pages.settings_colours import ColoursPart
from ui.pages.templates import TemplatesPage
from ui.pages.trends import TrendsPage

if TYPE_CHECKING:
    from db.ledger import Ledger


def test_the_countdown_is_that_of_the_service(shown: Shown, place: Ledger, tmp_path: Path) -> None:
    page = shown.page(AheadPage)
    expected = outlook.look(place, today=TODAY)
    assert page.table.count() == len(expected.shown("needed"))
    assert page.nobody.words()[1] == f"{expected.outlook.none_numerator}/{expected.outlook.none_denominator}"
    page.choose_span("annual")
    shown.settle()
    page._choose_list("broken")
    shown.settle()
    year = outlook.look(place, span="annual", today=TODAY)
    assert page.table.count() == len(year.shown("broken"))
    page.villages.setCurrentIndex(1)
    page._show_list(keep_village=True)
    assert page._entries == outlook.by_village(year.shown("broken"))
    made = outlook.report(year, page._entries, unit_name="龙兴镇", show="broken")
    assert made.title.endswith("（补不回来的）")
    page.print_list()
    shown.settle()
    preview = QApplication.activeModalWidget()
    if preview is not None:
        preview.close()
    page.write_to(tmp_path / "名单.pdf")
    shown.settle()
    assert (tmp_path / "名单.pdf").read_bytes().startswith(b"%PDF")


def test_a_form_is_opened_placed_kept_and_filled(shown: Shown, place: Ledger, tmp_path: Path) -> None:
    page = shown.page(TemplatesPage)
    file = tmp_path / "区表.xlsx"
    file.write_bytes(form())
    page.open_file(file)
    shown.settle()
    page.show_place(11, 1)
    page.finder.setFocus()
    shown.qtbot.keyClicks(page.finder, "gfglrs")
    assert page.choices.count() == 0
    page.finder.clear()
    shown.qtbot.keyClicks(page.finder, "gfgll")
    page.sides.setCurrentIndex(page.sides.findText("分子"))
    shown.qtbot.keyClick(page.finder, Qt.Key.Key_Return)
    shown.settle()
    item = page.grid.item(11, 1)
    assert item is not None
    assert item.text() == "{{规范管理率.分子}}"
    page.leave()  # the window is locked: nothing is lost
    shown.settle()
    assert templates.load(place, "区表") != b""
    page.fill_to(tmp_path / "出")
    shown.settle()
    made = next((tmp_path / "出").glob("*.xlsx"))
    assert load_workbook(io.BytesIO(made.read_bytes()))["周报表"]["B6"].value
    assert "已填" in page.notice.words()


def test_the_reports_page_leads_there(shown: Shown) -> None:
    page = shown.page(ReportsPage)
    names = [action.text() for action in page.more_pages().actions()]
    assert {"倒计时", "报表模板"} <= set(names)


def test_a_colour_is_assessed_in_two_steps(shown: Shown, place: Ledger, ids: dict[str, int]) -> None:
    page = shown.page(ColoursPage, patient_id=ids["陈如一"])
    chosen = page.chosen()
    assert chosen is not None
    assert chosen.id == ids["陈如一"]
    page.assess()
    shown.settle()
    points = _dialog("评分")
    for key, words in (("risk", "0"), ("class", "3"), ("acts", "no"), ("adherence", "1"), ("guardianship", "1")):
        points.set_texts({key: words})
    points.set_texts({"present": "no"})
    points.send()
    shown.settle()
    decision = _dialog("定级")
    decision.set_texts({"colour": "yellow"})
    decision.put("members", "王敏、民警")
    decision.send()
    shown.settle()
    assert colours.history(place, ids["陈如一"]) == []  # another colour than suggested wants a reason: nothing is lost
    decision.put("override_reason", "家属外出")
    decision.send()
    shown.settle()
    assert [one.colour for one in colours.history(place, ids["陈如一"])] == ["yellow"]
    assert page.history.count() == 1
    assert "陈如一" in page.notice.words()


def test_a_person_shows_the_colour_with_its_grounds(shown: Shown, place: Ledger, ids: dict[str, int]) -> None:
    person = ids["陈如一"]
    page = shown.page(PatientPage, patient_id=person, tab="colours")
    tab = page.colours
    assert tab.table.state() == "empty"
    assert not tab.print_button.isEnabled()
    colours.assess(
        place,
        person,
        on=TODAY,
        answers={},
        colour="orange",
        members="王敏、民警",
        override_reason="资料不全",
        today=TODAY,
    )
    scheme = colours.scheme(place)
    red = [dataclasses.replace(one, interval_days=20) if one.key == "red" else one for one in scheme.colours]
    colours.save_scheme(place, dataclasses.replace(scheme, colours=red))
    tab.refresh(person)
    shown.settle()
    said = " ".join(one.text() for one in tab.findChildren(QLabel))
    for words in ("橙", "资料不全", "王敏、民警", "60 天", "第 1 版〔假定〕", "示例，须由区县核定"):
        assert words in said
    tab.assess()
    shown.settle()
    points = _dialog("陈如一：评分")
    points.set_texts({item.key: item.options[0].key for item in scheme.items})
    points.send()
    shown.settle()
    decision = _dialog("陈如一：定级")
    decision.set_texts({"colour": "green"})
    decision.put("override_reason", "会议决定")
    decision.send()
    shown.settle()
    assert [one.colour for one in colours.history(place, person)] == ["green", "orange"]
    assert tab.table.count() == 2
    assert page.tabs.key() == "colours"


def test_the_scheme_is_changed_in_the_settings(shown: Shown, place: Ledger) -> None:
    page = shown.page(SettingsPage, part="colours")
    part = page.stack.currentWidget()
    assert isinstance(part, ColoursPart)
    part.edit(part._lines[0])
    about = _dialog("分色方案")
    about.put("name", "区方案")
    about.put("source", "区卫健委2026年通知")
    about.send()
    shown.settle()
    assert (colours.scheme(place).name, colours.scheme(place).version) == ("区方案", "1-1")
    part.edit(part._lines[1])
    dialog = _dialog("分色方案")
    dialog.put("interval_days", "21")
    dialog.send()
    shown.settle()
    assert colours.scheme(place).colour("red").interval_days == 21


def _dialog(title: str) -> AskDialog:
    found = [one for one in QApplication.topLevelWidgets() if isinstance(one, AskDialog) and one.isVisible()]
    return next(one for one in found if title in one.windowTitle())


def test_trends_are_drawn_and_written(shown: Shown, place: Ledger, tmp_path: Path) -> None:
    page = shown.page(TrendsPage)
    assert len(page.charts) == 6
    assert all(chart.is_valid() for chart in page.charts)
    page.write_to(tmp_path / "趋势.pdf")
    shown.settle()
    assert (tmp_path / "趋势.pdf").read_bytes().startswith(b"%PDF")


def test_an_inspection_is_drawn_and_exported(shown: Shown, place: Ledger, tmp_path: Path) -> None:
    page = shown.page(InspectionPage)
    expected = inspection.inspect(place, on=TODAY, today=TODAY)
    assert page.table.count() == len(expected.scored)
    page.table.view.selectRow(0)
    shown.settle()
    first = expected.scored[0]
    assert all(words in page.gaps.text() for _, words in first.missing)
    page.write_to(tmp_path / "迎检")
    shown.settle()
    assert {file.suffix for file in (tmp_path / "迎检").iterdir()} == {".xlsx", ".pdf"}
