"""Readable colours, sizes that grow together, a style sheet without literals."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QApplication, QDialogButtonBox

import resources
from ui import theme
from ui.theme import DARK, LIGHT, TONE_NAMES, Palette, Theme, contrast

PALETTES = [pytest.param(LIGHT, id="light"), pytest.param(DARK, id="dark")]
SURFACES = ("paper", "card", "zebra", "hover", "brand_soft")
NAMED_ICON = re.compile(r'(?:icons.(?:icon|pixmap|spaced_icon)|EmptyState|set_empty|IconButton)\(\s*"([a-z0-9-]+)"')
QSS = resources.path("qss/window.qss").read_text(encoding="utf-8")


@pytest.mark.parametrize("palette", PALETTES)
@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("ink", ["ink", "quiet", "brand"])
def test_text_is_readable_on_every_surface(palette: Palette, surface: str, ink: str) -> None:
    assert contrast(getattr(palette, ink), getattr(palette, surface)) >= 4.5


@pytest.mark.parametrize("palette", PALETTES)
@pytest.mark.parametrize("name", TONE_NAMES)
def test_tones_are_readable(palette: Palette, name: theme.ToneName) -> None:
    tone = palette.tone(name)
    assert contrast(tone.ink, tone.soft) >= 4.5
    assert contrast(tone.ink, palette.card) >= 4.5
    assert contrast(tone.ink, palette.zebra) >= 4.5


@pytest.mark.parametrize("palette", PALETTES)
@pytest.mark.parametrize("fill", ["brand_fill", "brand_fill_hover", "brand_fill_pressed", "danger_fill"])
def test_words_on_filled_buttons_are_readable(palette: Palette, fill: str) -> None:
    assert contrast(palette.on_brand, getattr(palette, fill)) >= 4.5


@pytest.mark.parametrize("palette", PALETTES)
def test_focus_rings_and_boxes_are_seen(palette: Palette) -> None:
    """WCAG 1.4.11 asks for 3:1 where a line carries meaning."""
    assert contrast(palette.brand, palette.card) >= 3
    assert contrast(palette.brand_ring, palette.brand_fill) >= 1.9
    assert contrast(palette.field_line, palette.card) >= 3
    assert contrast(palette.brand, palette.track) >= 3
    assert contrast(palette.late.ink, palette.track) >= 3


def test_contrast_of_black_and_white() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#FFFFFF", "#FFFFFF") == 1


@pytest.mark.parametrize("percent", [90, 100, 125, 150, 200])
def test_everything_grows_with_the_text(percent: int) -> None:
    now = Theme(percent)
    assert now.size("row") == round(38 * percent / 100)
    assert now.text_px("body") == round(14 * percent / 100)
    assert now.space(0) == 0
    assert now.em(10) == 10 * now.text_px("body")
    assert now.is_narrow == (percent >= 150)


def test_bounds_of_the_text_size(dressed: QApplication) -> None:
    assert theme.apply(dressed, 20).percent == theme.SMALLEST_PERCENT
    assert theme.apply(dressed, 900).percent == theme.LARGEST_PERCENT
    theme.apply(dressed, 100)


def test_style_sheet_names_only_tokens() -> None:
    assert "$" not in Theme().style_sheet()
    names = set(re.findall(r"\$(\w+)", QSS))
    assert names <= Theme().tokens().keys()


def test_style_sheet_has_no_literals() -> None:
    assert not re.findall(r"#[0-9a-fA-F]{3,8}\b", QSS)
    assert set(re.findall(r"\b(\d+)px", QSS)) <= {"0", "1", "2"}
    assert "rgb" not in QSS


def test_every_picture_of_the_style_sheet_is_there() -> None:
    for name in re.findall(r"url\(icons:([\w.-]+)\)", QSS):
        assert resources.path(f"icons/{name}").is_file()


def test_every_icon_named_in_the_source_is_there() -> None:
    named = set()
    for file in Path(theme.__file__).parent.rglob("*.py"):
        source = file.read_text(encoding="utf-8")
        named |= set(NAMED_ICON.findall(source))
        named |= set(re.findall(r"PageSpec\(\"\w+\", \"[^\"]+\", \"([a-z-]+)\"", source))
    assert len(named) > 5
    assert {name for name in named if not resources.path(f"icons/{name}.svg").is_file()} == set()


def test_bold_is_used_only_where_the_subset_has_every_character(dressed: QApplication) -> None:
    assert theme.covers_bold("严重精神障碍 龚䶮 A1")
    assert not theme.covers_bold("龘")
    assert Theme().heading_font("龘").bold() is False
    assert Theme().heading_font("今日").bold() is True


def test_qt_speaks_chinese(dressed: QApplication) -> None:
    box = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
    words = {button.text() for button in box.buttons()}
    assert all(re.search(r"[\u4e00-\u9fff]", word) for word in words)
    assert QLocale().language() == QLocale.Language.Chinese
