"""导入表格: look first, store then, the same file again, and what comes back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog

from mhdesk.domain.changes import Changes
from mhdesk.domain.patient import Patient
from tests.services.workbooks import LI, REGISTER, WANG, ZHANG, person, xlsx
from tests.ui.pages.conftest import Shown
from ui.pages.imports import ImportsPage

if TYPE_CHECKING:
    from db.ledger import Ledger


@pytest.fixture
def register(tmp_path: Path) -> Path:
    """Two people, and one whose number has lost its last digits."""
    broken = person("王五", int(WANG[:15]) * 1000)
    return xlsx(tmp_path / "花名册.xlsx", [REGISTER, person("张三", ZHANG), person("李四", LI), broken])


def counts(page: ImportsPage) -> dict[str, str]:
    """What the chips say."""
    return {key: chip.text() for key, chip in page.chips.items() if chip.isVisible()}


def test_a_dry_run_stores_nothing(shown_empty: Shown, ledger: Ledger, register: Path) -> None:
    page = shown_empty.page(ImportsPage)
    assert not counts(page)
    assert not page.store_button.isEnabled()
    page.preview(register)
    shown_empty.settle()
    assert counts(page) == {
        "new": "新增 2",
        "changed": "更新 0",
        "same": "相同 0",
        "conflict": "矛盾 0",
        "rejected": "退回 1",
    }
    assert "还没有写入" in page.notice.words()
    assert page.store_button.isEnabled()
    assert not ledger.find(Patient)
    assert not page.open_rejected.isVisible()
    rows = [page.table.model.row_at(number) for number in range(page.table.count())]
    assert any(row.row == 4 for row in rows if row is not None)


def test_storing_then_the_same_file_again(
    shown_empty: Shown, ledger: Ledger, register: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = shown_empty.page(ImportsPage)
    seen: list[Changes] = []
    shown_empty.desk.changes.subscribe(frozenset({"patient"}), seen.append, shown_empty.desk.tasks)
    page.preview(register)
    shown_empty.settle()
    page.store_button.click()
    shown_empty.settle()
    assert sorted(one.name for one in ledger.find(Patient)) == ["张三", "李四"]
    assert page.notice.words() == "已写入 2 行；另有 1 行退回，改好后可再次导入退回表。"
    assert not page.store_button.isEnabled()
    assert len(seen) == 1  # other pages are told
    opened: list[QUrl] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", opened.append)
    assert page.open_rejected.isVisible()
    page.open_rejected.click()
    assert Path(opened[0].toLocalFile()).is_file()
    page.preview(register)
    shown_empty.settle()
    assert counts(page)["same"] == "相同 2"
    assert counts(page)["new"] == "新增 0"
    assert not page.store_button.isEnabled()
    assert page.notice.words() == "花名册.xlsx 的 3 行里没有新内容，不需要写入。"


def test_a_whole_file_says_that_every_row_was_read(shown_empty: Shown, tmp_path: Path) -> None:
    page = shown_empty.page(ImportsPage)
    page.preview(xlsx(tmp_path / "好.xlsx", [REGISTER, person("张三", ZHANG)]))
    shown_empty.settle()
    assert page.table.state() == "empty"
    assert "每一行都读懂了" in page.table._empty._title.text()


def test_choosing_a_file(shown_empty: Shown, register: Path) -> None:
    page = shown_empty.page(ImportsPage)
    page.choose()
    dialog = page.findChild(QFileDialog)
    assert dialog is not None
    assert "*.xlsx" in dialog.nameFilters()[0]
    dialog.fileSelected.emit(str(register))
    dialog.close()
    shown_empty.settle()
    assert page.file == register
    assert counts(page)["new"] == "新增 2"


def test_what_is_no_table_is_refused_in_words(shown_empty: Shown, tmp_path: Path) -> None:
    page = shown_empty.page(ImportsPage)
    wrong = tmp_path / "照片.xlsx"
    wrong.write_bytes(b"\x89PNG no table at all")
    page.preview(wrong)
    shown_empty.settle()
    assert len(shown_empty.faults) == 1
    assert getattr(shown_empty.faults[0], "code", "").startswith("MH-FILE-")
    shown_empty.faults.clear()
    assert not page.store_button.isEnabled()
