"""批量修改: one item and one new value for the people chosen on the register; first the preview, then one transaction.

Parameter: `ids`, the people.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QComboBox, QVBoxLayout, QWidget

from mhdesk.domain.changes import Changes
from mhdesk.domain.errors import UserError
from mhdesk.domain.task import Task
from mhdesk.forms.spec import FieldSpec
from mhdesk.services import bulk_edit
from mhdesk.services.bulk_edit import Line
from mhdesk.text import error_text, text
from ui import theme
from ui.forms.field import Field
from ui.forms.kinds import make_field
from ui.forms.person_layout import PERSON
from ui.forms.row import FieldRow, item_name
from ui.forms.units import UnitChoice, UnitField
from ui.pages.base import Desk, Page
from ui.pages.person_work import unit_choices
from ui.tables import Column, TablePanel
from ui.widgets import Card, ChipText, LabelledField, Notice, PlainButton, clear, row

_NONE = ""


def _outcome(line: Line) -> Sequence[ChipText]:
    if line.is_blocked:
        return [ChipText(text("bulk.blocked"), "now")]
    if not line.is_changed:
        return [ChipText(text("bulk.same"), "plain")]
    return [ChipText(text("bulk.doubt" if line.problems else "bulk.changes"), "late" if line.problems else "good")]


def _columns() -> list[Column]:
    return [
        Column("name", text("bulk.column.name"), 6, is_bold=True),
        Column("before", text("bulk.column.before"), 12),
        Column("after", text("bulk.column.after"), 12),
        Column("outcome", text("bulk.column.outcome"), 7, "chips", chips=_outcome),
        Column("problems", text("bulk.column.problems"), 16, is_stretched=True,
               value=lambda line: "；".join(line.problems)),
    ]  # fmt: skip


class BulkPage(Page):
    """One item for many people."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.ids: Sequence[int] = ()
        self.lines: Sequence[Line] = ()
        self.editor: Field | None = None
        self._units: Sequence[UnitChoice] = ()
        self._asked: tuple[str, str] | None = None
        self.header.set_title(text("bulk.title"))
        self.apply_button = self.header.set_primary(text("bulk.apply", count=0), "check", self.apply)
        self.apply_button.setEnabled(False)
        self.notice = Notice()
        self.items = {item.key: item for item in bulk_edit.fields()}
        self.choice = QComboBox()
        self.choice.setAccessibleName(text("bulk.item"))
        self.choice.addItem(text("bulk.choose_item"), _NONE)
        for key, item in self.items.items():
            self.choice.addItem(item_name(item, PERSON.words), key)
        self.choice.currentIndexChanged.connect(lambda _index: self._show_editor())
        self.preview_button = PlainButton(text("bulk.preview"), "eye", self.preview)
        self._place = QWidget()
        self._lines = QVBoxLayout(self._place)
        self._lines.setContentsMargins(0, 0, 0, 0)
        asked = Card()
        asked.body.addWidget(LabelledField(text("bulk.item"), self.choice))
        asked.body.addWidget(self._place)
        asked.body.addLayout(row(None, self.preview_button))
        self.table = TablePanel(desk.tasks, _columns())
        self.table.set_empty("users", text("bulk.empty"), text("bulk.empty_next"))
        listed = Card(text("bulk.preview_title"))
        listed.body.addWidget(self.table, 1)
        self.table.setMinimumHeight(theme.current().size("row") * 6)
        self.takes_keys = self.choice
        self.body.addWidget(self.notice)
        self.body.addWidget(asked)
        self.body.addWidget(listed, 1)

    def refresh(self) -> None:
        """Other people were chosen: nothing is shown until a preview is asked for."""
        self.ids = tuple(self.params.get("ids", ()))
        self.header.set_chips([ChipText(text("bulk.people", count=len(self.ids)), "info")])
        self.notice.clear()
        self._show_lines(())
        ledger = self.desk.ledger
        self.desk.tasks.run("ledger", lambda _task: unit_choices(ledger), self._show_units, owner=self)

    def _show_units(self, units: Sequence[UnitChoice]) -> None:
        self._units = units
        if isinstance(self.editor, UnitField):
            self.editor.set_choices(units)

    def _show_editor(self) -> None:
        clear(self._lines)
        self._show_lines(())
        item = self.item()
        self.editor = None
        if item is None:
            return
        editor = self.editor = make_field(item, item_name(item, PERSON.words), self.desk.today)
        if isinstance(editor, UnitField):
            editor.set_choices(self._units)
        shown = FieldRow([editor], [], PERSON.words)
        editor.changed.connect(shown.mark_words)
        editor.changed.connect(lambda: self._show_lines(()))
        editor.finished.connect(self.preview)
        editor.next_wanted.connect(self.preview)
        self._lines.addWidget(shown)
        editor.enter()

    def item(self) -> FieldSpec | None:
        """The item chosen."""
        return self.items.get(str(self.choice.currentData()))

    def value(self) -> str:
        """The text typed as the new value; "" empties the item."""
        item = self.item()
        return self.editor.texts().get(item.key, "") if self.editor is not None and item is not None else ""

    def preview(self) -> None:
        """Show what would become of everybody."""
        item = self.item()
        if item is None:
            return
        if self.editor is not None:
            self.editor.tidy()
        ledger, ids, today, field, value = self.desk.ledger, self.ids, self.desk.today(), item.key, self.value()

        def job(task: Task) -> list[Line]:
            return bulk_edit.preview(ledger, ids, field=field, value=value, today=today, task=task)

        def done(lines: list[Line]) -> None:
            self._asked = (field, value)
            self._show_lines(lines)

        title = text("bulk.judging")
        self.desk.tasks.run("ledger", job, done, self._refused, title, key="bulk", owner=self)

    def _refused(self, error: BaseException) -> None:
        if isinstance(error, UserError):
            words = error_text(error.code, **error.params)
            self.notice.say(f"{words.message}{words.next}", "late")
        else:
            self.desk.tasks.report(error)

    def _show_lines(self, lines: Sequence[Line]) -> None:
        self.lines = lines
        count = sum(line.is_changed for line in lines)
        self.apply_button.setText(text("bulk.apply", count=count))
        self.apply_button.setEnabled(count > 0)
        if lines:
            blocked = sum(line.is_blocked for line in lines)
            key = "bulk.said_blocked" if blocked else "bulk.said"
            words = text(key, count=count, same=len(lines) - count - blocked, blocked=blocked)
            self.notice.say(words, "late" if blocked else "info")
        self.table.show_rows(lines)

    def apply(self) -> None:
        """Store what the preview showed."""
        if self._asked is None or not self.lines:
            return
        ledger, ids, today, (field, value) = self.desk.ledger, self.ids, self.desk.today(), self._asked
        count = sum(line.is_changed for line in self.lines)
        self.apply_button.setEnabled(False)

        def job(task: Task) -> Changes:
            return bulk_edit.apply(ledger, ids, field=field, value=value, today=today, task=task)

        def done(changes: Changes) -> None:
            self._show_lines(())
            self.notice.say(text("bulk.done", count=count), "good")
            self.desk.saved()
            self.desk.changes.publish(changes, source=self)

        self.desk.tasks.run("ledger", job, done, title=text("bulk.storing"), owner=self)
