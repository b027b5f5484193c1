"""Forms of one person: made, shown as pages, saved as a file."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from db.ledger import Ledger
from mhdesk.domain.follow_up import FollowUp
from mhdesk.domain.patient import Patient
from mhdesk.domain.transfer import Transfer
from ui.dialogs.paper import PaperDialog, show_paper
from ui.pages.base import Desk
from ui.pages.patient_paper import Papers, forms_of
from ui.widgets import Card

TODAY = date(2026, 11, 20)


@pytest.fixture
def person(ledger: Ledger) -> int:
    with ledger.change("patient.register") as change:
        patient_id = change.add(Patient(name="冉䶮秀"))
        change.add(FollowUp(patient_id=patient_id, visit_date=date(2026, 3, 1), risk_level="0", visit_form="2"))
    return patient_id


@pytest.fixture
def papers(ledger: Ledger, person: int) -> Papers:
    """A visit chosen, a slip, and the person lost since."""
    slip = Transfer(
        patient_id=person, kind="referral_up", slip_number="2026-001", happened_on=date(2026, 5, 1), to_unit="区院"
    )
    with ledger.change("transfer.refer") as change:
        slip_id = change.add(slip)
        change.add(FollowUp(patient_id=person, visit_date=date(2026, 6, 1), lost_reason="1", visit_form="3"))
    visit = ledger.find(FollowUp, patient_id=person)[0]
    return Papers([visit.id or 0], [slip_id], is_ended=True)


@pytest.mark.parametrize("number", range(7))
def test_every_form_of_a_person_is_shown_and_saved(
    qtbot: QtBot,
    make_desk: Callable[[Any], Desk],
    ledger: Ledger,
    person: int,
    papers: Papers,
    tmp_path: Path,
    number: int,
) -> None:
    desk, page = make_desk(ledger), Card()
    qtbot.addWidget(page)
    _, make = forms_of(person, TODAY, papers)[number]
    show_paper(desk, page, make)
    qtbot.waitUntil(lambda: page.findChild(PaperDialog) is not None, timeout=20_000)
    dialog = page.findChild(PaperDialog)
    assert isinstance(dialog, PaperDialog)
    assert dialog.preview.document().pageCount() >= 1
    dialog.write(tmp_path / "form.pdf")
    qtbot.waitUntil(lambda: bool(dialog.notice.words()), timeout=20_000)
    assert (tmp_path / "form.pdf").read_bytes().startswith(b"%PDF-")
    dialog.close()
