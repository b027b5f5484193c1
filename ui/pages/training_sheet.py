"""录回签到表: the signed sheet typed back by row numbers, of a day or of the whole course.

What is typed is kept as a draft of the ledger until it is stored, so a lock, a closed window or a fault loses nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLineEdit

from mhdesk.domain.errors import UserError
from mhdesk.domain.task import Task
from mhdesk.domain.training import Attendance, Presence
from mhdesk.rules import training as rules
from mhdesk.rules import training_days
from mhdesk.services import drafts, training
from mhdesk.services.training import SessionBook
from mhdesk.text import error_text, text
from ui.pages.base import Desk
from ui.pages.follow_up_draft import DraftKeeper, OpenForm
from ui.widgets import Card, ChoiceBar, LabelledField, LinkButton, PlainButton, label, row

FORM = "training.sheet"
BOXES = ("present", "leave", "morning", "afternoon")
_WHOLE = "whole"
_DAY = "day"


class Typed(NamedTuple):
    """What the boxes say; `day`: of which day of a course, counted from 1, None: of all of it."""

    rows: Sequence[Attendance]
    day: int | None


class SheetCard(Card):
    """The boxes. `typed` asks for what they say to be stored, `refused` says why it cannot be read."""

    typed = Signal()
    restored = Signal()
    refused = Signal(object)

    def __init__(self, desk: Desk) -> None:
        super().__init__(text("training_page.back_title"), text("training_page.back_note"))
        self._desk = desk
        self._book: SessionBook | None = None
        self._sheet: OpenForm | None = None
        self._is_filling = False
        self._days_of = 0  # the session whose days are offered
        self._first: Mapping[str, str] = {}
        self._kept = label("", "quiet_small")
        self._keeper = DraftKeeper(desk, self)
        self._keeper.saved.connect(lambda time: self._kept.setText(text("person.draft_saved", time=time)))
        self._keeper.failed.connect(lambda: self._kept.setText(text("person.draft_failed")))
        self.days = ChoiceBar()
        self.days.setVisible(False)  # until a course of several days is shown
        self._offered: list[str] = []
        self.days.chosen.connect(lambda _key: self._on_day())
        self.boxes = {key: QLineEdit() for key in BOXES}
        for key, box in self.boxes.items():
            box.setAccessibleName(text(f"training_page.box.{key}"))
            box.returnPressed.connect(self.typed)
            box.setInputMethodHints(Qt.InputMethodHint.ImhPreferNumbers | Qt.InputMethodHint.ImhLatinOnly)
            box.textChanged.connect(lambda _words: self._on_typed())
        self.fields = {
            key: LabelledField(text(f"training_page.box.{key}"), box, text(f"training_page.box.{key}_hint"))
            for key, box in self.boxes.items()
        }
        self.counted = label("", "quiet", wrap=True)
        self.drop_button = LinkButton(text("person.draft_drop"), slot=self.drop)
        self.drop_button.hide()
        self.type_button = PlainButton(text("training_page.type_back"), "check", self.typed.emit)
        self.body.addWidget(self.days)
        self.body.addLayout(row(self.fields["present"], self.fields["leave"], space=3))
        self.body.addLayout(row(self.fields["morning"], self.fields["afternoon"], space=3))
        self.body.addLayout(row(self.counted, None, self.type_button, space=3))
        self.body.addLayout(row(self._kept, None, self.drop_button, space=3))

    # ---- what is shown

    def forget(self) -> None:
        """Another session comes: what is typed of this one is its draft."""
        self.keep()
        self._keeper.forget()
        self._book, self._sheet = None, None
        self._is_filling = True
        for box in self.boxes.values():
            box.clear()
        self._is_filling = False

    def show_book(self, book: SessionBook, draft: Mapping[str, str] | None, *, can_type: bool) -> None:
        """The session as it is stored. Another one: its boxes are filled, with the draft where one was left."""
        is_other = self._sheet is None or self._sheet.patient_id != book.line.id
        is_touched = not is_other and self.texts() != self._first
        self._book = book
        for part in (*self.boxes.values(), self.type_button):
            part.setEnabled(can_type)
        if not is_touched:
            self._offer_days(book)
            self._sheet = OpenForm(book.line.id, name=FORM)
            self._fill(draft if is_other else None)
            self._first = self.texts()
            self._keeper.watch(self._sheet, self._first)
            self.drop_button.setVisible(is_other and draft is not None)
            self._kept.clear()
            if is_other and draft is not None:
                self._first = {}  # what a draft says is not stored yet
                self.restored.emit()
        self._count()

    def _offer_days(self, book: SessionBook) -> None:
        days = training_days.days(book.line.session)
        before = self.days.key() if self._days_of == book.line.id else None
        self._days_of = book.line.id
        choices = [(_WHOLE, text("training.whole_course"))]
        if len(days) > 1:
            choices += [
                (f"{_DAY}{number}", text("training.of_day", number=number, day=f"{day:%m-%d}"))
                for number, day in enumerate(days, start=1)
                if day <= self._desk.today()
            ]
        for key in self._offered:
            self.days.remove(key)
        for key, words in choices:
            self.days.add(key, words)
        self._offered = [key for key, _ in choices]
        is_over = len(days) <= 1 or days[-1] <= self._desk.today()
        wanted = before if before in self._offered else _WHOLE if is_over else choices[-1][0]
        self.days.choose(wanted)
        self.days.setVisible(len(choices) > 1)

    def day(self) -> int | None:
        """The day chosen, counted from 1; None for the whole."""
        key = self.days.key() or _WHOLE
        return int(key.removeprefix(_DAY)) if key.startswith(_DAY) else None

    def _fill(self, draft: Mapping[str, str] | None) -> None:
        """What is stored, or the draft, as it was typed."""
        self._is_filling = True
        if draft is not None and draft.get(_DAY, _WHOLE) in self._offered:
            self.days.choose(draft.get(_DAY, _WHOLE))
        for key, box in self.boxes.items():
            box.setText(self._stored(key) if draft is None else draft.get(key, ""))
        self._is_filling = False

    def _stored(self, key: str) -> str:
        if self._book is None:
            return ""
        session, day = self._book.line.session, self.day()
        return rules.rows_text(
            one.row
            for one in self._book.rows
            if (one.presence if day is None else training_days.presences(session, one)[day - 1]) == key
        )

    def texts(self) -> dict[str, str]:
        """What stands in the boxes, and the day they are about."""
        return {key: box.text() for key, box in self.boxes.items()} | {_DAY: self.days.key() or _WHOLE}

    def _on_day(self) -> None:
        self._fill(None)
        self._on_typed()

    def _on_typed(self) -> None:
        if self._is_filling:
            return
        if self._sheet is not None:
            self._keeper.note(self.texts())
        self._count()

    def _count(self) -> None:
        """What the boxes say so far, before anything is stored."""
        if self._book is None or not any(box.text().strip() for box in self.boxes.values()):
            self.counted.setText(text("training_page.count_hint"))
            return
        try:
            read = self.read()
        except UserError as error:
            self.counted.setText(error_text(error.code, **error.params).message)
            return
        session, day = self._book.line.session, self.day()
        said = [one.presence if day is None else training_days.presences(session, one)[day - 1] for one in read.rows]
        here = sum(one in rules.HERE for one in said)
        absent = rules.rows_text(
            one.row for one, presence in zip(read.rows, said, strict=True) if presence == Presence.ABSENT
        )
        self.counted.setText(
            text("training_page.counted", here=here, leave=said.count(Presence.LEAVE),
                 absent=said.count(Presence.ABSENT))
            + (text("training_page.counted_absent", rows=absent) if absent else "")
        )  # fmt: skip

    # ---- storing and keeping

    def read(self) -> Typed:
        """The roster as the boxes say. Raises UserError as `training.read_sheet`."""
        if self._book is None:
            return Typed((), None)
        day = self.day()
        words = {key: box.text() for key, box in self.boxes.items()}
        return Typed(training.read_sheet(self._book.line.session, self._book.rows, day=day, **words), day)

    def keep(self) -> None:
        """Write the draft now."""
        self._keeper.flush()

    def open_form(self) -> OpenForm | None:
        """What the draft belongs to, for the job that stores the sheet."""
        return self._sheet

    def stored(self) -> None:
        """The ledger has taken it: the boxes show again what is stored."""
        self._keeper.forget()
        self._sheet = None

    def drop(self) -> None:
        """The draft is not wanted: what is stored stands there again."""
        ledger, sheet = self._desk.ledger, self._sheet
        if sheet is None:
            return
        self._keeper.forget()

        def job(_task: Task) -> None:
            sheet.is_recorded = True
            drafts.discard(ledger, form=sheet.form, subject_id=sheet.patient_id)

        self._desk.tasks.run("ledger", job)
        self._sheet = None
        if self._book is not None:
            self.show_book(self._book, None, can_type=self.type_button.isEnabled())
