"""``mhdesk medication``: what the window does, from the command line; names stay masked unless asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Cli


def add(cli: Cli, kind: str, patient: int | None, *pairs: str, status: int = 0) -> dict[str, object]:
    words = [part for pair in pairs for part in ("--set", pair)]
    whose = () if patient is None else ("--patient", patient)
    answer = cli("medication", "add", kind, *whose, *words)
    assert answer.status == status
    found: dict[str, object] = answer.json
    return found


def test_a_drug_is_ordered_handed_out_injected_stopped_and_written_out(cli: Cli, tmp_path: Path) -> None:
    patient = cli("due", "--within", 400).json["patients"][0]["id"]

    def left() -> float:
        levels = {one["drug_name"]: one["left"] for one in cli("medication", "stock").json["stock"]}
        return float(levels.get("氯氮平", 0))

    before = left()
    order = add(cli, "orders", patient, "药名=氯氮平", "开始日期=2026-10-01", "早=25mg", "晚=100")
    add(cli, "dispensing", patient, "发药日期=2026-10-20", "药名=氯氮平", "数量=75片", "可服天数=15")
    add(cli, "injections", patient, "注射日期=2026-10-01", "药名=善思达", "剂量=100", "间隔天数=28")
    add(cli, "stock", None, "日期=2026-10-01", "药名=氯氮平", "变动=入库", "数量=500", "单位=片")
    found = cli("medication", "list", "--kind", "ran_out", "--kind", "injection_late").json
    mine = [one for one in found["patients"] if one["id"] == patient]
    assert {one["kind"] for one in mine} == {"ran_out", "injection_late"}
    assert all("*" in one["label"] for one in mine)
    shown = cli("medication", "show", patient).json
    assert [one["id"] for one in shown["orders"] if one.get("id")] == [order["id"]]
    assert shown["periods"][-1]["evidence"]
    assert left() == before + 425
    rows = cli("medication", "register", "dispensing", "--month", "2026-10-01").json["rows"]
    assert [one["days"] for one in rows if one["patient"] == patient] == [15]
    assert cli("medication", "stop", order["id"], "--on", "2026-11-01", "--reason", "自行停药").status == 0
    assert cli("medication", "void", "dispensing", rows[0]["id"], "--reason", "写错").status == 0
    written = cli("medication", "export", tmp_path / "服药.xlsx", "--identified").json
    assert written["rows"] >= 3
    again = cli("import", written["file"], "--as", "medication").json
    assert (again["rows"], again["same"], again["rejected"]) == (written["rows"], written["rows"], 0)
    assert cli.text("medication", "candidates").status == cli.text("medication", "list").status == 0
    assert "medication.names_exported" in cli.actions()


def test_bad_input_is_told_in_plain_words(cli: Cli) -> None:
    patient = cli("due", "--within", 400).json["patients"][0]["id"]
    for pairs, code in (
        (("药名=利培酮", "发药日期=2026-10-01", "数量=-3"), "MH-MED-09"),
        (("药名=利培酮", "发药日期=2026-10-01", "颜色=红"), "MH-MED-09"),
        (("药名=利培酮", "数量=30片"), "MH-MED-10"),
        (("药名=利培酮", "发药日期=2027-10-01", "数量=30片"), "MH-MED-01"),
        (("药名",), "MH-MED-08"),
    ):
        words = [part for pair in pairs for part in ("--set", pair)]
        answer = cli("medication", "add", "dispensing", "--patient", patient, *words)
        assert (answer.code, answer.status in (1, 2)) == (code, True)
    answer = cli("medication", "add", "dispensing", "--set", "药名=利培酮", "--patient", 99999999)
    assert answer.status != 0
    assert cli("medication", "names", "--name", "某药").code == "MH-MED-07"


@pytest.mark.parametrize("words", [("medication",), ("medication", "list", "--kind", "nothing")])
def test_what_no_command_says_is_wrong_usage(seen: Cli, words: tuple[str, ...]) -> None:
    assert seen(*words).status == 2
