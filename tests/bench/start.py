"""From the start of the process to the first painted frame: our login window against an empty window.

Both as a user starts them: Python's own compiled files are kept (in a folder of the measurement), so the first round
of each compiles and the others do not.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tests.bench.figure import Figure, Run, in_turn

AIM = 1.5
# The first paint of the window ends the process, once the frame is on the screen. Only the window is watched: a filter
# on the application would show Python every object of Qt, and each costs the time to learn of its type.
_WATCH = """
import os, time
from PySide6.QtCore import QEvent, QObject, QTimer
class First(QObject):
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint:
            QTimer.singleShot(0, self.tell)
        return False
    def tell(self):
        print(time.time(), flush=True)
        os._exit(0)
first = First()
"""
_EMPTY = f"""
from PySide6.QtWidgets import QApplication, QMainWindow
{_WATCH}
app = QApplication([])
window = QMainWindow()
window.installEventFilter(first)
window.show()
app.exec()
"""
# `mhdesk` without arguments, up to the login window
_OURS = f"""
import importlib, sys
load = importlib.import_module
def load_watched(name):
    module = load(name)
    if name == "ui.app":
        exec(watch, globals())
        start = module.Program.start
        def watched(program):
            program.login.installEventFilter(first)
            start(program)
        module.Program.start = watched
    return module
watch = {_WATCH!r}
importlib.import_module = load_watched
sys.argv[1:] = []
from mhdesk.__main__ import main
main()
"""


def _first_frame(program: str, compiled: Path) -> float:
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    started = time.time()
    done = subprocess.run(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        encoding="utf-8",
        check=True,
        env={**kept, "PYTHONPYCACHEPREFIX": str(compiled), "QT_LOGGING_RULES": "*=false"},
        timeout=60,
    )
    return (float(done.stdout) - started) * 1000


def measure(run: Run) -> Iterator[Figure]:
    """First frame of both, in turn."""
    compiled = run.folder / "compiled"
    ours, floor = in_turn(run.rounds * 3, lambda: _first_frame(_OURS, compiled), lambda: _first_frame(_EMPTY, compiled))
    yield Figure("start: first frame", ours, floor, "ms", AIM, "floor: an empty QMainWindow")
