"""The forms one person can be printed on, as a menu."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import NamedTuple

from PySide6.QtWidgets import QMenu, QWidget

from mhdesk.services import printing
from mhdesk.text import text
from ui.dialogs.paper import Maker, show_paper
from ui.pages.base import Desk


class Papers(NamedTuple):
    """What may be printed of a person beside the forms everybody has."""

    visits: Sequence[int] = ()  # ids of the chosen visits
    slips: Sequence[int] = ()  # ids of the person's slips
    is_ended: bool = False  # lost or dead


_NONE = Papers()


def forms_of(patient_id: int, today: date, papers: Papers = _NONE) -> list[tuple[str, Maker]]:
    """(name, how it is made) of every form of a person."""
    year = today.year
    more: list[tuple[str, Maker]] = []
    if papers.visits:
        words = text("patient.paper.chosen", count=len(papers.visits))
        visits = papers.visits
        more.append((words, lambda ledger, _task: printing.follow_ups(ledger, patient_id, follow_up_ids=visits)))
    if papers.is_ended:
        words = text("patient.paper.loss")
        more.append((words, lambda ledger, _task: printing.loss_or_death(ledger, [patient_id], today=today)))
    if papers.slips:
        words = text("patient.paper.slips", count=len(papers.slips))
        slips = papers.slips
        more.append((words, lambda ledger, _task: printing.referral(ledger, slips)))
    return [
        (
            text("patient.paper.follow_ups", year=year),
            lambda ledger, task: printing.follow_ups(ledger, patient_id, year=year, task=task),
        ),
        (text("patient.paper.blank"), lambda ledger, _task: printing.blank_follow_ups(ledger, [patient_id])),
        (text("patient.paper.supplement"), lambda ledger, task: printing.supplement(ledger, [patient_id], task=task)),
        (text("patient.paper.consent"), lambda ledger, _task: printing.consent(ledger, [patient_id])),
        *more,
    ]


def ask_form(desk: Desk, page: QWidget, patient_id: int, near: QWidget, papers: Papers = _NONE) -> QMenu:
    """Open the menu under a button; a chosen form is made and shown."""
    menu = QMenu(page)
    menu.setAccessibleName(text("printing.print"))
    for name, make in forms_of(patient_id, desk.today(), papers):
        menu.addAction(name).triggered.connect(_shower(desk, page, make))
    menu.popup(near.mapToGlobal(near.rect().bottomLeft()))
    return menu


def _shower(desk: Desk, page: QWidget, make: Maker) -> Callable[[], None]:
    return lambda: show_paper(desk, page, make)
