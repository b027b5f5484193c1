"""疑问 while a form is typed: Ctrl+D, or the right button on a row, flags the item with a note.

A stored record is flagged at once. Of one that is not stored yet the notes wait in its draft and are stored with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject
from PySide6.QtGui import QKeySequence, QShortcut

from mhdesk.domain.changes import Changes
from mhdesk.services import quality
from mhdesk.text import text
from ui.dialogs.ask import Ask, AskDialog
from ui.forms.form_view import FormView
from ui.forms.row import item_name
from ui.pages.base import Desk, Page

if TYPE_CHECKING:
    from mhdesk.services.access import Ledger

_PREFIX = "?"


class FormDoubts(QObject):
    """The doubts about one open form of a page."""

    def __init__(self, desk: Desk, page: Page, kind: str, note_typed: Callable[[], object]) -> None:
        super().__init__(page)
        self._desk, self._page, self._kind, self._note_typed = desk, page, kind, note_typed
        self._view: FormView | None = None
        self._id: int | None = None
        self._name = ""
        self._waiting: dict[str, str] = {}
        self._known: dict[str, str] = {}
        shortcut = QShortcut(QKeySequence("Ctrl+D"), page)
        shortcut.activated.connect(self.ask)

    def watch(self, view: FormView | None, object_id: int | None, name: str, texts: Mapping[str, str]) -> None:
        """Another form is open; `texts` may hold notes a draft kept."""
        if view is not None and view is not self._view:
            for key in view.fields:
                view.row_of(key).set_flag_menu(self.ask_about)
        self._view, self._id, self._name = view, object_id, name
        self._known = {}
        self._waiting = {key.removeprefix(_PREFIX): note for key, note in texts.items() if key.startswith(_PREFIX)}
        self._show()
        if object_id is not None:
            self._read()

    def texts(self) -> dict[str, str]:
        """The notes that wait, for the draft."""
        return {f"{_PREFIX}{key}": note for key, note in self._waiting.items()}

    def waiting(self) -> dict[str, str]:
        """The notes that are to be stored with the record, by item."""
        return dict(self._waiting)

    def ask(self) -> None:
        """Flag the item the cursor is in."""
        if self._view is not None and self._view.here is not None:
            self.ask_about(self._view.here.item.key)

    def ask_about(self, key: str) -> None:
        """Ask what is doubtful about an item."""
        view = self._view
        if view is None or key not in view.fields:
            return
        asked = [Ask("note", text("doubt.note"), "long", self._waiting.get(key, ""), hint=text("doubt.note_hint"))]
        item = item_name(view.fields[key].item)
        about = text("doubt.about", name=self._name, item=item) if self._name else item
        AskDialog(
            self._desk,
            text("doubt.title"),
            text("doubt.store"),
            asked,
            lambda dialog, values: self._take(dialog, key, values),
            sentence=about,
            parent=self._page,
        ).open()

    def _take(self, dialog: AskDialog, key: str, values: Mapping[str, Any]) -> None:
        note = str(values["note"] or "").strip()
        if self._id is None:
            self._waiting.pop(key, None)
            if note:
                self._waiting[key] = note
            dialog.accept()
            self._show()
            self._note_typed()
            return
        ledger, object_id, kind = self._desk.ledger, self._id, self._kind

        def done(result: tuple[int, Changes]) -> None:
            dialog.accept()
            self._desk.saved()
            self._desk.changes.publish(result[1], source=self._page)
            self._read()

        self._desk.tasks.run(
            "ledger",
            lambda _task: quality.doubt(ledger, object_kind=kind, object_id=object_id, field=key, note=note),
            done,
            dialog.refuse,
            owner=dialog,
        )

    def _read(self) -> None:
        ledger, object_id, kind = self._desk.ledger, self._id or 0, self._kind

        def show(found: dict[str, str]) -> None:
            if self._id == object_id:
                self._known = found
                self._show()

        self._desk.tasks.run(
            "ledger",
            lambda _task: quality.doubts_about(ledger, object_kind=kind, object_id=object_id),
            show,
            key=f"doubts:{kind}",
            owner=self._page,
        )

    def _show(self) -> None:
        view = self._view
        if view is None:
            return
        notes = self._known | self._waiting
        for key in view.fields:
            row = view.row_of(key)
            mine = [notes[field.item.key] for field in (*row.fields, *row.below) if field.item.key in notes]
            row.show_flag(text("doubt.on_row", note="；".join(mine)) if mine else "")


def store(ledger: Ledger, kind: str, object_id: int, notes: Mapping[str, str]) -> None:
    """Store the notes that waited for their record. For the ledger's lane."""
    for key, note in notes.items():
        quality.doubt(ledger, object_kind=kind, object_id=object_id, field=key, note=note)
