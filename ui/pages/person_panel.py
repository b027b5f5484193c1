"""Beside a person's file: who might be the same person, side by side with what is typed; what is missing; help."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from mhdesk.domain.dates import PartialDate
from mhdesk.domain.patient import Patient
from mhdesk.forms import show
from mhdesk.forms.spec import FieldSpec
from mhdesk.services.merge import Match
from mhdesk.text import text
from ui import theme
from ui.pages import patient_words as words
from ui.theme import ToneName
from ui.widgets import Card, Chip, ElidedLabel, PlainButton, column, label, row

_SHOWN_MATCHES = 3
_SHOWN_MISSING = 12
_NAME_CHARACTERS = 4.5
_TAIL = 8
#: How sure each reason makes one.
REASON_TONES: dict[str, ToneName] = {
    "id_number": "now",
    "name_birth": "late",
    "name_phone": "late",
    "sound_year": "missing",
}
#: What is held against each other, by field of the candidate.
_COMPARED = ("name", "id_number", "sex", "birth_date", "guardian_name", "guardian_phone", "current_address")


class MatchCard(Card):
    """One person of the register beside the one typed: every line where they differ in ink, the same quiet."""

    def __init__(self, match: Match, typed: Patient, open_person: Callable[[int], object]) -> None:
        super().__init__()
        now = theme.current()
        person = match.person
        self.chip = Chip(text(f"person.match.{match.reason}"), REASON_TONES.get(match.reason, "missing"))
        self.button = PlainButton(text("person.open_match"), slot=lambda: open_person(person.id))
        self.body.addLayout(row(self.chip, None, self.button))
        grid = QGridLayout()
        grid.setHorizontalSpacing(now.space(2))
        grid.setVerticalSpacing(now.space(1))
        grid.setColumnMinimumWidth(0, now.em(_NAME_CHARACTERS))
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(2, 1)
        grid.addWidget(label(text("person.typed"), "quiet_small"), 0, 1)
        grid.addWidget(label(text("person.stored_side"), "quiet_small"), 0, 2)
        for line, field in enumerate(_COMPARED, 1):
            ours, theirs = _words(field, getattr(typed, field)), _words(field, getattr(person, field))
            grid.addWidget(label(text(f"person.compared.{field}"), "quiet_small"), line, 0)
            if ours == theirs and ours:
                grid.addWidget(ElidedLabel(ours, "quiet_small"), line, 1, 1, 2)
                continue
            is_different = bool(ours and theirs)
            for side, said in ((1, ours), (2, theirs)):
                shown = ElidedLabel(_short(field, said) or "—", "problem" if is_different else "small")
                shown.setToolTip(said)
                grid.addWidget(shown, line, side)
        village = person.village or "—"
        grid.addWidget(label(text("person.compared.village"), "quiet_small"), len(_COMPARED) + 1, 0)
        grid.addWidget(ElidedLabel(village, "small"), len(_COMPARED) + 1, 2)
        self.body.addLayout(grid)


def _short(field: str, said: str) -> str:
    """What of a long value tells two people apart: the end of a number."""
    return f"…{said[-_TAIL:]}" if field == "id_number" and len(said) > _TAIL else said


def _words(field: str, value: object) -> str:
    """A value as it is compared and read."""
    if value is None or value == "":
        return ""
    if field == "sex":
        return words.coded("sex", str(value))
    return value.iso() if isinstance(value, PartialDate) else str(value)


class MatchesCard(Card):
    """可能重复: hidden while nobody is like the one typed."""

    def __init__(self, open_person: Callable[[int], object]) -> None:
        super().__init__(text("person.matches"))
        self._open = open_person
        self._shown: list[QWidget] = []
        self._lines = column(space=2)
        self._more = label("", "quiet_small", wrap=True)
        self.cards: list[MatchCard] = []
        self.body.addWidget(label(text("person.matches_hint"), "quiet_small", wrap=True))
        self.body.addLayout(self._lines)
        self.body.addWidget(self._more)
        self.hide()

    def show_matches(self, matches: Sequence[Match], typed: Patient) -> None:
        """Show the first of them in full."""
        for card in self.cards:
            self._lines.removeWidget(card)
            card.hide()
            card.deleteLater()
        self.cards = []
        for match in matches[:_SHOWN_MATCHES]:
            card = MatchCard(match, typed, self._open)
            self.cards.append(card)
            self._lines.addWidget(card)
        self.head.set_note(text("person.matches_count", count=len(matches)))
        rest = len(matches) - _SHOWN_MATCHES
        self._more.setText(text("person.matches_more", count=rest) if rest > 0 else "")
        self._more.setVisible(rest > 0)
        self.setVisible(bool(matches))


class MissingCard(Card):
    """还缺: names of required items without an answer."""

    def __init__(self) -> None:
        super().__init__(text("person.missing"))
        self.sentence = label("", "body", wrap=True)
        self.body.addWidget(self.sentence)

    def show_names(self, names: Sequence[str]) -> None:
        """Name what is missing."""
        said = "、".join(names[:_SHOWN_MISSING])
        if len(names) > _SHOWN_MISSING:
            said = text("person.missing_more", first=said, count=len(names))
        self.sentence.setText(said or text("person.missing_none"))
        self.head.set_note(text("person.missing_count", count=len(names)) if names else "")


class HelpCard(Card):
    """填写说明 of the item the cursor is in."""

    def __init__(self) -> None:
        super().__init__(text("person.help_title"))
        self.sentence = label("", "quiet", wrap=True)
        self.sentence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.body.addWidget(self.sentence)
        self.hide()

    def show_item(self, item: FieldSpec) -> None:
        """What the form says about an item, and where that stands."""
        where = text("person.help_number", paper=item.paper, number=item.number) if item.number else item.paper
        entries = item.codes.entries if item.codes else ()
        defined = [f"{entry.code} {entry.label}：{entry.help}" for entry in entries if entry.help]
        parts = [item.help, *defined, text("person.help_source", where=where or show.source_words(item.source))]
        self.head.set_note(item.label)
        self.sentence.setText("\n".join(part for part in parts if part))
        self.setVisible(True)


class PersonPanel(QWidget):
    """The cards at the right."""

    def __init__(self, open_person: Callable[[int], object]) -> None:
        super().__init__()
        self.matches = MatchesCard(open_person)
        self.missing = MissingCard()
        self.help = HelpCard()
        self._lines = column(self.matches, self.missing, self.help, None, space=3)
        self.setLayout(self._lines)

    def take_matches(self) -> None:
        """The people who might be the same stand here, on top."""
        self._lines.insertWidget(0, self.matches)
