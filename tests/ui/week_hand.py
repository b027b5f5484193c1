"""The hand of `tests.ui.week`: what a doctor does in the real window, with real key events, counted and pictured."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton, QWidget

from mhdesk.domain.patient import Patient
from mhdesk.domain.unit import Unit
from tests.ui.forms.keys import Keyboard
from ui.dialogs.ask import AskDialog
from ui.messages import MessageDialog
from ui.pages.base import Page
from ui.pages.batch import BatchPage
from ui.pages.follow_up import VisitPage
from ui.pages.follow_up_chooser import FollowUpsPage
from ui.pages.patient import PatientPage
from ui.pages.person import PersonPage
from ui.pages.person_merge import MergePage
from ui.pages.recycle import RecyclePage
from ui.pages.transfer import TransfersPage
from ui.tasks import TaskRunner
from ui.window import MainWindow

if TYPE_CHECKING:
    from db.ledger import Ledger

LOGIN, PASSWORD = "wang", "Longhua-2026-lamp"
UNIT, VILLAGE = "龙华街道社区卫生服务中心", "石坝村"
STABLE_KEYS, FULL_KEYS = 45, 75  # what the page promises
START = date(2026, 10, 8)
_PATIENCE_SECONDS = 20.0
BUCKETS = ("on_time", "due", "overdue", "snoozed", "ended")
NAMES = ("冉秀兰", "覃建国", "欧阳龚", "陈桂英", "向光荣", "罗世芳", "谭明贵", "牟长秀", "秦中华", "马培德")
#: One whole sheet of somebody new; “free” is what somebody says in any case.
_FULL_SHEET = (
    ("press", "space"), ("type", "2"), ("type", "1,2"), ("press", "enter"),  # 今天，家访；本人、家属
    ("type", "0"), ("type", "12"), ("press", "enter"), ("free", "无"), ("press", "enter"),  # 0 级；症状：其他 无
    ("type", "1"), ("type", "11"), ("type", "12921"),  # 自知力，睡眠、饮食，社会功能
    ("type", "7"), ("type", "1"), ("type", "0"),  # 危险行为 无，无关锁，未住院
    ("type", "1"), ("type", "1"), ("type", "1"), ("type", "2"), ("type", "1"),  # 实验室、依从性、不良反应、疗效、转诊
    ("free", "lpt"), ("press", "enter"), ("free", "1mg"), ("press", "enter"),
    ("type", "14"), ("press", "enter enter"),  # 每日 4 mg
    ("press", "space"), ("type", "2"), ("press", "enter enter"), ("type", "2"), ("press", "enter enter"),  # 早 2 晚 2
    ("type", "1"), ("press", "enter"),  # 康复措施
    ("type", "111"), ("type", "3"),  # 分类依据，稳定
    ("press", "space"), ("press", "ctrl+enter"),  # the date proposed for 稳定
)  # fmt: skip
#: What the batch grid's cells are answered with, for somebody who is well.
_CELLS = {
    "visit_form": "2", "visit_targets": "1\n", "risk_level": "0", "symptoms": "12\n", "insight": "1", "sleep": "1",
    "diet": "1", "self_care": "1", "housework": "2", "work": "9", "learning": "2", "social_contact": "2",
    "dangerous_acts": "7", "restraint": "1", "hospitalization": "0", "laboratory": "1", "adherence": "1",
    "adverse_reaction": "1", "treatment_effect": "2", "referral_advised": "1", "drugs": "1", "rehabilitation": "1\n",
    "visit_class": "3",
}  # fmt: skip
_MOST_CELLS = 45

P = TypeVar("P", bound=Page)


class Plan(NamedTuple):
    """How much of a week: so many stay, so many are lost, so many rounds by F8 of those who stay."""

    staying: int = 5
    lost: int = 5
    rounds: int = 3

    @property
    def people(self) -> int:
        """Whom it registers, the twin aside."""
        return self.staying + self.lost


class Clock:
    """Moves when told to."""

    def __init__(self) -> None:
        self.day = START

    def __call__(self) -> datetime:
        """Ten in the morning in China."""
        return datetime(self.day.year, self.day.month, self.day.day, 2, tzinfo=UTC)

    def today(self) -> date:
        """The day."""
        return self.day


@dataclass
class Told:
    """What the week brought: presses per workflow (one number an event), and what was counted at the end."""

    presses: dict[str, list[int]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    steps: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        """For people."""
        typed = [f"{name}: {min(found)}-{max(found)} keys, {len(found)} times" for name, found in self.presses.items()]
        return [" → ".join(self.steps), *typed, *(f"{name}: {count}" for name, count in self.counts.items())]


def make_ledger(folder: Path, clock: Callable[[], datetime]) -> None:
    """An empty township with one village."""
    from db.keys import Kdf
    from db.ledger import Ledger

    ledger, _ = Ledger.create(
        folder, unit_name=UNIT, level="township", login=LOGIN, user_name="王敏", password=PASSWORD, now=clock,
        kdf=Kdf(memory_kib=64, iterations=1, lanes=1),
    )  # fmt: skip
    with ledger.change("unit.add") as change:
        change.add(Unit(name=VILLAGE, level="village", parent_id=ledger.root_unit_id))
    ledger.close()


class Week:
    """The window and the hand on the keyboard."""

    def __init__(self, folder: Path, plan: Plan, pictures: Path | None = None) -> None:
        self.folder, self.plan, self.pictures = folder, plan, pictures
        self.clock, self.told, self.keys = Clock(), Told(), Keyboard()
        self.tasks: TaskRunner
        self.ledger: Ledger
        self.window: MainWindow
        self.faults: list[BaseException] = []

    # ---- the window

    def open(self) -> None:
        """Open the ledger in a fresh window, as after the login."""
        from db.ledger import Ledger

        self.ledger = Ledger.open(self.folder, login=LOGIN, password=PASSWORD, now=self.clock)
        self.tasks = TaskRunner()
        self.tasks.user_failed.connect(self.faults.append)
        self.tasks.bug_found.connect(self.faults.append)
        self.window = MainWindow(self.ledger, self.tasks, UNIT, self.clock.today)
        self.window.resize(1366, 768)
        self.window.show()
        self.window.open_first()
        self.window.activateWindow()
        self.until(self.window.isActiveWindow)
        self.settle()

    def end(self, how: Callable[[MainWindow], object]) -> None:
        """Close or lock the window; the ledger is closed behind it."""
        ended: list[bool] = []
        self.window.ended.connect(ended.append)
        how(self.window)
        self.until(lambda: bool(ended))
        self.window.deleteLater()
        self.tasks.shutdown()

    def until(self, condition: Callable[[], object]) -> None:
        """Wait, with the window alive."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not condition():
            if time.monotonic() > deadline:
                raise AssertionError(f"waited in vain after {self.told.steps}")
            QTest.qWait(5)

    def settle(self) -> None:
        """Until nothing is under way, the pauses after typing included."""
        quiet = 0
        while quiet < 3:
            QTest.qWait(20)
            self.until(lambda: self.tasks.is_idle)
            quiet = quiet + 1 if self.tasks.is_idle else 0
        assert not self.faults, self.faults

    def page(self, kind: type[P]) -> P:
        """The page in front, which must be of a kind."""
        self.until(lambda: isinstance(self.window.current_page(), kind))
        self.settle()
        return cast(P, self.window.current_page())

    def go(self, key: str, kind: type[P], **params: Any) -> P:
        """Open a page."""
        self.window.open_page(key, **params)
        self.activate()
        return self.page(kind)

    def activate(self) -> None:
        """The window is in front again: nobody clicks on it after a dialog."""
        if not self.window.isActiveWindow():
            self.window.activateWindow()
            self.until(self.window.isActiveWindow)

    def dialog(self, kind: type[QWidget]) -> Any:
        """The dialog now open."""

        def found() -> list[QWidget]:
            return [one for one in self.window.findChildren(kind) if one.isVisible()]

        self.until(lambda: len(found()) == 1)
        return found()[0]

    def step(self, name: str, presses: int | None = None) -> None:
        """A step is done: count it, keep what the screen shows."""
        if presses is not None:
            self.told.presses.setdefault(name, []).append(presses)
        if name not in self.told.steps:
            self.told.steps.append(name)
            if self.pictures is not None:
                self.settle()
                self.pictures.mkdir(parents=True, exist_ok=True)
                self.window.grab().save(str(self.pictures / f"{len(self.told.steps):02}-{name}.png"))

    def look(self, name: str) -> None:
        """Keep what the screen shows now, with an open dialog."""
        if self.pictures is not None:
            self.pictures.mkdir(parents=True, exist_ok=True)
            screen = self.window.screen()
            screen.grabWindow(0).save(str(self.pictures / f"{len(self.told.steps):02}-{name}.png"))

    def counted(self, name: str, work: Callable[[], object]) -> None:
        """Do something, and count its presses."""
        before = self.keys.presses
        work()
        self.settle()
        self.step(name, self.keys.presses - before)

    # ---- what a doctor does

    def ids(self) -> list[int]:
        """Everybody on the register, in the order they came."""
        return sorted(one.id or 0 for one in self.ledger.find(Patient))

    def register(self, name: str, number: str | None) -> None:
        """登记: one person; without a number the reason is said."""
        self.go("person", PersonPage)
        keys = self.keys

        def work() -> None:
            keys.type(name, free=True)
            keys.press("enter")
            keys.type("1")  # 知情同意
            keys.press("f8", "space")  # 签字时间: today
            if number is not None:
                keys.type(number, free=True)
                keys.press("enter")
            else:
                page = self.page(PersonPage)
                assert page.pane.view is not None
                page.pane.view.enter_item("no_id_reason")
                keys.type("1", free=True)
            keys.press("f8")
            keys.type("1")  # 精神分裂症
            self.settle()
            keys.press("ctrl+s")
            self.settle()
            if isinstance(self.window.current_page(), PersonPage):  # gaps are shown once, then left to the doctor
                keys.press("ctrl+s")

        before = len(self.ids())
        self.counted("register", work)
        self.until(lambda: len(self.ids()) == before + 1)

    def full_sheet(self, patient_id: int) -> None:
        """随访: the first sheet of somebody, every item typed."""
        self.go("visit", VisitPage, patient_id=patient_id)

        def work() -> None:
            for how, what in _FULL_SHEET:
                if how == "press":
                    self.keys.press(*what.split())
                else:
                    self.keys.type(what, free=how == "free")
                # what is proposed follows what is typed
                QTest.qWait(90 if how == "type" and what in {"2", "3"} else 2)

        self.counted("full form", work)

    def same_sheet(self) -> None:
        """The sheet in front, of somebody who is as well as last time."""
        keys = self.keys

        def work() -> None:
            keys.press("space", "f8")
            for digits in ("0", "7", "1", "0", "1", "1", "1", "1", "111", "3"):
                keys.type(digits)
            QTest.qWait(120)
            keys.press("space", "ctrl+enter")

        self.counted("stable, as last time", work)

    def by_number(self, place: str) -> None:
        """“3-12” in the search box opens the entry of that row."""
        page = self.go("follow_ups", FollowUpsPage)
        page.search.setFocus()
        self.keys.type(place)
        self.settle()
        self.keys.press("enter")
        self.page(VisitPage)
        self.same_sheet()
        self.step("sheet number")

    def batch(self, people: list[int]) -> None:
        """批量补录: one row a person, each begun by F8."""
        page = self.go("batch", BatchPage, people=tuple(people))
        grid = page.grid.grid()
        assert grid is not None
        page.grid.setFocus()
        self.keys.press("space", "enter") if not grid.propose(0, "visit_date") else self.keys.press("space")
        for row in range(len(grid.lines)):
            page.grid.go_to(row, grid.places["visit_form"])
            self.counted("batch row", lambda row=row: self._batch_row(page, row))  # type: ignore[misc]
        self.step("batch grid")
        self.keys.press("ctrl+s")
        self.until(lambda: not page.grid.grid() or not page.grid.grid().lines)  # type: ignore[union-attr]
        self.settle()

    def _batch_row(self, page: BatchPage, row: int) -> None:
        grid = page.grid.grid()
        assert grid is not None
        self.keys.press("f8")
        for _ in range(_MOST_CELLS):
            place = page.grid.here()
            if grid.lines[row].is_whole or place is None or place[0] != row:
                return
            answer = _CELLS.get(grid.columns[place[1]].key)
            if answer is None:
                self.keys.press("space")
                continue
            self.keys.type(answer.rstrip("\n"))
            if answer.endswith("\n"):
                self.keys.press("enter")
        raise AssertionError(f"still not whole: {grid.lines[row].missing}")

    def attempt(self, patient_id: int) -> None:
        """未访到: N and one digit, on the person's page."""
        page = self.go("patient", PatientPage, patient_id=patient_id)
        page.setFocus()

        def work() -> None:
            QTest.keyClick(page, Qt.Key.Key_N)
            self.keys.presses += 1
            asked = self.dialog(AskDialog)
            self.until(asked.editors["result"].hasFocus)
            self.keys.type("3")

        self.counted("failed contact", work)

    def lose(self, patient_id: int) -> None:
        """失访: three attempts over more than a month are on record."""
        self.go("visit", VisitPage, patient_id=patient_id)

        def work() -> None:
            self.keys.press("space", "f6")
            self.keys.type("4")  # 连续3次未访到
            QTest.qWait(120)
            self.keys.press("space", "ctrl+enter")

        self.counted("lost", work)

    def die(self, patient_id: int) -> None:
        """死亡: date and reason; everything else closes."""
        page = self.go("visit", VisitPage, patient_id=patient_id)

        def work() -> None:
            self.keys.press("space", "f6")
            self.keys.press("enter")  # no 失访
            self.keys.type(self.clock.day.isoformat().replace("-", ""))
            self.keys.press("enter")
            self.keys.type("4")  # 意外
            QTest.qWait(120)
            self.look("death")
            self.keys.press("ctrl+enter")
            self.settle()
            if self.window.current_page() is page and page.opened is not None:
                self.keys.press("ctrl+enter")  # gaps are shown once

        self.counted("death", work)

    def move_out(self, patient_id: int, slip_file: Path) -> None:
        """迁出 with its slip as a file, and the receipt noted."""
        page = self.go("transfers", TransfersPage, patient_id=patient_id)
        page.new_buttons[0].click()
        asked = self.dialog(AskDialog)

        def work() -> None:
            for key, words in (("to", "大足区精卫中心"), ("reason", "随子女迁居")):
                editor = cast(QLineEdit, asked.editors[key])
                editor.setFocus()
                self.until(editor.hasFocus)
                self.keys.type(words, free=True)
            self.look("slip")
            self.keys.press("enter")

        self.counted("slip", work)
        self.until(page.table.count)
        page.table.view.selectRow(0)
        line = page.current()
        assert line is not None
        page.write_file(line.slip.id, slip_file)
        self.settle()
        page.row_buttons["accepted"].click()
        self.dialog(AskDialog).send()
        self.settle()
        self.step("receipt")

    def merge(self, kept: int, twin: int) -> None:
        """合并: two records side by side, then one."""
        self.go("merge", MergePage, left=kept, right=twin)
        self.step("merge")

        def work() -> None:
            self.keys.press("ctrl+enter")
            sure = self.dialog(MessageDialog)
            self.until(lambda: sure.isAncestorOf(QApplication.focusWidget() or self.window))
            self.look("merge-sure")
            self.keys.press("enter")

        self.counted("merge", work)
        self.until(lambda: twin not in self.ids())

    def undo_and_redo(self) -> None:
        """Ctrl+Z takes the merge apart; 重做 puts it back."""
        before = len(self.ids())
        self.activate()
        self.window.pages.setFocus()
        QTest.keyClick(self.window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        self.settle()
        with suppress(AssertionError):
            asked = [one for one in self.window.findChildren(MessageDialog) if one.isVisible()]
            if asked:  # what is old or large is asked about
                next(one for one in asked[0].findChildren(QPushButton) if one.text() == "撤销").click()
        self.until(lambda: len(self.ids()) == before + 1)
        self.step("undo")
        self.window.undo.redo_button.click()
        self.until(lambda: len(self.ids()) == before)
        self.settle()

    def recycle(self, patient_id: int) -> None:
        """作废 and back from the recycle bin."""
        from mhdesk.services import patients

        patients.void(self.ledger, patient_id, reason="登记错人")
        page = self.go("recycle", RecyclePage)
        page.refresh()
        self.settle()
        self.step("recycle bin")
        page.table.view.selectRow(0)
        page.restore()
        self.until(lambda: patient_id in self.ids())
        self.settle()

    # ---- drafts

    def half_a_sheet(self, patient_id: int) -> dict[str, str]:
        """Begin a sheet and leave it in the middle."""
        page = self.go("visit", VisitPage, patient_id=patient_id)
        self.keys.press("space")
        self.keys.type("2")
        self.keys.type("1")
        QTest.qWait(80)
        return page.pane.texts()

    def draft_returns(self, patient_id: int, texts: dict[str, str], name: str) -> None:
        """The same sheet has everything that was typed; then it is given up."""
        page = self.go("visit", VisitPage, patient_id=patient_id)
        assert page.pane.texts() == texts, name
        assert page.notice.words(), name
        self.step(name)
        page.drop_draft()
        self.settle()
