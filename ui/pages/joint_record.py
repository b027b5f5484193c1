"""One record of joint work, typed item by item like a sheet: digits fill, Enter goes on, Ctrl+Enter saves.

Parameters: `kind`; `record_id` to change a stored one, else `patient_id` (or `agreement_id` for its entries) and
`texts`, what is filled in already.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut

from mhdesk.domain.errors import RecordRefused, UserError
from mhdesk.domain.problems import Problem, Severity
from mhdesk.domain.task import Task
from mhdesk.services import drafts
from mhdesk.services.joint import evidence, records
from mhdesk.text import error_text, problem_text, text
from ui.forms.form_view import FormView
from ui.forms.row import item_name
from ui.forms.units import UnitField
from ui.pages import joint_work as work
from ui.pages.base import Desk, Page, Params, Shot, keys_of
from ui.pages.follow_up_draft import DraftKeeper
from ui.pages.joint_dialogs import ask_void, show_files, show_record_history
from ui.pages.joint_paper import PRINTED, show_record
from ui.pages.joint_work import Opened, Stored
from ui.widgets import ChipText, LinkButton, Notice, PlainButton, PrimaryButton, ScrollBody, label, row

_NAMES_TOLD = 4


class JointRecordPage(Page):
    """The record."""

    topics = frozenset({"unit"})
    shots = (
        Shot("joint-record-visit", {"kind": "joint_visit", "patient_id": 1}),
        Shot("joint-record-emergency", {"kind": "emergency", "patient_id": 1}),
    )

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.opened: Opened | None = None
        self.view: FormView | None = None
        self._is_busy = False
        self._accepted: frozenset[tuple[str, str]] = frozenset()
        self._problems: Sequence[Problem] = ()
        self.keeper = DraftKeeper(desk, self)
        self.notice = Notice()
        self.drop_button = LinkButton(text("person.draft_drop"), slot=self.drop_draft)
        self.drop_button.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.drop_button.hide()
        self._form = ScrollBody()
        self._unsure = label("", "quiet_small", wrap=True)  # what of the form was not seen in print
        self._form.body.addWidget(self._unsure)
        self._draft = label("", "quiet")
        self.void_button = PlainButton(text("joint.void"), "trash-2", self.void)
        self.print_button = PlainButton(text("printing.print"), "printer", self.print_)
        self.files_button = PlainButton(text("attachments.open"), "eye", self.show_files)
        self.history_button = PlainButton(text("record_history.open"), "history", self.show_history)
        self._then_files = False
        self.primary = PrimaryButton(text("joint.save"), "check", self.save)
        self.primary.setAutoDefault(True)
        line = row(self.notice, self.drop_button)
        line.setStretch(0, 1)
        self.body.addLayout(line)
        self.body.addWidget(self._form, 1)
        self.body.addLayout(
            row(label(text("joint.keys"), "quiet"), self._draft, None, self.void_button, self.history_button,
                self.files_button, self.print_button, self.primary, space=3)
        )  # fmt: skip
        self.keeper.saved.connect(lambda time: self._draft.setText(text("person.draft_saved", time=time)))
        self.keeper.failed.connect(lambda: self._draft.setText(text("person.draft_failed")))
        keys: dict[str, Callable[[], object]] = {
            "Ctrl+S": self.save,
            "Ctrl+Return": self.save,
            "Ctrl+Enter": self.save,
            "PgDown": lambda: self.view.step_card(1) if self.view else None,
            "PgUp": lambda: self.view.step_card(-1) if self.view else None,
        }
        for key, slot in keys.items():
            shortcut = QShortcut(QKeySequence(key), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(slot)

    # ---- opening

    def activate(self, params: Params) -> None:
        """Open another record; the same one again stays as it is, with everything typed."""
        if self.opened is None or dict(params) != dict(self.params):
            self.params = dict(params)
            self.open_record()
        self._is_stale = False

    def refresh(self) -> None:
        """Units have changed: what is typed stays, as a draft."""
        if self.opened is not None and not self._is_busy:
            self.open_record()

    def open_record(self) -> None:
        """Open the record of the parameters; what is typed in the one before becomes its draft."""
        self.keeper.flush()
        ledger, today, given = self.desk.ledger, self.desk.today(), self.params
        if "kind" not in given:
            return

        def job(_task: Task) -> Opened:
            return work.open_record(
                ledger,
                str(given["kind"]),
                record_id=given.get("record_id"),
                patient_id=given.get("patient_id"),
                agreement_id=given.get("agreement_id"),
                texts=given.get("texts"),
                today=today,
            )

        self.desk.tasks.run("ledger", job, self._show, key="joint-record", owner=self)

    def _show(self, opened: Opened) -> None:
        self.opened, self._accepted, self._problems = opened, frozenset(), ()
        texts = dict(opened.draft if opened.draft is not None else opened.first_texts)
        self.keeper.watch(opened.sheet, texts)
        self._draft.setText("")
        if self._then_files and opened.record is not None:
            self._then_files = False
            self.notice.say(text("joint.saved_now_files"), "good")
            self.show_files()
        else:
            self.notice.clear()
        self.drop_button.setVisible(opened.draft is not None)
        if opened.draft is not None:
            self.notice.say(text("person.draft_restored"), "info")
        key = "joint.new" if opened.record is None else "joint.edit"
        self.header.set_title(text(key, kind=opened.kind.title))
        self.header.set_chips([ChipText(opened.person, "info")] if opened.person else [])
        self.void_button.setVisible(opened.record is not None)
        self.history_button.setVisible(opened.record is not None)
        words = text("attachments.open_new") if opened.record is None else text("attachments.open")
        if opened.files:
            words = text("attachments.open_count", count=opened.files)
        self.files_button.setText(words)
        self.print_button.setVisible(opened.record is not None and opened.kind.key in PRINTED)
        self._show_form(opened, texts)

    def _show_form(self, opened: Opened, texts: Mapping[str, str]) -> None:
        if self.view is None or self.view.spec is not opened.kind.spec:
            if self.view is not None:
                self._form.body.removeWidget(self.view)
                self.view.hide()
                self.view.deleteLater()
            self.view = FormView(opened.kind.spec, self.desk.today, look=work.look_of(opened.kind.spec))
            self.view.changed.connect(self._on_changed)
            self.view.left.connect(
                lambda forwards: self.primary.setFocus(Qt.FocusReason.TabFocusReason) if forwards else None
            )
            self._form.body.insertWidget(0, self.view)
        said = work.unsure(opened.kind.spec)
        self._unsure.setText(said)
        self._unsure.setVisible(bool(said))
        view = self.view
        unit = view.fields.get("unit_id")
        if isinstance(unit, UnitField):
            unit.set_choices(opened.units)
        view.set_texts({key: words for key, words in texts.items() if key in view.fields})
        for key, words in opened.proposals.items():
            if key in view.fields:
                view.fields[key].propose(words)
        self._form.verticalScrollBar().setValue(0)
        if opened.record is None:
            view.advance(None)
        else:
            view.enter_item(next(iter(view.fields)))

    def leave(self) -> None:
        """What is typed becomes a draft."""
        self._tidy()
        self.keeper.flush()

    def _tidy(self) -> None:
        if self.view is not None and self.view.here is not None:
            self.view.here.tidy()

    # ---- typing

    def texts(self) -> dict[str, str]:
        """Everything typed."""
        return self.view.texts() if self.view is not None else {}

    def _on_changed(self) -> None:
        if self.opened is not None and self.view is not None:
            self.keeper.note(self.view.texts())
            self.desk.set_unsaved()
            self._problems = ()
            self._mark()
            if self.drop_button.isHidden():
                self.notice.clear()

    def _mark(self) -> None:
        """Mark what cannot be read, and what the ledger said of what was typed."""
        if self.view is not None and self.opened is not None:
            reading = records.read(self.opened.kind.key, self.texts(), self.opened.base, today=self.opened.today)
            self.view.show_problems([*reading.problems, *self._problems], asks_reason=False)

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
            lambda _none: self.open_record(),
            owner=self,
        )

    # ---- saving

    def save(self) -> None:
        """Store the record. What keeps it from being stored is marked, and the cursor stands in the first of it."""
        self._then_files = False
        self._save()

    def _save(self) -> None:
        opened, view = self.opened, self.view
        if opened is None or view is None or self._is_busy:
            return
        self._tidy()
        reading = records.read(opened.kind.key, self.texts(), opened.base, today=opened.today)
        view.insist()
        if reading.record is None:
            self._tell_gaps(reading)
            return
        self._set_busy(is_busy=True)
        ledger, today, accepted, record = self.desk.ledger, self.desk.today(), self._accepted, reading.record
        self.desk.tasks.run(
            "ledger",
            lambda _task: work.store(ledger, opened, record, accepted=accepted, today=today),
            self._on_stored,
            self._on_refused,
            text("person.saving"),
            owner=self,
        )

    def _tell_gaps(self, reading: Any) -> None:
        view = self.view
        if view is None:
            return
        view.show_problems(reading.problems, asks_reason=False)
        faulty = [view.item_of(one) for one in reading.problems if one.severity is Severity.ERROR]
        first = next((key for key in view.fields if key in {*faulty, *reading.missing}), None)
        if first is not None:
            view.enter_item(first)
        if reading.missing:
            names = [item_name(view.spec.field(key), work.WORDS) for key in reading.missing]
            said = "、".join(names[:_NAMES_TOLD]) + (text("follow_up.and_more") if len(names) > _NAMES_TOLD else "")
            self.notice.say(text("joint.gaps", names=said), "missing")
        else:
            self.notice.say(text("person.to_correct", count=len(faulty)), "late")

    def _on_stored(self, stored: Stored) -> None:
        self._set_busy(is_busy=False)
        if stored.record_id is None:
            self._accepted |= {(one.code, one.field) for one in stored.warnings}
            self._show_problems(stored.warnings)
            said = "".join(problem_text(one.code, **one.params) for one in stored.warnings)
            self.notice.say(text("joint.save_again", said=said), "missing")
            return
        kind = self.opened.kind.key if self.opened is not None else ""
        self.keeper.forget()
        self.opened = None
        self.desk.saved()
        self.desk.changes.publish(stored.changes, source=self)
        if self._then_files:
            self.params = {"kind": kind, "record_id": stored.record_id}
            self.open_record()
        elif self.isVisible():
            self.desk.go_back()

    def _show_problems(self, problems: Sequence[Problem]) -> None:
        self._problems = problems
        self._mark()
        first = next((self.view.item_of(one) for one in problems if self.view and self.view.item_of(one)), None)
        if self.view is not None and first:
            self.view.enter_item(first)

    def _on_refused(self, error: BaseException) -> None:
        self._set_busy(is_busy=False)
        if isinstance(error, RecordRefused):
            self._show_problems(error.problems)
            self.notice.say("".join(problem_text(one.code, **one.params) for one in error.problems), "late")
        elif isinstance(error, UserError):
            words = error_text(error.code, **error.params)
            self.notice.say(words.message + words.next, "late")
        else:
            self.desk.tasks.report(error)

    def _set_busy(self, *, is_busy: bool) -> None:
        self._is_busy = is_busy
        for button in (self.primary, self.void_button, self.history_button, self.files_button, self.print_button):
            button.setEnabled(not is_busy)
        if self.view is not None:
            self.view.setEnabled(not is_busy)

    # ---- a stored record

    def show_files(self) -> None:
        """The photographs and scans of the record; one that is not stored yet is stored first."""
        if self.opened is None or self._is_busy:
            return
        if self.opened.record is None:
            self._then_files = True
            self._save()
            return
        show_files(self.desk, self, self.opened.kind, self.opened.record.id, self.opened.person, on_done=self._on_files)

    def _on_files(self, changes: Any) -> None:
        self.desk.changes.publish(changes, source=self)
        if self.opened is None or self.opened.record is None:
            return
        ledger, key, record_id = self.desk.ledger, self.opened.kind.key, self.opened.record.id
        self.desk.tasks.run(
            "ledger",
            lambda _task: len(evidence.listed(ledger, key, record_id)),
            lambda count: self.files_button.setText(
                text("attachments.open_count", count=count) if count else text("attachments.open")
            ),
            owner=self,
        )

    def show_history(self) -> None:
        """Who changed what of the record, and when; a step taken back is read anew, what is typed stays a draft."""
        if self.opened is not None and self.opened.record is not None:
            show_record_history(
                self.desk, self, self.opened.kind, self.opened.record.id, self.opened.person, on_done=self._on_history
            )

    def _on_history(self, changes: Any) -> None:
        self.desk.changes.publish(changes, source=self)
        self.open_record()

    def void(self) -> None:
        """Take the record back, with a reason."""
        if self.opened is not None and self.opened.record is not None:
            ask_void(self.desk, self, self.opened.kind, self.opened.record.id, on_done=self._on_voided)

    def _on_voided(self, changes: Any) -> None:
        self.keeper.forget()
        self.opened = None
        self.desk.saved()
        self.desk.changes.publish(changes, source=self)
        self.desk.go_back()

    @property
    def can_print(self) -> bool:
        """Only what is stored."""
        return not self.print_button.isHidden()

    def print_(self) -> None:
        """The record on paper."""
        if self.opened is not None and self.opened.record is not None:
            show_record(self.desk, self, self.opened.kind.key, self.opened.record.id)

    def help_lines(self) -> Sequence[tuple[str, str]]:
        """The keys of this page."""
        return keys_of("joint.record_help")
