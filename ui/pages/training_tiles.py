"""The twelve months of a year as tiles: the month's sessions, how far they are, and what is missing."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from mhdesk.services.training import Month, SessionLine, Year
from mhdesk.text import text
from ui import theme
from ui.theme import ToneName
from ui.widgets import Card, Chip, ChipText, ElidedLabel, label, restyle, row

_COLUMNS = 4
_NARROW_COLUMNS = 3
_LINES = 2  # sessions named on a tile; the rest is counted
_MONTHS = 12
TONES: dict[str, ToneName] = {
    "planned": "plain",
    "dated": "info",
    "running": "info",
    "waiting": "missing",
    "held": "good",
    "missed": "late",
}


def state_chip(line: SessionLine) -> ChipText:
    """The state of a session as a word in a chip."""
    return ChipText(text(f"training.state.{line.state}"), TONES[line.state])


class MonthTile(Card):
    """One month. A click or Enter opens it."""

    opened = Signal(str)

    def __init__(self, number: int, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        now = theme.current()
        self.month = ""
        self.body.setContentsMargins(now.space(3), now.space(2), now.space(3), now.space(2))
        self.body.setSpacing(now.space(1))
        self._title = label(text("training_page.month", month=number), "section")
        self._duty = Chip("", "plain")
        self._lines = [ElidedLabel() for _ in range(_LINES)]
        self._more = label("", "quiet_small")
        self.body.addLayout(row(self._title, None, self._duty))
        for line in self._lines:
            self.body.addWidget(line)
        self.body.addWidget(self._more)
        self.body.addStretch(1)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def show_month(self, month: Month, *, is_now: bool) -> None:
        """Show another month."""
        self.month = month.month
        tone, key = self._said(month)
        self._duty.setText(text(f"training_page.duty.{key}"))
        restyle(self._duty, "tone", tone)
        restyle(self, "now", "true" if is_now else "false")
        for place, line in enumerate(self._lines):
            shown = month.sessions[place] if place < len(month.sessions) else None
            line.setText("" if shown is None else _words(shown))
        rest = len(month.sessions) - _LINES
        self._more.setText(text("training_page.more", count=rest) if rest > 0 else "")
        self._more.setVisible(rest > 0)
        names = "；".join(_words(one) for one in month.sessions)
        self.setAccessibleName("，".join(filter(None, (self._title.text(), self._duty.text(), names))))

    def _said(self, month: Month) -> tuple[ToneName, str]:
        """The one word of the month: what a doctor must know of it."""
        if month.is_done:
            return "good", "done"
        if any(line.state == "waiting" for line in month.sessions):
            return "missing", "waiting"
        if month.is_missing:
            return "late", "missing"
        return ("info", "planned") if month.sessions else ("plain", "empty")

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Open."""
        super().mouseReleaseEvent(event)
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.opened.emit(self.month)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter and space open."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.opened.emit(self.month)
        else:
            super().keyPressEvent(event)


def _words(line: SessionLine) -> str:
    """A session in one line of a tile."""
    day = line.session.held_on
    last = line.session.ends_on
    when = "" if day is None else text("training_page.day", day=day.day)
    if day is not None and last is not None:
        when = text("training_page.day_span", first=day.day, last=last.day)
    count = ""
    if line.state == "held":
        count = text("training_page.counts", here=line.counts.here, expected=line.counts.expected)
    kind = text(f"training.kind.{line.session.kind}")
    return " ".join(filter(None, (when, kind, count or text(f"training.state.{line.state}"))))


class YearTiles(QWidget):
    """Twelve tiles in three or four columns."""

    opened = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        now = theme.current()
        self.tiles = [MonthTile(number) for number in range(1, _MONTHS + 1)]
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(now.space(2))
        columns = _NARROW_COLUMNS if now.is_narrow else _COLUMNS
        for place, tile in enumerate(self.tiles):
            grid.addWidget(tile, place // columns, place % columns)
            tile.opened.connect(self.opened)
        for place in range(columns):
            grid.setColumnStretch(place, 1)

    def show_year(self, year: Year, *, this_month: str) -> None:
        """Show another year."""
        for tile, month in zip(self.tiles, year.months, strict=True):
            tile.show_month(month, is_now=month.month == this_month)


def joint_chips(year: Year, *, quarters_over: Sequence[bool]) -> list[ChipText]:
    """The quarters' joint trainings: held, missing or still to come."""
    chips = []
    for number, (is_done, is_over) in enumerate(zip(year.joint_done, quarters_over, strict=True), start=1):
        key: tuple[str, ToneName] = (
            ("joint_done", "good") if is_done else ("joint_open", "late" if is_over else "plain")
        )
        chips.append(ChipText(text(f"training_page.{key[0]}", quarter=number), key[1]))
    return chips
