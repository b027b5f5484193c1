"""One person: who, class, risk, drugs, guardian, next visit at one look; visits, the whole file, its history."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QSizePolicy, QStackedWidget, QWidget

from mhdesk.domain.account import CustomField
from mhdesk.domain.follow_up import DrugLine, FollowUp
from mhdesk.domain.patient import MovementKind
from mhdesk.forms import load, show, skip
from mhdesk.forms.spec import FieldSpec, Kind
from mhdesk.services import custom_fields, patients, quality, transfers
from mhdesk.services.medication import timeline
from mhdesk.services.medication.timeline import Shown
from mhdesk.services.patients import PastChange, PatientFile
from mhdesk.services.quality import OpenDoubt
from mhdesk.text import text
from ui import theme
from ui.pages import due_dialogs, patient_colours, patient_joint, quality_doubts
from ui.pages import patient_words as words
from ui.pages.base import Desk, Page, Shot, keys_of
from ui.pages.patient_colours import ColoursTab
from ui.pages.patient_indicators import IndicatorsTab
from ui.pages.patient_joint import JointTab
from ui.pages.patient_medication import TOPICS, MedicationTab
from ui.pages.patient_pairs import Pairs
from ui.pages.patient_paper import Papers, ask_form
from ui.pages.patient_timeline import CourseView
from ui.tables import Column, TablePanel
from ui.undo import action_words
from ui.widgets import Beside, Card, ChipText, ChoiceBar, ScrollBody, clear, column, label

TABS = ("overview", "visits", "medication", "joint", "colours", "indicators", "file", "history")
_EVIDENCE = (
    "risk_level",
    "symptoms",
    "insight",
    "social_contact",
    "dangerous_acts",
    "hospitalization",
    "adherence",
    "adverse_reaction",
    "treatment_effect",
)
_SHOWN_MISSING = 8
_LEAST_ROWS = 6  # of the part below the tabs
_LONGEST_ITEM_EM = 10.5  # 两次随访期间住院情况
_LONGEST_LABEL_EM = 11
_GUARDIAN_EM = 4

_VISIT_COLUMNS = [
    Column("visit_date", text("patient.visit_column.visit_date"), 7, "date", is_bold=True),
    Column("visit_form", text("patient.visit_column.visit_form"), 6,
           value=lambda visit: words.coded("visit_form", visit.visit_form)),
    Column("visit_class", text("patient.visit_column.visit_class"), 6, "chips",
           chips=lambda visit: [words.class_chip(visit.visit_class)] if visit.visit_class else []),
    Column("risk_level", text("patient.visit_column.risk"), 5, "chips", chips=words.risk_chips),
    Column("adherence", text("patient.visit_column.adherence"), 7,
           value=lambda visit: words.coded("adherence", visit.adherence)),
    Column("hospitalization", text("patient.visit_column.hospital"), 8,
           value=lambda visit: words.coded("hospitalization", visit.hospitalization)),
    Column("state", text("patient.visit_column.state"), 8, is_stretched=True, is_sortable=False,
           value=lambda visit: words.coded("lost_reason", visit.lost_reason)),
    Column("next_visit_date", text("patient.visit_column.next"), 7, "date"),
    Column("doctor_name", text("patient.visit_column.doctor"), 6),
]  # fmt: skip


class PatientPage(Page):
    """One person."""

    topics = (
        TOPICS
        | patient_joint.TOPICS
        | patient_colours.TOPICS
        | {"patient", "follow_up", "movement", "contact_attempt", "doubt", "custom_field", "transfer"}
    )
    shots = tuple(Shot(f"patient-{tab}", {"patient_id": 1, "tab": tab}) for tab in TABS)

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.file: PatientFile | None = None
        self._own_items: Sequence[CustomField] = ()
        self._doubts: Mapping[str, str] = {}
        self._slips: Sequence[int] = ()
        self.doubt_button = self.header.add_action("", "circle-question-mark", self._open_doubts)
        self.doubt_button.hide()
        self.print_button = self.header.add_action(text("printing.print"), "printer", self.print_)
        self.header.add_action(text("due_page.attempt_key"), "phone", self.record_attempt)
        attempt = QShortcut(QKeySequence("N"), self)  # a button's own shortcut waits until it has been drawn pressed
        attempt.activated.connect(self.record_attempt)
        self.header.add_action(text("patients.transfers"), "arrow-right", self.open_transfers)
        self.header.add_action(text("person.action_edit"), "pencil", self.edit)
        self.header.set_primary(text("patient.visit"), "clipboard-pen", self.open_visit).setShortcut("Ctrl+Return")
        self.tabs = ChoiceBar([(tab, text(f"patient.tab_{tab}")) for tab in TABS])
        self.tabs.chosen.connect(self._show_tab)
        self.stack = QStackedWidget()
        self.overview = _Overview(desk)
        self.visits = TablePanel(desk.tasks, _VISIT_COLUMNS)
        self.visits.set_name(text("patient.tab_visits"))
        self.visits.set_empty("clipboard-list", text("patient.no_visits"), text("patient.no_visits_next"))
        self.visits.opened.connect(self._open_stored_visit)
        self.whole = ScrollBody()
        self.whole.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # arrows and Page Down scroll it
        self.whole.setAccessibleName(text("patient.tab_file"))
        self.history = TablePanel(desk.tasks, _history_columns())
        self.history.set_name(text("patient.tab_history"))
        self.history.set_empty("history", text("patient.history_empty"), text("patient.history_empty_next"))
        self.medication = MedicationTab(desk)
        self.indicators, self.joint, self.colours = IndicatorsTab(desk), JointTab(desk), ColoursTab(desk)
        first = (self.overview, _carded(self.visits), self.medication, self.joint, self.colours, self.indicators)
        for part in (*first, self.whole, _carded(self.history)):
            self.stack.addWidget(part)
        self.takes_keys = self.tabs
        self.body.addWidget(self.tabs)
        self.body.addWidget(self.stack, 1)

    def refresh(self) -> None:
        """Read the person's file anew."""
        patient_id = self.params.get("patient_id")
        if patient_id is None:
            return
        tab = str(self.params.get("tab", self.tabs.key()))
        self.tabs.choose(tab)
        self._show_tab(tab)
        ledger, run = self.desk.ledger, self.desk.tasks.run
        run(
            "ledger",
            lambda _task: (
                quality.open_doubts(ledger, patient_id=patient_id),
                custom_fields.listed(ledger, "patient"),
                [one.id or 0 for one in transfers.of_patient(ledger, patient_id)],
            ),
            self._show_doubts,
            owner=self,
        )
        run("ledger", lambda _task: patients.load(ledger, patient_id), self._show, owner=self)
        self.indicators.read(patient_id)
        today = self.desk.today()
        run("ledger", lambda _task: timeline.read(ledger, patient_id, today=today), self._show_medication, owner=self)
        self.joint.refresh(patient_id)
        self.colours.refresh(patient_id)
        run("ledger", lambda _task: patients.history(ledger, patient_id), self._show_history, owner=self)

    def print_(self) -> None:
        """Choose a form, see its pages, print it."""
        if self.file is not None and self.file.patient.id is not None:
            ask_form(self.desk, self, self.file.patient.id, self.print_button, self.papers())

    def papers(self) -> Papers:
        """What may be printed beside the forms everybody has."""
        file = self.file
        if file is None:
            return Papers()
        places = self.visits.view.selected_ids() if self.tabs.key() == "visits" else []
        last = file.follow_ups[0] if file.follow_ups else None
        is_lost = last is not None and last.lost_reason is not None
        is_dead = file.exit is not None and file.exit.kind == MovementKind.DIED
        return Papers([file.follow_ups[place].id or 0 for place in places], self._slips, is_lost or is_dead)

    def _open_doubts(self) -> None:
        """The doubts that wait."""
        self.desk.open_page("quality", tab="doubts")

    def edit(self) -> None:
        """Change the person's file."""
        if self.file is not None:
            self.desk.open_page("person", patient_id=self.file.patient.id)

    def open_visit(self) -> None:
        """Record a follow-up of this person."""
        if self.file is not None:
            self.desk.open_page("visit", patient_id=self.file.patient.id)

    def record_attempt(self) -> None:
        """N: a failed contact; one more digit, its result, and it is recorded."""
        if self.file is not None and self.file.exit is None:
            due_dialogs.record_attempt(self.desk, self, self.file.patient.id or 0, self.file.patient.name)

    def open_transfers(self) -> None:
        """A slip, a referral or a discharge note of this person."""
        if self.file is not None:
            self.desk.open_page("transfers", patient_id=self.file.patient.id)

    def help_lines(self) -> Sequence[tuple[str, str]]:
        """The keys of this page."""
        return keys_of("patient.help")

    def _open_stored_visit(self, position: int) -> None:
        if self.file is not None:
            visit = self.file.follow_ups[position]
            self.desk.open_page("visit", patient_id=self.file.patient.id, follow_up_id=visit.id)

    def _show_tab(self, tab: str) -> None:
        for number, name in enumerate(TABS):  # hidden tabs ask for no room
            height = QSizePolicy.Policy.Preferred if name == tab else QSizePolicy.Policy.Ignored
            if (part := self.stack.widget(number)) is not None:
                part.setSizePolicy(QSizePolicy.Policy.Preferred, height)
        self.stack.setCurrentIndex(TABS.index(tab))
        is_table = tab in {"visits", "joint", "colours", "indicators", "history"}  # the other tabs scroll by themselves
        self.stack.setMinimumHeight(theme.current().size("row") * (_LEAST_ROWS if is_table else 1))

    def _show(self, file: PatientFile) -> None:
        self.file = file
        self.header.set_title(file.patient.name)
        self.header.set_chips(_chips(file, self.desk))
        self.header.set_note(" · ".join(part for part in (file.institution, file.village) if part))
        if self.header.primary is not None:
            self.header.primary.setEnabled(file.exit is None)
        self.tabs.set_count("visits", len(file.follow_ups))
        self.overview.show_file(file)
        self.visits.show_rows(file.follow_ups)
        self._show_whole(file)

    def _show_medication(self, shown: Shown) -> None:
        self.overview.timeline.show_course(shown.course)
        self.medication.show_medication(shown)

    def leave(self) -> None:
        """What is being typed becomes a draft."""
        self.medication.leave()

    def _show_whole(self, file: PatientFile) -> None:
        """Every item of the printed forms, by section."""
        clear(self.whole.body)
        spec = custom_fields.extend(load.form_for("patient", "2018"), self._own_items)
        for key, title in spec.sections.items():
            card = Card(title)
            items = [item for item in spec.in_section(key) if item.kind is not Kind.UNIT]
            pairs = [(item.label, _value_words(item, file)) for item in items]
            said = [(name, value or text("patient.empty_value")) for name, value in pairs]
            shown = Pairs(said, name_em=_LONGEST_LABEL_EM, most_sides=2)
            shown.menu_wanted.connect(functools.partial(self._open_value_menu, items))
            for place, item in enumerate(items):
                if item.key in self._doubts:
                    shown.mark(place, self._doubts[item.key])
            card.body.addWidget(shown)
            self.whole.body.addWidget(card)
        self.whole.body.addStretch(1)

    def _open_value_menu(self, items: Sequence[FieldSpec], place: int, where: QPoint) -> None:
        """Change a value, or flag it with a doubt."""
        if self.file is not None:
            person, item = self.file.patient, items[place]
            menu = quality_doubts.value_menu(
                self.desk, self, patient_id=person.id or 0, field=item.key, name=person.name, label=item.label
            )
            menu.popup(where)

    def _show_doubts(self, found: tuple[Sequence[OpenDoubt], Sequence[CustomField], Sequence[int]]) -> None:
        doubts, self._own_items, self._slips = found
        self._doubts = {
            one.doubt.field: text("patient.doubt_tip", note=one.doubt.note, who=one.doubt.entered_by)
            for one in doubts
            if one.follow_up_id is None
        }
        self.doubt_button.setText(text("doubt.chip", count=len(doubts)))
        self.doubt_button.setVisible(bool(doubts))

    def _show_history(self, changes: Sequence[PastChange]) -> None:
        self.tabs.set_count("history", len(changes))
        self.history.show_rows(changes)


class _Overview(QWidget):
    """The first tab: timeline and last findings at the left, next visit, drugs, guardian at the right."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.timeline = CourseView()
        picture = Card(text("patient.timeline"), text("patient.timeline_note"))
        picture.body.addWidget(self.timeline)
        self.evidence = Card(text("patient.evidence"))
        left = QWidget()
        left.setLayout(column(picture, self.evidence, None, space=3))
        self.next = Card(text("patient.next"))
        self.drugs = Card(text("patient.drugs"))
        self.guardian = Card(text("patient.guardian"))
        self.missing = Card(text("patient.missing"))
        self.setLayout(column(Beside(left, self.next, self.drugs, self.guardian, self.missing, is_long=True)))

    def show_file(self, file: PatientFile) -> None:
        """Show one person."""
        self._show_evidence(file.last_complete)
        self._show_next(file)
        self._show_drugs(file)
        self._show_guardian(file)
        self._show_missing(file)

    def _show_evidence(self, visit: FollowUp | None) -> None:
        self.evidence.empty()
        if visit is None:
            self.evidence.head.set_note("")
            self.evidence.body.addWidget(label(text("patient.no_visits"), "quiet"))
            return
        day = visit.visit_date.isoformat() if visit.visit_date else ""
        self.evidence.head.set_note(f"{day}  {words.coded('visit_form', visit.visit_form)}  {visit.doctor_name or ''}")
        spec = load.form_for("follow_up", visit.form_edition)
        items = [spec.field(key) for key in _EVIDENCE if key in spec.by_key]
        pairs = [(item.label, words.said(item, visit) or text("patient.empty_value")) for item in items]
        self.evidence.body.addWidget(Pairs(pairs, name_em=_LONGEST_ITEM_EM, most_sides=2))

    def _show_next(self, file: PatientFile) -> None:
        self.next.empty()
        if file.exit is not None:
            sentence = text(f"patient.exit_{file.exit.kind}", day=file.exit.happened_on.isoformat())
            self.next.body.addWidget(label(sentence, "body", wrap=True))
            return
        last = file.last_complete
        if last is None or last.next_visit_date is None:
            self.next.body.addWidget(label(text("patient.next_none"), "quiet", wrap=True))
            return
        days = (last.next_visit_date - self._desk.today()).days
        key = "patient.next_past" if days < 0 else "patient.next_in" if days else "patient.next_today"
        self.next.body.addWidget(label(last.next_visit_date.isoformat(), "figure"))
        self.next.body.addWidget(label(text(key, days=abs(days)), "problem" if days < 0 else "quiet"))

    def _show_drugs(self, file: PatientFile) -> None:
        self.drugs.empty()
        visit = next((visit for visit in file.follow_ups if visit.drugs), None)
        lines = [] if visit is None else [line for line in visit.drugs if line.purpose == "guidance"] or visit.drugs
        self.drugs.head.set_note(
            text("patient.drugs_from", day=visit.visit_date) if visit is not None and lines else ""
        )
        if not lines:
            self.drugs.body.addWidget(label(text("patient.drugs_none"), "quiet", wrap=True))
        for line in lines:
            self.drugs.body.addLayout(
                column(label(line.drug_name, "body"), label(_dose(line), "quiet_small", wrap=True), space=0)
            )

    def _show_guardian(self, file: PatientFile) -> None:
        self.guardian.empty()
        person = file.patient
        if not person.guardian_name:
            self.guardian.body.addWidget(label(text("patient.guardian_none"), "problem"))
            return
        relation = words.coded("guardian_relation", person.guardian_relation)
        named = f"{person.guardian_name}（{relation}）" if relation else person.guardian_name
        pairs = [
            (text("patient.guardian"), named),
            (text("patient.phone"), person.guardian_phone or text("patient.empty_value")),
            (text("patient.address"), person.guardian_address or person.current_address or text("patient.empty_value")),
        ]
        self.guardian.body.addWidget(Pairs(pairs, name_em=_GUARDIAN_EM))

    def _show_missing(self, file: PatientFile) -> None:
        self.missing.empty()
        spec = load.form_for("patient", "2018")
        values = {item.key: getattr(file.patient, item.attribute) for item in spec.fields}
        missing = [spec.field(key).label for key in skip.missing(spec, values)]
        if not missing:
            self.missing.body.addWidget(label(text("patient.missing_none"), "quiet", wrap=True))
            return
        said = "、".join(missing[:_SHOWN_MISSING])
        if len(missing) > _SHOWN_MISSING:
            said = text("patient.missing_more", first=said, count=len(missing))
        self.missing.body.addWidget(label(said, "body", wrap=True))


def _value_words(item: FieldSpec, file: PatientFile) -> str:
    """An item of the file in words; own items, too."""
    if item.key.startswith(custom_fields.PREFIX):
        return custom_fields.shown(item, file.patient.custom.get(item.key.removeprefix(custom_fields.PREFIX)))
    return show.display_value(item, getattr(file.patient, item.attribute))


def _chips(file: PatientFile, desk: Desk) -> list[ChipText]:
    person, last = file.patient, file.last_complete
    chips = []
    years = words.age(person.birth_date, desk.today())
    if years is not None:
        chips.append(ChipText(text("patient.age", sex=words.coded("sex", person.sex), age=years), "info"))
    if person.diagnosis:
        chips.append(ChipText(words.coded("diagnosis", person.diagnosis), "info"))
    chips.append(words.class_chip(last.visit_class if last else None))
    risk = words.risk_chip(last.risk_level if last else None)
    if risk is not None:
        chips.append(risk)
    if file.exit is not None:
        chips.append(ChipText(text(f"patients.state.{file.exit.kind}"), "plain"))
    elif file.follow_ups and file.follow_ups[0].lost_reason:
        chips.append(ChipText(text("patients.state.lost"), "late"))
    return chips


def _dose(line: DrugLine) -> str:
    """How a drug is taken, in the words of the form."""
    unit = line.dose_unit or "mg"
    times = [(name, getattr(line, name)) for name in ("morning", "noon", "night")]
    parts = [text(f"patient.dose_{name}", dose=f"{dose:g}", unit=unit) for name, dose in times if dose]
    if line.interval_weeks:
        weeks, dose = f"{line.interval_weeks:g}", line.dose or line.total_dose
        key = "patient.dose_interval" if dose else "patient.dose_weeks"
        parts.append(text(key, weeks=weeks, dose=f"{dose or 0:g}", unit=unit))
    elif line.total_dose:
        parts.append(text("patient.dose_total", dose=f"{line.total_dose:g}", unit=unit))
    elif line.times and line.dose:
        parts.append(text("patient.dose_times", times=f"{line.times:g}", dose=f"{line.dose:g}", unit=unit))
    return "　".join(part for part in (line.specification or "", *parts) if part)


def _carded(table: TablePanel) -> Card:
    card = Card()
    card.body.addWidget(table, 1)
    return card


def _history_columns() -> list[Column]:
    return [
        Column("at", text("patient.history.at"), 9),
        Column("who", text("patient.history.who"), 6),
        Column("action", text("patient.history.action"), 8, value=_action),
        Column("what", text("patient.history.what"), 20, is_stretched=True, is_sortable=False, value=_what),
    ]


def _action(change: PastChange) -> str:
    return action_words(change.action)


def _what(change: PastChange) -> str:
    spec = load.form_for("patient", "2018")
    by_attribute = {item.attribute: item for item in spec.fields}
    parts: list[str] = []
    for name, before, after in change.fields:
        item: Any = by_attribute.get(name)
        if item is None:
            continue
        old, new = (show.display_value(item, value) or text("patient.empty_value") for value in (before, after))
        parts.append(text("patient.history.change", label=item.label, before=old, after=new))
    return "；".join(parts) or (change.reason or "")
