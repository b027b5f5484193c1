"""报表: every number opens exactly the people it counts; what is sent stays; what is shown can be taken away."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QGuiApplication, QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QToolTip

from mhdesk.domain.account import Submission
from mhdesk.files import grid
from mhdesk.reports import weekly
from mhdesk.reports.model import Cell, Format, Sheet
from mhdesk.rules.ruleset import available
from mhdesk.services import follow_ups, indicators, rollups, rulesets
from tests.conftest import FixedClock
from tests.ui.pages.conftest import Shown
from tests.ui.pages.follow_up_people import stable_visit
from tests.ui.pages.township import TODAY
from ui import theme
from ui.dialogs.ask import AskDialog
from ui.pages.reports import ReportsPage
from ui.pages.reports_sent import SentPage
from ui.printing import PdfPages
from ui.tables import sheet_measures
from ui.widgets import Chip

if TYPE_CHECKING:
    from db.ledger import Ledger

Opened = list[tuple[str, dict[str, Any]]]
NAMES = 2  # place of the list of names in the stack


def sheet_of(page: ReportsPage, number: int = 0) -> Sheet:
    """A table as the page shows it."""
    assert page._shown is not None
    return page._shown.report.sheets[number]


def cells(sheet: Sheet) -> list[tuple[int, int, Cell]]:
    """Every body cell with its place."""
    return [(block.row, block.column, block.cell) for block in grid.place(sheet.rows, len(sheet.columns))]


def test_the_table_is_the_report_of_the_service(shown: Shown, place: Ledger) -> None:
    page = shown.page(ReportsPage)
    expected = weekly.build(rollups.build(place, on=TODAY, today=TODAY))
    assert page._shown is not None
    assert page._shown.report.sheets == expected.sheets
    assert page.header.title() == f"周报 · {rollups.build(place, on=TODAY, today=TODAY).period.label}"
    assert page.sheet.hasFocus()


def test_each_number_opens_as_many_people_as_it_says(shown: Shown) -> None:
    page = shown.page(ReportsPage)
    sheet = sheet_of(page)
    seen = 0
    for row, column, cell in cells(sheet):
        if cell.members is None:
            continue
        page.sheet.go_to(row, column)
        assert page.sheet.current() is cell
        shown.qtbot.keyClick(page.sheet, Qt.Key.Key_Return)
        shown.settle()
        assert page.stack.currentIndex() == NAMES
        people = page.people.names
        assert [one.id for one in people] == list(cell.members)
        assert f"：{len(cell.members)} 人" in page.names_title.text()
        if grid.format_of(cell, sheet.columns[column]) is Format.INTEGER:
            assert len(people) == cell.value
        assert all(one.reason for one in people)
        assert page.tabs.key() == sheet.name
        assert page.takes_escape()
        seen += 1
    assert seen > 20


def test_a_number_without_people_opens_nothing(shown: Shown) -> None:
    page = shown.page(ReportsPage)
    row, column, _ = next(one for one in cells(sheet_of(page)) if one[2].key == weekly.POPULATION)
    page.sheet.go_to(row, column)
    shown.qtbot.keyClick(page.sheet, Qt.Key.Key_Return)
    shown.settle()
    assert page.stack.currentIndex() == 0
    assert not page.takes_escape()


def test_names_show_village_and_a_masked_number_and_lead_to_the_person(shown: Shown, opened_pages: Opened) -> None:
    page = shown.page(ReportsPage)
    page.open_first_names()
    shown.settle()
    model = page.table.model
    said = {column.key: column.text_of(model.row_at(0)) for column in model.columns}
    person = page.people.names[0]
    assert said == {
        "name": person.name,
        "masked_id": person.masked_id,
        "unit_name": person.unit_name,
        "reason": person.reason,
        "repair": person.repair,
    }
    assert "********" in said["masked_id"]
    assert said["unit_name"] in {"石坝村", "青龙村"}
    assert page.table.view.hasFocus()
    shown.qtbot.keyClick(page.table.view, Qt.Key.Key_Return)
    assert opened_pages == [("patient", {"patient_id": person.id})]


def test_who_is_missing_from_a_rate(shown: Shown, place: Ledger) -> None:
    page = shown.page(ReportsPage, names="standard_management_rate", side="gap")
    rollup = rollups.build(place, on=TODAY, today=TODAY)
    assert [one.id for one in page.people.names] == list(
        indicators.members(rollup, "standard_management_rate", side="gap")
    )
    assert page.stack.currentIndex() == NAMES
    assert "（还差的人）" in page.names_title.text()
    page.close_names()
    page.refresh()
    shown.settle()
    assert page.stack.currentIndex() == 0


def test_moving_with_arrows_over_spans_and_into_sight(shown: Shown) -> None:
    page = shown.page(ReportsPage)
    sheet = sheet_of(page)
    page.sheet.go_to(0, 0)
    for _ in range(len(sheet.columns) + 3):
        shown.qtbot.keyClick(page.sheet, Qt.Key.Key_Right)
    assert page.sheet._at == (0, len(sheet.columns) - 1)
    for _ in range(len(sheet.rows) + 3):
        shown.qtbot.keyClick(page.sheet, Qt.Key.Key_Down)
    assert page.sheet._at == (len(sheet.rows) - 1, len(sheet.columns) - 1)
    page.resize(500, 400)
    shown.settle()
    page.sheet.go_to(0, len(sheet.columns) - 1)
    block = page.sheet._where[page.sheet._at]
    assert page.sheet.viewport().rect().contains(page.sheet._rect(block, in_header=False).center())


def test_a_cell_can_be_copied_hovered_and_heard(shown: Shown) -> None:
    page = shown.page(ReportsPage)
    row, column, cell = next(one for one in cells(sheet_of(page)) if one[2].key == "standard_management_rate")
    page.sheet.go_to(row, column)
    shown.qtbot.keyClick(page.sheet, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == grid.printed(cell.value, Format.PERCENT)
    assert grid.printed(cell.value, Format.PERCENT) in page.sheet.accessibleDescription()
    place_of = page.sheet._rect(page.sheet._where[row, column], in_header=False).center()
    event = QHelpEvent(QEvent.Type.ToolTip, place_of, page.sheet.viewport().mapToGlobal(place_of))
    QApplication.sendEvent(page.sheet.viewport(), event)
    assert QToolTip.text() == cell.hint
    QToolTip.hideText()


def test_double_click_opens_and_a_header_does_not(shown: Shown) -> None:
    page = shown.page(ReportsPage)
    row, column, cell = next(one for one in cells(sheet_of(page)) if one[2].members)
    centre = page.sheet._rect(page.sheet._where[row, column], in_header=False).center()
    with shown.qtbot.waitSignal(page.sheet.opened) as opened:
        shown.qtbot.mouseDClick(page.sheet.viewport(), Qt.MouseButton.LeftButton, pos=centre)
    assert opened.args == [cell]
    with shown.qtbot.assertNotEmitted(page.sheet.opened):
        shown.qtbot.mouseDClick(page.sheet.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(60, 10))


@pytest.mark.parametrize("width", [480, 1110, 1700])
def test_nothing_in_a_table_is_cut(shown: Shown, width: int) -> None:
    page = shown.page(ReportsPage)
    page.sheet.resize(width, 500)
    for number in range(4):
        sheet = sheet_of(page, number)
        body = list(grid.place(sheet.rows, len(sheet.columns)))
        header = list(grid.place(sheet.header, len(sheet.columns)))
        lefts = sheet_measures.column_lefts(sheet, body, width)
        tops, header_tops = (
            sheet_measures.body_tops(sheet, body, lefts),
            sheet_measures.header_tops(sheet, header, lefts),
        )
        for blocks, edges, in_header in ((body, tops, False), (header, header_tops, True)):
            for block in blocks:
                words = sheet_measures.words_of(sheet, block)
                font = sheet_measures.body_font(sheet, block, words)
                room = lefts[block.column_end] - lefts[block.column] - 2 * sheet_measures.padding()
                lines = [words]
                if in_header or sheet_measures.is_wrapped(block):
                    lines = sheet_measures.lines_of(words, font, room)
                metrics = page.sheet.fontMetrics().__class__(font)
                assert max(metrics.horizontalAdvance(line) for line in lines) <= room + 1, words
                assert len(lines) * metrics.lineSpacing() <= edges[block.row_end] - edges[block.row], words


def test_headings_break_in_the_middle() -> None:
    from ui import theme

    font = theme.current().font("small", bold=True)
    width = theme.current().em(3.4, "small")
    assert sheet_measures.balanced("规范管理", font, width) == ["规范", "管理"]
    assert sheet_measures.balanced("2026年", font, theme.current().em(9)) == ["2026年"]


def test_no_code_names_in_any_table(shown: Shown) -> None:
    page = shown.page(ReportsPage)
    for number in range(4):
        for _, _, cell in cells(sheet_of(page, number)):
            assert "_" not in str(cell.value)


def test_definitions_and_preview_are_tabs(shown: Shown) -> None:
    page = shown.page(ReportsPage)
    page.tabs._buttons["指标口径"].click()
    assert page.sheet.accessibleName().endswith("指标口径")
    page.choose_tab("preview")
    shown.settle()
    assert page.stack.currentIndex() == 1
    assert isinstance(page.preview.document(), PdfPages)
    shown.qtbot.waitUntil(lambda: page.preview.document().pageCount() >= 4)
    assert page.tabs.key() == "preview"


def test_earlier_weeks_and_back(shown: Shown) -> None:
    page = shown.page(ReportsPage)
    this_week = page.header.title()
    page._move(-1)
    shown.settle()
    assert "2026年第46周" in page.header.title()
    page._move(1)
    shown.settle()
    page._move(1)
    shown.settle()
    assert page.header.title() == this_week


def ask(shown: Shown) -> AskDialog:
    """The small form now open."""
    found = [one for one in QApplication.topLevelWidgets() if isinstance(one, AskDialog) and one.isVisible()]
    assert len(found) == 1
    return found[0]


def test_submitting_freezes_and_a_later_change_is_said(
    shown: Shown,
    place: Ledger,
    ids: dict[str, int],
    clock: FixedClock,
    tmp_path: Path,
    opened_pages: list[tuple[str, dict[str, Any]]],
) -> None:
    page = shown.page(ReportsPage)
    page.submit()
    ask(shown).reject()
    start = date(2026, 11, 16)
    assert not rollups.submissions(place, period="weekly", start=start)
    page.submit()
    dialog = ask(shown)
    dialog.put("checked_by", "张审核")
    dialog.send()
    shown.settle()
    first = rollups.submissions(place, period="weekly", start=start)
    assert [(one.revision, one.checked_by) for one in first] == [(1, "张审核")]
    assert page.notice.words() == "本期已上报（第 1 版），台账数据与上报时一致。"
    assert page.header.primary is not None
    assert not page.header.primary.isEnabled()
    frozen = [file.read_bytes() for file in rollups.sent_files(place, first[0])]
    clock.advance(hours=1)
    late = stable_visit(ids["欧阳龚"], date(2026, 11, 19))
    follow_ups.record(place, late, today=TODAY)
    page.refresh()
    shown.settle()
    assert page.notice.words().startswith("本期已上报（第 1 版），之后有补录")
    assert page.header.primary.isEnabled()
    _look_at_changes(page, shown)
    assert opened_pages[-1] == ("patient", {"patient_id": ids["欧阳龚"]})  # the number, the row: two clicks to the file
    page.submit()
    dialog = ask(shown)
    dialog.send()  # without saying why: nothing is sent, what was typed stays
    assert dialog.fields["note"].problem()
    dialog.put("note", "补录欧阳龚的随访")
    dialog.send()
    shown.settle()
    both = rollups.submissions(place, period="weekly", start=start)
    assert [(one.revision, one.correction_note) for one in both] == [(1, None), (2, "补录欧阳龚的随访")]
    assert [file.read_bytes() for file in rollups.sent_files(place, first[0])] == frozen
    _look_at_what_was_sent(shown, tmp_path, first[0], frozen)


def _look_at_changes(page: ReportsPage, shown: Shown) -> None:
    """The table of changes opens the people behind each number of it."""
    page.choose_tab("变化")
    assert page._shown is not None
    sheet = next(one for one in page._shown.report.sheets if one.name == "变化")
    cells_of = {cell.key: cell for row in sheet.rows for cell in row if cell is not None and cell.members}
    visited = cells_of["bridge:visits_done:entered_numerator"]
    page.open_names(visited)
    shown.settle()
    assert page.stack.currentIndex() == NAMES
    assert [one.name for one in page.people.people] == ["欧阳龚"]
    assert page.people.people[0].before.startswith("2026-11-16 以来没有完整随访")
    QTest.keyClick(page.people.moved.view, Qt.Key.Key_Return)
    page.close_names()


def _look_at_what_was_sent(shown: Shown, folder: Path, sent: Submission, frozen: list[bytes]) -> None:
    page = shown.page(SentPage)
    page.choose_latest()
    shown.settle()
    assert "已报 1" in [chip.text() for chip in page.header.findChildren(Chip)]
    assert page.look.isVisible()
    assert "补录欧阳龚的随访" in page.facts.text()
    page.write_to(folder / "留存")
    shown.settle()
    assert len(list((folder / "留存").iterdir())) == len(frozen)
    (tile,) = page._tiles  # weeks before the ledger are no gaps: they are not shown
    assert tile.first is not None
    assert (tile.first.id, tile.latest and tile.latest.revision) == (sent.id, 2)
    page.open_report()


def test_other_periods_rows_and_days(shown: Shown) -> None:
    page = shown.page(ReportsPage)
    assert not page.notice.isVisible()
    page._move(-1)
    shown.settle()
    assert page.notice.words().startswith("这一期在建账（2026-11-20）以前")
    page._move(1)
    shown.settle()
    page.kinds.setCurrentIndex(page.kinds.findData("quarterly"))
    page.kinds.activated.emit(0)
    shown.settle()
    assert page.header.title() == "季报 · 2026年第4季度"
    page.groups.setCurrentIndex(page.groups.findData("diagnosis"))
    page.groups.activated.emit(0)
    shown.settle()
    first = sheet_of(page).header[0][0]
    assert first is not None
    assert first.value == "诊断"
    assert page.header.primary is not None
    assert not page.header.primary.isEnabled()
    page.kinds.setCurrentIndex(page.kinds.findData("range"))
    page.kinds.activated.emit(0)
    dialog = ask(shown)
    dialog.put("first", "2026-11-20")
    dialog.put("last", "2026-10-01")
    dialog.send()
    assert "颠倒" in dialog.notice.words()
    dialog.put("first", "2026-10-01")
    dialog.put("last", "2026-11-10")
    dialog.send()
    shown.settle()
    assert page.header.title() == "自选时段 · 2026-10-01 至 2026-11-10"


def test_large_text_in_a_small_window_leaves_the_table_most_of_the_page(shown: Shown) -> None:
    page = shown.page(ReportsPage)
    assert page.tabs.isVisible()
    page.resize(1158, theme.current().em(24))
    shown.settle()
    assert not page.tabs.isVisible()
    assert not page.options.isVisible()
    assert page.tab_box.isVisible()
    assert page.sheet.height() > page.height() // 2
    page.tab_box.setCurrentIndex(1)
    page.tab_box.activated.emit(1)
    assert page.tabs.key() == page.tab_box.currentData()
    page.toggle_options()
    assert page.options.isVisible()


def test_export_writes_two_files_and_says_where(shown: Shown, tmp_path: Path) -> None:
    page = shown.page(ReportsPage)
    page.export()
    dialog = page.findChild(QFileDialog)
    assert dialog is not None
    dialog.fileSelected.emit(str(tmp_path / "out"))
    dialog.close()
    shown.settle()
    files = sorted(file.name for file in (tmp_path / "out").iterdir())
    assert [Path(name).suffix for name in files] == [".pdf", ".xlsx"]
    assert all(name in page.notice.words() for name in files)
    assert page.can_export
    assert page.can_print


def test_another_rule_set_changes_the_numbers(shown: Shown, place: Ledger) -> None:
    page = shown.page(ReportsPage)
    before = sheet_of(page).rows
    other = next(one for one in available({}).values() if one.id != rulesets.choice(place).default.id)
    rulesets.choose(place, other.id)
    page.refresh()
    shown.settle()
    assert page.sets.currentData() == other.id
    assert page._shown is not None
    assert page._shown.rollup.rules.id == other.id
    assert sheet_of(page).rows != before
    page.sets.setCurrentIndex(0)
    page.sets.activated.emit(0)
    shown.settle()
    chosen = page.sets.itemData(0)
    page.refresh()
    shown.settle()
    assert page._shown.rollup.rules.id == chosen == page.sets.currentData()
