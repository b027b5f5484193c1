"""今日 shows what the services say, and leads on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt

from mhdesk.services import backup, drafts, rollups
from mhdesk.services import today as service
from tests.ui.pages.conftest import Shown
from tests.ui.pages.township import TODAY
from ui.pages.today import RATES, TodayPage
from ui.widgets import Chip

if TYPE_CHECKING:
    from db.ledger import Ledger

Opened = list[tuple[str, dict[str, Any]]]


def column(page: TodayPage, key: str) -> list[str]:
    """What a column of the list says, top to bottom."""
    model = page.table.model
    found = next(one for one in model.columns if one.key == key)
    return [found.text_of(model.row_at(number)) for number in range(page.table.count())]


def test_the_list_is_the_due_list(shown: Shown, place: Ledger) -> None:
    page = shown.page(TodayPage)
    expected = service.overview(place, today=TODAY).due.patients
    assert expected
    assert column(page, "name") == [entry.name for entry in expected]
    assert page.header.title() == f"今天要做 {len(expected)} 件事"
    assert all(column(page, "matter"))
    assert column(page, "due_on")[0].startswith("超 ")


def test_rates_are_those_of_the_roll_up_against_the_printed_target(shown: Shown, place: Ledger) -> None:
    page = shown.page(TodayPage)
    total = rollups.build(place, on=TODAY, today=TODAY).total
    for key in RATES:
        title, parts, percent, _ = page.bars[key].words()
        result = total[key]
        assert result.numerator is not None
        assert result.denominator
        assert title == {"standard_management_rate": "规范管理率"}.get(key, title)
        assert parts == f"{int(result.numerator)}/{int(result.denominator)}"
        assert percent == f"{result.numerator / result.denominator:.2%}"
    target = page.bars["standard_management_rate"].words()[3]
    result = total["standard_management_rate"]
    short = next(
        more for more in range(99) if (int(result.numerator or 0) + more) / int(result.denominator or 1) > 0.90
    )
    assert target == f"目标 >90% · 还差 {short} 人"


def test_names_behind_a_missed_rate(shown: Shown, opened_pages: Opened) -> None:
    page = shown.page(TodayPage)
    page.bars["standard_management_rate"].names_requested.emit()
    assert opened_pages == [("reports", {"names": "standard_management_rate", "side": "gap"})]


def test_enter_starts_the_visit_with_the_rest_as_queue(shown: Shown, place: Ledger, opened_pages: Opened) -> None:
    page = shown.page(TodayPage)
    queue = [entry.id for entry in service.overview(place, today=TODAY).due.patients]
    page.table.view.selectRow(1)
    shown.qtbot.keyClick(page.table.view, Qt.Key.Key_Return)
    assert opened_pages == [("visit", {"patient_id": queue[1], "queue": queue})]


def test_one_village_only(shown: Shown) -> None:
    page = shown.page(TodayPage)
    everybody = page.table.count()
    page.village.setCurrentIndex(page.village.findData("青龙村"))
    page.village.activated.emit(page.village.currentIndex())
    shown.settle()
    assert 0 < page.table.count() < everybody
    assert set(column(page, "village")) == {"青龙村"}


def test_drafts_and_backups_are_said(shown: Shown, place: Ledger, ids: dict[str, int]) -> None:
    drafts.save(place, form="follow_up", subject_id=ids["冉秀兰"], values={"visit_form": "1"})
    backup.make(place)
    page = shown.page(TodayPage)
    assert page.notice.words() == "有 1 份没写完的草稿，在右边“没写完的”里点开接着写。"
    chips = [chip.text() for chip in page.keeping.findChildren(Chip)]
    assert any(words.startswith("本机备份") for words in chips)
    assert "U 盘还没有备份" in chips
    assert any(words.endswith("未报") for words in chips)


def test_nothing_due_says_so(shown_empty: Shown) -> None:
    page = shown_empty.page(TodayPage)
    assert page.table.state() == "empty"
    assert page.header.title() == "今天要做 0 件事"
    assert page.bars["face_to_face_rate"].words()[2] == "—"
