"""登记、修改资料: one person's file, typed in the order of the printed forms, judged and compared while it is typed.

Parameters: `patient_id` to change a stored file, otherwise somebody new; `field` brings the cursor to an item;
`edition`, otherwise that of the file or of the settings.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeySequence, QShortcut

from mhdesk.domain.changes import Changes
from mhdesk.domain.errors import RecordRefused
from mhdesk.domain.problems import Problem
from mhdesk.domain.task import Task
from mhdesk.services import drafts
from mhdesk.text import text
from ui.forms.person_layout import PERSON
from ui.forms.row import item_name
from ui.pages import person_work as work
from ui.pages.base import Desk, Page, Params, Shot, keys_of
from ui.pages.follow_up_draft import DraftKeeper
from ui.pages.form_doubts import FormDoubts
from ui.pages.person_foot import PersonFoot
from ui.pages.person_pane import PersonPane
from ui.pages.person_work import Findings, Opened
from ui.widgets import ChipText, LinkButton, Notice, row

_NAME = "name"
_NAMES_TOLD = 5
LOOK_PAUSE_MS = 200


class PersonPage(Page):
    """The file of one person."""

    topics = frozenset({"custom_field", "unit"})
    shots = (Shot("person-new"), Shot("person-edit", {"patient_id": 1}))

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.opened: Opened | None = None
        self._is_busy = False
        self._accepted_gaps: Sequence[str] = ()
        self._greeting = ""
        self.pane = PersonPane(desk.today, desk.ledger.user_name, self._open_match)
        self.keeper = DraftKeeper(desk, self)
        self.doubts = FormDoubts(desk, self, "patient", self._on_changed)
        self.foot = PersonFoot(self._save_draft, self.save, lambda: self.save(then_next=True), self.pane.show_matches)
        self.notice = Notice()
        self.drop_button = LinkButton(text("person.draft_drop"), slot=self.drop_draft)
        self.drop_button.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.drop_button.hide()
        self._look_later = QTimer(self)
        self._look_later.setSingleShot(True)
        self._look_later.setInterval(LOOK_PAUSE_MS)
        self._look_later.timeout.connect(self._look)
        line = row(self.notice, self.drop_button)
        line.setStretch(0, 1)
        self.body.addLayout(line)
        self.body.addWidget(self.pane, 1)
        self.body.addWidget(self.foot)
        self.pane.hide()  # until there is a file
        self.foot.hide()
        self._connect()

    def _connect(self) -> None:
        self.keeper.saved.connect(lambda time: self.foot.show_draft(text("person.draft_saved", time=time)))
        self.keeper.failed.connect(lambda: self.foot.show_draft(text("person.draft_failed")))
        self.pane.changed.connect(self._on_changed)
        self.pane.ended.connect(lambda: self.foot.primary.setFocus(Qt.FocusReason.TabFocusReason))
        keys: dict[str, Callable[[], object]] = {
            "F8": self.next_required,
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
        """Open another file; the same one again stays as it is, with everything typed."""
        same_file = self.opened is not None and params.get("patient_id") == self.params.get("patient_id")
        self.params = dict(params)
        if not same_file:
            self.open_file(params.get("patient_id"))
        elif self._is_stale:
            self.refresh()
        elif field := params.get("field"):
            self.pane.enter_item(str(field))
        self._is_stale = False

    def open_file(self, patient_id: int | None) -> None:
        """Open a file; what is typed in the one before becomes its draft."""
        self.keeper.flush()
        ledger, today, edition = self.desk.ledger, self.desk.today(), str(self.params.get("edition", ""))

        def job(_task: Task) -> Opened:
            return work.open_person(ledger, patient_id, edition=edition, today=today)

        self.desk.tasks.run("ledger", job, self._show, key="person", owner=self)

    def refresh(self) -> None:
        """Own items or units have changed: make the form anew; what is typed stays, as a draft."""
        if self.opened is not None and not self._is_busy:
            self.open_file(self.opened.base.id)

    def _show(self, opened: Opened) -> None:
        self.opened = opened
        texts = dict(opened.draft if opened.draft is not None else opened.first_texts)
        self._accepted_gaps = ()
        self.keeper.watch(opened.sheet, texts)
        self.foot.show_draft("")
        self.foot.show_kind(is_new=opened.is_new)
        self.notice.clear()
        self.drop_button.setVisible(opened.draft is not None)
        if opened.draft is not None:
            self.notice.say(text("person.draft_restored"), "info")
        elif self._greeting:
            self.notice.say(self._greeting, "good")
        self._greeting = ""
        self.header.set_title(text("person.new") if opened.is_new else text("person.edit", name=opened.base.name))
        self.header.set_chips([ChipText(text(f"forms.edition_{opened.spec.edition}"), "plain")])
        self.pane.show()
        self.foot.show()
        self.pane.show_file(opened, texts)
        self.doubts.watch(self.pane.view, opened.base.id, opened.base.name, texts)
        if not opened.is_new:
            self._accepted_gaps = tuple(self.pane.missing())
        if field := self.params.get("field"):
            self.pane.enter_item(str(field))
        self._look()

    def leave(self) -> None:
        """What is typed becomes a draft."""
        self.pane.tidy()
        self.keeper.flush()

    # ---- typing

    def _on_changed(self) -> None:
        if self.opened is not None:
            self.keeper.note(self.pane.texts() | self.doubts.texts())
            self.desk.set_unsaved()
            self._look_later.start()
            if self.drop_button.isHidden():
                self.notice.clear()

    def _look(self) -> None:
        """Ask the ledger about what is typed: the rules, and people who might be the same."""
        reading = self.pane.reading
        if self.opened is None or reading is None or self._is_busy:
            return
        ledger, today, person = self.desk.ledger, self.desk.today(), reading.person
        self.desk.tasks.run(
            "ledger", lambda _task: work.look(ledger, person, today=today), self._show_findings, key="look", owner=self
        )

    def _show_findings(self, findings: Findings) -> None:
        if self.opened is not None:
            self.pane.show_findings(findings)
            self.foot.show_matches(len(findings.matches), is_beside=self.pane.is_side_by_side)

    def next_required(self) -> None:
        """F8: the next required item without an answer."""
        if not self.pane.next_required():
            self.notice.say(text("person.missing_none"), "good")

    def _open_match(self, patient_id: int) -> None:
        self.desk.open_page("patient", patient_id=patient_id)

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
            lambda _none: self.open_file(opened.base.id),
            owner=self,
        )

    # ---- saving

    def save(self, *, then_next: bool = False) -> None:
        """Store the file. What keeps it from being stored is marked, and the cursor stands in the first of it."""
        opened = self.opened
        if opened is None or self._is_busy:
            return
        self.pane.tidy()
        self.pane.judge()
        reading = self.pane.reading
        if reading is None:
            return
        blocking = work.blocking(reading.problems)
        if blocking:
            self._tell_blocking(blocking)
            return
        if not self._may_be_incomplete(self.pane.missing()):
            return
        self._set_busy(is_busy=True)
        ledger, today, person, reason = self.desk.ledger, self.desk.today(), reading.person, self.foot.reason.text()
        notes = self.doubts.waiting()
        self.desk.tasks.run(
            "ledger",
            lambda _task: work.store(ledger, opened, person, today=today, reason=reason, doubts=notes),
            lambda stored: self._on_stored(*stored, then_next=then_next),
            self._on_refused,
            text("person.saving"),
            owner=self,
        )

    def _may_be_incomplete(self, missing: Sequence[str]) -> bool:
        """Without a name there is nobody; other gaps are shown once, and saving again is the doctor's decision.

        Gaps a stored file had when it was opened are known already.
        """
        accepted, self._accepted_gaps = self._accepted_gaps, tuple(missing)
        if set(missing) <= set(accepted) and _NAME not in missing:
            return True
        view = self.pane.view
        if view is not None:
            view.insist()
            view.enter_item(missing[0])
            names = [item_name(view.spec.field(key), PERSON.words) for key in missing[:_NAMES_TOLD]]
            said = "、".join(names) + (text("follow_up.and_more") if len(missing) > _NAMES_TOLD else "")
            key = "person.no_name" if _NAME in missing else "person.gaps"
            self.notice.say(text(key, count=len(missing), names=said), "missing")
        return False

    def _tell_blocking(self, problems: Sequence[Problem]) -> None:
        self.notice.say(text("person.to_correct", count=len(problems)), "late")
        self.pane.show_blocking(problems)

    def _on_refused(self, error: BaseException) -> None:
        self._set_busy(is_busy=False)
        if not isinstance(error, RecordRefused):
            self.desk.tasks.report(error)
            return
        known = {(problem.code, problem.field) for problem in self.pane.findings.problems}
        fresh = [problem for problem in error.problems if (problem.code, problem.field) not in known]
        self.pane.show_findings(Findings((*self.pane.findings.problems, *fresh), self.pane.findings.matches))
        self._tell_blocking(error.problems)
        self._look()

    def _on_stored(self, patient_id: int, changes: Changes, *, then_next: bool) -> None:
        self._set_busy(is_busy=False)
        was_new = self.opened is not None and self.opened.is_new
        name = self.opened.base.name if self.opened is not None and not was_new else ""
        if self.pane.reading is not None:
            name = self.pane.reading.person.name
        self.keeper.forget()
        self.opened = None
        self.desk.saved()
        self.desk.changes.publish(changes, source=self)
        if was_new and then_next:
            self._greeting = text("person.stored", name=name)
            self.open_file(None)
        elif self.isVisible() and was_new:
            self.desk.open_page("patient", patient_id=patient_id)
        elif self.isVisible():
            self.desk.go_back()

    def _set_busy(self, *, is_busy: bool) -> None:
        self._is_busy = is_busy
        self.foot.set_busy(is_busy=is_busy)
        self.pane.set_busy(is_busy=is_busy)

    def help_lines(self) -> Sequence[tuple[str, str]]:
        """The keys of this page."""
        return keys_of("person.help")
