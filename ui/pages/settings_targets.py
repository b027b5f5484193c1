"""目标: the documents with targets, which of them are in force, and every target with its mark, source and origin."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtWidgets import QComboBox, QWidget

from mhdesk.domain.changes import Changes
from mhdesk.rules import targets as rules
from mhdesk.rules.ruleset import OWN_ORIGIN, Mark
from mhdesk.rules.targets import Target, TargetSet
from mhdesk.services import target_sets
from mhdesk.services.target_sets import Choice, Known
from mhdesk.text import text
from ui.dialogs.ask import Ask, AskDialog, Values
from ui.pages.base import Desk
from ui.tables import Column, TablePanel
from ui.theme import ToneName
from ui.widgets import Beside, Card, Chip, ChipText, FlowLayout, LabelledField, Notice, PlainButton, column, label, row

MARK_TONES: Mapping[str, ToneName] = {"verified": "good", "memory": "missing", "assumption": "late"}
_OWN_NAME = ""  # an indicator of the district's own, whose actual is typed
_EVERY, _DISTRICT = "", "district"


def mark_chip(mark: str) -> ChipText:
    """已核实, 待核实, 假定 in its colour."""
    return ChipText(text(f"settings.marks.{mark}"), MARK_TONES.get(mark, "plain"))


class TargetsPart(QWidget):
    """The chosen document's targets at the left, the document at the right."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._found: Choice | None = None
        self._targets: Sequence[Target] = ()
        self._wanted = ""  # a document just added, to be shown
        self.notice = Notice()
        self.table = TablePanel(desk.tasks, _columns())
        self.table.set_name(text("target_settings.title"))
        self.table.set_empty("list", text("target_settings.empty"), text("target_settings.empty_next"))
        self.table.opened.connect(lambda place: self.edit(self._targets[place]))
        self.table.view.selection_changed.connect(self._show_target)
        self.said = label("", "quiet", wrap=True)
        self.add_button = PlainButton(text("target_settings.add"), "plus", lambda: self.edit(None))
        self.drop_button = PlainButton(text("target_settings.leave_out"), "trash-2", self.leave_out)
        self.edit_button = PlainButton(text("settings.change"), "pencil", self._edit_chosen)
        listed = Card(text("target_settings.title"), text("target_settings.note"))
        listed.body.addWidget(self.table, 1)
        listed.body.addWidget(self.said)
        listed.body.addLayout(row(None, self.drop_button, self.add_button, self.edit_button, space=3))
        self.sets = QComboBox()
        self.sets.currentIndexChanged.connect(lambda _index: self._show_set())
        self._chips = FlowLayout()
        self.source = label("", "quiet", wrap=True)
        self.use_button = PlainButton(text("target_settings.use"), "check", self.use)
        self.back_button = PlainButton(text("target_settings.give_back"), "undo-2", self.give_back)
        self.new_button = PlainButton(text("target_settings.new"), "plus", self.add_document)
        choosing = Card(text("target_settings.document"))
        choosing.body.addWidget(
            LabelledField(text("target_settings.document"), self.sets, text("target_settings.in_force_note"))
        )
        chips = QWidget()
        chips.setLayout(self._chips)
        choosing.body.addWidget(chips)
        choosing.body.addWidget(self.source)
        flow = FlowLayout(is_right=True)
        for button in (self.new_button, self.back_button, self.use_button):
            flow.addWidget(button)
        buttons = QWidget()
        buttons.setLayout(flow)
        choosing.body.addWidget(buttons)
        lines = column(self.notice)
        lines.addWidget(Beside(listed, choosing, is_side_first=True), 1)
        self.setLayout(lines)

    def refresh(self) -> None:
        """Read the documents anew."""
        ledger = self._desk.ledger
        self._desk.tasks.run("ledger", lambda _task: target_sets.choice(ledger), self._show, owner=self)

    def _show(self, found: Choice) -> None:
        self._found = found
        kept = self._wanted or self.sets.currentData() or next(iter(found.in_force), "")
        self._wanted = ""
        self.sets.blockSignals(True)
        self.sets.clear()
        for one in found.available:
            in_force = text("settings.in_force") if one.id in found.in_force else ""
            self.sets.addItem(f"{one.name}{in_force}", one.id)
        self.sets.setCurrentIndex(max(0, self.sets.findData(kept)))
        self.sets.blockSignals(False)
        self._show_set()

    def _set(self) -> TargetSet | None:
        available = self._found.available if self._found else ()
        return next((one for one in available if one.id == self.sets.currentData()), None)

    def _show_set(self) -> None:
        shown, found = self._set(), self._found
        if shown is None or found is None:
            return
        is_in_force, is_own = shown.id in found.in_force, target_sets.is_own(shown)
        is_ours = shown.id in rules.shipped()
        chips = [ChipText(text("target_settings.is_in_force"), "good")] if is_in_force else []
        if is_in_force and not found.is_chosen:
            chips.append(ChipText(text("target_settings.by_rules"), "info"))
        if is_own:
            chips.append(ChipText(text("drug_settings.is_changed" if is_ours else "target_settings.own"), "info"))
        while (item := self._chips.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.setParent(None)
                widget.deleteLater()
        for chip in chips:
            self._chips.addWidget(Chip(chip.label, chip.tone))
        said = [text("target_settings.source", area=shown.area or text("settings.unknown"), source=shown.source)]
        if is_own:
            said.append(text("settings.rules_own", origin=shown.origin))
        if shown.left_out:
            said.append(text("target_settings.left_out", count=len(shown.left_out)))
        self.source.setText("\n".join(said))
        is_chosen = is_in_force and found.is_chosen
        key = "use_not" if is_chosen else "use_always" if is_in_force else "use"
        self.use_button.setText(text(f"target_settings.{key}"))
        self.back_button.setVisible(is_own)
        self.back_button.setText(text("target_settings.give_back" if is_ours else "target_settings.remove"))
        self._targets = shown.targets
        self.table.show_rows(self._targets)
        self._show_target()

    def _chosen(self) -> Target | None:
        places = self.table.view.selected_ids()
        return self._targets[places[0]] if len(places) == 1 and places[0] < len(self._targets) else None

    def _show_target(self) -> None:
        """The whole wording of the chosen target: its column may be too narrow for it."""
        chosen = self._chosen()
        self.edit_button.setEnabled(chosen is not None)
        self.drop_button.setEnabled(chosen is not None)
        self.said.setVisible(chosen is not None)
        if chosen is not None:
            self.said.setText(
                text("settings.parameter_whole", name=chosen.name, value=chosen.value_text, source=chosen.source)
            )

    # ---- doing

    def use(self) -> None:
        """Hold the ledger against the shown document too, or no more."""
        shown, found = self._set(), self._found
        if shown is None or found is None:
            return
        ids = [one for one in found.in_force if one != shown.id]
        if shown.id not in found.in_force or not found.is_chosen:
            ids.append(shown.id)
        said = "used" if shown.id in ids else "used_not" if ids else "used_by_rules"
        self._run(lambda: target_sets.choose(self._desk.ledger, ids), text(f"target_settings.{said}", name=shown.name))

    def leave_out(self) -> None:
        """Drop the chosen target."""
        shown, chosen = self._set(), self._chosen()
        if shown is not None and chosen is not None:
            said = text("target_settings.dropped", name=chosen.name)
            self._run(lambda: target_sets.leave_out(self._desk.ledger, shown.id, chosen.key), said)

    def give_back(self) -> None:
        """Drop the ledger's own copy."""
        shown = self._set()
        if shown is not None:
            said = "given_back" if shown.id in rules.shipped() else "removed"
            self._run(
                lambda: target_sets.give_back(self._desk.ledger, shown.id),
                text(f"target_settings.{said}", name=shown.name),
            )

    def _run(self, job: Callable[[], Changes], said: str) -> None:
        self._desk.tasks.run(
            "ledger", lambda _task: job(), lambda changes: self._changed(changes, said), self._refused, owner=self
        )

    def _refused(self, error: BaseException) -> None:
        self._desk.tasks.report(error)

    def _changed(self, changes: Changes, said: str) -> None:
        self.notice.say(said, "good")
        self._desk.saved()
        self._desk.changes.publish(changes, source=self)
        self.refresh()

    def add_document(self) -> AskDialog:
        """A document of the district's own."""
        ledger = self._desk.ledger

        def send(dialog: AskDialog, values: Values) -> None:
            def done(made: tuple[str, Changes]) -> None:
                dialog.accept()
                self._wanted = made[0]
                self._changed(made[1], text("target_settings.added", name=values["name"]))

            name, area, source = (str(values[key] or "") for key in ("name", "area", "source"))
            self._desk.tasks.run(
                "ledger",
                lambda _task: target_sets.add(ledger, name=name, area=area, source=source),
                done,
                dialog.refuse,
                owner=dialog,
            )

        asks = [
            Ask("name", text("target_settings.document_name"), hint=text("target_settings.document_hint"),
                is_required=True),
            Ask("area", text("target_settings.area")),
            Ask("source", text("settings.source"), "long"),
        ]  # fmt: skip
        dialog = AskDialog(
            self._desk, text("target_settings.new"), text("settings.add"), asks, send, parent=self.window()
        )
        dialog.open()
        return dialog

    def _edit_chosen(self) -> None:
        if (chosen := self._chosen()) is not None:
            self.edit(chosen)

    def edit(self, target: Target | None) -> AskDialog | None:
        """Change a target, or add one."""
        shown, found = self._set(), self._found
        if shown is None or found is None:
            return None
        known = {one.indicator: one for one in target_sets.known_indicators(found.available)}
        ledger, year = self._desk.ledger, self._desk.today().year

        def send(dialog: AskDialog, values: Values) -> None:
            wanted = _typed(values, target, known)

            def done(changes: Changes) -> None:
                dialog.accept()
                self._changed(changes, text("target_settings.saved", name=wanted.name))

            key = target.key if target else ""
            self._desk.tasks.run(
                "ledger",
                lambda _task: target_sets.save(ledger, shown.id, wanted, instead_of=key),
                done,
                dialog.refuse,
                owner=dialog,
            )

        title = text("target_settings.change" if target else "target_settings.add")
        sentence = target.name if target else text("target_settings.add_note")
        dialog = AskDialog(
            self._desk,
            title,
            text("settings.save"),
            _asks(target, list(known.values()), year),
            send,
            sentence=sentence,
            parent=self.window(),
        )
        dialog.open()
        return dialog


def _asks(target: Target | None, known: Sequence[Known], year: int) -> list[Ask]:
    marks = [(mark.value, text(f"settings.marks.{mark}")) for mark in Mark]
    forms = [(one, text(f"target_settings.forms.{one}")) for one in rules.FORMS]
    signs = [(one, text(f"target_settings.operators.{sign}")) for one, sign in ((">=", "least"), (">", "more"))]
    asks = []
    if target is None:
        choices = [(_OWN_NAME, text("target_settings.own_indicator")), *((one.indicator, one.name) for one in known)]
        asks.append(Ask("indicator", text("targets.column.name"), "choice", "standard_management_rate", choices))
    asks += [
        Ask("name", text("target_settings.name"), value=target.name if target else "",
            hint="" if target else text("target_settings.name_hint")),
        Ask("operator", text("target_settings.operator"), "choice", target.operator if target else ">=", signs),
        Ask("value", text("targets.column.target"), "number", f"{target.value:g}" if target else "",
            is_required=True, is_beside=True),
        Ask("form", text("target_settings.form"), "choice", target.form if target else "percent", forms,
            is_beside=True),
        Ask("year", text("targets.column.year"), "whole", str(target.year if target else year), is_required=True),
        Ask("baseline", text("targets.column.baseline"), value=target.baseline if target else "", is_beside=True),
        Ask("office", text("targets.column.office"), value=target.office if target else ""),
        Ask("scope", text("target_settings.scope"), "choice", target.scope if target else _EVERY,
            [(one, text(f"target_settings.scopes.{one or 'every'}")) for one in (_EVERY, _DISTRICT)]),
        Ask("mark", text("settings.mark"), "choice", target.mark if target else Mark.ASSUMPTION, marks,
            is_beside=True),
        Ask("source", text("settings.source"), "long", target.source if target else "",
            hint=text("target_settings.source_hint"), is_required=True),
    ]  # fmt: skip
    return asks


def _typed(values: Mapping[str, Any], old: Target | None, known: Mapping[str, Known]) -> Target:
    """The target as it was typed. One that the ledger counts is printed in the form of its indicator."""
    indicator = old.indicator if old else str(values["indicator"] or "")
    form = known[indicator].form if indicator in known else str(values["form"])
    name = str(values["name"] or "") or (known[indicator].name if indicator in known else "")
    plain = Target(indicator, name, form, str(values["operator"]), float(values["value"]), int(values["year"]), "")
    return replace(
        plain,
        source=str(values["source"] or ""),
        baseline=str(values["baseline"] or ""),
        office=str(values["office"] or ""),
        scope=str(values["scope"] or ""),
        mark=Mark(str(values["mark"])),
    )


def _origin(target: Target) -> Sequence[ChipText]:
    is_ours = target.origin == OWN_ORIGIN
    return [ChipText(text("drugs.list.ours") if is_ours else target.origin, "plain" if is_ours else "info")]


def _columns() -> list[Column]:
    return [
        Column("name", text("targets.column.name"), 13, is_bold=True, is_sortable=False),
        Column("value_text", text("targets.column.target"), 5, "number", is_sortable=False),
        Column("year", text("targets.column.year"), 4.5, is_sortable=False),
        Column("mark", text("settings.mark"), 5, "chips", chips=lambda one: [mark_chip(one.mark)], is_sortable=False),
        Column("origin", text("drug_settings.origin"), 5, "chips", chips=_origin, is_sortable=False),
        Column("source", text("settings.source"), 10, is_stretched=True, is_sortable=False),
        Column("baseline", text("targets.column.baseline"), 7, is_sortable=False, is_shown=False),
        Column("office", text("targets.column.office"), 12, is_sortable=False, is_shown=False),
    ]
