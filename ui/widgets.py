"""The building blocks of every page: cards, chips, buttons, notices, rates, empty states. `ui.theme` dresses them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QLayoutItem,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from mhdesk.text import text
from ui import icons, theme
from ui.theme import TextRole, ToneName


class ChipText(NamedTuple):
    """A chip as data: its word and what the colour means."""

    label: str
    tone: ToneName = "plain"


def label(words: str = "", role: str = "body", *, wrap: bool = False) -> QLabel:
    """A text in a role of the style sheet: body, small, large, section, title, figure, quiet, quiet_small, problem.

    Its text is always shown as it is: never as rich text, so a name cannot format anything.
    """
    made = Heading(words) if role in {"section", "title", "figure"} else QLabel(words)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setProperty("role", role)
    made.setWordWrap(wrap)
    return made


def restyle(widget: QWidget, name: str, value: object) -> None:
    """Set a property that the style sheet looks at, and let it look again."""
    if widget.property(name) == value:
        return
    widget.setProperty(name, value)
    widget.style().unpolish(widget)
    widget.style().polish(widget)


def row(*parts: QWidget | None, space: int = 2) -> QHBoxLayout:
    """Widgets side by side; None is a stretch."""
    made = QHBoxLayout()
    made.setContentsMargins(0, 0, 0, 0)
    made.setSpacing(theme.current().space(space))
    for part in parts:
        if part is None:
            made.addStretch(1)
        else:
            made.addWidget(part)
    return made


def column(*parts: QWidget | None, space: int = 2) -> QVBoxLayout:
    """Widgets below each other; None is a stretch."""
    made = QVBoxLayout()
    made.setContentsMargins(0, 0, 0, 0)
    made.setSpacing(theme.current().space(space))
    for part in parts:
        if part is None:
            made.addStretch(1)
        else:
            made.addWidget(part)
    return made


class FlowLayout(QLayout):
    """Widgets side by side, on more lines where the width is not enough."""

    def __init__(self, space: int = 2) -> None:
        super().__init__()
        self._items: list[QLayoutItem] = []
        self.setContentsMargins(0, 0, 0, 0)
        self.setSpacing(theme.current().space(space))

    def addItem(self, item: QLayoutItem) -> None:
        """Add at the end."""
        self._items.append(item)

    def count(self) -> int:
        """How many."""
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        """One of them."""
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        """Take one out."""
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        """None: it takes the width it is given."""
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        """More lines when narrow."""
        return True

    def heightForWidth(self, width: int) -> int:
        """The height of all lines."""
        return self._arrange(QRect(0, 0, width, 0), is_trial=True)

    def sizeHint(self) -> QSize:
        """Room for one line."""
        hints = [item.sizeHint() for item in self._items]
        width = sum(hint.width() for hint in hints) + self.spacing() * max(len(hints) - 1, 0)
        return QSize(width, max((hint.height() for hint in hints), default=0))

    def minimumSize(self) -> QSize:
        """Room for the widest one."""
        hints = [item.minimumSize().expandedTo(item.sizeHint()) for item in self._items]
        widest = max((hint.width() for hint in hints), default=0)
        return QSize(widest, max((hint.height() for hint in hints), default=0))

    def setGeometry(self, rect: QRect) -> None:
        """Put everything in its place."""
        super().setGeometry(rect)
        self._arrange(rect, is_trial=False)

    def _arrange(self, rect: QRect, *, is_trial: bool) -> int:
        left, top, line_height = rect.left(), rect.top(), 0
        for item in self._items:
            hint = item.sizeHint()
            if left > rect.left() and left + hint.width() > rect.right() + 1:
                left, top = rect.left(), top + line_height + self.spacing()
                line_height = 0
            if not is_trial:
                item.setGeometry(QRect(left, top, min(hint.width(), rect.width()), hint.height()))
            left += hint.width() + self.spacing()
            line_height = max(line_height, hint.height())
        return top + line_height - rect.top()


class Heading(QLabel):
    """A label in bold, in regular weight where its text holds a character that the bold subset has not."""

    def __init__(self, words: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setText(words)

    def setText(self, words: str) -> None:
        """Show `words`."""
        restyle(self, "rare", "false" if theme.covers_bold(words) else "true")
        super().setText(words)


class ElidedLabel(QLabel):
    """A label for names of any length: cut with … where there is no room, the whole text in the tip."""

    def __init__(self, words: str = "", role: str = "body", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._whole = ""
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("role", role)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setText(words)

    def whole_text(self) -> str:
        """The text without any cut."""
        return self._whole

    def setText(self, words: str) -> None:
        """Show as much of `words` as there is room for."""
        self._whole = words
        self._elide()

    def sizeHint(self) -> QSize:
        """Room for the whole text."""
        return QSize(self.fontMetrics().horizontalAdvance(self._whole) + 2, super().sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Cut anew."""
        super().resizeEvent(event)
        self._elide()

    def _elide(self) -> None:
        shown = self.fontMetrics().elidedText(self._whole, Qt.TextElideMode.ElideRight, self.width())
        super().setText(shown)
        self.setToolTip(self._whole if shown != self._whole else "")


class Card(QFrame):
    """A white surface with a title line. Add content to `body`."""

    def __init__(self, title: str = "", note: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        now = theme.current()
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(now.space(4), now.space(3), now.space(4), now.space(4))
        self.body.setSpacing(now.space(2))
        self.head = SectionHeader(title, note)
        self.head.setVisible(bool(title))
        self.body.addWidget(self.head)


class SectionHeader(QWidget):
    """A section's title at the left, a quiet note or small controls at the right."""

    def __init__(self, title: str, note: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = label(title, "section")
        self.note = label(note, "quiet")
        self._line = row(self.title, None, self.note)
        self.setLayout(self._line)
        self.setMinimumHeight(theme.current().size("chip"))

    def set_title(self, words: str) -> None:
        """Change the title."""
        self.title.setText(words)
        self.setVisible(bool(words))

    def set_note(self, words: str) -> None:
        """Change the note."""
        self.note.setText(words)

    def add(self, widget: QWidget) -> None:
        """Put a control at the right end."""
        self._line.addWidget(widget)


class Chip(QLabel):
    """A word on a soft colour. The word says everything, the colour only helps the eye."""

    def __init__(self, words: str = "", tone: ToneName = "plain", parent: QWidget | None = None) -> None:
        super().__init__(words, parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.setProperty("tone", tone)

    def show_chip(self, chip: ChipText | None) -> None:
        """Show another word and meaning; None hides the chip."""
        self.setVisible(chip is not None)
        if chip is not None:
            self.setText(chip.label)
            restyle(self, "tone", chip.tone)


class _IconTextButton(QPushButton):
    """A button with a word, an icon and a hand."""

    _icon_colour = "ink"

    def __init__(self, words: str, icon_name: str | None = None, slot: Callable[[], object] | None = None,
                 parent: QWidget | None = None) -> None:  # fmt: skip
        super().__init__(words, parent)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAutoDefault(False)
        if icon_name is not None:
            self.setIcon(icons.spaced_icon(icon_name, self._icon_colour))
            self.setIconSize(icons.spaced_size())
        if slot is not None:
            # `clicked` carries a truth value that no action wants
            self.clicked.connect(lambda _checked: slot())


class PlainButton(_IconTextButton):
    """Any action but the page's first."""


class PrimaryButton(_IconTextButton):
    """The one first action of a page, at the right."""

    _icon_colour = "on_brand"


class DangerButton(_IconTextButton):
    """An action that takes something away; only in dialogs that say what."""

    _icon_colour = "on_brand"


class LinkButton(_IconTextButton):
    """A word to click inside a sentence or a card."""

    _icon_colour = "brand"


class IconButton(QToolButton):
    """A small button with an icon only; its tip says what it does."""

    def __init__(self, icon_name: str, tip: str, slot: Callable[[], object] | None = None,
                 parent: QWidget | None = None) -> None:  # fmt: skip
        super().__init__(parent)
        now = theme.current()
        self.setIcon(icons.icon(icon_name, "quiet", active="brand", size="icon_small"))
        self.setIconSize(icons.icon_size("icon_small"))
        self.setToolTip(tip)
        self.setAccessibleName(tip)
        self.setMinimumSize(now.size("touch"), now.size("touch"))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        if slot is not None:
            # `clicked` carries a truth value that no action wants
            self.clicked.connect(lambda _checked: slot())


class ChoiceButton(QPushButton):
    """One of the pills of a `ChoiceBar`."""


class ChoiceBar(QWidget):
    """Pills of which one is chosen: saved lists with their counts, a period, a view."""

    chosen = Signal(str)

    def __init__(self, choices: Sequence[tuple[str, str]] = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._group = QButtonGroup(self)
        self._words: dict[str, str] = {}
        self._buttons: dict[str, QAbstractButton] = {}
        self._line = FlowLayout()
        self.setLayout(self._line)
        for key, words in choices:
            self.add(key, words)

    def add(self, key: str, words: str) -> None:
        """Add a pill at the end; the first is chosen."""
        button = ChoiceButton(words)
        button.setCheckable(True)
        button.setAutoDefault(False)
        button.setCursor(Qt.CursorShape.PointingHandCursor)
        button.setChecked(not self._buttons)
        button.clicked.connect(lambda: self.chosen.emit(key))
        self._group.addButton(button)
        self._words[key], self._buttons[key] = words, button
        self._line.addWidget(button)

    def key(self) -> str | None:
        """The chosen key; None while there are no pills."""
        return next((key for key, button in self._buttons.items() if button.isChecked()), None)

    def choose(self, key: str) -> None:
        """Choose without telling."""
        self._buttons[key].setChecked(True)

    def set_count(self, key: str, count: int | None) -> None:
        """Show a number behind the word."""
        words = self._words[key]
        self._buttons[key].setText(words if count is None else f"{words}  {count}")


class Notice(QFrame):
    """A sentence that stays on the page: what is wrong, what was done. Hidden until it has something to say."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        now = theme.current()
        self._icon = QLabel()
        self._words = label(wrap=True)
        self._words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        line = QHBoxLayout(self)
        line.setContentsMargins(now.space(3), now.space(2), now.space(3), now.space(2))
        line.setSpacing(now.space(2))
        line.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        line.addWidget(self._words, 1)
        self.setVisible(False)

    def say(self, words: str, tone: ToneName = "info") -> None:
        """Show the sentence."""
        names = {"now": "circle-alert", "late": "triangle-alert", "missing": "triangle-alert", "good": "circle-check"}
        self._icon.setPixmap(icons.pixmap(names.get(tone, "info"), f"{tone}_ink"))
        self._words.setText(words)
        restyle(self, "tone", tone)
        for part in (self._icon, self._words):
            part.style().unpolish(part)
            part.style().polish(part)
        self.setVisible(True)

    def words(self) -> str:
        """What it says now; empty when hidden."""
        return self._words.text() if not self.isHidden() else ""

    def clear(self) -> None:
        """Say nothing."""
        self.setVisible(False)


class EmptyState(QWidget):
    """What stands where a list is empty: why, and what to do."""

    acted = Signal()

    def __init__(self, icon_name: str, title: str, sentence: str = "", action: str = "",
                 parent: QWidget | None = None) -> None:  # fmt: skip
        super().__init__(parent)
        picture = QLabel()
        picture.setPixmap(icons.pixmap(icon_name, "field_line", "icon_large"))
        self._title = label(title, "section")
        self._sentence = label(sentence, "quiet", wrap=True)
        self._button = PlainButton(action, slot=self.acted.emit)
        lines = column(space=2)
        lines.addStretch(2)
        for part in (picture, self._title, self._sentence, self._button):
            if isinstance(part, QLabel):
                part.setAlignment(Qt.AlignmentFlag.AlignCenter)
            lines.addWidget(part, 0, Qt.AlignmentFlag.AlignHCenter)
        lines.addStretch(3)
        self.setLayout(lines)
        self.show_words(title, sentence, action)

    def show_words(self, title: str, sentence: str = "", action: str = "") -> None:
        """Change what it says; without `action` there is no button."""
        self._title.setText(title)
        self._sentence.setText(sentence)
        self._sentence.setVisible(bool(sentence))
        # A wrapped label inside a centred layout asks for too little width: give it what its text needs.
        width = min(self._sentence.fontMetrics().horizontalAdvance(sentence) + 2, theme.current().em(26))
        self._sentence.setFixedWidth(width)
        self._sentence.setMinimumHeight(max(0, self._sentence.heightForWidth(width)))
        self._button.setText(action)
        self._button.setVisible(bool(action))


class Bar(QWidget):
    """A thin bar with a tick at the target, so that reached or not shows without colour."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._share = 0.0
        self._target: float | None = None
        self._tone: ToneName = "brand"
        self.setFixedHeight(theme.current().size("bar"))

    def show_share(self, share: float, target: float | None = None, tone: ToneName = "brand") -> None:
        """Show `share` of one, with a tick at `target`."""
        self._share, self._target, self._tone = min(max(share, 0.0), 1.0), target, tone
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw track, share and tick."""
        now = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        radius = self.height() / 2
        painter.setBrush(now.colour("track"))
        painter.drawRoundedRect(QRectF(self.rect()), radius, radius)
        if self._share > 0:
            width = max(self.width() * self._share, float(self.height()))
            painter.setBrush(now.colour(f"{self._tone}_ink"))
            painter.drawRoundedRect(QRectF(0, 0, width, self.height()), radius, radius)
        if self._target is not None and 0 < self._target < 1:
            across = round(self.width() * self._target)
            painter.setPen(QPen(now.colour("card"), now.scaled(4)))
            painter.drawLine(across, 0, across, self.height())
            painter.setPen(QPen(now.colour("ink"), now.scaled(2)))
            painter.drawLine(across, 0, across, self.height())


class RateBar(QWidget):
    """A rate as the doctor is judged by it: n/d, percent, bar with the target, how many people are still missing."""

    names_requested = Signal()

    def __init__(self, title: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = ElidedLabel(title, "body")
        self._parts = label("", "quiet")
        self._percent = label("", "large")
        self._bar = Bar()
        self._target = label("", "quiet_small")
        self._names = LinkButton(text("shell.rate.names"), slot=self.names_requested.emit)
        head = row(self._title, self._parts, self._percent)
        head.setStretch(0, 1)
        foot = row(self._target, self._names, None, space=1)
        self._target.setMinimumHeight(theme.current().size("touch"))
        lines = column(space=0)
        lines.addLayout(head)
        lines.addSpacing(theme.current().space(1))
        lines.addWidget(self._bar)
        lines.addLayout(foot)
        self.setLayout(lines)

    def show_rate(self, title: str, numerator: int | None, denominator: int | None, *,
                  target: float | None = None, note: str = "") -> None:  # fmt: skip
        """Show a rate. `target` is a share of one (0.95); `note` replaces the target line. Unknown parts show —."""
        self._title.setText(title)
        known = numerator is not None and bool(denominator)
        share = numerator / denominator if known and numerator is not None and denominator else 0.0
        self._parts.setText(f"{numerator}/{denominator}" if known else "")
        self._percent.setText(f"{share:.2%}" if known else "—")
        reached = target is None or not known or share >= target
        self._bar.show_share(share, target, "brand" if reached else "late")
        if note or target is None:
            words = note
        elif not known:
            words = text("shell.rate.target", target=f"{target:.0%}")
        elif reached:
            words = text("shell.rate.reached", target=f"{target:.0%}")
        else:
            words = text("shell.rate.short", target=f"{target:.0%}",
                         count=people_short(numerator or 0, denominator or 0, target))  # fmt: skip
        self._target.setText(words)
        self._names.setVisible(known and not reached)


def people_short(numerator: int, denominator: int, target: float) -> int:
    """How many more people the numerator needs to reach `target` (share of one)."""
    # Ten decimals take away the binary fraction (0.95 * 20 is not 19) before rounding up.
    return max(0, -int(-round(target * denominator, 10) // 1) - numerator)


class LabelledField(QWidget):
    """A field under its name, with its problem beneath. What was typed stays."""

    def __init__(self, name: str, editor: QWidget, hint: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.editor = editor
        self._hint = hint
        self._below = label(hint, "quiet_small", wrap=True)
        self._below.setVisible(bool(hint))
        caption = label(name, "quiet")
        caption.setBuddy(editor)
        editor.setAccessibleName(name)
        self.setLayout(column(caption, editor, self._below, space=1))

    def show_problem(self, sentence: str) -> None:
        """Mark the field and say why; an empty sentence takes the mark away."""
        restyle(self.editor, "state", "problem" if sentence else "")
        restyle(self._below, "role", "problem" if sentence else "quiet_small")
        self._below.setText(sentence or self._hint)
        self._below.setVisible(bool(sentence or self._hint))

    def problem(self) -> str:
        """The sentence shown as its problem, or nothing."""
        return self._below.text() if self._below.property("role") == "problem" else ""


class IconLineEdit(QLineEdit):
    """A line with an icon at the left or a small button at the right that grow with 字号 (Qt's own do not)."""

    def __init__(self, words: str = "", *, leading: str | None = None, parent: QWidget | None = None) -> None:
        super().__init__(words, parent)
        self._leading = QLabel(self) if leading is not None else None
        self._trailing: IconButton | None = None
        if self._leading is not None and leading is not None:
            self._leading.setPixmap(icons.pixmap(leading, "quiet", "icon_small"))
            self._leading.adjustSize()
        self._keep_clear()

    def set_trailing(self, button: IconButton) -> None:
        """Put a button inside, at the right end."""
        button.setParent(self)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.adjustSize()
        self._trailing = button
        self._keep_clear()

    def _keep_clear(self) -> None:
        gap = theme.current().space(2)
        left = self._leading.width() + gap if self._leading is not None else 0
        right = self._trailing.width() if self._trailing is not None else 0
        self.setTextMargins(left, 0, right, 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep both in the middle of the height."""
        super().resizeEvent(event)
        now = theme.current()
        if self._leading is not None:
            self._leading.move(now.space(3), (self.height() - self._leading.height()) // 2)
        if self._trailing is not None:
            left = self.width() - self._trailing.width() - now.space(1)
            self._trailing.move(left, (self.height() - self._trailing.height()) // 2)


class ScrollBody(QScrollArea):
    """A page's content that may be longer than the window. Add to `body`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        inside = QWidget()
        inside.setObjectName("scroll_body")
        self.body = QVBoxLayout(inside)
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(theme.current().space(3))
        self.setWidget(inside)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)


def rule() -> QFrame:
    """A thin line across."""
    made = QFrame()
    made.setObjectName("rule")
    return made


def text_width(words: str, role: TextRole = "body") -> int:
    """How wide `words` is in a role."""
    return QFontMetrics(theme.current().font(role)).horizontalAdvance(words)
