"""患者: saved lists, filters, order, columns, copying, opening."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu

from mhdesk.files.read import read_tables
from mhdesk.services import patients
from tests.ui.pages.conftest import Shown
from tests.ui.pages.township import LONG_NAME
from ui.dialogs.paper import PaperDialog, show_paper
from ui.pages.patients import LISTS, PatientsPage
from ui.widgets import PlainButton

if TYPE_CHECKING:
    from db.ledger import Ledger

Opened = list[tuple[str, dict[str, Any]]]


def names(page: PatientsPage) -> list[str]:
    """The names listed, top to bottom."""
    return [page.table.model.row_at(number).name for number in range(page.table.count())]  # type: ignore[union-attr]


@pytest.mark.parametrize("key", list(LISTS))
def test_saved_lists_hold_what_their_counts_say(shown: Shown, place: Ledger, key: str) -> None:
    page = shown.page(PatientsPage, list=key)
    assert page.lists.key() == key
    listed = patients.register_ids(place, chosen=LISTS[key])
    assert list(page.table.model.ids()) == listed
    assert patients.status_counts(place)[key] == len(listed)
    words = page.lists._buttons[key].text()
    assert words.endswith(f"  {len(listed)}")
    assert page.table.state() == ("rows" if listed else "empty")


def test_who_stands_in_which_list(shown: Shown) -> None:
    page = shown.page(PatientsPage, list="lost")
    assert names(page) == ["罗失访"]
    page.lists._buttons["ended"].click()
    shown.settle()
    assert sorted(names(page)) == ["向迁出", "田亡友"]
    page.lists._buttons["inpatient"].click()
    shown.settle()
    assert names(page) == ["曾住院"]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("欧阳", "欧阳龚"),
        ("oyg", "欧阳龚"),
        ("ouyang", "欧阳龚"),
        ("sxx", "单雄信"),
        ("䶮", "䶮㛃"),
        ("15400000009", "仇长效"),
    ],
)
def test_filtering_while_typing(shown: Shown, typed: str, found: str) -> None:
    page = shown.page(PatientsPage)
    page.term.setFocus()
    for one in typed:
        if one.isascii():
            shown.qtbot.keyClicks(page.term, one)
        else:
            page.term.insert(one)  # as an input method does
    shown.qtbot.waitUntil(lambda: names(page) == [found], timeout=5000)
    page.term.clear()
    shown.qtbot.waitUntil(lambda: page.table.count() > 1, timeout=5000)


def test_nobody_found_says_what_to_do(shown: Shown) -> None:
    page = shown.page(PatientsPage)
    page.term.setText("查无此人")
    shown.qtbot.waitUntil(lambda: page.table.state() == "empty", timeout=5000)


def test_one_village(shown: Shown) -> None:
    page = shown.page(PatientsPage)
    page.village.setCurrentIndex(page.village.findText("石坝村"))
    shown.settle()
    villages = {page.table.model.row_at(number).village for number in range(page.table.count())}  # type: ignore[union-attr]
    assert villages == {"石坝村"}


def test_enter_and_double_click_open_a_patient(shown: Shown, ids: dict[str, int], opened_pages: Opened) -> None:
    page = shown.page(PatientsPage)
    assert page.table.view.hasFocus()
    page.table.view.select_id(ids["仇长效"])
    shown.qtbot.keyClick(page.table.view, Qt.Key.Key_Return)
    assert opened_pages == [("patient", {"patient_id": ids["仇长效"]})]
    page.table.view.doubleClicked.emit(page.table.view.currentIndex())
    assert opened_pages[1] == opened_pages[0]


@pytest.mark.parametrize("key", ["name", "birth_date", "visit_class", "last_visit_date", "next_visit_date", "village"])
def test_order_by_a_click_on_the_header(shown: Shown, place: Ledger, key: str) -> None:
    page = shown.page(PatientsPage)
    plain = list(page.table.model.ids())
    number = next(number for number, column in enumerate(page.table.model.columns) if column.key == key)
    head = page.table.view.horizontalHeader()
    seen = []
    for _ in range(3):
        place_of = QPoint(head.sectionViewportPosition(number) + 20, head.height() // 2)
        shown.qtbot.mouseClick(head.viewport(), Qt.MouseButton.LeftButton, pos=place_of)
        shown.settle()
        seen.append(list(page.table.model.ids()))
    assert seen[0] == patients.register_ids(place, chosen=LISTS["registered"], sort=key)
    assert seen[1] == patients.register_ids(place, chosen=LISTS["registered"], sort=key, descending=True)
    assert seen[0] != seen[1]
    assert seen[2] == plain


def test_columns_are_chosen_from_a_menu(shown: Shown) -> None:
    page = shown.page(PatientsPage)
    view = page.table.view

    def titles() -> list[str]:
        return [page.table.model.columns[number].title for number in view.shown_columns()]

    assert "身份证号" not in titles()
    view.choose_columns(view.mapToGlobal(QPoint(10, 10)))
    menu = next(one for one in view.findChildren(QMenu) if one.isVisible())
    next(action for action in menu.actions() if action.text() == "身份证号").trigger()
    menu.close()
    assert "身份证号" in titles()


def test_copied_rows_paste_as_a_table(shown: Shown, ids: dict[str, int]) -> None:
    page = shown.page(PatientsPage)
    page.table.view.show_columns(["name", "village", "id_number", "visit_class"])
    page.table.view.select_id(ids[LONG_NAME])
    shown.qtbot.keyClick(page.table.view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    shown.settle()
    lines = [line.split("\t") for line in QGuiApplication.clipboard().text().split("\n")]
    assert lines[0] == ["姓名", "村（居）", "分类", "身份证号"]
    assert lines[1][0] == LONG_NAME
    assert len(lines) == 2
    assert len(lines[1]) == len(lines[0])


def test_the_foot_counts_and_adds_up(shown: Shown) -> None:
    page = shown.page(PatientsPage)
    page.table.view.selectAll()
    words = page.table.foot_words()
    assert words.startswith(f"共 {page.table.count()} 条")
    assert f"选中 {page.table.count()} 条" in words


def test_registering_and_importing_are_one_click_away(shown: Shown, opened_pages: Opened) -> None:
    page = shown.page(PatientsPage)
    assert page.header.primary is not None
    page.header.primary.click()
    next(one for one in page.header.findChildren(PlainButton) if one.text() == "导入表格").click()
    assert opened_pages == [("person", {}), ("imports", {})]


def test_forms_and_lists_of_many_people_are_printed(shown: Shown, ids: dict[str, int]) -> None:
    page = shown.page(PatientsPage)
    names = [name for name, _ in page.paper.forms()]
    assert len(names) == 6
    assert names[0] == f"管理名册（{page.table.count()} 人）"
    page.table.view.selectAll()
    assert page.paper.chosen() == list(page.table.model.ids())
    page.table.view.clearSelection()
    page.table.view.select_id(ids[LONG_NAME])  # one row is always current: no choice
    assert page.paper.chosen() == list(page.table.model.ids())
    name, make = page.paper.forms()[5]
    assert "知情同意书" in name
    assert make is not None
    show_paper(page.desk, page, make)
    shown.qtbot.waitUntil(lambda: page.findChild(PaperDialog) is not None, timeout=20_000)
    dialog = page.findChild(PaperDialog)
    assert isinstance(dialog, PaperDialog)
    assert dialog.preview.document().pageCount() == page.table.count()
    dialog.close()


def test_the_list_is_written_as_a_workbook(shown: Shown, tmp_path: Path) -> None:
    page = shown.page(PatientsPage)
    page.paper.write("register", page.paper.chosen(), tmp_path / "名册.xlsx")
    shown.settle()
    assert str(page.table.count()) in page.notice.words()
    table = read_tables(tmp_path / "名册.xlsx")[0]
    cells = {str(cell) for row in table.rows for cell in row}
    assert LONG_NAME in cells
