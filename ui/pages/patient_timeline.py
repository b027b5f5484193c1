"""Two years of one person in one picture: visits by class, adherence between visits, loss, hospital, death.

Readable without colour: a class is also a digit in the mark, 电话 a ring instead of a disc, irregular medication a
hatched bar, no medication an empty one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QFontMetrics, QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from mhdesk.domain.dates import add_months
from mhdesk.domain.follow_up import Adherence, FollowUp, VisitClass, VisitForm
from mhdesk.text import text
from ui import theme
from ui.pages import patient_words as words
from ui.theme import ToneName

_MONTHS = 24
_CLASS_TONES: dict[str | None, ToneName] = {"1": "now", "2": "missing", "3": "good"}
_ADHERENCE: dict[str, tuple[ToneName, Qt.BrushStyle]] = {
    Adherence.REGULAR: ("good", Qt.BrushStyle.SolidPattern),
    Adherence.IRREGULAR: ("late", Qt.BrushStyle.BDiagPattern),
    Adherence.NONE: ("now", Qt.BrushStyle.NoBrush),
    Adherence.NOT_NEEDED: ("plain", Qt.BrushStyle.Dense6Pattern),
}
_STEPS = (3, 6, 12)  # months between two labels


class Timeline(QWidget):
    """The picture. Hovering a mark tells the visit."""

    def __init__(self, today: date, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._today = today
        self._start = add_months(today.replace(day=1), 1 - _MONTHS)
        self._visits: list[FollowUp] = []
        self._ended: date | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(theme.current().size("row") * 3)
        self.setAccessibleName(text("patient.timeline"))

    def show_visits(self, visits: Sequence[FollowUp], ended: date | None) -> None:
        """Show these visits (any order) and the day the person left the register."""
        dated = [visit for visit in visits if visit.visit_date is not None and visit.visit_date >= self._start]
        self._visits = sorted(dated, key=lambda visit: visit.visit_date or date.min)
        self._ended = ended
        said = [self._words(visit) for visit in self._visits]
        self.setAccessibleDescription("；".join(said))
        self.update()

    def sizeHint(self) -> QSize:
        """Wide as the card, three rows high."""
        return QSize(theme.current().em(30), self.height())

    # ---- drawing

    def _left(self) -> float:
        return float(theme.current().em(3.2))

    def _across(self, day: date) -> float:
        whole = (self._today - self._start).days or 1
        room = self.width() - self._left() - theme.current().space(5)
        return self._left() + room * min(max((day - self._start).days / whole, 0.0), 1.0)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw months, bars, marks."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        row = self.height() / 3
        self._draw_months(painter, row)
        self._draw_adherence(painter, row)
        self._draw_visits(painter, row)
        if self._ended is not None and self._ended >= self._start:
            painter.setPen(QPen(theme.current().colour("ink"), theme.current().scaled(2)))
            across = self._across(self._ended)
            painter.drawLine(QPointF(across, 0), QPointF(across, row * 2))

    def _draw_months(self, painter: QPainter, row: float) -> None:
        now = theme.current()
        painter.setFont(now.font("small"))
        painter.setPen(now.colour("quiet"))
        left = QRectF(0, 0, self._left(), row)
        for number, lane in enumerate(("visit", "adherence")):
            painter.drawText(
                left.translated(0, row * number),
                Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft,
                text(f"patient.lane_{lane}"),
            )
        for months in range(0, _MONTHS + 1, self._months_apart()):
            day = add_months(self._start, months)
            if day > self._today:
                break
            across = self._across(day)
            painter.setPen(now.colour("grid"))
            painter.drawLine(QPointF(across, 0), QPointF(across, row * 2))
            painter.setPen(now.colour("quiet"))
            place = QRectF(across, row * 2, self._label_width(), row)
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, day.strftime("%Y-%m"))

    @staticmethod
    def _label_width() -> int:
        return QFontMetrics(theme.current().font("small")).horizontalAdvance("2026-12") + theme.current().space(2)

    def _months_apart(self) -> int:
        """As many months between two labels as they need to stand apart."""
        room = self.width() - self._left()
        return next((step for step in _STEPS if room * step / _MONTHS >= self._label_width()), _STEPS[-1])

    def _draw_adherence(self, painter: QPainter, row: float) -> None:
        """A bar from the visit before to the visit that says how the time between went."""
        now = theme.current()
        height = row * 0.36
        top = row + (row - height) / 2
        before = self._start
        for visit in self._visits:
            day = visit.visit_date or before
            tone_and_brush = _ADHERENCE.get(visit.adherence or "")
            if tone_and_brush is not None and day > before:
                tone, style = tone_and_brush
                colour = now.colour(f"{tone}_ink")
                painter.setPen(QPen(colour, 1))
                painter.setBrush(QBrush(colour, style))
                left = self._across(before)
                painter.drawRect(QRectF(left + 1, top, max(self._across(day) - left - 2, 2.0), height))
            before = day

    def _draw_visits(self, painter: QPainter, row: float) -> None:
        now = theme.current()
        radius = now.size("icon_small") * 0.58
        font = now.font("small", bold=True)
        for visit in self._visits:
            centre = QPointF(self._across(visit.visit_date or self._start), row / 2)
            tone = "plain" if visit.lost_reason else _CLASS_TONES.get(visit.visit_class, "info")
            ink = now.colour(f"{tone}_ink")
            is_phone = visit.visit_form == VisitForm.PHONE
            painter.setPen(QPen(ink, now.scaled(2)))
            painter.setBrush(now.colour("card") if is_phone or visit.lost_reason else ink)
            box = QRectF(centre.x() - radius, centre.y() - radius, radius * 2, radius * 2)
            if visit.lost_reason or visit.hospitalization == "1":
                painter.drawRect(box)
            else:
                painter.drawEllipse(box)
            painter.setFont(font)
            painter.setPen(ink if is_phone or visit.lost_reason else now.colour("card"))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, self._mark(visit))

    @staticmethod
    def _mark(visit: FollowUp) -> str:
        if visit.lost_reason:
            return text("patient.mark_lost")
        if visit.hospitalization == "1":
            return text("patient.mark_inpatient")
        return visit.visit_class or ""

    @staticmethod
    def _words(visit: FollowUp) -> str:
        """One visit in one line."""
        parts = [
            visit.visit_date.isoformat() if visit.visit_date else "",
            words.coded("visit_form", visit.visit_form),
            text("patients.state.lost") if visit.lost_reason else words.coded("visit_class", visit.visit_class),
            words.coded("adherence", visit.adherence),
        ]
        if visit.visit_class == VisitClass.UNSTABLE and visit.risk_level:
            parts.append(text("patient.risk", level=visit.risk_level))
        return " ".join(part for part in parts if part)

    def event(self, event: object) -> bool:
        """Tell the visit under the mouse."""
        if isinstance(event, QHelpEvent):
            reach = theme.current().size("icon_small")
            near = [v for v in self._visits if abs(self._across(v.visit_date or self._start) - event.pos().x()) < reach]
            QToolTip.showText(event.globalPos(), "\n".join(self._words(visit) for visit in near), self)
            return True
        return super().event(event)  # type: ignore[arg-type]
