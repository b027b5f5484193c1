"""One training: its roster by row, the signed sheet typed back by row numbers or clicked, scores, the scan.

Parameter: `session_id`. What was typed in the row boxes stays until the ledger has taken it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from mhdesk.domain.changes import Changes
from mhdesk.domain.errors import RecordRefused, UserError
from mhdesk.domain.problems import Problem
from mhdesk.domain.task import Task
from mhdesk.domain.training import Attendance, Presence
from mhdesk.rules import training as rules
from mhdesk.rules import training_days
from mhdesk.services import attachments, drafts, printing, record_history, staff, training
from mhdesk.services.training import SessionBook
from mhdesk.text import error_text, problem_text, text
from ui import theme
from ui.dialogs import ask_files
from ui.dialogs.history import show_history
from ui.dialogs.kept import keep_all
from ui.dialogs.paper import show_paper
from ui.pages import training_dialogs as dialogs
from ui.pages import training_files as files
from ui.pages.base import Desk, Page, Params, Shot, keys_of
from ui.pages.follow_up_draft import OpenForm
from ui.pages.training_sheet import FORM as SHEET_FORM
from ui.pages.training_sheet import SheetCard
from ui.pages.training_tiles import state_chip
from ui.tables import Column, TablePanel
from ui.theme import ToneName
from ui.widgets import Beside, Card, ChipText, FlowLayout, Notice, PlainButton, label

_LEAST_ROWS = 8
_MAIN_CHARACTERS = 36
_TONES: dict[str | None, ToneName] = {
    "present": "good",
    "morning": "info",
    "afternoon": "info",
    "part": "info",
    "leave": "missing",
    "absent": "late",
    None: "plain",
}


class SessionPage(Page):
    """A session."""

    topics = frozenset({"training_session", "attendance", "attachment", "setting"})
    shots = (Shot("training-session", {"session_id": 3}),)

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.book: SessionBook | None = None
        self._shown_id: int | None = None
        self.header.set_title(text("training_page.title"))
        self.header.add_action(text("record_history.open"), "history", self.show_history)
        self.header.add_action(text("training_page.session_change"), "pencil", self.change)
        self.header.add_action(text("training_page.void"), "trash-2", self.void)
        self.header.set_primary(text("training_page.print"), "printer", self.print_)
        self.notice = Notice()
        self.sheet = SheetCard(desk)
        self.sheet.typed.connect(self.type_back)
        self.sheet.restored.connect(lambda: self.notice.say(text("person.draft_restored"), "info"))
        self.table = TablePanel(desk.tasks, self._columns(), has_foot=False)
        self.table.set_name(text("training_page.roster"))
        self.table.set_empty("users", text("training_page.roster_empty"), text("training_page.roster_empty_next"))
        self.table.opened.connect(self.open_row)
        self.table.view.selection_changed.connect(self._show_buttons)
        self.marks = {
            presence: PlainButton(text(f"training.presence.{presence}"), None, self._marker(presence))
            for presence in (Presence.PRESENT, Presence.LEAVE, Presence.ABSENT)
        }
        self.off_button = PlainButton(text("training_page.take_off"), "x", self.take_off)
        self.usual_button = PlainButton(text("training_page.usual"), "users", self.put_usual)
        self.more_button = PlainButton(text("training_page.add_person"), "user-plus", self.put_one)
        self.score_button = PlainButton(text("training_page.scores"), "pencil", self.type_scores)
        self.facts = label("", wrap=True)
        self.file_line = label("", "quiet", wrap=True)
        self.attach_button = PlainButton(text("training_page.attach"), "upload", self.attach)
        self.again_button = PlainButton(text("training_page.print_again"), "printer", self.print_again)
        self.view_button = PlainButton(text("training_page.view_file"), "eye", self.view_file)
        self._lay_out()
        self.takes_keys = self.sheet.boxes["present"]

    def _lay_out(self) -> None:
        roster = Card(text("training_page.roster"))
        roster.head.setMinimumHeight(theme.current().size("button"))
        roster.head.add(self.usual_button)
        roster.head.add(self.more_button)
        roster.body.addWidget(self.table, 1)
        line = FlowLayout(space=2)
        for button in (*self.marks.values(), self.score_button, self.off_button):
            line.addWidget(button)
        roster.body.addLayout(line)
        self.table.setMinimumHeight(theme.current().size("row") * _LEAST_ROWS)
        about = Card(text("training_page.about"))
        about.body.addWidget(self.facts)
        scan = Card(text("training_page.scan"))
        scan.body.addWidget(self.file_line)
        line = FlowLayout(space=2)
        for button in (self.attach_button, self.view_button, self.again_button):
            line.addWidget(button)
        scan.body.addLayout(line)
        self.body.addWidget(self.notice)
        self.body.addWidget(Beside(roster, about, self.sheet, scan, main_em=_MAIN_CHARACTERS), 1)

    # ---- reading

    def activate(self, params: Params) -> None:
        """Another session begins with its own boxes; what is typed of the one before is its draft."""
        if params.get("session_id") != self._shown_id:
            self.sheet.forget()
            self.notice.clear()
        super().activate(params)

    def leave(self) -> None:
        """Put what is typed into drafts."""
        self.sheet.keep()
        keep_all(self.window())

    def refresh(self) -> None:
        """The session anew."""
        ledger, today, wanted = self.desk.ledger, self.desk.today(), int(self.params.get("session_id", 0))
        if not wanted:  # opened without a session: nothing to show
            return

        def job(_task: Task) -> tuple[SessionBook, Mapping[str, str] | None]:
            draft = drafts.load(ledger, form=SHEET_FORM, subject_id=wanted)
            return training.book(ledger, wanted, today=today), draft

        self.desk.tasks.run("ledger", job, self._show, key="session", owner=self)

    def _show(self, found: tuple[SessionBook, Mapping[str, str] | None]) -> None:
        self.book = book = found[0]
        session, counts = book.line.session, book.line.counts
        self._shown_id = session.id
        self.header.set_title(session.title)
        chips = [state_chip(book.line), ChipText(text("training_page.expected", count=counts.expected), "plain")]
        if book.line.state == "held":
            chips.append(ChipText(text("training_page.here", count=counts.here), "good"))
        self.header.set_chips(chips)
        self.facts.setText(self._about(book))
        self.file_line.setText(files.files_line(book.attachments))
        self.view_button.setEnabled(bool(book.attachments))
        self.table.show_rows(book.rows)
        can_type = session.held_on is not None and session.held_on <= self.desk.today() and bool(book.rows)
        self.score_button.setEnabled(can_type)
        self.sheet.show_book(book, found[1], can_type=can_type)
        self._show_buttons()

    def _about(self, book: SessionBook) -> str:
        one = book.line.session
        day = one.held_on.isoformat() if one.held_on else text("training_page.no_day", month=one.month)
        if one.ends_on is not None:
            day = text("training_page.days", first=day, last=one.ends_on, count=len(training_days.days(one)))
        times = "—".join(filter(None, (one.starts_at, one.ends_at)))
        said = {
            "time": " ".join(filter(None, (day, times))),
            "kind": text(f"training.kind.{one.kind}") + " · " + text(f"training.level.{one.level}"),
            "day_parts": training_days.parts_text(one),
            "place": one.place,
            "teacher": one.teacher,
            "hours": None if one.hours is None else f"{one.hours:g}",
            "content": one.content,
            "organizer": one.organizer,
            "pass_mark": f"{book.line.pass_mark:g}",
        }
        lines = [text(f"training_page.fact.{key}", value=value) for key, value in said.items() if value]
        counts = book.line.counts
        if book.line.state == "held":
            lines.append(text("training_page.fact.counts", here=counts.here, leave=counts.leave, absent=counts.absent,
                              made_up=counts.made_up, passed=counts.passed, failed=counts.failed))  # fmt: skip
        return "\n".join(lines)

    def _show_buttons(self) -> None:
        session = self.book.line.session if self.book else None
        over = session is not None and session.held_on is not None and session.held_on <= self.desk.today()
        chosen = bool(self._chosen())
        for button in self.marks.values():
            button.setEnabled(chosen and over)
        self.off_button.setEnabled(chosen and all(one.presence is None for one in self._chosen()))

    def _chosen(self) -> list[Attendance]:
        rows = self.book.rows if self.book else ()
        return [rows[place] for place in self.table.view.selected_ids() if place < len(rows)]

    # ---- the sheet comes back

    def type_back(self) -> None:
        """Store what the boxes say; who is in none of them was absent."""
        if self.book is None or not self.sheet.type_button.isEnabled():
            return
        try:
            typed = self.sheet.read()
        except UserError as error:
            self._refuse(error)
            return
        self._save(typed.rows, self.sheet.open_form())

    def _marker(self, presence: Presence) -> Callable[[], None]:
        return lambda: self.mark(presence)

    def mark(self, presence: Presence) -> None:
        """The chosen rows, clicked."""
        if self.book is None:
            return
        session, day = self.book.line.session, self.sheet.day()
        rows = [
            training_days.with_whole(one, presence.value)
            if day is None
            else training_days.with_day(session, one, day, presence.value)
            for one in self._chosen()
        ]
        if rows:
            self._save(rows)

    def _save(self, rows: Sequence[Attendance], sheet: OpenForm | None = None) -> None:
        """Store rows; with `sheet` its draft goes in the same job."""
        ledger, today, session_id = self.desk.ledger, self.desk.today(), self._shown_id or 0

        def job(_task: Task) -> Changes:
            changes = training.save_rows(ledger, session_id, rows, today=today)
            if sheet is not None:
                sheet.is_recorded = True
                drafts.discard(ledger, form=sheet.form, subject_id=sheet.patient_id)
            return changes

        def done(changes: Changes) -> None:
            if sheet is not None:
                self.sheet.stored()
            self._saved(changes)

        self.desk.tasks.run("ledger", job, done, self._refuse, owner=self)

    def _saved(self, changes: Changes) -> None:
        self.desk.saved()
        self.notice.clear()
        self.desk.changes.publish(changes, source=self)
        self.refresh()

    def _refuse(self, error: BaseException) -> None:
        """Say why; what was typed stays."""
        if isinstance(error, RecordRefused):
            self.notice.say("".join(_said(one) for one in error.problems), "late")
        elif isinstance(error, UserError):
            words = error_text(error.code, **error.params)
            self.notice.say(f"{words.message}{words.next}", "late")
        else:
            self.desk.tasks.report(error)

    def open_row(self, place: int) -> None:
        """The result of one person."""
        if self.book is not None:
            dialogs.result(self.desk, self.window(), self.book.rows[place], on_done=self._saved)

    def type_scores(self) -> None:
        """Scores of many at once."""
        if self._shown_id is not None:
            dialogs.scores(self.desk, self.window(), self._shown_id, on_done=self._saved)

    # ---- the roster

    def put_usual(self) -> None:
        """Everybody who is usually trained in such sessions."""
        if self.book is None:
            return
        ledger, today, session = self.desk.ledger, self.desk.today(), self.book.line.session

        def job(_task: Task) -> tuple[int, Changes]:
            lines = training.default_roster(ledger, session.kind, today=session.held_on or today)
            ids, changes = training.put_on(ledger, session.id or 0, [one.id for one in lines], today=today)
            return len(ids), changes

        def done(found: tuple[int, Changes]) -> None:
            self._saved(found[1])
            self.notice.say(text("training_page.put_on", count=found[0]), "good" if found[0] else "info")

        self.desk.tasks.run("ledger", job, done, owner=self)

    def put_one(self) -> None:
        """Somebody more."""
        ledger, today, session_id = self.desk.ledger, self.desk.today(), self._shown_id or 0
        there = {one.staff_id for one in self.book.rows} if self.book else set()

        def show(lines: Sequence[staff.StaffLine]) -> None:
            choices = [(str(one.id), f"{one.name}　{one.workplace}") for one in lines if one.id not in there]
            if not choices:
                self.notice.say(text("training_page.nobody_left"), "info")
                return
            dialogs.people(self.desk, self.window(), session_id, choices, on_done=self._saved)

        self.desk.tasks.run("ledger", lambda _task: staff.listed(ledger, today=today), show, owner=self)

    def take_off(self) -> None:
        """Take the first chosen row off."""
        if chosen := self._chosen():
            first = chosen[0]
            dialogs.reason(
                self.desk,
                self.window(),
                text("training_page.take_off_of", row=first.row, name=first.name),
                text("training_page.take_off"),
                lambda why: training.take_off(self.desk.ledger, first.id or 0, reason=why),
                self._saved,
            )

    # ---- the session, its paper and its scan

    def show_history(self) -> None:
        """Who changed what and when, with its roster and its scans."""
        if self.book is not None:
            session_id, title = self.book.line.id, self.book.line.title
            show_history(
                self.desk,
                self,
                text("record_history.title_of", name=title),
                lambda ledger: record_history.of_session(ledger, session_id),
                on_done=self._saved,
            )

    def change(self) -> None:
        """What, when, where."""
        if self.book is not None:
            session = self.book.line.session
            dialogs.session(self.desk, self.window(), session, month=session.month,
                            on_done=lambda changes, _id: self._saved(changes))  # fmt: skip

    def void(self) -> None:
        """The session was entered by mistake or called off."""
        if self.book is None:
            return
        session = self.book.line.session

        def done(changes: Changes) -> None:
            self.desk.saved()
            self.desk.changes.publish(changes, source=self)
            self.desk.go_back()

        dialogs.reason(
            self.desk,
            self.window(),
            text("training_page.void_of", title=session.title),
            text("training_page.void"),
            lambda why: training.void_session(self.desk.ledger, session.id or 0, reason=why),
            done,
        )

    def print_(self) -> None:
        """签到表."""
        session_id = self._shown_id
        if session_id is not None:
            show_paper(self.desk, self, lambda ledger, _task: printing.training_sheet(ledger, session_id))

    def print_again(self) -> None:
        """签到表 as it was printed last, whatever was changed since."""
        session_id = self._shown_id
        if session_id is not None:
            show_paper(self.desk, self, lambda ledger, _task: printing.training_sheet(ledger, session_id, again=True))

    def attach(self) -> None:
        """The scan of the signed sheet."""
        ask_files.open_file(self, text("training_page.attach"), ask_files.SCANS, self.attach_file)

    def attach_file(self, path: Path) -> None:
        """Take a file in."""
        ledger, session_id = self.desk.ledger, self._shown_id or 0

        def job(_task: Task) -> Changes:
            return attachments.attach(ledger, object_kind="training_session", object_id=session_id, path=path)[1]

        def done(changes: Changes) -> None:
            self._saved(changes)
            self.notice.say(text("training_page.attached", file=path.name), "good")

        self.desk.tasks.run("ledger", job, done, self._refuse, owner=self)

    def view_file(self) -> None:
        """Show the latest file."""
        if self.book is not None and self.book.attachments:
            files.view(self.desk, self, self.book.attachments[-1])

    def help_lines(self) -> list[tuple[str, str]]:
        """The keys of this page."""
        return list(keys_of("training_page.session_help"))

    # ---- the table

    def _columns(self) -> list[Column]:
        def score(key: str) -> Callable[[Attendance], float | None]:
            return lambda one: rules.final_scores(one)[0 if key == "theory" else 1]

        return [
            Column("row", text("training.field.row"), 2, "number"),
            Column("name", text("training.field.name"), 5, is_bold=True),
            Column("workplace", text("training.field.workplace"), 6, is_stretched=True),
            Column("position", text("training.field.position"), 5),
            Column("presence", text("training.field.presence"), 8.5, "chips", chips=self._chips, is_sortable=False),
            Column("theory", text("training_page.theory"), 2.6, "number", value=score("theory")),
            Column("practice", text("training_page.practice"), 2.6, "number", value=score("practice")),
            Column("result", text("training.field.result"), 5, "chips", chips=self._result, is_sortable=False),
            Column("certificate_number", text("training.field.certificate_number"), 7, is_shown=False),
            Column("note", text("training.field.note"), 6, is_shown=False, is_sortable=False),
        ]

    def _chips(self, line: Attendance) -> list[ChipText]:
        if line.presence is None:
            return []
        chips = [ChipText(self._presence(line), _TONES[line.presence])]
        if line.made_up_on is not None:
            chips.append(ChipText(text("training_page.made_up"), "good"))
        elif (count := self.book.missed.get(line.staff_id, 0) if self.book else 0) > 1:
            chips.append(ChipText(text("training_page.missed", count=count), "late"))
        return chips

    def _presence(self, line: Attendance) -> str:
        words = text(f"training.presence.{line.presence}")
        if line.presence != Presence.PART or self.book is None:
            return words
        session = self.book.line.session
        there, count = training_days.days_there(session, line), len(training_days.days(session))
        return text("training_page.days_there", there=there, count=count)

    def _result(self, line: Attendance) -> list[ChipText]:
        passed = rules.is_passed(line, self.book.line.pass_mark) if self.book else None
        if passed is None:
            return []
        key = "passed" if passed else "failed"
        return [ChipText(text(f"training.result.{key}"), "good" if passed else "late")]


def _said(problem: Problem) -> str:
    return problem_text(problem.code, **problem.params)
