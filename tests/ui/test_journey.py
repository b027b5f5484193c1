"""The keyboard alone is enough, on a real X display and with the real program."""

from __future__ import annotations

from pathlib import Path

from tests.ui import journey


def test_a_working_day_by_keyboard(tmp_path: Path) -> None:
    stops = journey.travel(tmp_path / "journey")
    assert stops == ["login", "today", "search", "patient", "report", "names", "named", "locked"]
