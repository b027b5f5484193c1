"""Lists on landscape paper: 名册 and 失访（死亡）登记. Columns are data (``resources/paper/<name>_columns.toml``)."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import resources
from mhdesk.reports.model import Align
from mhdesk.reports.paper.model import Between, Block, Cell, Form, Heading, Line, Prose, Row, Table, written
from mhdesk.reports.paper.template import text_pieces

MARGINS_MM = (14.0, 12.0, 14.0, 12.0)
POINTS = 8.5
HEADER_MM = 9.0
ROW_MM = 7.0


class Column(NamedTuple):
    """A column: which text goes in, what stands above, its width, and how the text behaves."""

    key: str
    label: str
    mm: float
    align: Align
    numbers: bool  # ID numbers, phones: never torn apart


class Entry(NamedTuple):
    """One line of a list: texts by column key."""

    texts: Mapping[str, str]


@functools.cache
def columns(name: str) -> tuple[Column, ...]:
    """The columns of a list. Raises FileNotFoundError, KeyError."""
    table = tomllib.loads(resources.path(f"paper/{name}_columns.toml").read_text(encoding="utf-8"))
    return tuple(
        Column(one["key"], one["label"], float(one["mm"]), Align(one.get("align", "left")), one.get("numbers", False))
        for one in table["columns"]
    )


def form(
    name: str, title: str, entries: Sequence[Entry], *, left: str, right: str, foot: str = "", row_mm: float = ROW_MM
) -> Form:
    """The list with its header on every page, a line above it and a signature line below.

    `foot` may have several lines; `row_mm` is the least height of a row (more where somebody signs in it).
    """
    wanted = columns(name)
    header = Row(tuple(_head(one.label) for one in wanted), HEADER_MM)
    rows = tuple(Row(tuple(_cell(one, entry.texts.get(one.key, "")) for one in wanted), row_mm) for entry in entries)
    body: list[Block] = [Table(tuple(one.mm for one in wanted), (header, *rows), header=1)]
    if foot:
        body.append(Prose(tuple(written(line) for line in foot.split("\n")), size=1.1, space_mm=3.0))
    return Form(
        title=title,
        head=(Heading(title, 16.0), Between(written(left), written(right), space_mm=1.0)),
        body=tuple(body),
        landscape=True,
        margins_mm=MARGINS_MM,
        points=POINTS,
        fit=False,
    )


def _head(label: str) -> Cell:
    return Cell((written(label, align=Align.CENTER, bold=True),), align=Align.CENTER, grey=True)


def _cell(column: Column, text: str) -> Cell:
    line = Line(tuple(text_pieces(text, numbers=column.numbers)), align=column.align)
    return Cell((line,), align=column.align)
