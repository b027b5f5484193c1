"""趋势: rates, counts, class, colour and overdue over the weeks, the same drawings as on paper."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QByteArray, QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from mhdesk.domain.task import Task
from mhdesk.services import trends
from mhdesk.services.trends import Trend
from mhdesk.text import text
from ui import printing, theme
from ui.dialogs import ask_files
from ui.pages.base import Desk, Page, Shot, keys_of
from ui.widgets import Card, ChoiceBar, Notice, ScrollBody, clear, label

_LEAST_EM = 26
_WIDE_EM = 70  # from here on two charts stand side by side


class ChartView(QWidget):
    """One drawing, as large as there is room for."""

    def __init__(self, title: str, svg: bytes, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._picture = QSvgRenderer(QByteArray(svg), self)
        self.setAccessibleName(title)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setMinimumWidth(theme.current().em(_LEAST_EM))

    def is_valid(self) -> bool:
        """Whether there is a drawing."""
        return self._picture.isValid()

    def heightForWidth(self, width: int) -> int:
        """The drawing keeps its shape."""
        size = self._picture.defaultSize()
        return round(width * size.height() / max(1, size.width()))

    def hasHeightForWidth(self) -> bool:
        """Yes."""
        return True

    def sizeHint(self) -> QSize:
        """Wide enough to read."""
        width = theme.current().em(_LEAST_EM)
        return QSize(width, self.heightForWidth(width))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw, keeping the shape."""
        painter = QPainter(self)
        height = min(self.height(), self.heightForWidth(self.width()))
        self._picture.render(painter, QRectF(0, 0, self.width(), height))
        painter.end()


class TrendsPage(Page):
    """The charts."""

    topics = frozenset({"patient", "follow_up", "movement", "unit", "setting", "colour_assessment"})
    shots = (Shot("trends"),)

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._trend: Trend | None = None
        self.charts: list[ChartView] = []
        self.header.set_title(text("trends_page.title"))
        self.weeks = ChoiceBar([(str(count), text("trends_page.weeks", weeks=count)) for count in trends.WEEKS])
        self.weeks.chosen.connect(lambda _key: self.refresh())
        self.header.add_widget(self.weeks)
        self.header.add_action(text("trends_page.export"), "download", self.export)
        self.header.set_primary(text("trends_page.print"), "printer", self.print_)
        self.notice = Notice()
        self.notes = label("", "quiet_small", wrap=True)
        self._grid = QGridLayout()
        self._grid.setSpacing(theme.current().space(3))
        held = QWidget()
        held.setObjectName("scroll_body")
        held.setLayout(self._grid)
        whole = ScrollBody()
        whole.body.addWidget(held)
        whole.body.addWidget(self.notes)
        whole.body.addStretch(1)
        self.body.addWidget(self.notice)
        self.body.addWidget(whole, 1)
        self.takes_keys = self.weeks

    def refresh(self) -> None:
        """Count the weeks and draw."""
        ledger, today, count = self.desk.ledger, self.desk.today(), int(self.weeks.key() or trends.WEEKS[0])

        is_dark = theme.current().palette is theme.DARK

        def job(task: Task) -> tuple[Trend, list[tuple[str, bytes]]]:
            trend = trends.over_weeks(ledger, weeks=count, today=today, task=task)
            return trend, trends.svgs(trend, is_dark=is_dark)

        self.desk.tasks.run("ledger", job, self._show, title=text("trends.counting"), key="trends", owner=self)

    def _show(self, found: tuple[Trend, Sequence[tuple[str, bytes]]]) -> None:
        self._trend, pictures = found
        clear(self._grid)
        self.charts = [ChartView(title, svg) for title, svg in pictures]
        columns = 2 if self.width() >= theme.current().em(_WIDE_EM) else 1
        for place, chart in enumerate(self.charts):
            card = Card()
            card.body.addWidget(chart)
            self._grid.addWidget(card, place // columns, place % columns)
        self.notes.setText("\n".join(self._trend.notes))

    # ---- paper and files

    def print_(self) -> None:
        """Print the charts."""
        trend = self._trend
        if trend is None:
            return
        self.desk.tasks.run(
            "work",
            lambda task: trends.pdf(trend, task),
            lambda content: printing.print_pdf(self.window(), content, title=trend.title),
            owner=self,
        )

    def export(self) -> None:
        """The charts as a pdf file."""
        if self._trend is not None:
            ask_files.save_as(self, text("trends_page.save_as"), self._trend.title, self.write_to, kinds=("pdf",))

    def write_to(self, file: Path) -> None:
        """Write the charts into `file`."""
        trend, ledger = self._trend, self.desk.ledger
        if trend is None:
            return

        def done(_none: None) -> None:
            self.notice.say(text("trends_page.written", name=file.name), "good")

        self.desk.tasks.run("ledger", lambda task: trends.write(ledger, trend, file, task=task), done, owner=self)

    def help_lines(self) -> Sequence[tuple[str, str]]:
        """The keys of this page."""
        return keys_of("trends_page.help")
