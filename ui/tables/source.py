"""Where a table's rows come from. Sorting and filtering are the source's work, never the view's."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from mhdesk.domain.dates import PartialDate
from mhdesk.domain.task import Task
from ui.tables.column import Column, shown
from ui.tasks import Lane

Ids = Sequence[int]


@dataclass(frozen=True)
class TableQuery:
    """What the view asks for: a column to sort by (None: the source's own order) and filters by name."""

    sort_key: str | None = None
    is_descending: bool = False
    filters: Mapping[str, str] = field(default_factory=dict)


class TableSource(Protocol):
    """Ids in order, then rows by id. Both are called in a lane, off the window's thread."""

    lane: Lane

    def ids(self, query: TableQuery, task: Task) -> Ids:
        """Every id in the wanted order. Repeated ids are not allowed."""

    def rows(self, ids: Ids) -> Sequence[Any]:
        """The rows of `ids`, in their order; None for an id that is gone."""


class PagedSource:
    """A source made of two services: `list_ids(query)` and `fetch_rows(ids)`; for lists of any length.

    PagedSource(lambda query: register.ids(ledger, sort=query.sort_key, …), lambda ids: register.rows(ledger, ids))
    """

    lane: Lane = "ledger"

    def __init__(self, list_ids: Callable[[TableQuery], Ids], fetch_rows: Callable[[Ids], Sequence[Any]]) -> None:
        self._list_ids = list_ids
        self._fetch_rows = fetch_rows

    def ids(self, query: TableQuery, task: Task) -> Ids:
        """Ask the service, and keep the ids as plain integers (8 MiB a million)."""
        task.step(0, 0, "")
        return array("q", self._list_ids(query))

    def rows(self, ids: Ids) -> Sequence[Any]:
        """Ask the service."""
        return self._fetch_rows(ids)


class ListSource:
    """A source over rows already at hand (up to some thousands): sorted in Python by the column's value."""

    lane: Lane = "work"

    def __init__(self, rows: Sequence[Any], columns: Sequence[Column]) -> None:
        self._rows = rows
        self._columns = {column.key: column for column in columns}

    def ids(self, query: TableQuery, task: Task) -> Ids:
        """Positions of the rows in the wanted order; unknown values last."""
        task.step(0, 0, "")
        order = range(len(self._rows))
        column = self._columns.get(query.sort_key or "")
        if column is None:
            return order
        known = [index for index in order if _order_value(column, self._rows[index]) is not None]
        unknown = [index for index in order if _order_value(column, self._rows[index]) is None]
        known.sort(key=lambda index: _order_value(column, self._rows[index]), reverse=query.is_descending)  # type: ignore[arg-type,return-value]
        return known + unknown

    def rows(self, ids: Ids) -> Sequence[Any]:
        """The rows at these positions."""
        return [self._rows[index] for index in ids]


def _order_value(column: Column, row: Any) -> tuple[int, object] | None:
    value = column.value_of(row)
    if value is None or value == "":
        return None
    if isinstance(value, int | float):
        return (0, value)
    if isinstance(value, PartialDate):
        return (1, value.iso())
    return (1, shown(value))
