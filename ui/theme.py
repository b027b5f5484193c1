"""How the window looks: every colour, size and font of the program stands here and nowhere else.

Sizes are given at 字号 100 % and grow with it: ask `current` for a `Theme` and take ``size("row")``, ``space(3)``,
``text_px("title")`` or ``em(12)`` (the width of twelve Chinese characters) from it. Colours come from the theme's
`Palette`; colour only means something through a `Tone`, and a word always stands beside it. The style sheet
``resources/qss/window.qss`` is a template: ``$card`` is a colour, ``$row`` a size, both from here.
"""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from PySide6.QtCore import QDir, QLibraryInfo, QLocale, QTranslator
from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette, QRawFont
from PySide6.QtWidgets import QApplication

import resources

SMALLEST_PERCENT = 90
LARGEST_PERCENT = 200
#: From this 字号 on the navigation shows icons only.
NARROW_PERCENT = 150
#: Below this window width (device-independent pixels) the navigation shows icons only.
NARROW_WIDTH = 1280

TextRole = Literal["small", "body", "large", "title", "figure"]
ToneName = Literal["now", "late", "missing", "info", "good", "plain", "brand"]
SizeName = Literal[
    "bar", "box", "button", "chip", "column_gap", "icon", "icon_large", "icon_small", "nav_narrow", "nav_wide",
    "radius", "radius_small", "row", "search", "side_panel", "top_bar", "touch",
]  # fmt: skip
TONE_NAMES: tuple[ToneName, ...] = get_args(ToneName)
#: The programme's four colours of a patient (红橙黄绿) as tones; the word always stands in the chip.
PROGRAMME_TONES: dict[str, ToneName] = {"红": "now", "橙": "late", "黄": "missing", "绿": "good"}

_SPACES = (0, 4, 8, 12, 16, 20)
_TEXT: dict[TextRole, int] = {"small": 13, "body": 14, "large": 15, "title": 20, "figure": 26}
_SIZES: dict[SizeName, int] = {
    "bar": 8,
    "box": 30,
    "button": 36,
    "chip": 24,
    "column_gap": 12,
    "icon": 20,
    "icon_large": 44,
    "icon_small": 16,
    "nav_narrow": 64,
    "nav_wide": 168,
    "radius": 8,
    "radius_small": 6,
    "row": 38,
    "search": 430,
    "side_panel": 336,
    "top_bar": 56,
    "touch": 30,
}
_BORDERED: tuple[SizeName, ...] = ("box", "button", "touch")
_FAMILY = "Noto Sans SC"
_FALLBACK_FAMILIES = ("Microsoft YaHei UI", "Source Han Sans SC", "WenQuanYi Micro Hei", "sans-serif")
_FONT_FILES = ("NotoSansSC-Regular.ttf", "NotoSansSC-Bold-subset.ttf")
_PLACEHOLDER = re.compile(r"\$(\w+)")


@dataclass(frozen=True, slots=True)
class Tone:
    """A meaning as colour: `ink` on `soft` is readable (≥ 4.5:1), `ink` on a card too."""

    ink: str
    soft: str


@dataclass(frozen=True, slots=True)
class Palette:
    """All colours of one appearance."""

    paper: str
    card: str
    line: str
    grid: str
    field_line: str
    ink: str
    quiet: str
    zebra: str
    hover: str
    track: str
    brand: str
    brand_soft: str
    brand_fill: str
    brand_fill_hover: str
    brand_fill_pressed: str
    on_brand: str
    danger_fill: str
    brand_ring: str
    scroll: str
    now: Tone
    late: Tone
    missing: Tone
    info: Tone
    good: Tone
    plain: Tone

    def tone(self, name: ToneName) -> Tone:
        """The colours of a meaning."""
        if name == "brand":
            return Tone(self.brand, self.brand_soft)
        tone: Tone = getattr(self, name)
        return tone


LIGHT = Palette(
    paper="#F4F6F8",
    card="#FFFFFF",
    line="#DDE3EA",
    grid="#E9EDF1",
    field_line="#8593A1",
    ink="#1B2733",
    quiet="#5B6B7B",
    zebra="#FAFBFD",
    hover="#EFF4F6",
    track="#E6ECF0",
    brand="#1F6F78",
    brand_soft="#E3F1F2",
    brand_fill="#1F6F78",
    brand_fill_hover="#195E66",
    brand_fill_pressed="#144D54",
    on_brand="#FFFFFF",
    danger_fill="#B42318",
    brand_ring="#0B3338",
    scroll="#C5CED7",
    now=Tone("#B42318", "#FDECEA"),
    late=Tone("#B54708", "#FEF2E2"),
    missing=Tone("#7D6200", "#FBF4D9"),
    info=Tone("#1D5FA8", "#E6F0FA"),
    good=Tone("#1E7B45", "#E5F4EB"),
    plain=Tone("#4D5C6B", "#EDF1F4"),
)
DARK = Palette(
    paper="#11181E",
    card="#19222A",
    line="#2D3944",
    grid="#253039",
    field_line="#7C8B99",
    ink="#E4EBF1",
    quiet="#A3B2C0",
    zebra="#1D2730",
    hover="#22303A",
    track="#2D3944",
    brand="#63BFCA",
    brand_soft="#173A40",
    brand_fill="#1F6F78",
    brand_fill_hover="#247E88",
    brand_fill_pressed="#195E66",
    on_brand="#FFFFFF",
    danger_fill="#B42318",
    brand_ring="#A9E2E9",
    scroll="#43515E",
    now=Tone("#FF9C92", "#431B18"),
    late=Tone("#FDB071", "#3F2512"),
    missing=Tone("#E8CB62", "#36300F"),
    info=Tone("#8CBDF2", "#16304B"),
    good=Tone("#7DD3A0", "#15351F"),
    plain=Tone("#B7C4D0", "#2A353F"),
)


@dataclass(frozen=True, slots=True)
class Theme:
    """One appearance at one 字号 (`percent`)."""

    percent: int = 100
    palette: Palette = LIGHT

    @property
    def is_narrow(self) -> bool:
        """Whether the text is so large that the navigation shows icons only."""
        return self.percent >= NARROW_PERCENT

    def scaled(self, pixels: int) -> int:
        """`pixels` at 100 % grown with 字号; never below one."""
        return max(1, round(pixels * self.percent / 100))

    def size(self, name: SizeName) -> int:
        """A named size in pixels."""
        return self.scaled(_SIZES[name])

    def space(self, step: int) -> int:
        """Spacing 0 to 5: 0 4 8 12 16 20 at 100 %."""
        return 0 if step == 0 else self.scaled(_SPACES[step])

    def text_px(self, role: TextRole) -> int:
        """Height of a text in pixels."""
        return self.scaled(_TEXT[role])

    def em(self, characters: float, role: TextRole = "body") -> int:
        """The width of so many Chinese characters."""
        return round(characters * self.text_px(role))

    def font(self, role: TextRole = "body", *, bold: bool = False) -> QFont:
        """The font of a role, for painting. For names in bold take `heading_font`."""
        font = QFont()
        font.setFamilies([_FAMILY, *_FALLBACK_FAMILIES])
        font.setPixelSize(self.text_px(role))
        font.setBold(bold)
        return font

    def heading_font(self, text: str, role: TextRole = "title") -> QFont:
        """The bold font of a role, or the regular one where `text` holds a character that only that one has."""
        return self.font(role, bold=covers_bold(text))

    def colour(self, name: str) -> QColor:
        """A colour of the palette by field name (``ink``, ``line`` …), or of a tone (``late_ink``, ``late_soft``)."""
        return QColor(self.tokens()[name])

    def tokens(self) -> Mapping[str, str]:
        """Everything the style sheet may name: colours, sizes (``row`` → ``38px``), spaces, text sizes."""
        return _tokens(self)

    def _made_tokens(self) -> dict[str, str]:
        values: dict[str, str] = {}
        for field in dataclasses.fields(Palette):
            value = getattr(self.palette, field.name)
            if isinstance(value, str):
                values[field.name] = value
        for name in TONE_NAMES:
            tone = self.palette.tone(name)
            values |= {f"{name}_ink": tone.ink, f"{name}_soft": tone.soft}
        values |= {name: f"{self.size(name)}px" for name in _SIZES}
        values |= {f"space_{step}": f"{self.space(step)}px" for step in range(len(_SPACES))}
        values |= {f"text_{role}": f"{self.text_px(role)}px" for role in _TEXT}
        # Boxes with a 1 px border: style sheet heights are inner heights. A focus ring is 2 px, so it takes one
        # pixel back from the padding and nothing moves.
        for bordered in _BORDERED:
            values[f"{bordered}_inner"] = f"{self.size(bordered) - 2}px"
            values[f"{bordered}_ring_inner"] = f"{self.size(bordered) - 4}px"
        for step in (2, 3, 4):
            values[f"space_{step}_ring"] = f"{self.space(step) - 1}px"
        values["nav_item"] = f"{self.size('row') - 2}px"
        values["choice_radius"] = f"{self.size('touch') // 2}px"
        values["scroll_radius"] = f"{self.space(2) // 2}px"
        values["chip_radius"] = f"{self.size('chip') // 2}px"
        values["bar_radius"] = f"{self.size('bar') // 2}px"
        values["check"] = f"{self.size('icon_small')}px"
        values["check_radius"] = f"{self.size('icon_small') // 2}px"
        values["families"] = ", ".join(f'"{family}"' for family in (_FAMILY, *_FALLBACK_FAMILIES))
        return values

    def style_sheet(self) -> str:
        """The window's style sheet. Raises KeyError when the template names something unknown."""
        template = resources.path("qss/window.qss").read_text(encoding="utf-8")
        tokens = self.tokens()
        return _PLACEHOLDER.sub(lambda match: tokens[match[1]], template)

    def qt_palette(self) -> QPalette:
        """The colours for what Fusion draws itself (menus, selection, tool tips)."""
        palette = QPalette()
        roles = QPalette.ColorRole
        for role, name in (
            (roles.Window, "paper"),
            (roles.WindowText, "ink"),
            (roles.Base, "card"),
            (roles.AlternateBase, "zebra"),
            (roles.Text, "ink"),
            (roles.PlaceholderText, "quiet"),
            (roles.Button, "card"),
            (roles.ButtonText, "ink"),
            (roles.Highlight, "brand_fill"),
            (roles.HighlightedText, "on_brand"),
            (roles.ToolTipBase, "card"),
            (roles.ToolTipText, "ink"),
            (roles.Link, "brand"),
            (roles.Light, "card"),
            (roles.Midlight, "grid"),
            (roles.Mid, "line"),
            (roles.Dark, "field_line"),
        ):
            palette.setColor(role, self.colour(name))
        for role in (roles.WindowText, roles.Text, roles.ButtonText):
            palette.setColor(QPalette.ColorGroup.Disabled, role, self.colour("quiet"))
        return palette


@functools.lru_cache(maxsize=4)
def _tokens(theme: Theme) -> Mapping[str, str]:
    return theme._made_tokens()  # noqa: SLF001 - its own cache


@functools.lru_cache(maxsize=4)
def _bold(theme: Theme) -> QRawFont:
    return QRawFont.fromFont(theme.font(bold=True))


class _Current:
    """The appearance the application wears: Qt keeps one style sheet a process, so there is one."""

    theme: Theme = Theme()
    fonts_loaded: bool = False
    is_fusion: bool = False


def current() -> Theme:
    """The appearance now in use."""
    return _Current.theme


def new_application(name: str) -> QApplication:
    """An application that begins in Fusion: to choose a style later takes 15 ms, for Python then learns of QStyle."""
    _Current.is_fusion = True
    return QApplication([name, "-style", "fusion"])


def load_fonts() -> None:
    """Make the shipped fonts known to Qt, once. A missing file is no reason to stop: Qt then takes a system font."""
    if _Current.fonts_loaded:
        return
    for name in _FONT_FILES:
        file = resources.path(f"fonts/{name}")
        if file.is_file():
            QFontDatabase.addApplicationFont(str(file))
    _Current.fonts_loaded = True


def speak_chinese(app: QApplication) -> None:
    """Give Qt's own buttons and menus their Chinese words."""
    translator = QTranslator(app)
    folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    if translator.load(QLocale(QLocale.Language.Chinese, QLocale.Country.China), "qtbase", "_", folder):
        app.installTranslator(translator)


def covers_bold(text: str) -> bool:
    """Whether the shipped bold subset has every character of `text`; a missing one would be drawn as a box."""
    raw = _bold(_Current.theme)
    return all(character.isascii() or raw.supportsCharacter(ord(character)) for character in text)


def apply(app: QApplication, percent: int = 100, *, dark: bool = False) -> Theme:
    """Dress the application: Fusion, fonts, colours, style sheet.

    Windows made before keep their layout spacing, so after a change of 字号 the main window is made anew.
    """
    percent = min(max(percent, SMALLEST_PERCENT), LARGEST_PERCENT)
    theme = Theme(percent, DARK if dark else LIGHT)
    _Current.theme = theme
    load_fonts()
    QLocale.setDefault(QLocale(QLocale.Language.Chinese, QLocale.Country.China))
    QDir.setSearchPaths("icons", [str(resources.path("icons"))])
    if not _Current.is_fusion:
        app.setStyle("Fusion")
        _Current.is_fusion = True
    app.setPalette(theme.qt_palette())
    app.setFont(theme.font())
    app.setStyleSheet(theme.style_sheet())
    return theme


def contrast(one: str, other: str) -> float:
    """Contrast of two colours by WCAG 2.1: 1 (same) to 21 (black on white)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear_below = 0.04045
    red, green, blue = (part / 12.92 if part <= linear_below else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
