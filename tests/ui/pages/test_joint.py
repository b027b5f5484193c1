"""联动 with real keys: a joint visit typed for somebody, exchange from reminder to receipt, a meeting, money."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from mhdesk.domain.follow_up import FollowUp
from mhdesk.domain.joint import ExchangeSheet, JointVisit, Meeting
from mhdesk.domain.support import Agreement, AgreementReview
from mhdesk.domain.task import QUIET
from mhdesk.reports.paper.model import texts as paper_texts
from mhdesk.services import patients
from mhdesk.services.joint import files, records
from tests.ui.pages.conftest import Shown
from ui.dialogs.ask import AskDialog
from ui.dialogs.attachments import AttachmentsDialog
from ui.dialogs.history import HistoryDialog
from ui.pages.joint import PARTS, JointPage
from ui.pages.joint_exchange import ExchangePart
from ui.pages.joint_parts import RecordsPart
from ui.pages.joint_record import JointRecordPage
from ui.pages.patient import PatientPage

if TYPE_CHECKING:
    from pathlib import Path

    from db.ledger import Ledger

TODAY = date(2026, 11, 20)


def typed(page: JointRecordPage, *parts: str) -> None:
    """Type into what has the cursor, part by part; "\\n" is Enter."""
    for part in parts:
        widget = QApplication.focusWidget()
        assert widget is not None
        if part == "\n":
            QTest.keyClick(widget, Qt.Key.Key_Return)
        elif part.isascii():
            QTest.keyClicks(widget, part)
        else:  # Chinese comes from an input method
            widget.insert(part) if hasattr(widget, "insert") else widget.insertPlainText(part)  # type: ignore[attr-defined]
    assert page.opened is not None


def asked(shown: Shown) -> AskDialog:
    found = [one for one in QApplication.topLevelWidgets() if isinstance(one, AskDialog) and one.isVisible()]
    assert len(found) == 1
    return found[0]


def test_a_joint_visit_is_typed_with_keys_alone(shown: Shown, place: Ledger, ids: dict[str, int]) -> None:
    person = ids["冉秀兰"]
    page = shown.page(JointRecordPage, kind="joint_visit", patient_id=person)
    assert "冉秀兰" in _chips(page)
    typed(page, " ")  # today, as proposed
    typed(page, "村委会", "\n", "王强 统景派出所 社区民警", "\n", "李芳 江口村委会 网格员", "\n", "\n")
    typed(page, "1")  # 居家; the cursor goes on
    for _ in range(4):
        typed(page, "\n")  # hospital and missing: not asked
    typed(page, "4", "0")  # 无 completes the item; the cursor went on by itself
    view = page.view
    assert view is not None
    view.enter_item("taking_medicine")
    typed(page, "3")
    here = QApplication.focusWidget()
    assert here is not None
    QTest.keyClick(here, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    shown.settle()
    (stored,) = place.find(JointVisit, patient_id=person)
    assert (stored.visited_on, stored.place, stored.incidents, stored.taking_medicine) == (TODAY, "村委会", ("4",), "3")
    assert [one.unit for one in stored.participants] == ["统景派出所", "江口村委会"]


def _chips(page: JointRecordPage) -> list[str]:
    from ui.widgets import Chip

    return [one.text() for one in page.header.findChildren(Chip)]


def test_what_is_wrong_is_said_and_what_is_typed_stays(shown: Shown, place: Ledger, ids: dict[str, int]) -> None:
    page = shown.page(JointRecordPage, kind="checkup", patient_id=ids["冉秀兰"])
    view = page.view
    assert view is not None
    page.save()
    assert "体检日期" in page.notice.words()
    view.add_texts({"checked_on": "2026-05-05", "items": "1,2", "result": "1", "systolic": "80", "diastolic": "120"})
    page.save()
    shown.settle()
    assert "舒张压" in page.notice.words()
    assert page.texts()["systolic"] == "80"
    assert view.row_of("diastolic").sentence
    page.leave()
    shown.settle()
    again = shown.page(JointRecordPage, kind="checkup", patient_id=ids["冉秀兰"])
    assert again.texts()["diastolic"] == "120"  # a draft kept it
    again.drop_draft()
    shown.settle()
    assert "diastolic" not in again.texts()


def test_a_doubt_is_said_once(shown: Shown, place: Ledger, ids: dict[str, int]) -> None:
    page = shown.page(JointRecordPage, kind="outreach")
    assert page.view is not None
    page.view.add_texts({"kind": "1", "theme": "睡眠", "held_on": "2026-10-10", "sessions": "1", "people": "0"})
    page.save()
    shown.settle()
    assert records.listed(place, "outreach") == []
    assert "再保存一次" in page.notice.words()
    page.save()
    shown.settle()
    assert len(records.listed(place, "outreach")) == 1


def test_exchange_from_the_reminder_to_the_receipt(shown: Shown, place: Ledger, ids: dict[str, int]) -> None:
    person = ids["冉秀兰"]
    with place.change("follow_up.record") as change:
        change.add(FollowUp(patient_id=person, visit_date=date(2026, 11, 19), visit_form="2", risk_level="4"))
    page = shown.page(JointPage, part="exchange")
    part: Any = page.part
    assert isinstance(part, ExchangePart)
    untold = {one.id for one in part.found.untold["1"]}
    assert person in untold
    assert page.header.primary is not None
    page.header.primary.click()
    QTest.keyClick(asked(shown), Qt.Key.Key_Return)
    shown.settle()
    (sheet,) = place.find(ExchangeSheet)
    assert part.table.count() == 1
    assert {one.record.patient_id for one in part._people} >= untold
    part.buttons["send"].click()
    QTest.keyClick(asked(shown), Qt.Key.Key_Return)
    shown.settle()
    assert part.found.untold[sheet.other_side] == []
    part.buttons["receipt"].click()
    dialog = asked(shown)
    dialog.put("by", "王强")
    dialog.put("on", "2026-11-01")
    dialog.send()
    shown.settle()
    assert "发出日期" in dialog.notice.words()
    dialog.put("on", "2026-11-20")
    dialog.send()
    shown.settle()
    assert place.get(ExchangeSheet, sheet.id or 0).receipt_by == "王强"
    assert not part.buttons["receipt"].isEnabled()


@pytest.mark.parametrize("key", sorted(PARTS))
def test_every_part_opens_empty_and_full(shown: Shown, place: Ledger, ids: dict[str, int], key: str) -> None:
    page = shown.page(JointPage, part=key)
    assert page.header.primary is not None
    assert page.part.table.count() == 0
    if isinstance(page.part, RecordsPart) and not page.part.kind.is_personal:
        page.header.primary.click()
        assert shown.desk is page.desk


def test_a_meeting_of_the_future_is_not_held(shown: Shown, place: Ledger) -> None:
    page = shown.page(JointRecordPage, kind="meeting")
    assert page.view is not None
    page.view.add_texts({"kind": "1", "state": "2", "held_on": "2026-12-01", "topics": "季度会商"})
    page.save()
    shown.settle()
    assert "不能记为已开" in page.notice.words()
    page.view.add_texts({"held_on": "2026-11-10"})
    page.save()
    shown.settle()
    assert len(place.find(Meeting)) == 1
    meetings = shown.page(JointPage, part="meeting")
    assert meetings.part.table.count() == 1


def test_review_and_payment_from_the_agreement(
    shown: Shown, place: Ledger, ids: dict[str, int], opened_pages: list[tuple[str, dict[str, Any]]]
) -> None:
    with place.change("agreement.record") as change:
        agreement_id = change.add(
            Agreement(patient_id=ids["冉秀兰"], number="1", signed_on=date(2026, 1, 1), first_day=date(2026, 1, 1),
                      last_day=date(2026, 12, 31), guardian_name="冉大江", amount=2400.0)
        )  # fmt: skip
    page = shown.page(JointPage, part="agreement")
    page.part.pay_button.click()
    assert opened_pages[-1] == ("joint_record", {"kind": "agreement_payment", "agreement_id": agreement_id})
    payment = shown.page(JointRecordPage, kind="agreement_payment", agreement_id=agreement_id)
    assert payment.view is not None
    payment.view.add_texts({"paid_on": "2026-11-01", "quarters": "1", "amount": "600"})
    payment.save()
    shown.settle()
    assert "不能兑付" in payment.notice.words()
    review = shown.page(JointRecordPage, kind="agreement_review", agreement_id=agreement_id)
    assert review.view is not None
    review.view.add_texts({"quarter": "1", "reviewed_on": "2026-04-02", "result": "1"})
    review.save()
    shown.settle()
    assert len(place.find(AgreementReview)) == 1
    payment.save()
    shown.settle()
    shown.go(page, part="agreement")
    assert page.part.entries.count() == 2


def test_a_list_is_written_and_read_again(shown: Shown, place: Ledger, ids: dict[str, int], tmp_path: Path) -> None:
    reading = records.read(
        "checkup", {"checked_on": "2026-05-05", "items": "1", "result": "1"}, {"patient_id": ids["冉秀兰"]}, today=TODAY
    )
    record_id, _ = records.save(place, reading.record, today=TODAY)
    page = shown.page(JointPage, part="checkup")
    file = tmp_path / "体检.xlsx"
    page.part.write(file, identified=True)
    shown.settle()
    assert file.name in page.part.notice.words()
    records.void(place, "checkup", record_id, reason="重来", today=TODAY)
    page.part.try_file(file)
    shown.settle()
    shown.answer("导入")
    assert len(records.listed(place, "checkup")) == 1
    assert "新增 1" in page.part.notice.words()
    assert files.IMPORTED


def test_print_shows_the_list_of_the_span_chosen(
    shown: Shown, place: Ledger, ids: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    for day in ("2025-05-05", "2026-05-05"):
        texts = {"checked_on": day, "items": "1", "result": "1"}
        reading = records.read("checkup", texts, {"patient_id": ids["冉秀兰"]}, today=TODAY)
        records.save(place, reading.record, today=TODAY)
    made: list[str] = []
    monkeypatch.setattr(
        "ui.pages.joint_paper.show_paper",
        lambda _desk, _parent, make: made.append("".join(paper_texts(make(place, QUIET).forms[0]))),
    )
    page = shown.page(JointPage, part="checkup")
    shown.settle()
    assert page.can_print
    page.part.buttons["print"].click()
    page.part.spans.choose("all")
    page.print_()
    assert [("2025-05-05" in one, "2026-05-05" in one) for one in made] == [(False, True), (True, True)]


def test_the_persons_page_shows_it_all(
    shown: Shown, place: Ledger, ids: dict[str, int], opened_pages: list[tuple[str, dict[str, Any]]]
) -> None:
    person = ids["冉秀兰"]
    with place.change("joint_visit.record") as change:
        change.add(JointVisit(patient_id=person, visited_on=TODAY, place="村委会"))
    page = shown.page(PatientPage, patient_id=person, tab="joint")
    assert page.joint.table.count() == 1
    page.joint.buttons["emergency"].click()
    assert opened_pages[-1] == ("joint_record", {"kind": "emergency", "patient_id": person})


def test_records_of_a_voided_file_are_shown_apart(
    shown: Shown, place: Ledger, ids: dict[str, int], opened_pages: list[tuple[str, dict[str, Any]]]
) -> None:
    for name in ("冉秀兰", "覃建国"):
        with place.change("joint_visit.record") as change:
            change.add(JointVisit(patient_id=ids[name], visited_on=TODAY, place="村委会"))
    page = shown.page(JointPage, part="joint_visit")
    part: Any = page.part
    assert (part.table.count(), part.is_voided) == (2, False)
    patients.void(place, ids["覃建国"], reason="重复建档")
    page.refresh()
    shown.settle()
    assert part.table.count() == 1
    part.spans.choose("voided")
    part._show_chosen()
    shown.settle()
    assert part.table.count() == 1
    assert "不列入" in part._source.text()
    assert not any(part.buttons[key].isEnabled() for key in ("open", "print", "void", "export"))
    part.table.opened.emit(0)
    assert opened_pages[-1][0] == "recycle"


def test_a_new_record_gets_its_photograph_and_its_history(
    shown: Shown, place: Ledger, ids: dict[str, int], tmp_path: Path
) -> None:
    page = shown.page(JointRecordPage, kind="joint_visit", patient_id=ids["冉秀兰"])
    assert page.view is not None
    page.view.add_texts({"visited_on": "2026-11-18", "participants": "王强 统景派出所 民警\n李芳 村委会 网格员",
                         "whereabouts": "1", "incidents": "4", "taking_medicine": "3"})  # fmt: skip
    page.files_button.click()  # stores it, stays, and asks for the files
    shown.settle()
    (one,) = place.find(JointVisit)
    assert page.opened is not None
    assert page.opened.record == one
    dialog = next(each for each in QApplication.topLevelWidgets() if isinstance(each, AttachmentsDialog))
    picture = tmp_path / "现场.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n1")
    dialog.add_file(picture)
    shown.settle()
    dialog.add_file(tmp_path / "没有.png")
    shown.settle()
    assert "读不出来" in dialog.notice.words()
    assert (dialog.table.count(), "1" in page.files_button.text()) == (1, True)
    dialog.remove()
    ask = asked(shown)
    ask.put("reason", "传错了")
    ask.send()
    shown.settle()
    assert (dialog.table.count(), page.files_button.text()) == (0, "照片、扫描件")
    dialog.close()
    page.history_button.click()
    shown.settle()
    history = next(each for each in QApplication.topLevelWidgets() if isinstance(each, HistoryDialog))
    assert [step.action for step in history.steps] == ["attachment.void", "attachment.add", "joint_visit.record"]
    history.close()


def test_what_waits_is_named_and_begun_from_the_list(
    shown: Shown, place: Ledger, ids: dict[str, int], opened_pages: list[tuple[str, dict[str, Any]]]
) -> None:
    with place.change("agreement.record") as change:
        agreement_id = change.add(
            Agreement(patient_id=ids["冉秀兰"], number="1", signed_on=date(2025, 12, 1), first_day=date(2026, 1, 1),
                      last_day=date(2026, 12, 31), guardian_name="冉大江", amount=2400.0)
        )  # fmt: skip
    page = shown.page(JointPage, part="agreement", view="waiting")
    part: Any = page.part
    assert part.is_waiting
    assert [one.key for one in part.waiting.things] == ["agreement_review"]
    part.waiting.opened.emit(0)
    expected = {"kind": "agreement_review", "agreement_id": agreement_id, "texts": {"quarter": "1"}}
    assert opened_pages[-1] == ("joint_record", expected)
    record = shown.page(JointRecordPage, **expected)
    assert record.texts()["quarter"] == "1"
    part.spans.choose("running")  # signed last year, in force now: shown first
    part._show_chosen()
    shown.settle()
    assert part.table.count() == 1
    assert not part.buttons["open"].isHidden()


def test_a_form_says_what_of_it_was_not_seen_in_print(shown: Shown, place: Ledger, ids: dict[str, int]) -> None:
    page = shown.page(JointRecordPage, kind="emergency", patient_id=ids["冉秀兰"])
    said = page._unsure.text()
    assert "处置效果" in said
    assert "选项未见原文" in said
    assert "处置缘由" not in said  # seen in print
