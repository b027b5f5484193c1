"""Follow-ups into a real ledger: whose they are, when they can be, what they bring along."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from db.ledger import Ledger
from mhdesk.domain.follow_up import DrugLine, FollowUp
from mhdesk.domain.patient import Movement, Patient
from mhdesk.domain.record import CodeCount
from mhdesk.services import imports
from tests.conftest import ROOT, LedgerTemplate
from tests.services.workbooks import LI, REGISTER, VISITS, ZHANG, number, person, visit, xlsx

Run = Callable[..., imports.ImportResult]
SHEET = {
    "姓名": "张三",
    "身份证号": ZHANG,
    "随访日期": "2026-03-05",
    "本次随访形式": "2家庭访视",
    "本次随访对象": "1、2",
    "危险性评估": 0,
    "目前症状": "12其他：无",
    "自知力": "自知力完全",
    "睡眠情况": "1",
    "饮食情况": 1,
    "个人生活料理": "良好",
    "家务劳动": "2",
    "生产劳动及工作": "9",
    "学习能力": "2",
    "社会人际交往": "2",
    "危险行为": "7",
    "关锁情况": "1",
    "住院情况": "0",
    "实验室检查": "2（血常规）",
    "用药依从性": "1",
    "药物不良反应": "1",
    "治疗效果": "2",
    "是否建议转诊": "1",
    "用药情况药物1名称": "利培酮",
    "用药情况药物1每日（月）剂量": 4,
    "用药指导药物1名称": "利培酮",
    "用药指导药物1早": 2,
    "用药指导药物1晚": "2mg",
    "康复措施": "1,4",
    "本次随访分类": "3",
    "下次随访日期": "2026.6.5",
    "随访医生签名": "周明渝",
}


@pytest.fixture
def run(ledger: Ledger, tmp_path: Path, today: date) -> Run:
    imports.import_file(
        ledger, xlsx(tmp_path / "册.xlsx", [REGISTER, person("张三", ZHANG), person("李四", LI)]), today=today
    )

    def imported(*rows: Sequence[Any], header: Sequence[Any] = VISITS, **options: Any) -> imports.ImportResult:
        path = xlsx(tmp_path / "随访.xlsx", [header, *rows])
        result = imports.import_file(ledger, path, today=today, **options)
        assert result.new + result.same + result.changed + result.conflict + result.rejected == result.rows
        return result

    return imported


def codes(result: imports.ImportResult) -> list[str]:
    return [problem.code for problem in result.problems]


def test_a_complete_sheet_of_2018(run: Run, ledger: Ledger) -> None:
    result = run(list(SHEET.values()), header=list(SHEET))
    assert (result.new, result.problems) == (1, [])
    (stored,) = ledger.find(FollowUp)
    assert stored.visit_date == date(2026, 3, 5)
    assert stored.visit_targets == ("1", "2")
    assert stored.symptoms == ("12",)
    assert stored.symptoms_other == "无"
    assert stored.dangerous_acts == (CodeCount("7", 0),)
    assert stored.laboratory_detail == "血常规"
    assert stored.rehabilitation == ("1", "4")
    assert stored.drugs == (
        DrugLine(purpose="current", drug_name="利培酮", total_dose=4.0),
        DrugLine(purpose="guidance", drug_name="利培酮", morning=2.0, night=2.0, dose_unit=stored.drugs[1].dose_unit),
    )
    assert run(list(SHEET.values()), header=list(SHEET)).same == 1


def test_same_changed_and_drugs(run: Run, ledger: Ledger) -> None:
    run(list(SHEET.values()), header=list(SHEET))
    changed = SHEET | {"用药情况药物1每日（月）剂量": 6, "自知力": "2"}
    assert run(list(changed.values()), header=list(changed)).changed == 1
    (stored,) = ledger.find(FollowUp)
    assert (stored.insight, stored.drugs[0].total_dose, stored.version) == ("2", 6.0, 2)


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (visit("张三", ZHANG, None), "MH-IMPORT-42"),
        (visit("张三", ZHANG, "2026-11-21"), "MH-IMPORT-43"),
        (visit("张三", ZHANG, "2020-05-05"), "MH-IMPORT-44"),
        (visit("张三", ZHANG, "2026-02-30"), "MH-FORM-02"),
        (visit("张三", ZHANG, "2026-03"), "MH-FORM-04"),
        (visit("张三", ZHANG, "2026-03-05", following="2026-03-05"), "MH-IMPORT-52"),
        (visit("张三", ZHANG, "2026-03-05", risk="6"), "MH-FORM-06"),
        (visit("王五", number("19550101", 13), "2026-03-05"), "MH-IMPORT-40"),
        (visit("李四", ZHANG, "2026-03-05"), "MH-IMPORT-23"),
        (visit("张三", None, "2026-03-05"), "MH-IMPORT-41"),
        (visit("张三", int(ZHANG[:15] + "000"), "2026-03-05"), "MH-IMPORT-20"),
        (visit("张三", ZHANG[:-1], "2026-03-05"), "MH-IMPORT-40"),
    ],
)
def test_rows_that_come_back(run: Run, ledger: Ledger, row: list[Any], code: str) -> None:
    result = run(row, visit("李四", LI, "2026-03-05"))
    assert (codes(result), result.new) == ([code], 1)
    assert result.problems[0].row == 2
    assert len(ledger.find(FollowUp)) == 1


def test_by_name_and_record_number_where_there_is_no_id(run: Run, ledger: Ledger, tmp_path: Path, today: date) -> None:
    imports.import_file(
        ledger, xlsx(tmp_path / "编.xlsx", [[*REGISTER, "编号"], [*person("张三", ZHANG), "001-00001"]]), today=today
    )
    header = ["姓名", "编号", "随访日期", "本次随访形式"]
    result = run(["张三", "001-00001", "2026-03-05", "1"], ["张三", "001-00002", "2026-03-06", "1"], header=header)
    assert (result.new, codes(result)) == (1, ["MH-IMPORT-40"])


def test_one_day_one_form(run: Run) -> None:
    first = visit("张三", ZHANG, "2026-03-05")
    result = run(
        first, first, visit("张三", ZHANG, "2026-03-05", risk="1"), visit("张三", ZHANG, "2026-03-05", form="3")
    )
    assert (result.new, result.same, result.conflict, codes(result)) == (2, 1, 1, ["MH-IMPORT-48"])


def death(name: str, id_number: str, day: str, died: str) -> list[Any]:
    return [name, id_number, day, "2", None, None, None, None, died, "1", "4"]


DEATHS = [*VISITS, "死亡日期", "死亡原因", "躯体疾病"]


def test_a_death_sheet_takes_the_person_off_the_register(run: Run, ledger: Ledger) -> None:
    rows = [
        [*visit("张三", ZHANG, "2026-01-05"), None, None, None],
        death("张三", ZHANG, "2026-03-05", "2026-03-04"),
        [*visit("张三", ZHANG, "2026-04-05"), None, None, None],
    ]
    result = run(*rows, header=DEATHS)
    assert (result.new, codes(result)) == (2, ["MH-IMPORT-45"])
    (moved,) = ledger.find(Movement)
    (sheet,) = ledger.find(FollowUp, visit_date=date(2026, 3, 5))
    assert (moved.kind, moved.happened_on, moved.reason, moved.follow_up_id) == (
        "died",
        date(2026, 3, 4),
        "1",
        sheet.id,
    )
    again = run(*rows, header=DEATHS)
    assert (again.same, again.rejected) == (2, 1)
    assert len(ledger.find(Movement)) == 1


def test_a_death_known_from_the_register_is_tied_to_its_sheet(
    run: Run, ledger: Ledger, tmp_path: Path, today: date
) -> None:
    register = xlsx(tmp_path / "故.xlsx", [[*REGISTER, "死亡日期"], [*person("张三", ZHANG), "2026-03-04"]])
    assert imports.import_file(ledger, register, today=today).changed == 1
    assert codes(run(death("张三", ZHANG, "2026-03-05", "2026-03-03"), header=DEATHS)) == ["MH-IMPORT-28"]
    assert run(death("张三", ZHANG, "2026-03-05", "2026-03-04"), header=DEATHS).new == 1
    (moved,) = ledger.find(Movement)
    assert moved.follow_up_id == ledger.find(FollowUp)[0].id
    assert moved.reason == "1"


def test_a_death_before_stored_visits_is_a_conflict(run: Run) -> None:
    run(visit("张三", ZHANG, "2026-05-05"))
    assert codes(run(death("张三", ZHANG, "2026-03-05", "2026-03-04"), header=DEATHS)) == ["MH-IMPORT-49"]
    assert codes(run(death("李四", LI, "2026-03-04", "2026-03-05"), header=DEATHS)) == ["MH-IMPORT-47"]


def test_no_visits_while_away(run: Run, ledger: Ledger, tmp_path: Path, today: date) -> None:
    header = [*REGISTER, "迁出日期", "迁入日期"]
    register = xlsx(tmp_path / "迁.xlsx", [header, [*person("张三", ZHANG), "2025-01-01", "2026-01-01"]])
    imports.import_file(ledger, register, today=today)
    result = run(*(visit("张三", ZHANG, day) for day in ("2024-06-01", "2025-06-01", "2026-06-01")))
    assert (result.new, codes(result)) == (2, ["MH-IMPORT-46"])


def test_a_lost_sheet_says_nothing_clinical(run: Run, ledger: Ledger) -> None:
    header = [*VISITS, "若失访，原因"]
    lost = ["张三", ZHANG, "2026-03-05", "2", None, None, None, "2026-03-19", "1"]
    contradicting = [*visit("李四", LI, "2026-03-05"), "1"]
    result = run(lost, contradicting, header=header)
    assert (result.new, codes(result)) == (1, ["MH-IMPORT-51"])
    assert ledger.find(FollowUp)[0].lost_reason == "1"


def test_codes_of_2011_only_when_said(run: Run, ledger: Ledger) -> None:
    header = ["姓名", "身份证号", "随访日期", "随访分类", "患病对家庭社会的影响"]
    row = ["张三", ZHANG, "2026-03-05", "3", "4x1"]
    today_form = run(row, header=header)
    assert codes(today_form) == ["MH-IMPORT-61"]
    assert ledger.find(FollowUp)[0].dangerous_acts == ()
    old = run(["李四", LI, "2026-03-05", "3", "4x1"], header=header, edition="2011")
    assert (old.new, old.problems) == (1, [])
    (stored,) = [one for one in ledger.find(FollowUp) if one.dangerous_acts]
    assert stored.dangerous_acts == (CodeCount("5", 1),)  # 2011: 4 自伤
    assert stored.form_edition == "2017"


def test_a_column_may_name_the_edition(run: Run, ledger: Ledger) -> None:
    header = [*VISITS, "危险行为", "版本"]
    result = run(
        [*visit("张三", ZHANG, "2026-03-05"), "4x1", "2011版"],
        [*visit("李四", LI, "2026-03-05"), "4x1", "2018年版"],
        [*visit("李四", LI, "2026-03-06"), "4x1", "1999"],
        header=header,
    )
    assert (result.new, codes(result)) == (2, ["MH-IMPORT-50"])
    assert {one.dangerous_acts for one in ledger.find(FollowUp)} == {(CodeCount("5", 1),), (CodeCount("4", 1),)}


def test_register_and_follow_ups_in_one_workbook(ledger: Ledger, tmp_path: Path, today: date) -> None:
    path = xlsx(
        tmp_path / "全.xlsx",
        [VISITS, visit("张三", ZHANG, "2026-03-05")],
        [[*REGISTER, "死亡日期"], [*person("张三", ZHANG), "2026-03-09"]],
    )
    result = imports.import_file(ledger, path, today=today)
    assert (result.rows, result.new, result.kinds) == (2, 2, ["follow-ups", "patients"])
    assert imports.import_file(ledger, path, today=today).same == 2


KILLED = """
import os, signal, sys
from datetime import UTC, date, datetime
from pathlib import Path
from db.ledger import Ledger
from mhdesk.services import imports

class Executioner:
    left = int(sys.argv[4])
    def step(self, done, total, text):
        if not text.startswith("正在读取"):
            self.left -= 1
            if self.left < 0:
                os.kill(os.getpid(), signal.SIGKILL)

ledger = Ledger.open(Path(sys.argv[1]), login=sys.argv[2], password=sys.argv[3], now=lambda: datetime.now(UTC))
imports.import_file(ledger, Path(sys.argv[5]), today=date(2026, 11, 20), task=Executioner())
"""


def test_killed_anywhere_it_has_happened_or_not(
    ledger_template: LedgerTemplate, tmp_path: Path, clock: Callable[[], Any], sweep: bool
) -> None:
    count = 5_000 if sweep else 1_100
    rows = [person(f"王{n}", number(f"19{50 + n % 50}0101", n // 50 + 1)) for n in range(count)]
    path = xlsx(tmp_path / "大.xlsx", [REGISTER, *rows])
    folder = ledger_template.copy_to(tmp_path / "killed")
    finished = False
    for patience in range(0, 100, 1 if sweep else 3):
        arguments = [str(folder), ledger_template.login, ledger_template.password, str(patience), str(path)]
        done = subprocess.run([sys.executable, "-c", KILLED, *arguments], cwd=ROOT, env=os.environ, check=False)
        assert done.returncode in (0, -signal.SIGKILL)
        with Ledger.open(folder, login=ledger_template.login, password=ledger_template.password, now=clock) as ledger:
            stored = len(ledger.find(Patient))
        finished = done.returncode == 0
        assert stored == (count if finished else 0)
        if finished:
            break
    assert finished
    assert patience > 3
