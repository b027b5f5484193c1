"""Notices that nobody is at the keyboard any more, also after the computer slept."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QWindow

SHORTEST_MINUTES = 2
LONGEST_MINUTES = 15
_LOOK_MS = 5000
_INPUT = frozenset(
    {
        QEvent.Type.KeyPress,
        QEvent.Type.MouseMove,
        QEvent.Type.MouseButtonPress,
        QEvent.Type.Wheel,
        QEvent.Type.TouchBegin,
        QEvent.Type.InputMethod,
    }
)


class IdleWatch(QObject):
    """Emits `idled` once, when `minutes` passed without input.

    It listens at the native windows only, so that not every event of every widget passes through Python. The wall
    clock is asked, not a timer: after a night asleep the window locks at once.
    """

    idled = Signal()

    def __init__(self, minutes: int, parent: QObject | None = None, clock: Callable[[], float] = time.time) -> None:
        super().__init__(parent)
        self._limit_seconds = 60 * min(max(minutes, SHORTEST_MINUTES), LONGEST_MINUTES)
        self._clock = clock
        self._last = clock()
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_MS)
        self._timer.timeout.connect(self.look)
        self._timer.start()
        for window in QGuiApplication.topLevelWindows():
            self._listen(window)
        application = QGuiApplication.instance()
        if isinstance(application, QGuiApplication):
            application.focusWindowChanged.connect(self._listen)

    def look(self) -> None:
        """Compare the clock with the last input."""
        if self._clock() - self._last >= self._limit_seconds:
            self._timer.stop()
            self.idled.emit()

    def _listen(self, window: QWindow | None) -> None:
        if window is not None:
            window.removeEventFilter(self)
            window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Remember input; let everything pass."""
        if event.type() in _INPUT:
            self._last = self._clock()
        return False
