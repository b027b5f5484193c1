"""Makes the widgets of a form from its table and the layout: cards, rows, fields."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from mhdesk.forms.spec import FormSpec
from ui.forms.card import FoldCard
from ui.forms.field import Field
from ui.forms.kinds import make_field
from ui.forms.layout import FOLLOW_UP, CardPlan, Look, plan
from ui.forms.row import FieldRow, item_name, optional_text
from ui.forms.texts import LineField


@dataclass
class Built:
    """The widgets of a form. `order`: the fields in the order of the cursor."""

    cards: dict[str, FoldCard] = field(default_factory=dict)
    folded: dict[str, bool] = field(default_factory=dict)  # as each card is at first
    rows: list[FieldRow] = field(default_factory=list)
    fields: dict[str, Field] = field(default_factory=dict)
    card_of: dict[str, FoldCard] = field(default_factory=dict)
    row_of: dict[str, FieldRow] = field(default_factory=dict)

    @property
    def order(self) -> list[Field]:
        """The fields in the order of the cursor."""
        return list(self.fields.values())


def build(spec: FormSpec, today: Callable[[], date], look: Look = FOLLOW_UP) -> Built:
    """Make the widgets of a form. They have no parent yet: put the cards into a layout."""
    built = Built()
    for card_plan in plan(spec, look):
        _build_card(built, spec, card_plan, today, look.words)
    return built


def _build_card(built: Built, spec: FormSpec, card_plan: CardPlan, today: Callable[[], date], words: str) -> None:
    note = optional_text(f"card_note.{card_plan.key}", words)
    title = optional_text(f"card.{card_plan.key}", words) or spec.sections[card_plan.key]
    card = FoldCard(title, note, is_folded=card_plan.is_folded)
    built.cards[card_plan.key], built.folded[card_plan.key] = card, card_plan.is_folded
    for row_plan in card_plan.rows:
        fields = [_build_field(spec, key, today, words) for key in row_plan.keys]
        below = [_build_field(spec, key, today, words) for key in row_plan.below]
        row = FieldRow(fields, below, words)
        card.rows.addWidget(row)
        built.rows.append(row)
        for one in (*fields, *below):
            key = one.item.key
            built.fields[key], built.card_of[key], built.row_of[key] = one, card, row


def _build_field(spec: FormSpec, key: str, today: Callable[[], date], words: str) -> Field:
    item = spec.field(key)
    made = make_field(item, item_name(item, words), today)
    if isinstance(made, LineField):
        made.set_hint(optional_text(f"hint.{key}", words))
        if placeholder := optional_text(f"placeholder.{key}", words):
            made.set_placeholder(placeholder)
    return made
