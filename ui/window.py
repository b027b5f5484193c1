"""The main window: navigation at the left, the bar on top, one page at a time, long work at the lower edge."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from mhdesk.domain.dates import ReportWeek
from mhdesk.domain.errors import UserError
from mhdesk.text import text
from ui import actions, messages, theme
from ui.changes import ChangesHub
from ui.navigation import History, Navigation, PageSpec, Place, built_pages
from ui.pages.base import Desk, Page
from ui.progress import ProgressStrip
from ui.search_box import Search, SearchBox
from ui.tasks import TaskRunner, Ticket
from ui.undo import UndoStrip
from ui.widgets import Chip, ChipText, ElidedLabel, PlainButton, label

if TYPE_CHECKING:
    from mhdesk.services.access import Ledger

SMALLEST = QSize(1024, 640)
LARGEST = QSize(1920, 1080)
_DAY_MS = 30_000


class TopBar(QFrame):
    """Search, unit, today, saved state, lock."""

    def __init__(self, tasks: TaskRunner, search: Search, unit_name: str, lock: Callable[[], object]) -> None:
        super().__init__()
        now = theme.current()
        self.search = SearchBox(tasks, search)
        self.search.setMaximumWidth(now.size("search"))
        self.unit = ElidedLabel(unit_name, "quiet")
        self.unit.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.day = label("", "quiet")
        self.saved = Chip(text("shell.nothing_to_save"), "good")
        self.lock = PlainButton(text("shell.lock"), "lock", lock)
        self.lock.setToolTip(text("shell.lock_tip"))
        self.lock.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        line = QHBoxLayout(self)
        line.setContentsMargins(now.space(5), 0, now.space(5), 0)
        line.setSpacing(now.space(4))
        line.addWidget(self.search, 3)
        line.addWidget(self.unit, 2)
        for part in (self.day, self.saved, self.lock):
            line.addWidget(part)
        self.setFixedHeight(now.size("top_bar"))

    def show_day(self, today: date) -> None:
        """``2026-11-20 周五 第47周``."""
        weekday = text("shell.weekdays").split()[today.weekday()]
        week = text("shell.week", week=ReportWeek.holding(today).number)
        self.day.setText(f"{today.isoformat()} {weekday} {week}")


class MainWindow(QWidget):
    """The window of an open ledger. `ended` tells that it is to go: True to start anew, locked."""

    ended = Signal(bool)
    #: Another 字号 (percent) or appearance (dark) is wanted; the window is then made anew.
    restyle_requested = Signal(int, bool)

    def __init__(
        self,
        ledger: Ledger,
        tasks: TaskRunner,
        unit_name: str,
        today: Callable[[], date],
        *,
        pages: Mapping[str, PageSpec] | None = None,
        search: Search | None = None,
    ) -> None:
        super().__init__()
        self._tasks = tasks
        self._specs = built_pages() if pages is None else pages
        self._made: dict[str, Page] = {}
        self._history = History()
        self._bug_dialog: messages.MessageDialog | None = None
        self._is_ending = False
        self._long_work: list[Ticket] = []
        self.desk = Desk(
            ledger=ledger, tasks=tasks, changes=ChangesHub(), unit_name=unit_name, today=today,
            open_page=self.open_page, go_back=self.go_back, saved=self.show_saved, set_unsaved=self.show_unsaved,
            restyle=self.restyle_requested.emit,
        )  # fmt: skip
        self.setWindowTitle(text("shell.window_title", unit=unit_name))
        self.navigation = Navigation(self._specs)
        self.bar = TopBar(tasks, search or self._search, unit_name, self.lock)
        self.pages = QStackedWidget()
        self.pages.setObjectName("pages")
        self.progress = ProgressStrip(tasks)
        self.undo = UndoStrip(self.desk)
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        right = QVBoxLayout()
        right.setSpacing(0)
        right.addWidget(self.bar)
        right.addWidget(self.pages, 1)
        right.addWidget(self.undo)
        right.addWidget(self.progress)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self.navigation)
        whole.addLayout(right, 1)
        self.setMinimumSize(SMALLEST)

    def _connect(self) -> None:
        self.navigation.chosen.connect(self.open_page)
        self.bar.search.chosen.connect(self._open_patient)
        self._tasks.user_failed.connect(self.show_error)
        self._tasks.bug_found.connect(self.show_bug)
        self._tasks.long_work_changed.connect(self._keep_long_work)
        slots = {
            "find": self._find, "help": self.show_help, "refresh": self._refresh, "print": self._print,
            "export": self._export, "undo": self.undo.undo_last, "lock": self.lock, "back": self.go_back,
            "forward": self.go_forward,
        }  # fmt: skip
        actions.connect(self, slots, self._open_numbered)
        self._day = QTimer(self)
        self._day.setInterval(_DAY_MS)
        self._day.timeout.connect(lambda: self.bar.show_day(self.desk.today()))
        self._day.start()
        self.bar.show_day(self.desk.today())

    # ---- pages

    def page_keys(self) -> list[str]:
        """Keys of the pages that are built."""
        return list(self._specs)

    def current_page(self) -> Page | None:
        """The page in front."""
        found = self.pages.currentWidget()
        return found if isinstance(found, Page) else None

    def page(self, key: str) -> Page:
        """A page, made now if it never was. Raises KeyError for a page that is not built."""
        if key not in self._made:
            made = self._specs[key].load()(self.desk)
            self._made[key] = made
            self.pages.addWidget(made)
        return self._made[key]

    def open_page(self, key: str, **params: Any) -> None:
        """Open a page with its parameters; remembered for the way back."""
        place = Place(key, params)
        self._history.visit(place)
        self._show(place)

    def open_first(self) -> None:
        """Open the first page of the navigation."""
        keys = self.navigation.keys()
        if keys:
            self.open_page(keys[0])

    def go_back(self) -> None:
        """The page before."""
        place = self._history.back()
        if place is not None:
            self._show(place)

    def go_forward(self) -> None:
        """The page after, when one went back."""
        place = self._history.forward()
        if place is not None:
            self._show(place)

    def _show(self, place: Place) -> None:
        before = self.current_page()
        page = self.page(place.key)
        if before is not None and before is not page:
            before.leave()
        is_first_time = page.focusWidget() is None
        self.pages.setCurrentWidget(page)
        if is_first_time:  # Qt would take the first button; later it remembers where the keys went
            page.setFocus()
        self.navigation.mark(place.key)
        page.activate(place.params)
        if not page.isAncestorOf(self.focusWidget()):
            page.setFocus()

    def _open_numbered(self, number: int) -> None:
        keys = self.navigation.keys()
        if number <= len(keys):
            self.open_page(keys[number - 1])

    def _open_patient(self, patient_id: int) -> None:
        from ui.pages import sheets

        if "patient" in self._specs:
            sheets.open_hit(
                self.desk, patient_id, lambda found: self.open_page("patient", patient_id=found), owner=self
            )

    def place(self) -> Place | None:
        """What is shown now."""
        return self._history.here()

    # ---- keys

    def _find(self) -> None:
        self.bar.search.setFocus()
        self.bar.search.selectAll()

    def _refresh(self) -> None:
        page = self.current_page()
        if page is not None:
            page.refresh()

    def _print(self) -> None:
        page = self.current_page()
        if page is not None and page.can_print:
            page.print_()

    def _export(self) -> None:
        page = self.current_page()
        if page is not None and page.can_export:
            page.export()

    def show_help(self) -> None:
        """The keys of this page."""
        page = self.current_page()
        messages.show_keys(self, page.help_lines() if page is not None else (), actions.help_lines())

    # ---- what is said

    def show_saved(self) -> None:
        """Something was committed just now."""
        time = datetime.now().astimezone().strftime("%H:%M")
        self.bar.saved.show_chip(ChipText(text("shell.saved", time=time), "good"))

    def show_unsaved(self) -> None:
        """Something typed is not saved yet."""
        self.bar.saved.show_chip(ChipText(text("shell.unsaved"), "missing"))

    def show_error(self, error: UserError) -> None:
        """An expected error that no page showed in place."""
        messages.show_error(self, error)

    def show_bug(self, error: BaseException) -> None:
        """A fault of the program. One message at a time: a fault may come again and again."""
        if self._bug_dialog is None:
            self._bug_dialog = messages.show_bug(self, error)
            self._bug_dialog.destroyed.connect(self._forget_bug_dialog)

    def _forget_bug_dialog(self) -> None:
        self._bug_dialog = None

    def _keep_long_work(self, tickets: list[Ticket]) -> None:
        self._long_work = tickets

    # ---- the end

    def lock(self) -> None:
        """Put away what was typed, close the ledger; a fresh, locked program takes over."""
        self._end(again=True)

    def _end(self, *, again: bool) -> None:
        if self._is_ending:
            return
        self._is_ending = True
        self.hide()
        self._day.stop()
        self._tasks.cancel_all()
        for page in self._made.values():
            page.leave()
        # The lane keeps its order: drafts are stored before the ledger is closed.
        ledger = self.desk.ledger
        self._tasks.run("ledger", lambda _task: ledger.close(), lambda _: self.ended.emit(again),
                        lambda _error: self.ended.emit(again))  # fmt: skip

    def give_up(self) -> None:
        """Another window takes over the open ledger: put drafts away and go."""
        self._is_ending = True
        self._day.stop()
        for page in self._made.values():
            page.leave()
        self.hide()
        self.deleteLater()

    def first_size(self, screen: QSize) -> QSize:
        """The size of the first start: the whole of a small screen, not more than full HD of a large one."""
        return QSize(min(screen.width(), LARGEST.width()), min(screen.height(), LARGEST.height()))

    def _search(self, words: str, limit: int) -> Any:
        from ui.pages import sheets  # loaded when somebody searches

        return sheets.find(self.desk, words, limit)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Close the ledger first; ask when long work is under way."""
        event.ignore()
        if self._long_work and not self._is_ending:
            messages.confirm(
                self,
                title=text("shell.leave.title"),
                sentence=text("shell.leave.sentence", title=self._long_work[0].title),
                verb=text("shell.leave.verb"),
                on_yes=lambda: self._end(again=False),
                is_dangerous=True,
            )
        else:
            self._end(again=False)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Icons only where there is little room."""
        super().resizeEvent(event)
        now = theme.current()
        is_narrow = now.is_narrow or self.width() < theme.NARROW_WIDTH
        if is_narrow != self.navigation.is_narrow:
            self.navigation.set_narrow(is_narrow=is_narrow)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc: the page first, then back."""
        if event.key() != Qt.Key.Key_Escape:
            super().keyPressEvent(event)
            return
        page = self.current_page()
        if page is None or not page.takes_escape():
            self.go_back()
