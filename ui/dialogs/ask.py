"""A small form in a dialog: some fields, one verb. What was typed stays until the ledger has taken it.

    AskDialog(desk, title, verb, [Ask("reason", "原因", is_required=True), Ask("on", "日期", "date")], submit).open()

`submit(dialog, values)` starts the job; it calls `dialog.accept` when done and `dialog.refuse` with the error.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QButtonGroup, QCheckBox, QComboBox, QDialog, QLineEdit, QPlainTextEdit, QWidget

from mhdesk.domain.dates import PartialDate
from mhdesk.domain.errors import RecordRefused, UserError
from mhdesk.domain.problems import Severity
from mhdesk.forms.read_dates import DateFault, read_date
from mhdesk.services.drug_list import Book
from mhdesk.text import error_text, problem_text, text
from ui import theme
from ui.forms.drug_names import DrugNameEdit
from ui.forms.typist import plain_digit
from ui.pages.base import Desk
from ui.widgets import (
    ChoiceButton,
    FlowLayout,
    LabelledField,
    Notice,
    PlainButton,
    PrimaryButton,
    ScrollBody,
    column,
    label,
    row,
)

Kind = Literal["text", "long", "date", "partial_date", "number", "whole", "choice", "many", "digits", "drug"]
Values = Mapping[str, Any]
_PLAIN_NUMBER = re.compile(r"[+-]?[0-9]{1,9}(?:\.[0-9]{1,6})?")
_AFTER = re.compile(r"\+\s*([0-9]{1,3})")
_WIDTH_CHARACTERS = 34
_WIDTH_CHARACTERS_BESIDE = 46
_LONG_LINES = 3
_SHARE_OF_SCREEN = 0.55  # what the fields may take before they scroll


@dataclass(frozen=True)
class Ask:
    """One field. `choices`: (key, words) for "choice" and "digits"; a digit typed chooses by its key and submits.

    "drug" offers names of the dictionary while one is typed; "number" takes 12 and 12.5, "whole" 12 only; "many" are
    boxes to tick, its value the ticked keys. `is_beside`: it stands on the line of the field before it.
    """

    key: str
    words: str
    kind: Kind = "text"
    value: str = ""
    choices: Sequence[tuple[str, str]] = ()
    hint: str = ""
    is_required: bool = False
    is_beside: bool = False


class DigitList(QWidget):
    """Answers with their digits, as on paper. A digit typed while the cursor is here chooses one."""

    chosen = Signal(str)

    def __init__(self, choices: Sequence[tuple[str, str]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._buttons: dict[str, ChoiceButton] = {}
        group = QButtonGroup(self)
        lines = column(space=1)
        for key, words in choices:
            button = ChoiceButton(f"{key}  {words}")
            button.setCheckable(True)
            button.setAutoDefault(False)
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            button.clicked.connect(lambda _checked, key=key: self.chosen.emit(key))
            group.addButton(button)
            self._buttons[key] = button
            lines.addWidget(button)
        self.setLayout(lines)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, False)  # a digit is a digit

    def key(self) -> str:
        """The chosen answer, "" while there is none."""
        return next((key for key, button in self._buttons.items() if button.isChecked()), "")

    def choose(self, key: str) -> None:
        """Choose without telling."""
        if key in self._buttons:
            self._buttons[key].setChecked(True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """A digit chooses."""
        digit = plain_digit(event.text())
        if digit in self._buttons:
            self._buttons[digit].setChecked(True)
            self.chosen.emit(digit)
        else:
            super().keyPressEvent(event)


class TickList(QWidget):
    """Boxes to tick, side by side, wrapping."""

    def __init__(self, choices: Sequence[tuple[str, str]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._boxes = {key: QCheckBox(words) for key, words in choices}
        flow = FlowLayout(space=3)
        for box in self._boxes.values():
            flow.addWidget(box)
        self.setLayout(flow)
        for box in self._boxes.values():
            self.setFocusProxy(box)  # Tab goes on from the first
            break

    def keys(self) -> tuple[str, ...]:
        """The ticked ones."""
        return tuple(key for key, box in self._boxes.items() if box.isChecked())

    def choose(self, keys: Sequence[str]) -> None:
        """Tick these and no others."""
        for key, box in self._boxes.items():
            box.setChecked(key in keys)


class AskDialog(QDialog):
    """Fields below each other, 取消 and the verb at the right."""

    def __init__(
        self,
        desk: Desk,
        title: str,
        verb: str,
        asks: Sequence[Ask],
        submit: Callable[[AskDialog, Values], object],
        *,
        sentence: str = "",
        drug_book: Book | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        now = theme.current()
        self._desk, self._asks, self._submit = desk, {one.key: one for one in asks}, submit
        self._drug_book = drug_book
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(True)
        self.notice = Notice()
        self.editors: dict[str, QWidget] = {one.key: self._editor(one) for one in asks}
        self.fields = {one.key: LabelledField(one.words, self.editors[one.key], one.hint) for one in asks}
        self.primary = PrimaryButton(verb, None, self.send)
        self.primary.setDefault(True)
        said = label(sentence, "quiet", wrap=True)
        said.setVisible(bool(sentence))
        whole = ScrollBody()
        for line in _lines(asks):
            held = row(*(self.fields[one.key] for one in line), space=4)
            for one in line:
                held.setStretchFactor(self.fields[one.key], 1)
                held.setAlignment(self.fields[one.key], Qt.AlignmentFlag.AlignTop)
            whole.body.addLayout(held)
        wide = now.em(_WIDTH_CHARACTERS_BESIDE if any(one.is_beside for one in asks) else _WIDTH_CHARACTERS)
        inside = max(whole.body.sizeHint().height(), whole.body.totalHeightForWidth(wide - 2 * now.space(5)))
        whole.setMinimumHeight(min(inside, round(self.screen().availableSize().height() * _SHARE_OF_SCREEN)))
        lines = column(label(title, "section"), said, self.notice, whole, space=3)
        lines.setContentsMargins(now.space(5), now.space(5), now.space(5), now.space(4))
        lines.addLayout(row(None, PlainButton(text("message.cancel"), None, self.reject), self.primary, space=3))
        self.setLayout(lines)
        self.setMinimumWidth(wide)
        next(iter(self.editors.values())).setFocus()

    def _editor(self, ask: Ask) -> QWidget:
        if ask.kind == "digits":
            digits = DigitList(ask.choices)
            digits.choose(ask.value)
            digits.chosen.connect(lambda _key: self.send())
            return digits
        if ask.kind == "choice":
            box = QComboBox()
            for key, words in ask.choices:
                box.addItem(words, key)
            box.setCurrentIndex(max(0, box.findData(ask.value)))
            return box
        if ask.kind == "long":
            long = QPlainTextEdit(ask.value)
            long.setTabChangesFocus(True)
            long.setFixedHeight(theme.current().size("row") * _LONG_LINES)
            return long
        if ask.kind == "many":
            many = TickList(ask.choices)
            many.choose(ask.value.split(","))
            return many
        if ask.kind == "drug":
            drug = DrugNameEdit(self._drug_book)
            drug.setText(ask.value)
            return drug
        return QLineEdit(ask.value)

    def texts(self) -> dict[str, str]:
        """Everything that stands in the fields, by key: what a draft keeps."""
        return {key: self.raw(key) for key in self._asks}

    def set_texts(self, texts: Mapping[str, str]) -> None:
        """Put a draft back."""
        for key, words in texts.items():
            match self.editors.get(key):
                case DigitList() as digits:
                    digits.choose(words)
                case TickList() as many:
                    many.choose(words.split(","))
                case QComboBox() as box:
                    box.setCurrentIndex(max(0, box.findData(words)))
                case QWidget():
                    self.put(key, words)

    def raw(self, key: str) -> str:
        """What stands in a field."""
        match self.editors[key]:
            case DigitList() as digits:
                return digits.key()
            case TickList() as many:
                return ",".join(many.keys())
            case QComboBox() as box:
                return str(box.currentData() or "")
            case QPlainTextEdit() as long:
                return long.toPlainText().strip()
            case QLineEdit() as line:
                return line.text().strip()
        return ""

    def put(self, key: str, words: str) -> None:
        """Write into a text field."""
        editor = self.editors[key]
        if isinstance(editor, QLineEdit):
            editor.setText(words)
        elif isinstance(editor, QPlainTextEdit):
            editor.setPlainText(words)

    def values(self) -> Values | None:
        """What the fields mean; None when one of them must be corrected, which is then marked."""
        found: dict[str, Any] = {}
        faulty: list[str] = []
        for key, ask in self._asks.items():
            value, problem = self._read(ask, self.raw(key))
            self.fields[key].show_problem(problem)
            found[key] = value
            if problem:
                faulty.append(key)
        if faulty:
            self.editors[faulty[0]].setFocus()
            return None
        return found

    def _read(self, ask: Ask, raw: str) -> tuple[Any, str]:
        """(value, problem in words)."""
        if not raw:
            return None, text("ask.required") if ask.is_required else ""
        if ask.kind in {"number", "whole"}:
            return _read_number(raw, is_whole=ask.kind == "whole")
        if ask.kind not in {"date", "partial_date"}:
            return (tuple(raw.split(",")) if ask.kind == "many" else raw), ""
        today = self._desk.today()
        if after := _AFTER.fullmatch(raw):
            return today + timedelta(days=int(after[1])), ""
        day = read_date(raw, today=today)
        if isinstance(day, DateFault):
            return None, text("ask.no_date")
        value: date | PartialDate | None = day if ask.kind == "partial_date" else day.exact
        return value, "" if value is not None else text("ask.whole_date")

    def send(self) -> None:
        """Hand the values over, once: a second press while the ledger is at work does nothing."""
        values = self.values() if self.primary.isEnabled() else None
        if values is not None:
            self.notice.clear()
            self.primary.setEnabled(False)
            self._submit(self, values)

    def refuse_problems(self, error: RecordRefused) -> None:
        """The record has faults: each is named under its field, or on top where it belongs to none."""
        self.primary.setEnabled(True)
        blocking = [one for one in error.problems if one.severity is Severity.ERROR]
        for key in reversed(self.fields):
            said = "".join(problem_text(one.code, **one.params) for one in blocking if one.field == key)
            self.fields[key].show_problem(said)
            if said:
                self.editors[key].setFocus()
        others = [problem_text(one.code, **one.params) for one in blocking if one.field not in self.fields]
        if others:
            self.notice.say("".join(others), "late")

    def refuse(self, error: BaseException) -> None:
        """The ledger did not take it: say why; everything typed stays."""
        self.primary.setEnabled(True)
        if isinstance(error, RecordRefused):
            self.refuse_problems(error)
        elif isinstance(error, UserError):
            words = error_text(error.code, **error.params)
            self.notice.say(f"{words.message}{words.next}", "late")
        else:
            self._desk.tasks.report(error)


def _lines(asks: Sequence[Ask]) -> list[list[Ask]]:
    """The fields by line."""
    lines: list[list[Ask]] = []
    for ask in asks:
        if ask.is_beside and lines:
            lines[-1].append(ask)
        else:
            lines.append([ask])
    return lines


def _read_number(raw: str, *, is_whole: bool) -> tuple[float | int | None, str]:
    """(value, problem in words)."""
    number = _number(raw)
    if not is_whole:
        return number, "" if number is not None else text("ask.no_number")
    whole = int(number) if number is not None and number.is_integer() else None
    return whole, "" if whole is not None else text("ask.no_whole")


def _number(words: str) -> float | None:
    """A plain number: 12, 12.5, full-width digits too; None for anything else."""
    plain = unicodedata.normalize("NFKC", words).strip()
    return float(plain) if _PLAIN_NUMBER.fullmatch(plain) else None
