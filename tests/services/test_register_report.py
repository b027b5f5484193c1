"""Register and follow-ups as workbooks: what goes out comes back as the same, the district's own items too."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mhdesk.domain.account import CustomField
from mhdesk.domain.errors import UsageError
from mhdesk.domain.follow_up import DrugLine, FollowUp
from mhdesk.domain.record import CodeCount
from mhdesk.services import custom_fields, imports, register_report
from tests.services.registered import TODAY, number, register, village

if TYPE_CHECKING:
    from db.ledger import Ledger


@pytest.fixture
def people(ledger: Ledger) -> list[int]:
    for form, label in (("patient", "网格编号"), ("follow_up", "同行人员")):
        custom_fields.save(ledger, CustomField(form=form, key="", label=label, kind="text"))
    place = village(ledger)
    full = register(
        ledger,
        id_number=number(),
        id_type="01",
        no_id_reason=None,
        unit_id=place,
        past_symptoms=("1", "12"),
        past_symptoms_other="夜间外出",
        past_dangerous_acts=(CodeCount("1", 2), CodeCount("5", 1)),
        note="=1+1\n第二行" + "长" * 5000,
        custom={"c1": "A-07"},
    )
    plain = register(ledger, "欧阳㛃", registered_on=date(2026, 1, 5))
    drugs = (
        DrugLine(purpose="current", drug_name="利培酮", total_dose=4.0, period="day"),
        DrugLine(purpose="guidance", drug_name="利培酮", morning=2.0, night=2.0),
        DrugLine(purpose="guidance", drug_name="苯海索", noon=2.0),
    )
    with ledger.change("follow_up.record") as change:
        change.add(
            FollowUp(patient_id=full, visit_date=date(2026, 10, 1), visit_form="2", visit_targets=("1",),
                     risk_level="0", dangerous_acts=(CodeCount("7", 0),), drugs=drugs, custom={"c2": "村医"})
        )  # fmt: skip
    return [full, plain]


@pytest.mark.parametrize("kind", register_report.KINDS)
def test_what_is_exported_is_imported_as_the_same(ledger: Ledger, people: list[int], tmp_path: Path, kind: str) -> None:
    file = tmp_path / f"{kind}.xlsx"
    report = register_report.MAKERS[kind](ledger, today=TODAY)
    register_report.write(ledger, report, file)
    result = imports.import_file(ledger, file, today=TODAY, dry_run=True)
    expected = len(people) if kind == "register" else 1
    assert (result.rows, result.same) == (expected, expected), result
    assert not result.problems
    head = [str(cell.value) for cell in report.sheets[0].header[0] if cell is not None]
    assert head[-1] == ("网格编号" if kind == "register" else "同行人员")
    assert [cell.value for cell in report.sheets[0].rows[0] if cell is not None][-1] in {"A-07", "村医"}


def test_some_people_in_their_order_and_nobody_at_all(ledger: Ledger, people: list[int]) -> None:
    report = register_report.register(ledger, people[::-1], today=TODAY)
    names = [row[5].value for row in report.sheets[0].rows if row[5] is not None]
    assert len(report.sheets[0].rows) == 2
    assert names is not None
    with pytest.raises(UsageError, match="MH-PAPER-01"):
        register_report.register(ledger, [], today=TODAY)
