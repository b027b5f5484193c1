"""A month of training from end to end, in the whole window, with real keys that are counted.

Plan → staff → session → roster → printed sheet → typed back with leave → make-up → scores → resit → certificate →
printed summary → the roll-up counts it. Nothing is clicked and no method of a page does the work.
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QApplication, QPushButton, QWidget

from mhdesk.domain.training import TrainingSession
from mhdesk.services import rollups, training
from tests.ui.week_hand import START, Plan, Week, make_ledger
from ui.dialogs.ask import AskDialog
from ui.dialogs.paper import PaperDialog
from ui.pages.training import TrainingPage, YearPart
from ui.pages.training_session import SessionPage

MOST_PRESSES = 400
_MOST_TABS = 60


class Month(Week):
    """The hand on the keyboard."""

    def walk_to(self, widget: QWidget) -> None:
        """Tab until the cursor is there."""
        for _ in range(_MOST_TABS):
            here = QApplication.focusWidget()
            if here is widget or (here is not None and widget.isAncestorOf(here)):
                return
            self.keys.press("tab")
        raise AssertionError(f"no Tab leads to {widget.accessibleName() or widget}")

    def push(self, button: QPushButton) -> None:
        """Go to a button and press it."""
        self.walk_to(button)
        self.keys.press("space")
        self.settle()

    def fill(self, **said: str) -> None:
        """The open form, field by field; Enter stores it."""
        dialog: AskDialog = self.dialog(AskDialog)
        for key, words in said.items():
            editor = dialog.editors[key]
            self.walk_to(editor)
            for place, line in enumerate(words.split("\n")):
                if place:
                    self.keys.press("enter")
                self.keys.type(line, free=not line.isascii())
        if "scores" in said:
            self.push(dialog.primary)
        else:
            self.keys.press("enter")
        self.settle()
        assert not [one for one in self.window.findChildren(AskDialog) if one.isVisible()], dialog.notice.words()
        self.activate()

    def paper(self) -> str:
        """The form on the screen: its title; Esc puts it away."""
        dialog: PaperDialog = self.dialog(PaperDialog)
        title = dialog.windowTitle()
        self.keys.press("esc")
        self.settle()
        self.activate()
        return title

    def hire(self, name: str) -> None:
        """A person of the staff."""
        page = self.go("training", TrainingPage, tab="staff")
        assert page.header.primary is not None
        self.push(page.header.primary)
        self.fill(name=name, fte="1", started_on="2024-01-01")

    def date_the_plan(self, year: YearPart) -> SessionPage:
        """The line of this month's plan gets its day; its roster comes with it."""
        self.walk_to(year.tiles.tiles[START.month - 1])
        self.keys.press("enter")
        session = self.page(SessionPage)
        change = next(one for one in session.header.findChildren(QPushButton) if one.text().strip() == "修改")

        def date_it() -> None:
            self.push(change)
            self.fill(held_on=START.isoformat(), hours="6", starts_at="9:00", ends_at="16:30")

        self.counted("session", date_it)
        return session

    def type_back(self, session: SessionPage) -> None:
        """The signed sheet, by its row numbers."""

        def work() -> None:
            self.walk_to(session.sheet.boxes["present"])
            self.keys.type("1,3")
            self.walk_to(session.sheet.boxes["leave"])
            self.keys.type("2")
            self.keys.press("enter")

        self.counted("sheet", work)

    def row(self, page: SessionPage, number: int, **said: str) -> None:
        """One row of the roster, opened by Enter."""
        self.walk_to(page.table.view)
        page.table.view.setCurrentIndex(page.table.model.index(0, 0))
        for _ in range(number - 1):
            self.keys.press("down")
        self.keys.press("enter")
        self.settle()
        self.fill(**said)


def test_a_month_of_training_by_keyboard(dressed: QApplication, tmp_path: Path) -> None:
    month = Month(tmp_path / "ledger", Plan())
    make_ledger(month.folder, month.clock)
    month.open()
    ledger, keys = month.ledger, month.keys
    for name in ("罗云", "唐雨", "冉雪"):
        month.hire(name)
    page = month.go("training", TrainingPage)
    year = page.parts["year"]
    assert isinstance(year, YearPart)
    plan = next(one for one in year.findChildren(QPushButton) if one.text().strip() == "补齐全年计划")
    month.counted("plan", lambda: month.push(plan))
    assert len(ledger.find(TrainingSession)) == 16

    session = month.date_the_plan(year)
    assert session.book is not None
    number = session.book.line.id
    assert [one.name for one in training.roster(ledger, number)] == ["冉雪", "唐雨", "罗云"]
    keys.press("ctrl+p")
    month.settle()
    assert month.paper().endswith("签到表")

    month.type_back(session)
    assert [one.presence for one in training.roster(ledger, number)] == ["present", "leave", "present"]
    month.counted("make-up", lambda: month.row(session, 2, made_up_on=START.isoformat()))

    def scores() -> None:
        month.push(session.score_button)
        month.fill(scores="1 90 85\n2 80 -\n3 55 70")

    month.counted("scores", scores)
    month.counted("resit", lambda: month.row(session, 3, resit_on=START.isoformat(), resit_theory="75"))
    month.counted("certificate", lambda: month.row(session, 1, certificate_number="JF2026-01"))
    counts = training.book(ledger, number, today=START).line.counts
    assert (counts.here, counts.leave, counts.made_up, counts.passed, counts.failed) == (2, 1, 1, 3, 0)
    assert training.roster(ledger, number)[0].certificate_number == "JF2026-01"

    # the month's summary on paper
    month.go("training", TrainingPage, month=f"{START:%Y-%m}")
    summary = year.summary
    month.counted("summary", lambda: month.push(summary))
    assert "汇总表" in month.paper()
    tile = year.tiles.tiles[START.month - 1]
    assert "已完成" in tile.accessibleName()

    # the week's roll-up shows it
    total = rollups.build(ledger, period="weekly", on=START, today=START).total
    assert (total["training_sessions"].numerator, total["training_attendances"].numerator) == (1, 2)
    assert not month.faults
    month.told.presses["whole month"] = [keys.presses]
    assert keys.presses <= MOST_PRESSES, month.told.lines()
    month.end(lambda window: window.close())
