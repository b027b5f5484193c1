"""How a command answers: Chinese text for people, or exactly one JSON document for programs."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TextIO

from mhdesk.domain.errors import OutputFailed, UserError
from mhdesk.text import error_text, text

_LAST_NARROW = 0x2E7F  # what comes after it are Chinese characters and their punctuation
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class Output:
    """Answers of one run. With `as_json` stdout holds one JSON document and nothing else."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json

    def answer(self, document: Mapping[str, Any], lines: Iterable[str]) -> None:
        """The result of the command: `document` for programs, `lines` for people.

        Whoever reads may stop early (``| head``): the command is done all the same. Raises OutputFailed when the
        answer goes into a file and the disk is full.
        """
        words = json.dumps(document, ensure_ascii=False, indent=2, default=str) if self.as_json else "\n".join(lines)
        try:
            _say(words, sys.stdout)
        except OSError as error:
            _hush(sys.stdout)
            if error.errno in _NO_ROOM:
                raise OutputFailed("MH-FILE-51") from error

    def error(self, error: UserError) -> None:
        """What happened and what to do next. Never raises: there may be nobody left to tell."""
        words = error_text(error.code, **error.params)
        said, stream = f"{words.message}（{error.code}）\n{words.next}", sys.stderr
        if self.as_json:
            document = {"error": {"code": error.code, "message": words.message, "next": words.next}}
            said, stream = json.dumps(document, ensure_ascii=False, indent=2), sys.stdout
        try:
            _say(said, stream)
        except OSError:
            _hush(stream)


def _say(words: str, stream: TextIO | None) -> None:
    """Write and flush, so that a failure shows here and not when the interpreter ends."""
    if words and stream is not None:  # a program without a console has no streams
        print(words, file=stream, flush=True)


def _hush(stream: TextIO) -> None:
    """Send what is still buffered nowhere; else the interpreter stumbles over it again when it ends."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


class ConsoleTask:
    """Progress of a long command, on stderr, at most one line per percent. Ctrl+C cancels as everywhere."""

    def __init__(self) -> None:
        self._last = ""

    def step(self, done: int, total: int, label: str) -> None:
        """Show `label` with a percentage when it changed."""
        line = f"{label} {done * 100 // total}%" if total else label
        if line != self._last and sys.stderr is not None and sys.stderr.isatty():
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
    return sum(2 if ord(character) > _LAST_NARROW else 1 for character in cell)


def yes_no(ok: bool) -> str:  # noqa: FBT001 - a value to print, not a switch
    """正常 or 有问题."""
    return text("cli.ok" if ok else "cli.not_ok")
