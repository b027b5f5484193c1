"""随访: whose sheet to write. A search box, the people who are due one after the other, drafts, the last ones."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from PySide6.QtCore import Qt

from mhdesk.services import drafts, follow_ups, patients, worklist
from mhdesk.services.patients import RegisterFilter
from mhdesk.text import text
from ui import theme
from ui.pages import patient_words as words
from ui.pages import sheets
from ui.pages.base import Desk, Page, Params, Shot
from ui.search_box import SearchBox
from ui.tables import Column, TablePanel
from ui.theme import ToneName
from ui.widgets import Card, ChipText, ChoiceBar, row

LISTS = ("due", "recent", "drafts")
_RECENT = 30
_SEARCH_CHARACTERS = 40


@dataclass(frozen=True)
class Line:
    """One person on one of the three lists."""

    id: int
    name: str
    village: str | None
    visit_class: str | None = None
    risk_level: str | None = None
    last_visit: str | None = None
    phone: str | None = None
    due_on: date | None = None
    days_overdue: int | None = None
    saved_at: datetime | None = None
    follow_up_id: int | None = None


@dataclass(frozen=True)
class Lists:
    """The three lists, read together."""

    due: Sequence[Line]
    recent: Sequence[Line]
    drafts: Sequence[Line]


def read_lists(ledger: Any, *, today: date) -> Lists:
    """Read the three lists. For the ledger's lane."""
    due = [
        Line(
            id=one.id,
            name=one.name,
            village=one.village,
            visit_class=one.visit_class,
            risk_level=one.risk_level,
            last_visit=one.last_visit_on.isoformat() if one.last_visit_on else None,
            phone=one.guardian_phone,
            due_on=one.due_on,
            days_overdue=one.days_overdue if one.due_on else None,
        )
        for one in worklist.due(ledger, today=today).patients
    ]
    ids = patients.register_ids(
        ledger, chosen=RegisterFilter(status="registered"), sort="last_visit_date", descending=True
    )
    recent = [_register_line(one) for one in patients.register_rows(ledger, ids[:_RECENT]) if one.last_visit_date]
    return Lists(due, recent, _draft_lines(ledger))


def _register_line(
    one: patients.RegisterRow, saved_at: datetime | None = None, follow_up_id: int | None = None
) -> Line:
    return Line(
        id=one.id,
        name=one.name,
        village=one.village or one.institution,
        visit_class=one.visit_class,
        risk_level=one.risk_level,
        last_visit=one.last_visit_date,
        phone=one.guardian_phone or one.phone,
        saved_at=saved_at,
        follow_up_id=follow_up_id,
    )


def _draft_lines(ledger: Any) -> list[Line]:
    waiting = [one for one in drafts.waiting(ledger) if one.form.partition(":")[0] == follow_ups.FORM]
    rows = {one.id: one for one in patients.register_rows(ledger, [draft.subject_id for draft in waiting])}
    found = []
    for draft in reversed(waiting):
        if draft.subject_id in rows:
            visit = draft.form.partition(":")[2]
            found.append(_register_line(rows[draft.subject_id], draft.saved_at, int(visit) if visit else None))
    return found


def _state(line: Line) -> Sequence[ChipText]:
    if line.due_on is None or line.days_overdue is None:
        return [ChipText(text("follow_ups.due_unknown"), "missing")]
    if line.days_overdue > 0:
        return [ChipText(text("follow_ups.overdue", days=line.days_overdue), "late")]
    if line.days_overdue == 0:
        return [ChipText(text("follow_ups.due_today"), "info")]
    return [ChipText(text("follow_ups.due_in", days=-line.days_overdue), "plain")]


def _class(line: Line) -> Sequence[ChipText]:
    return [words.class_chip(line.visit_class)] if line.visit_class else []


def _tone(line: Line) -> ToneName | None:
    return "late" if line.days_overdue is not None and line.days_overdue > 0 else None


def _columns(kind: str) -> list[Column]:
    """The columns of one list."""
    name = Column("name", text("follow_ups.column_name"), 8, is_bold=True, is_sortable=False)
    village = Column("village", text("follow_ups.column_village"), 10, is_stretched=True, is_sortable=False)
    state = Column("state", text("follow_ups.column_state"), 8, "chips", chips=_state, is_sortable=False)
    due_on = Column("due_on", text("follow_ups.column_due"), 8, "date", tone=_tone, is_sortable=False)
    saved = Column("saved_at", text("follow_ups.column_saved"), 11, "date", is_sortable=False)
    visit_class = Column("visit_class", text("follow_ups.column_class"), 7, "chips", chips=_class, is_sortable=False)
    risk = Column("risk_level", text("follow_ups.column_risk"), 6, "chips", chips=words.risk_chips, is_sortable=False)
    last = Column("last_visit", text("follow_ups.column_last"), 8, "date", is_sortable=False)
    phone = Column("phone", text("follow_ups.column_phone"), 9, is_sortable=False)
    first = {"due": [state, due_on], "recent": [], "drafts": [saved]}[kind]
    return [name, village, *first, visit_class, risk, last, phone]


class FollowUpsPage(Page):
    """Where a sheet begins."""

    topics = frozenset({"patient", "follow_up", "movement", "contact_attempt", "snooze", "draft"})
    shots = (Shot("follow-ups"),)

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.lists = Lists((), (), ())
        self.header.set_title(text("follow_ups.title"))
        for key, icon in {"due": "list", "sheets": "file-text", "batch": "clipboard-list", "national": "copy"}.items():
            self.header.add_action(text(f"follow_ups.to_{key}"), icon, functools.partial(desk.open_page, key))
        self.header.set_primary(text("follow_ups.start"), "clipboard-pen", self.start)
        self.search = SearchBox(desk.tasks, lambda term, limit: sheets.find(desk, term, limit))
        self.search.setPlaceholderText(text("follow_ups.find"))
        self.search.setAccessibleName(text("follow_ups.find"))
        self.search.setFixedWidth(theme.current().em(_SEARCH_CHARACTERS))
        self.search.chosen.connect(self._open_found)
        self.choice = ChoiceBar([(key, text(f"follow_ups.{key}")) for key in LISTS])
        self.choice.chosen.connect(lambda _key: self._show_chosen())
        self.tables = {key: TablePanel(desk.tasks, _columns(key)) for key in LISTS}
        card = Card()
        card.body.addLayout(row(self.search, None))
        card.body.addLayout(row(self.choice, None))
        for key, table in self.tables.items():
            table.set_name(text(f"follow_ups.{key}"))
            table.set_empty("inbox", text(f"follow_ups.{key}_empty"), text(f"follow_ups.{key}_empty_next"))
            table.opened.connect(lambda place, key=key: self._open(key, place))
            card.body.addWidget(table, 1)
        self.body.addWidget(card, 1)
        self._show_chosen()

    def activate(self, params: Params) -> None:
        """Read the lists; the cursor waits in the search box. With a person: straight to the sheet."""
        if params.get("patient_id") is not None:
            self.desk.open_page("visit", **params)
            return
        self._is_stale = True  # drafts come and go without news
        super().activate(params)
        self.search.setFocus(Qt.FocusReason.OtherFocusReason)

    def refresh(self) -> None:
        """Read the three lists anew."""
        ledger, today = self.desk.ledger, self.desk.today()
        self.desk.tasks.run(
            "ledger",
            lambda _task: self._read(ledger, today),
            self._show,
            title=text("table.loading"),
            key="follow_ups",
            owner=self,
        )

    @staticmethod
    def _read(ledger: Any, today: date) -> Lists:
        return read_lists(ledger, today=today)

    def _show(self, lists: Lists) -> None:
        self.lists = lists
        for key in LISTS:
            lines = getattr(lists, key)
            self.tables[key].show_rows(lines)
            self.choice.set_count(key, len(lines))
        self._show_chosen()

    def _show_chosen(self) -> None:
        chosen = self.choice.key()
        for key, table in self.tables.items():
            table.setVisible(key == chosen)
        if self.header.primary is not None:
            self.header.primary.setEnabled(bool(self.lists.due))

    def _open_found(self, hit_id: int) -> None:
        """The entry of a person, or of a sheet's row."""
        sheets.open_hit(self.desk, hit_id, lambda found: self.desk.open_page("visit", patient_id=found), owner=self)

    def start(self) -> None:
        """The first of those who are due, then the others in order."""
        if self.lists.due:
            self._open("due", 0)

    def _open(self, key: str, place: int) -> None:
        lines: Sequence[Line] = getattr(self.lists, key)
        line = lines[place]
        if key == "due":
            self.desk.open_page("visit", patient_id=line.id, queue=tuple(one.id for one in lines[place:]))
        elif line.follow_up_id is not None:
            self.desk.open_page("visit", patient_id=line.id, follow_up_id=line.follow_up_id)
        else:
            self.desk.open_page("visit", patient_id=line.id)

    def help_lines(self) -> Sequence[tuple[str, str]]:
        """The keys of this page."""
        return [("Enter", text("follow_ups.help_find")), ("Enter", text("follow_ups.help_open"))]
