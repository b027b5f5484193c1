"""The real program, with a note of what it shows written to a file, for `tests.ui.journey`. Nothing is driven here."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

if TYPE_CHECKING:
    from ui.search_box import SearchBox

_EVERY_MS = 50


def state() -> dict[str, Any]:
    """What the front window shows now."""
    from ui.dialogs.login import LoginWindow
    from ui.window import MainWindow

    visible = [one for one in QApplication.topLevelWidgets() if one.isVisible() and one.isWindow()]
    windows = [one for one in visible if isinstance(one, MainWindow)]
    if not windows:
        login = [one for one in visible if isinstance(one, LoginWindow)]
        return {"shows": "login" if login else "", "window": int(login[0].winId()) if login else 0}
    window = windows[0]
    page, here = window.current_page(), window.place()
    found: dict[str, Any] = {
        "shows": here.key if here else "",
        "window": int(window.winId()),
        "title": page.header.title() if page else "",
        "is_busy": not window.desk.tasks.is_idle,
        "hits": _hits(window.bar.search),
        "focus": type(QApplication.focusWidget()).__name__,
        "pages": window.navigation.keys(),
    }
    if found["shows"] == "reports":
        cell = page.sheet.current()  # type: ignore[union-attr]
        found["members"] = len(cell.members) if cell is not None and cell.members is not None else 0
        found["names"] = page.table.count() if page.stack.currentIndex() == 2 else None  # type: ignore[union-attr]
    return found


def _hits(box: SearchBox) -> int:
    """How many people the search box offers."""
    popup = box.popup()
    return popup.list.model().rowCount() if popup.isVisible() else 0


def main(ledger: str, file: str) -> int:
    """Run the program on `ledger`; its state is always in `file`."""
    from ui import app as program

    application = program.make_application()

    def write() -> None:
        fresh = Path(f"{file}.new")
        fresh.write_text(json.dumps(state()), encoding="utf-8")
        fresh.replace(file)

    timer = QTimer(application)
    timer.timeout.connect(write)
    timer.start(_EVERY_MS)
    return program.main(ledger)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
