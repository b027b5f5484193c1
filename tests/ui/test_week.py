"""A short week of a doctor, typed with real keys into the whole window; `tests.ui.week` travels the long one."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QApplication

from tests.ui import week


def test_a_week_by_keyboard(dressed: QApplication, tmp_path: Path) -> None:
    plan = week.SHORT
    told = week.travel(tmp_path, plan)
    assert told.counts["visits"] >= plan.people * 2 + plan.staying * (plan.rounds + 1)
    assert max(told.presses["batch row"]) <= 12
    assert max(told.presses["failed contact"]) == 2
    for name in ("draft after closing", "draft after locking", "draft after a kill", "undo", "recycle bin", "receipt"):
        assert name in told.steps
