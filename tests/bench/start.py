"""From the start of the process to the first painted frame: our login window against an empty window."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator

from tests.bench.figure import Figure, Run, in_turn

AIM = 1.5
_EMPTY = """
from PySide6.QtWidgets import QApplication, QMainWindow
app = QApplication([])
{watch}
window = QMainWindow()
window.show()
app.exec()
"""
_OURS = """
import ui.app
app = ui.app.make_application()
{watch}
program = ui.app.Program(app)
program.start()
app.exec()
"""
# The first paint of any window ends the process, once the frame is on the screen.
_WATCH = """
import os, time
from PySide6.QtCore import QEvent, QObject, QTimer
class First(QObject):
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint and watched.isWidgetType() and watched.isWindow():
            QTimer.singleShot(0, self.tell)
        return False
    def tell(self):
        print(time.time(), flush=True)
        os._exit(0)
first = First()
app.installEventFilter(first)
"""


def _first_frame(program: str) -> float:
    started = time.time()
    done = subprocess.run(
        [sys.executable, "-c", program.format(watch=_WATCH)],
        stdout=subprocess.PIPE,
        encoding="utf-8",
        check=True,
        env={**os.environ, "QT_LOGGING_RULES": "*=false"},
        timeout=60,
    )
    return (float(done.stdout) - started) * 1000


def measure(run: Run) -> Iterator[Figure]:
    """First frame of both, in turn."""
    ours, floor = in_turn(run.rounds * 3, lambda: _first_frame(_OURS), lambda: _first_frame(_EMPTY))
    yield Figure("start: first frame", ours, floor, "ms", AIM, "floor: an empty QMainWindow")
