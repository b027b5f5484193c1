"""A child process: the register of a big ledger in the window. Prints when its rows stood there, and its memory.

``python -m tests.bench.window FOLDER`` (an empty FOLDER: only an empty window). Prints two numbers: milliseconds from
asking for the page to its first rows being painted, and the peak of the process's memory in MiB.
"""

from __future__ import annotations

import os
import resource
import sys
import time
from pathlib import Path

from PySide6.QtWidgets import QApplication, QMainWindow

_PATIENCE_S = 60


def peak_mib() -> float:
    """The most memory this process has held."""
    status = Path("/proc/self/status")
    if status.is_file():  # what `getrusage` says begins with the memory of the process that started this one
        lines = status.read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) / 2**10 for line in lines if line.startswith("VmHWM"))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def main(folder: str) -> int:
    """Show it, print, end at once."""
    if not folder:
        app = QApplication([])
        window = QMainWindow()
        window.show()
        app.processEvents()
        print(0.0, peak_mib())
        return 0
    from mhdesk.services import access
    from tests.bench import population
    from ui.app import make_application
    from ui.pages.patients import PatientsPage
    from ui.tasks import TaskRunner
    from ui.window import MainWindow

    app = make_application(100, dark=False)
    tasks = TaskRunner()
    ledger = access.open_ledger(Path(folder), login=population.LOGIN, password=population.PASSWORD)
    opened = MainWindow(ledger, tasks, "", lambda: population.TODAY)
    opened.show()
    app.processEvents()
    started = time.perf_counter()
    opened.open_page("patients")
    page = opened.page("patients")
    assert isinstance(page, PatientsPage)
    shown = 0.0
    while not (tasks.is_idle and shown) and time.perf_counter() - started < _PATIENCE_S:
        app.processEvents()
        if not shown and page.table.model.ids():
            app.processEvents()
            shown = (time.perf_counter() - started) * 1000
    print(shown, peak_mib(), flush=True)
    tasks.shutdown(ledger.close)
    os._exit(0 if shown else 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
