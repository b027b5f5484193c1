"""用药情况 and 用药指导: a line a drug, its columns from the form table, names offered while typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from mhdesk.domain import drugs
from mhdesk.forms.spec import FieldSpec
from mhdesk.services import drug_list
from mhdesk.services.drug_list import Book
from mhdesk.text import text
from ui import theme
from ui.forms.drug_cells import DrugCell, NameList
from ui.forms.field import ENTER_KEYS, Field, Mark
from ui.widgets import label

#: More lines than anybody takes drugs; a new one appears under the last that has a name.
MOST_LINES = 12
_DAILY = ("morning", "noon", "night")


class DrugTable(Field):
    """The lines of one purpose. Raw keys: ``drugs_current:1:drug_name``."""

    def __init__(self, item: FieldSpec, name: str, parent: QWidget | None = None) -> None:
        super().__init__(item, name, parent)
        now = theme.current()
        self._columns = item.columns
        self._book = drugs.in_force()
        self._lines: list[dict[str, DrugCell]] = []
        self._proposals: Sequence[Mapping[str, str]] = ()
        self._problem_keys: frozenset[str] = frozenset()
        self._names: NameList | None = None
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(now.space(1), 0, 0, 0)
        self._grid.setHorizontalSpacing(now.space(1))
        self._grid.setVerticalSpacing(now.space(1))
        for place, column in enumerate(self._columns):
            caption = label(text(f"follow_up.drug.{column.key}"), "quiet_small")
            self._grid.addWidget(caption, 0, place)
            self._grid.setColumnStretch(place, 1 if column.key == "drug_name" else 0)
        self._add_line()

    # ---- texts

    def texts(self) -> dict[str, str]:
        """What stands in the cells."""
        return {
            f"{self.item.key}:{line}:{key}": cell.text()
            for line, cells in enumerate(self._lines, start=1)
            for key, cell in cells.items()
            if cell.text()
        }

    def set_texts(self, texts: Mapping[str, str]) -> None:
        """Show other lines."""
        prefix = f"{self.item.key}:"
        wanted: dict[int, dict[str, str]] = {}
        for key, words in texts.items():
            line, _, column = key.removeprefix(prefix).partition(":")
            if key.startswith(prefix) and line.isdigit() and words:
                wanted.setdefault(int(line), {})[column] = words
        lines = [wanted[line] for line in sorted(wanted)]
        while len(self._lines) < min(max(len(lines), 1), MOST_LINES):
            self._add_line()
        for place, cells in enumerate(self._lines):
            given = lines[place] if place < len(lines) else {}
            for key, cell in cells.items():
                cell.show_text(given.get(key, ""))
            self._show_line(place, is_shown=place <= len(lines))
        self._grow()
        self._show_proposals()

    @property
    def names(self) -> list[str]:
        """The drugs' names, in order."""
        return [cells["drug_name"].text() for cells in self._lines if cells["drug_name"].text()]

    # ---- looks

    def set_mark(self, mark: Mark) -> None:
        """Look that way from now on; a doubt marks the cells named by `mark_cells`, else the names."""
        super().set_mark(mark)
        for line, cells in enumerate(self._lines, start=1):
            for key, cell in cells.items():
                is_doubtful = f"{self.item.key}:{line}:{key}" in self._problem_keys
                is_named = bool(cell.text()) or not self.names
                is_doubtful |= mark is Mark.DOUBT and not self._problem_keys and key == "drug_name" and is_named
                state = Mark.DOUBT if is_doubtful else Mark.PLAIN
                cell.set_mark(Mark.CLOSED if mark is Mark.CLOSED and not cell.text() else state)

    def mark_cells(self, keys: frozenset[str]) -> None:
        """Mark these raw keys as doubtful."""
        self._problem_keys = keys

    def set_book(self, book: Book) -> None:
        """Offer the names of this dictionary."""
        self._book = book

    def propose_lines(self, lines: Sequence[Mapping[str, str]]) -> None:
        """Offer whole lines (of the last visit, of 用药情况): the space bar in an empty name takes one over."""
        self._proposals = lines
        self._show_proposals()

    def _show_proposals(self) -> None:
        for place, cells in enumerate(self._lines):
            proposal = self._proposals[place] if place < len(self._proposals) else {}
            cells["drug_name"].setPlaceholderText(proposal.get("drug_name", ""))

    # ---- lines

    def _add_line(self) -> None:
        line = len(self._lines) + 1
        cells: dict[str, DrugCell] = {}
        for place, column in enumerate(self._columns):
            name = text("follow_up.drug.cell", name=self.accessibleName(), line=line, column=column.label)
            cell = DrugCell(self, column, line - 1, name)
            cell.textEdited.connect(lambda _typed, cell=cell: self._on_typed(cell))
            cell.coded.connect(lambda cell=cell: self._on_coded(cell))
            self._grid.addWidget(cell, line, place)
            cells[column.key] = cell
        self._lines.append(cells)
        self.setFocusProxy(self._lines[0]["drug_name"])

    def _show_line(self, place: int, *, is_shown: bool) -> None:
        for cell in self._lines[place].values():
            cell.setVisible(is_shown)

    def _grow(self) -> None:
        """An empty line under the last one that has a name."""
        last = max((place for place, cells in enumerate(self._lines) if cells["drug_name"].text()), default=-1)
        if last + 1 < MOST_LINES:
            if last + 1 >= len(self._lines):
                self._add_line()
                self._show_proposals()
            self._show_line(last + 1, is_shown=True)

    def _on_typed(self, cell: DrugCell) -> None:
        cells = self._lines[cell.line]
        if cell.column.key == "drug_name":
            self._offer(cell)
            self._grow()
        elif cell.column.key == "interval_weeks" and cell.text():
            self._say_long_acting(cells.get("long_acting"))
        self.changed.emit()

    @staticmethod
    def _say_long_acting(cell: DrugCell | None) -> None:
        """“每__周一次” stands on paper behind the word 长效药: to fill it is to say so."""
        if cell is not None and not cell.text():
            cell.show_text("2")

    def _on_coded(self, cell: DrugCell) -> None:
        self.changed.emit()
        self._go_on(cell)

    # ---- names

    def _popup(self) -> NameList:
        if self._names is None:
            self._names = NameList(self.window())
            self._names.taken.connect(self._take_clicked)
        return self._names

    def _offer(self, cell: DrugCell) -> None:
        last = [proposal.get("drug_name", "") for proposal in self._proposals]
        found = drug_list.offers(self._book, cell.text(), last)
        is_known = len(found) == 1 and found[0].drug.generic == cell.text()
        self._popup().show_under(cell, () if is_known else found)

    def _take_clicked(self, _row: int) -> None:
        cell = self.window().focusWidget()
        if isinstance(cell, DrugCell):
            self._take_offer(cell)

    def _take_offer(self, cell: DrugCell) -> bool:
        offer = self._names.choice() if self._names is not None else None
        if offer is None:
            return False
        cell.setText(offer.drug.generic)
        self._popup().hide()
        self._grow()
        self.changed.emit()
        self._go_on(cell)
        return True

    def _take_proposal(self, cell: DrugCell) -> bool:
        place = cell.line
        if cell.text() or place >= len(self._proposals):
            return False
        for key, words in self._proposals[place].items():
            if key in self._lines[place]:
                self._lines[place][key].show_text(words)
        self._grow()
        self.changed.emit()
        empty = [one for one in self._path(cell) if not one.text()]
        self._focus(empty[0] if empty else self._lines[min(place + 1, len(self._lines) - 1)]["drug_name"])
        return True

    # ---- keys

    def enter(self, *, at_end: bool = False) -> None:
        """Take the cursor: the first name, or the first empty one when coming from behind."""
        empty = [cells["drug_name"] for cells in self._lines if not cells["drug_name"].text()]
        self._focus(empty[0] if at_end and empty else self._lines[0]["drug_name"])

    def tidy(self) -> None:
        """The names offered belong to the cell being typed."""
        if self._names is not None:
            self._names.hide()

    def takes_editor_key(self, editor: QWidget, event: QKeyEvent) -> bool:
        """Enter goes through the cells a drug of that sort needs; Enter in an empty name leaves the table."""
        assert isinstance(editor, DrugCell)  # noqa: S101 - only cells are inside
        key, modifiers = event.key(), event.modifiers()
        is_name = editor.column.key == "drug_name"
        offering = self._names is not None and self._names.isVisible()
        if offering and self._takes_offer_key(editor, key):
            return True
        if key == Qt.Key.Key_Space and is_name and not modifiers and self._take_proposal(editor):
            return True
        if key in ENTER_KEYS and not modifiers & ~Qt.KeyboardModifier.KeypadModifier:
            if is_name and not editor.text():
                self.next_wanted.emit()
            else:
                self._go_on(editor)
            return True
        if key in ENTER_KEYS and modifiers & Qt.KeyboardModifier.ShiftModifier:
            self._step(editor, -1)
            return True
        if key in {Qt.Key.Key_Up, Qt.Key.Key_Down} and not modifiers:
            self._step_line(editor, -1 if key == Qt.Key.Key_Up else 1)
            return True
        return super().takes_editor_key(editor, event)

    def _takes_offer_key(self, cell: DrugCell, key: int) -> bool:
        if key in {Qt.Key.Key_Up, Qt.Key.Key_Down}:
            self._popup().move_choice(-1 if key == Qt.Key.Key_Up else 1)
            return True
        if key == Qt.Key.Key_Escape:
            self.tidy()
            return True
        return key in {*ENTER_KEYS, Qt.Key.Key_Tab} and self._take_offer(cell)

    def focusNextPrevChild(self, next: bool) -> bool:  # noqa: A002, FBT001 - Qt's signature
        """Tab goes from cell to cell."""
        cell = self.focusWidget()
        if isinstance(cell, DrugCell):
            if next and cell.column.key == "drug_name" and self._take_offer(cell):
                return True
            self._step(cell, 1 if next else -1)
            return True
        return super().focusNextPrevChild(next)

    def _path(self, cell: DrugCell) -> list[DrugCell]:
        """The cells of a line that its drug needs: doses of the day, or those of a long-acting injection."""
        cells = self._lines[cell.line]
        drug = self._book.find(cells["drug_name"].text())
        known = drug is not None and "morning" in cells and "interval_weeks" in cells
        if known and drug is not None and drug.long_acting:
            return [one for key, one in cells.items() if key not in {*_DAILY, "long_acting"}]
        daily = any(cells[key].text() for key in _DAILY if key in cells)
        if known or daily:
            return [one for key, one in cells.items() if key not in {"long_acting", "interval_weeks", "dose"}]
        return list(cells.values())

    def _go_on(self, cell: DrugCell) -> None:
        path = self._path(cell)
        place = path.index(cell) if cell in path else -1
        if 0 <= place < len(path) - 1:
            self._focus(path[place + 1])
        elif cell.line + 1 < len(self._lines):
            self._focus(self._lines[cell.line + 1]["drug_name"])
        else:
            self.next_wanted.emit()

    def _step(self, cell: DrugCell, step: int) -> None:
        shown = [one for cells in self._lines for one in cells.values() if not one.isHidden()]
        place = shown.index(cell) + step
        leaves = step > 0 and cell.column.key == "drug_name" and not cell.text()
        if leaves or place >= len(shown):
            self.next_wanted.emit()
        elif place < 0:
            self.back_wanted.emit()
        else:
            self._focus(shown[place])

    def _step_line(self, cell: DrugCell, step: int) -> None:
        place = cell.line + step
        if 0 <= place < len(self._lines) and not self._lines[place]["drug_name"].isHidden():
            self._focus(self._lines[place][cell.column.key])
        else:
            (self.up_wanted if step < 0 else self.down_wanted).emit()

    def _focus(self, cell: DrugCell) -> None:
        cell.setFocus(Qt.FocusReason.TabFocusReason)
