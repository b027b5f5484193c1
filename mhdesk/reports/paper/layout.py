"""Layouts of printed forms (``resources/paper/*.toml``) and how a record's values become a form.

A layout is a list of blocks for `head`, `body` and `foot`; what its keys mean is said in ``resources/paper/README.md``.
Raises ValueError for a key nobody knows: a misspelt line would silently be missing on paper.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import resources
from mhdesk.domain.follow_up import DrugLine
from mhdesk.reports.model import Align
from mhdesk.reports.paper import drug_lines
from mhdesk.reports.paper.model import (
    NATIONAL_MARGINS_MM,
    Between,
    Block,
    Cell,
    Cut,
    Form,
    Heading,
    Line,
    Prose,
    Row,
    Table,
    label,
)
from mhdesk.reports.paper.template import Item, Template

_FORM_KEYS = {"title", "landscape", "margins_mm", "points", "smallest", "head", "body", "foot", "source", "mark"}
_BLOCK_KEYS = {
    *("heading", "points", "between", "text", "cut", "rows", "columns_mm", "stretch", "size", "leading"),
    *("space_mm", "align", "indent_mm", "bold", "when"),
}
_ROW_KEYS = {"label", "group", "sub", "lines", "pairs", "wide", "drugs", "when", "height_mm", "align", "extras", "rows"}


@dataclass(frozen=True)
class Content:
    """What is written into a form: the items it is made of, one record's values by key, and a district's own items.

    `words` names what a layout may ask for with ``when``: the edition, "refused" …
    """

    items: Mapping[str, Item]
    values: Mapping[str, object]
    extras: Sequence[tuple[str, str]] = ()
    words: frozenset[str] = field(default_factory=frozenset)


@functools.cache
def read(name: str) -> Mapping[str, Any]:
    """The layout ``resources/paper/<name>.toml``, checked. Raises FileNotFoundError, ValueError."""
    layout = tomllib.loads(resources.path(f"paper/{name}.toml").read_text(encoding="utf-8"))
    _refuse(name, layout.keys() - _FORM_KEYS)
    for block in (*layout.get("head", ()), *layout["body"], *layout.get("foot", ())):
        _refuse(name, block.keys() - _BLOCK_KEYS)
        for row in block.get("rows", ()):
            _refuse(name, row.keys() - _ROW_KEYS)
    return layout


def build(name: str, content: Content) -> Form:
    """The form of a layout, filled."""
    layout = read(name)
    template = Template(content.items, content.values)
    made = {
        part: tuple(_block(block, content, template) for block in layout.get(part, ()) if _is_wanted(block, content))
        for part in ("head", "body", "foot")
    }
    return Form(
        title=layout["title"],
        head=made["head"],
        body=made["body"],
        foot=made["foot"],
        landscape=layout.get("landscape", False),
        margins_mm=tuple(layout.get("margins_mm", NATIONAL_MARGINS_MM)),
        points=layout.get("points", 10.5),
        smallest=layout.get("smallest", 8.0),
    )


def _is_wanted(entry: Mapping[str, Any], content: Content) -> bool:
    """``when = "2018"`` or ``when = "not 2018"``; without it always."""
    wanted = entry.get("when", "")
    return not wanted or (wanted.removeprefix("not ") in content.words) != wanted.startswith("not ")


def _block(block: Mapping[str, Any], content: Content, template: Template) -> Block:
    space = float(block.get("space_mm", 0.0))
    if "heading" in block:
        return Heading(block["heading"], float(block.get("points", 16.0)), space)
    if "between" in block:
        left, right = block["between"]
        return Between(template.line(left), template.line(right), space)
    if "cut" in block:
        return Cut(block["cut"], space)
    if "text" in block:
        align = Align(block.get("align", "left"))
        indent, bold = float(block.get("indent_mm", 0.0)), bool(block.get("bold", False))
        lines = tuple(template.line(one, align=align, indent_mm=indent, bold=bold) for one in block["text"])
        return Prose(lines, float(block.get("size", 1.0)), space, float(block.get("leading", 1.5)))
    columns = tuple(float(one) for one in block["columns_mm"])
    rows = tuple(_rows(block["rows"], content, template, len(columns)))
    return Table(columns, rows, stretch=bool(block.get("stretch", False)))


def _rows(table: Sequence[Mapping[str, Any]], content: Content, template: Template, columns: int) -> Iterator[Row]:
    """Rows with their groups joined: neighbours that name the same group share its cell."""
    flat = [part for entry in table if _is_wanted(entry, content) for part in _expanded(entry, content, template)]
    held = 0
    for index, (entry, lines) in enumerate(flat):
        height, align = float(entry.get("height_mm", 0.0)), Align(entry.get("align", "left"))
        if "pairs" in entry:
            yield Row(tuple(_pairs(entry["pairs"], template)), height)
        elif "wide" in entry:
            yield Row((Cell(tuple(template.line(one) for one in entry["wide"]), columns, align=align),), height)
        elif "group" in entry:
            cells = [label(entry["sub"]), Cell(lines, columns - 2, align=align)]
            if held == 0:
                held = _group_length([one for one, _ in flat[index:]])
                cells.insert(0, label(entry["group"], rows=held))
            held -= 1
            yield Row(tuple(cells), height)
        else:
            yield Row((label(entry["label"], columns=2), Cell(lines, columns - 2, align=align)), height)


def _expanded(
    entry: Mapping[str, Any], content: Content, template: Template
) -> Iterator[tuple[Mapping[str, Any], tuple[Line, ...]]]:
    """An entry with its lines; drug tables and a district's own items are as many rows as there are."""
    if "drugs" in entry:
        drugs = content.values.get(entry["drugs"])
        lines = drugs if isinstance(drugs, tuple) else ()
        known: tuple[DrugLine | None, ...] = tuple(one for one in lines if isinstance(one, DrugLine))
        wanted = max(int(entry["rows"]), len(known))
        for place, drug in enumerate(known + (None,) * (wanted - len(known)), 1):
            values = drug_lines.values(drug, content.items[entry["drugs"]])
            filled = Template({}, values)
            numbered = {**entry, "sub": entry["sub"].format(place=place)}
            yield numbered, tuple(filled.line(one) for one in entry["lines"])
    elif "extras" in entry:
        for name, text in content.extras:
            yield {"label": name}, (Template({}, {"text": text}).line("{text:20,open}"),)
    else:
        yield entry, tuple(template.line(one) for one in entry.get("lines", ()))


def _group_length(entries: Sequence[Mapping[str, Any]]) -> int:
    length = 0
    while length < len(entries) and entries[length].get("group") == entries[0]["group"]:
        length += 1
    return length


def _pairs(pairs: Sequence[Sequence[Any]], template: Template) -> Iterator[Cell]:
    """``[label, line, columns of the line]`` from left to right; the first label is two columns wide."""
    for index, (name, line, columns) in enumerate(pairs):
        yield label(name, columns=2 if index == 0 else 1)
        yield Cell((template.line(line),), columns)


def _refuse(name: str, strange: set[str]) -> None:
    if strange:
        raise ValueError(f"layout {name}: unknown keys {sorted(strange)}")
