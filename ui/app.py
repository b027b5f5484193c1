"""The start: appearance, login window, then the main window; faults of the program; the end and the locked restart.

This is where everything is put together, once. Nothing here may import SQLAlchemy, openpyxl, reportlab, pypinyin or
cryptography before the login window has been painted (a test looks).
"""

from __future__ import annotations

import base64
import os
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QMessageLogContext, QObject, QProcess, QtMsgType, qInstallMessageHandler
from PySide6.QtGui import QClipboard
from PySide6.QtWidgets import QApplication

from mhdesk import settings
from mhdesk.domain.task import Task
from mhdesk.text import text
from ui import theme
from ui.dialogs.login import LoginWindow
from ui.tasks import MainThreadCollector, TaskRunner

if TYPE_CHECKING:
    from mhdesk.services.access import Ledger
    from ui.idle import IdleWatch
    from ui.window import MainWindow

_PROGRAM_ROOT = Path(__file__).resolve().parent.parent
_QT_LEVELS = {QtMsgType.QtWarningMsg: "warning", QtMsgType.QtCriticalMsg: "critical", QtMsgType.QtFatalMsg: "fatal"}


class Program(QObject):
    """One run of the program: a login window, then one main window."""

    def __init__(self, app: QApplication, ledger: Path | None = None) -> None:
        super().__init__()
        self._app = app
        self.tasks = TaskRunner(self)
        self.window: MainWindow | None = None
        self._ledger: Ledger | None = None
        self._unit_name = ""
        self._idle: IdleWatch | None = None
        self.login: LoginWindow | None = LoginWindow(self.tasks, ledger)
        self.login.opened.connect(self._open)
        self.login.closed.connect(self._quit)
        self.tasks.bug_found.connect(self._show_bug)
        app.setQuitOnLastWindowClosed(False)

    def start(self) -> None:
        """Show the login window."""
        if self.login is not None:
            self.login.show()

    def restyle(self, percent: int, *, dark: bool) -> None:
        """Wear another 字号 or appearance: kept in the preferences, and the window is made anew at once."""
        settings.change(font_percent=percent, dark=dark)
        theme.apply(self._app, percent, dark=dark)
        before = self.window
        if self._ledger is not None and before is not None:
            place = before.place()
            fresh = self._show_window(self._ledger)
            before.give_up()
            if place is not None:
                fresh.open_page(place.key, **place.params)

    def _open(self, ledger: Ledger) -> None:
        """A ledger is open: read whose it is, then show the window."""
        self._ledger = ledger

        def job(task: Task) -> str:
            task.step(0, 0, "")
            from mhdesk.services import patients

            return next((unit.name for unit in patients.units(ledger) if unit.id == ledger.root_unit_id), "")

        self.tasks.run("ledger", job, self._welcome, owner=self)

    def _welcome(self, unit_name: str) -> None:
        self._unit_name = unit_name
        if self._ledger is None:
            return
        window = self._show_window(self._ledger)
        if self.login is not None:
            login, self.login = self.login, None
            login.hide()
            login.deleteLater()
        window.open_first()
        from ui.idle import IdleWatch

        self._idle = IdleWatch(settings.load().lock_minutes, self)
        self._idle.idled.connect(self._lock)

    def _show_window(self, ledger: Ledger) -> MainWindow:
        from mhdesk.services import access
        from ui.window import MainWindow

        window = MainWindow(ledger, self.tasks, self._unit_name, access.today)
        window.ended.connect(self._end)
        window.restyle_requested.connect(lambda percent, dark: self.restyle(percent, dark=dark))
        stored = settings.load().geometry
        if not (stored and window.restoreGeometry(QByteArray(base64.b64decode(stored)))):
            window.resize(window.first_size(self._app.primaryScreen().availableSize()))
        self.window = window
        window.show()
        window.activateWindow()
        return window

    def _lock(self) -> None:
        if self.window is not None:
            self.window.lock()

    def _show_bug(self, error: BaseException) -> None:
        # Once the main window is there it shows its own.
        if self.window is None:
            from ui import messages

            messages.show_bug(self.login, error)

    def _end(self, again: bool) -> None:  # noqa: FBT001 - a signal's argument
        """The ledger is closed: end this process, and start a fresh, locked one when asked."""
        if self.window is not None:
            geometry = base64.b64encode(self.window.saveGeometry().data()).decode("ascii")
            settings.change(geometry=geometry)
        self.tasks.shutdown()
        forget_copied(self._app.clipboard())
        if again and self._ledger is not None:
            start_again(self._ledger.folder)
        self._app.exit(0)

    def _quit(self) -> None:
        """The login window was closed."""
        if self.login is not None:
            self.tasks.shutdown()
            self._app.exit(0)


def forget_copied(clipboard: QClipboard) -> None:
    """Take what this program has copied from the clipboard; what came from elsewhere stays."""
    if clipboard.ownsClipboard():
        clipboard.clear()


def restart_command(folder: Path) -> tuple[str, list[str]]:
    """The program and arguments that open the login window of a ledger."""
    if getattr(sys, "frozen", False):
        return sys.executable, ["--ledger", str(folder)]
    return sys.executable, ["-m", "ui.app", str(folder)]


def start_again(folder: Path) -> None:
    """Start a fresh, locked process: Python cannot wipe its memory, the end of the process does."""
    program, arguments = restart_command(folder)
    process = QProcess()
    process.setProgram(program)
    process.setArguments(arguments)
    process.setWorkingDirectory(str(_PROGRAM_ROOT) if not getattr(sys, "frozen", False) else str(Path.home()))
    process.startDetached()


def make_application(percent: int | None = None, *, dark: bool | None = None) -> QApplication:
    """The dressed application, in Chinese. The one that exists is dressed anew."""
    existing = QApplication.instance()
    app = existing if isinstance(existing, QApplication) else theme.new_application(text("shell.program"))
    app.setApplicationName("mhdesk")
    app.setApplicationDisplayName(text("shell.program"))
    known = settings.load()
    theme.speak_chinese(app)
    theme.apply(app, known.font_percent if percent is None else percent, dark=known.dark if dark is None else dark)
    return app


def install_crash_hook(program: Program) -> None:
    """A fault in a slot becomes a message and a report; the program goes on. The log is loaded when first needed."""

    def on_main_thread(kind: type[BaseException], error: BaseException, _where: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            os._exit(130)
        program.tasks.report(error)

    def on_a_thread(hook: threading.ExceptHookArgs) -> None:
        from mhdesk import log

        if hook.exc_value is not None and not issubclass(hook.exc_type, SystemExit):
            log.bug(hook.exc_value)

    sys.excepthook = on_main_thread
    threading.excepthook = on_a_thread
    qInstallMessageHandler(_on_qt_message)


def _on_qt_message(level: QtMsgType, context: QMessageLogContext, words: str) -> None:  # noqa: ARG001 - Qt's signature
    from mhdesk import log

    if level in _QT_LEVELS:
        log.event("qt", level=_QT_LEVELS[level], words=words)


def main(ledger: str | Path | None = None) -> int:
    """Open the window; the exit status. `ledger` is the folder to log in to, else the one used last."""
    app = make_application()
    collector = MainThreadCollector(app)
    program = Program(app, Path(ledger) if ledger else None)
    install_crash_hook(program)
    program.start()
    status = app.exec()
    collector.stop()
    qInstallMessageHandler(None)
    return status


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
