"""One person's page: everybody who makes it look different."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from mhdesk.services import patients
from tests.ui.pages.conftest import Shown
from tests.ui.pages.township import LONG_ADDRESS, LONG_NAME, NAMES
from ui.pages.patient import TABS, PatientPage
from ui.widgets import Chip

if TYPE_CHECKING:
    from db.ledger import Ledger

Opened = list[tuple[str, dict[str, Any]]]


def words(part: QWidget) -> list[str]:
    """Everything a part of the page says."""
    return [one.text() for one in part.findChildren(QLabel) if one.text()]


def chips(page: PatientPage) -> list[str]:
    """The chips behind the name."""
    return [chip.text() for chip in page.header.findChildren(Chip)]


@pytest.mark.parametrize("name", NAMES)
def test_everybody_can_be_opened(shown: Shown, place: Ledger, ids: dict[str, int], name: str) -> None:
    page = shown.page(PatientPage, patient_id=ids[name])
    file = patients.load(place, ids[name])
    assert page.header.title() == name
    assert page.visits.count() == len(file.follow_ups)
    assert page.header.primary is not None
    assert page.header.primary.isEnabled() == (file.exit is None)
    for tab in TABS:
        page.tabs._buttons[tab].click()
        assert page.stack.currentIndex() == TABS.index(tab)


def test_other_symptoms_stand_with_their_words(shown: Shown, ids: dict[str, int]) -> None:
    page = shown.page(PatientPage, patient_id=ids["冉秀兰"])
    assert "幻觉、其他：夜间自言自语" in words(page.overview.evidence)
    assert chips(page) == ["男 76岁", "精神分裂症", "基本稳定", "危险性1级"]
    assert "已过 78 天" in words(page.overview.next)


def test_nobody_has_visited_yet(shown: Shown, ids: dict[str, int]) -> None:
    page = shown.page(PatientPage, patient_id=ids["单雄信"])
    assert "还没有随访记录" in words(page.overview.evidence)
    assert "还没有随访，不知道下次日期" in words(page.overview.next)
    assert "没有登记监护人" in words(page.overview.guardian)
    assert "未评估" in chips(page)
    assert page.visits.state() == "empty"


def test_who_died_and_who_moved_away(shown: Shown, ids: dict[str, int]) -> None:
    page = shown.page(PatientPage, patient_id=ids["田亡友"])
    assert "已于 2026-11-17 死亡" in words(page.overview.next)
    assert "死亡" in chips(page)
    shown.go(page, patient_id=ids["向迁出"])
    assert "已于 2026-10-09 迁出" in words(page.overview.next)
    assert "迁出" in chips(page)
    assert page.header.primary is not None
    assert not page.header.primary.isEnabled()


def test_who_was_lost(shown: Shown, ids: dict[str, int]) -> None:
    page = shown.page(PatientPage, patient_id=ids["罗失访"])
    assert chips(page)[-1] == "失访"
    assert "2026-11-18" in words(page.overview.next)
    state = next(column for column in page.visits.model.columns if column.key == "state")
    assert state.text_of(page.visits.model.row_at(0))


def test_long_acting_drugs(shown: Shown, ids: dict[str, int]) -> None:
    page = shown.page(PatientPage, patient_id=ids["仇长效"])
    said = words(page.overview.drugs)
    assert "棕榈酸帕利哌酮" in said
    assert "0.1g/支　每 4 周一次，每次 100mg" in said
    assert said.count("棕榈酸帕利哌酮") == 1


def test_long_names_and_addresses_are_whole(shown: Shown, ids: dict[str, int]) -> None:
    page = shown.page(PatientPage, patient_id=ids[LONG_NAME])
    address = next(one for one in page.overview.guardian.findChildren(QLabel) if one.text() == LONG_ADDRESS)
    assert address.height() >= address.heightForWidth(address.width())
    title = page.header._title
    assert title.text() == LONG_NAME
    assert title.fontMetrics().horizontalAdvance(LONG_NAME) <= title.width() or title.wordWrap()
    page.resize(520, 700)
    shown.settle()
    assert title.height() >= title.heightForWidth(title.width())
    for chip in page.header.findChildren(Chip):
        assert chip.width() >= chip.sizeHint().width()


def test_history_says_who_changed_what(shown: Shown, ids: dict[str, int]) -> None:
    page = shown.page(PatientPage, patient_id=ids["陈如一"], tab="history")
    assert page.history.count() == 1
    row = page.history.model.row_at(0)
    said = {column.key: column.text_of(row) for column in page.history.model.columns}
    assert said["action"] == "修改资料"
    assert said["what"] == "本人电话：— → 15400001111；备注：— → 子女在外"


def test_recording_a_visit_by_key_and_opening_a_stored_one(
    shown: Shown, place: Ledger, ids: dict[str, int], opened_pages: Opened
) -> None:
    page = shown.page(PatientPage, patient_id=ids["冉秀兰"])
    page.window().activateWindow()
    shown.qtbot.keyClick(page, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    shown.qtbot.waitUntil(lambda: bool(opened_pages))  # a shortcut presses the button visibly
    page.tabs._buttons["visits"].click()
    page.visits.view.selectRow(1)
    shown.qtbot.keyClick(page.visits.view, Qt.Key.Key_Return)
    stored = patients.load(place, ids["冉秀兰"]).follow_ups[1]
    assert opened_pages == [
        ("visit", {"patient_id": ids["冉秀兰"]}),
        ("visit", {"patient_id": ids["冉秀兰"], "follow_up_id": stored.id}),
    ]


def test_the_timeline_reads_without_colour(shown: Shown, ids: dict[str, int]) -> None:
    page = shown.page(PatientPage, patient_id=ids["曾住院"])
    found = page.overview.timeline.picture.course
    assert found is not None
    visits = found.on("visit")
    assert [one.sign for one in visits] == ["3", "3", "3", "3", "院"]
    assert "危险性3级" in visits[-1].words
    assert all(one.words in page.overview.timeline.picture.accessibleDescription() for one in found.things)


def test_every_number_says_where_the_person_stands_and_what_helps(shown: Shown, ids: dict[str, int]) -> None:
    page = shown.page(PatientPage, patient_id=ids["陈如一"], tab="indicators")
    told = {one.indicator: one for one in page.indicators.told}
    assert told["registered"].standing == "counted"
    assert {"standard_management_rate", "face_to_face_rate", "checkup_rate"} <= set(told)
    assert all(one.reason and one.definition for one in told.values())
    page.indicators.table.view.selectRow(0)
    assert page.indicators.told[0].reason in page.indicators.whole.text()
