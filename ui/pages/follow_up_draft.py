"""Keeps what is typed: a moment after each change, on leaving and on locking, inside the encrypted ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from PySide6.QtCore import QObject, QTimer, Signal

from mhdesk.domain.errors import UserError
from mhdesk.domain.task import Task
from mhdesk.services import drafts, follow_ups
from ui.pages.base import Desk

PAUSE_MS = 1000


@dataclass
class OpenSheet:
    """A sheet being typed: whose, and whether it has been stored.

    `is_recorded` is set and read on the ledger's thread only: a draft waiting behind the record is not written.
    """

    patient_id: int
    follow_up_id: int | None = None
    is_recorded: bool = False

    @property
    def form(self) -> str:
        """The draft's form: a correction has a draft of its own."""
        return follow_ups.FORM if self.follow_up_id is None else f"{follow_ups.FORM}:{self.follow_up_id}"


@dataclass
class OpenForm(OpenSheet):
    """Another form being typed: `name` is its draft's form, `patient_id` the draft's subject, whatever that is."""

    name: str = ""

    @property
    def form(self) -> str:
        """The draft's form."""
        return self.name


class DraftKeeper(QObject):
    """Writes the draft of one open sheet at a time."""

    saved = Signal(str)
    failed = Signal()

    def __init__(self, desk: Desk, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self._sheet: OpenSheet | None = None
        self._texts: dict[str, str] = {}
        self._stored: dict[str, str] = {}
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self.flush)

    def watch(self, sheet: OpenSheet, texts: Mapping[str, str]) -> None:
        """Another sheet is open; these texts need no draft (a fresh sheet, or a draft just restored)."""
        self._sheet, self._texts, self._stored = sheet, dict(texts), dict(texts)
        self._pause.stop()

    def note(self, texts: Mapping[str, str]) -> None:
        """Something was typed."""
        self._texts = dict(texts)
        if self._texts != self._stored:
            self._pause.start()

    def flush(self) -> None:
        """Write the draft now, if anything was typed since."""
        self._pause.stop()
        sheet, texts, ledger = self._sheet, self._texts, self._desk.ledger
        if sheet is None or texts == self._stored:
            return
        self._stored = texts

        def job(_task: Task) -> bool:
            if sheet.is_recorded:
                return False
            drafts.save(ledger, form=sheet.form, subject_id=sheet.patient_id, values=texts)
            return True

        key = f"draft:{sheet.form}:{sheet.patient_id}"
        self._desk.tasks.run("ledger", job, self._on_saved, self._on_error, key=key, owner=self)

    def forget(self) -> None:
        """The sheet is stored, or the draft is not wanted: write nothing more."""
        self._pause.stop()
        self._sheet = None

    def _on_saved(self, was_written: bool) -> None:  # noqa: FBT001 - the job's result
        if was_written:
            self.saved.emit(datetime.now().astimezone().strftime("%H:%M"))

    def _on_error(self, error: BaseException) -> None:
        self._stored = {}  # try again at the next change
        self.failed.emit()
        if not isinstance(error, UserError):
            self._desk.tasks.report(error)
