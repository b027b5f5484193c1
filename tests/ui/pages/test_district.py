"""区县: the district's sheets and the township's small part, with the hand of somebody who clicks and types."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mhdesk.domain.exchange import ConflictDecision, ReceivedPackage, SealedPackage, Station
from mhdesk.services.district import keys
from tests.services.district_house import TODAY, House, make_templates, twin
from tests.ui.pages.conftest import Shown
from ui.dialogs.ask import AskDialog
from ui.pages.base import Desk
from ui.pages.district import DistrictPage
from ui.pages.district_dialogs import PeopleDialog
from ui.pages.district_part import DistrictPart
from ui.pages.district_township import TownshipPart
from ui.tasks import TaskRunner


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_templates(tmp_path_factory.mktemp("district"))


@pytest.fixture
def house(tmp_path: Path, prepared: Path) -> Iterator[House]:
    with ExitStack() as stack:
        yield House(tmp_path, prepared, stack, 2)


class Hand:
    """Opens the page on either side."""

    def __init__(self, qtbot: QtBot, make_desk: Callable[[Any], Desk], tasks: TaskRunner, faults: list[Any]) -> None:
        self._qtbot, self._make, self._tasks, self.faults = qtbot, make_desk, tasks, faults

    def page(self, ledger: Any) -> tuple[DistrictPage, Shown]:
        """The page, read."""
        shown = Shown(self._qtbot, self._make(ledger), self._tasks, self.faults)
        return shown.page(DistrictPage), shown


@pytest.fixture
def hand(
    qtbot: QtBot, make_desk: Callable[[Any], Desk], tasks: TaskRunner, faults: list[BaseException]
) -> Iterator[Hand]:
    yield Hand(qtbot, make_desk, tasks, faults)
    assert not faults, faults


def dialog() -> AskDialog:
    found = [one for one in QApplication.topLevelWidgets() if isinstance(one, AskDialog) and one.isVisible()]
    assert len(found) == 1
    return found[0]


def test_packages_are_seen_before_they_are_stored(hand: Hand, house: House) -> None:
    for town in house.towns:
        house.add(town, [twin(99)])
    house.pack(0)
    house.pack(1)
    (house.stick / "bad.mhx").write_bytes(b"nothing")
    page, shown = hand.page(house.district)
    part = page.part
    assert isinstance(part, DistrictPart)
    part.preview([house.stick])
    shown.settle()
    assert not house.district.find(ReceivedPackage)
    assert part.verdicts.count() == 3
    assert "2 份" in part.store_button.text()
    part.store_button.click()
    shown.settle()
    assert len(house.district.find(ReceivedPackage)) == 2
    assert len(list(house.stick.glob("*.mhr"))) == 2
    assert part.conflicts.count() == 1
    page.choose("conflicts")
    part.decide(0)
    asked = dialog()
    asked.set_texts({"outcome": "1", "keeper": keys.need_joined(house.towns[1]).org_code, "note": ""})
    asked.send()
    shown.settle()
    assert [one.outcome for one in house.district.find(ConflictDecision)] == ["one"]


def test_the_weeks_table_opens_people_and_is_frozen(hand: Hand, house: House, tmp_path: Path) -> None:
    house.merge(house.pack(0), house.pack(1, level="D0"))
    page, shown = hand.page(house.district)
    part = page.part
    assert isinstance(part, DistrictPart)
    page.choose("report")
    shown.settle()
    report = part.report
    assert "丙镇卫生院" in report.notice.words()
    first = report._sheets[0]
    cells = [next(cell for cell in line if cell is not None and cell.key == "registered") for line in first.rows[:2]]
    report.open_people(cells[0])
    shown.settle()
    people = [one for one in QApplication.topLevelWidgets() if isinstance(one, PeopleDialog) and one.isVisible()]
    assert [one.table.count() for one in people] == [cells[0].value]
    people[0].reject()
    report.open_people(cells[1])
    shown.settle()
    assert "只有汇总数" in report.notice.words()
    report.export_to(tmp_path)
    shown.settle()
    assert {one.suffix for one in tmp_path.glob("区县周汇总*")} == {".xlsx", ".pdf"}
    report.freeze()
    dialog().send()
    shown.settle()
    assert not report.freeze_button.isEnabled()
    report.reopen()
    asked = dialog()
    asked.set_texts({"reason": "更正"})
    asked.send()
    shown.settle()
    assert report.freeze_button.isEnabled()


def test_keys_by_hand(hand: Hand, house: House, tmp_path: Path) -> None:
    page, shown = hand.page(house.district)
    part = page.part
    assert isinstance(part, DistrictPart)
    page.choose("keys")
    keys.revoke(house.district, keys.need_joined(house.towns[0]).org_code, reason="换了电脑")
    part.make_keys_to(tmp_path / "safe.txt")
    shown.settle()
    part.write_setup_to(tmp_path / "a.mhs")
    shown.settle()
    own, town = hand.page(house.towns[0])
    mine = own.part
    assert isinstance(mine, TownshipPart)
    mine.look_setup(tmp_path / "a.mhs")
    town.settle()
    dialog().send()
    town.settle()
    mine.write_registration_to(tmp_path / "a.mhg")
    town.settle()
    part.look_registration(tmp_path / "a.mhg")
    shown.settle()
    asked = dialog()
    asked.set_texts({"digits": "1234"})
    asked.send()
    shown.settle()
    assert asked.isVisible()  # what was typed stays; the digits were wrong
    asked.set_texts({"digits": keys.need_joined(house.towns[0]).fingerprint})
    asked.send()
    shown.settle()
    assert len([one for one in house.district.find(Station) if one.revoked_on is None]) == 5


def test_a_township_packs_and_takes_the_receipt(hand: Hand, house: House) -> None:
    page, shown = hand.page(house.towns[0])
    part = page.part
    assert isinstance(part, TownshipPart)
    part.pack_to(house.stick)
    shown.settle()
    (made,) = house.towns[0].find(SealedPackage)
    assert part.table.count() == 1
    house.merge(house.stick / made.file_name)
    part.read_receipt((house.stick / made.file_name).with_suffix(".mhr"))
    shown.settle()
    assert "已接收" in part.notice.words()
    house.add(house.towns[0], [house.someone(0, 4)])
    part.pack_to(house.stick)
    shown.settle()
    asked = dialog()
    asked.set_texts({"reason": "1"})
    asked.send()
    shown.settle()
    assert [one.revision for one in house.towns[0].find(SealedPackage)] == [1, 2]
    assert part.weeks.currentData() <= TODAY


def test_before_anything_was_exchanged(hand: Hand, ledger: Any) -> None:
    page, _ = hand.page(ledger)
    part = page.part
    assert isinstance(part, TownshipPart)
    assert not part.pack_button.isEnabled()
    assert "密钥文件" in part.facts.text()
