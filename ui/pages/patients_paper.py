"""Paper and files of the register: the selected people, or everybody the list shows, one form each or as a list."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMenu, QWidget

from mhdesk.domain.task import Task
from mhdesk.services import printing, register_report
from mhdesk.text import text
from ui.dialogs import ask_files
from ui.dialogs.paper import Maker, show_paper

if TYPE_CHECKING:
    from ui.pages.patients import PatientsPage

#: Sheets of a kind for one print; more are printed part by part.
MOST_SHEETS = 500


class RegisterPaper(QObject):
    """Belongs to the register page."""

    def __init__(self, page: PatientsPage) -> None:
        super().__init__(page)
        self._page, self._desk = page, page.desk
        self.export_button = page.header.add_action(text("patients.export"), "download", self.open_export)
        self.print_button = page.header.add_action(text("printing.print"), "printer", self.open_print)

    def chosen(self) -> list[int]:
        """The selected people in their order; with fewer than two of them selected, everybody shown.

        The table always has a current row, so that one row alone is no choice.
        """
        selected = self._page.table.view.selected_ids()
        return selected if len(selected) > 1 else list(self._page.table.model.ids())

    def forms(self) -> list[tuple[str, Maker | None]]:
        """(name, how it is made) of everything that can be printed now; None: too many for one print."""
        ids, day = self.chosen(), self._desk.today()
        count, few = len(ids), len(ids) <= MOST_SHEETS
        one_each: list[tuple[str, Maker]] = [
            ("follow_ups", lambda ledger, task: printing.follow_ups(ledger, ids, year=day.year, task=task)),
            ("blank", lambda ledger, _task: printing.blank_follow_ups(ledger, ids)),
            ("supplement", lambda ledger, task: printing.supplement(ledger, ids, task=task)),
            ("consent", lambda ledger, _task: printing.consent(ledger, ids)),
        ]
        if not ids:
            return []
        lists: list[tuple[str, Maker | None]] = [
            (
                text("patients.paper.register", count=count),
                lambda ledger, task: printing.register_list(ledger, ids, today=day, task=task),
            ),
            (
                text("patients.paper.loss", count=count),
                lambda ledger, _task: printing.loss_or_death(ledger, ids, today=day),
            ),
        ]
        return lists + [
            (
                text("patients.paper.of_people", form=text(f"patient.paper.{key}", year=day.year), count=count),
                make if few else None,
            )
            for key, make in one_each
        ]

    def open_print(self) -> None:
        """Choose a form."""
        menu = QMenu(self._page)
        for name, make in self.forms():
            show = functools.partial(show_paper, self._desk, self._page, make) if make is not None else None
            menu.addAction(name, show or (lambda: None)).setEnabled(show is not None)
        menu.addSeparator()
        day = self._desk.today()
        everybody: Maker = lambda ledger, _task: printing.loss_or_death(ledger, today=day)  # noqa: E731 - one line
        menu.addAction(
            text("patients.paper.loss_all", year=day.year),
            functools.partial(show_paper, self._desk, self._page, everybody),
        )
        _pop_up(menu, self.print_button)

    def open_export(self) -> None:
        """Choose what is written as a workbook."""
        menu, count = QMenu(self._page), len(self.chosen())
        for kind in register_report.KINDS:
            action = menu.addAction(text(f"patients.export_{kind.replace('-', '_')}", count=count))
            action.triggered.connect(functools.partial(self._ask_file, kind))
            action.setEnabled(count > 0)
        _pop_up(menu, self.export_button)

    def _ask_file(self, kind: str) -> None:
        ids, day = self.chosen(), self._desk.today()
        title = text(f"export.title_{kind.replace('-', '_')}")
        name = f"{self._desk.unit_name}{title}{day.isoformat()}"
        ask_files.save_as(self._page, text("patients.export_to"), name, lambda path: self.write(kind, ids, path))

    def write(self, kind: str, ids: Sequence[int], path: Path) -> None:
        """Write the workbook, and say so."""
        ledger, day = self._desk.ledger, self._desk.today()

        def job(task: Task) -> int:
            report = register_report.MAKERS[kind](ledger, ids, today=day, task=task)
            register_report.write(ledger, report, path, task=task)
            return len(report.sheets[0].rows)

        self._desk.tasks.run(
            "ledger",
            job,
            lambda count: self._page.notice.say(text("patients.exported", count=count, file=path.name), "good"),
            title=text("patients.exporting"),
            owner=self,
        )


def _pop_up(menu: QMenu, near: QWidget) -> None:
    close: Callable[[], None] = menu.deleteLater
    menu.aboutToHide.connect(close)
    menu.popup(near.mapToGlobal(near.rect().bottomLeft()))
