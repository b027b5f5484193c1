"""The table of pages, the column at the left, and the way back. A page that is not built yet is absent, not empty."""

from __future__ import annotations

import functools
import importlib
import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QButtonGroup, QFrame, QPushButton, QVBoxLayout, QWidget

from mhdesk.text import text
from ui import icons, theme
from ui.pages.base import Page
from ui.widgets import label, restyle


@dataclass(frozen=True)
class PageSpec:
    """A page: `key` for `Desk.open_page`, ``module:Class``, and its place in the navigation.

    `icon` None: the page is reached from another one, whose entry (`under`) stays marked. `is_at_bottom`: 设置.
    """

    key: str
    where: str
    icon: str | None = None
    under: str | None = None
    is_at_bottom: bool = False

    @property
    def title(self) -> str:
        """The word in the navigation."""
        return text(f"shell.nav.{self.key}")

    def load(self) -> type[Page]:
        """The page's class."""
        module, name = self.where.split(":")
        found: type[Page] = getattr(importlib.import_module(module), name)
        return found


PAGES = (
    PageSpec("today", "ui.pages.today:TodayPage", "house"),
    PageSpec("patients", "ui.pages.patients:PatientsPage", "users"),
    PageSpec("follow_ups", "ui.pages.follow_up_chooser:FollowUpsPage", "clipboard-pen"),
    PageSpec("medication", "ui.pages.medication:MedicationPage", "pill"),
    PageSpec("training", "ui.pages.training:TrainingPage", "graduation-cap"),
    PageSpec("joint", "ui.pages.joint:JointPage", "handshake"),
    PageSpec("reports", "ui.pages.reports:ReportsPage", "chart-column"),
    PageSpec("district", "ui.pages.district:DistrictPage", "building-2"),
    PageSpec("settings", "ui.pages.settings:SettingsPage", "settings", is_at_bottom=True),
    PageSpec("patient", "ui.pages.patient:PatientPage", under="patients"),
    PageSpec("visit", "ui.pages.follow_up:VisitPage", under="follow_ups"),
    PageSpec("joint_record", "ui.pages.joint_record:JointRecordPage", under="joint"),
    PageSpec("due", "ui.pages.due:DuePage", under="follow_ups"),
    PageSpec("batch", "ui.pages.batch:BatchPage", under="follow_ups"),
    PageSpec("sheets", "ui.pages.sheets:SheetsPage", under="follow_ups"),
    PageSpec("transfers", "ui.pages.transfer:TransfersPage", under="patients"),
    PageSpec("national", "ui.pages.copy_panel:NationalPage", under="follow_ups"),
    PageSpec("person", "ui.pages.person:PersonPage", under="patients"),
    PageSpec("duplicates", "ui.pages.person_duplicates:DuplicatesPage", under="patients"),
    PageSpec("merge", "ui.pages.person_merge:MergePage", under="patients"),
    PageSpec("bulk", "ui.pages.person_bulk:BulkPage", under="patients"),
    PageSpec("quality", "ui.pages.quality:QualityPage", under="patients"),
    PageSpec("recycle", "ui.pages.recycle:RecyclePage", under="patients"),
    PageSpec("past_imports", "ui.pages.recycle_imports:PastImportsPage", under="patients"),
    PageSpec("imports", "ui.pages.imports:ImportsPage", under="patients"),
    PageSpec("session", "ui.pages.training_session:SessionPage", under="training"),
    PageSpec("names", "ui.pages.names:NamesPage", under="reports"),
    PageSpec("colours", "ui.pages.colours:ColoursPage", under="patients"),
    PageSpec("trends", "ui.pages.trends:TrendsPage", under="reports"),
    PageSpec("inspection", "ui.pages.inspection:InspectionPage", under="reports"),
    PageSpec("ahead", "ui.pages.ahead:AheadPage", under="reports"),
    PageSpec("templates", "ui.pages.templates:TemplatesPage", under="reports"),
    PageSpec("sent", "ui.pages.reports_sent:SentPage", under="reports"),
)


@functools.cache
def built_pages() -> Mapping[str, PageSpec]:
    """The pages whose module exists, by key, in the order of the navigation."""
    return {page.key: page for page in PAGES if importlib.util.find_spec(page.where.split(":")[0]) is not None}


@dataclass(frozen=True)
class Place:
    """A page and its parameters: one step of the history."""

    key: str
    params: Mapping[str, Any] = field(default_factory=dict)


class History:
    """Back and forward as in a browser."""

    def __init__(self) -> None:
        self._places: list[Place] = []
        self._at = -1

    def visit(self, place: Place) -> None:
        """Go to a new place; what lay ahead is forgotten. The same place twice counts once."""
        if self.here() == place:
            return
        del self._places[self._at + 1 :]
        self._places.append(place)
        self._at += 1

    def here(self) -> Place | None:
        """The place now shown."""
        return self._places[self._at] if self._at >= 0 else None

    def back(self) -> Place | None:
        """Step back; None at the start."""
        if self._at <= 0:
            return None
        self._at -= 1
        return self._places[self._at]

    def forward(self) -> Place | None:
        """Step forward; None at the end."""
        if self._at + 1 >= len(self._places):
            return None
        self._at += 1
        return self._places[self._at]


class NavButton(QPushButton):
    """One entry of the navigation."""


class Navigation(QFrame):
    """The column at the left: icon and word, or icons only where there is little room."""

    chosen = Signal(str)

    def __init__(self, pages: Mapping[str, PageSpec], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._is_narrow = False
        self._entries = [page for page in pages.values() if page.icon is not None]
        self._under = {page.key: page.under or page.key for page in pages.values()}
        self._group = QButtonGroup(self)
        self._buttons: dict[str, NavButton] = {}
        self._brand = label(text("shell.program"), "brand")
        now = theme.current()
        self._brand.setFixedHeight(now.size("top_bar"))
        self._lines = QVBoxLayout(self)
        self._lines.setContentsMargins(now.space(3), 0, now.space(3), now.space(3))
        self._lines.setSpacing(now.space(1))
        self._lines.addWidget(self._brand)
        for page in self._entries:
            if not page.is_at_bottom:
                self._lines.addWidget(self._make(page))
        self._lines.addStretch(1)
        for page in self._entries:
            if page.is_at_bottom:
                self._lines.addWidget(self._make(page))
        self.set_narrow(is_narrow=False)

    def keys(self) -> list[str]:
        """Keys of the entries in order: Ctrl+1 is the first."""
        return [page.key for page in self._entries]

    def mark(self, key: str) -> None:
        """Mark the entry of a page, or the one it belongs under."""
        button = self._buttons.get(self._under.get(key, key))
        if button is not None:
            button.setChecked(True)

    def set_narrow(self, *, is_narrow: bool) -> None:
        """Show icons only, with the word in the tip."""
        now = theme.current()
        self._is_narrow = is_narrow
        self.setFixedWidth(now.size("nav_narrow" if is_narrow else "nav_wide"))
        self._brand.setText(text("shell.program")[:1] if is_narrow else text("shell.program"))
        side = Qt.AlignmentFlag.AlignHCenter if is_narrow else Qt.AlignmentFlag.AlignLeft
        self._brand.setAlignment(Qt.AlignmentFlag.AlignVCenter | side)
        self._brand.setContentsMargins(0 if is_narrow else now.space(4), 0, 0, 0)
        for number, page in enumerate(self._entries, start=1):
            button = self._buttons[page.key]
            gap = 0 if is_narrow else 3
            button.setText("" if is_narrow else page.title)
            button.setIcon(icons.spaced_icon(page.icon or "list", "quiet", active="brand", size="icon", gap=gap))
            button.setIconSize(icons.spaced_size("icon", gap))
            restyle(button, "narrow", "true" if is_narrow else "false")
            key = QKeySequence(f"Ctrl+{number}").toString(QKeySequence.SequenceFormat.NativeText)
            button.setToolTip(f"{page.title}  {key}" if is_narrow else key)

    @property
    def is_narrow(self) -> bool:
        """Whether only icons are shown."""
        return self._is_narrow

    def _make(self, page: PageSpec) -> NavButton:
        button = NavButton()
        button.setCheckable(True)
        button.setAutoDefault(False)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setAccessibleName(page.title)
        button.setCursor(Qt.CursorShape.PointingHandCursor)
        button.clicked.connect(self._chooser(page.key))
        self._group.addButton(button)
        self._buttons[page.key] = button
        return button

    def _chooser(self, key: str) -> Callable[[], None]:
        return lambda: self.chosen.emit(key)
