"""Rule sets: which one is in force, and every parameter of it with its source and whether it is verified."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtWidgets import QComboBox, QWidget

from mhdesk.domain.changes import Changes
from mhdesk.rules import ruleset
from mhdesk.rules.ruleset import Mark, Parameter
from mhdesk.services import rulesets
from mhdesk.services.rulesets import Choice
from mhdesk.text import text
from ui.dialogs.ask import Ask, AskDialog, Values
from ui.pages.base import Desk
from ui.tables import Column, TablePanel
from ui.theme import ToneName
from ui.widgets import Beside, Card, ChipText, LabelledField, PlainButton, column, label, row

_MARK_TONES: dict[str, ToneName] = {"verified": "good", "memory": "missing", "assumption": "late"}


class RulesPart(QWidget):
    """Choose at the left, read the parameters at the right."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._choice: Choice | None = None
        self._parameters: Sequence[Parameter] = ()
        self.sets = QComboBox()
        self.sets.currentIndexChanged.connect(lambda _index: self._show_chosen())
        self.source = label("", "quiet", wrap=True)
        self.note = label("", "quiet", wrap=True)
        self.use_button = PlainButton(text("settings.use_rules"), "check", self.use)
        choosing = Card(text("settings.rules"))
        choosing.body.addWidget(LabelledField(text("settings.rule_set"), self.sets, text("settings.rules_note")))
        choosing.body.addWidget(self.source)
        choosing.body.addWidget(self.note)
        self.back_button = PlainButton(text("settings.give_back"), "undo-2", self.give_back)
        choosing.body.addLayout(row(None, self.back_button, self.use_button))
        self.table = TablePanel(desk.tasks, _columns())
        self.table.set_name(text("settings.parameters"))
        listed = Card(text("settings.parameters"), text("settings.parameters_note"))
        listed.body.addWidget(self.table, 1)
        self.chosen_source = label("", "quiet", wrap=True)
        self.chosen_source.setVisible(False)
        listed.body.addWidget(self.chosen_source)
        self.edit_button = PlainButton(text("settings.edit_parameter"), "pencil", self.edit)
        listed.body.addLayout(row(None, self.edit_button))
        self.table.opened.connect(lambda _place: self.edit())
        self.table.view.selection_changed.connect(self._show_source)
        self.setLayout(column(Beside(listed, choosing, is_side_first=True)))

    def refresh(self) -> None:
        """Read the rule sets anew."""
        ledger = self._desk.ledger
        self._desk.tasks.run("ledger", lambda _task: rulesets.choice(ledger), self._show, owner=self)

    def use(self) -> None:
        """Make the shown rule set the ledger's default."""
        ledger, chosen = self._desk.ledger, self.sets.currentData()

        def done(changes: object) -> None:
            self._desk.saved()
            self._desk.changes.publish(changes, source=self)  # type: ignore[arg-type]
            self.refresh()

        self._desk.tasks.run("ledger", lambda _task: rulesets.choose(ledger, chosen), done, owner=self)

    def edit(self) -> None:
        """Change the chosen parameter in this ledger's own copy, with its mark and who says so."""
        chosen, ledger, rules_id = self._chosen(), self._desk.ledger, str(self.sets.currentData())
        if chosen is None:
            return
        choices = ruleset.choices_of(chosen.key)
        value = str(chosen.value)
        marks = [(mark.value, text(f"settings.marks.{mark}")) for mark in Mark]
        asks = [
            Ask("value", chosen.label, "choice", value, [(one.key, one.words) for one in choices])
            if choices
            else Ask("value", chosen.label, "number", value, is_required=True),
            Ask("mark", text("settings.mark"), "choice", str(chosen.mark), marks),
            Ask("source", text("settings.source"), "long", chosen.source, is_required=True),
        ]

        def send(dialog: AskDialog, values: Values) -> None:
            typed = values["value"]
            plain: Any = next((one.value for one in choices if one.key == typed), "")
            if not choices:
                plain = int(typed) if typed == int(typed) else typed  # half a day is refused by the rules, not cut off
            edited = rulesets.Edit(chosen.key, plain, values["mark"], values["source"])

            def done(changes: Changes) -> None:
                dialog.accept()
                self._saved(changes)

            self._desk.tasks.run(
                "ledger", lambda _task: rulesets.edit(ledger, rules_id, [edited]), done, dialog.refuse, owner=self
            )

        AskDialog(
            self._desk,
            text("settings.edit_parameter"),
            text("settings.save_parameter"),
            asks,
            send,
            sentence=text("settings.edit_note"),
            parent=self.window(),
        ).open()

    def give_back(self) -> None:
        """Drop this ledger's own copy."""
        ledger, chosen = self._desk.ledger, str(self.sets.currentData())
        self._desk.tasks.run("ledger", lambda _task: rulesets.give_back(ledger, chosen), self._saved, owner=self)

    def _saved(self, changes: Changes) -> None:
        self._desk.saved()
        self._desk.changes.publish(changes, source=self)
        self.refresh()

    def _show(self, choice: Choice) -> None:
        self._choice = choice
        kept = self.sets.currentData() or choice.default.id
        self.sets.blockSignals(True)
        self.sets.clear()
        for rules in choice.available:
            in_force = text("settings.in_force") if rules.id == choice.default.id else ""
            self.sets.addItem(f"{rules.name}{in_force}", rules.id)
        self.sets.setCurrentIndex(max(0, self.sets.findData(kept)))
        self.sets.blockSignals(False)
        self._show_chosen()

    def _show_chosen(self) -> None:
        if self._choice is None:
            return
        rules = next((one for one in self._choice.available if one.id == self.sets.currentData()), self._choice.default)
        self.source.setText(text("settings.rules_source", source=rules.source, version=rules.version))
        self.note.setText(rules.note)
        self.note.setVisible(bool(rules.note))
        self.use_button.setEnabled(rules.id != self._choice.default.id)
        is_own = rules.origin != ruleset.OWN_ORIGIN
        self.back_button.setVisible(is_own and rules.id in ruleset.shipped())
        if is_own:
            self.source.setText(f"{self.source.text()}\n{text('settings.rules_own', origin=rules.origin)}")
        self._parameters = list(rules.parameters.values())
        self.table.show_rows(self._parameters)
        self._show_source()

    def _show_source(self) -> None:
        """The whole wording of the chosen parameter: its column may be too narrow for it."""
        chosen = self._chosen()
        self.edit_button.setEnabled(chosen is not None)
        if chosen is not None:
            self.chosen_source.setText(
                text("settings.parameter_whole", name=chosen.label, value=chosen.value_text, source=chosen.source)
            )
        self.chosen_source.setVisible(chosen is not None)

    def _chosen(self) -> Parameter | None:
        numbers = self.table.view.selected_rows()
        places = [self.table.model.ids()[number] for number in numbers]
        return self._parameters[places[0]] if len(places) == 1 and places[0] < len(self._parameters) else None


def _columns() -> list[Column]:
    return [
        Column("label", text("settings.parameter"), 16),
        Column("value_text", text("settings.value"), 10),
        Column("mark", text("settings.mark"), 6, "chips", chips=_mark, is_sortable=False),
        Column("source", text("settings.source"), 14, is_stretched=True),
    ]


def _mark(parameter: object) -> Sequence[ChipText]:
    mark = str(getattr(parameter, "mark", ""))
    return [ChipText(text(f"settings.marks.{mark}"), _MARK_TONES.get(mark, "plain"))]
