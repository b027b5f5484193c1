"""How a command answers: Chinese text for people, or exactly one JSON document for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mhdesk.domain.errors import UserError
from mhdesk.text import error_text, text


class Output:
    """Answers of one run. With `as_json` stdout holds one JSON document and nothing else."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json

    def answer(self, document: Mapping[str, Any], lines: Iterable[str]) -> None:
        """The result of the command: `document` for programs, `lines` for people."""
        if self.as_json:
            print(json.dumps(document, ensure_ascii=False, indent=2, default=str))
        else:
            for line in lines:
                print(line)

    def error(self, error: UserError) -> None:
        """What happened and what to do next."""
        words = error_text(error.code, **error.params)
        if self.as_json:
            document = {"error": {"code": error.code, "message": words.message, "next": words.next}}
            print(json.dumps(document, ensure_ascii=False, indent=2))
        else:
            print(f"{words.message}（{error.code}）\n{words.next}", file=sys.stderr)


class ConsoleTask:
    """Progress of a long command, on stderr, at most one line per percent. Ctrl+C cancels as everywhere."""

    def __init__(self) -> None:
        self._last = ""

    def step(self, done: int, total: int, label: str) -> None:
        """Show `label` with a percentage when it changed."""
        line = f"{label} {done * 100 // total}%" if total else label
        if line != self._last and sys.stderr.isatty():
            print(f"\r\x1b[K{line}", end="\n" if total and done >= total else "", file=sys.stderr, flush=True)
        self._last = line


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows as lines with aligned columns; a Chinese character is two columns wide."""
    widths = [max(_width(row[column]) for row in rows) for column in range(len(rows[0]))] if rows else []
    return [
        "  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _width(cell: str) -> int:
    return sum(2 if ord(character) > 0x2E7F else 1 for character in cell)


def yes_no(ok: bool) -> str:  # noqa: FBT001 - a value to print, not a switch
    """正常 or 有问题."""
    return text("cli.ok" if ok else "cli.not_ok")
