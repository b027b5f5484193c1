"""What the register can do besides showing: saved lists as pills, bulk edit, merging, columns remembered."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMenu

from mhdesk.domain.changes import Changes
from mhdesk.domain.merge import SavedList
from mhdesk.services import patients, saved_lists
from mhdesk.services.patients import RegisterFilter
from mhdesk.text import text
from ui import messages
from ui.dialogs.ask import Ask, AskDialog
from ui.widgets import PlainButton

if TYPE_CHECKING:
    from ui.pages.patients import PatientsPage

PAGE = "patients"
_PREFIX = "saved:"
_TWO = 2


class RegisterTools(QObject):
    """Belongs to the register page and works on its pills, filters and table."""

    def __init__(self, page: PatientsPage, fixed: Mapping[str, RegisterFilter]) -> None:
        super().__init__(page)
        self._page, self._fixed = page, fixed
        self._desk = page.desk
        self._saved: dict[str, SavedList] = {}
        self._brought_filters = False
        self.button: PlainButton = page.header.add_action(text("lists.more"), "ellipsis", self.open_menu)
        page.table.columns_changed.connect(self._keep_columns)
        page.table.view.set_more_actions(self._row_actions)

    # ---- lists

    def base(self, key: str) -> RegisterFilter:
        """What a pill filters by."""
        saved = self._saved.get(key)
        return saved_lists.to_filter(saved.query) if saved is not None else self._fixed.get(key, RegisterFilter())

    def refresh(self) -> None:
        """Read the saved lists and the columns of this user."""
        ledger = self._desk.ledger

        def job(_task: object) -> tuple[list[SavedList], dict[int, int], list[str]]:
            lists = saved_lists.listed(ledger, PAGE)
            return lists, saved_lists.counts(ledger, PAGE), saved_lists.columns(ledger, PAGE)

        self._desk.tasks.run("ledger", job, lambda found: self._show(*found), key="saved_lists", owner=self)

    def _show(self, lists: Sequence[SavedList], counts: Mapping[int, int], columns: Sequence[str]) -> None:
        bar = self._page.lists
        chosen = bar.key()
        fresh = {f"{_PREFIX}{one.id}": one for one in lists}
        for key in self._saved.keys() - fresh.keys():
            bar.remove(key)
        for key, one in fresh.items():
            if key not in self._saved:
                bar.add(key, one.name)
            bar.set_count(key, counts.get(one.id or 0, 0))
        is_gone = chosen in self._saved and chosen not in fresh
        self._saved = fresh
        if columns and (chosen is None or not chosen.startswith(_PREFIX)):
            self._page.table.view.show_columns(columns)
        if is_gone:
            bar.choose("registered")
            self._page.ask_again()

    def choose(self, key: str) -> None:
        """A pill was chosen: bring its filters, order and columns."""
        saved = self._saved.get(key)
        page = self._page
        if saved is None:
            if self._brought_filters:  # those of a saved list go with it; what the doctor typed stays
                page.show_filters(unit_id=None, words="")
            self._brought_filters = False
            return
        self._brought_filters = True
        chosen = saved_lists.to_filter(saved.query)
        page.show_filters(unit_id=chosen.unit_id, words=chosen.text)
        sort = saved.query.get("sort")
        page.table.view.sort_by(sort, is_descending=bool(saved.query.get("descending")))
        columns = [one for one in saved.query.get("columns", "").split(",") if one]
        if columns:
            page.table.view.show_columns(columns)

    def ask_name(self) -> None:
        """Keep what is shown now under a name."""
        model, columns = self._page.table.model, self._page.table.view.kept_columns()
        query = saved_lists.to_query(
            self._page.chosen(),
            sort=model.query.sort_key or "",
            descending=model.query.is_descending,
            columns=columns,
        )
        whom = [("me", text("lists.only_me")), ("all", text("lists.everybody"))]
        asks = [
            Ask("name", text("lists.name"), is_required=True),
            Ask("whom", text("lists.for_whom"), "choice", "me", whom),
        ]
        AskDialog(
            self._desk,
            text("lists.save_title"),
            text("lists.save_verb"),
            asks,
            lambda dialog, values: self._save(dialog, values, query),
            parent=self._page,
        ).open()

    def _save(self, dialog: AskDialog, values: Mapping[str, Any], query: Mapping[str, str]) -> None:
        ledger, name, for_everybody = self._desk.ledger, str(values["name"]), values["whom"] == "all"

        def done(result: tuple[int, Changes]) -> None:
            dialog.accept()
            self._stored(result[1])

        self._desk.tasks.run(
            "ledger",
            lambda _task: saved_lists.save(ledger, page=PAGE, name=name, query=query, for_everybody=for_everybody),
            done,
            dialog.refuse,
            owner=dialog,
        )

    def _ask_delete(self, saved: SavedList) -> None:
        messages.confirm(
            self._page.window(),
            title=text("lists.delete_verb"),
            sentence=text("lists.delete_sure", name=saved.name),
            verb=text("lists.delete_verb"),
            on_yes=lambda: self._delete(saved.id or 0),
            is_dangerous=True,
        )

    def _delete(self, list_id: int) -> None:
        ledger = self._desk.ledger
        self._desk.tasks.run("ledger", lambda _task: saved_lists.delete(ledger, list_id), self._stored, owner=self)

    def _stored(self, changes: Changes) -> None:
        self._desk.saved()
        self._desk.changes.publish(changes, source=self._page)
        self.refresh()

    def _keep_columns(self, keys: Sequence[str]) -> None:
        ledger, chosen = self._desk.ledger, list(keys)
        job = lambda _task: saved_lists.keep_columns(ledger, PAGE, chosen)  # noqa: E731 - one line, used once
        self._desk.tasks.run("ledger", job, key="columns", owner=self)

    # ---- menus

    def _row_actions(self) -> list[tuple[str, Callable[[], object] | None]]:
        """What the selected rows can do, for the right button's menu; None: nothing now."""
        ids = self._page.table.view.selected_ids()
        bulk = text("lists.bulk", count=len(ids)) if ids else text("lists.bulk_none")
        return [
            (bulk, (lambda: self._desk.open_page("bulk", ids=tuple(ids))) if ids else None),
            (
                text("lists.merge"),
                (lambda: self._desk.open_page("merge", left=ids[0], right=ids[1])) if len(ids) == _TWO else None,
            ),
            (text("lists.void"), (lambda: self.ask_void(ids[0])) if len(ids) == 1 else None),
        ]

    def ask_void(self, patient_id: int) -> None:
        """Ask why a file is taken out; it lies in the recycle bin afterwards."""
        ledger = self._desk.ledger

        def submit(dialog: AskDialog, values: Mapping[str, Any]) -> None:
            reason = str(values["reason"])

            def done(changes: Changes) -> None:
                dialog.accept()
                self._desk.saved()
                self._desk.changes.publish(changes, source=self)

            job = functools.partial(patients.void, ledger, patient_id, reason=reason)
            self._desk.tasks.run("ledger", lambda _task: job(), done, dialog.refuse, owner=dialog)

        asked = [Ask("reason", text("lists.void_reason"), hint=text("lists.void_hint"), is_required=True)]
        title, verb = text("lists.void_title"), text("lists.void_verb")
        sentence = text("lists.void_sentence")
        AskDialog(self._desk, title, verb, asked, submit, sentence=sentence, parent=self._page).open()

    def open_menu(self) -> None:
        """更多."""
        menu = self.make_menu()
        menu.popup(self.button.mapToGlobal(self.button.rect().bottomLeft()))

    def make_menu(self) -> QMenu:
        """The menu of 更多."""
        menu = QMenu(self._page)
        menu.addAction(text("lists.save"), self.ask_name)
        saved = self._saved.get(self._page.lists.key() or "")
        if saved is not None:
            menu.addAction(text("lists.delete", name=saved.name), lambda: self._ask_delete(saved))
        menu.addSeparator()
        for words, slot in self._row_actions():
            menu.addAction(words, slot or (lambda: None)).setEnabled(slot is not None)
        menu.addSeparator()
        for key in ("transfers", "duplicates", "quality", "past_imports", "recycle"):
            menu.addAction(text(f"lists.{key}"), functools.partial(self._desk.open_page, key))
        menu.aboutToHide.connect(menu.deleteLater)
        return menu
