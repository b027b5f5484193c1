"""Qt on this Python is one we can trust."""

from __future__ import annotations

import sys

from PySide6.QtCore import QObject

CALLS = 200  # more would kill the very run that is to report it
SLACK = 50


def test_an_empty_answer_loses_no_reference() -> None:
    """PySide6 6.12.0 on Python 3.11 drops a reference to None with each empty QVariant it hands over, and in the end
    the process dies of "none_dealloc". Seen to fail there; a newer PySide6 may be taken when it passes.
    """
    thing = QObject()
    before = sys.getrefcount(None)
    for _ in range(CALLS):
        thing.property("absent")
    assert abs(sys.getrefcount(None) - before) < SLACK
