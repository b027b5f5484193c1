"""The district's own items in the batch grid."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mhdesk.domain.account import CustomField
from mhdesk.services import batch, custom_fields
from tests.services.registered import TODAY, register
from ui.pages.batch_lines import Grid

if TYPE_CHECKING:
    from db.ledger import Ledger


def test_own_items_stand_in_the_batch_grid_and_are_stored(ledger: Ledger) -> None:
    custom_fields.save(ledger, CustomField(form="follow_up", key="", label="同行人员", kind="text"))
    custom_fields.save(
        ledger, CustomField(form="follow_up", key="", label="路况", kind="code", codes={"1": "好", "2": "差"})
    )
    patient_id = register(ledger)
    grid = Grid(batch.of_people(ledger, [patient_id], today=TODAY), "王敏")
    assert [column.key for column in grid.columns[-2:]] == ["custom:c1", "custom:c2"]
    for key, words in {"visit_date": "2026-11-18", "risk_level": "0", "custom:c1": "村医", "custom:c2": "9"}.items():
        grid.put(0, key, words)
    (line,) = grid.lines
    assert line.problem_of("custom:c2")
    assert not line.problem_of("custom:c1")
    grid.put(0, "custom:c2", "2")
    assert grid.draft()[f"{patient_id}:custom:c1"] == "村医"
    assert line.verdict is not None
    assert line.verdict.follow_up.custom == {"c1": "村医", "c2": "2"}
