"""The forms one person can be printed on, as a menu."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QMenu, QWidget

from mhdesk.services import printing
from mhdesk.text import text
from ui.dialogs.paper import Maker, show_paper
from ui.pages.base import Desk


def forms_of(patient_id: int, year: int) -> list[tuple[str, Maker]]:
    """(name, how it is made) of every form of a person."""
    return [
        (
            text("patient.paper.follow_ups", year=year),
            lambda ledger, task: printing.follow_ups(ledger, patient_id, year=year, task=task),
        ),
        (text("patient.paper.blank"), lambda ledger, _task: printing.blank_follow_ups(ledger, [patient_id])),
        (text("patient.paper.supplement"), lambda ledger, task: printing.supplement(ledger, [patient_id], task=task)),
        (text("patient.paper.consent"), lambda ledger, _task: printing.consent(ledger, [patient_id])),
    ]


def ask_form(desk: Desk, page: QWidget, patient_id: int, near: QWidget) -> QMenu:
    """Open the menu under a button; a chosen form is made and shown."""
    menu = QMenu(page)
    menu.setAccessibleName(text("printing.print"))
    for name, make in forms_of(patient_id, desk.today().year):
        menu.addAction(name).triggered.connect(_shower(desk, page, make))
    menu.popup(near.mapToGlobal(near.rect().bottomLeft()))
    return menu


def _shower(desk: Desk, page: QWidget, make: Maker) -> Callable[[], None]:
    return lambda: show_paper(desk, page, make)
