"""Qt on this Python is one we can trust."""

from __future__ import annotations

import sys

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt

CALLS = 1000
SLACK = 100


class _Empty(QAbstractListModel):
    """A model that has nothing to say, as most cells have for most roles."""

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:  # noqa: B008
        return 1

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = 0) -> object:
        return None


def test_an_empty_answer_loses_no_reference() -> None:
    """PySide6 6.12.0 on Python 3.11 drops a reference to None for each empty QVariant it makes, and dies in the end."""
    model = _Empty()
    index = QAbstractListModel.index(model, 0, 0)
    before = sys.getrefcount(None)
    for _ in range(CALLS):
        QAbstractListModel.headerData(model, 0, Qt.Orientation.Horizontal, Qt.ItemDataRole.DisplayRole)
        model.itemData(index)
    assert sys.getrefcount(None) - before > -SLACK
