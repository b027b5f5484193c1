"""设置: units and villages, users, rule sets and targets with their sources, backup, appearance, about."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Protocol, cast

from PySide6.QtWidgets import QSizePolicy, QStackedWidget, QWidget

from mhdesk.text import text
from ui.pages.base import Desk, Page, Shot
from ui.pages.settings_about import AboutPart
from ui.pages.settings_appearance import AppearancePart
from ui.pages.settings_backup import BackupPart
from ui.pages.settings_colours import ColoursPart
from ui.pages.settings_drugs import DrugsPart
from ui.pages.settings_fields import FieldsPart
from ui.pages.settings_reminders import RemindersPart
from ui.pages.settings_rules import RulesPart
from ui.pages.settings_sending import SendingPart
from ui.pages.settings_targets import TargetsPart
from ui.pages.settings_units import UnitsPart
from ui.pages.settings_users import UsersPart
from ui.widgets import ChoiceBar


class Part(Protocol):
    """A sheet of the settings."""

    def refresh(self) -> None:
        """Read what it shows anew."""


PARTS: dict[str, Callable[[Desk], QWidget]] = {
    "units": UnitsPart,
    "users": UsersPart,
    "rules": RulesPart,
    "targets": TargetsPart,
    "sending": SendingPart,
    "fields": FieldsPart,
    "drugs": DrugsPart,
    "reminders": RemindersPart,
    "joint": functools.partial(RemindersPart, key="joint"),
    "colours": ColoursPart,
    "backup": BackupPart,
    "appearance": AppearancePart,
    "about": AboutPart,
}


class SettingsPage(Page):
    """Everything that is set, each part on its own sheet."""

    topics = frozenset({"unit", "unit_year", "app_user", "setting", "data_override", "custom_field"})
    shots = tuple(Shot(f"settings-{key}", {"part": key}) for key in PARTS)

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.header.set_title(text("settings.title"))
        self.choices = ChoiceBar([(key, text(f"settings.part.{key}")) for key in PARTS])
        self.choices.chosen.connect(lambda key: desk.open_page("settings", part=key))
        self.stack = QStackedWidget()
        for make in PARTS.values():
            self.stack.addWidget(make(desk))
        self.takes_keys = self.choices
        self.body.addWidget(self.choices)
        self.body.addWidget(self.stack, 1)

    def refresh(self) -> None:
        """Show the chosen part anew."""
        key = str(self.params.get("part", self.choices.key()))
        self.choices.choose(key)
        for number, name in enumerate(PARTS):  # hidden parts ask for no room
            height = QSizePolicy.Policy.Preferred if name == key else QSizePolicy.Policy.Ignored
            if (part := self.stack.widget(number)) is not None:
                part.setSizePolicy(QSizePolicy.Policy.Preferred, height)
        self.stack.setCurrentIndex(list(PARTS).index(key))
        cast("Part", self.stack.currentWidget()).refresh()
