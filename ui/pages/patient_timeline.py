"""用药时间图 on screen: lanes over two years. Hover or the arrow keys tell each thing; a legend names the patterns."""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QFontMetrics, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from mhdesk.domain.dates import add_months
from mhdesk.reports import course
from mhdesk.reports.course import Course, Thing
from mhdesk.text import text
from ui import theme
from ui.pages.course_paint import Swatch, paint_area, paint_mark
from ui.widgets import FlowLayout, clear, column, label, row

_STEPS = (1, 3, 6, 12)  # months between two labels
_LANE_SHARE = 0.82  # of a table's row
_AREA_SHARE = {"adherence": 0.56, "dispensing": 0.26}


class Timeline(QWidget):
    """The picture. `pointed` tells which thing the mouse or the keys are at."""

    pointed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.course: Course | None = None
        self._lanes: list[str] = ["visit", "adherence"]
        self._at: int | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAccessibleName(text("course.title"))
        self._fit()

    def show_course(self, found: Course) -> None:
        """Show this one; lanes on which nothing ever happened are left out."""
        self.course, self._at = found, None
        self._lanes = found.lanes
        self.setAccessibleDescription("；".join(one.words for one in found.things))
        self._fit()
        self.update()

    def current(self) -> Thing | None:
        """The thing the keys are at."""
        return None if self.course is None or self._at is None else self.course.things[self._at]

    def _fit(self) -> None:
        self.setFixedHeight(round(self._row() * (len(self._lanes) + 1)))

    def sizeHint(self) -> QSize:
        """Wide as the card."""
        return QSize(theme.current().em(30), self.height())

    # ---- places

    @staticmethod
    def _row() -> float:
        return theme.current().size("row") * _LANE_SHARE

    @staticmethod
    def _left() -> float:
        return float(theme.current().em(3.2))

    def _across(self, day: date) -> float:
        room = self.width() - self._left() - theme.current().space(2)
        return self._left() + room * (self.course.share(day) if self.course is not None else 0.0)

    def _box(self, one: Thing) -> QRectF:
        """Where a thing stands: an area, or the square around a mark."""
        top = self._row() * self._lanes.index(one.lane)
        if one.end is not None:
            height = self._row() * _AREA_SHARE.get(one.lane, 0.5)
            left, right = self._across(one.start), self._across(one.end)
            return QRectF(left, top + (self._row() - height) / 2, max(right - left, 2.0), height)
        radius = self._radius()
        across = self._across(one.start) + one.step * radius * 2.4
        return QRectF(across - radius, top + self._row() / 2 - radius, 2 * radius, 2 * radius)

    @staticmethod
    def _radius() -> float:
        return theme.current().size("icon_small") * 0.56

    def _under(self, place: QPointF) -> int | None:
        """The thing there: a mark before the area behind it."""
        if self.course is None:
            return None
        reach = theme.current().scaled(3)
        hits = [
            number
            for number, one in enumerate(self.course.things)
            if self._box(one).adjusted(-reach, -reach, reach, reach).contains(place)
        ]
        things = self.course.things
        return max(hits, key=lambda number: (things[number].end is None, number), default=None)

    # ---- drawing

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw months, lanes, areas, then marks; what the keys are at gets a frame."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._draw_lanes(painter)
        found = self.course
        if found is not None:
            self._draw_months(painter, found)
            for one in found.things:
                if one.end is not None:
                    paint_area(painter, self._box(one), one.look)
            for one in found.things:
                if one.end is None:
                    paint_mark(painter, self._box(one).center(), self._radius(), one.look, one.sign)
        if (at := self.current()) is not None and self.hasFocus():
            now = theme.current()
            painter.setPen(QPen(now.colour("brand"), now.scaled(2)))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            gap = now.scaled(4)
            painter.drawRect(self._box(at).adjusted(-gap, -gap, gap, gap))
        painter.end()

    def _draw_lanes(self, painter: QPainter) -> None:
        now = theme.current()
        painter.setFont(now.font("small"))
        for number, lane in enumerate(self._lanes):
            painter.setPen(now.colour("quiet"))
            place = QRectF(0, self._row() * number, self._left(), self._row())
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft,
                             course.lane_words(lane))  # fmt: skip
            painter.setPen(now.colour("grid"))
            bottom = self._row() * (number + 1)
            painter.drawLine(QPointF(self._left(), bottom), QPointF(self.width(), bottom))

    def _draw_months(self, painter: QPainter, found: Course) -> None:
        now = theme.current()
        bottom = self._row() * len(self._lanes)
        for months in range(0, course.MONTHS + 1, self._months_apart()):
            day = add_months(found.start, months)
            if day >= found.end:
                break
            across = self._across(day)
            painter.setPen(now.colour("grid"))
            painter.drawLine(QPointF(across, 0), QPointF(across, bottom))
            if across + self._label_width() > self.width():
                continue
            painter.setPen(now.colour("quiet"))
            place = QRectF(across, bottom, self._label_width(), self._row())
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, day.strftime("%Y-%m"))
        across = self._across(found.today)
        painter.setPen(QPen(now.colour("brand"), now.scaled(1), Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(across, 0), QPointF(across, bottom))

    @staticmethod
    def _label_width() -> int:
        return QFontMetrics(theme.current().font("small")).horizontalAdvance("2026-12") + theme.current().space(2)

    def _months_apart(self) -> int:
        """As many months between two labels as they need to stand apart."""
        room = self.width() - self._left()
        return next((step for step in _STEPS if room * step / course.MONTHS >= self._label_width()), _STEPS[-1])

    # ---- words

    def _point_at(self, number: int | None) -> None:
        self._at = number
        found = self.current()
        self.pointed.emit(found.words if found is not None else "")
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right go from thing to thing."""
        count = len(self.course.things) if self.course is not None else 0
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        ends = {Qt.Key.Key_Home: 0, Qt.Key.Key_End: count - 1}
        if not count or event.key() not in {*steps, *ends}:
            super().keyPressEvent(event)
        elif event.key() in ends:
            self._point_at(ends[Qt.Key(event.key())])
        else:
            step = steps[Qt.Key(event.key())]
            start = count if self._at is None and step < 0 else -1 if self._at is None else self._at
            self._point_at(min(max(start + step, 0), count - 1))

    def focusInEvent(self, event: QFocusEvent) -> None:
        """The keys start at the newest thing."""
        super().focusInEvent(event)
        if self.course is not None and self.course.things and self._at is None:
            self._point_at(len(self.course.things) - 1)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Without the keys nothing is framed."""
        super().focusOutEvent(event)
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tell what is under the mouse below the picture, too."""
        super().mouseMoveEvent(event)
        under = self._under(event.position())
        if under is not None and self.course is not None:
            self.pointed.emit(self.course.things[under].words)

    def event(self, event: QEvent) -> bool:
        """Tell what is under the mouse."""
        if isinstance(event, QHelpEvent):
            under = self._under(QPointF(event.pos()))
            words = self.course.things[under].words if under is not None and self.course is not None else ""
            QToolTip.showText(event.globalPos(), words, self)
            return True
        return super().event(event)


class CourseView(QWidget):
    """The picture, the words of what is pointed at, and the legend."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.picture = Timeline()
        self.words = label("", "quiet", wrap=True)
        self.words.setMinimumHeight(self.words.fontMetrics().lineSpacing())
        self.picture.pointed.connect(self._tell)
        self._legend = FlowLayout(space=4)
        legend = QWidget()
        legend.setLayout(self._legend)
        self.setLayout(column(self.picture, self.words, legend, space=2))
        self._tell("")

    def show_course(self, found: Course) -> None:
        """Show this one."""
        self.picture.show_course(found)
        clear(self._legend)
        signs = {one.kind: one.sign for one in found.things}
        for kind in found.kinds:
            entry = QWidget()
            entry.setLayout(row(Swatch(kind, signs.get(kind, "")), label(course.legend(kind), "quiet_small"), space=1))
            self._legend.addWidget(entry)
        self._tell("")

    def legend_words(self) -> list[str]:
        """What the legend names, for tests."""
        return [course.legend(kind) for kind in self.picture.course.kinds] if self.picture.course is not None else []

    def _tell(self, words: str) -> None:
        found = self.picture.course
        empty = text("course.nothing") if found is not None and not found.things else text("course.hint")
        self.words.setText(words or empty)
