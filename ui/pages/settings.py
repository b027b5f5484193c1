"""设置: units and villages, users, rule sets and targets with their sources, backup, appearance, about."""

from __future__ import annotations

from PySide6.QtWidgets import QStackedWidget

from mhdesk.text import text
from ui.pages.base import Desk, Page, Shot
from ui.pages.settings_about import AboutPart
from ui.pages.settings_appearance import AppearancePart
from ui.pages.settings_backup import BackupPart
from ui.pages.settings_rules import RulesPart
from ui.pages.settings_units import UnitsPart
from ui.pages.settings_users import UsersPart
from ui.widgets import ChoiceBar

PARTS = {
    "units": UnitsPart,
    "users": UsersPart,
    "rules": RulesPart,
    "backup": BackupPart,
    "appearance": AppearancePart,
    "about": AboutPart,
}


class SettingsPage(Page):
    """Everything that is set, each part on its own sheet."""

    topics = frozenset({"unit", "unit_year", "app_user", "setting", "data_override"})
    shots = tuple(Shot(f"settings-{key}", {"part": key}) for key in PARTS)

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.header.set_title(text("settings.title"))
        self.choices = ChoiceBar([(key, text(f"settings.part.{key}")) for key in PARTS])
        self.choices.chosen.connect(lambda key: desk.open_page("settings", part=key))
        self.stack = QStackedWidget()
        self.parts = {key: part(desk) for key, part in PARTS.items()}
        for part in self.parts.values():
            self.stack.addWidget(part)
        self.body.addWidget(self.choices)
        self.body.addWidget(self.stack, 1)

    def refresh(self) -> None:
        """Show the chosen part anew."""
        key = str(self.params.get("part", self.choices.key()))
        self.choices.choose(key)
        part = self.parts[key]
        self.stack.setCurrentWidget(part)
        part.refresh()
