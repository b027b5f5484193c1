"""疑问: flagging a value with a note, and the list of doubts that wait for an answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtWidgets import QMenu, QWidget

from mhdesk.domain.changes import Changes
from mhdesk.services import quality
from mhdesk.services.quality import OpenDoubt
from mhdesk.text import text
from ui.dialogs.ask import Ask, AskDialog
from ui.pages.base import Desk
from ui.tables import Column, TablePanel
from ui.widgets import Card, Notice, PlainButton, column, row


def ask(
    desk: Desk, parent: QWidget, *, object_kind: str, object_id: int, field: str, name: str, label: str
) -> AskDialog:
    """Ask for the note of a doubt about a value and store it."""

    def submit(dialog: AskDialog, values: Mapping[str, Any]) -> None:
        ledger, note = desk.ledger, str(values["note"])

        def done(result: tuple[int, Changes]) -> None:
            dialog.accept()
            desk.saved()
            desk.changes.publish(result[1], source=dialog)

        desk.tasks.run(
            "ledger",
            lambda _task: quality.doubt(ledger, object_kind=object_kind, object_id=object_id, field=field, note=note),
            done,
            dialog.refuse,
            owner=dialog,
        )

    about = text("doubt.about", name=name, item=label or text("quality.whole_record"))
    asked = [Ask("note", text("doubt.note"), "long", hint=text("doubt.note_hint"), is_required=True)]
    dialog = AskDialog(desk, text("doubt.title"), text("doubt.store"), asked, submit, sentence=about, parent=parent)
    dialog.open()
    return dialog


def value_menu(desk: Desk, parent: QWidget, *, patient_id: int, field: str, name: str, label: str) -> QMenu:
    """The right button's menu of a value of somebody's file: change it, or flag it."""
    menu = QMenu(parent)
    menu.addAction(text("doubt.change"), lambda: desk.open_page("person", patient_id=patient_id, field=field))
    menu.addAction(
        text("doubt.flag"),
        lambda: ask(desk, parent, object_kind="patient", object_id=patient_id, field=field, name=name, label=label),
    )
    menu.aboutToHide.connect(menu.deleteLater)
    return menu


def _columns() -> list[Column]:
    return [
        Column("name", text("doubt.column.name"), 6, is_bold=True),
        Column("label", text("doubt.column.item"), 9, value=lambda one: one.label or text("quality.whole_record")),
        Column("doubt.note", text("doubt.column.note"), 18, is_stretched=True),
        Column("doubt.entered_by", text("doubt.column.by"), 5),
        Column("doubt.entered_at", text("doubt.column.at"), 9, "date"),
    ]


class DoubtsPart(QWidget):
    """The doubts that wait, on the quality page."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.doubts: Sequence[OpenDoubt] = ()
        self.notice = Notice()
        self.table = TablePanel(desk.tasks, _columns())
        self.table.set_empty("circle-question-mark", text("doubt.empty"), text("doubt.empty_next"))
        self.table.opened.connect(lambda place: self._open(self.doubts[place]))
        self.open_button = PlainButton(text("doubt.open_record"), slot=self._open_chosen)
        self.resolve_button = PlainButton(text("doubt.resolve"), "check", self.ask_resolution)
        card = Card()
        card.body.addWidget(self.table, 1)
        card.body.addLayout(row(None, self.open_button, self.resolve_button))
        lines = column(self.notice)
        lines.addWidget(card, 1)
        self.setLayout(lines)

    def show_doubts(self, doubts: Sequence[OpenDoubt]) -> None:
        """Show these."""
        self.doubts = doubts
        self.table.show_rows(doubts)

    def _chosen(self) -> OpenDoubt | None:
        places = self.table.view.selected_ids() or ([0] if len(self.doubts) == 1 else [])
        return self.doubts[places[0]] if places else None

    def _open_chosen(self) -> None:
        if (chosen := self._chosen()) is not None:
            self._open(chosen)

    def _open(self, one: OpenDoubt) -> None:
        open_field(self._desk, one.patient_id, one.follow_up_id, one.doubt.field)

    def ask_resolution(self) -> None:
        """What was found out about the chosen doubt."""
        chosen = self._chosen()
        if chosen is None:
            return
        asked = [Ask("resolution", text("doubt.resolution"), "long", is_required=True)]
        AskDialog(
            self._desk,
            text("doubt.resolve_title"),
            text("doubt.settle"),
            asked,
            lambda dialog, values: self._resolve(dialog, chosen.doubt.id or 0, str(values["resolution"])),
            sentence=chosen.doubt.note,
            parent=self,
        ).open()

    def _resolve(self, dialog: AskDialog, doubt_id: int, resolution: str) -> None:
        ledger = self._desk.ledger

        def done(changes: Changes) -> None:
            dialog.accept()
            self.notice.say(text("doubt.resolved"), "good")
            self._desk.saved()
            self._desk.changes.publish(changes, source=self)

        self._desk.tasks.run(
            "ledger",
            lambda _task: quality.resolve(ledger, doubt_id, resolution=resolution),
            done,
            dialog.refuse,
            owner=dialog,
        )


def open_field(desk: Desk, patient_id: int, follow_up_id: int | None, field: str) -> None:
    """Open the page where a value is typed, with the cursor in it."""
    if follow_up_id is not None:
        desk.open_page("visit", patient_id=patient_id, follow_up_id=follow_up_id, field=field)
    elif field in quality.patient_items():
        desk.open_page("person", patient_id=patient_id, field=field)
    else:
        desk.open_page("patient", patient_id=patient_id)
