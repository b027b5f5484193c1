"""流转转诊 on a real ledger: slips from the search box to the receipt, files, arrivals, discharge notes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from mhdesk.domain.patient import Movement, Patient
from mhdesk.domain.transfer import Transfer
from mhdesk.services import transfers
from tests.services.round_people import add_person, visit
from ui.dialogs.ask import AskDialog
from ui.pages.base import Desk
from ui.pages.transfer import TransfersPage

if TYPE_CHECKING:
    from db.ledger import Ledger

TODAY = date(2026, 11, 20)


@pytest.fixture
def person(ledger: Ledger) -> int:
    return add_person(ledger, "冉秀兰", visits=[visit(date(2026, 8, 1))])


@pytest.fixture
def page(
    qtbot: QtBot, ledger: Ledger, person: int, make_desk: Callable[[Any], Desk], faults: list[BaseException]
) -> Iterator[TransfersPage]:
    """The page, opened from the person's own."""
    made = TransfersPage(make_desk(ledger))
    qtbot.addWidget(made)
    made.resize(1200, 740)
    made.show()
    made.activate({"patient_id": person})
    settle(qtbot, made)
    yield made
    settle(qtbot, made)
    assert not faults


def settle(qtbot: QtBot, page: TransfersPage) -> None:
    for _ in range(3):
        qtbot.waitUntil(lambda: page.desk.tasks.is_idle, timeout=8000)
        qtbot.wait(10)


def asked(page: TransfersPage) -> AskDialog:
    return next(one for one in page.findChildren(AskDialog) if one.isVisible())


def fill(dialog: AskDialog, **words: str) -> None:
    for key, said in words.items():
        dialog.put(key, said)
    dialog.send()


def test_from_the_slip_to_the_refusal(page: TransfersPage, ledger: Ledger, person: int, qtbot: QtBot) -> None:
    assert page.person == (person, "冉秀兰")
    page.new_buttons[0].click()
    dialog = asked(page)
    fill(dialog, to="大足区精卫中心")
    assert dialog.fields["reason"].problem()
    fill(dialog, reason="随子女迁居")
    settle(qtbot, page)
    assert page.table.count() == 1
    assert "已开好" in page.notice.words()
    page.table.view.selectRow(0)
    page.row_buttons["refused"].click()
    dialog = asked(page)
    assert any("恢复在册" in part.text() for part in dialog.findChildren(QLabel))
    fill(dialog, note="查无此人")
    settle(qtbot, page)
    assert ledger.find(Transfer)[0].receipt == "refused"
    assert page.table.count() == 0
    page.choice.choose("all")
    page.choice.chosen.emit("all")
    settle(qtbot, page)
    assert page.table.count() == 1


def test_a_referral_and_its_receipt(page: TransfersPage, ledger: Ledger, qtbot: QtBot) -> None:
    page.new_buttons[1].click()
    fill(asked(page), to="区精卫中心", reason="病情波动")
    settle(qtbot, page)
    page.table.view.selectRow(0)
    page.row_buttons["accepted"].click()
    fill(asked(page))
    settle(qtbot, page)
    assert [(one.kind, one.receipt) for one in ledger.find(Transfer)] == [("referral_up", "accepted")]


def test_somebody_who_left_gets_no_slip(page: TransfersPage, ledger: Ledger, person: int, qtbot: QtBot) -> None:
    slip = Transfer(patient_id=person, kind="out", slip_number="", happened_on=TODAY, to_unit="外区", reason="迁居")
    transfers.send_out(ledger, slip, today=TODAY)
    page.choose_person(person)
    settle(qtbot, page)
    assert "不能再开单" in page.notice.words()
    assert not any(button.isEnabled() for button in page.new_buttons)


def test_who_moves_in_is_typed_in_a_moment(page: TransfersPage, ledger: Ledger, qtbot: QtBot) -> None:
    page.take_in()
    settle(qtbot, page)
    dialog = asked(page)
    fill(dialog, name="覃建国", **{"from": "外区中心"})
    assert dialog.fields["unit"].problem()  # no village is chosen for the doctor
    box: Any = dialog.editors["unit"]
    box.setCurrentIndex(1)
    dialog.send()
    settle(qtbot, page)
    stored = ledger.find(Patient, name="覃建国")
    assert [one.registered_as for one in stored] == ["moved_in"]
    assert "2026-12-04" in page.notice.words()


def test_a_slip_file_brings_somebody_back(
    page: TransfersPage, ledger: Ledger, person: int, qtbot: QtBot, tmp_path: Path
) -> None:
    page.new_buttons[0].click()
    fill(asked(page), to="外区", reason="迁居")
    settle(qtbot, page)
    page.table.view.selectRow(0)
    file = tmp_path / "slip.xlsx"
    page.write_file((page.current() or pytest.fail("no slip")).slip.id, file)
    settle(qtbot, page)
    assert file.is_file()
    page.read_file(file)
    settle(qtbot, page)
    dialog = asked(page)
    assert any("恢复在册" in part.text() for part in dialog.findChildren(QLabel))
    dialog.send()
    settle(qtbot, page)
    assert [one.id for one in ledger.find(Patient)] == [person]  # found again by name, birth and sex
    assert [one.kind for one in ledger.find(Movement, patient_id=person)] == ["moved_out", "moved_in"]
