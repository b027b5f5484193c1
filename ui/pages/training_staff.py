"""工作人员: who does the work, in which post, with which certificates, trained how often; one line a person."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from PySide6.QtWidgets import QWidget

from mhdesk.domain.staff import Certificate, StaffMember, StaffPost
from mhdesk.domain.task import Task
from mhdesk.services import record_history, staff, training, training_report, training_terms, units
from mhdesk.services.staff import StaffLine
from mhdesk.text import text
from ui import theme
from ui.dialogs import ask_files
from ui.dialogs.ask import Ask, AskDialog, Values
from ui.dialogs.kept import Kept
from ui.pages import training_files as files
from ui.pages.base import Desk
from ui.pages.training_dialogs import run
from ui.pages.training_part import Output, TrainingPart
from ui.pages.training_posts import PostsDialog, iso, paper_asks, paper_of, post_asks, post_of
from ui.tables import Column, TablePanel
from ui.widgets import Card, ChipText, ChoiceBar, FlowLayout, PlainButton, column

_LEAST_ROWS = 8
_LISTS = ("in_post", "waiting", "all")
_WAITS = frozenset({"late", "missing"})  # the tones of what must be seen to


class _Found(NamedTuple):
    lines: Sequence[StaffLine]
    missed: Mapping[int, int]  # how many in a row, by person
    units: Sequence[tuple[str, str]]
    soon: frozenset[int]  # certificates that run out
    alone: Mapping[int, int]  # visits of people who may not visit alone


class StaffPart(TrainingPart):
    """The staff register."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._all: Sequence[StaffLine] = ()
        self._shown: Sequence[StaffLine] = ()
        self._missed: Mapping[int, int] = {}
        self._units: Sequence[tuple[str, str]] = ()
        self._soon: frozenset[int] = frozenset()
        self._alone: Mapping[int, int] = {}
        self.choice = ChoiceBar([(key, text(f"training_page.staff.{key}")) for key in _LISTS])
        self.choice.chosen.connect(lambda _key: self._show_chosen())
        self.table = TablePanel(desk.tasks, self._columns())
        self.table.set_name(text("training_page.part.staff"))
        self.table.set_empty("users", text("training_page.staff.empty"), text("training_page.staff.empty_next"))
        self.table.opened.connect(lambda place: self.edit(self._shown[place]))
        self.table.view.selection_changed.connect(self._show_buttons)
        self.table.setMinimumHeight(theme.current().size("row") * _LEAST_ROWS)
        self.buttons = {
            "change": PlainButton(text("training_page.staff.change"), "pencil", lambda: self._with(self.edit)),
            "post": PlainButton(text("training_page.staff.add_post"), "plus", lambda: self._with(self.add_post)),
            "paper": PlainButton(text("training_page.staff.paper"), "file-text", lambda: self._with(self.add_paper)),
            "posts": PlainButton(text("training_page.staff.posts_papers"), "list", lambda: self._with(self.show_posts)),
            "leave": PlainButton(text("training_page.staff.leave"), "x", lambda: self._with(self.leave)),
            "void": PlainButton(text("training_page.staff.void"), "trash-2", lambda: self._with(self.void)),
            "history": PlainButton(text("record_history.open"), "history", lambda: self._with(self.show_history)),
        }
        actions = FlowLayout(space=2)
        for button in self.buttons.values():
            actions.addWidget(button)
        files_of = FlowLayout(space=2, is_right=True)
        files_of.addWidget(PlainButton(text("training_page.staff.read"), "upload", self.read))
        files_of.addWidget(self.output_button())
        held, kept = QWidget(), QWidget()
        held.setLayout(actions)
        kept.setLayout(files_of)
        card = Card(text("training_page.part.staff"))
        card.head.setMinimumHeight(theme.current().size("button"))
        card.head.add(kept)
        card.body.addWidget(self.choice)
        card.body.addWidget(self.table, 1)
        card.body.addWidget(held)
        body = column(self.notice, card, space=3)
        body.setStretch(1, 1)
        self.setLayout(body)

    def primary(self) -> tuple[str, str, Callable[[], object]]:
        """Somebody new."""
        return text("training_page.staff.new"), "user-plus", lambda: self.edit(None)

    # ---- reading

    def refresh(self) -> None:
        """Read the register."""
        ledger, today = self.desk.ledger, self.desk.today()

        def job(_task: Task) -> _Found:
            lines = staff.listed(ledger, today=today)
            within = int(training_terms.load(ledger)["certificate_days"].value)
            return _Found(
                lines,
                training.missed(ledger),
                [(str(one.id), one.name) for one in units.listed(ledger, year=today.year)],
                frozenset(paper.id or 0 for _, paper in staff.expiring(lines, today=today, within_days=within)),
                training.alone(ledger, lines, today=today),
            )

        self.desk.tasks.run("ledger", job, self._show, key="staff", owner=self)

    def show_list(self, key: str) -> None:
        """Another list: in_post, waiting, all."""
        self.choice.choose(key)
        self._show_chosen()

    def _show(self, found: _Found) -> None:
        self._all, self._missed, self._units, self._soon, self._alone = found
        for key in _LISTS:
            self.choice.set_count(key, sum(self._is_in(key, one) for one in self._all))
        self._show_chosen()

    def _is_in(self, key: str, line: StaffLine) -> bool:
        if key == "waiting":
            return line.is_in_post and any(chip.tone in _WAITS for chip in self._chips(line))
        return key == "all" or line.is_in_post

    def _show_chosen(self) -> None:
        key = self.choice.key() or _LISTS[0]
        self._shown = [one for one in self._all if self._is_in(key, one)]
        self.table.show_rows(self._shown)
        self._show_buttons()

    def _show_buttons(self) -> None:
        chosen = self._chosen() is not None
        for button in self.buttons.values():
            button.setEnabled(chosen)

    def _chosen(self) -> StaffLine | None:
        places = self.table.view.selected_ids()
        return self._shown[places[0]] if places and places[0] < len(self._shown) else None

    def _with(self, deed: Callable[[StaffLine], object]) -> None:
        if (line := self._chosen()) is not None:
            deed(line)

    # ---- doing

    def show_history(self, line: StaffLine) -> None:
        """Who changed what and when, with posts and certificates."""
        self.history_of(line.name, lambda ledger: record_history.of_staff(ledger, line.id))

    def edit(self, line: StaffLine | None) -> AskDialog:
        """Somebody new, or the person and the post shown."""
        ledger, today = self.desk.ledger, self.desk.today()
        member = line.member if line else StaffMember(name="")
        post = line.post if line and line.post else _fresh(self._units)

        def submit(dialog: AskDialog, values: Values) -> None:
            fresh = dataclasses.replace(
                member, name=values["name"], phone=values["phone"], cleared_on=values["cleared_on"]
            )
            held = [one for one in (line.posts if line else ()) if one.id != post.id]
            wanted = [*held, post_of(post, values)]
            run(self.desk, dialog, lambda: staff.save(ledger, fresh, wanted, today=today)[1], self.changed)

        asks = [
            Ask("name", text("training.field.name"), value=member.name, is_required=True),
            Ask("phone", text("training.field.phone"), value=member.phone or "", is_beside=True),
            *post_asks(post, self._units),
            Ask("cleared_on", text("training.field.cleared_on"), "date", value=iso(member.cleared_on),
                hint=text("training_page.staff.cleared_hint")),
        ]  # fmt: skip
        key = "training_page.staff.change_of" if line else "training_page.staff.new"
        return self.ask(text(key, name=member.name), asks, submit, draft=Kept("staff.person", member.id or 0))

    def add_post(self, line: StaffLine) -> AskDialog:
        """A second post beside the first."""
        ledger, today = self.desk.ledger, self.desk.today()
        post = _fresh(self._units)

        def submit(dialog: AskDialog, values: Values) -> None:
            wanted = [*line.posts, post_of(post, values)]
            run(self.desk, dialog, lambda: staff.save(ledger, line.member, wanted, today=today)[1], self.changed)

        said = text("training_page.staff.post_said")
        title = text("training_page.staff.post_of", name=line.name)
        return self.ask(title, post_asks(post, self._units), submit, draft=Kept("staff.post", line.id), said=said)

    def add_paper(self, line: StaffLine) -> AskDialog:
        """A certificate."""
        fresh = Certificate(staff_id=line.id, name="")

        def submit(dialog: AskDialog, values: Values) -> None:
            paper = paper_of(fresh, values)
            run(self.desk, dialog, lambda: staff.save_certificate(self.desk.ledger, paper)[1], self.changed)

        asks = paper_asks(fresh)
        title = text("training_page.staff.paper_of", name=line.name)
        return self.ask(title, asks, submit, draft=Kept("staff.paper", line.id))

    def show_posts(self, line: StaffLine) -> PostsDialog:
        """Every post and certificate, to be corrected or voided."""
        dialog = PostsDialog(self.desk, line, self._units, self.changed, self.window())
        dialog.open()
        return dialog

    def leave(self, line: StaffLine) -> AskDialog:
        """The person leaves every post."""

        def submit(dialog: AskDialog, values: Values) -> None:
            run(self.desk, dialog, lambda: staff.leave(self.desk.ledger, line.id, on=values["on"]), self.changed)

        asks = [
            Ask("on", text("training.field.ended_on"), "date", value=self.desk.today().isoformat(), is_required=True)
        ]
        said = text("training_page.staff.leave_said")
        title = text("training_page.staff.leave_of", name=line.name)
        return self.ask(title, asks, submit, draft=Kept("staff.leave", line.id), said=said)

    def void(self, line: StaffLine) -> AskDialog:
        """Entered by mistake."""
        ledger = self.desk.ledger
        return self.ask_void(line.name, lambda why: staff.void(ledger, line.id, reason=why))

    # ---- files

    def outputs(self) -> list[Output]:
        """名册, 证书一览, and the record of who is chosen."""
        ledger, today = self.desk.ledger, self.desk.today()
        found = [
            Output(text("training.report.staff_title"), lambda _task: training_report.of_staff(ledger, today=today)),
            Output(
                text("training.report.certificates_title"),
                lambda _task: training_report.of_certificates(ledger, today=today),
            ),
        ]
        if (line := self._chosen()) is not None:
            title = text("training.report.person_title", name=line.name)
            found.append(Output(title, lambda _task: training_report.of_person(ledger, line.id, today=today)))
        return found

    def read(self) -> None:
        """名册 or training records from a table."""
        ask_files.open_file(self, text("training_page.staff.read"), ask_files.TABLES, self.read_file)

    def read_file(self, path: Any) -> None:
        """Import a table of staff or of training, whichever it is."""
        files.read_table(self.desk, self, path, self.notice, self.changed)

    def _columns(self) -> list[Column]:
        return [
            Column("name", text("training.field.name"), 5, is_bold=True),
            Column("role", text("training.field.role"), 6, value=lambda one: staff.role_name(one.role)),
            Column("workplace", text("training.field.workplace"), 10, is_stretched=True),
            Column("position", text("training.field.position"), 6, gives_way=2,
                   value=lambda one: one.post.position if one.post else None),
            Column("phone", text("training.field.phone"), 7, gives_way=1, is_sortable=False,
                   value=lambda one: one.member.phone),
            Column("fte", text("training.field.fte"), 4, "number", gives_way=3,
                   value=lambda one: one.post.fte if one.post else None),
            Column("started_on", text("training.field.started_on"), 6, "date", gives_way=4,
                   value=lambda one: one.post.started_on if one.post else None),
            Column("state", text("training_page.state"), 14, "chips", chips=self._chips, is_sortable=False),
            Column("papers", text("training_page.staff.papers"), 6, is_shown=False, is_sortable=False,
                   value=lambda one: "、".join(paper.name for paper in one.certificates)),
        ]  # fmt: skip

    def _chips(self, line: StaffLine) -> list[ChipText]:
        chips = []
        if not line.is_in_post:
            chips.append(ChipText(text("training_page.staff.not_in_post"), "plain"))
        if count := self._alone.get(line.id, 0):
            chips.append(ChipText(text("training_page.staff.alone", count=count), "late"))
        elif line.must_be_cleared():
            chips.append(ChipText(text("training_page.staff.uncleared"), "late"))
        elif line.cleared_on is not None:
            chips.append(ChipText(text("training_page.staff.cleared"), "good"))
        if (count := self._missed.get(line.id, 0)) > 1:
            chips.append(ChipText(text("training_page.staff.missed", count=count), "late"))
        if any(paper.id in self._soon for paper in line.certificates):
            chips.append(ChipText(text("training_page.staff.paper_ends"), "missing"))
        return chips


def _fresh(places: Sequence[tuple[str, str]]) -> StaffPost:
    """A post of this institution; its part is written down, not supposed."""
    return StaffPost(staff_id=0, role="prevention", unit_id=int(places[0][0]) if places else None)
