"""The user manual: its pictures and chapters are there, and 关于 opens its folder."""

from __future__ import annotations

import re

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices

import resources
from ui.pages import settings_about

MANUAL = resources.path(settings_about.MANUAL) / "手册.md"


def test_every_picture_is_there_and_used() -> None:
    words = MANUAL.read_text(encoding="utf-8")
    shown = set(re.findall(r"!\[[^\]]+\]\(([^)]+)\)", words))
    assert shown == {file.name for file in MANUAL.parent.glob("*.png")}


def test_every_chapter_is_in_the_contents() -> None:
    words = MANUAL.read_text(encoding="utf-8")
    chapters = re.findall(r"^## (\d+\. .+)$", words, re.MULTILINE)
    anchors = [re.sub(r"[^\w\s-]", "", chapter).replace(" ", "-").lower() for chapter in chapters]
    assert re.findall(r"\]\(#([^)]+)\)", words) == anchors


def test_the_folder_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[QUrl] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", opened.append)
    settings_about.open_manual()
    assert [url.toLocalFile() for url in opened] == [str(MANUAL.parent)]
