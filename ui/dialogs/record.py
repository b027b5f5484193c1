"""A record typed in a dialog: judged by the ledger before it is stored, asked about once, kept as a draft when locked.

Faults stand under their fields and block; doubts stand there, too, and the next press of the verb stores all the same.
What was typed is never lost: it stays when storing fails, and becomes a draft when the program locks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QWidget

from mhdesk.domain.changes import Changes
from mhdesk.domain.problems import Problem, Severity
from mhdesk.services import drafts
from mhdesk.services.drug_list import Book
from mhdesk.text import problem_text, text
from ui.dialogs.ask import Ask, AskDialog, Values
from ui.pages.base import Desk

if TYPE_CHECKING:
    from mhdesk.services.access import Ledger


@dataclass(frozen=True)
class Work:
    """What a dialog does. `make` turns values into a record; `check` finds problems, `store` stores, in the lane.

    `form` and `subject_id` name its draft.
    """

    form: str
    subject_id: int
    make: Callable[[Values], Any]
    check: Callable[[Ledger, Any], Sequence[Problem]]
    store: Callable[[Ledger, Any], Changes]
    done: Callable[[Changes], object]


class RecordDialog(AskDialog):
    """Open it with `show_with_draft`."""

    def __init__(
        self,
        desk: Desk,
        title: str,
        asks: Sequence[Ask],
        work: Work,
        *,
        first: str = "",
        sentence: str = "",
        book: Book | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(
            desk, title, text("settings.save"), asks, self._judge, sentence=sentence, drug_book=book, parent=parent
        )
        self._work = work
        self._first_texts = self.texts()
        self._asked: Sequence[Problem] = ()
        self._has_draft = False
        if first in self.editors:
            self.editors[first].setFocus()

    def show_with_draft(self) -> None:
        """Show it, with what was typed before the program locked, if anything was."""
        ledger, work = self._desk.ledger, self._work

        def shown(draft: Mapping[str, str] | None) -> None:
            if draft is not None:
                self._has_draft = True
                self.set_texts(draft)
                self.notice.say(text("record.restored"), "info")
            self.open()

        self._desk.tasks.run(
            "ledger", lambda _task: drafts.load(ledger, form=work.form, subject_id=work.subject_id), shown, owner=self
        )

    def keep(self) -> None:
        """The program is being locked: what was typed becomes a draft."""
        texts = {key: words for key, words in self.texts().items() if words}
        if self.texts() == self._first_texts:
            return
        ledger, work = self._desk.ledger, self._work
        self._desk.tasks.run(
            "ledger", lambda _task: drafts.save(ledger, form=work.form, subject_id=work.subject_id, values=texts)
        )

    def _judge(self, _dialog: AskDialog, values: Values) -> None:
        ledger, work, asked = self._desk.ledger, self._work, self._asked
        record = work.make(values)

        def job(_task: object) -> Sequence[Problem] | Changes:
            found = [one for one in work.check(ledger, record) if one.severity is not Severity.NOTE]
            if any(one.severity is Severity.ERROR for one in found) or (found and found != asked):
                return found
            return work.store(ledger, record)

        self._desk.tasks.run("ledger", job, self._answered, self.refuse, owner=self)

    def _answered(self, answer: Sequence[Problem] | Changes) -> None:
        if isinstance(answer, Changes):
            self._drop_draft()
            self.accept()
            self._desk.saved()
            self._work.done(answer)
            return
        self.primary.setEnabled(True)
        blocking = [one for one in answer if one.severity is Severity.ERROR]
        self._asked = () if blocking else answer
        self._show(blocking or answer)
        self.notice.say(text("record.faulty" if blocking else "record.sure"), "late" if blocking else "missing")

    def _show(self, problems: Sequence[Problem]) -> None:
        """Each under its field; what belongs to no field shown here stands under the first."""
        first = next(iter(self.fields))
        said: dict[str, list[str]] = {}
        for one in problems:
            place = one.field if one.field in self.fields else first
            said.setdefault(place, []).append(problem_text(one.code, **one.params))
        for key, field in self.fields.items():
            field.show_problem("".join(said.get(key, ())))
        faulty = next((key for key in self.fields if key in said), None)
        if faulty is not None:
            self.editors[faulty].setFocus()

    def reject(self) -> None:
        """Cancelled: the draft is not wanted either."""
        self._drop_draft()
        super().reject()

    def _drop_draft(self) -> None:
        if not self._has_draft:
            return
        self._has_draft = False
        ledger, work = self._desk.ledger, self._work
        self._desk.tasks.run("ledger", lambda _task: drafts.discard(ledger, form=work.form, subject_id=work.subject_id))
