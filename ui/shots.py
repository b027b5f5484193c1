"""Pictures of every page, without a display: ``python -m ui.shots --ledger DIR --password-file F --out DIR``."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSize, QTimer
from PySide6.QtWidgets import QApplication, QWidget

from mhdesk.domain.task import Task
from ui.pages.base import Shot
from ui.tasks import MainThreadCollector, TaskRunner

if TYPE_CHECKING:
    from mhdesk.services.access import Ledger
    from ui.window import MainWindow

_LOOK_MS = 40
#: A page must have been idle for so many looks: its layout has then settled.
_QUIET_LOOKS = 4
_LONGEST_LOOKS = 1500


class Photographer(QObject):
    """Opens the ledger, shows page after page and saves each one once nothing is under way any more."""

    def __init__(self, options: argparse.Namespace, app: QApplication) -> None:
        super().__init__()
        self.options = options
        self.failures: list[str] = []
        self.written: list[Path] = []
        self._app = app
        self.tasks = TaskRunner(self)
        self.tasks.user_failed.connect(self._note)
        self.tasks.bug_found.connect(self._note)
        self._window: MainWindow | None = None
        self._steps: Iterator[None] | None = None
        self._quiet = self._looks = 0
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_MS)
        self._timer.timeout.connect(self._look)

    def start(self) -> None:
        """Begin."""
        self._steps = self._work()
        self._timer.start()

    def _work(self) -> Iterator[None]:
        """Each `yield` waits until the window has settled."""
        from ui.dialogs.login import LoginWindow

        login = LoginWindow(self.tasks, self.options.ledger)
        login.show()
        yield
        self._save(login, "login")
        login.hide()
        login.deleteLater()
        opened: list[tuple[Ledger, str]] = []
        self.tasks.run("ledger", self._open, opened.append)
        yield
        if not opened:
            return
        from mhdesk.services import access
        from ui.window import MainWindow

        ledger, unit_name = opened[0]
        window = MainWindow(ledger, self.tasks, unit_name, access.today)
        self._window = window
        window.resize(self.options.size)
        window.show()
        for key in window.page_keys():
            for shot in window.page(key).shots or (Shot(key),):
                window.open_page(key, **shot.params)
                yield
                if shot.prepare is not None:
                    shot.prepare(window.page(key))
                    yield
                self._save(window, shot.name)

    def _open(self, task: Task) -> tuple[Ledger, str]:
        task.step(0, 0, "")
        from mhdesk.services import access, patients

        folder: Path = self.options.ledger
        last = access.last_login(folder)
        login = self.options.login or (last.login if last else "admin")
        ledger = access.open_ledger(folder, login=login, password=access.read_secret(self.options.password_file))
        name = next((unit.name for unit in patients.units(ledger) if unit.id == ledger.root_unit_id), "")
        return ledger, name

    def _look(self) -> None:
        """Take the next step when nothing has been under way for a while."""
        self._looks += 1
        self._quiet = self._quiet + 1 if self.tasks.is_idle else 0
        if self._quiet < _QUIET_LOOKS and self._looks < _LONGEST_LOOKS:
            return
        self._quiet = self._looks = 0
        try:
            if self._steps is not None:
                next(self._steps)
        except StopIteration:
            self._finish()
        except Exception as error:  # noqa: BLE001 - one page's fault is reported, the exit status says so
            self._note(error)
            self._finish()

    def _finish(self) -> None:
        self._timer.stop()
        window = self._window
        close: Callable[[], object] | None = window.desk.ledger.close if window is not None else None
        self.tasks.shutdown(last=close)
        self._app.exit(1 if self.failures else 0)

    def _save(self, widget: QWidget, name: str) -> None:
        file = self.options.out / f"{name}.png"
        if widget.grab().save(str(file)):
            self.written.append(file)
        else:
            self.failures.append(f"{file}: not written")

    def _note(self, error: BaseException) -> None:
        from mhdesk import log

        self.failures.append(log.describe(error))


def _size(words: str) -> QSize:
    width, height = (int(part) for part in words.split("x"))
    return QSize(width, height)


def main(arguments: list[str] | None = None) -> int:
    """Write the pictures; 0 when every page could be photographed."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    parser = argparse.ArgumentParser(prog="python -m ui.shots", description="Write PNGs of every page.")
    parser.add_argument("--ledger", type=Path, required=True)
    parser.add_argument("--password-file", type=Path, required=True)
    parser.add_argument("--login")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--scale", type=int, default=100, help="text size in percent")
    parser.add_argument("--size", type=_size, default=QSize(1366, 768), help="WIDTHxHEIGHT")
    parser.add_argument("--dark", action="store_true")
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    from ui.app import make_application

    app = make_application(options.scale, dark=options.dark)
    collector = MainThreadCollector(app)
    photographer = Photographer(options, app)
    QTimer.singleShot(0, photographer.start)
    status = app.exec()
    collector.stop()
    for file in photographer.written:
        print(file)
    for failure in photographer.failures:
        print(failure, file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
