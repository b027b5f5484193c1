"""What every page is, and what it may use. Read this first when you build a page.

A page is a `Page` in ``ui/pages/<key>.py``, named in the table `ui.navigation.PAGES`; it is made once, when it is first
opened, and kept, so it remembers its filters by itself. It asks services through ``self.desk.tasks`` and never waits.

    class TodayPage(Page):
        topics = frozenset({"patient", "follow_up"})        # table names of `Changes` that make this page refresh
        shots = (Shot("today"),)                             # what `python -m ui.shots` photographs

        def __init__(self, desk: Desk) -> None:
            super().__init__(desk)
            self.header.set_title(text("today.title"))
            self.header.set_primary(text("today.weekly"), "file-spreadsheet", self._make_weekly)
            self.table = TablePanel(desk.tasks, COLUMNS)     # ui.tables; cards and chips: ui.widgets
            card = Card(text("today.list"))
            card.body.addWidget(self.table)
            self.body.addWidget(card)

        def refresh(self) -> None:
            ledger, today = self.desk.ledger, self.desk.today()
            self.desk.tasks.run("ledger", lambda task: worklist.due(ledger, today=today), self._show, owner=self)

Rules. Colours and sizes only from `ui.theme`. Words only from ``resources/text/zh_CN``. One primary button. Jobs touch
no widget. After a change: ``self.desk.changes.publish(changes, source=self)``, then show it yourself. Opening another
page: ``self.desk.open_page("patient", patient_id=7)``. Errors need no handler: a `UserError` becomes a message,
anything else a bug report; give ``on_error`` only to show it in place (what was typed stays).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFocusEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QVBoxLayout, QWidget

from mhdesk.domain.changes import Changes
from mhdesk.text import text
from ui import theme
from ui.changes import ChangesHub
from ui.tasks import TaskRunner
from ui.widgets import Chip, ChipText, FlowLayout, PlainButton, PrimaryButton, ScrollBody, clear, label, row

if TYPE_CHECKING:
    from mhdesk.services.access import Ledger

Params = Mapping[str, Any]


@dataclass(frozen=True)
class Desk:
    """What the window lends a page: the open ledger, the lanes, the news, the way to other pages, today.

    `ledger` belongs to the lane "ledger": pass it to services inside jobs, read only its plain fields (`user_name`,
    `role`, `level`) elsewhere. `saved` tells the top bar that something was committed just now. `set_unsaved` shows
    that something typed is not saved yet. `restyle(percent, dark)` changes 字号 and appearance at once.
    """

    ledger: Ledger
    tasks: TaskRunner
    changes: ChangesHub
    unit_name: str
    today: Callable[[], date]
    open_page: Callable[..., None]
    go_back: Callable[[], None]
    saved: Callable[[], None]
    set_unsaved: Callable[[], None]
    restyle: Callable[[int, bool], object]


@dataclass(frozen=True)
class Shot:
    """One picture for `ui.shots`: file name, parameters of `activate`, and what to do before it is taken."""

    name: str
    params: Params = field(default_factory=dict)
    prepare: Callable[[Any], object] | None = None


class PageHeader(QWidget):
    """The line on top of a page: title, chips, a quiet note; at the right plain actions and the one primary button.

    Where the width is not enough for all of it, note and actions stand on a line of their own, and a long title wraps.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        now = theme.current()
        self._title = label("", "title")
        self._chips = FlowLayout(space=3)
        self._chip_line = QWidget()
        self._chip_line.setLayout(self._chips)
        self._note = label("", "quiet")
        self._actions = FlowLayout(space=3, is_right=True)
        self._said = row(self._title, self._chip_line, space=5)
        self._said.setStretch(1, 1)
        self._said.setAlignment(self._chip_line, Qt.AlignmentFlag.AlignVCenter)
        self._said.addStretch(0)  # a title alone stands at the left
        actions = QWidget()
        actions.setLayout(self._actions)
        self._done = row(None, self._note, actions, space=5)
        self._line = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._line.setContentsMargins(0, 0, 0, 0)
        self._line.setSpacing(now.space(2))
        self._line.addLayout(self._said, 1)
        self._line.addLayout(self._done)
        self.setMinimumHeight(now.size("button"))
        self.primary: PrimaryButton | None = None

    def minimumSizeHint(self) -> QSize:
        """It adapts to any width."""
        return QSize(0, self.minimumHeight())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """One line, or two where one is not enough."""
        gap = theme.current().space(5)
        title = self._title.fontMetrics().horizontalAdvance(self._title.text()) + 2
        chips = self._chips.sizeHint().width()
        done = self._done.sizeHint().width()
        is_one_line = title + chips + done + 2 * gap <= self.width()
        across, down = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
        if (self._line.direction() == across) != is_one_line:
            self._line.setDirection(across if is_one_line else down)
        room = self.width() - (done + gap if is_one_line else 0)
        # the chips keep room for the widest of them beside the title; what is too long for the rest wraps
        beside = self._chips.minimumSize().width() + gap if chips else 0
        width = min(title, max(room - beside, room // 2))
        self._title.setWordWrap(width < title)
        self._title.setFixedWidth(max(width, 0))
        self._chip_line.setVisible(bool(self._chips.count()))
        self._line.invalidate()
        height = self._line.minimumHeightForWidth(self.width()) if self.width() else 0
        self.setMinimumHeight(max(theme.current().size("button"), height))

    def title(self) -> str:
        """The title shown."""
        return self._title.text()

    def set_title(self, words: str) -> None:
        """Show a title."""
        self._title.setText(words)
        self._fit()

    def set_chips(self, chips: Sequence[ChipText]) -> None:
        """Show chips behind the title, instead of those before."""
        clear(self._chips)
        for chip in chips:
            self._chips.addWidget(Chip(chip.label, chip.tone))
        self._fit()

    def set_note(self, words: str) -> None:
        """Show a quiet note left of the actions."""
        self._note.setText(words)
        self._fit()

    def add_action(self, words: str, icon_name: str | None, slot: Callable[[], object]) -> PlainButton:
        """Add a plain button; it stands left of the primary one."""
        button = PlainButton(words, icon_name, slot)
        place = self._actions.count() - (0 if self.primary is None else 1)
        self._actions.insert_widget(place, button)
        return button

    def add_widget(self, widget: QWidget) -> None:
        """Put another control (a choice bar, a date) left of the primary button."""
        self._actions.insert_widget(self._actions.count() - (0 if self.primary is None else 1), widget)

    def set_primary(self, words: str, icon_name: str | None, slot: Callable[[], object]) -> PrimaryButton:
        """Set the one primary button of the page."""
        if self.primary is not None:
            self.primary.setParent(None)
            self.primary.deleteLater()
        self.primary = PrimaryButton(words, icon_name, slot)
        self._actions.addWidget(self.primary)
        return self.primary


def keys_of(key: str) -> Sequence[tuple[str, str]]:
    """Lines of a text, each with a key, a tab and what it does, for `Page.help_lines`."""
    return [(keys, meaning) for keys, _, meaning in (line.partition("\t") for line in text(key).splitlines())]


class Page(QWidget):
    """A page of the window. Put content into `body`; it stands under the header, with the page's margins."""

    #: Topics of `Changes` (table names) after which the page is stale.
    topics: ClassVar[frozenset[str]] = frozenset()
    #: Pictures for `ui.shots`.
    shots: ClassVar[tuple[Shot, ...]] = ()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.params: Params = {}
        #: What gets the keys when the page comes to the front. (A focus proxy would take it out of the order of Tab.)
        self.takes_keys: QWidget | None = None
        self._is_stale = True
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        now = theme.current()
        lines = QVBoxLayout(self)
        lines.setContentsMargins(now.space(5), now.space(4), now.space(5), now.space(4))
        lines.setSpacing(now.space(3))
        self.header = PageHeader()
        whole = ScrollBody(is_yielding=True)  # only where the window is too small for what the page must show
        self.body = whole.body
        lines.addWidget(self.header)
        lines.addWidget(whole, 1)
        if self.topics:
            desk.changes.subscribe(self.topics, self._on_changes, self)

    # ---- what a page answers; override what it can do

    def activate(self, params: Params) -> None:
        """The page comes to the front, with the parameters of `Desk.open_page`.

        Called each time, also on the way back. The base refreshes when the parameters differ from the last time or
        something the page shows has changed since; so most pages only override `refresh`.
        """
        if self._is_stale or dict(params) != dict(self.params):
            self.params = dict(params)
            self._is_stale = False
            self.refresh()

    def refresh(self) -> None:
        """Read everything anew (F5, or after a change)."""

    def leave(self) -> None:
        """The page goes to the back, or the window is being locked: put what was typed into a draft.

        Jobs started here still run before the ledger is closed.
        """

    @property
    def can_print(self) -> bool:
        """Whether Ctrl+P does something now."""
        return type(self).print_ is not Page.print_

    @property
    def can_export(self) -> bool:
        """Whether Ctrl+E does something now."""
        return type(self).export is not Page.export

    def print_(self) -> None:
        """Print what is shown (Ctrl+P)."""

    def export(self) -> None:
        """Write what is shown as a file (Ctrl+E)."""

    def help_lines(self) -> Sequence[tuple[str, str]]:
        """What F1 says about this page, before the keys that every page has: (keys, meaning)."""
        return ()

    def takes_escape(self) -> bool:
        """Whether the page itself used Esc (closed a panel); otherwise the window goes back."""
        return False

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Hand the keys on."""
        super().focusInEvent(event)
        if self.takes_keys is not None:
            self.takes_keys.setFocus(event.reason())

    # ---- news

    def _on_changes(self, changes: Changes) -> None:
        if self.isVisible():
            self.refresh()
        else:
            self._is_stale = True
