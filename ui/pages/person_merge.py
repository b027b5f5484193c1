"""合并两份档案: field by field, left or right; everything that belongs to either stays. Parameters: `left`, `right`.

Without both the page asks for two people: a search box for each, and the list of possible duplicates.

The record kept (编号、历史) is the one at the left until 保留 is changed. Keys: Up and Down choose a line, 1 and 2 (or
Left and Right) the side.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QButtonGroup, QGridLayout

from mhdesk.domain.changes import Changes
from mhdesk.domain.patient import Patient
from mhdesk.forms import show
from mhdesk.forms.spec import FieldSpec, Kind
from mhdesk.services import custom_fields, merge, patients
from mhdesk.services.merge import Comparison
from mhdesk.text import text
from ui import messages, theme
from ui.pages.base import Desk, Page, Shot, keys_of
from ui.pages.person_merge_chooser import MergeChooser
from ui.widgets import Card, ChipText, ChoiceBar, ChoiceButton, Notice, ScrollBody, clear, label

SIDES = ("left", "right")
_NAME_CHARACTERS = 11
_LONGEST_VALUE = 60


class SideButton(ChoiceButton):
    """A value of one side; chosen or not. Arrow keys belong to the page."""

    moved = Signal(int, int)

    def __init__(self, words: str) -> None:
        shown = words if len(words) <= _LONGEST_VALUE else words[:_LONGEST_VALUE] + "…"
        super().__init__(shown.replace("\n", " ") or "—")
        self.setToolTip(words)
        self.setCheckable(True)
        self.setAutoDefault(False)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows and the digits of the sides."""
        steps = {Qt.Key.Key_Up: (-1, -1), Qt.Key.Key_Down: (1, -1), Qt.Key.Key_Left: (0, 0), Qt.Key.Key_Right: (0, 1),
                 Qt.Key.Key_1: (1, 0), Qt.Key.Key_2: (1, 1)}  # fmt: skip
        step = steps.get(Qt.Key(event.key()))
        if step is not None and not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            self.moved.emit(*step)
        else:
            super().keyPressEvent(event)


class FieldChoice:
    """One line: the item's name and both values."""

    def __init__(self, key: str, name: str, values: tuple[str, str], chosen: int) -> None:
        self.key = key
        #: Whether both sides say something.
        self.is_contrary = all(values)
        self.name = label(name, "quiet")
        self.buttons = tuple(SideButton(words) for words in values)
        self.group = QButtonGroup()
        for place, button in enumerate(self.buttons):
            button.setAccessibleName(f"{name} {values[place]}")
            self.group.addButton(button, place)
        self.buttons[chosen].setChecked(True)

    @property
    def side(self) -> str:
        """The side chosen."""
        return SIDES[self.group.checkedId()]


class MergePage(Page):
    """Two records side by side."""

    shots = (Shot("merge-choose"), Shot("merge", {"left": 1, "right": 2}))

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.comparison: Comparison | None = None
        self.choices: list[FieldChoice] = []
        self.header.set_title(text("merge.title"))
        self.header.set_primary(text("merge.merge"), "check", self.ask).setShortcut("Ctrl+Return")
        self.notice = Notice()
        self.kept = ChoiceBar([(side, text(f"merge.keep_{side}")) for side in SIDES])
        self.kept.chosen.connect(lambda _key: self._show_kept())
        self.whole = ScrollBody()
        self.chooser = MergeChooser(desk)
        self.chooser.chosen.connect(lambda left, right: desk.open_page("merge", left=left, right=right))
        self.body.addWidget(self.notice)
        self.body.addWidget(self.kept)
        self.body.addWidget(self.chooser)
        self.body.addWidget(self.whole, 1)

    def refresh(self) -> None:
        """Read both records."""
        left, right = self.params.get("left"), self.params.get("right")
        self._show_parts(is_asking=left is None or right is None)
        if left is None or right is None:
            self.comparison = None
            clear(self.whole.body)
            self.header.set_chips([])
            self.header.set_note("")
            self.takes_keys = self.chooser.begin(left if left is not None else right)
            return
        self.takes_keys = None
        ledger = self.desk.ledger

        def job(_task: Any) -> tuple[Comparison, tuple[FieldSpec, ...], dict[int, str]]:
            spec = custom_fields.form_for(ledger, "patient", "2018")
            units = {unit.id or 0: unit.name for unit in patients.units(ledger)}
            return merge.compare(ledger, left, right), spec.fields, units

        self.desk.tasks.run("ledger", job, lambda found: self._show(*found), key="merge", owner=self)

    def _show_parts(self, *, is_asking: bool) -> None:
        self.chooser.setVisible(is_asking)
        for part in (self.kept, self.whole, self.header.primary):
            if part is not None:
                part.setVisible(not is_asking)

    def _show(self, comparison: Comparison, items: Sequence[FieldSpec], units: dict[int, str]) -> None:
        self.comparison = comparison
        self.notice.clear()
        clear(self.whole.body)
        self.choices = [self._choice(item, comparison, units) for item in items if _differs(item, comparison)]
        self.header.set_chips([ChipText(text("merge.differing", count=len(self.choices)), "late")])
        contrary = [one for one in self.choices if one.is_contrary]
        rest = [one for one in self.choices if not one.is_contrary]
        self.choices = [*contrary, *rest]
        self.whole.body.addWidget(self._table(comparison, contrary, "fields"))
        if rest:
            self.whole.body.addWidget(self._table(comparison, rest, "one_sided"))
        self.whole.body.addWidget(self._children(comparison))
        self.whole.body.addStretch(1)
        self._show_kept()
        if self.choices:
            self._enter(0, self.choices[0].group.checkedId())

    def _choice(self, item: FieldSpec, comparison: Comparison, units: dict[int, str]) -> FieldChoice:
        values = tuple(_words(item, person, units) for person in (comparison.left, comparison.right))
        is_right = not values[0] and bool(values[1])
        made = FieldChoice(item.attribute, item.label, (values[0], values[1]), int(is_right))
        for side, button in enumerate(made.buttons):
            button.moved.connect(lambda step, to, made=made, side=side: self._move(made, side, step, to))
        return made

    def _table(self, comparison: Comparison, choices: Sequence[FieldChoice], key: str) -> Card:
        now = theme.current()
        card = Card(text(f"merge.{key}"), text(f"merge.{key}_note"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(now.space(3))
        grid.setVerticalSpacing(now.space(1))
        grid.setColumnMinimumWidth(0, now.em(_NAME_CHARACTERS))
        for column in (1, 2):
            grid.setColumnStretch(column, 1)
        for column, person in ((1, comparison.left), (2, comparison.right)):
            day = person.registered_on.isoformat() if person.registered_on else "—"
            heading = text("merge.record", number=person.id, day=day)
            grid.addWidget(label(f"{column}　{heading}", "quiet_small"), 0, column)
        for line, choice in enumerate(choices, 1):
            grid.addWidget(choice.name, line, 0)
            for side, button in enumerate(choice.buttons, 1):
                grid.addWidget(button, line, side, Qt.AlignmentFlag.AlignLeft)
        if not choices:
            grid.addWidget(label(text("merge.same"), "quiet"), 1, 0, 1, 3)
        card.body.addLayout(grid)
        return card

    def _children(self, comparison: Comparison) -> Card:
        card = Card(text("merge.children"), text("merge.children_note"))
        names = list(dict.fromkeys([*comparison.left_counts, *comparison.right_counts]))
        if not names:
            card.body.addWidget(label(text("merge.no_children"), "quiet"))
        for name in names:
            counts = comparison.left_counts.get(name, 0), comparison.right_counts.get(name, 0)
            words = text("merge.child_line", kind=_kind(name), left=counts[0], right=counts[1], sum=sum(counts))
            card.body.addWidget(label(words))
        return card

    def _show_kept(self) -> None:
        if self.comparison is not None:
            person = self.comparison.left if self.kept.key() == "left" else self.comparison.right
            self.header.set_note(text("merge.kept_note", name=person.name, number=person.id))

    # ---- keys

    def _move(self, choice: FieldChoice, side: int, step: int, to: int) -> None:
        """`step` lines down; `to` the side to choose, -1 for none."""
        at = self.choices.index(choice)
        if to >= 0:
            choice.buttons[to].setChecked(True)
            side = to
        self._enter(at + step, side if to < 0 or step == 0 else None)

    def _enter(self, at: int, side: int | None) -> None:
        if 0 <= at < len(self.choices):
            choice = self.choices[at]
            button = choice.buttons[choice.group.checkedId() if side is None else side]
            button.setFocus(Qt.FocusReason.TabFocusReason)
            self.whole.ensureWidgetVisible(button)

    # ---- merging

    def taken(self) -> list[str]:
        """The fields that come from the record that is not kept."""
        other = SIDES[1 - SIDES.index(self.kept.key() or "left")]
        return [one.key for one in self.choices if one.side == other]

    def ask(self) -> None:
        """Ask once, with both names and what moves."""
        comparison = self.comparison
        if comparison is None:
            return
        is_left = self.kept.key() != "right"
        kept, gone = (comparison.left, comparison.right) if is_left else (comparison.right, comparison.left)
        counts = comparison.right_counts if is_left else comparison.left_counts
        messages.confirm(
            self.window(),
            title=text("merge.title"),
            sentence=text("merge.sure", kept=kept.name, gone=gone.name),
            next_step=text("merge.sure_next", count=sum(counts.values())),
            verb=text("merge.verb"),
            on_yes=lambda: self._merge(kept, gone),
        )

    def _merge(self, kept: Patient, gone: Patient) -> None:
        ledger, take = self.desk.ledger, self.taken()
        kept_id, gone_id = kept.id or 0, gone.id or 0

        def done(result: tuple[int, Changes]) -> None:
            self.comparison = None
            self.desk.saved()
            self.desk.changes.publish(result[1], source=self)
            self.desk.open_page("patient", patient_id=kept_id)

        self.desk.tasks.run(
            "ledger",
            lambda _task: merge.merge(ledger, kept_id=kept_id, merged_id=gone_id, take=take),
            done,
            title=text("merge.merging"),
            owner=self,
        )

    def help_lines(self) -> Sequence[tuple[str, str]]:
        """The keys of this page."""
        return keys_of("merge.help")


def _kind(name: str) -> str:
    try:
        return text(f"recycle.kind.{name}")
    except KeyError:
        return text("merge.other_kind")


def _differs(item: FieldSpec, comparison: Comparison) -> bool:
    """Whether the two records say different things of an item; own items are merged without a choice."""
    if item.key.startswith(custom_fields.PREFIX):
        return False
    return bool(getattr(comparison.left, item.attribute) != getattr(comparison.right, item.attribute))


def _words(item: FieldSpec, person: Patient, units: dict[int, str]) -> str:
    value = getattr(person, item.attribute)
    return units.get(value, "") if item.kind is Kind.UNIT else show.display_value(item, value)
