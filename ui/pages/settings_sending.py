"""上报: which reports must be sent, within how many days after their period, and on which day a week begins."""

from __future__ import annotations

from PySide6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QSpinBox, QWidget

from mhdesk.domain.changes import Changes
from mhdesk.services import sending
from mhdesk.services.sending import Terms
from mhdesk.text import text
from ui import theme
from ui.pages.base import Desk
from ui.widgets import Card, Chip, LabelledField, Notice, PlainButton, ScrollBody, column, label, row


class SendingPart(QWidget):
    """A short form. The calendar of sent reports and 今日 go by it."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        now = theme.current()
        self.notice = Notice()
        self.required = {kind: QCheckBox(text(f"reports.kind.{kind}")) for kind in sending.KINDS}
        self.days = {kind: QSpinBox() for kind in sending.KINDS}
        grid = QGridLayout()
        grid.setHorizontalSpacing(now.space(5))
        grid.setVerticalSpacing(now.space(2))
        for place, key in enumerate(("required", "days", "source")):
            grid.addWidget(label(text(f"sending.{key}"), "quiet"), 0, place)
        for place, kind in enumerate(sending.KINDS, start=1):
            spin, box = self.days[kind], self.required[kind]
            spin.setRange(0, sending.MOST_DAYS)
            spin.setPrefix(text("sending.after"))
            spin.setSuffix(text("sending.within"))
            spin.setFixedWidth(now.em(12))
            # a style sheet's padding does not reach the text inside
            spin.lineEdit().setTextMargins(now.space(3), 0, 0, 0)
            spin.setAccessibleName(text("sending.days_of", kind=box.text()))
            box.toggled.connect(spin.setEnabled)
            grid.addWidget(box, place, 0)
            grid.addWidget(spin, place, 1)
            grid.addWidget(label(text(f"sending.sources.{kind}"), "quiet", wrap=True), place, 2)
        grid.setColumnStretch(2, 1)
        self.weekday = QComboBox()
        for number, name in enumerate(text("shell.weekdays").split()):
            self.weekday.addItem(name, number)
        self.weekday.setFixedWidth(now.em(8))
        card = Card(text("settings.part.sending"), text("sending.note"))
        card.body.addLayout(grid)
        card.body.addWidget(LabelledField(text("sending.weekday"), self.weekday, text("sending.weekday_note")))
        mark = Chip(text("settings.marks.assumption"), "late")
        card.body.addLayout(row(mark, label(text("sending.mark"), "quiet", wrap=True), space=3))
        card.body.addLayout(row(PlainButton(text("settings.save"), "check", self.save), None))
        whole = ScrollBody()
        whole.body.addLayout(column(self.notice, card, None))
        self.setLayout(column(whole))

    def refresh(self) -> None:
        """Read it anew."""
        ledger = self._desk.ledger
        self._desk.tasks.run("ledger", lambda _task: sending.terms(ledger), self._show, owner=self)

    def _show(self, found: Terms) -> None:
        for kind in sending.KINDS:
            self.required[kind].setChecked(kind in found.required)
            self.days[kind].setValue(found.due_days[kind])
            self.days[kind].setEnabled(kind in found.required)
        self.weekday.setCurrentIndex(found.first_weekday)

    def save(self) -> None:
        """Keep it."""
        ledger = self._desk.ledger
        wanted = Terms(
            [kind for kind in sending.KINDS if self.required[kind].isChecked()],
            {kind: spin.value() for kind, spin in self.days.items()},
            int(self.weekday.currentData()),
        )

        def done(changes: Changes) -> None:
            self.notice.say(text("sending.saved"), "good")
            self._desk.saved()
            self._desk.changes.publish(changes, source=self)

        self._desk.tasks.run("ledger", lambda _task: sending.save(ledger, wanted), done, owner=self)
