"""本地规则: the district's own checks, made of an item, an operator and a value; where a condition holds, if wanted."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QWidget

from mhdesk.domain.changes import Changes
from mhdesk.domain.quality import OwnRule
from mhdesk.forms.spec import FieldSpec
from mhdesk.services import quality
from mhdesk.text import text
from ui import messages
from ui.pages.base import Desk
from ui.tables import Column, TablePanel
from ui.widgets import Beside, Card, LabelledField, PlainButton, PrimaryButton, column, row


class RuleLine:
    """A rule as the table shows it."""

    def __init__(self, rule: OwnRule, items: Sequence[FieldSpec]) -> None:
        self.rule = rule
        self.code = rule.code
        self.kind = text(f"own_rule.kind_name.{rule.object_kind}")
        self.severity = text(f"quality.severity.{rule.severity}")
        self.sentence = quality.sentence(rule, items)


class Condition(QWidget):
    """Item, operator, value."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._items: Sequence[FieldSpec] = ()
        self.field, self.operator, self.value = QComboBox(), QComboBox(), QLineEdit()
        for name in quality.OPERATORS:
            self.operator.addItem(text(f"own_rule.operator.{name}"), name)
        self.operator.currentIndexChanged.connect(lambda _index: self._show_value())
        self.value.setMaxLength(100)
        self.value_field = LabelledField(text("own_rule.value"), self.value, text("own_rule.value_hint"))
        parts = (LabelledField(text("own_rule.field"), self.field),
                 LabelledField(text("own_rule.operator_label"), self.operator), self.value_field)  # fmt: skip
        self.setLayout(column(*parts, space=2))
        self._show_value()

    def set_items(self, items: Sequence[FieldSpec]) -> None:
        """Offer these items."""
        self._items = items
        kept = self.field.currentData()
        self.field.clear()
        for item in items:
            self.field.addItem(item.label, item.key)
        self.field.setCurrentIndex(max(0, self.field.findData(kept)))

    def show_condition(self, field: str | None, operator: str | None, value: str | None) -> None:
        """Show a stored condition."""
        self.field.setCurrentIndex(max(0, self.field.findData(field)))
        self.operator.setCurrentIndex(max(0, self.operator.findData(operator or "filled")))
        self.value.setText(quality.value_words(self._items, value or "", field=field or ""))

    def condition(self) -> tuple[str, str, str | None]:
        """What is chosen now."""
        operator = str(self.operator.currentData())
        field = str(self.field.currentData())
        words = quality.read_value(self._items, self.value.text(), today=self._desk.today(), field=field)
        return field, operator, None if operator in quality.WITHOUT_VALUE else words

    def _show_value(self) -> None:
        self.value_field.setVisible(self.operator.currentData() not in quality.WITHOUT_VALUE)


class RulesPart(QWidget):
    """The rules at the left; the chosen one is changed at the right."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._lines: Sequence[RuleLine] = ()
        self._items: Mapping[str, Sequence[FieldSpec]] = {}
        self._chosen: OwnRule | None = None
        self.table = TablePanel(desk.tasks, _columns())
        self.table.set_empty("shield-check", text("own_rule.empty"), text("own_rule.empty_next"))
        self.table.opened.connect(lambda place: self.edit(self._lines[place].rule))
        self.table.view.selection_changed.connect(self._take_selection)
        listed = Card()
        listed.body.addWidget(self.table, 1)
        self.kind, self.severity, self.message = QComboBox(), QComboBox(), QLineEdit()
        for kind in quality.KINDS:
            self.kind.addItem(text(f"own_rule.kind_name.{kind}"), kind)
        self.kind.currentIndexChanged.connect(lambda _index: self._offer_items())
        for severity in quality.SEVERITIES:
            self.severity.addItem(text(f"quality.severity.{severity}"), str(severity))
        self.message.setMaxLength(200)
        self.what, self.when = Condition(desk), Condition(desk)
        self.has_when = QCheckBox(text("own_rule.has_when"))
        self.has_when.toggled.connect(self.when.setVisible)
        self.form = Card(text("own_rule.new_title"))
        self.delete_button = PlainButton(text("own_rule.delete"), slot=self.ask_delete)
        new_button = PlainButton(text("own_rule.add"), "plus", lambda: self.edit(None))
        self.store_button = PrimaryButton(text("own_rule.store"), None, self.store)
        parts = (
            LabelledField(text("own_rule.kind"), self.kind),
            self.what,
            self.has_when,
            self.when,
            LabelledField(text("own_rule.severity"), self.severity),
            LabelledField(text("own_rule.message_label"), self.message, text("own_rule.message_hint")),
        )
        for part in parts:
            self.form.body.addWidget(part)
        self.form.body.addLayout(row(new_button, self.delete_button, None, self.store_button))
        self.setLayout(column(Beside(listed, self.form)))
        self.when.hide()

    def show_rules(self, rules: Sequence[OwnRule], items: Mapping[str, Sequence[FieldSpec]]) -> None:
        """Show these."""
        self._items = items
        self._lines = [RuleLine(rule, items[rule.object_kind]) for rule in rules]
        self._offer_items()
        self.table.show_rows(self._lines)
        kept = next((rule for rule in rules if self._chosen is not None and rule.id == self._chosen.id), None)
        self.edit(kept)

    def _offer_items(self) -> None:
        items = self._items.get(str(self.kind.currentData()), ())
        self.what.set_items(items)
        self.when.set_items(items)

    def _take_selection(self) -> None:
        places = self.table.view.selected_ids()
        if len(places) == 1 and places[0] < len(self._lines):
            self.edit(self._lines[places[0]].rule)

    def edit(self, rule: OwnRule | None) -> None:
        """Show a rule in the form; None: a new one."""
        self._chosen = rule
        title = text("own_rule.new_title") if rule is None else f"{text('own_rule.form_title')} {rule.code}"
        self.form.head.set_title(title)
        self.delete_button.setEnabled(rule is not None)
        self.kind.setEnabled(rule is None)
        if rule is None:
            self.what.show_condition(None, "filled", None)
            self.has_when.setChecked(False)
            self.message.clear()
            return
        self.kind.setCurrentIndex(max(0, self.kind.findData(rule.object_kind)))
        self.what.show_condition(rule.field, rule.operator, rule.value)
        self.has_when.setChecked(bool(rule.when_field))
        self.when.show_condition(rule.when_field, rule.when_operator, rule.when_value)
        self.severity.setCurrentIndex(max(0, self.severity.findData(rule.severity)))
        self.message.setText(rule.message)

    def store(self) -> None:
        """Keep the rule as it stands in the form."""
        field, operator, value = self.what.condition()
        when: tuple[str | None, str | None, str | None] = (None, None, None)
        if self.has_when.isChecked():
            when = self.when.condition()
        base = self._chosen or OwnRule(code="", object_kind="", field="", operator="")
        rule = dataclasses.replace(
            base,
            object_kind=str(self.kind.currentData()),
            field=field,
            operator=operator,
            value=value,
            when_field=when[0],
            when_operator=when[1],
            when_value=when[2],
            severity=str(self.severity.currentData()),
            message=self.message.text(),
        )
        ledger = self._desk.ledger

        def done(result: tuple[int, Changes]) -> None:
            self._chosen = None
            self._stored(result[1])

        self._desk.tasks.run("ledger", lambda _task: quality.save_rule(ledger, rule), done, owner=self)

    def ask_delete(self) -> None:
        """Ask before a rule is used no more."""
        rule = self._chosen
        if rule is None or rule.id is None:
            return
        ledger, rule_id = self._desk.ledger, rule.id
        messages.confirm(
            self.window(),
            title=text("own_rule.delete"),
            sentence=text("own_rule.delete_sure", code=rule.code),
            verb=text("own_rule.delete"),
            on_yes=lambda: self._desk.tasks.run(
                "ledger", lambda _task: quality.void_rule(ledger, rule_id), self._stored, owner=self
            ),
            is_dangerous=True,
        )

    def _stored(self, changes: Changes) -> None:
        self._desk.saved()
        self._desk.changes.publish(changes, source=self)


def _columns() -> list[Column]:
    return [
        Column("code", text("own_rule.column.code"), 4, is_bold=True),
        Column("kind", text("own_rule.column.kind"), 5),
        Column("severity", text("own_rule.column.severity"), 5),
        Column("sentence", text("own_rule.column.sentence"), 22, is_stretched=True),
    ]
