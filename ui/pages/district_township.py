"""The township's part of 区县: its district, the packages it made, the receipts that came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtWidgets import QComboBox, QWidget

from mhdesk.domain.changes import Changes
from mhdesk.domain.dates import ReportWeek
from mhdesk.domain.errors import UserError
from mhdesk.domain.exchange import SealedPackage
from mhdesk.domain.task import Task
from mhdesk.services.district import keys, merging, packing
from mhdesk.services.district.checks import Note
from mhdesk.services.district.keys import Joined
from mhdesk.text import error_text, text
from ui.dialogs import ask_files
from ui.pages import district_dialogs as dialogs
from ui.pages.base import Desk, PageHeader
from ui.tables import Column, TablePanel
from ui.theme import ToneName
from ui.widgets import Card, ChipText, Notice, column, label

_LEVELS = ("D1", "D0")
_WEEKS = 3
_SETTING = Changes({"setting": frozenset()})


@dataclass(frozen=True)
class _Line:
    """A package in words."""

    package: SealedPackage
    week: str
    level: str
    made: str
    answer: Sequence[ChipText]
    notes: str


class TownshipPart(QWidget):
    """生成上报包, the district's keys, receipts."""

    def __init__(self, desk: Desk, page: QWidget) -> None:
        super().__init__()
        self.desk, self._page = desk, page
        self._joined: Joined | None = None
        self.notice = Notice()
        self.facts = label("", "quiet", wrap=True)
        self.weeks = QComboBox()
        self.weeks.setAccessibleName(text("district_page.week"))
        self.weeks.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.levels = QComboBox()
        self.levels.setAccessibleName(text("district_page.level"))
        for level in _LEVELS:
            self.levels.addItem(text(f"district.level.{level}"), level)
        self.table = TablePanel(desk.tasks, _columns())
        self.table.set_name(text("district_page.packages"))
        self.table.set_empty("inbox", text("district_page.no_packages"), text("district_page.no_packages_next"))
        self.takes_keys: QWidget = self.table
        district = Card(text("district_page.my_district"))
        district.body.addWidget(self.facts)
        packages = Card(text("district_page.packages"))
        packages.head.add(self.weeks)
        packages.head.add(self.levels)
        packages.body.addWidget(self.table, 1)
        lines = column(self.notice, district, packages, space=3)
        lines.setStretch(2, 1)
        self.setLayout(lines)

    def build(self, header: PageHeader) -> None:
        """The page's buttons."""
        header.add_action(text("district_page.take_setup"), "key-round", self.take_setup)
        self.registration_button = header.add_action(
            text("district_page.write_registration"), "save", self.write_registration
        )
        self.receipt_button = header.add_action(text("district_page.take_receipt"), "inbox", self.take_receipt)
        self.pack_button = header.set_primary(text("district_page.pack"), "upload", self.pack)

    def refresh(self) -> None:
        """The district and the packages."""
        ledger = self.desk.ledger

        def job(_task: Task) -> tuple[Joined | None, list[SealedPackage], int]:
            from mhdesk.services import sending

            return keys.joined(ledger), packing.packages(ledger), sending.terms(ledger).first_weekday

        self.desk.tasks.run("ledger", job, self._show, key="township-packages", owner=self)

    def _show(self, found: tuple[Joined | None, Sequence[SealedPackage], int]) -> None:
        self._joined, packages, first_weekday = found
        for button in (self.registration_button, self.receipt_button, self.pack_button):
            button.setEnabled(self._joined is not None)
        if self._joined is None:
            self.facts.setText(text("district_page.not_joined"))
        else:
            self.facts.setText(
                text(
                    "district_page.joined",
                    district=self._joined.name,
                    unit=self._joined.unit_name,
                    fingerprint=self._joined.fingerprint,
                )
            )
            if self._joined.is_revoked:
                self.notice.say(error_text("MH-PACK-30").message + error_text("MH-PACK-30").next, "late")
        chosen = self.weeks.currentIndex()
        self.weeks.clear()
        on = self.desk.today()
        for _ in range(_WEEKS):
            week = ReportWeek.holding(on, first_weekday)
            self.weeks.addItem(week.label, min(week.range.last, self.desk.today()))
            on = week.start.fromordinal(week.start.toordinal() - 1)
        self.weeks.setCurrentIndex(max(0, chosen))
        self.table.show_rows([_line(one) for one in packages])

    # ---- doing

    def pack(self, *, reason: str | None = None) -> None:
        """Ask for the stick, then write the week's package there."""
        ask_files.open_folder(
            self, text("district_page.pack_to"), lambda folder: self.pack_to(folder, reason=reason), start=Path.home()
        )

    def pack_to(self, folder: Path, *, reason: str | None = None) -> None:
        """Write the package; a week sent before asks why."""
        ledger, today = self.desk.ledger, self.desk.today()
        on, level, words = self.weeks.currentData(), str(self.levels.currentData()), self.weeks.currentText()

        def job(_task: Task) -> packing.Packed:
            return packing.package(ledger, on=on, level=level, reason=reason, folder=folder, today=today)

        def done(packed: packing.Packed) -> None:
            key = "packed" if packed.is_new else "packed_again"
            self.notice.say(text(f"district_page.{key}", file=packed.file.name, folder=packed.file.parent), "good")
            self._stored(Changes({"sealed_package": frozenset()}))

        def failed(error: BaseException) -> None:
            if isinstance(error, UserError) and error.code == "MH-PACK-31":
                dialogs.again(self.desk, self, words, lambda chosen: self.pack_to(folder, reason=chosen))
            elif isinstance(error, UserError):
                said = error_text(error.code, **error.params)
                self.notice.say(f"{said.message}{said.next}", "late")
            else:
                self.desk.tasks.report(error)

        self.desk.tasks.run("ledger", job, done, failed, title=text("district_page.packing"), owner=self)

    def take_setup(self) -> None:
        """The district's key file."""
        ask_files.open_file(self, text("district_page.take_setup"), ("mhs",), self.look_setup)

    def look_setup(self, file: Path) -> None:
        """Read it, then ask for the digits."""
        ledger = self.desk.ledger
        self.desk.tasks.run(
            "ledger",
            lambda _task: keys.look_setup(ledger, file),
            lambda view: dialogs.join(self.desk, self, file, view, self._joined_now),
            owner=self,
        )

    def _joined_now(self) -> None:
        self.notice.say(text("district_page.join.done"), "good")
        self._stored(_SETTING)

    def write_registration(self) -> None:
        """The township's public key, for the district."""
        name = text("district_page.registration_name", unit=self._joined.unit_name if self._joined else "")
        ask_files.save_as(
            self, text("district_page.write_registration"), name, self.write_registration_to, kinds=("mhg",)
        )

    def write_registration_to(self, file: Path) -> None:
        """Write it; the digits stand on the page."""
        ledger = self.desk.ledger
        self.desk.tasks.run(
            "ledger",
            lambda _task: keys.write_registration(ledger, file),
            lambda path: self.notice.say(text("district_page.registration_written", file=path.name), "good"),
            owner=self,
        )

    def take_receipt(self) -> None:
        """The district's answer."""
        ask_files.open_file(self, text("district_page.take_receipt"), ("mhr",), self.read_receipt)

    def read_receipt(self, file: Path) -> None:
        """Take it and say what it says; whom a conflict is about only this ledger can tell."""
        ledger = self.desk.ledger

        def job(_task: Task) -> tuple[packing.ReceiptView, Changes, list[str]]:
            view, changes = packing.take_receipt(ledger, file)
            said = [
                text(
                    "district_page.receipt_conflict",
                    kind=text(f"district.conflict.{kind}"),
                    who=packing.label_of(ledger, who, identified=True) if who else text("district_page.nobody_known"),
                    orgs="、".join(orgs),
                )
                for kind, orgs, who in view.conflicts
            ]
            return view, changes, said

        def done(found: tuple[packing.ReceiptView, Changes, list[str]]) -> None:
            view, changes, said = found
            notes = [merging.note_sentence(Note(one["code"], one["params"])) for one in view.notes]
            key = "receipt_accepted" if view.is_accepted else "receipt_refused"
            words = [text(f"district_page.{key}", file=view.package.file_name), *notes, *said]
            self._stored(changes)
            self.notice.say("\n".join(words), "good" if view.is_accepted and not said else "late")

        self.desk.tasks.run("ledger", job, done, owner=self)

    def _stored(self, changes: Changes) -> None:
        self.desk.saved()
        self.desk.changes.publish(changes, source=self._page)
        self.refresh()


def _line(package: SealedPackage) -> _Line:
    from datetime import date

    week = ReportWeek(date.fromisoformat(package.period_start)).label
    made = package.entered_at.astimezone().strftime("%Y-%m-%d %H:%M") if package.entered_at else ""
    tones: dict[str | None, ToneName] = {"accepted": "good", "refused": "now", None: "missing"}
    answer = [ChipText(text(f"district_page.answer.{package.answer or 'none'}"), tones[package.answer])]
    rows = text("district_page.rows", people=package.counts.get("person", package.counts.get("named", "0")))
    return _Line(package, week, text(f"district.level.{package.level}"), made, answer, rows)


def _columns() -> list[Column]:
    def revision(line: _Line) -> int:
        return line.package.revision

    def answer(line: _Line) -> Sequence[ChipText]:
        return line.answer

    return [
        Column("week", text("district_page.column.week"), 15, is_stretched=True),
        Column("level", text("district_page.column.level"), 7, gives_way=1),
        Column("revision", text("district_page.column.revision"), 4, "number", value=revision, gives_way=2),
        Column("notes", text("district_page.column.rows"), 5, gives_way=3),
        Column("made", text("district_page.column.made"), 9, gives_way=4),
        Column("answer", text("district_page.column.answer"), 6, "chips", chips=answer, is_sortable=False),
    ]
