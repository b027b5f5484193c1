"""Rates against their targets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from mhdesk.text import text
from ui import theme
from ui.theme import ToneName
from ui.widgets.buttons import LinkButton
from ui.widgets.layout import column, row
from ui.widgets.texts import ElidedLabel, label

if TYPE_CHECKING:
    from mhdesk.rules.targets import Target


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
                  target: Target | None = None, note: str = "") -> None:  # fmt: skip
        """Show a rate against its target, as the circular words it. `note` replaces the target line. Unknown is —."""
        self._title.setText(title)
        known = numerator is not None and bool(denominator)
        share = numerator / denominator if known and numerator is not None and denominator else 0.0
        self._parts.setText(f"{numerator}/{denominator}" if known else "")
        self._percent.setText(f"{share:.2%}" if known else text("shell.rate.unknown"))
        reached = target is None or not known or bool(target.is_reached(share))
        self._bar.show_share(share, target.share if target is not None else None, "brand" if reached else "late")
        if note or target is None:
            words = note
        elif not known:
            words = text("shell.rate.target", target=target.value_text)
        elif reached:
            words = text("shell.rate.reached", target=target.value_text)
        else:
            short = target.people_short(numerator or 0, denominator or 0)
            key = "shell.rate.short" if short is not None else "shell.rate.missed"
            words = text(key, target=target.value_text, count=short)
        self._target.setText(words)
        self._names.setVisible(known and not reached)
        self._names.setAccessibleName(text("shell.rate.names_of", name=title))

    def words(self) -> tuple[str, str, str, str]:
        """Title, parts, percent and target line as they read."""
        return self._title.whole_text(), self._parts.text(), self._percent.text(), self._target.text()
