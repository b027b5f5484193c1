"""What the keyboard does on every page. One table: the window connects it, F1 shows it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from mhdesk.text import text

#: Pages with a key of their own: Ctrl+1 … Ctrl+8.
NUMBERED_PAGES = 8


@dataclass(frozen=True)
class Action:
    """Something the window does: its name (``shell.action.<name>`` is its word) and its keys."""

    name: str
    keys: tuple[str, ...]

    @property
    def words(self) -> str:
        """What it does, in Chinese."""
        return text(f"shell.action.{self.name}")


ACTIONS = (
    Action("find", ("Ctrl+F",)),
    Action("help", ("F1",)),
    Action("refresh", ("F5",)),
    Action("print", ("Ctrl+P",)),
    Action("export", ("Ctrl+E",)),
    Action("undo", ("Ctrl+Z",)),
    Action("lock", ("Ctrl+L",)),
    Action("back", ("Alt+Left",)),
    Action("forward", ("Alt+Right",)),
)


def connect(window: QWidget, slots: Mapping[str, Callable[[], object]], open_numbered: Callable[[int], object]) -> None:
    """Give a window every key of the table and Ctrl+1 … Ctrl+8. Raises KeyError when a slot is missing."""
    for action in ACTIONS:
        for keys in action.keys:
            _shortcut(window, keys, slots[action.name])
    for number in range(1, NUMBERED_PAGES + 1):
        _shortcut(window, f"Ctrl+{number}", _numbered(open_numbered, number))


def help_lines() -> list[tuple[str, str]]:
    """(keys, meaning) of everything that works on every page."""
    lines = [(" ".join(_native(keys) for keys in action.keys), action.words) for action in ACTIONS]
    lines.append(("Esc", text("shell.action.escape")))
    lines.append((f"{_native('Ctrl+1')}…{NUMBERED_PAGES}", text("shell.help.pages")))
    lines.append(("Enter", text("shell.help.open_row")))
    lines.append((_native("Ctrl+C"), text("shell.help.copy")))
    return lines


def _shortcut(window: QWidget, keys: str, slot: Callable[[], object]) -> None:
    shortcut = QShortcut(QKeySequence(keys), window)
    shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
    shortcut.activated.connect(slot)


def _numbered(slot: Callable[[int], object], number: int) -> Callable[[], object]:
    return lambda: slot(number)


def _native(keys: str) -> str:
    return QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)
