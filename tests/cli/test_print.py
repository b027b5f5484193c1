"""``mhdesk print``: every form on the synthetic ledger, with the keys of the contract."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pypdf
import pytest

from mhdesk.domain.patient import Patient
from mhdesk.domain.transfer import Transfer
from mhdesk.domain.unit import Unit
from tests.cli.conftest import Cli


@pytest.fixture
def someone(cli: Cli) -> tuple[int, str]:
    """A registered person, and the name of a village."""
    with cli.open() as ledger:
        village = next(unit for unit in ledger.find(Unit) if unit.level == "village")
        patient = next(one for one in ledger.find(Patient, unit_id=village.id) if one.id)
    return patient.id or 0, village.name


@pytest.mark.parametrize("form", ["follow-up", "supplement", "consent", "register"])
def test_print_for_people(cli: Cli, someone: tuple[int, str], tmp_path: Path, form: str) -> None:
    out = tmp_path / "表.pdf"
    answer = cli("print", form, "--patient", someone[0], "--out", out)
    assert answer.status == 0, answer
    assert set(answer.json) >= {"file", "pages"}
    assert answer.json["file"] == str(out)
    assert answer.json["pages"] == len(pypdf.PdfReader(out).pages) > 0
    assert answer.json["people"] == 1
    assert cli.actions()[-2] == f"print.{form.replace('-', '_')}"


def test_print_for_a_village(cli: Cli, someone: tuple[int, str], tmp_path: Path) -> None:
    out = tmp_path / "村.pdf"
    answer = cli("print", "supplement", "--village", someone[1], "--out", out)
    assert answer.json["pages"] == answer.json["people"] > 0
    year = cli("print", "follow-up", "--village", someone[1], "--year", 2026, "--out", out)
    assert year.json["pages"] >= year.json["people"] > 0
    spoken = cli.text("print", "follow-up", "--village", someone[1], "--blank", "--edition", 2017, "--out", out)
    assert spoken.status == 0
    assert "空白" in spoken.out


def test_visit_sheets_have_numbers_and_are_printed_again(cli: Cli, tmp_path: Path) -> None:
    first = cli("print", "visit-sheets", "--doctor", "赵医生", "--out", tmp_path / "单.pdf")
    assert first.status == 0, first
    numbers = first.json["sheets"]
    assert numbers == list(range(1, len(numbers) + 1))
    again = cli("print", "visit-sheets", "--sheet", *numbers, "--out", tmp_path / "再.pdf")
    assert again.json["pages"] == first.json["pages"]
    assert (tmp_path / "单.pdf").read_bytes() == (tmp_path / "再.pdf").read_bytes()
    assert "单号" in cli.text("print", "visit-sheets", "--out", tmp_path / "单.pdf").out


def test_loss_and_referral(cli: Cli, someone: tuple[int, str], tmp_path: Path) -> None:
    out = tmp_path / "单.pdf"
    assert cli("print", "loss", "--out", out).json["people"] > 0
    with cli.open() as ledger, ledger.change("test.slip") as change:
        slip = change.add(Transfer(patient_id=someone[0], kind="out", slip_number="1", happened_on=date(2026, 11, 3)))
    assert cli("print", "referral", "--transfer", slip, "--out", out).json["pages"] == 1
    assert cli("print", "referral", "--out", out).code == "MH-PAPER-07"


@pytest.mark.parametrize("form", ["dispensing", "injections"])
def test_empty_registers_to_write_on(cli: Cli, tmp_path: Path, form: str) -> None:
    answer = cli("print", form, "--blank", "--rows", 20, "--out", tmp_path / "表.pdf").json
    assert (answer["people"], answer["pages"]) == (0, 2)
    assert cli.actions()[-2] == f"print.{form}_blank"


@pytest.mark.parametrize(
    ("arguments", "status", "code"),
    [
        (["follow-up"], 2, "MH-PAPER-01"),
        (["supplement", "--patient", "999999"], 1, "MH-LEDGER-24"),
        (["consent", "--village", "没有的村"], 2, "MH-REPORT-03"),
        (["follow-up", "--patient", "1", "--year", "1970"], 1, "MH-PAPER-02"),
        (["visit-sheets", "--sheet", "77"], 1, "MH-PAPER-05"),
        (["diary"], 2, "MH-USAGE-01"),
        (["dispensing", "--month", "2019-01"], 1, "MH-PAPER-10"),
        (["injections", "--month", "2019-13"], 2, "MH-USAGE-02"),
    ],
)
def test_what_cannot_be_printed(cli: Cli, tmp_path: Path, arguments: list[str], status: int, code: str) -> None:
    answer = cli("print", *arguments, "--out", tmp_path / "a.pdf")
    assert (answer.status, answer.code) == (status, code)
    assert not (tmp_path / "a.pdf").exists()


def test_a_folder_that_is_gone(cli: Cli, someone: tuple[int, str], tmp_path: Path) -> None:
    answer = cli("print", "consent", "--patient", someone[0], "--out", tmp_path / "没有" / "a.pdf")
    assert (answer.status, answer.code) == (5, "MH-FILE-53")
