"""How the follow-up page is laid out, by hand: which items share a row, which rows a card. The items are the form's.

An item the table does not name (a district's own form) gets a row of its own in the last card: nothing is ever hidden.
A page with another form has a `Look` of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mhdesk.forms.spec import FormSpec


@dataclass(frozen=True)
class RowPlan:
    """One row: the items whose boxes stand at its right edge, and the texts that open below it (其他 …)."""

    keys: tuple[str, ...]
    below: tuple[str, ...] = ()


@dataclass(frozen=True)
class CardPlan:
    """One card. `is_folded`: folded until it is needed; the cursor passes over it then."""

    key: str
    rows: tuple[RowPlan, ...]
    is_folded: bool = False


@dataclass(frozen=True)
class Look:
    """How a form looks: the top-level table of its words, its cards, and the card that takes unknown items."""

    words: str
    cards: tuple[CardPlan, ...]
    rest: str


def _row(*keys: str, below: tuple[str, ...] = ()) -> RowPlan:
    return RowPlan(keys, below)


_CARDS = (
    CardPlan("visit", (_row("visit_date"), _row("visit_form"), _row("visit_targets"))),
    CardPlan(
        "ended",
        (
            _row("lost_reason", below=("lost_reason_other",)),
            _row("death_date"),
            _row("death_reason"),
            _row("death_disease"),
        ),
        is_folded=True,
    ),
    CardPlan(
        "condition",
        (
            _row("risk_level"),
            _row("symptoms", below=("symptoms_other",)),
            _row("insight"),
            _row("sleep", "diet"),
            _row("self_care", "housework", "work", "learning", "social_contact"),
            _row("dangerous_acts"),
            _row("restraint"),
            _row("hospitalization", below=("last_discharge_date",)),
        ),
    ),
    CardPlan(
        "treatment",
        (
            _row("laboratory", below=("laboratory_detail",)),
            _row("adherence"),
            _row("adverse_reaction", below=("adverse_reaction_detail",)),
            _row("treatment_effect"),
            _row("referral_advised", below=("referral_reason",)),
            _row("referral_done", below=("referral_to",)),
        ),
    ),
    CardPlan("drugs", (_row("drugs_current"), _row("drugs_guidance"))),
    CardPlan(
        "plan",
        (
            _row("rehabilitation", below=("rehabilitation_other",)),
            _row("obvious_symptoms", "severe_adverse_reaction", "severe_physical_disease"),
            _row("visit_class", below=("class_reason",)),
            _row("next_visit_date"),
            _row("doctor_name"),
        ),
    ),
    CardPlan("custom", ()),
    CardPlan(
        "extra",
        (
            _row("recent_prescription"),
            _row("case_management"),
            _row("case_condition"),
            _row("case_function"),
            _row("national_entered_on"),
            _row("note"),
        ),
        is_folded=True,
    ),
)
#: The card of items a district adds itself; their keys begin with it.
OWN = "custom"
FOLLOW_UP = Look("follow_up", _CARDS, "extra")
#: Items that open a branch of the sheet: stops of the cursor although nothing asks for them.
BRANCHES = frozenset({"lost_reason", "death_date"})
#: Shown only when the class differs from the suggestion.
REASON = "class_reason"


def plan(spec: FormSpec, look: Look = FOLLOW_UP) -> Sequence[CardPlan]:
    """The cards for a form: rows without items of this edition left out, items the table does not know added."""
    known = {key for card in look.cards for row in card.rows for key in (*row.keys, *row.below)}
    cards = []
    for card in look.cards:
        rows = [
            RowPlan(
                tuple(key for key in row.keys if key in spec.by_key),
                tuple(key for key in row.below if key in spec.by_key),
            )
            for row in card.rows
        ]
        # A text whose row is gone in this edition (转至机构 in 2017) keeps a row of its own.
        kept = [row if row.keys else RowPlan(row.below) for row in rows if row.keys or row.below]
        own = card.key == OWN
        kept += [
            RowPlan((item.key,))
            for item in spec.fields
            if item.key not in known and (own if item.key.startswith(f"{OWN}:") else card.key == look.rest)
        ]
        if kept:
            cards.append(CardPlan(card.key, tuple(kept), card.is_folded))
    return cards
