"""Parts of joint work with something beside their list: agreements, outreach; the paths of referral and discharge."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from PySide6.QtWidgets import QVBoxLayout, QWidget

from mhdesk.domain.codes import code_list
from mhdesk.domain.task import Task
from mhdesk.services.joint import paths, records, standing
from mhdesk.services.joint.paths import Path
from mhdesk.services.joint.records import Line
from mhdesk.text import text
from ui import theme
from ui.pages.base import Desk
from ui.pages.joint_parts import LEAST_ROWS, RecordsPart
from ui.tables import Column, TablePanel
from ui.theme import ToneName
from ui.widgets import Beside, Card, ChipText, ChoiceBar, PlainButton, row

_MAIN_CHARACTERS = 42
_ENTRIES = ("agreement_review", "agreement_payment")


class AgreementPart(RecordsPart):
    """Agreements, and beside them the reviews and payments of the chosen one."""

    def __init__(self, desk: Desk) -> None:
        self.entries = TablePanel(desk.tasks, _entry_columns(), has_foot=False)
        self._entry_lines: Sequence[tuple[str, Line]] = ()
        super().__init__(desk, "agreement")

    def lay_out(self) -> None:
        """The entries stand at the right."""
        self.entries.set_name(text("joint.entries"))
        self.entries.set_empty("inbox", text("joint.entries_empty"))
        self.entries.setMinimumHeight(theme.current().size("row") * LEAST_ROWS)
        self.entries.opened.connect(self._open_entry)
        self.review_button = PlainButton(text("joint.review"), "clipboard-pen", lambda: self._new("agreement_review"))
        self.pay_button = PlainButton(text("joint.pay"), "check", lambda: self._new("agreement_payment"))
        side = Card(text("joint.entries"))
        side.body.addWidget(self.entries, 1)
        side.body.addLayout(row(self.review_button, self.pay_button, None, space=2))
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(theme.current().space(3))
        lines.addWidget(self.notice)
        lines.addWidget(Beside(self.card(), side, main_em=_MAIN_CHARACTERS), 1)

    def chosen(self, line: Line | None) -> None:
        """Read the entries of the agreement."""
        for button in (self.review_button, self.pay_button):
            button.setEnabled(line is not None)
        if line is None:
            self._show_entries(())
            return
        ledger, agreement_id = self.desk.ledger, line.id

        def job(_task: Task) -> list[tuple[str, Line]]:
            found = [(key, one) for key in _ENTRIES for one in records.listed(ledger, key, agreement_id=agreement_id)]
            return sorted(found, key=lambda one: one[1].day or date.min)

        self.desk.tasks.run("ledger", job, self._show_entries, key="joint-entries", owner=self)

    def _show_entries(self, found: Sequence[tuple[str, Line]]) -> None:
        self._entry_lines = found
        self.entries.show_rows(found)

    def _open_entry(self, place: int) -> None:
        key, line = self._entry_lines[place]
        self.desk.open_page("joint_record", kind=key, record_id=line.id)

    def _new(self, key: str) -> None:
        if (line := self.current()) is not None:
            self.desk.open_page("joint_record", kind=key, agreement_id=line.id)


def _entry_columns() -> list[Column]:
    def what(one: Any) -> str:
        key, line = one
        if key == "agreement_review":
            return text("joint.entry_review", quarter=line.record.quarter)
        return text("joint.entry_payment", quarters=line.record.quarters, amount=f"{line.record.amount:g}")

    def result(one: Any) -> Sequence[ChipText]:
        key, line = one
        if key != "agreement_review":
            return [ChipText(text("joint.entry_paid"), "info")]
        tone: ToneName = "good" if line.record.result == "1" else "late"
        return [ChipText(line.words("result"), tone)]

    return [
        Column("day", text("joint.column.day"), 7, "date", value=lambda one: one[1].day, is_sortable=False),
        Column("what", text("joint.entry"), 9, value=what, is_stretched=True, is_sortable=False),
        Column("result", text("joint.entry_result"), 5, "chips", chips=result, is_sortable=False),
    ]


class OutreachPart(RecordsPart):
    """Activities, and beside them the sums by kind and theme of a period."""

    def __init__(self, desk: Desk) -> None:
        self.sums = TablePanel(desk.tasks, _sum_columns(), has_foot=False)
        super().__init__(desk, "outreach")

    def lay_out(self) -> None:
        """The sums stand at the right."""
        self.sums.set_name(text("joint.sums"))
        self.sums.set_empty("inbox", text("joint.sums_empty"))
        self.sums.setMinimumHeight(theme.current().size("row") * LEAST_ROWS)
        self.period = ChoiceBar([(key, text(f"joint.sums_{key}")) for key in ("month", "quarter", "year")])
        self.period.choose("year")
        self.period.chosen.connect(lambda _key: self.read_sums())
        side = Card(text("joint.sums"))
        side.body.addWidget(self.period)
        side.body.addWidget(self.sums, 1)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(theme.current().space(3))
        lines.addWidget(self.notice)
        lines.addWidget(Beside(self.card(), side, main_em=_MAIN_CHARACTERS), 1)

    def refresh(self) -> None:
        """The activities and their sums."""
        super().refresh()
        self.read_sums()

    def read_sums(self) -> None:
        """The sums of the chosen period, to today."""
        ledger, today = self.desk.ledger, self.desk.today()
        months = {"month": 1, "quarter": 3, "year": 12}[self.period.key() or "year"]
        first = date(today.year, (today.month - 1) // months * months + 1, 1)
        self.desk.tasks.run(
            "ledger",
            lambda _task: standing.outreach_sums(ledger, first=first, last=today),
            self.sums.show_rows,
            key="joint-sums",
            owner=self,
        )


def _sum_columns() -> list[Column]:
    def name(one: Any) -> str:
        return text("joint.sums_theme", theme=one.theme) if one.theme else code_list("outreach_kind").label(one.kind)

    return [
        Column("name", text("joint.sums_name"), 8, value=name, is_stretched=True, is_sortable=False,
               tone=lambda one: None if one.theme else "info"),
        Column("sessions", text("joint.short.sessions"), 3.5, "number", is_sortable=False),
        Column("people", text("joint.short.people_times"), 4, "number", is_sortable=False),
    ]  # fmt: skip


class PathsPart(QWidget):
    """双向转诊 and 出院信息单 with the visits they start. They are made on the page of slips."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self._all: Sequence[Path] = ()
        self._shown: Sequence[Path] = ()
        self.choice = ChoiceBar([(key, text(f"joint.paths.{key}")) for key in ("waiting", "all")])
        self.choice.chosen.connect(lambda _key: self._show_chosen())
        self.table = TablePanel(desk.tasks, _path_columns(desk.today()))
        self.table.set_name(text("joint.part.paths"))
        self.table.set_empty("circle-check", text("joint.paths.empty"), text("joint.paths.empty_next"))
        self.table.opened.connect(self._open)
        self.table.setMinimumHeight(theme.current().size("row") * LEAST_ROWS)
        card = Card()
        card.body.addLayout(row(self.choice, None))
        card.body.addWidget(self.table, 1)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.addWidget(card, 1)

    def refresh(self) -> None:
        """Read anew."""
        ledger = self.desk.ledger
        self.desk.tasks.run("ledger", lambda _task: paths.listed(ledger), self._show, key="joint-paths", owner=self)

    def _show(self, found: Sequence[Path]) -> None:
        self._all = found
        self.choice.set_count("waiting", sum(one.is_waiting for one in found))
        self.choice.set_count("all", len(found))
        self._show_chosen()

    def _show_chosen(self) -> None:
        self._shown = [one for one in self._all if one.is_waiting or self.choice.key() == "all"]
        self.table.show_rows(self._shown)

    def _open(self, place: int) -> None:
        """The visit it started, or the person to visit."""
        one = self._shown[place]
        if one.follow_up_id is not None:
            self.desk.open_page("visit", patient_id=one.patient_id, follow_up_id=one.follow_up_id)
        else:
            self.desk.open_page("visit", patient_id=one.patient_id)

    def start(self) -> None:
        """A slip or a note is made on its own page."""
        self.desk.open_page("transfers")

    @property
    def can_print(self) -> bool:
        """Slips print where they are made."""
        return False

    def print_(self) -> None:
        """Slips print where they are made."""

    def export(self) -> None:
        """Slips are written where they are made."""


def _path_columns(today: date) -> list[Column]:
    def visit(one: Any) -> Sequence[ChipText]:
        if one.visited_on is not None:
            return [ChipText(text("joint.paths.visited", day=one.visited_on.isoformat()), "good")]
        if one.due_on is not None and one.due_on < today:
            return [ChipText(text("joint.paths.late", day=one.due_on.isoformat()), "late")]
        if one.due_on is not None:
            return [ChipText(text("joint.paths.due", day=one.due_on.isoformat()), "missing")]
        return [ChipText(text("joint.paths.no_visit"), "missing")]

    return [
        Column("day", text("joint.column.day"), 7, "date"),
        Column("kind", text("joint.paths.kind"), 7, value=lambda one: text(f"joint.paths.kind_{one.kind}"),
               is_bold=True),
        Column("name", text("joint.column.name"), 6),
        Column("village", text("joint.column.village"), 7),
        Column("other_side", text("joint.paths.other_side"), 12, is_stretched=True),
        Column("receipt", text("joint.paths.receipt"), 5,
               value=lambda one: text(f"transfers.receipt.{one.receipt}") if one.receipt else ""),
        Column("visit", text("joint.paths.visit"), 12, "chips", chips=visit, is_sortable=False),
    ]  # fmt: skip
