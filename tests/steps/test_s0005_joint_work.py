"""Step 5 on a file with people and visits in it: they stay, and joint work hangs on them."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlcipher3 import dbapi2 as driver

from db import migrate
from tests.steps.test_steps import STEPS, open_at


def test_joint_work_joins_people_who_are_there(tmp_path: Path) -> None:
    raw = open_at(tmp_path / "old.db", mode="rwc")
    migrate.migrate(raw, {number: STEPS[number] for number in range(1, 5)}, tmp_path)
    raw.execute(
        "INSERT INTO patient (id, uuid, entered_by, version, form_edition, custom, name, payment, past_symptoms,"
        " past_dangerous_acts, sent_by, disability_certificate)"
        " VALUES (1, 'u', 'wang', 1, '2018', '{}', '罗丽莎', '', '', '', '', '')"
    )
    assert migrate.migrate(raw, {number: STEPS[number] for number in range(1, 6)}, tmp_path) == 1
    assert raw.execute("SELECT name FROM patient").fetchall() == [("罗丽莎",)]
    add = (
        "INSERT INTO checkup (uuid, entered_by, version, patient_id, checked_on, items) VALUES (?, 'wang', 1, ?, ?, '')"
    )
    raw.execute(add, ("a", 1, "2026-05-05"))
    with pytest.raises(driver.IntegrityError):
        raw.execute(add, ("b", 2, "2026-05-05"))  # nobody
    raw.close()
