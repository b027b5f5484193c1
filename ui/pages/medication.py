"""服药: injections of today, medicine running out, stopped, not regular, candidates; stock; the registers of a month.

A row is worked on with one key: D hands out, I injects, Enter opens the person.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QComboBox, QStackedWidget, QWidget

from mhdesk.domain.changes import Changes
from mhdesk.domain.medication import StockKind, StockMovement
from mhdesk.domain.task import Task
from mhdesk.reports.model import Report
from mhdesk.services import printing as papers
from mhdesk.services.medication import overview, picture, review
from mhdesk.services.medication.overview import LISTS, Line, Overview
from mhdesk.services.medication.picture import Picture
from mhdesk.services.medication.review import UnknownName
from mhdesk.services.medication.stock import Level
from mhdesk.services.printing import Month
from mhdesk.services.printing.medication import BLANK_ROWS
from mhdesk.text import text
from ui.dialogs import ask_files
from ui.dialogs import medication as forms
from ui.dialogs.ask import Ask, AskDialog
from ui.dialogs.paper import show_paper
from ui.dialogs.record import RecordDialog
from ui.pages.base import Desk, Page, Params, Shot, keys_of
from ui.pages.patient_medication import TOPICS
from ui.tables import Column, TablePanel
from ui.theme import ToneName
from ui.widgets import Card, ChipText, ChoiceBar, FlowLayout, Notice, PlainButton, column, label, row

CANDIDATES, STOCK, UNKNOWN = "candidates", "stock", "unknown"
TABS = (*LISTS, STOCK, UNKNOWN)
_TONES: dict[str, ToneName] = {
    "injection_late": "now", "injection_due": "late", "injection_soon": "info", "ran_out": "now",
    "running_out": "late", "stopped": "now", "not_regular": "late", "watch": "missing", "candidate": "info",
}  # fmt: skip
_BLANK = "blank"
_MONTHS_OFFERED = 13


class MedicationPage(Page):
    """Who must be looked at, and what is in the cupboard."""

    topics = TOPICS | {"patient", "follow_up", "movement", "stock_movement"}
    shots = (Shot("medication"), Shot("medication-stock", {"list": STOCK}))

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.found: Overview | None = None
        self._shown: Sequence[Line] = ()
        self._dialog: RecordDialog | None = None
        self.header.set_title(text("medication_page.title"))
        self.header.add_action(text("medication_page.injection_register"), "printer", self.print_injections)
        self.header.add_action(text("medication_page.export"), "download", self.export)
        self.header.set_primary(text("medication_page.dispensing_register"), "printer", self.print_dispensing)
        self.notice = Notice()
        self.lists = ChoiceBar([(key, text(f"medication_page.list.{key}")) for key in TABS])
        self.lists.chosen.connect(lambda _key: self._filter())
        self.village = self._box(text("medication_page.every_village"))
        self.drug = self._box(text("medication_page.every_drug"))
        self.waiting = self._list(_columns())
        self.candidates = self._list(_candidate_columns())
        self.stock = TablePanel(desk.tasks, _stock_columns())
        self.stock.set_name(text("medication_page.list.stock"))
        self.stock.set_empty("pill", text("medication_page.empty.stock"), text("medication_page.empty_next.stock"))
        self.unknown = TablePanel(desk.tasks, _unknown_columns())
        self.unknown.set_name(text("medication_page.list.unknown"))
        self.unknown.set_empty(
            "circle-check", text("medication_page.empty.unknown"), text("medication_page.empty_next.unknown")
        )
        self.unknown.opened.connect(lambda _place: self.name_drug())
        self._lay_out()
        for key, slot in (("D", self.dispense), ("I", self.inject), ("V", self.open_visit)):
            QShortcut(QKeySequence(key), self).activated.connect(slot)
        self.takes_keys = self.waiting

    def _list(self, columns: Sequence[Column]) -> TablePanel:
        made = TablePanel(self.desk.tasks, columns)
        made.set_name(text("medication_page.title"))
        made.opened.connect(self.open_person)
        made.view.selection_changed.connect(self._tell)
        return made

    @property
    def people(self) -> TablePanel:
        """The table of people in front."""
        return self.candidates if self.chosen_list() == CANDIDATES else self.waiting

    def _box(self, everybody: str) -> QComboBox:
        box = QComboBox()
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        box.setAccessibleName(everybody)
        box.addItem(everybody, "")
        box.activated.connect(lambda _index: self._filter())
        return box

    def _lay_out(self) -> None:
        self.filters = QWidget()
        flow = FlowLayout(space=3)
        flow.addWidget(self.village)
        flow.addWidget(self.drug)
        self.filters.setLayout(flow)
        self.told = label("", "quiet", wrap=True)
        person = PlainButton(text("medication_page.open"), "user", self._open_chosen)
        visit = PlainButton(text("medication_page.visit"), "clipboard-pen", self.open_visit)
        self.inject_button = PlainButton(text("medication_page.inject"), "syringe", self.inject)
        self.dispense_button = PlainButton(text("medication_page.dispense"), "pill", self.dispense)
        foot = row(self.told, person, visit, self.inject_button, self.dispense_button, space=3)
        foot.setStretch(0, 1)
        self.stack = QStackedWidget()
        moved = PlainButton(text("medication_page.move_stock"), "plus", self.move_stock)
        named = PlainButton(text("medication_page.name_drug"), "check", self.name_drug)
        stock_foot = row(label(text("medication_page.stock_note"), "quiet", wrap=True), moved, space=3)
        stock_foot.setStretch(0, 1)
        unknown_foot = row(label(text("medication_page.unknown_note"), "quiet", wrap=True), named, space=3)
        unknown_foot.setStretch(0, 1)
        both = QWidget()
        both.setLayout(column(self.waiting, self.candidates, space=0))
        for table, below in ((both, foot), (self.stock, stock_foot), (self.unknown, unknown_foot)):
            held = QWidget()
            lines = column(space=2)
            lines.addWidget(table, 1)
            lines.addLayout(below)
            held.setLayout(lines)
            self.stack.addWidget(held)
        card = Card()
        card.body.addWidget(self.filters)
        card.body.addWidget(self.stack, 1)
        self.body.addWidget(self.notice)
        self.body.addWidget(self.lists)
        self.body.addWidget(card, 1)

    # ---- reading

    def activate(self, params: Params) -> None:
        """With a list in the parameters, that one comes to the front; later the doctor chooses."""
        if params.get("list") in TABS and dict(params) != dict(self.params):
            self.lists.choose(str(params["list"]))
        super().activate(params)

    def refresh(self) -> None:
        """Read all lists anew; the filters stay."""
        ledger, today = self.desk.ledger, self.desk.today()
        self.desk.tasks.run(
            "ledger",
            lambda task: overview.read(ledger, today=today, task=task),
            self._show,
            title=text("medication_page.reading"),
            key="medication",
            owner=self,
        )

    def _show(self, found: Overview) -> None:
        self.found = found
        for key, lines in found.lines.items():
            self.lists.set_count(key, len(lines))
        self.lists.set_count(STOCK, len(found.stock))
        self.lists.set_count(UNKNOWN, len(found.unknown))
        _offer(self.village, found.villages)
        _offer(self.drug, found.drugs)
        self.stock.show_rows(found.stock)
        self.unknown.show_rows(found.unknown)
        self._filter()

    def chosen_list(self) -> str:
        """The list in front."""
        return self.lists.key() or TABS[0]

    def _filter(self) -> None:
        """The lines of the list that the filters leave."""
        key = self.chosen_list()
        is_people = key in LISTS
        self.stack.setCurrentIndex(0 if is_people else TABS.index(key) - len(LISTS) + 1)
        self.filters.setVisible(is_people)
        self.waiting.setVisible(key != CANDIDATES)
        self.candidates.setVisible(key == CANDIDATES)
        self.drug.setVisible(key != CANDIDATES)
        self.takes_keys = (self.people, self.stock, self.unknown)[self.stack.currentIndex()]
        if not is_people or self.found is None:
            return
        village, drug = self.village.currentData(), self.drug.currentData() if key != CANDIDATES else ""
        self._shown = [
            one
            for one in self.found.lines[key]
            if (not village or one.village == village) and (not drug or one.drug == drug)
        ]
        self.people.set_empty(
            "circle-check", text(f"medication_page.empty.{key}"), text(f"medication_page.empty_next.{key}")
        )
        self.people.show_rows(self._shown)
        self._tell()

    def shown_lines(self) -> list[Line]:
        """The lines in the order they are shown."""
        return [self._shown[place] for place in self.people.model.ids() if place < len(self._shown)]

    def current(self) -> Line | None:
        """The line with the cursor; the only one, or the first where none is chosen."""
        places = self.people.view.selected_ids()
        place = places[0] if places else next(iter(self.people.model.ids()), None)
        return self._shown[place] if place is not None and place < len(self._shown) else None

    def _tell(self) -> None:
        """The whole reason of the line with the cursor: its column may be too narrow for it."""
        places = self.people.view.selected_ids()
        one = self._shown[places[0]] if len(places) == 1 and places[0] < len(self._shown) else None
        self.told.setText("" if one is None else one.words)

    # ---- a line

    def open_person(self, place: int) -> None:
        """The person's tab 服药."""
        self.desk.open_page("patient", patient_id=self._shown[place].patient_id, tab="medication")

    def _open_chosen(self) -> None:
        if (one := self.current()) is not None:
            self.desk.open_page("patient", patient_id=one.patient_id, tab="medication")

    def open_visit(self) -> None:
        """V: record a follow-up of the person."""
        if self.chosen_list() in LISTS and (one := self.current()) is not None:
            self.desk.open_page("visit", patient_id=one.patient_id)

    def dispense(self) -> None:
        """D: hand out."""
        today, staff = self.desk.today(), self.desk.ledger.user_name
        self._work(lambda found: forms.next_dispensing(found, today=today, staff=staff))

    def inject(self) -> None:
        """I: an injection."""
        today, staff = self.desk.today(), self.desk.ledger.user_name
        self._work(lambda found: forms.next_injection(found, today=today, staff=staff))

    def _work(self, make: Any) -> None:
        one = self.current()
        if self.chosen_list() not in LISTS or one is None or self._dialog is not None:
            return
        ledger, today, patient_id, name = self.desk.ledger, self.desk.today(), one.patient_id, one.name

        def ready(found: Picture) -> None:
            self._open(make(found), found, name)

        self.desk.tasks.run(
            "ledger", lambda _task: picture.read(ledger, patient_id, today=today), ready, key="open", owner=self
        )

    def _open(self, base: Any, found: Picture, name: str) -> None:
        self._keep(forms.edit(self.desk, self, base, found.basis.book, self._done(name), person=name))

    def _keep(self, dialog: RecordDialog) -> None:
        self._dialog = dialog
        dialog.destroyed.connect(self._forget)

    def _forget(self) -> None:
        self._dialog = None

    def _done(self, name: str) -> Any:
        def done(changes: Changes) -> None:
            self.notice.say(text("medication_page.saved", name=name), "good")
            self.desk.changes.publish(changes)

        return done

    def leave(self) -> None:
        """The program is being locked: what is being typed becomes a draft."""
        if self._dialog is not None:
            self._dialog.keep()

    # ---- stock and names

    def move_stock(self) -> None:
        """Something came in, went out or was counted."""
        today, staff = self.desk.today(), self.desk.ledger.user_name
        ledger = self.desk.ledger

        def ready(book: Any) -> None:
            base = StockMovement(
                moved_on=today, drug_name="", kind=StockKind.IN.value, quantity=0.0, unit="片", staff_name=staff
            )
            self._keep(forms.edit(self.desk, self, base, book, self._done(text("medication_page.list.stock"))))

        from mhdesk.services import drug_list

        self.desk.tasks.run("ledger", lambda _task: drug_list.book(ledger), ready, owner=self)

    def name_drug(self) -> None:
        """Say which drug of the dictionary a name means."""
        places = self.unknown.view.selected_ids()
        found = self.found
        if found is None or not found.unknown:
            return
        one = found.unknown[places[0] if places else 0]
        if not one.can_be_named:
            self.notice.say(text("medication_page.only_dictionary"), "info")
            return
        ledger = self.desk.ledger

        def ready(book: Any) -> None:
            def submit(dialog: AskDialog, values: Mapping[str, Any]) -> None:
                drug = book.find(values["drug"])
                if drug is None:
                    dialog.fields["drug"].show_problem(text("medication_page.not_in_dictionary"))
                    dialog.primary.setEnabled(True)
                    return

                def done(changes: Changes) -> None:
                    dialog.accept()
                    self.desk.saved()
                    self._done(one.drug_name)(changes)

                self.desk.tasks.run(
                    "ledger",
                    lambda _task: review.name_drug(ledger, one.drug_name, drug.key),
                    done,
                    dialog.refuse,
                    owner=dialog,
                )

            asks = [Ask("drug", text("medication_page.is_drug"), "drug", is_required=True)]
            AskDialog(
                self.desk,
                text("medication_page.name_drug"),
                text("settings.save"),
                asks,
                submit,
                sentence=text("medication_page.name_of", name=one.drug_name, count=one.total),
                drug_book=book,
                parent=self,
            ).open()

        from mhdesk.services import drug_list

        self.desk.tasks.run("ledger", lambda _task: drug_list.book(ledger), ready, owner=self)

    # ---- paper and files

    def print_dispensing(self) -> None:
        """发药登记表 of a month."""
        self._ask_register("dispensing", papers.dispensing_register)

    def print_injections(self) -> None:
        """长效针剂登记表 of a month."""
        self._ask_register("injections", papers.injection_register)

    def _ask_register(self, name: str, make: Any) -> AskDialog:
        today = self.desk.today()
        months, month = [], Month.of(today)
        for _ in range(_MONTHS_OFFERED):
            months.append((f"{month.year}-{month.month:02d}", month.words))
            month = Month(month.year, month.month - 1) if month.month > 1 else Month(month.year - 1, 12)
        villages = [("", text("medication_page.every_village"))]
        villages += [(one, one) for one in (self.found.villages if self.found is not None else [])]
        ways = [("filled", text("medication_page.filled")), (_BLANK, text("medication_page.blank"))]
        asks = [
            Ask("month", text("medication_page.month"), "choice", choices=months),
            Ask("village", text("medication_page.village"), "choice", choices=villages),
            Ask("way", text("medication_page.way"), "choice", choices=ways),
        ]

        def submit(dialog: AskDialog, values: Mapping[str, Any]) -> None:
            year, number = (int(part) for part in values["month"].split("-"))
            blank = BLANK_ROWS if values["way"] == _BLANK else 0
            village = values["village"] or None
            dialog.accept()
            show_paper(
                self.desk,
                self,
                lambda ledger, _task: make(ledger, Month(year, number), today=today, village=village, blank_rows=blank),
            )

        title, verb = text(f"paper.titles.{name}"), text("medication_page.preview")
        dialog = AskDialog(self.desk, title, verb, asks, submit, parent=self)
        dialog.open()
        return dialog

    @property
    def can_print(self) -> bool:
        """Ctrl+P prints the register of the month."""
        return True

    def print_(self) -> None:
        """发药登记表, or that of injections while their list is in front."""
        if self.chosen_list() == "injections":
            self.print_injections()
        else:
            self.print_dispensing()

    @property
    def can_export(self) -> bool:
        """Only a list with something on it."""
        key = self.chosen_list()
        return bool(self._shown) if key in LISTS else key == STOCK and bool(self.stock.count())

    def report(self) -> Report:
        """Exactly what is on the screen."""
        unit, today, key = self.desk.unit_name, self.desk.today(), self.chosen_list()
        if key == STOCK:
            return overview.stock_report(self.found.stock if self.found else (), unit_name=unit, today=today)
        keys = [self.people.model.columns[number].key for number in self.people.view.shown_columns()]
        filters = " · ".join(box.currentText() for box in (self.village, self.drug) if box.currentData())
        name = text(f"medication_page.list.{key}")
        return overview.report(
            self.shown_lines(), keys=keys, name=name, filters=filters or name, unit_name=unit, today=today
        )

    def export(self) -> None:
        """Write a workbook where the doctor says."""
        if not self.can_export:
            self.notice.say(text("medication_page.nothing_to_export"), "info")
            return
        made = self.report()
        ask_files.save_as(self, text("medication_page.export"), made.file_stem, lambda path: self.export_to(path, made))

    def export_to(self, path: Path, made: Report) -> None:
        """Write the workbook."""
        ledger = self.desk.ledger

        def job(task: Task) -> None:
            overview.write(ledger, made, path, task=task)

        def done(_none: None) -> None:
            self.notice.say(text("medication_page.exported", file=path.name), "good")

        self.desk.tasks.run("ledger", job, done, title=text("medication_page.export"), owner=self)

    def help_lines(self) -> Sequence[tuple[str, str]]:
        """The keys of this page."""
        return keys_of("medication_page.help")


def _offer(box: QComboBox, names: Sequence[str]) -> None:
    """Offer these names, keeping what is chosen where it still occurs."""
    kept = box.currentData()
    while box.count() > 1:
        box.removeItem(1)
    for name in names:
        box.addItem(name, name)
    box.setCurrentIndex(max(0, box.findData(kept)))


def _kind(one: Line) -> Sequence[ChipText]:
    return [ChipText(one.kind_words, _TONES.get(one.kind, "plain"))]


def _late(one: Line) -> ToneName | None:
    return "now" if one.days is not None and one.days > 0 else None


def _columns() -> list[Column]:
    return [
        Column("name", text("medication_page.column.name"), 5.5, is_bold=True),
        Column("village", text("medication_page.column.village"), 7),
        Column("kind", text("medication_page.column.kind"), 8.5, "chips", chips=_kind),
        Column("drug", text("medication_page.column.drug"), 9),
        Column("on", text("medication_page.column.on"), 6.5, "date"),
        Column("late", text("medication_page.column.late"), 6.5, value=lambda one: one.late_words, tone=_late),
        Column("words", text("medication_page.column.words"), 14, is_stretched=True, is_sortable=False),
        Column("phone", text("medication_page.column.phone"), 7.5),
    ]


def _candidate_columns() -> list[Column]:
    return [
        Column("name", text("medication_page.column.name"), 5.5, is_bold=True),
        Column("village", text("medication_page.column.village"), 7),
        Column("words", text("medication_page.column.words"), 30, is_stretched=True, is_sortable=False),
        Column("phone", text("medication_page.column.phone"), 7.5),
    ]


def _stock_columns() -> list[Column]:
    def low(one: Level) -> ToneName | None:
        return "now" if one.left < 0 else None

    return [
        Column("drug_name", text("medication_page.stock.drug_name"), 12, is_bold=True, is_stretched=True),
        Column("unit", text("medication_page.stock.unit"), 4),
        Column("came_in", text("medication_page.stock.came_in"), 6, "number"),
        Column("went_out", text("medication_page.stock.went_out"), 6, "number"),
        Column("handed_out", text("medication_page.stock.handed_out"), 6, "number"),
        Column("left", text("medication_page.stock.left"), 6, "number", tone=low),
        Column("counted_on", text("medication_page.stock.counted_on"), 7, "date"),
        Column("expires_on", text("medication_page.stock.expires_on"), 7, "date"),
    ]


def _unknown_columns() -> list[Column]:
    def where(one: UnknownName) -> str:
        return "、".join(text(f"medication_page.table.{name}", count=count) for name, count in one.uses.items())

    return [
        Column("drug_name", text("medication_page.unknown_name"), 14, is_bold=True),
        Column("total", text("medication_page.unknown_total"), 6, "number", value=lambda one: one.total),
        Column("where", text("medication_page.unknown_where"), 20, is_stretched=True, value=where),
    ]
