"""发药登记表 and 长效针剂登记表: who stands on them, what they add up to, and the empty ones."""

from __future__ import annotations

from datetime import date

import pytest

from db.ledger import Ledger
from mhdesk.domain.errors import UsageError, UserError
from mhdesk.domain.medication import Dispensing, Injection
from mhdesk.domain.unit import Unit
from mhdesk.reports.paper.model import Form, Prose, Table, texts
from mhdesk.services import printing
from mhdesk.services.printing import Month
from tests.services.people import TODAY, person

NOVEMBER = Month(2026, 11)


@pytest.fixture
def stocked(ledger: Ledger) -> Ledger:
    """Two people in two villages, with medicine of three months."""
    with ledger.change("test") as change:
        villages = [
            change.add(Unit(name=name, level="village", parent_id=ledger.root_unit_id)) for name in ("东村", "西村")
        ]
        first = change.add(person("甲某", 11, unit_id=villages[0]))
        second = change.add(person("乙某", 12, unit_id=villages[1], guardian_phone=None, phone="15400009999"))
        for day in (date(2026, 10, 31), date(2026, 11, 1), date(2026, 11, 30), date(2026, 12, 1)):
            change.add(
                Dispensing(
                    patient_id=first, dispensed_on=day, drug_name="利培酮", specification="1mg", quantity=56.0,
                    unit="片", days=28, is_free="2", receiver="李监护",
                )
            )  # fmt: skip
        change.add(
            Dispensing(patient_id=second, dispensed_on=date(2026, 11, 5), drug_name="利培酮", quantity=2.0, unit="盒")
        )
        change.add(
            Injection(
                patient_id=second, injected_on=date(2026, 11, 3), drug_name="棕榈酸帕利哌酮", dose=100.0, quantity=1.0,
                site="1", reaction="1", interval_days=28,
            )
        )  # fmt: skip
        gone = change.add(Dispensing(patient_id=first, dispensed_on=date(2026, 11, 6), drug_name="误录", quantity=1.0))
    with ledger.change("test") as change:
        change.void(Dispensing, gone, "录错")
    return ledger


def lines(form: Form) -> list[list[str]]:
    """The cells below the header."""
    table = next(block for block in form.body if isinstance(block, Table))
    return [
        ["".join(piece.text for line in cell.lines for piece in line.pieces) for cell in row.cells]
        for row in table.rows[1:]
    ]


def foot(form: Form) -> str:
    return "".join(
        piece.text for block in form.body if isinstance(block, Prose) for line in block.lines for piece in line.pieces
    )


def test_the_month_by_day_with_its_sums(stocked: Ledger) -> None:
    document = printing.dispensing_register(stocked, NOVEMBER, today=TODAY)
    (form,) = document.forms
    rows = lines(form)
    assert [(row[1], row[2], row[3], row[4]) for row in rows] == [
        ("2026-11-01", "甲某", "东村", "15400000011"),
        ("2026-11-05", "乙某", "西村", "15400009999"),
        ("2026-11-30", "甲某", "东村", "15400000011"),
    ]
    assert rows[0][7:10] == ["56片", "28", "2026-11-28"]
    assert rows[0][-2] == ""  # for the signature
    assert (document.people, form.landscape) == (2, True)
    assert "利培酮1mg 112片（2人次）" in foot(form)
    assert "利培酮 2盒（1人次）" in foot(form)  # boxes and tablets are never added together
    assert "误录" not in "".join(texts(form))


def test_a_village_and_a_drug_narrow_it(stocked: Ledger) -> None:
    east = printing.dispensing_register(stocked, NOVEMBER, today=TODAY, village="东村")
    assert [row[2] for row in lines(east.forms[0])] == ["甲某", "甲某"]
    with pytest.raises(UserError, match="MH-PAPER-10"):
        printing.dispensing_register(stocked, NOVEMBER, today=TODAY, drug="氯氮平")
    with pytest.raises(UsageError, match="MH-REPORT-03"):
        printing.dispensing_register(stocked, NOVEMBER, today=TODAY, village="没有的村")


def test_injections_say_when_the_next_is_due(stocked: Ledger) -> None:
    document = printing.injection_register(stocked, NOVEMBER, today=TODAY)
    (row,) = lines(document.forms[0])
    assert row[1:12] == [
        "2026-11-03", "乙某", "西村", "15400009999", "棕榈酸帕利哌酮", "100mg", "左三角肌", "", "无", "28天",
        "2026-12-01",
    ]  # fmt: skip
    with pytest.raises(UserError, match="MH-PAPER-10"):
        printing.injection_register(stocked, Month(2026, 10), today=TODAY)


@pytest.mark.parametrize("make", [printing.dispensing_register, printing.injection_register])
def test_an_empty_one_names_nobody_and_repeats_its_header(stocked: Ledger, make: object) -> None:
    assert callable(make)
    document = make(stocked, NOVEMBER, today=TODAY, blank_rows=40)
    rows = lines(document.forms[0])
    assert [row[0] for row in rows] == [str(number) for number in range(1, 41)]
    assert not any("".join(row[1:]) for row in rows)
    assert document.people == 0
    assert document.to_bytes().count(b"/Type /Page\n") == 3
