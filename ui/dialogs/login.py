"""The first window: which ledger, who, the password. Nothing heavy is imported before its first frame.

Four faces: log in, make a new ledger, the recovery code of the new ledger, a forgotten password; all but the first are
made when they are first wanted. What is wrong is said in the window itself and what was typed stays. `opened` brings
the open ledger.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QSizePolicy, QStackedWidget, QWidget

from mhdesk import paths, settings
from mhdesk.domain.errors import UserError
from mhdesk.domain.task import Task
from mhdesk.text import error_text, text
from ui import theme
from ui.dialogs.login_faces import (
    BrandPanel,
    CodeFace,
    Face,
    ForgottenFace,
    LoginFace,
    NewLedgerFace,
    RestoreFace,
)
from ui.tasks import TaskRunner

if TYPE_CHECKING:
    from mhdesk.services.access import LastLogin, Ledger

#: What is imported behind the login window, while the password is typed; the first are needed first.
HEAVY_MODULES = (
    "mhdesk.services.patients",
    "mhdesk.services.follow_ups",
    "mhdesk.services.drafts",
    "mhdesk.services.today",
    # what pages need when they are first opened: their own modules alone take the window's thread then
    "mhdesk.services.medication.overview",
    "mhdesk.services.training",
    "mhdesk.services.joint.waiting",
    "mhdesk.services.printing",
    "mhdesk.services.imports",
    "mhdesk.files.xlsx_write",
)


# In Chinese characters: the window's first size, the least width, from where on the coloured side is shown.
_WIDTH_EM, _HEIGHT_EM, _NARROWEST_EM, _WIDE_EM = 58, 44, 30, 50


class LoginWindow(QWidget):
    """The login window. It opens ledgers on the ledger lane and hands them over by `opened`."""

    opened = Signal(object)
    first_frame_painted = Signal()
    closed = Signal()

    def __init__(self, tasks: TaskRunner, folder: Path | None = None) -> None:
        super().__init__()
        self._tasks = tasks
        self._was_painted = False
        self._opening: Ledger | None = None
        known = settings.load()
        remembered = Path(known.last_ledger) if known.last_ledger else paths.default_ledger()
        self.folder = folder or remembered
        self.setWindowTitle(text("shell.program"))
        now = theme.current()
        self.brand = BrandPanel()
        self.faces = QStackedWidget()
        self.login = LoginFace(self.folder, known.last_login)
        self.faces.addWidget(self.login)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(0)
        self._last_words = ""
        line.addWidget(self.brand)
        line.addWidget(self._scrolling(), 1)
        self.setMinimumWidth(now.em(_NARROWEST_EM))
        room = self.screen().availableSize()
        self.resize(min(now.em(_WIDTH_EM), room.width()), min(now.em(_HEIGHT_EM), room.height()))
        self._connect()
        self._show(self.login)

    def _scrolling(self) -> QScrollArea:
        """The faces, in a frame that scrolls where the text is large and the screen small."""
        frame = QScrollArea()
        frame.setWidget(self.faces)
        frame.setWidgetResizable(True)
        frame.setFrameShape(QFrame.Shape.NoFrame)
        frame.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        return frame

    def _connect(self) -> None:
        self.login.submitted.connect(self._log_in)
        self.login.new_requested.connect(self._start_new)
        self.login.forgotten_requested.connect(self._start_forgotten)
        self.login.restore_requested.connect(self._start_restore)
        self.login.other_requested.connect(self._choose_folder)

    @functools.cached_property
    def new(self) -> NewLedgerFace:
        """The face for a new ledger; like the next two it is made when first needed, for the sake of a quick start."""
        face = NewLedgerFace()
        face.submitted.connect(self._create)
        face.back_requested.connect(self._show_login)
        face.place_requested.connect(self._choose_place)
        face.phrase_requested.connect(lambda: self._suggest_phrase(face))
        self.faces.addWidget(face)
        return face

    @functools.cached_property
    def code(self) -> CodeFace:
        """The face with the recovery code."""
        face = CodeFace()
        face.confirmed.connect(self._hand_over)
        self.faces.addWidget(face)
        return face

    @functools.cached_property
    def forgotten(self) -> ForgottenFace:
        """The face for a forgotten password."""
        face = ForgottenFace()
        face.submitted.connect(self._recover)
        face.back_requested.connect(self._show_login)
        face.phrase_requested.connect(lambda: self._suggest_phrase(face))
        self.faces.addWidget(face)
        return face

    @functools.cached_property
    def restoring(self) -> RestoreFace:
        """The face for a ledger from a backup."""
        face = RestoreFace()
        face.restore_submitted.connect(self._restore)
        face.file_requested.connect(self._choose_backup)
        face.back_requested.connect(self._show_login)
        face.phrase_requested.connect(lambda: self._suggest_phrase(face))
        self.faces.addWidget(face)
        return face

    # ---- behind the first frame

    def _load_behind(self) -> None:
        """After the first frame: import what opening a ledger needs, then say who was here last."""
        self.first_frame_painted.emit()
        self._look_at_folder()
        self._tasks.run("work", _import_heavy)

    def _look_at_folder(self) -> None:
        folder = self.folder

        def job(task: Task) -> tuple[bool, LastLogin | None]:
            task.step(0, 0, "")
            from mhdesk.services import access

            has_ledger = access.has_ledger(folder)
            return has_ledger, access.last_login(folder) if has_ledger else None

        self._tasks.run("work", job, self._show_folder, key="look", owner=self)

    def _show_folder(self, found: tuple[bool, LastLogin | None]) -> None:
        has_ledger, last = found
        self.login.show_folder(self.folder, has_ledger=has_ledger)
        at = last.at.astimezone().strftime("%Y-%m-%d %H:%M") if last else ""
        self._last_words = text("login.last", login=last.login, at=at) if last else ""
        self.brand.show_last_login(self._last_words)
        self._arrange()
        if last is not None:
            self.login.suggest_login(last.login)
        if not has_ledger and self.faces.currentWidget() is self.login:
            self.login.say_no_ledger()

    # ---- faces

    def _show(self, face: Face) -> None:
        # A stack is as high as its highest face: the hidden ones must not make the shown one scroll.
        for one in self.faces.findChildren(Face, options=Qt.FindChildOption.FindDirectChildrenOnly):
            needed = QSizePolicy.Policy.Preferred if one is face else QSizePolicy.Policy.Ignored
            one.setSizePolicy(QSizePolicy.Policy.Preferred, needed)
        self.faces.setCurrentWidget(face)
        face.start()

    def _show_login(self) -> None:
        self._show(self.login)

    def _start_new(self) -> None:
        self.new.show_place(self._free_place())
        self._show(self.new)
        self._suggest_phrase(self.new)

    def _start_forgotten(self) -> None:
        self.forgotten.show_login(self.login.typed_login())
        self._show(self.forgotten)
        self._suggest_phrase(self.forgotten)

    def _start_restore(self) -> None:
        self.restoring.show_login(self.login.typed_login())
        self._show(self.restoring)
        self._suggest_phrase(self.restoring)

    def _free_place(self) -> Path:
        """The usual folder, or one beside it when a ledger stands there."""
        usual = paths.default_ledger()
        place, number = usual, 1
        while place.exists() and any(place.iterdir()):
            number += 1
            place = usual.with_name(f"{usual.name}-{number}")
        return place

    def _choose_folder(self) -> None:
        self._ask_folder(self._take_folder)

    def _choose_place(self) -> None:
        self._ask_folder(self.new.show_place)

    def _ask_folder(self, on_chosen: Callable[[Path], object]) -> None:
        from ui.dialogs import ask_files

        ask_files.open_folder(self, text("login.choose_folder"), on_chosen, start=self.folder.parent)

    def _take_folder(self, folder: Path) -> None:
        self.folder = folder
        self._look_at_folder()

    def _suggest_phrase(self, face: NewLedgerFace | ForgottenFace) -> None:
        def job(task: Task) -> str:
            task.step(0, 0, "")
            from mhdesk.services import access

            return access.suggest_phrase()

        self._tasks.run("work", job, face.suggest_phrase, key="phrase", owner=face)

    # ---- the work

    def _log_in(self, login: str, password: str) -> None:
        folder = self.folder

        def job(task: Task) -> Ledger:
            task.step(0, 0, "")
            from mhdesk.services import access

            return access.open_ledger(folder, login=login, password=password)

        self._run(self.login, job, self._accept)

    def _create(self, asked: dict[str, Any]) -> None:
        folder: Path = asked["folder"]
        rest = {name: value for name, value in asked.items() if name != "folder"}

        def job(task: Task) -> tuple[Ledger, str]:
            task.step(0, 0, "")
            from mhdesk.services import access

            return access.create_ledger(folder, **rest)

        self.folder = folder
        self._run(self.new, job, self._show_code)

    def _recover(self, login: str, code: str, password: str) -> None:
        folder = self.folder

        def job(task: Task) -> Ledger:
            task.step(0, 0, "")
            from mhdesk.services import access

            return access.open_with_recovery(folder, code=code, login=login, new_password=password)

        self._run(self.forgotten, job, self._accept)

    def _choose_backup(self) -> None:
        from ui.dialogs import ask_files

        ask_files.open_file(
            self, text("login.choose_backup"), ("mhb",), lambda file: self.restoring.show_file(str(file))
        )

    def _restore(self, name: str, login: str, code: str, password: str) -> None:
        folder = self.folder

        def job(task: Task) -> Ledger:
            task.step(0, 0, "")
            from mhdesk.services import backup

            return backup.open_from(folder, Path(name), login=login, code=code, new_password=password)

        self._run(self.restoring, job, self._accept)

    def _run(self, face: Face, job: Callable[[Task], Any], on_done: Callable[[Any], object]) -> None:
        """Run on the ledger lane; the face is busy meanwhile and says what went wrong."""
        face.set_busy(is_busy=True)

        def done(result: Any) -> None:
            face.set_busy(is_busy=False)
            on_done(result)

        def failed(error: BaseException) -> None:
            face.set_busy(is_busy=False)
            if isinstance(error, UserError):
                words = error_text(error.code, **error.params)
                face.say_problem(f"{words.message}{words.next}")
            else:
                self._tasks.report(error)

        self._tasks.run("ledger", job, done, failed, owner=self)

    def _show_code(self, made: tuple[Ledger, str]) -> None:
        self._opening, code = made
        self.code.show_code(code)
        self._show(self.code)

    def _hand_over(self) -> None:
        if self._opening is not None:
            ledger, self._opening = self._opening, None
            self._accept(ledger)

    def _accept(self, ledger: Ledger) -> None:
        settings.change(last_ledger=str(self.folder), last_login=ledger.login)
        self.opened.emit(ledger)

    def _arrange(self) -> None:
        """Without room for the coloured side the last login stands over the fields."""
        is_wide = self.width() >= theme.current().em(_WIDE_EM)
        self.brand.setVisible(is_wide)
        self.login.show_last_login("" if is_wide else self._last_words)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Use the room there is."""
        super().resizeEvent(event)
        self._arrange()

    def paintEvent(self, event: QPaintEvent) -> None:
        """After the first frame the heavy imports begin."""
        super().paintEvent(event)
        if not self._was_painted:
            self._was_painted = True
            QTimer.singleShot(0, self, self._load_behind)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Closing the login window ends the program."""
        super().closeEvent(event)
        ledger = self._opening
        if ledger is not None:
            self._tasks.run("ledger", lambda _task: ledger.close())
        self.closed.emit()


def _import_heavy(task: Task) -> None:
    from mhdesk.services import access

    access.prepare()
    for number, name in enumerate(HEAVY_MODULES):
        task.step(number, len(HEAVY_MODULES), "")
        importlib.import_module(name)
