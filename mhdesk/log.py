"""The log: what went wrong and where in the program, never about whom.

Log codes and types, not values. Should a value slip in all the same, the formatter blots out every run of six or more
digits (ID and phone numbers, dates of birth) and every run of Chinese characters. The text of an exception is not
written at all, since it may quote a cell or a field: its type and the places in our source are.
"""

from __future__ import annotations

import functools
import logging
import re
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Any

from mhdesk import __version__, paths

LARGEST_BYTES = 1_000_000
OLD_FILES = 3
_NAME = "mhdesk"
# Chinese characters of every plane, with the dot of ethnic names between them
_HAN = r"\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"


@functools.cache  # not before the first line is logged: the start pays for what it imports
def _private() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What may be a number (full-width digits too; x or X may end an ID number), what may be a name."""
    return re.compile(r"\d{6,}[xX]?"), re.compile(f"[{_HAN}][{_HAN}·•‧]*")


def redact(text: str) -> str:
    """`text` without anything that may name a person."""
    digits, chinese = _private()
    return chinese.sub("＊", digits.sub("#", text))


def describe(error: BaseException) -> str:
    """Types and places of an exception and of what caused it; no message, no value."""
    parts: list[str] = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        code = getattr(current, "code", None)
        kind = f"{type(current).__module__}.{type(current).__qualname__}"
        parts.append(f"{kind} {code}" if isinstance(code, str) else kind)
        parts.extend(_places(current.__traceback__))
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return "\n".join(parts)


def _places(traceback: TracebackType | None) -> list[str]:
    places = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        file = "/".join(Path(code.co_filename).parts[-3:])
        places.append(f"  {file}:{traceback.tb_lineno} {code.co_name}")
        traceback = traceback.tb_next
    return places


class RedactingFormatter(logging.Formatter):
    """Time, level, logger, message; redacted. Exceptions as `describe` tells them."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def formatException(self, ei: Any) -> str:  # noqa: N802 - logging's name
        """Types and places only."""
        return describe(ei[1]) if ei[1] is not None else ""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        """The line, its message redacted; the time stays readable."""
        record.message = redact(record.message)
        return super().formatMessage(record)


def file() -> Path:
    """The log file; it need not exist."""
    return paths.log_folder() / "mhdesk.log"


@functools.cache
def start() -> logging.Logger:
    """The program's logger with its file; the same one each time. Without a writable folder it is silent."""
    logger = logging.getLogger(_NAME)
    logger.setLevel(logging.INFO)
    handler = _file_handler()
    handler.setFormatter(RedactingFormatter())
    logger.addHandler(handler)
    logger.propagate = False
    logger.info("start version=%s python=%s platform=%s", __version__, sys.version.split()[0], sys.platform)
    return logger


def _file_handler() -> logging.Handler:
    from logging.handlers import RotatingFileHandler  # brings the whole of sockets along: 40 ms of the start

    class QuietFile(RotatingFileHandler):
        """A log that cannot be written must not disturb the work it logs."""

        def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
            """Let it pass."""

    try:
        file().parent.mkdir(parents=True, exist_ok=True)
    except OSError:
        return logging.NullHandler()
    return QuietFile(file(), maxBytes=LARGEST_BYTES, backupCount=OLD_FILES, encoding="utf-8", delay=True)


def bug(error: BaseException) -> None:
    """Write down an error that nobody expected."""
    start().error("bug %s", type(error).__name__, exc_info=error)


def event(code: str, **facts: float | str) -> None:
    """Write down that something happened: a code and plain facts, never a person's data."""
    start().info("%s%s", code, "".join(f" {name}={value}" for name, value in facts.items()))


def install_hooks() -> None:
    """Let every uncaught exception, on any thread, end in the log instead of a traceback."""

    def uncaught(kind: type[BaseException], error: BaseException, _traceback: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.exit(130)
        bug(error)

    def on_thread(hook: threading.ExceptHookArgs) -> None:
        if hook.exc_value is not None and not issubclass(hook.exc_type, SystemExit):
            bug(hook.exc_value)

    sys.excepthook = uncaught
    threading.excepthook = on_thread
