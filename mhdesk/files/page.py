"""Which paper an official table goes on, and how wide its columns become.

A4; A3 where A4 would shrink the table below `SMALLEST_SCALE`. xlsx and pdf ask here, so both choose alike.
"""

from __future__ import annotations

from dataclasses import dataclass

from mhdesk.reports.model import Sheet

SMALLEST_SCALE = 0.65  # 10 pt becomes 6.5 pt: still legible on paper
WIDEST_STRETCH = 1.6
SQUEEZE = 1.2  # a table this much too high for one page is made smaller rather than broken
MARGIN_SIDE_MM = 14.0
MARGIN_TOP_MM = 15.0
MARGIN_BOTTOM_MM = 14.0
SIZES_MM = {"A4": (210.0, 297.0), "A3": (297.0, 420.0)}


@dataclass(frozen=True, slots=True)
class Page:
    """A sheet of paper in the direction it is printed. Lengths in millimetres."""

    paper: str  # "A4" or "A3"
    width_mm: float
    height_mm: float
    scale: float  # of the type size, at most 1
    column_mm: tuple[float, ...]  # widths on this paper

    @property
    def usable_mm(self) -> float:
        """The width between the margins."""
        return self.width_mm - 2 * MARGIN_SIDE_MM

    @property
    def usable_height_mm(self) -> float:
        """The height between the margins."""
        return self.height_mm - MARGIN_TOP_MM - MARGIN_BOTTOM_MM


def choose(sheet: Sheet) -> Page:
    """The paper for `sheet`; its columns fill the width, but never grow beyond `WIDEST_STRETCH`."""
    wanted = [max(column.width_mm, 1.0) for column in sheet.columns] or [1.0]
    page = _page("A4", sheet, wanted)
    if sheet.fit_to_width and page.scale < SMALLEST_SCALE:
        return _page("A3", sheet, wanted)
    return page


def _page(paper: str, sheet: Sheet, wanted: list[float]) -> Page:
    short, long = SIZES_MM[paper]
    width, height = (long, short) if sheet.landscape else (short, long)
    stretch = min((width - 2 * MARGIN_SIDE_MM) / sum(wanted), WIDEST_STRETCH)
    return Page(paper, width, height, min(stretch, 1.0), tuple(one * stretch for one in wanted))
