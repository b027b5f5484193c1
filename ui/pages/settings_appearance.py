"""Appearance: 字号 from 90 to 200 %, dark or light, and after how many minutes the window locks itself."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QSlider, QSpinBox, QWidget

from mhdesk import settings
from mhdesk.text import text
from ui import theme
from ui.pages.base import Desk
from ui.widgets import Card, LabelledField, PlainButton, ScrollBody, column, label, row

_STEP = 10
_LOCK_MINUTES = (2, 15)


class AppearancePart(QWidget):
    """Takes effect at once; the page stays where it is."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        known = settings.load()
        now = theme.current()
        self.percent = QSlider(Qt.Orientation.Horizontal)
        self.percent.setRange(theme.SMALLEST_PERCENT // _STEP, theme.LARGEST_PERCENT // _STEP)
        self.percent.setValue(now.percent // _STEP)
        self.percent.setTickInterval(1)
        self.percent.setTickPosition(QSlider.TickPosition.TicksBelow)
        self.percent.setFixedWidth(now.em(20))
        self.percent.setAccessibleName(text("settings.font_percent"))
        self.shown = label("", "large")
        self.percent.valueChanged.connect(lambda _value: self._show_percent())
        self.dark = QCheckBox(text("settings.dark"))
        self.dark.setChecked(now.palette is theme.DARK)
        self.minutes = QSpinBox()
        self.minutes.setRange(*_LOCK_MINUTES)
        self.minutes.setValue(known.lock_minutes)
        self.minutes.setSuffix(text("settings.minutes"))
        self.minutes.setFixedWidth(now.em(8))
        card = Card(text("settings.part.appearance"))
        card.body.addWidget(label(text("settings.font_percent"), "quiet"))
        card.body.addLayout(row(self.percent, self.shown, None, space=3))
        card.body.addWidget(self.dark)
        card.body.addWidget(LabelledField(text("settings.lock_minutes"), self.minutes, text("settings.lock_note")))
        card.body.addLayout(row(PlainButton(text("settings.apply"), "check", self.apply), None))
        whole = ScrollBody()
        whole.body.addLayout(column(card, None))
        self.setLayout(column(whole))
        self._show_percent()

    def refresh(self) -> None:
        """Nothing here comes from the ledger."""

    def apply(self) -> None:
        """Wear the chosen appearance."""
        settings.change(lock_minutes=self.minutes.value())
        self._desk.restyle(self.percent.value() * _STEP, self.dark.isChecked())

    def _show_percent(self) -> None:
        self.shown.setText(f"{self.percent.value() * _STEP} %")
