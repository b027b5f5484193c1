"""Own items (自定义项目) of the person's file and of the follow-up sheet: name, kind, codes, order."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from PySide6.QtWidgets import QComboBox, QLineEdit, QPlainTextEdit, QWidget

from mhdesk.domain.account import CustomField
from mhdesk.domain.changes import Changes
from mhdesk.services import custom_fields
from mhdesk.text import text
from ui import messages, theme
from ui.pages.base import Desk
from ui.tables import Column, TablePanel
from ui.widgets import Beside, Card, ChoiceBar, IconButton, LabelledField, PlainButton, column, row

_CODE_LINES = 4


class FieldsPart(QWidget):
    """The items at the left; the chosen one, or a new one, at the right."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._fields: Sequence[CustomField] = ()
        self._chosen: CustomField | None = None
        self.forms = ChoiceBar([(key, text(f"own_rule.kind_name.{key}")) for key in custom_fields.FORMS])
        self.forms.chosen.connect(lambda _key: self.refresh())
        self.table = TablePanel(desk.tasks, _columns(), has_foot=False)
        self.table.set_empty("list", text("custom.empty"), text("custom.empty_next"))
        self.table.opened.connect(lambda place: self.edit(self._fields[place]))
        self.table.view.selection_changed.connect(self._take_selection)
        listed = Card(text("custom.title"), text("custom.note"))
        up = IconButton("chevron-up", text("custom.up"), lambda: self._move(-1))
        down = IconButton("chevron-down", text("custom.down"), lambda: self._move(1))
        listed.body.addLayout(row(self.forms, None, up, down))
        listed.body.addWidget(self.table, 1)
        self.label, self.kind, self.codes = QLineEdit(), QComboBox(), QPlainTextEdit()
        self.label.setMaxLength(40)
        for kind in custom_fields.KINDS:
            self.kind.addItem(text(f"custom.kind.{kind}"), str(kind))
        self.codes.setTabChangesFocus(True)
        self.codes.setFixedHeight(theme.current().size("row") * _CODE_LINES)
        self.codes.setPlaceholderText(text("custom.codes_hint"))
        self.form = Card(text("custom.new"))
        self.codes_field = LabelledField(text("custom.codes"), self.codes)
        self.kind.currentIndexChanged.connect(lambda _index: self._show_codes())
        for part in (
            LabelledField(text("custom.label"), self.label, text("custom.label_hint")),
            LabelledField(text("custom.kind_label"), self.kind),
            self.codes_field,
        ):
            self.form.body.addWidget(part)
        self.delete_button = PlainButton(text("custom.delete"), slot=self.ask_delete)
        new_button = PlainButton(text("custom.new_button"), "plus", lambda: self.edit(None))
        self.store_button = PlainButton(text("settings.save"), "check", self.store)
        self.form.body.addLayout(row(new_button, self.delete_button, None, self.store_button))
        self.setLayout(column(Beside(listed, self.form)))
        self.edit(None)

    def refresh(self) -> None:
        """Read the items of the chosen form anew."""
        ledger, form = self._desk.ledger, self.form_key()
        self._desk.tasks.run("ledger", lambda _task: custom_fields.listed(ledger, form), self._show, owner=self)

    def form_key(self) -> str:
        """The form chosen."""
        return self.forms.key() or custom_fields.FORMS[0]

    def _show(self, fields: Sequence[CustomField]) -> None:
        self._fields = fields
        self.table.show_rows(fields)
        self.edit(next((one for one in fields if self._chosen is not None and one.id == self._chosen.id), None))

    def _take_selection(self) -> None:
        places = self.table.view.selected_ids()
        if len(places) == 1 and places[0] < len(self._fields):
            self.edit(self._fields[places[0]])

    def edit(self, field: CustomField | None) -> None:
        """Show an item in the form; None: a new one."""
        self._chosen = field
        self.form.head.set_title(text("custom.new" if field is None else "custom.change"))
        self.delete_button.setEnabled(field is not None)
        self.kind.setEnabled(field is None)  # what is stored was typed as that kind
        self.label.setText(field.label if field else "")
        self.kind.setCurrentIndex(max(0, self.kind.findData(field.kind if field else None)))
        codes = field.codes if field else {}
        self.codes.setPlainText("\n".join(f"{code} {label}" for code, label in codes.items()))
        self._show_codes()

    def _show_codes(self) -> None:
        self.codes_field.setVisible(self.kind.currentData() in {str(kind) for kind in custom_fields.CODED_KINDS})

    def _typed_codes(self) -> dict[str, str]:
        """``1 在家`` on each line; a line without a number gets the next one."""
        found: dict[str, str] = {}
        for number, line in enumerate((one for one in self.codes.toPlainText().splitlines() if one.strip()), 1):
            code, _, label = line.strip().replace("　", " ").replace("、", " ").partition(" ")
            has_code = code.isdigit() and bool(label.strip())
            found[code if has_code else str(number)] = label.strip() if has_code else line.strip()
        return found

    def store(self) -> None:
        """Keep the item as it stands in the form."""
        base = self._chosen or CustomField(form=self.form_key(), key="", label="", kind=str(self.kind.currentData()))
        field = dataclasses.replace(base, label=self.label.text(), codes=self._typed_codes())
        ledger = self._desk.ledger

        def done(result: tuple[int, Changes]) -> None:
            self._chosen = None
            self._stored(result[1])

        self._desk.tasks.run("ledger", lambda _task: custom_fields.save(ledger, field), done, owner=self)

    def ask_delete(self) -> None:
        """Ask before an item is asked no more."""
        field = self._chosen
        if field is None or field.id is None:
            return
        ledger, field_id = self._desk.ledger, field.id
        messages.confirm(
            self.window(),
            title=text("custom.delete"),
            sentence=text("custom.delete_sure", label=field.label),
            verb=text("custom.delete"),
            on_yes=lambda: self._desk.tasks.run(
                "ledger", lambda _task: custom_fields.void(ledger, field_id), self._stored, owner=self
            ),
            is_dangerous=True,
        )

    def _move(self, step: int) -> None:
        if self._chosen is None or self._chosen.id is None:
            return
        ledger, field_id = self._desk.ledger, self._chosen.id
        self._desk.tasks.run(
            "ledger", lambda _task: custom_fields.move(ledger, field_id, step), self._stored, owner=self
        )

    def _stored(self, changes: Changes) -> None:
        self._desk.saved()
        self._desk.changes.publish(changes, source=self)
        self.refresh()


def _columns() -> list[Column]:
    return [
        Column("label", text("custom.label"), 12, is_bold=True, is_stretched=True, is_sortable=False),
        Column("kind", text("custom.kind_label"), 7, is_sortable=False,
               value=lambda one: text(f"custom.kind.{one.kind}")),
        Column("codes", text("custom.codes"), 14, is_sortable=False,
               value=lambda one: "、".join(f"{code} {label}" for code, label in one.codes.items())),
    ]  # fmt: skip
