"""The whole form on screen: its cards and rows, the texts typed, and the way of the cursor through them.

Enter and Tab go to the next item the sheet asks for, Shift back; a digit that completes an item goes on to the next
*unanswered* one, so that correcting an earlier digit brings the cursor back to where one was. Items that must stay
empty (失访, 死亡, 医嘱勿需用药), or that this sheet does not ask for (住院), are grey and passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from mhdesk.domain.problems import Problem
from mhdesk.forms import skip
from mhdesk.forms.skip import State
from mhdesk.forms.spec import FormSpec
from mhdesk.services.drug_list import Book
from mhdesk.text import problem_text, text
from ui import theme
from ui.forms.build import build
from ui.forms.card import FoldCard
from ui.forms.drug_table import DrugTable
from ui.forms.field import Field, Mark
from ui.forms.layout import BRANCHES, FOLLOW_UP, REASON, Look
from ui.forms.row import FieldRow

#: Conditions that hold on every ordinary sheet: an item with another one is not asked for while it does not hold.
_ALWAYS = frozenset({"", "always", "alive"})
#: Half-typed answers: nothing is said about them while the cursor is still there.
_UNFINISHED = frozenset({"MH-FORM-11", "MH-FORM-29"})


class FormView(QWidget):
    """A form of one edition. Holds texts; whoever uses it parses, judges and stores them."""

    changed = Signal()
    entered = Signal(str)
    #: Nothing is left to answer in that direction; True: forwards.
    left = Signal(bool)

    def __init__(
        self, spec: FormSpec, today: Callable[[], date], parent: QWidget | None = None, look: Look = FOLLOW_UP
    ) -> None:
        super().__init__(parent)
        self.spec = spec
        built = build(spec, today, look)
        self.fields, self.cards = built.fields, built.cards
        self._rows, self._order = built.rows, built.order
        self._card_of, self._row_of, self._folded_first = built.card_of, built.row_of, built.folded
        self._states: Mapping[str, State] = {}
        self._problems: Sequence[Problem] = ()
        self._reason_is_asked = False
        self._visited: set[str] = set()
        self._is_insisting = False
        self._here: Field | None = None
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(theme.current().space(3))
        for card in self.cards.values():
            card.folded.connect(lambda is_folded, card=card: None if is_folded else self._enter_card(card))
            lines.addWidget(card)
        lines.addStretch(1)
        for field in self._order:
            self._connect(field)
        self._look_again()

    def _connect(self, field: Field) -> None:
        field.changed.connect(self._on_changed)
        field.finished.connect(lambda: self.advance(field))
        field.next_wanted.connect(lambda: self.go(field, 1))
        field.back_wanted.connect(lambda: self.go(field, -1))
        field.up_wanted.connect(lambda: self.go(field, -1))
        field.down_wanted.connect(lambda: self.go(field, 1))
        field.entered.connect(lambda: self._on_entered(field))

    # ---- texts

    def texts(self) -> dict[str, str]:
        """Everything typed, by raw key; empty texts are left out."""
        return {key: words for field in self._order for key, words in field.texts().items()}

    def set_texts(self, texts: Mapping[str, str]) -> None:
        """Show these texts in all items; cards fold as they were at first."""
        for field in self._order:
            field.set_texts(texts)
            field.propose("")
        self._problems = ()
        self._here = None
        self._visited, self._is_insisting = set(), False
        self._look_again()
        for key, card in self.cards.items():
            card.set_folded(is_folded=self._folded_first[key] and not self._is_used(card))

    def add_texts(self, texts: Mapping[str, str]) -> None:
        """Fill in more texts, as if typed: each item named gets its new text, the others keep theirs."""
        heads = {self.spec.head(key) for key in texts}
        for head in heads:
            field = self.fields[head]
            field.set_texts({**field.texts(), **texts})
        self._on_changed()

    def set_drugs(self, book: Book) -> None:
        """Offer the names of this drug dictionary."""
        for field in self._order:
            if isinstance(field, DrugTable):
                field.set_book(book)

    def _is_used(self, card: FoldCard) -> bool:
        return any(not self.fields[key].is_empty for key, one in self._card_of.items() if one is card)

    # ---- marks

    def states(self) -> Mapping[str, State]:
        """What each item waits for, by what stands on the sheet now."""
        return self._states

    def missing(self) -> list[str]:
        """Keys of required items without an answer."""
        return [
            field.item.key for field in self._order if self._states[field.item.key] is State.REQUIRED and field.is_empty
        ]

    def surplus(self) -> list[str]:
        """Keys of items that hold something but must stay empty."""
        return [key for key, one in self.fields.items() if self._states[key] is State.EMPTY and not one.is_empty]

    def clear_items(self, keys: Sequence[str]) -> None:
        """Empty these items, as if by hand."""
        for key in keys:
            self.fields[key].set_texts({})
        self._on_changed()

    def show_problems(self, problems: Sequence[Problem], *, asks_reason: bool) -> None:
        """Mark what is doubtful, with its sentence; `asks_reason`: the class differs from the suggestion."""
        self._problems = problems
        self._reason_is_asked = asks_reason
        self._show_marks()

    def insist(self) -> None:
        """From now on say what is wrong with items the cursor has not been to, too (the sheet was to be saved)."""
        self._is_insisting = True
        self._show_marks()

    def _on_changed(self) -> None:
        self._look_again()
        self.changed.emit()

    def _look_again(self) -> None:
        self._states = skip.states(self.spec, self.texts())
        self._show_marks()

    def _show_marks(self) -> None:
        sentences: dict[str, list[str]] = {}
        cells: set[str] = set()
        for problem in self._problems:
            head = self.item_of(problem)
            if head and not self._is_unfinished(problem, head):
                sentences.setdefault(head, []).append(problem_text(problem.code, **problem.params))
                cells.add(problem.field)
        for key in self.surplus():
            sentences.setdefault(key, [text("follow_up.surplus")])
        for key, field in self.fields.items():
            if isinstance(field, DrugTable):
                field.mark_cells(frozenset(cell for cell in cells if cell.startswith(f"{key}:")))
            field.set_mark(Mark.DOUBT if key in sentences else self._mark(field))
        for row in self._rows:
            for field in row.below:
                row.show_below(field.item.key, is_shown=self._is_shown(field))
            row.show_marks()
            row.show_sentences({key: "\n".join(dict.fromkeys(words)) for key, words in sentences.items()})

    def item_of(self, problem: Problem) -> str:
        """The item a problem is marked at; "" for one that concerns no item of this form."""
        head = self.spec.head(problem.field)
        if head in self.fields:
            return head
        return next((item.key for item in self.spec.fields if item.attribute == head), "")

    def _is_unfinished(self, problem: Problem, head: str) -> bool:
        """Whether a problem is one of typing not yet done: a date half typed, an item the cursor has not reached."""
        if self._is_insisting:
            return False
        if self.fields[head].is_empty and head not in self._visited:
            return True
        if self._here is None or self._here.item.key != head or not problem.code.startswith("MH-FORM-"):
            return False
        return problem.code in _UNFINISHED or not hasattr(self._here, "chosen_codes")

    def _mark(self, field: Field) -> Mark:
        state = self._states[field.item.key]
        if state is State.EMPTY:
            return Mark.CLOSED
        if state is State.REQUIRED or (field.item.key == REASON and self._reason_is_asked):
            return Mark.MISSING if field.is_empty else Mark.PLAIN
        return Mark.WAIVED if self._is_waived(field) else Mark.PLAIN

    def _is_waived(self, field: Field) -> bool:
        key = field.item.key
        return field.item.required not in _ALWAYS and self._states[key] is State.OPEN and key not in BRANCHES

    def _is_shown(self, field: Field) -> bool:
        """Whether a text under a row is open: something stands there, or it is asked for."""
        if field.item.key == REASON:
            return self._reason_is_asked or not field.is_empty
        return not field.is_empty or self._states[field.item.key] is State.REQUIRED

    # ---- cursor

    @property
    def here(self) -> Field | None:
        """The field the cursor is in, or was last."""
        return self._here

    def row_of(self, key: str) -> FieldRow:
        """The row an item stands on."""
        return self._row_of[key]

    def _on_entered(self, field: Field) -> None:
        if self._here is not field:
            if self._here is not None:
                self._visited.add(self._here.item.key)
            self._here = field
            self._show_marks()
            self.entered.emit(field.item.key)

    def _is_stop(self, field: Field) -> bool:
        key = field.item.key
        if not field.is_empty and self._states[key] is not State.REQUIRED:
            return not self._card_of[key].is_folded
        if self._states[key] is State.EMPTY or self._is_waived(field):
            return False
        if key == REASON:
            return self._reason_is_asked
        row = self._row_of[key]
        if field in row.below and not self._is_shown(field):
            return False
        return self._states[key] is State.REQUIRED or not self._card_of[key].is_folded

    def go(self, field: Field, step: int) -> None:
        """The next or previous stop."""
        place = self._order.index(field) + step
        while 0 <= place < len(self._order):
            if self._is_stop(self._order[place]):
                self.enter(self._order[place], at_end=step < 0)
                return
            place += step
        self.left.emit(step > 0)

    def advance(self, field: Field | None) -> None:
        """The next stop without an answer; at the end the first required one that was passed over."""
        start = self._order.index(field) + 1 if field is not None else 0
        for one in self._order[start:]:
            if one.is_empty and self._is_stop(one):
                self.enter(one)
                return
        missing = self.missing()
        if missing:
            self.enter(self.fields[missing[0]])
        else:
            self.left.emit(True)

    def enter(self, field: Field, *, at_end: bool = False) -> None:
        """Bring the cursor to a field, unfolding its card."""
        card = self._card_of[field.item.key]
        if card.is_folded:
            card.set_folded(is_folded=False)
        field.enter(at_end=at_end)
        self._on_entered(field)  # no event tells of it where the field had the cursor already

    def enter_item(self, key: str) -> None:
        """Bring the cursor to an item."""
        self.enter(self.fields[key])

    def enter_card(self, key: str) -> None:
        """Bring the cursor to the first item of a card, unfolding it."""
        self.cards[key].set_folded(is_folded=False)
        self._enter_card(self.cards[key])

    def step_card(self, step: int) -> None:
        """Page Up, Page Down: the first item of the next card, folded or not."""
        cards = list(self.cards.values())
        here = self._card_of[self._here.item.key] if self._here is not None else cards[0]
        place = cards.index(here) + step
        if 0 <= place < len(cards):
            cards[place].set_folded(is_folded=False)
            self._enter_card(cards[place])

    def _enter_card(self, card: FoldCard) -> None:
        mine = [field for field in self._order if self._card_of[field.item.key] is card]
        wanted = [field for field in mine if self._is_stop(field)]
        self.enter((wanted or mine)[0])
