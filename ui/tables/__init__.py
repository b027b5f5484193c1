"""Tables over any number of rows: ids first, pages of rows fetched off the window's thread."""

from __future__ import annotations

from ui.tables.column import Column
from ui.tables.panel import TablePanel
from ui.tables.source import ListSource, PagedSource, TableSource

__all__ = ["Column", "ListSource", "PagedSource", "TablePanel", "TableSource"]
