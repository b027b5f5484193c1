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
from ui.dialogs.paper import PaperDialog, show_paper
from ui.pages.base import Desk
from ui.pages.patient_paper import forms_of
from ui.widgets import Card


@pytest.fixture
def person(ledger: Ledger) -> int:
    with ledger.change("patient.register") as change:
        patient_id = change.add(Patient(name="冉䶮秀"))
        change.add(FollowUp(patient_id=patient_id, visit_date=date(2026, 3, 1), risk_level="0", visit_form="2"))
    return patient_id


@pytest.mark.parametrize("number", range(4))
def test_every_form_of_a_person_is_shown_and_saved(
    qtbot: QtBot, make_desk: Callable[[Any], Desk], ledger: Ledger, person: int, tmp_path: Path, number: int
) -> None:
    desk, page = make_desk(ledger), Card()
    qtbot.addWidget(page)
    _, make = forms_of(person, 2026)[number]
    show_paper(desk, page, make)
    qtbot.waitUntil(lambda: page.findChild(PaperDialog) is not None, timeout=20_000)
    dialog = page.findChild(PaperDialog)
    assert isinstance(dialog, PaperDialog)
    assert dialog.preview.document().pageCount() >= 1
    dialog.write(tmp_path / "form.pdf")
    qtbot.waitUntil(lambda: bool(dialog.notice.words()), timeout=20_000)
    assert (tmp_path / "form.pdf").read_bytes().startswith(b"%PDF-")
    dialog.close()
