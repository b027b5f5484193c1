"""A person's file on the page: the form and the panel beside it. It stores nothing: the page does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from mhdesk.domain.problems import Problem
from ui import theme
from ui.forms.form_view import FormView
from ui.forms.numbers import IdField
from ui.forms.person_layout import PERSON
from ui.forms.row import item_name
from ui.forms.units import UnitField
from ui.pages import person_work as work
from ui.pages.person_panel import PersonPanel
from ui.pages.person_work import Findings, Opened, Reading
from ui.widgets import ScrollBody

_PANEL_CHARACTERS = 24
_ROWS_AROUND = 3
_SETTLING_MS = 60
#: Below this width, in Chinese characters, the panel stands under the form.
_SIDE_BY_SIDE_CHARACTERS = 74
_NUMBER, _UNIT = "id_number", "unit_id"


class PersonPane(QWidget):
    """Form and panel of one file."""

    changed = Signal()
    #: Everything is answered, or the cursor has gone past the last item.
    ended = Signal()

    def __init__(self, today: Callable[[], date], user_name: str, open_person: Callable[[int], object]) -> None:
        super().__init__()
        self.opened: Opened | None = None
        self.reading: Reading | None = None
        self.findings = Findings()
        self.view: FormView | None = None
        self._today, self._user_name = today, user_name
        self._filled: dict[str, str] = {}
        self.panel = PersonPanel(open_person)
        self._side = ScrollBody()
        self._side.setFixedWidth(theme.current().em(_PANEL_CHARACTERS))
        self._form = ScrollBody()
        self._is_side_by_side: bool | None = None
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(theme.current().space(4))
        line.addWidget(self._form, 1)
        line.addWidget(self._side)
        self._place_panel(is_side_by_side=True)

    def texts(self) -> dict[str, str]:
        """Everything typed, by raw key."""
        return self.view.texts() if self.view is not None else {}

    def show_file(self, opened: Opened, texts: Mapping[str, str]) -> None:
        """Show a file with these texts; the cursor goes to the first item without an answer, else to the first."""
        self.opened, self.findings, self._filled = opened, Findings(), {}
        view = self._view_of(opened)
        unit = view.fields.get(_UNIT)
        if isinstance(unit, UnitField):
            unit.set_choices(opened.units)
        view.set_texts({key: words for key, words in texts.items() if key in view.fields})
        self._form.verticalScrollBar().setValue(0)
        for key, words in work.proposals(opened, self._user_name).items():
            if key in view.fields:
                view.fields[key].propose(words)
        self.judge()
        if opened.is_new:
            view.advance(None)
        else:
            view.enter_item(next(iter(view.fields)))

    def _view_of(self, opened: Opened) -> FormView:
        """The form, made anew when it is another one."""
        if self.view is not None and self.view.spec.fields == opened.spec.fields:
            return self.view
        if self.view is not None:
            self._form.body.removeWidget(self.view)
            self.view.hide()
            self.view.deleteLater()
        view = self.view = FormView(opened.spec, self._today, look=PERSON)
        view.changed.connect(self._on_changed)
        view.entered.connect(self._on_entered)
        view.left.connect(lambda forwards: self.ended.emit() if forwards else None)
        self._form.body.insertWidget(0 if self._is_side_by_side else 1, view)
        return view

    def tidy(self) -> None:
        """Show what was understood of the item the cursor is in."""
        if self.view is not None and self.view.here is not None:
            self.view.here.tidy()

    def set_busy(self, *, is_busy: bool) -> None:
        """Nothing can be typed while the file is being stored."""
        if self.view is not None:
            self.view.setEnabled(not is_busy)
            if not is_busy and self.view.here is not None:
                self.view.here.enter()

    # ---- judging

    def _on_changed(self) -> None:
        self._fill_by_number()
        self.judge()
        self.changed.emit()

    def _fill_by_number(self) -> None:
        """Birth and sex follow the number: where nothing stands, or what an earlier number had filled in."""
        view = self.view
        number = view.fields.get(_NUMBER) if view is not None else None
        if view is None or not isinstance(number, IdField):
            return
        said = work.filled_by_number(number.editor.text(), today=self._today())
        for key, words in said.items():
            field = view.fields.get(key)
            held = field.texts().get(key, "") if field is not None else words
            if field is not None and held in {"", self._filled.get(key)} and held != words:
                field.set_texts({key: words})
                self._filled[key] = words

    def judge(self) -> None:
        """Mark what cannot be read now, and what the ledger found in what was typed before."""
        opened, view = self.opened, self.view
        if opened is None or view is None:
            return
        self.reading = work.read(opened, view.texts())
        view.show_problems(self.problems(), asks_reason=False)
        self.panel.missing.show_names([item_name(view.spec.field(key), PERSON.words) for key in view.missing()])

    def problems(self) -> list[Problem]:
        """Everything wrong with the file, each item with its own sentence: what cannot be read is not judged too."""
        if self.reading is None:
            return []
        unread = {problem.field for problem in self.reading.problems if problem.severity == "E"}
        return [*self.reading.problems, *(one for one in self.findings.problems if one.field not in unread)]

    def show_findings(self, findings: Findings) -> None:
        """Show what the ledger found."""
        self.findings = findings
        if self.reading is not None:
            self.panel.matches.show_matches(findings.matches, self.reading.person)
        self.judge()

    def show_blocking(self, problems: Sequence[Problem]) -> None:
        """Mark these problems whether their items were reached or not, and bring the cursor to the first."""
        if self.view is None:
            return
        self.view.insist()
        heads = {self.view.item_of(problem) for problem in problems}
        first = next((key for key in self.view.fields if key in heads), None)
        if first is not None:
            self.view.enter_item(first)

    def missing(self) -> list[str]:
        """Keys of required items without an answer."""
        return self.view.missing() if self.view is not None else []

    def next_required(self) -> bool:
        """Bring the cursor to the next required item without an answer, from the top after the last; False: none."""
        view = self.view
        missing = self.missing()
        if view is None or not missing:
            return False
        order = list(view.fields)
        at = order.index(view.here.item.key) if view.here is not None else -1
        view.enter_item(next((key for key in missing if order.index(key) > at), missing[0]))
        return True

    def enter_item(self, key: str) -> None:
        """Bring the cursor to an item, if the form has it."""
        if self.view is not None and key in self.view.fields:
            self.view.enter_item(key)
            QTimer.singleShot(_SETTLING_MS, self, self._keep_in_sight)  # rows find their height first

    def step_card(self, step: int) -> None:
        """The next or previous card."""
        if self.view is not None:
            self.view.step_card(step)

    def _on_entered(self, key: str) -> None:
        if self.view is not None:
            self.panel.help.show_item(self.view.fields[key].item)
            QTimer.singleShot(0, self, self._keep_in_sight)

    def _keep_in_sight(self) -> None:
        """The row the cursor is in stays in sight, with a little around it."""
        if self.view is not None and self.view.here is not None:
            quarter = self._form.viewport().height() // 4
            around = min(_ROWS_AROUND * theme.current().size("row"), quarter)
            self._form.ensureWidgetVisible(self.view.row_of(self.view.here.item.key), 0, around)

    # ---- room

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Beside the form where there is room, otherwise under it."""
        super().resizeEvent(event)
        self._place_panel(is_side_by_side=self.width() >= theme.current().em(_SIDE_BY_SIDE_CHARACTERS))

    def _place_panel(self, *, is_side_by_side: bool) -> None:
        if is_side_by_side == self._is_side_by_side:
            return
        self._is_side_by_side = is_side_by_side
        (self._side if is_side_by_side else self._form).body.addWidget(self.panel)
        self._side.setVisible(is_side_by_side)
        if is_side_by_side:
            self.panel.take_matches()
        else:
            self._form.body.insertWidget(0, self.panel.matches)  # nobody looks for them below the form

    def show_matches(self) -> None:
        """Bring the people who might be the same into sight."""
        (self._side if self._is_side_by_side else self._form).ensureWidgetVisible(self.panel.matches)

    @property
    def is_side_by_side(self) -> bool:
        """Whether the panel stands beside the form."""
        return bool(self._is_side_by_side)
