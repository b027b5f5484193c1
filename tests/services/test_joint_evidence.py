"""Photographs and scans beside records of joint work: limits, proof, history, undo, voided records and files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mhdesk.domain.attachment import Attachment
from mhdesk.domain.errors import InputRefused, UserError
from mhdesk.services import attachments, merge, patients, record_history, recycle, training_terms, undo
from mhdesk.services.joint import evidence, records
from mhdesk.services.joint.kinds import KINDS
from tests.services.round_people import add_person
from tests.services.test_joint import TODAY, VISIT, agreement, save

if TYPE_CHECKING:
    from db.ledger import Ledger

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40


@pytest.fixture
def person(ledger: Ledger) -> int:
    return add_person(ledger, "欧阳娜仁托娅·买买提")


def scan(folder: Path, name: str = "现场照片.png", content: bytes = PNG) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def test_a_photograph_proves_a_joint_visit(ledger: Ledger, person: int, tmp_path: Path) -> None:
    visit = save(ledger, "joint_visit", VISIT, patient_id=person)
    ticked = save(ledger, "joint_visit", VISIT | {"visited_on": "2026-11-17", "has_photo": "2"}, patient_id=person)
    assert evidence.proof(ledger, today=TODAY) == ([visit, ticked], [visit])
    file_id, changes = evidence.attach(ledger, "joint_visit", visit, scan(tmp_path))
    assert changes.topics["attachment"] == {file_id}
    assert evidence.attach(ledger, "joint_visit", visit, scan(tmp_path, "copy.png"))[0] == file_id  # the same picture
    assert evidence.proof(ledger, today=TODAY).without == []
    assert [(one.id, one.files) for one in records.listed(ledger, "joint_visit")] == [(visit, 1), (ticked, 0)]
    evidence.save_copy(ledger, file_id, tmp_path / "out.png")
    assert (tmp_path / "out.png").read_bytes() == PNG
    evidence.remove(ledger, "joint_visit", file_id, reason="传错人")
    assert evidence.proof(ledger, today=TODAY).without == [visit]
    with pytest.raises(UserError, match="MH-LEDGER-25"):
        evidence.save_copy(ledger, file_id, tmp_path / "again.png")
    recycle.restore(ledger, [("attachment", file_id)])
    assert evidence.counts(ledger, "joint_visit") == {visit: 1}


def test_what_is_no_picture_too_large_or_too_many_stays_out(ledger: Ledger, person: int, tmp_path: Path) -> None:
    visit = save(ledger, "joint_visit", VISIT, patient_id=person)
    training_terms.save(ledger, {"attachment_mb": 0.001, "attachment_count": 2})
    for name, content, code in (
        ("记录.docx", b"PK\x03\x04", "MH-ATTACH-01"),
        ("大.png", PNG + b"0" * 2000, "MH-ATTACH-02"),
        ("空.png", b"", "MH-ATTACH-01"),
    ):
        with pytest.raises(InputRefused, match=code):
            evidence.attach(ledger, "joint_visit", visit, scan(tmp_path, name, content))
    with pytest.raises(InputRefused, match="MH-ATTACH-03"):
        evidence.attach(ledger, "joint_visit", visit, tmp_path / "没有.png")
    for number in range(2):
        evidence.attach(ledger, "joint_visit", visit, scan(tmp_path, "一.png", PNG + bytes([number])))
    with pytest.raises(InputRefused, match="MH-ATTACH-05"):
        evidence.attach(ledger, "joint_visit", visit, scan(tmp_path, "三.png", PNG + b"3"))
    with pytest.raises(UserError, match="MH-LEDGER-36"):
        evidence.remove(ledger, "joint_visit", 1, reason=" ")
    with pytest.raises(UserError, match="MH-LEDGER-24"):
        evidence.remove(ledger, "emergency", 1, reason="别的记录")


def test_every_kind_holds_files_and_tells_its_history(ledger: Ledger, person: int, tmp_path: Path) -> None:
    """The history of a record tells its files and its entries, too; a step is taken back from there."""
    one = agreement(ledger, person)
    base = {"patient_id": person, "agreement_id": one}
    save(ledger, "agreement_review", {"quarter": "1", "reviewed_on": "2026-04-02", "result": "1"}, **base)
    evidence.attach(ledger, "agreement", one, scan(tmp_path, "协议.pdf", b"%PDF-1.4"))
    steps = record_history.steps(ledger, record_history.of_joint(ledger, "agreement", one))
    assert [step.action for step in steps] == ["attachment.add", "agreement_review.record", "agreement.record"]
    assert ("以奖代补考核", "登记") in {(line.subject, line.label) for line in steps[1].lines}
    record_history.take_back(ledger, steps[0].seq)
    assert evidence.listed(ledger, "agreement", one) == []
    for key in KINDS:
        assert record_history.labels(KINDS[key].record), key


def test_files_go_with_their_record(ledger: Ledger, person: int, tmp_path: Path) -> None:
    """Voided record, voided file, merged person: what is out of the lists is not written out either."""
    visit = save(ledger, "joint_visit", VISIT, patient_id=person)
    file_id, _ = evidence.attach(ledger, "joint_visit", visit, scan(tmp_path))
    records.void(ledger, "joint_visit", visit, reason="记错", today=TODAY)
    for act in (
        lambda: evidence.save_copy(ledger, file_id, tmp_path / "x.png"),
        lambda: evidence.attach(ledger, "joint_visit", visit, scan(tmp_path)),
    ):
        with pytest.raises(UserError, match="MH-LEDGER-25"):
            act()
    last = undo.last(ledger)
    assert last is not None
    undo.undo(ledger, last.seq)
    patients.void(ledger, person, reason="重复建档")
    with pytest.raises(UserError, match="MH-LEDGER-25"):
        evidence.save_copy(ledger, file_id, tmp_path / "x.png")
    recycle.restore(ledger, [("patient", person)])
    other = add_person(ledger, "冉秀梅")
    merge.merge(ledger, kept_id=other, merged_id=person, take=())
    (line,) = records.listed(ledger, "joint_visit", patient_id=other)
    assert (line.id, line.files) == (visit, 1)
    evidence.save_copy(ledger, file_id, tmp_path / "x.png")
    assert attachments.content(ledger, file_id) == PNG
    assert ledger.get(Attachment, file_id).object_kind == "joint_visit"
