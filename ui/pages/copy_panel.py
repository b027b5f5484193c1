"""录入国家系统: what is not yet entered there, and each field of a visit or person to copy with one key.

Nothing is sent anywhere and no password is asked for: the doctor copies and ticks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QComboBox

from mhdesk.domain.changes import Changes
from mhdesk.domain.dates import add_months
from mhdesk.domain.task import Task
from mhdesk.services import national
from mhdesk.services.national import CopyField, PendingVisit
from mhdesk.text import text
from ui import theme
from ui.pages import patient_words as words
from ui.pages.base import Desk, Page, Shot, keys_of
from ui.tables import Column, TablePanel
from ui.widgets import Card, ChoiceBar, Notice, PlainButton, label, row

_LISTS = ("waiting", "entered")
_SINCE = ("quarter", "year", "all")
_QUARTER_MONTHS = 3
_LEAST_ROWS = 7


@dataclass(frozen=True)
class Waiting:
    """A visit of the list, and by when it should stand in the national system."""

    visit: PendingVisit
    due_on: date
    is_late: bool


class NationalPage(Page):
    """Visits to enter at the left, the fields of the chosen one at the right."""

    topics = frozenset({"follow_up", "patient"})
    shots = (Shot("national"),)

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._visits: Sequence[Waiting] = ()
        self._fields: Sequence[CopyField] = ()
        self._wanted = 0  # a visit to stand on once the list is there
        self.header.set_title(text("national.title"))
        self.header.set_note(text("national.note"))
        self.header.set_primary(text("national.tick"), "check", self.tick)
        self.notice = Notice()
        self.choice = ChoiceBar([(key, text(f"national.{key}")) for key in _LISTS])
        self.choice.chosen.connect(lambda _key: self.refresh())
        self.since = QComboBox()
        self.since.setAccessibleName(text("national.since"))
        for key in _SINCE:
            self.since.addItem(text(f"national.since_{key}"), key)
        self.since.activated.connect(lambda _index: self.refresh())
        self.table = TablePanel(desk.tasks, _visit_columns())
        self.table.set_empty("circle-check", text("national.empty"), text("national.empty_next"))
        self.table.view.selection_changed.connect(self._read_fields)
        self.table.shown.connect(self._select)
        self.kind = ChoiceBar([("visit", text("national.visit")), ("person", text("national.person"))])
        self.kind.chosen.connect(lambda _key: self._read_fields())
        self.fields = TablePanel(desk.tasks, _field_columns(), has_foot=False)
        self.fields.set_empty("inbox", text("national.no_fields"))
        self.fields.opened.connect(self.copy_field)
        self.fields.shown.connect(lambda: self.fields.view.selectRow(0))
        self.copied = label("", "quiet", wrap=True)
        self._lay_out()
        copying = QShortcut(QKeySequence("F4"), self)
        copying.activated.connect(self.copy_current)
        self.takes_keys = self.fields
        self.table.set_name(text("national.title"))
        self.fields.set_name(text("national.visit"))

    def _lay_out(self) -> None:
        left, right = Card(), Card()
        left.body.addLayout(row(self.choice, None, self.since, space=3))
        left.body.addWidget(self.table, 1)
        right.body.addLayout(row(self.kind, None, space=3))
        right.body.addWidget(self.fields, 1)
        copy = PlainButton(text("national.copy"), "copy", self.copy_current)
        foot = row(self.copied, copy, space=3)
        foot.setStretch(0, 1)
        right.body.addLayout(foot)
        for table in (self.table, self.fields):
            table.setMinimumHeight(theme.current().size("row") * _LEAST_ROWS)
        both = row(left, right, space=3)
        both.setStretch(0, 1)
        both.setStretch(1, 1)
        self.body.addWidget(self.notice)
        self.body.addLayout(both, 1)

    # ---- reading

    def first_day(self) -> date:
        """Since when visits are listed."""
        today = self.desk.today()
        match self.since.currentData():
            case "quarter":
                return add_months(today.replace(day=1), -((today.month - 1) % _QUARTER_MONTHS))
            case "year":
                return date(today.year, 1, 1)
        return date.min

    def refresh(self) -> None:
        """The list; the doctor stays on the visit where the cursor is. With `follow_up_id`: on that one."""
        ledger, today, since = self.desk.ledger, self.desk.today(), self.first_day()
        is_entered = self.choice.key() == "entered"
        self._wanted = int(self.params.get("follow_up_id") or 0)

        def job(_task: Task) -> list[Waiting]:
            found = (national.entered if is_entered else national.not_entered)(ledger, since=since)
            days = {day: national.due_day(ledger, date.fromisoformat(day)) for day in {one.visit_date for one in found}}
            return [Waiting(one, days[one.visit_date], days[one.visit_date] < today) for one in found]

        self.desk.tasks.run("ledger", job, self._show, title=text("table.loading"), key="national", owner=self)

    def _show(self, found: Sequence[Waiting]) -> None:
        self._visits = found
        is_entered = self.choice.key() == "entered"
        self.choice.set_count("entered" if is_entered else "waiting", len(found))
        if self.header.primary is not None:
            self.header.primary.setText(text("national.untick" if is_entered else "national.tick"))
            self.header.primary.setEnabled(bool(found))
        self.table.show_rows(found)

    def _select(self) -> None:
        count = self.table.count()
        if not count:
            self._show_fields(())
            return
        place = next((place for place, one in enumerate(self._visits) if one.visit.id == self._wanted), None)
        at = self.table.model.row_of(place) if place is not None else None
        if at is not None or not self.table.view.currentIndex().isValid():
            self.table.view.selectRow(at or 0)
        self._read_fields()

    def current(self) -> PendingVisit | None:
        """The visit the cursor stands on."""
        place = self.table.model.id_at(self.table.view.currentIndex().row())
        return self._visits[place].visit if place is not None and place < len(self._visits) else None

    def _read_fields(self) -> None:
        visit, ledger = self.current(), self.desk.ledger
        if visit is None:
            self._show_fields(())
            return
        is_person = self.kind.key() == "person"
        follow_up_id, patient_id = visit.id, visit.patient_id

        def job(_task: Task) -> list[CopyField]:
            if is_person:
                return national.person_fields(ledger, patient_id)
            return national.visit_fields(ledger, follow_up_id)

        self.desk.tasks.run("ledger", job, self._show_fields, key="national-fields", owner=self)

    def _show_fields(self, found: Sequence[CopyField]) -> None:
        self._fields = found
        self.copied.setText("")
        self.fields.show_rows(found)

    # ---- doing

    def copy_current(self) -> None:
        """F4: copy the field of the cursor and move on to the next."""
        place = self.fields.model.id_at(max(self.fields.view.currentIndex().row(), 0))
        if place is not None:
            self.copy_field(place)

    def copy_field(self, place: int) -> None:
        """Put a field on the clipboard; the cursor goes to the next one."""
        field = self._fields[place]
        QGuiApplication.clipboard().setText(field.words)
        self.copied.setText(text("national.copied", label=field.label, words=field.words))
        at = self.fields.model.row_of(place)
        if at is not None and at + 1 < self.fields.count():
            self.fields.view.selectRow(at + 1)

    def tick(self) -> None:
        """Tick the chosen visits as entered today, or untick them."""
        places = self.table.view.selected_ids() or ([0] if self._visits else [])
        ids = [self._visits[place].visit.id for place in places if place < len(self._visits)]
        ledger, today = self.desk.ledger, self.desk.today()
        on = None if self.choice.key() == "entered" else today
        if ids:
            self.desk.tasks.run(
                "ledger", lambda _task: national.tick(ledger, ids, on=on, today=today), self._on_ticked, owner=self
            )

    def _on_ticked(self, changes: Changes) -> None:
        self.params = {}
        self.desk.saved()
        self.desk.changes.publish(changes, source=self)
        self.notice.say(text("national.unticked" if self.choice.key() == "entered" else "national.ticked"), "good")
        self.refresh()

    def help_lines(self) -> Sequence[tuple[str, str]]:
        """The keys of this page."""
        return keys_of("national.help")


def _visit_columns() -> list[Column]:
    return [
        Column("name", text("rounds.column.name"), 5, value=lambda one: one.visit.name, is_bold=True),
        Column("visit_date", text("national.column.visit_date"), 6, "date", value=lambda one: one.visit.visit_date),
        Column("due_on", text("national.column.due_on"), 6, "date",
               tone=lambda one: "late" if one.is_late and one.visit.national_entered_on is None else None),
        Column("entered", text("national.column.entered"), 6, "date", value=lambda one: one.visit.national_entered_on,
               is_stretched=True),
        Column("village", text("rounds.column.village"), 6, value=lambda one: one.visit.village, is_shown=False),
        Column("visit_class", text("rounds.column.visit_class"), 5, is_shown=False,
               value=lambda one: words.coded("visit_class", one.visit.visit_class)),
    ]  # fmt: skip


def _field_columns() -> list[Column]:
    return [
        Column("label", text("national.column.field"), 9, is_sortable=False),
        Column("code", text("national.column.code"), 3.5, is_sortable=False),
        Column("words", text("national.column.words"), 10, is_stretched=True, is_sortable=False),
    ]
