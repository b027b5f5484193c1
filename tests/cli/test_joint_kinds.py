"""``mhdesk joint`` for every kind: added, listed, written out, read in again with and without a dry run, printed."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from mhdesk.services.joint import files
from mhdesk.services.joint.kinds import KINDS
from mhdesk.services.printing import LISTED
from tests.cli.conftest import Cli

PEOPLE = "participants=王强 统景派出所 社区民警\n李芳 江口村委会 网格员"
ITEMS = {
    "joint_visit": ("visited_on=2026-11-03", PEOPLE, "whereabouts=1", "incidents=4", "taking_medicine=3"),
    "emergency": ("happened_at=2026-11-03 21:10", "place=江口村3组", "started_at=2026-11-03 21:40",
                  "prevention_doctor=张医生", "causes=3"),
    "discharge_note": ("received_on=2026-11-03", "hospital=区精卫中心", "discharged_on=2026-11-01"),
    "meeting": ("kind=1", "state=2", "held_on=2026-11-03", "topics=会商", PEOPLE),
    "agreement": ("number=测-1", "signed_on=2026-01-01", "first_day=2026-01-01", "last_day=2026-12-31",
                  "guardian_name=冉大江", "amount=2400"),
    "agreement_review": ("quarter=1", "reviewed_on=2026-04-02", "result=1"),
    "agreement_payment": ("paid_on=2026-05-02", "quarters=1", "amount=600"),
    "assistance": ("kind=9", "first_day=2026-01-01"),
    "rehabilitation": ("served_on=2026-11-03", "services=1,3", "minutes=60"),
    "checkup": ("checked_on=2026-11-03", "items=1,2", "result=1"),
    "outreach": ("kind=4", "theme=热线接听", "held_on=2026-11-03", "sessions=0", "people=12"),
    "service_point": ("name=江口村心理辅导室", "kind=2", "opened_on=2025-01-01"),
}  # fmt: skip


def test_every_kind_is_tried() -> None:
    assert ITEMS.keys() == set(files.IMPORTED)


def test_every_kind_goes_in_out_and_in_again(cli: Cli, tmp_path: Path) -> None:
    taken = {one["patient"] for one in cli("joint", "list", "agreement").json["records"]}
    person = next(one for one in range(1, 99) if one not in taken)
    agreement = 0
    for kind in files.IMPORTED:
        whose = ("--agreement", agreement) if KINDS[kind].parent else ("--patient", person)
        added = cli("joint", "add", kind, *(whose if KINDS[kind].is_personal else ()), "--set", *ITEMS[kind])
        assert added.status == 0, (kind, added.err)
        agreement = added.json["id"] if kind == "agreement" else agreement
        file = tmp_path / f"{kind}.xlsx"
        out = cli("joint", "list", kind, "--out", file, "--identified").json
        assert (out["file"], added.json["id"] in {one["id"] for one in out["records"]}) == (str(file), True), kind
        dry = cli("joint", "import", kind, file, "--dry-run").json
        assert (dry["rows"], dry["same"], dry["dry_run"]) == (out["count"], out["count"], True), (kind, dry["problems"])
        again = cli("joint", "import", kind, file).json
        assert (again["same"], again["new"], again["rejected_file"]) == (out["count"], 0, None), (
            kind,
            again["problems"],
        )
        if kind in LISTED:
            paper = tmp_path / f"{kind}.pdf"
            assert cli("print", "joint-list", "--kind", kind, "--out", paper).status == 0, kind


@pytest.mark.parametrize("kind", ["joint_visit", "outreach"])
def test_rows_that_cannot_be_are_given_back_with_reasons(cli: Cli, tmp_path: Path, kind: str) -> None:
    file, good = tmp_path / "表.xlsx", tmp_path / "out.xlsx"
    cli("joint", "list", kind, "--out", good, "--identified")
    book = openpyxl.load_workbook(good)
    sheet = book.active
    header = next(row for row in sheet.iter_rows() if any(cell.value in ("走访日期", "日期") for cell in row))
    place = next(cell.column for cell in header if cell.value in ("走访日期", "日期"))
    sheet.cell(header[0].row + 1, place).value = "2027-01-01"
    book.save(file)
    before = cli("joint", "list", kind).json["count"]
    answer = cli("joint", "import", kind, file)
    counts = answer.json
    assert (answer.status, counts["rejected"], counts["same"]) == (1, 1, counts["rows"] - 1)
    assert counts["problems"][0]["code"] == "MH-JOINT-01"
    assert Path(counts["rejected_file"]).exists()
    assert cli("joint", "list", kind).json["count"] == before
