"""Which file to read, where to write: the system's own dialog, opened where the doctor was last time.

The folder is remembered on this computer, one for reading and one for writing; a stick's is not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QStandardPaths
from PySide6.QtWidgets import QFileDialog, QWidget

from mhdesk import settings
from mhdesk.text import text

_Way = Literal["reading", "writing"]
TABLES = ("xlsx", "xls", "et", "ods", "csv")
SCANS = ("jpg", "jpeg", "png", "pdf")


def save_as(
    parent: QWidget, title: str, name: str, then: Callable[[Path], object], *, kinds: Sequence[str] = ("xlsx",)
) -> None:
    """Where to write a file called `name` (without ending). `kinds`: endings it may get, the usual one first."""
    dialog = QFileDialog(parent, title, str(_start("writing")), ";;".join(_words((kind,)) for kind in kinds))
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix(kinds[0])
    dialog.selectFile(f"{name}.{kinds[0]}")
    by_words = {_words((kind,)): kind for kind in kinds}
    dialog.filterSelected.connect(lambda chosen: dialog.setDefaultSuffix(by_words.get(chosen, kinds[0])))
    _ask(dialog, then, "writing")


def open_file(parent: QWidget, title: str, kinds: Sequence[str], then: Callable[[Path], object]) -> None:
    """Which file to read; `kinds` are the endings it may have."""
    dialog = QFileDialog(parent, title, str(_start("reading")), _words(kinds))
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    _ask(dialog, then, "reading")


def open_folder(parent: QWidget, title: str, then: Callable[[Path], object], *, start: Path | None = None) -> None:
    """Which folder to write into. With `start` it opens there, and what is chosen is not remembered."""
    dialog = QFileDialog(parent, title, str(start or _start("writing")))
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    _ask(dialog, then, None if start else "writing")


def _ask(dialog: QFileDialog, then: Callable[[Path], object], way: _Way | None) -> None:
    def chosen(name: str) -> None:
        path = Path(name)
        folder = str(path if dialog.fileMode() is QFileDialog.FileMode.Directory else path.parent)
        if way == "reading":
            settings.change(read_folder=folder)
        elif way == "writing":
            settings.change(write_folder=folder)
        then(path)

    dialog.fileSelected.connect(chosen)
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()


def _start(way: _Way) -> Path:
    """Where the dialog opens: the folder of last time, if it is still there; else the desktop."""
    known = settings.load()
    last = known.read_folder if way == "reading" else known.write_folder
    if last and Path(last).is_dir():
        return Path(last)
    desktop = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DesktopLocation)
    return Path(desktop) if desktop and Path(desktop).is_dir() else Path.home()


def _words(kinds: Sequence[str]) -> str:
    key = kinds[0] if len(kinds) == 1 else "table" if "xlsx" in kinds else "picture"
    return text(f"file_dialog.{key}", patterns=" ".join(f"*.{kind}" for kind in kinds))
