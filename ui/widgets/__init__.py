"""The building blocks of every page: cards, chips, buttons, notices, rates, empty states. `ui.theme` dresses them."""

from __future__ import annotations

from ui.widgets.buttons import ChoiceBar, ChoiceButton, DangerButton, IconButton, LinkButton, PlainButton, PrimaryButton
from ui.widgets.fields import IconLineEdit, LabelledField
from ui.widgets.layout import Beside, FlowLayout, ScrollBody, clear, column, row, rule
from ui.widgets.rates import Bar, RateBar
from ui.widgets.surfaces import Card, EmptyState, Notice, SectionHeader
from ui.widgets.texts import Chip, ChipText, ElidedLabel, Heading, label, restyle, text_width

__all__ = [
    "Bar",
    "Beside",
    "Card",
    "Chip",
    "ChipText",
    "ChoiceBar",
    "ChoiceButton",
    "DangerButton",
    "ElidedLabel",
    "EmptyState",
    "FlowLayout",
    "Heading",
    "IconButton",
    "IconLineEdit",
    "LabelledField",
    "LinkButton",
    "Notice",
    "PlainButton",
    "PrimaryButton",
    "RateBar",
    "ScrollBody",
    "SectionHeader",
    "clear",
    "column",
    "label",
    "restyle",
    "row",
    "rule",
    "text_width",
]
