"""One row of the form: number, name, the codes in words, the boxes at the right edge, a sentence below when needed."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QContextMenuEvent, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QMenu, QWidget

from mhdesk.forms.spec import FieldSpec
from mhdesk.text import text
from ui import theme
from ui.forms.boxes import BoxField
from ui.forms.code_words import CodeWord, CodeWords
from ui.forms.codes import CodeField, CodesField
from ui.forms.counted import CountedCodesField
from ui.forms.field import Field, Mark
from ui.widgets import label, restyle

_NUMBER_CHARACTERS, _NAME_CHARACTERS = 2.2, 9.5
_NUMBER, _NAME, _WORDS, _BOXES = range(4)


def optional_text(key: str, words: str = "follow_up") -> str:
    """A text of the page (of the table `words`) that not every item has."""
    try:
        return text(f"{words}.{key}")
    except KeyError:
        return ""


def item_name(item: FieldSpec, words: str = "follow_up") -> str:
    """The name on the row: the printed one, or a shorter one where the row has no room for it."""
    return optional_text(f"name.{item.key}", words) or item.label


def short_name(item: FieldSpec, words: str = "follow_up") -> str:
    """The shortest name: the caption of its box on a shared row."""
    return optional_text(f"caption.{item.key}", words) or item_name(item, words)


def _code_words(items: Sequence[FieldSpec], words: str) -> list[CodeWord]:
    """The codes of the row's items; those that only some of its items have stand at the end."""
    found: dict[str, CodeWord] = {}
    for item in items:
        for entry in item.codes.entries if item.codes is not None else ():
            key = f"code.{item.codes.name if item.codes else ''}.{entry.code}"
            word = optional_text(key, words) or entry.label
            found.setdefault(entry.code, CodeWord(entry.code, word, entry.help))
    return list(found.values())


class FieldRow(QWidget):
    """A row of one item, or of several short ones. `below`: texts that open under it."""

    def __init__(
        self, fields: Sequence[Field], below: Sequence[Field], words: str = "follow_up", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        now = theme.current()
        self.fields, self.below = fields, below
        self._table = words
        self.words: CodeWords | None = None
        self._captions: list[QLabel] = []
        self._below_names: dict[str, QLabel] = {}
        self._sentences: dict[str, str] = {}
        self._boxes: QWidget | None = None
        self._is_stacked = False
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, now.space(1), 0, now.space(1))
        self._grid.setHorizontalSpacing(0)
        self._grid.setVerticalSpacing(now.space(1))
        self._grid.setColumnMinimumWidth(_NUMBER, now.em(_NUMBER_CHARACTERS))
        # words are drawn a little inside their place, so that a chosen one has its soft colour all around
        self._grid.setColumnMinimumWidth(_NAME, now.em(_NAME_CHARACTERS) - now.space(1))
        self._grid.setColumnStretch(_WORDS, 1)
        self._number = label(self._numbers(), "quiet")
        self._name = label(self._names())
        self._sentence = label("", "doubt", wrap=True)
        self._sentence.setContentsMargins(now.space(1), 0, 0, 0)
        self._sentence.hide()
        self._flag = label("", "quiet", wrap=True)  # 疑问: somebody's note about the item
        self._flag.setContentsMargins(now.space(1), 0, 0, 0)
        self._flag.hide()
        self._flag_menu: Callable[[str], object] | None = None
        self._lay_out()

    def _numbers(self) -> str:
        return self.fields[0].item.number

    def _names(self) -> str:
        if len(self.fields) == 1:
            return item_name(self.fields[0].item, self._table)
        first = self.fields[0].item
        joined = "、".join(item_name(one.item, self._table) for one in self.fields)
        return optional_text(f"row.{first.key}", self._table) or first.group or joined

    def _lay_out(self) -> None:
        now = theme.current()
        top = Qt.AlignmentFlag.AlignTop
        has_boxes = all(isinstance(field, BoxField) for field in self.fields)
        for part in (self._number, self._name):
            part.setMinimumHeight(now.size("box" if has_boxes else "button"))
        self._grid.addWidget(self._number, 0, _NUMBER, top)
        self._grid.addWidget(self._name, 0, _NAME, top)
        if has_boxes:
            self._lay_out_boxes()
        else:
            self._grid.addWidget(self.fields[0], 0, _WORDS, 1, 2)
        for place, field in enumerate(self.below, start=2):
            caption = label(item_name(field.item, self._table), "quiet")
            self._below_names[field.item.key] = caption
            self._grid.addWidget(caption, place, _NAME)
            self._grid.addWidget(field, place, _WORDS, 1, 2)
        self._grid.addWidget(self._sentence, len(self.below) + 2, _WORDS, 1, 2)
        self._grid.addWidget(self._flag, len(self.below) + 3, _WORDS, 1, 2)

    def _lay_out_boxes(self) -> None:
        now = theme.current()
        items = [field.item for field in self.fields]
        self.words = CodeWords(_code_words(items, self._table), optional_text(f"note.{items[0].key}", self._table))
        holder = QWidget()
        line = QHBoxLayout(holder)
        line.setContentsMargins(now.space(4), 0, 0, 0)
        line.setSpacing(now.space(1))
        for field in self.fields:
            if len(self.fields) > 1:
                caption = label(short_name(field.item, self._table), "quiet")
                caption.setContentsMargins(now.space(2), 0, 0, 0)
                self._captions.append(caption)
                line.addWidget(caption)
            line.addWidget(field)
        self._boxes = holder
        padding = QWidget()
        inside = QHBoxLayout(padding)
        inside.setContentsMargins(0, (now.size("box") - self.words.line_height) // 2, 0, 0)
        inside.addWidget(self.words)
        self._grid.addWidget(padding, 0, _WORDS, Qt.AlignmentFlag.AlignTop)
        self._grid.addWidget(holder, 0, _BOXES, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignRight)
        if len(self.fields) == 1:
            self.words.chosen.connect(self._choose)
        self.mark_words()

    def _choose(self, digits: str) -> None:
        field = self.fields[0]
        if isinstance(field, CodeField | CodesField | CountedCodesField):
            field.setFocus(Qt.FocusReason.MouseFocusReason)
            field.choose(digits)

    # ---- state

    def mark_words(self) -> None:
        """Draw the chosen codes in ink."""
        if self.words is not None and len(self.fields) == 1:
            field = self.fields[0]
            self.words.mark_chosen(field.chosen_codes() if isinstance(field, BoxField) else ())

    def show_marks(self) -> None:
        """Grey where nothing may stand, or nothing is asked."""
        closed = all(field.mark in {Mark.CLOSED, Mark.WAIVED} for field in self.fields)
        for part in (self._name, *self._captions):
            restyle(part, "role", "closed" if closed else ("body" if part is self._name else "quiet"))
        restyle(self._number, "role", "closed" if closed else "quiet")
        if self.words is not None:
            self.words.set_closed(is_closed=closed)
            self.mark_words()

    def show_below(self, key: str, *, is_shown: bool) -> None:
        """Open or close a text under the row."""
        self._below_names[key].setVisible(is_shown)
        next(field for field in self.below if field.item.key == key).setVisible(is_shown)

    def show_sentences(self, sentences: Mapping[str, str]) -> None:
        """Say what is doubtful; `sentences` by item key."""
        mine = [sentences[field.item.key] for field in (*self.fields, *self.below) if field.item.key in sentences]
        self._sentence.setText("\n".join(dict.fromkeys(mine)))
        self._sentence.setVisible(bool(mine))

    def show_flag(self, words: str) -> None:
        """Say that somebody doubts the value, and why; nothing takes it away."""
        self._flag.setText(words)
        self._flag.setVisible(bool(words))

    def set_flag_menu(self, ask: Callable[[str], object]) -> None:
        """Let the right button flag the row's items."""
        self._flag_menu = ask

    @property
    def flag(self) -> str:
        """What is said about a doubt."""
        return "" if self._flag.isHidden() else self._flag.text()

    @property
    def sentence(self) -> str:
        """What stands under the row."""
        return "" if self._sentence.isHidden() else self._sentence.text()

    # ---- room

    def _sides(self) -> tuple[QWidget, int, int]:
        """What may move to a line of its own; the width it needs there; the width the line with it needs."""
        now = theme.current()
        fixed = now.em(_NUMBER_CHARACTERS) + now.em(_NAME_CHARACTERS)
        if self._boxes is not None and self.words is not None:
            wide = self._boxes.sizeHint().width()
            return self._boxes, wide, fixed + self.words.minimumWidth() + wide
        wide = self.fields[0].minimumSizeHint().width()
        return self.fields[0], wide, fixed + wide

    def minimumSizeHint(self) -> QSize:
        """The row can be as narrow as its boxes on a line of their own."""
        now = theme.current()
        _, wide, _ = self._sides()
        words = self.words.minimumWidth() if self.words is not None else 0
        least = now.em(_NUMBER_CHARACTERS) + now.em(_NAME_CHARACTERS) + words
        return QSize(max(wide, least), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where words and boxes have no room side by side, the boxes take the next line."""
        super().resizeEvent(event)
        part, _, together = self._sides()
        is_stacked = self.width() < together
        if is_stacked == self._is_stacked:
            return
        self._is_stacked = is_stacked
        self._grid.removeWidget(part)
        right = Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignRight
        if part is self._boxes:
            place = (1, _NUMBER, 1, 4) if is_stacked else (0, _BOXES, 1, 1)
            self._grid.addWidget(part, *place, right)
        else:
            place = (1, _NUMBER, 1, 4) if is_stacked else (0, _WORDS, 1, 2)
            self._grid.addWidget(part, *place)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """The right button's menu: flag an item."""
        if self._flag_menu is None:
            super().contextMenuEvent(event)
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for field in self.fields:
            words = text("doubt.flag") if len(self.fields) == 1 else text("doubt.flag_one", item=short_name(field.item))
            menu.addAction(words, functools.partial(self._flag_menu, field.item.key))
        menu.popup(event.globalPos())
