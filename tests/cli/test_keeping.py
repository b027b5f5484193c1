"""Creating, opening, saving and restoring a ledger, and who may."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from db.change import Change
from mhdesk.cli.main import main
from mhdesk.domain.patient import Patient
from mhdesk.domain.unit import Unit, UnitYear
from mhdesk.files.read import read_tables
from mhdesk.services import access, patients
from tests.cli.conftest import Cli, everything_in, run
from tests.services.workbooks import REGISTER, ZHANG, person, xlsx

UNITS = """名称,层级,上级,人口
青龙村,村居,,1200
白云社区,村（居）,龙华街道社区卫生服务中心,3400

红岩村,village,,
"""
NEW_PASSWORD = "Silver-Orchard-82"


@pytest.fixture
def units_csv(tmp_path: Path) -> Path:
    file = tmp_path / "单位.csv"
    file.write_text(UNITS, encoding="utf-8-sig")
    return file


@pytest.fixture
def new_password(tmp_path: Path) -> Path:
    file = tmp_path / "新口令.txt"
    file.write_text(NEW_PASSWORD, encoding="utf-8")
    return file


@pytest.fixture
def fresh(tmp_path: Path, secret: Path) -> Cli:
    """Where there is no ledger yet."""
    return Cli(tmp_path / "新台账", "wang", secret)


UNIT = ("create", "--unit", "龙华街道社区卫生服务中心")


# ---------------------------------------------------------------- create


def test_create_with_units_and_a_recovery_file(fresh: Cli, units_csv: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "恢复码.txt"
    answer = fresh(*UNIT, "--units", units_csv, "--recovery-file", sheet)
    assert answer.status == 0
    document = answer.json
    assert set(document) >= {"ledger", "vault_id", "unit"}
    assert document["unit"] == UNIT[2]
    assert "recovery_code" not in document
    code = sheet.read_text(encoding="utf-8").strip()
    assert code not in answer.out
    assert code
    assert os.name == "nt" or sheet.stat().st_mode & 0o077 == 0
    with fresh.open() as ledger:
        root = ledger.root_unit_id
        units = {unit.name: unit for unit in ledger.find(Unit)}
        assert [unit.name for unit in units.values() if unit.parent_id == root] == ["青龙村", "白云社区", "红岩村"]
        assert {one.population for one in ledger.find(UnitYear)} == {1200, 3400}
    again = access.open_with_recovery(fresh.ledger, code=code, login="wang", new_password=NEW_PASSWORD)
    again.close()


def test_create_shows_the_code_once_without_a_file(fresh: Cli) -> None:
    document = fresh(*UNIT, "--level", "district").json
    assert document["recovery_code"]
    with fresh.open() as ledger:
        assert ledger.level == "district"


def test_create_never_replaces_a_ledger(cli: Cli) -> None:
    before = everything_in(cli.ledger)
    answer = cli("create", "--unit", "别的单位")
    assert (answer.status, answer.code) == (3, "MH-LEDGER-13")
    assert everything_in(cli.ledger) == before


def test_a_recovery_file_that_stands_already_is_kept_and_nothing_is_created(fresh: Cli, tmp_path: Path) -> None:
    sheet = tmp_path / "恢复码.txt"
    sheet.write_text("old", encoding="utf-8")
    answer = fresh(*UNIT, "--recovery-file", sheet)
    assert (answer.status, answer.code) == (2, "MH-USAGE-05")
    assert sheet.read_text(encoding="utf-8") == "old"
    assert not fresh.ledger.exists()


def test_a_recovery_file_that_cannot_be_written_creates_nothing(fresh: Cli, tmp_path: Path) -> None:
    answer = fresh(*UNIT, "--recovery-file", tmp_path / "没有" / "恢复码.txt")
    assert (answer.status, answer.code) == (5, "MH-FILE-53")
    assert not fresh.ledger.exists()


def test_a_code_that_does_not_fit_on_the_disk_is_shown(
    fresh: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_handle: int, _content: bytes) -> int:
        raise OSError(28, "full")

    sheet = tmp_path / "恢复码.txt"
    with access.secret_file(sheet) as write, monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        assert not write("code")
    assert not sheet.exists()


def test_a_failed_creation_leaves_no_empty_recovery_file(fresh: Cli, tmp_path: Path) -> None:
    sheet = tmp_path / "恢复码.txt"
    answer = run(*fresh.options, "create", "--unit", "  ", "--recovery-file", sheet, "--json")
    assert (answer.status, answer.code) == (2, "MH-UNITS-03")
    assert not sheet.exists()
    assert not fresh.ledger.exists()


@pytest.mark.parametrize("password", ["short", "123456789012", "wang-wang-wang"])
def test_create_refuses_a_weak_password(fresh: Cli, password: str) -> None:
    fresh.password_file.write_text(password, encoding="utf-8")
    answer = fresh(*UNIT)
    assert answer.status == 1
    assert answer.code in {"MH-LEDGER-17", "MH-LEDGER-18"}
    assert not fresh.ledger.exists() or everything_in(fresh.ledger) == {}


BAD_UNITS = {
    "no name": (",村居,,5", 2),
    "no such level": ("青龙村,省,,5", 2),
    "a district inside": ("青龙村,district,,5", 2),
    "population in words": ("青龙村,村居,,很多", 2),
    "a square is no number": ("青龙村,村居,,5²", 2),
    "negative": ("青龙村,村居,,-5", 2),
    "parent unknown": ("青龙村,村居,没有的机构,5", 2),
    "parent after its child": ("青龙村,村居,白云社区,5\n白云社区,机构,,5", 2),
    "twice": ("青龙村,村居,,5\n青龙村,村居,,6", 3),
}


@pytest.mark.parametrize(("lines", "row"), BAD_UNITS.values(), ids=BAD_UNITS)
def test_a_wrong_line_of_units_is_named_and_nothing_is_created(
    fresh: Cli, units_csv: Path, lines: str, row: int
) -> None:
    units_csv.write_text(f"名称,层级,上级,人口\n{lines}\n", encoding="utf-8")
    answer = fresh(*UNIT, "--units", units_csv)
    assert (answer.status, answer.code) == (4, "MH-UNITS-02")
    assert f"第 {row} 行" in answer.json["error"]["message"]
    assert not fresh.ledger.exists()


@pytest.mark.parametrize("content", [None, b"", b"\xff\xff\xff", b"a,b\n1,2\n", b"\x00,\x00"], ids=str)
def test_a_units_file_nobody_can_read(fresh: Cli, units_csv: Path, content: bytes | None) -> None:
    units_csv.unlink()
    if content is not None:
        units_csv.write_bytes(content)
    answer = fresh(*UNIT, "--units", units_csv)
    assert (answer.status, answer.code) == (4, "MH-UNITS-01")
    assert not fresh.ledger.exists()


def test_units_from_excel_in_gb18030(fresh: Cli, units_csv: Path) -> None:
    units_csv.write_bytes(UNITS.encode("gb18030"))
    assert fresh(*UNIT, "--units", units_csv).status == 0
    with fresh.open() as ledger:
        assert len(ledger.find(Unit)) == 4


@pytest.mark.expect_log("bug ZeroDivisionError")
def test_units_that_cannot_be_stored_leave_no_ledger(
    fresh: Cli, units_csv: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh.ledger.mkdir()
    (fresh.ledger / "mine.txt").write_text("kept", encoding="utf-8")

    def broken(self: Change, record: object, **_: object) -> int:
        if isinstance(record, UnitYear):
            raise ZeroDivisionError
        return self.add_many([record])[0]  # type: ignore[list-item]

    monkeypatch.setattr(Change, "add", broken)
    assert fresh(*UNIT, "--units", units_csv).code == "MH-BUG-01"
    assert everything_in(fresh.ledger) == {"mine.txt": b"kept"}


def answers(*given: str) -> object:
    left: Iterator[str] = iter(given)
    return lambda _prompt="": next(left)


def test_a_new_password_is_asked_for_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = ("--ledger", tmp_path / "l", "--user", "wang")
    monkeypatch.setattr(getpass, "getpass", answers(NEW_PASSWORD, "Silver-Orchard-83"))
    answer = run(*place, *UNIT, "--json")
    assert (answer.status, answer.code) == (2, "MH-USAGE-06")
    assert not (tmp_path / "l").exists()
    monkeypatch.setattr(getpass, "getpass", answers(NEW_PASSWORD, NEW_PASSWORD))
    assert run(*place, *UNIT, "--json").status == 0
    monkeypatch.setattr(getpass, "getpass", answers(NEW_PASSWORD))
    assert run(*place, "user", "list", "--json").status == 0


# ---------------------------------------------------------------- users


def test_users_come_and_go(cli: Cli, secret: Path, new_password: Path) -> None:
    assert cli("user", "add", "li", "--name", "李医生", "--new-password-file", secret).json == {"login": "li"}
    li = Cli(cli.ledger, "li", secret)
    users = li("user", "list").json["users"]
    assert users == [
        {"login": "demo", "name": "演示用户", "role": "combined", "disabled": False},
        {"login": "li", "name": "李医生", "role": "doctor", "disabled": False},
    ]
    # one's own password
    assert li("user", "password", "--new-password-file", new_password).status == 0
    assert li("user", "list").code == "MH-LEDGER-01"
    assert Cli(cli.ledger, "li", new_password)("user", "list").status == 0
    # a forgotten one, by the administrator
    assert cli("user", "password", "li", "--new-password-file", secret).status == 0
    assert li("user", "list").status == 0
    assert cli("user", "disable", "li", "--reason", "调走").status == 0
    assert li("user", "list").code == "MH-LEDGER-01"
    assert [user["disabled"] for user in cli("user", "list").json["users"]] == [False, True]
    assert [one for one in cli.actions() if one.startswith("user.")] == [
        "user.add",
        "user.password",
        "user.password_reset",
        "user.disable",
    ]


def test_what_users_may_not(cli: Cli, secret: Path, new_password: Path) -> None:
    cli("user", "add", "li", "--name", "李医生", "--new-password-file", secret)
    li = Cli(cli.ledger, "li", secret)
    assert li("user", "add", "zhao", "--name", "赵", "--new-password-file", new_password).code == "MH-LEDGER-22"
    assert li("user", "disable", "demo").code == "MH-LEDGER-22"
    assert li("user", "password", "demo", "--new-password-file", new_password).code == "MH-LEDGER-22"
    assert cli("user", "disable", "demo").code == "MH-LEDGER-21"
    assert cli("user", "disable", "nobody").code == "MH-LEDGER-20"
    assert cli("user", "add", "li", "--name", "李", "--new-password-file", new_password).code == "MH-LEDGER-19"
    assert cli("user", "add", "a b", "--name", "李", "--new-password-file", new_password).code == "MH-LEDGER-37"
    assert len(cli("user", "list").json["users"]) == 2


def test_users_for_people(seen: Cli) -> None:
    answer = seen.text("user", "list")
    assert answer.out.split() == ["demo", "演示用户", "业务人员兼管理员"]


# ---------------------------------------------------------------- backup, restore, drill, verify, selfcheck


def named_well(checks: list[dict[str, object]]) -> bool:
    return bool(checks) and all(set(one) >= {"name", "ok"} and one["ok"] is True for one in checks)


def test_backup_and_drill(cli: Cli) -> None:
    empty = cli("drill")
    assert (empty.status, empty.code) == (1, "MH-BACKUP-01")
    made = cli("backup").json
    assert Path(made["file"]).parent == cli.ledger / "backups"
    assert named_well(made["checks"])
    drilled = cli("drill")
    assert drilled.status == 0
    assert named_well(drilled.json["checks"])
    assert not list(cli.ledger.glob(".drill*"))


def test_a_backup_on_a_stick_carries_no_password(cli: Cli, tmp_path: Path) -> None:
    stick = tmp_path / "U盘"
    made = cli("backup", stick)
    assert made.status == 0
    file = Path(made.json["file"])
    assert file.parent == stick
    assert file.name.endswith("-usb.mhb")
    assert b'"demo"' not in file.read_bytes()[:5000]


def test_a_stick_that_was_pulled_out_is_no_folder_of_ours(cli: Cli, tmp_path: Path) -> None:
    answer = cli("backup", tmp_path / "media" / "U盘")
    assert (answer.status, answer.code) == (5, "MH-FILE-53")
    assert not (tmp_path / "media").exists()
    (tmp_path / "file").write_text("x", encoding="utf-8")
    answer = cli("backup", tmp_path / "file")
    assert (answer.status, answer.code) == (5, "MH-BACKUP-02")


def test_restore_brings_everything_back(cli: Cli, tmp_path: Path) -> None:
    before = cli.rows()
    weekly = cli("report", "weekly").json
    saved = cli("backup").json["file"]
    assert cli("import", xlsx(tmp_path / "表.xlsx", [REGISTER, person("张三", ZHANG)])).json["new"] == 1
    assert cli.rows() != before
    answer = cli("restore", saved)
    assert set(answer.json) >= {"ledger", "quarantine", "checks"}
    assert named_well(answer.json["checks"])
    assert answer.status == 0
    assert (Path(answer.json["quarantine"]) / "ledger.db").is_file()
    assert cli.rows() == before
    again = cli("report", "weekly").json
    assert again["data_hash"] == weekly["data_hash"]
    assert "ledger.restore" in cli.actions()


def test_restore_where_everything_is_gone(cli: Cli, tmp_path: Path) -> None:
    before = cli.rows()
    saved = cli("backup").json["file"]
    new_place = Cli(tmp_path / "新电脑", "demo", cli.password_file)
    answer = new_place("restore", saved)
    assert answer.status == 0
    assert answer.json["quarantine"] is None
    assert new_place.rows() == before
    told = Cli(tmp_path / "第三台", "demo", cli.password_file).text("restore", saved)
    assert "没有（原处没有台账）" in told.out


def test_restore_refuses_what_is_no_backup(cli: Cli, fresh: Cli, tmp_path: Path) -> None:
    before = everything_in(cli.ledger)
    answer = cli("restore", tmp_path / "没有.mhb")
    assert (answer.status, answer.code) == (4, "MH-FILE-01")
    (tmp_path / "坏.mhb").write_bytes(b"x" * 5000)
    answer = cli("restore", tmp_path / "坏.mhb")
    assert (answer.status, answer.code) == (4, "MH-LEDGER-31")
    fresh(*UNIT)
    answer = cli("restore", fresh("backup").json["file"])
    assert (answer.status, answer.code) == (4, "MH-LEDGER-32")
    assert all((cli.ledger / name).read_bytes() == before[name] for name in ("ledger.db", "keys-a.json", "keys-b.json"))
    assert cli("verify").status == 0


def test_an_altered_backup_is_refused(cli: Cli) -> None:
    saved = Path(cli("backup").json["file"])
    rows = cli.rows()
    data = bytearray(saved.read_bytes())
    data[len(data) // 2] ^= 1
    saved.write_bytes(data)
    answer = cli("restore", saved)
    assert (answer.status, answer.code) == (4, "MH-LEDGER-31")
    assert cli.rows() == rows


def test_restore_with_a_wrong_password(cli: Cli, secret: Path) -> None:
    saved = cli("backup").json["file"]
    before = (cli.ledger / "ledger.db").read_bytes()
    answer = Cli(cli.ledger, "demo", secret)("restore", saved)
    assert (answer.status, answer.code) == (3, "MH-LEDGER-01")
    assert (cli.ledger / "ledger.db").read_bytes() == before


def test_verify_names_its_checks(cli: Cli) -> None:
    answer = cli("verify")
    assert answer.status == 0
    assert named_well(answer.json["checks"])
    told = cli.text("verify").out
    assert "有问题" not in told
    assert told.count("正常") >= len(answer.json["checks"])


def test_an_overdue_backup_is_a_finding(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    from datetime import timedelta

    later = access.utc_now() + timedelta(days=30)
    monkeypatch.setattr(access.open_ledger, "__kwdefaults__", {"now": lambda: later})
    answer = cli("verify")
    assert answer.status == 1
    assert [one["name"] for one in answer.json["checks"] if not one["ok"]] == ["本机备份", "U盘备份"]


def test_selfcheck_needs_no_ledger(tmp_path: Path) -> None:
    answer = run("--ledger", tmp_path / "none", "selfcheck", "--json")
    assert answer.status == 0
    assert named_well(answer.json["checks"])
    assert not (tmp_path / "none").exists()


def test_selfcheck_finds_what_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    from mhdesk.services import selfcheck

    def broken() -> str:
        raise ModuleNotFoundError("reportlab")

    monkeypatch.setitem(selfcheck._CHECKS, "pdf", broken)
    answer = run("selfcheck", "--json")
    assert answer.status == 1
    (bad,) = [one for one in answer.json["checks"] if not one["ok"]]
    assert (bad["name"], bad["detail"]) == ("PDF 生成", "ModuleNotFoundError")


def test_a_stick_copy_is_restored_on_a_new_computer_with_the_recovery_code(tmp_path: Path) -> None:
    """Create with a recovery file, back up to a stick, restore into an empty folder with nothing but the code."""
    old, new = tmp_path / "old", tmp_path / "new"
    password, code, fresh = tmp_path / "password", tmp_path / "code", tmp_path / "fresh"
    password.write_text("Longhua-2026-lamp\n", encoding="utf-8")
    fresh.write_text("Qingshi-2026-lamp\n", encoding="utf-8")
    (tmp_path / "stick").mkdir()
    base = ["--user", "wang", "--password-file", str(password)]
    assert main(["--ledger", str(old), *base, "create", "--unit", "甲院", "--recovery-file", str(code)]) == 0
    assert main(["--ledger", str(old), *base, "backup", str(tmp_path / "stick")]) == 0
    (copy,) = (tmp_path / "stick").glob("*.mhb")
    found = ["--recovery-file", str(code), "--new-password-file", str(fresh)]
    assert main(["--ledger", str(new), "--user", "wang", "restore", str(copy), *found]) in {0, 1}
    assert main(["--ledger", str(new), "--user", "wang", "--password-file", str(fresh), "user", "list"]) == 0


def test_the_audit_chain_is_verified_and_written_without_names(cli: Cli, tmp_path: Path) -> None:
    answer = cli("audit", "verify")
    assert answer.status == 0
    assert answer.json["checks"]
    assert all(check["ok"] for check in answer.json["checks"])
    with cli.open() as ledger:
        names = [one.name for one in ledger.find(Patient)]
        person = ledger.find(Patient)[0]
        patients.void(ledger, person.id or 0, reason=f"{person.name}重复登记")
    file = tmp_path / "操作记录.xlsx"
    written = cli("audit", "export", "--out", file)
    assert written.status == 0
    table = read_tables(file)[0]
    cells = [str(cell) for row in table.rows for cell in row if cell is not None]
    assert "作废档案" in cells
    assert "已写明" in cells
    assert not [cell for cell in cells if any(name in cell for name in names)]
    assert written.json["head"] in "".join(cells)
    assert sum(isinstance(row[0], int | float) for row in table.rows) == written.json["rows"]
    assert "audit.export" in cli.actions()
    again = cli("audit", "export", "--out", file)
    assert (again.status, again.code) == (2, "MH-USAGE-05")


def test_a_broken_audit_chain_is_told(cli: Cli) -> None:
    with cli.open() as ledger, ledger.raw() as raw:
        raw.execute("DROP TRIGGER IF EXISTS audit_no_update")
        raw.execute("UPDATE audit SET login = 'nobody' WHERE seq = 2")
    answer = cli("audit", "verify")
    assert answer.status == 1
    assert [check["ok"] for check in answer.json["checks"]].count(False) == 1
