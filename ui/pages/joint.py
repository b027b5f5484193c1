"""联动: exchange, joint visits, emergencies, referrals, meetings, agreements, services, check-ups, outreach.

Parameter: `part`, which of them.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtWidgets import QSizePolicy, QStackedWidget, QWidget

from mhdesk.services import printing
from mhdesk.services.joint import waiting
from mhdesk.text import text
from ui.dialogs.paper import show_paper
from ui.pages.base import Desk, Page, Shot, keys_of
from ui.pages.joint_exchange import ExchangePart
from ui.pages.joint_more import AgreementPart, OutreachPart, PathsPart
from ui.pages.joint_parts import RecordsPart
from ui.widgets import ChoiceBar


def _records(key: str) -> Callable[[Desk], QWidget]:
    return functools.partial(RecordsPart, key=key)


PARTS: Mapping[str, Callable[[Desk], QWidget]] = {
    "exchange": ExchangePart,
    "joint_visit": _records("joint_visit"),
    "emergency": _records("emergency"),
    "paths": PathsPart,
    "discharge_note": _records("discharge_note"),
    "meeting": _records("meeting"),
    "agreement": AgreementPart,
    "assistance": _records("assistance"),
    "rehabilitation": _records("rehabilitation"),
    "checkup": _records("checkup"),
    "outreach": OutreachPart,
    "service_point": _records("service_point"),
}


class JointPage(Page):
    """Joint work, each kind on its own sheet; a sheet is made when it is first opened."""

    topics = frozenset(
        {"attachment", "joint_visit", "exchange_sheet", "exchange_row", "emergency", "meeting", "agreement",
         "agreement_review", "agreement_payment", "assistance", "rehabilitation", "checkup", "outreach",
         "service_point", "transfer", "discharge_note", "follow_up", "patient", "unit"}
    )  # fmt: skip
    shots = (
        *(Shot(f"joint-{key}", {"part": key}) for key in PARTS),
        Shot("joint-waiting", {"part": "agreement", "view": "waiting"}),
    )

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.header.set_title(text("joint.title"))
        self.choices = ChoiceBar([(key, text(f"joint.part.{key}")) for key in PARTS])
        self.choices.chosen.connect(lambda key: desk.open_page("joint", part=key))
        self.stack = QStackedWidget()
        self._made: dict[str, QWidget] = {}
        self.takes_keys = self.choices
        self.body.addWidget(self.choices)
        self.body.addWidget(self.stack, 1)
        self._meetings_button = self.header.add_action(text("joint.print_meetings"), "printer", self._print_meetings)
        self._meetings_button.hide()

    @property
    def part(self) -> Any:
        """The sheet now shown."""
        return self.stack.currentWidget()

    def refresh(self) -> None:
        """Show the chosen part anew."""
        key = str(self.params.get("part") or self.choices.key() or "exchange")
        self.choices.choose(key)
        if key not in self._made:
            self._made[key] = PARTS[key](self.desk)
            self.stack.addWidget(self._made[key])
        for name, part in self._made.items():  # hidden parts ask for no room
            height = QSizePolicy.Policy.Preferred if name == key else QSizePolicy.Policy.Ignored
            part.setSizePolicy(QSizePolicy.Policy.Preferred, height)
        self.stack.setCurrentWidget(self._made[key])
        self._meetings_button.setVisible(key == "meeting")
        self.header.set_primary(text(f"joint.start.{key}"), "plus", self.part.start)
        if self.params.get("view") == "waiting" and key in waiting.PARTS:
            self.part.show_waiting()
            self.params = {**self.params, "view": ""}  # once: the doctor may choose another list then
        self.part.refresh()

    @property
    def can_print(self) -> bool:
        """Whether the chosen part prints what the cursor stands on."""
        return self.part is not None and (bool(self.part.can_print) or self.choices.key() == "meeting")

    @property
    def can_export(self) -> bool:
        """The lists can be written."""
        return isinstance(self.part, RecordsPart)

    def print_(self) -> None:
        """What the cursor stands on, or the list of kinds that print as lists; the meetings of the year as a list."""
        if self.choices.key() == "meeting":
            self._print_meetings()
        elif self.part is not None:
            self.part.print_()

    def export(self) -> None:
        """The list as a workbook."""
        if self.part is not None:
            self.part.export()

    def _print_meetings(self) -> None:
        today = self.desk.today()
        first = today.replace(month=1, day=1)
        show_paper(
            self.desk, self, lambda ledger, _task: printing.meetings(ledger, first=first, last=today, today=today)
        )

    def help_lines(self) -> Sequence[tuple[str, str]]:
        """The keys of this page."""
        return keys_of("joint.help")
