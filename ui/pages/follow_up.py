"""随访 entry: one person's sheet, typed as on paper, judged while it is typed, kept as a draft until it is saved.

Parameters: `patient_id`; `queue` (ids of the people to go on to, the person included); `sheet_row` (the row of a
printed sheet it is typed from); `follow_up_id` to correct a stored visit; `edition`, otherwise that of the settings.
The page moves along the queue by itself.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut

from mhdesk.domain.changes import Changes
from mhdesk.domain.errors import RecordRefused
from mhdesk.domain.problems import Problem
from mhdesk.domain.task import Task
from mhdesk.services import drafts
from mhdesk.text import text
from ui.pages import follow_up_head as head
from ui.pages import follow_up_work as work
from ui.pages.base import Desk, Page, Params, Shot
from ui.pages.follow_up_draft import DraftKeeper
from ui.pages.follow_up_foot import FollowUpFoot
from ui.pages.follow_up_pane import SheetPane
from ui.pages.follow_up_work import Opened
from ui.pages.form_doubts import FormDoubts
from ui.widgets import ChipText, LinkButton, Notice, row

_DATE = "visit_date"


class VisitPage(Page):
    """The sheet of one person."""

    topics = frozenset({"patient", "follow_up", "movement", "attempt"})
    shots = (Shot("visit", {"sample": True}),)

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.opened: Opened | None = None
        self._queue: Sequence[int] = ()
        self._is_busy = False
        self._accepted_gaps: Sequence[str] = ()
        self.pane = SheetPane(desk.today, desk.ledger.user_name)
        self.keeper = DraftKeeper(desk, self)
        self.doubts = FormDoubts(desk, self, "follow_up", self._on_changed)
        self.foot = FollowUpFoot(self._save_draft, self.save, lambda: self.save(then_next=True))
        self.notice = Notice()
        self.drop_button = LinkButton(text("follow_up.draft_drop"), slot=self.drop_draft)
        self.drop_button.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.drop_button.hide()
        line = row(self.notice, self.drop_button)
        line.setStretch(0, 1)
        self.body.addLayout(line)
        self.body.addWidget(self.pane, 1)
        self.body.addWidget(self.foot)
        self.pane.hide()  # until there is a sheet
        self.foot.hide()
        self._connect()

    def _connect(self) -> None:
        self.keeper.saved.connect(lambda time: self.foot.show_draft(text("follow_up.draft_saved", time=time)))
        self.keeper.failed.connect(lambda: self.foot.show_draft(text("follow_up.draft_failed")))
        self.pane.changed.connect(self._on_changed)
        self.pane.ended.connect(lambda: self.foot.primary.setFocus(Qt.FocusReason.TabFocusReason))
        self.pane.judged.connect(self._on_judged)
        keys: dict[str, Callable[[], object]] = {
            "F6": lambda: self.pane.enter_card("ended"),
            "F7": lambda: self.pane.enter_card("extra"),
            "F8": self.same_as_last,
            "F9": self.clear_surplus,
            "Ctrl+S": self.save,
            "Ctrl+Return": lambda: self.save(then_next=True),
            "Ctrl+Enter": lambda: self.save(then_next=True),
            "PgDown": lambda: self.pane.step_card(1),
            "PgUp": lambda: self.pane.step_card(-1),
        }
        for key, slot in keys.items():
            shortcut = QShortcut(QKeySequence(key), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(slot)

    # ---- opening

    def activate(self, params: Params) -> None:
        """Open another sheet; the same one again stays as it is, with everything typed."""
        if params.get("patient_id") is None and not params.get("sample"):
            if self.opened is None:
                self.desk.open_page("follow_ups")
            return
        if self.opened is None or dict(params) != dict(self.params):
            self.params = dict(params)
            self._queue = tuple(params.get("queue", ()))
            head.first_patient(self.desk, params, self.open_sheet, owner=self)
        elif self._is_stale:
            self.refresh()
        self._is_stale = False

    def open_sheet(self, patient_id: int, follow_up_id: int | None = None) -> None:
        """Open somebody's sheet; what is typed in the one before becomes its draft."""
        self.keeper.flush()
        self._read(patient_id, follow_up_id, str(self.params.get("edition", "")), self._show)

    def _read(
        self, patient_id: int, follow_up_id: int | None, edition: str, on_done: Callable[[Opened], object]
    ) -> None:
        ledger, today = self.desk.ledger, self.desk.today()

        def job(_task: Task) -> Opened:
            return work.open_sheet(ledger, patient_id, follow_up_id, edition=edition, today=today)

        self.desk.tasks.run("ledger", job, on_done, key="visit", owner=self)

    def _show(self, opened: Opened) -> None:
        self.opened = opened
        texts = dict(opened.draft if opened.draft is not None else opened.first_texts)
        self._accepted_gaps = ()
        self.keeper.watch(opened.sheet, texts)
        self.foot.show_draft("")
        self.foot.say("")
        self.notice.clear()
        self.drop_button.setVisible(opened.draft is not None)
        if opened.draft is not None:
            self.notice.say(text("follow_up.draft_restored"), "info")
        at = self._queue.index(opened.sheet.patient_id) if opened.sheet.patient_id in self._queue else -1
        self.foot.show_queue(has_next=0 <= at < len(self._queue) - 1)
        place = (at + 1, len(self._queue)) if at >= 0 else None
        head.show_header(self.header, opened, place=place)
        self.pane.show()
        self.foot.show()
        self.pane.show_sheet(opened, texts)
        self.doubts.watch(self.pane.view, opened.base.id, opened.entry.file.patient.name, texts)
        if (field := self.params.get("field")) and self.pane.view is not None and field in self.pane.view.fields:
            self.pane.view.enter_item(str(field))  # a violation or a doubt was opened

    def refresh(self) -> None:
        """Read the person anew; what is typed stays."""
        if self.opened is not None and not self._is_busy:
            sheet = self.opened.sheet
            self._read(sheet.patient_id, sheet.follow_up_id, self.opened.spec.edition, self._show_again)

    def _show_again(self, fresh: Opened) -> None:
        opened = self.opened
        is_same = opened is not None and (fresh.sheet.form, fresh.sheet.patient_id) == (
            opened.sheet.form,
            opened.sheet.patient_id,
        )
        if opened is not None and is_same:
            self.opened = dataclasses.replace(opened, entry=fresh.entry, base=fresh.base)
            self.pane.show_facts(self.opened)

    def leave(self) -> None:
        """What is typed becomes a draft."""
        self.pane.tidy()
        self.keeper.flush()

    # ---- typing

    def _on_changed(self) -> None:
        if self.opened is not None:
            self.keeper.note(self.pane.texts() | self.doubts.texts())
            self.desk.set_unsaved()
            if self.drop_button.isHidden():
                self.notice.clear()

    def _on_judged(self, missing: int, chip: object) -> None:
        self.foot.show_missing(missing)
        self.foot.show_surplus(self.pane.surplus_count())
        self.foot.show_suggestion(chip if isinstance(chip, ChipText) else None)
        self.foot.set_narrow(is_narrow=not self.pane.is_side_by_side)

    def same_as_last(self) -> None:
        """F8: fill in what may be taken from the last visit; facts of the period stay to be asked."""
        if self.opened is not None and not self._is_busy:
            self.foot.say(self.pane.same_as_last())

    def clear_surplus(self) -> None:
        """F9: empty everything that must stay empty on this sheet; again: bring it back."""
        if self.opened is not None and not self._is_busy:
            self.foot.say(self.pane.clear_surplus())

    def _save_draft(self) -> None:
        self.pane.tidy()
        self.keeper.flush()

    def drop_draft(self) -> None:
        """The restored draft is not wanted: begin anew."""
        opened = self.opened
        if opened is None:
            return
        self.keeper.forget()
        ledger, sheet = self.desk.ledger, opened.sheet
        self.desk.tasks.run(
            "ledger",
            lambda _task: drafts.discard(ledger, form=sheet.form, subject_id=sheet.patient_id),
            lambda _none: self.open_sheet(sheet.patient_id, sheet.follow_up_id),
            owner=self,
        )

    # ---- saving

    def save(self, *, then_next: bool = False) -> None:
        """Store the sheet. What keeps it from being stored is marked, and the cursor stands in the first of it."""
        opened = self.opened
        if opened is None or self._is_busy:
            return
        self.pane.tidy()
        self.pane.judge()
        verdict = self.pane.verdict
        if verdict is None or verdict.blocking:
            self._tell_blocking(verdict.blocking if verdict is not None else ())
            return
        if not self._may_be_incomplete(self.pane.missing()):
            return
        self._set_busy(is_busy=True)
        ledger, today, follow_up = self.desk.ledger, self.desk.today(), verdict.follow_up
        is_first = opened.sheet.patient_id == self.params.get("patient_id")
        sheet_row = self.params.get("sheet_row") if is_first else None
        notes = self.doubts.waiting()
        self.desk.tasks.run(
            "ledger",
            lambda _task: work.store(ledger, opened, follow_up, today=today, sheet_row_id=sheet_row, doubts=notes),
            lambda changes: self._on_stored(changes, then_next=then_next),
            self._on_refused,
            text("follow_up.saving"),
            owner=self,
        )

    def _may_be_incomplete(self, missing: Sequence[str]) -> bool:
        """Without a date there is no visit; other gaps are shown once, and saving again is the doctor's decision."""
        accepted, self._accepted_gaps = self._accepted_gaps, tuple(missing)
        if not missing or (accepted == self._accepted_gaps and _DATE not in missing):
            return True
        names = self.pane.show_missing(missing)
        sentence = "follow_up.no_date" if _DATE in missing else "follow_up.gaps"
        self.notice.say(text(sentence, count=len(missing), names=names), "missing")
        return False

    def _tell_blocking(self, problems: Sequence[Problem]) -> None:
        self.notice.say(text("follow_up.to_correct", count=len(problems)), "late")
        self.pane.show_blocking(problems)

    def _on_refused(self, error: BaseException) -> None:
        self._set_busy(is_busy=False)
        if isinstance(error, RecordRefused):
            self.notice.say(text("follow_up.to_correct", count=len(error.problems)), "late")
            self.pane.show_refused(error.problems)
        else:
            self.desk.tasks.report(error)

    def _on_stored(self, changes: Changes, *, then_next: bool) -> None:
        self._set_busy(is_busy=False)
        patient_id = self.opened.sheet.patient_id if self.opened is not None else 0
        self.keeper.forget()
        self.opened = None
        self.desk.saved()
        self.desk.changes.publish(changes, source=self)
        at = self._queue.index(patient_id) if patient_id in self._queue else len(self._queue)
        rest = self._queue[at + 1 :]
        if then_next and rest:
            self.open_sheet(rest[0])
        elif self.isVisible():
            self.desk.go_back()

    def _set_busy(self, *, is_busy: bool) -> None:
        self._is_busy = is_busy
        self.foot.set_busy(is_busy=is_busy)
        self.pane.set_busy(is_busy=is_busy)

    def help_lines(self) -> Sequence[tuple[str, str]]:
        """The keys of this page."""
        return head.help_lines()
