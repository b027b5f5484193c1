"""倒计时 and 报表模板: what the pages show is what the services say; forms are placed with keys."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

from openpyxl import load_workbook
from PySide6.QtCore import Qt

from mhdesk.services import outlook, templates
from tests.files.forms_sent import form
from tests.ui.pages.conftest import Shown
from tests.ui.pages.township import TODAY
from ui.pages.ahead import AheadPage
from ui.pages.reports import ReportsPage
from ui.pages.templates import TemplatesPage

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
