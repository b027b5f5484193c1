"""The form a district sent, kept in the ledger and filled from a real roll-up, by the service and the command line."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from openpyxl import load_workbook

from mhdesk.domain.errors import UserError
from mhdesk.reports import placeholders
from mhdesk.rules.indicators.registry import INDICATORS, name_of
from mhdesk.services import recycle, rollups, templates, undo
from mhdesk.text import text
from tests.files.forms_sent import form
from tests.rules.second_opinion import Life
from tests.services.test_rollups import MONDAY, TODAY, add, person, villages, visit

if TYPE_CHECKING:
    from db.ledger import Ledger


@pytest.fixture
def township(ledger: Ledger) -> Ledger:
    """Two villages: two people judged well, one not."""
    one, two = villages(ledger)
    good = tuple(visit(date(2026, month, 10)) for month in (1, 4, 7, 10))
    add(ledger, Life(person(one), good), Life(person(two), good), Life(person(two), (visit(date(2026, 1, 5)),)))
    return ledger


def opened(content: bytes) -> Any:
    return load_workbook(io.BytesIO(content))["周报表"]


def test_a_kept_form_is_filled_with_the_numbers_of_the_report(township: Ledger, tmp_path: Path) -> None:
    templates.save(township, "区表", form(), file_name="周报表.xlsx")
    rollup = rollups.weekly(township, on=MONDAY, today=TODAY)
    written = templates.write(township, rollup, "区表", tmp_path / "出", today=TODAY)
    sheet = opened(written.file.read_bytes())
    assert written.filled.problems == []
    for row, unit in enumerate(rollup.units, 6):
        rate = unit.values["standard_management_rate"]
        cells = [sheet.cell(row, column).value for column in range(1, 6)]
        assert cells[:4] == [row - 5, unit.unit.name, unit.values["registered"].numerator, rate.numerator]
        assert cells[4] == pytest.approx(100 * rate.value if rate.value is not None else None)
    assert sheet["E8"].value == pytest.approx(rollup.total["standard_management_rate"].value)
    assert rollup.period.label in sheet["A1"].value
    assert written.file.name == "区表_20261116.xlsx"


def test_revisions_undo_and_the_recycle_bin(township: Ledger) -> None:
    assert templates.save(township, " 区表 ", form()).touches("report_template")
    changed = templates.place(form(), "周报表", 12, 1, "在册人数")
    templates.save(township, "区表", changed)
    line = templates.listed(township)[-1]
    assert (line.name, templates.load(township, "区表")) == ("区表", changed)
    latest = undo.last(township)
    assert latest is not None
    undo.undo(township, latest.seq)
    assert templates.load(township, "区表") != changed
    templates.remove(township, "区表", reason="换了新表")
    assert templates.listed(township) == []
    gone = [one for one in recycle.listed(township) if one.kind == "report_template" and one.reason == "换了新表"]
    recycle.restore(township, [(one.kind, one.id) for one in gone])
    assert [one.name for one in templates.listed(township)] == ["区表"]
    for call in (lambda: templates.load(township, "没有"), lambda: templates.remove(township, "没有", reason="x")):
        with pytest.raises(UserError) as caught:
            call()
        assert caught.value.code == "MH-TEMPLATE-04"
    with pytest.raises(UserError) as caught:
        templates.save(township, "  ", form())
    assert caught.value.code == "MH-TEMPLATE-06"


def test_every_choice_is_understood_and_has_a_value(township: Ledger) -> None:
    rollup = rollups.weekly(township, on=MONDAY, today=TODAY)
    answers = placeholders.RollUpAnswers(rollup, today=TODAY, user_name="王敏")
    for choice in templates.search(""):
        assert answers.scope(choice.words) is not None, choice
        answers.value(choice.words, None)
        answers.value(choice.words, rollup.units[0])
        assert placeholders.understand(choice.words) is not None
    for key in INDICATORS:
        assert placeholders.understand(name_of(key)) == placeholders.understand(key), key
    assert answers.value("规范管理率 ．分母", None).value == 3
    assert answers.value("在册人数@石船社区", None).value == 2
    assert answers.scope("在册人数@没有的村") is None
    assert answers.value("规范管理率.差额", None).value == 1
    assert answers.nearest("规范管里率") == text("indicator.standard_management_rate.name")


def test_indicators_are_found_by_pinyin() -> None:
    assert text("indicator.standard_management_rate.name") in [one.name for one in templates.search("gfgl")]
    assert text("indicator.lost.name") in [one.name for one in templates.search("shifang")]
    assert templates.search("查无此项") == []
