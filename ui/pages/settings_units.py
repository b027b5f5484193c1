"""Units: the villages of a township, the institutions of a district, with population and staff of this year."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QDoubleSpinBox, QLineEdit, QSpinBox, QWidget

from mhdesk.domain.changes import Changes
from mhdesk.services import units
from mhdesk.services.units import UnitLine
from mhdesk.text import text
from ui.dialogs.ask import Ask, AskDialog, Values
from ui.pages.base import Desk
from ui.tables import Column, TablePanel
from ui.widgets import Beside, Card, LabelledField, PlainButton, column, row

_MOST_PEOPLE = 9_999_999
_MOST_STAFF = 9999.0


class UnitsPart(QWidget):
    """A list at the left; what is chosen is changed at the right."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._lines: Sequence[UnitLine] = ()
        self._chosen: UnitLine | None = None
        self.table = TablePanel(desk.tasks, _columns())
        self.table.set_name(text("settings.units"))
        self.table.opened.connect(lambda place: self._choose(self._lines[place]))
        self.table.view.selection_changed.connect(self._take_selection)
        listed = Card(text("settings.units"), text("settings.units_note", year=desk.today().year))
        listed.body.addWidget(self.table, 1)
        self.name = QLineEdit()
        self.name.setMaxLength(60)
        self.population = QSpinBox()
        self.population.setRange(-1, _MOST_PEOPLE)
        self.population.setSpecialValueText(text("settings.unknown"))
        self.staff = _number_box()
        self.psychiatrists = _number_box()
        self.form = Card(text("settings.unit_form"))
        fields = (
            ("unit_name", self.name),
            ("population", self.population),
            ("staff", self.staff),
            ("psychiatrists", self.psychiatrists),
        )
        for key, editor in fields:
            hint = text("settings.psychiatrists_tip") if editor is self.psychiatrists else ""
            self.form.body.addWidget(LabelledField(text(f"settings.{key}"), editor, hint))
        self.save_button = PlainButton(text("settings.save"), "check", self.save)
        register = PlainButton(
            text("settings.staff_register"), "users", lambda: desk.open_page("training", tab="staff")
        )
        self.merge_button = PlainButton(text("settings.merge"), "arrow-right", self.merge)
        listed.body.addLayout(row(None, self.merge_button))
        self.form.body.addLayout(row(register, None, self.save_button))
        self.new_name = QLineEdit()
        self.new_name.setAccessibleName(text(f"settings.add_{desk.ledger.level}"))
        self.new_name.setMaxLength(60)
        self.new_name.returnPressed.connect(self.add)
        adding = Card(text(f"settings.add_{desk.ledger.level}"))
        adding.body.addWidget(self.new_name)
        adding.body.addLayout(row(None, PlainButton(text("settings.add"), "plus", self.add)))
        self.setLayout(column(Beside(listed, self.form, adding)))
        self._choose(None)

    def refresh(self) -> None:
        """Read the units anew."""
        ledger, year = self._desk.ledger, self._desk.today().year
        self._desk.tasks.run("ledger", lambda _task: units.listed(ledger, year=year), self._show, owner=self)

    def save(self) -> None:
        """Store name and figures of the chosen unit."""
        chosen = self._chosen
        if chosen is None:
            return
        ledger, year, name = self._desk.ledger, self._desk.today().year, self.name.text()
        population = self.population.value() if self.population.value() >= 0 else None
        staff = self.staff.value() if self.staff.value() >= 0 else None
        doctors = self.psychiatrists.value() if self.psychiatrists.value() >= 0 else None

        def job(_task: object) -> Changes:
            changes = units.set_figures(
                ledger, chosen.id, year=year, population=population, staff_fte=staff, psychiatrists=doctors
            )
            if name.strip() != chosen.name:
                renamed = units.rename(ledger, chosen.id, name=name)
                return Changes({**changes.topics, **renamed.topics})
            return changes

        self._desk.tasks.run("ledger", job, self._stored, owner=self)

    def merge(self) -> None:
        """Ask for the unit the chosen one is part of from a day on."""
        chosen, desk = self._chosen, self._desk
        if chosen is None:
            return

        def submit(dialog: AskDialog, values: Values) -> None:
            def done(changes: Changes) -> None:
                dialog.accept()
                self._stored(changes)

            desk.tasks.run(
                "ledger",
                lambda _task: units.merge(desk.ledger, chosen.id, into_id=int(values["into"]), on=values["on"]),
                done,
                dialog.refuse,
                owner=dialog,
            )

        others = [
            (str(line.id), line.name) for line in self._lines if line.id != chosen.id and _may_merge(line, chosen)
        ]
        asked = [
            Ask("into", text("settings.merge_into"), "choice", choices=others, is_required=True),
            Ask("on", text("settings.merge_on"), "date", value=desk.today().isoformat(), is_required=True,
                hint=text("settings.merge_hint")),
        ]  # fmt: skip
        title = text("settings.merge_title", name=chosen.name)
        AskDialog(desk, title, text("settings.merge_save"), asked, submit).open()

    def add(self) -> None:
        """A new village or institution."""
        ledger, name = self._desk.ledger, self.new_name.text()

        def done(result: tuple[int, Changes]) -> None:
            self.new_name.clear()
            self._stored(result[1])

        self._desk.tasks.run("ledger", lambda _task: units.add(ledger, name=name), done, owner=self)

    def _stored(self, changes: Changes) -> None:
        self._desk.saved()
        self._desk.changes.publish(changes, source=self)
        self.refresh()

    def _show(self, lines: Sequence[UnitLine]) -> None:
        self._lines = lines
        self.table.show_rows(lines)
        kept = next((line for line in lines if self._chosen is not None and line.id == self._chosen.id), None)
        self._choose(kept or (lines[0] if lines else None))

    def _take_selection(self) -> None:
        numbers = self.table.view.selected_rows()
        ids = self.table.model.ids()
        if len(numbers) == 1 and ids[numbers[0]] < len(self._lines):
            self._choose(self._lines[ids[numbers[0]]])

    def _choose(self, line: UnitLine | None) -> None:
        self._chosen = line
        self.form.setEnabled(line is not None)
        others = [one for one in self._lines if line is not None and one.id != line.id and _may_merge(one, line)]
        self.merge_button.setEnabled(bool(others))
        self.name.setText(line.name if line else "")
        self.population.setValue(-1 if line is None or line.population is None else line.population)
        self.staff.setValue(-1 if line is None or line.staff_fte is None else line.staff_fte)
        self.psychiatrists.setValue(-1 if line is None or line.psychiatrists is None else line.psychiatrists)


def _may_merge(one: UnitLine, other: UnitLine) -> bool:
    """Whether two units are of one level and both still there."""
    return one.level == other.level and one.valid_to is None and other.valid_to is None


def _level(line: UnitLine) -> str:
    """The level, or what became of the unit."""
    if line.valid_to is None or line.merged_into is None:
        return text(f"settings.levels.{line.level}")
    return text("settings.merged", day=line.valid_to.isoformat(), name=line.merged_into)


def _columns() -> list[Column]:
    return [
        Column("name", text("settings.unit_name"), 14, is_stretched=True),
        Column("level", text("settings.level"), 8, value=_level),
        Column("population", text("settings.population"), 7, "number"),
        Column("staff_fte", text("settings.staff"), 7, "number"),
        Column("psychiatrists", text("settings.psychiatrists"), 7, "number", tip=text("settings.psychiatrists_tip")),
    ]


class _StaffBox(QDoubleSpinBox):
    """Staff in whole or part posts: 2, 0.5."""

    def textFromValue(self, value: float) -> str:
        """Without a useless zero."""
        return f"{value:g}"


def _number_box() -> QDoubleSpinBox:
    box = _StaffBox()
    box.setRange(-1, _MOST_STAFF)
    box.setDecimals(1)
    box.setSpecialValueText(text("settings.unknown"))
    return box
