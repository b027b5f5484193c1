"""用药提醒 and 联动规定: the numbers medicine and joint work are judged by; reminders of examinations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtWidgets import QWidget

from mhdesk.domain.changes import Changes
from mhdesk.services.joint import numbers
from mhdesk.services.medication import reminders
from mhdesk.services.medication.reminders import Line
from mhdesk.text import text
from ui.dialogs.ask import Ask, AskDialog
from ui.pages.base import Desk
from ui.tables import Column, TablePanel
from ui.theme import ToneName
from ui.widgets import Card, ChipText, Notice, PlainButton, column, label, row

_MARKS = ("assumption", "memory", "verified")
_MARK_TONES: dict[str, ToneName] = {"verified": "good", "memory": "missing", "assumption": "late"}
_ON, _OFF = "on", "off"
#: Part of the settings -> what its numbers are read and changed with.
_SERVICES: Mapping[str, Any] = {"reminders": reminders, "joint": numbers}


class RemindersPart(QWidget):
    """A table; Enter changes a line."""

    def __init__(self, desk: Desk, key: str = "reminders") -> None:
        super().__init__()
        self._desk, self._service = desk, _SERVICES[key]
        self._lines: Sequence[Line] = ()
        self.notice = Notice()
        self.table = TablePanel(desk.tasks, _columns(can_be_off=key == "reminders"))
        self.table.set_name(text(f"settings.part.{key}"))
        self.table.opened.connect(lambda place: self.edit(self._lines[place]))
        self.table.view.selection_changed.connect(self._say_chosen)
        self.chosen = label("", "quiet", wrap=True)
        self.put_back_button = PlainButton(text("reminder_settings.put_back"), "undo-2", self.put_back)
        self.change_button = PlainButton(text("settings.change"), "pencil", self._edit_chosen)
        note = text("reminder_settings.note" if key == "reminders" else "joint.number.note")
        card = Card(text(f"settings.part.{key}"), note)
        card.body.addWidget(self.table, 1)
        card.body.addWidget(self.chosen)
        card.body.addLayout(row(None, self.put_back_button, self.change_button, space=3))
        lines = column(self.notice)
        lines.addWidget(card, 1)
        self.setLayout(lines)

    def refresh(self) -> None:
        """Read them anew."""
        ledger = self._desk.ledger
        service = self._service
        self._desk.tasks.run("ledger", lambda _task: service.lines(ledger), self._show, owner=self)

    def _show(self, found: Sequence[Line]) -> None:
        self._lines = found
        self.table.show_rows(found)
        self.put_back_button.setEnabled(any(one.is_own for one in found))
        self._say_chosen()

    def _chosen_line(self) -> Line | None:
        places = self.table.view.selected_ids()
        return self._lines[places[0]] if len(places) == 1 and places[0] < len(self._lines) else None

    def _say_chosen(self) -> None:
        line = self._chosen_line()
        self.change_button.setEnabled(line is not None)
        self.chosen.setVisible(line is not None)
        if line is not None:
            self.chosen.setText(text("settings.parameter_whole", name=line.label, value=_value(line),
                                     source=line.source))  # fmt: skip

    def _edit_chosen(self) -> None:
        if (line := self._chosen_line()) is not None:
            self.edit(line)

    def edit(self, line: Line) -> AskDialog:
        """Change a line."""
        asks = [Ask("value", text(f"reminder_settings.value_{line.kind}"), "whole", str(line.value), is_required=True)]
        if line.enabled is not None:
            states = [(_OFF, text("reminder_settings.off")), (_ON, text("reminder_settings.on"))]
            state = _ON if line.enabled else _OFF
            asks.insert(0, Ask("enabled", text("reminder_settings.enabled"), "choice", state, choices=states))
        marks = [(one, text(f"settings.marks.{one}")) for one in _MARKS]
        source = line.source if line.is_own or line.enabled is not None else ""
        asks += [
            Ask("source", text("reminder_settings.source"), value=source, hint=text("reminder_settings.source_hint"),
                is_required=True),
            Ask("mark", text("settings.mark"), "choice", line.mark, choices=marks),
        ]  # fmt: skip
        dialog = AskDialog(
            self._desk,
            text("reminder_settings.change"),
            text("settings.save"),
            asks,
            lambda asked, values: self._store(asked, line, values),
            sentence=text("reminder_settings.now", name=line.label, source=line.source),
            parent=self.window(),
        )
        dialog.open()
        return dialog

    def _store(self, dialog: AskDialog, line: Line, values: Mapping[str, Any]) -> None:
        ledger, service = self._desk.ledger, self._service
        enabled = values["enabled"] == _ON if "enabled" in values else None

        def job(_task: object) -> Changes:
            made: Changes = service.change(
                ledger, line, value=values["value"], enabled=enabled, source=values["source"], mark=values["mark"]
            )
            return made

        def done(changes: Changes) -> None:
            dialog.accept()
            self._changed(changes, text("reminder_settings.saved", name=line.label))

        self._desk.tasks.run("ledger", job, done, dialog.refuse, owner=dialog)

    def put_back(self) -> None:
        """Take our numbers again."""
        ledger, service = self._desk.ledger, self._service
        self._desk.tasks.run(
            "ledger",
            lambda _task: service.put_back(ledger),
            lambda changes: self._changed(changes, text("reminder_settings.put_back_done")),
            owner=self,
        )

    def _changed(self, changes: Changes, said: str) -> None:
        self.notice.say(said, "good")
        self._desk.saved()
        self._desk.changes.publish(changes, source=self)
        self.refresh()


def _value(line: Line) -> str:
    if line.enabled is None:
        return str(line.value)
    key = "reminder_settings.every_on" if line.enabled else "reminder_settings.every_off"
    return text(key, days=line.value)


def _state(line: Line) -> Sequence[ChipText]:
    if line.enabled is None:
        return []
    return [ChipText(text(f"reminder_settings.{_ON if line.enabled else _OFF}"), "good" if line.enabled else "plain")]


def _columns(*, can_be_off: bool) -> list[Column]:
    return [
        Column("label", text("reminder_settings.item"), 16 if can_be_off else 19, is_bold=True, is_sortable=False),
        Column("enabled", text("reminder_settings.enabled"), 5, "chips", chips=_state, is_sortable=False,
               is_shown=can_be_off),
        Column("value", text("settings.value"), 9, value=_value, is_sortable=False),
        Column("mark", text("settings.mark"), 6, "chips", is_sortable=False,
               chips=lambda one: [ChipText(text(f"settings.marks.{one.mark}"), _MARK_TONES.get(one.mark, "plain"))]),
        Column("source", text("settings.source"), 14, is_stretched=True, is_sortable=False),
        Column("is_own", text("drug_settings.origin"), 7, "chips", is_sortable=False,
               chips=lambda one: [ChipText(text("drug_settings.is_changed" if one.is_own else "drugs.list.ours"),
                                           "info" if one.is_own else "plain")]),
    ]  # fmt: skip
