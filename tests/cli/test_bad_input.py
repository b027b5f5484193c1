"""The bad input that must be tried: a clear Chinese message with a code, nothing lost, the status of the contract."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from db import engine, keys
from mhdesk.domain.patient import Patient
from mhdesk.services import access
from tests.cli.conftest import Answer, Cli, everything_in, is_root, run
from tests.files import samples
from tests.files.test_read_refused import ENTITIES, FAR, prologue
from tests.services.workbooks import LI, REGISTER, VISITS, WANG, ZHANG, number, person, visit, xlsx

PLAIN = samples.workbook([REGISTER, person("张三", ZHANG)])

# ---------------------------------------------------------------- files that are no workbook

REFUSED: dict[str, tuple[str, str, Callable[[], bytes]]] = {
    "text named xlsx": ("名单.xlsx", "MH-FILE-03", "姓名,身份证号\n张三,1".encode),
    "encrypted xlsx": ("加密.xlsx", "MH-FILE-05", samples.encrypted_workbook),
    "encrypted xls": ("加密.xls", "MH-FILE-05", samples.encrypted_old_workbook),
    "zip bomb": ("炸弹.xlsx", "MH-FILE-07", samples.bomb),
    "zip bomb with lying headers": ("谎报.xlsx", "MH-FILE-07", lambda: samples.lying_bomb(20)),
    "entity bomb": ("实体.xlsx", "MH-FILE-08", lambda: prologue(ENTITIES)),
    "row a million": ("百万行.xlsx", "MH-FILE-09", lambda: samples.with_rows(FAR)),
    "cut in half": ("半个.xlsx", "MH-FILE-06", lambda: PLAIN[: len(PLAIN) // 2]),
    "noise": ("乱码.xlsx", "MH-FILE-06", lambda: random.Random(7).randbytes(4000)),
    "empty": ("空.xlsx", "MH-FILE-13", lambda: b""),
    "no header": ("别的.xlsx", "MH-IMPORT-01", lambda: samples.workbook([["a", "b"], ["1", "2"]])),
}


@pytest.mark.parametrize(("name", "code", "content"), REFUSED.values(), ids=REFUSED)
def test_a_file_that_is_refused(cli: Cli, tmp_path: Path, name: str, code: str, content: Callable[[], bytes]) -> None:
    before = cli.rows()
    file = tmp_path / name
    file.write_bytes(content())
    answer = cli("import", file)
    assert (answer.status, answer.code) == (4, code)
    assert answer.err == ""
    assert cli.rows() == before
    assert sorted(one.name for one in tmp_path.iterdir() if one.is_file()) == [name]


def test_a_file_that_is_not_there(cli: Cli, tmp_path: Path) -> None:
    answer = cli("import", tmp_path / "没有.xlsx")
    assert (answer.status, answer.code) == (4, "MH-FILE-01")


def test_a_sheet_that_only_claims_a_million_rows_is_read(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "谎称.xlsx"
    claimed = b'<dimension ref="A1:XFD1048576"'
    content = samples.with_sheet_xml(PLAIN, lambda xml: xml.replace(b'<dimension ref="A1:I2"', claimed))
    assert content != PLAIN
    file.write_bytes(content)
    answer = cli("import", file)
    assert (answer.status, answer.json["rows"], answer.json["new"]) == (0, 1, 1)


# ---------------------------------------------------------------- rows that cannot be


def rejected(answer: Any) -> list[tuple[int, str, str]]:
    """(row, column, code) of each problem; the counts add up and each has a Chinese sentence."""
    document = answer.json
    parts = ("new", "same", "changed", "conflict", "rejected")
    assert sum(document[part] for part in parts) == document["rows"]
    for problem in document["problems"]:
        assert any("\u4e00" <= letter <= "\u9fff" for letter in problem["message"])
    return [(problem["row"], problem["column"], problem["code"]) for problem in document["problems"]]


def test_an_id_number_twice_in_one_file(cli: Cli, tmp_path: Path) -> None:
    book = xlsx(tmp_path / "表.xlsx", [REGISTER, person("张三", ZHANG), person("李四", LI), person("赵六", ZHANG)])
    answer = cli("import", book)
    assert answer.status == 1
    document = answer.json
    assert (document["rows"], document["new"], document["conflict"] + document["rejected"]) == (3, 2, 1)
    ((row, column, _),) = rejected(answer)
    assert row == 4
    assert column in {"姓名", "身份证号"}
    assert Path(document["rejected_file"]).is_file()
    with cli.open() as ledger:
        assert [one.name for one in ledger.find(Patient, id_number=ZHANG)] == ["张三"]


def test_birth_after_death_in_a_register(cli: Cli, tmp_path: Path) -> None:
    before = cli.rows()
    header = [*REGISTER, "死亡日期"]
    book = xlsx(tmp_path / "表.xlsx", [header, [*person("张三", ZHANG), "1969-12-31"]])
    answer = cli("import", book)
    assert (answer.status, answer.json["rejected"]) == (1, 1)
    assert rejected(answer) == [(2, "死亡日期", "MH-IMPORT-26")]
    assert cli.rows() == before | {"import_batch": before["import_batch"] + 1}


@pytest.mark.parametrize(
    ("day", "died", "code"), [("2026-01-01", "1969-12-31", "MH-IMPORT-26"), ("1969-01-01", None, "MH-IMPORT-36")]
)
def test_birth_after_death_in_a_follow_up(cli: Cli, tmp_path: Path, day: str, died: str | None, code: str) -> None:
    somebody = person("张三", ZHANG)[:-1]  # without 建档日期
    assert cli("import", xlsx(tmp_path / "人.xlsx", [REGISTER[:-1], somebody])).json["new"] == 1
    book = xlsx(tmp_path / "随访.xlsx", [[*VISITS, "死亡日期"], [*visit("张三", ZHANG, day), died]])
    answer = cli("import", book)
    assert (answer.status, answer.json["rejected"]) == (1, 1)
    assert [one[2] for one in rejected(answer)] == [code]


@pytest.mark.parametrize("day", ["2026-02-30", "2026.2.30", "2026年2月30日", "20260230", "2026-13-01"])
def test_a_day_that_does_not_exist(cli: Cli, tmp_path: Path, day: str) -> None:
    before = cli.rows()
    row = person("张三", ZHANG)
    row[REGISTER.index("建档日期")] = day
    answer = cli("import", xlsx(tmp_path / "表.xlsx", [REGISTER, row]))
    assert (answer.status, answer.json["rejected"]) == (1, 1)
    assert [one[:2] for one in rejected(answer)] == [(2, "建档日期")]
    assert cli.rows()["patient"] == before["patient"]


def test_a_visit_on_a_day_that_does_not_exist(cli: Cli, tmp_path: Path) -> None:
    cli("import", xlsx(tmp_path / "人.xlsx", [REGISTER, person("张三", ZHANG)]))
    before = cli.rows()
    answer = cli("import", xlsx(tmp_path / "随访.xlsx", [VISITS, visit("张三", ZHANG, "2026-02-30")]))
    assert (answer.status, answer.json["rejected"]) == (1, 1)
    assert cli.rows()["follow_up"] == before["follow_up"]


def test_formula_cells_never_run_and_never_become_values(cli: Cli, tmp_path: Path) -> None:
    """A formula without a stored result is empty; text that looks like one stays text, and is text when given back."""
    book = Workbook()
    sheet = book.active
    sheet.append(list(REGISTER))
    row = person("张三", ZHANG)
    row[REGISTER.index("监护人电话")] = "=1+15400000000"
    row[REGISTER.index("监护人姓名")] = '=HYPERLINK("http://x","y")'
    sheet.append(row)
    evil = person("=cmd|'/c calc'!A1", "1")
    sheet.append(evil)
    sheet["A3"].data_type = "s"
    book.save(tmp_path / "公式.xlsx")
    answer = cli("import", tmp_path / "公式.xlsx")
    assert (answer.status, answer.json["new"], answer.json["rejected"]) == (1, 1, 1)
    with cli.open() as ledger:
        (zhang,) = ledger.find(Patient, id_number=ZHANG)
        assert (zhang.guardian_phone, zhang.guardian_name) == (None, None)
    from openpyxl import load_workbook

    back = load_workbook(answer.json["rejected_file"])
    cells = [cell for one in back.worksheets for line in one.iter_rows() for cell in line if cell.value is not None]
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert any("cmd" in str(cell.value) for cell in cells)


@pytest.mark.parametrize(
    ("name", "is_new"),
    [("甲" * 60, True), ("甲" * 61, False), ("阿卜杜热西提·麦麦提图尔荪江·买买提·吐尔逊", True), ("王䶮", True)],
    ids=["60", "61", "ethnic", "rare"],
)
def test_long_names(cli: Cli, tmp_path: Path, name: str, is_new: bool) -> None:
    answer = cli("import", xlsx(tmp_path / "表.xlsx", [REGISTER, person(name, ZHANG)]))
    assert (answer.status, answer.json["new"], answer.json["rejected"]) == ((0, 1, 0) if is_new else (1, 0, 1))
    with cli.open() as ledger:
        found = [one.name for one in ledger.find(Patient, id_number=ZHANG)]
    assert found == ([name] if is_new else [])
    if is_new:  # it goes through everything that is printed
        assert cli("names", "registered", "--identified").status == 0
        report = cli("report", "weekly", "--out", tmp_path / "out")
        assert report.status == 0


def test_one_bad_row_does_not_cost_the_good_ones(cli: Cli, tmp_path: Path) -> None:
    rows = [person(f"张{n}", number("19700101", 100 + n)) for n in range(20)]
    rows[7][1] = "5.00199E+17"
    answer = cli("import", xlsx(tmp_path / "表.xlsx", [REGISTER, *rows, ["合计", 20]]))
    assert (answer.status, answer.json["rows"], answer.json["new"]) == (1, 20, 19)
    again = cli("import", xlsx(tmp_path / "表.xlsx", [REGISTER, *rows]))
    assert (again.json["same"], again.json["new"], again.json["rejected"]) == (19, 0, 1)


# ---------------------------------------------------------------- the ledger itself


def test_wrong_password(cli: Cli, secret: Path) -> None:
    before = cli.rows()
    database = (cli.ledger / "ledger.db").read_bytes()
    answer = Cli(cli.ledger, "demo", secret)("due")
    assert (answer.status, answer.code) == (3, "MH-LEDGER-01")
    assert (cli.ledger / "ledger.db").read_bytes() == database
    assert cli.rows() == before


def test_wrong_password_again_and_again_means_waiting(cli: Cli, secret: Path) -> None:
    wrong = Cli(cli.ledger, "demo", secret)
    codes = [wrong("due").code for _ in range(8)]
    assert codes[0] == "MH-LEDGER-01"
    assert codes[-1] == "MH-LEDGER-02"


@pytest.mark.parametrize("page", ["first", "middle", "last"])
def test_a_damaged_page(cli: Cli, page: str) -> None:
    database = cli.ledger / "ledger.db"
    data = bytearray(database.read_bytes())
    pages = len(data) // 4096
    place = {"first": 0, "middle": pages // 2, "last": pages - 1}[page] * 4096 + 700
    data[place : place + 64] = bytes(64)
    database.write_bytes(data)
    opened, checked = cli("report", "weekly"), cli("verify")
    if page == "first":
        assert (opened.status, opened.code) == (3, "MH-LEDGER-03")
        assert (checked.status, checked.code) == (3, "MH-LEDGER-03")
        assert database.read_bytes() == data
    else:
        assert opened.status == 0 or opened.code == "MH-LEDGER-03"
        assert checked.status in {1, 3}
        if checked.status == 1:
            assert "每页加密校验" in [one["name"] for one in checked.json["checks"] if not one["ok"]]
    # a damaged ledger replaces no good backup
    assert cli("backup").code in {"MH-LEDGER-03", "MH-LEDGER-29"}


def test_a_damaged_ledger_is_restored_by_one_command(cli: Cli) -> None:
    before = cli.rows()
    saved = cli("backup").json["file"]
    (cli.ledger / "ledger.db").write_bytes(b"\0" * 50_000)
    assert cli("due").code == "MH-LEDGER-03"
    assert cli("restore", saved).status == 0
    assert cli.rows() == before


def test_a_newer_ledger_is_refused_untouched(cli: Cli) -> None:
    ring = keys.unlock(cli.ledger, "demo", access.read_secret(cli.password_file))
    raw = engine.connect_exclusive(cli.ledger / "ledger.db", ring.subkey("db"))
    raw.execute("PRAGMA user_version = 999")
    raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    raw.close()
    database = (cli.ledger / "ledger.db").read_bytes()
    for command in (["due"], ["report", "weekly"], ["import", "x.xlsx"], ["verify"]):
        answer = cli(*command)
        assert (answer.status, answer.code) == (3, "MH-LEDGER-04")
        assert "999" in answer.json["error"]["message"]
    assert (cli.ledger / "ledger.db").read_bytes() == database
    assert not list(cli.ledger.glob("*.db-wal"))


HELD = textwrap.dedent("""
    import json, sys
    from tests.cli.conftest import quick_keys, run
    with quick_keys():
        answers = [run(*arguments, "--json") for arguments in json.loads(sys.argv[1])]
    print(json.dumps([[answer.status, answer.json, answer.err] for answer in answers]))
""")


def held_to_rights(*commands: list[Any]) -> list[Answer]:
    """Root writes everywhere; without this capability a folder that is read-only is read-only for root as well."""
    prefix = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if is_root() else []
    command = [*prefix, sys.executable, "-c", HELD, json.dumps(commands, default=str)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    assert done.stderr == ""
    return [Answer(status, json.dumps(out), err) for status, out, err in json.loads(done.stdout)]


@pytest.fixture
def read_only() -> Iterator[Callable[[Path], Path]]:
    """Makes a folder and what is in it read-only, and writable again afterwards."""
    locked: list[Path] = []

    def lock(folder: Path) -> Path:
        locked.append(folder)
        for place, _, files in os.walk(folder):
            for file in files:
                (Path(place) / file).chmod(0o444)
            Path(place).chmod(0o555)
        return folder

    yield lock
    for folder in locked:
        for place, _, _ in os.walk(folder):
            Path(place).chmod(0o755)


def test_a_read_only_folder(cli: Cli, read_only: Callable[[Path], Path]) -> None:
    read_only(cli.ledger)
    before = everything_in(cli.ledger)
    for answer in held_to_rights(*([*cli.options, *words] for words in (["due"], ["verify"], ["import", "x.xlsx"]))):
        assert (answer.status, answer.code) == (3, "MH-LEDGER-07")
    assert everything_in(cli.ledger) == before


def test_places_that_cannot_be_written_to(
    cli: Cli, read_only: Callable[[Path], Path], tmp_path: Path, secret: Path
) -> None:
    before = cli.rows()
    out = tmp_path / "U盘"
    out.mkdir()
    book = xlsx(out / "表.xlsx", [REGISTER, person("张三", ZHANG), person("李四", "1")])
    read_only(out)
    fresh = ["--ledger", out / "l", "--user", "wang", "--password-file", secret, "create", "--unit", "某卫生院"]
    report, backup, rows, create, code = held_to_rights(
        [*cli.options, "report", "weekly", "--out", out],
        [*cli.options, "backup", out],
        [*cli.options, "import", book],  # its rejected rows cannot be given back beside it
        fresh,
        [*fresh, "--ledger", tmp_path / "l", "--recovery-file", out / "码.txt"],
    )
    assert {(one.status, one.code) for one in (report, backup, rows, create, code)} == {(5, "MH-FILE-54")}
    assert list(out.iterdir()) == [book]
    assert not (tmp_path / "l").exists()
    assert cli.rows() == before


# ---------------------------------------------------------------- a full disk

LIMITED = textwrap.dedent("""
    import resource, signal, sys
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
    from mhdesk.cli.main import main
    sys.exit(main(sys.argv[2:]))
""")


def with_room(room: int, *arguments: object) -> subprocess.CompletedProcess[str]:
    """A limit on the size of a file answers a write as a full disk does, and needs no rights."""
    command = [sys.executable, "-c", LIMITED, str(room), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def test_a_full_disk_while_importing(cli: Cli, tmp_path: Path) -> None:
    before = cli.rows()
    lines = [",".join(cell or "" for cell in person(f"张{n}", number("19700101", n % 1000))) for n in range(3000)]
    book = tmp_path / "大.csv"
    book.write_text("\n".join([",".join(REGISTER), *lines]), encoding="utf-8")
    room = (cli.ledger / "ledger.db").stat().st_size // 2
    done = with_room(room, *cli.options, "import", book, "--json")
    assert done.returncode == 5, done.stdout + done.stderr
    assert json.loads(done.stdout)["error"]["code"] in {"MH-LEDGER-14", "MH-LEDGER-15", "MH-FILE-51"}
    assert "Traceback" not in done.stderr
    assert cli.rows() == before
    assert sorted(one.name for one in tmp_path.iterdir() if one.is_file()) == ["大.csv"]


@pytest.mark.parametrize("command", ["report", "backup"])
def test_a_full_disk_while_writing(cli: Cli, tmp_path: Path, command: str) -> None:
    before = cli.rows()
    out = tmp_path / "out"
    out.mkdir()
    (out / "旧.txt").write_text("kept", encoding="utf-8")
    arguments = ["report", "weekly", "--out", out] if command == "report" else ["backup", out]
    room = 3_000 if command == "report" else (cli.ledger / "ledger.db").stat().st_size - 8192
    done = with_room(room, *cli.options, *arguments, "--json")
    assert done.returncode == 5, done.stdout + done.stderr
    code = json.loads(done.stdout)["error"]["code"]
    assert code in {"MH-FILE-51", "MH-LEDGER-14", "MH-LEDGER-15", "MH-LEDGER-28"}
    assert [one.name for one in out.iterdir()] == ["旧.txt"]
    assert cli.rows() == before


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path | None]:
    """A file system of its own with 8 MiB, where this process may mount one."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(place)]
    mounted = subprocess.run(mount, capture_output=True, check=False)
    try:
        yield place if mounted.returncode == 0 else None
    finally:
        if mounted.returncode == 0:
            subprocess.run(["umount", "--lazy", str(place)], check=True)  # noqa: S607 - found on PATH


def test_a_really_full_disk(cli: Cli, small_disk: Path | None, tmp_path: Path) -> None:
    if small_disk is None:  # no right to mount here; the tests above show the same by a limit
        return
    before = cli.rows()
    (small_disk / "filler").write_bytes(b"0" * (shutil.disk_usage(small_disk).free - 8192))
    for command in (["report", "weekly", "--out", small_disk], ["backup", small_disk]):
        answer = cli(*command)
        assert answer.status == 5
        assert answer.code in {"MH-FILE-51", "MH-LEDGER-14", "MH-LEDGER-28"}
        assert [one.name for one in small_disk.iterdir()] == ["filler"]
    (small_disk / "filler").unlink()
    # Without the spare file: on so small a disk the import might just fit into what it gives free.
    shutil.copytree(cli.ledger, small_disk / "l", ignore=shutil.ignore_patterns("backups", "spare.bin"))
    there = Cli(small_disk / "l", "demo", cli.password_file)
    (small_disk / "filler").write_bytes(b"0" * (shutil.disk_usage(small_disk).free - 16384))
    lines = [",".join(cell or "" for cell in person(f"张{n}", number("19700101", n % 1000))) for n in range(3000)]
    book = tmp_path / "大.csv"
    book.write_text("\n".join([",".join(REGISTER), *lines]), encoding="utf-8")
    answer = there("import", book)
    assert (answer.status, answer.code) == (5, "MH-LEDGER-14")
    (small_disk / "filler").unlink()
    assert there.rows() == before


def test_the_days_of_these_tests_are_past() -> None:
    """Rows of the fixtures must not become dates in the future."""
    assert run("selfcheck", "--json").status == 0
    assert date(2026, 1, 1) < date(2026, 11, 20)
    assert WANG
