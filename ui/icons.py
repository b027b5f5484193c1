"""Icons of one set (Lucide, ISC licence, ``resources/icons``), drawn in a colour of the theme and kept."""

from __future__ import annotations

import functools

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

import resources
from ui import theme


def _densities() -> set[float]:
    """Device pixels a pixel on the screens there are: icons are drawn for each, none is drawn for nothing."""
    return {screen.devicePixelRatio() for screen in QApplication.screens()}


def pixmap(name: str, colour: str = "quiet", size: theme.SizeName = "icon", density: float | None = None) -> QPixmap:
    """The icon `name` (a file of ``resources/icons``) in a colour of the palette or of a tone (``late_ink``).

    Raises FileNotFoundError for a name that is not shipped.
    """
    now = theme.current()
    ratio = density if density is not None else QApplication.primaryScreen().devicePixelRatio()
    return _draw(name, now.tokens()[colour], now.size(size), ratio)


def icon(name: str, colour: str = "quiet", *, active: str | None = None, size: theme.SizeName = "icon") -> QIcon:
    """The icon for a button; `active` is its colour while the button is checked."""
    made = QIcon()
    for density in _densities():
        made.addPixmap(pixmap(name, colour, size, density), QIcon.Mode.Normal, QIcon.State.Off)
        if active is not None:
            made.addPixmap(pixmap(name, active, size, density), QIcon.Mode.Normal, QIcon.State.On)
    return made


def spaced_icon(
    name: str, colour: str, *, active: str | None = None, size: theme.SizeName = "icon_small", gap: int = 1
) -> QIcon:
    """An icon with the gap (a space of the theme) to the word behind it: style sheets cannot set that gap."""
    made = QIcon()
    for density in _densities():
        looks = [(colour, QIcon.Mode.Normal, QIcon.State.Off), ("quiet", QIcon.Mode.Disabled, QIcon.State.Off)]
        if active is not None:
            looks.append((active, QIcon.Mode.Normal, QIcon.State.On))
        for ink, mode, state in looks:
            plain, whole = pixmap(name, ink, size, density), spaced_size(size, gap)
            wide = QPixmap(round(whole.width() * density), round(whole.height() * density))
            wide.fill(Qt.GlobalColor.transparent)
            wide.setDevicePixelRatio(density)
            painter = QPainter(wide)
            painter.drawPixmap(0, 0, plain)
            painter.end()
            made.addPixmap(wide, mode, state)
    return made


def spaced_size(size: theme.SizeName = "icon_small", gap: int = 1) -> QSize:
    """The size to give a button for a `spaced_icon`."""
    now = theme.current()
    return QSize(now.size(size) + now.space(gap), now.size(size))


def icon_size(size: theme.SizeName = "icon") -> QSize:
    """The size to give a button for its icon."""
    pixels = theme.current().size(size)
    return QSize(pixels, pixels)


@functools.lru_cache(maxsize=512)
def _draw(name: str, colour: str, pixels: int, density: float) -> QPixmap:
    source = resources.path(f"icons/{name}.svg").read_text(encoding="utf-8").replace("currentColor", colour)
    drawn = QPixmap(round(pixels * density), round(pixels * density))
    drawn.fill(Qt.GlobalColor.transparent)
    painter = QPainter(drawn)
    QSvgRenderer(QByteArray(source.encode())).render(painter, QRectF(drawn.rect()))
    painter.end()
    drawn.setDevicePixelRatio(density)
    return drawn
