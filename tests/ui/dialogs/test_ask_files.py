"""Dialogs for files open where the doctor was last time, and give a name and an ending."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog, QWidget

from mhdesk import settings
from ui.dialogs import ask_files


@pytest.fixture
def parent(qapp: object) -> Iterator[QWidget]:
    made = QWidget()
    yield made
    made.deleteLater()


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    yield
    settings.change(read_folder="", write_folder="")


def _dialog(parent: QWidget) -> QFileDialog:
    found: QFileDialog = parent.findChildren(QFileDialog)[-1]
    return found


def test_writing_opens_where_it_wrote_last_and_reading_where_it_read(parent: QWidget, tmp_path: Path) -> None:
    (sent := tmp_path / "上报").mkdir()
    (got := tmp_path / "收到").mkdir()
    chosen: list[Path] = []
    ask_files.save_as(parent, "导出", "周报", chosen.append)
    _dialog(parent).fileSelected.emit(str(sent / "周报.xlsx"))
    ask_files.open_file(parent, "读入", ask_files.TABLES, chosen.append)
    _dialog(parent).fileSelected.emit(str(got / "花名册.xls"))
    assert chosen == [sent / "周报.xlsx", got / "花名册.xls"]
    ask_files.save_as(parent, "导出", "月报", chosen.append)
    assert Path(_dialog(parent).directory().absolutePath()) == sent
    ask_files.open_file(parent, "读入", ask_files.TABLES, chosen.append)
    assert Path(_dialog(parent).directory().absolutePath()) == got
    got.rmdir()  # a stick that was taken out
    ask_files.open_file(parent, "读入", ask_files.TABLES, chosen.append)
    assert Path(_dialog(parent).directory().absolutePath()).is_dir()


def test_the_ending_follows_the_kind_that_is_chosen(parent: QWidget) -> None:
    ask_files.save_as(parent, "导出", "名单", lambda _path: None, kinds=("xlsx", "pdf"))
    dialog = _dialog(parent)
    assert dialog.defaultSuffix() == "xlsx"
    dialog.filterSelected.emit(dialog.nameFilters()[1])
    assert dialog.defaultSuffix() == "pdf"
    assert [words.split(" (")[0] for words in dialog.nameFilters()] == ["Excel 工作簿", "PDF 文件"]


def test_a_stick_is_not_remembered(parent: QWidget, tmp_path: Path) -> None:
    chosen: list[Path] = []
    ask_files.open_folder(parent, "做到 U 盘", chosen.append, start=tmp_path)
    _dialog(parent).fileSelected.emit(str(tmp_path / "U盘"))
    assert chosen == [tmp_path / "U盘"]
    assert settings.load().write_folder == ""
