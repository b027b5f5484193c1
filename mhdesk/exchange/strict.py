"""JSON read strictly: exactly the fields there are, of exactly the type and within the bounds they have."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

Check = Callable[[Any], bool]
Shape = Mapping[str, Check]
_HEX = re.compile(r"[0-9a-f]*")
_CODE = re.compile(r"[0-9A-Za-z_.:-]{1,64}")
_ANSWER = re.compile(r"[0-9A-Za-z_]{1,8}")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
MOST = 1 << 53
_DAY_LENGTH = 10


def canonical(value: object) -> bytes:
    """JSON with one spelling only: sorted keys, no spaces, UTF-8."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def parse(data: bytes, most: int) -> Any:
    """A JSON document of at most `most` bytes; a name that stands twice is a fault. Raises ValueError."""
    if len(data) > most:
        raise ValueError("too long")
    try:
        return json.loads(data, object_pairs_hook=_once, parse_constant=_never)
    except (UnicodeDecodeError, RecursionError) as error:
        raise ValueError("not JSON") from error


def fits(document: Any, shape: Shape) -> bool:
    """Whether it is an object with exactly these fields, each as it must be."""
    return (
        isinstance(document, dict)
        and document.keys() == shape.keys()
        and all(check(document[name]) for name, check in shape.items())
    )


def words(most: int, least: int = 0) -> Check:
    """A text of one line; control characters are none."""
    return lambda value: isinstance(value, str) and least <= len(value) <= most and value.isprintable()


def code(value: Any) -> bool:
    """An identifier: letters, digits, dots. Nothing a Chinese name could be written in."""
    return isinstance(value, str) and _CODE.fullmatch(value) is not None


def answer(value: Any) -> bool:
    """The code of an answer on a form: at most eight characters."""
    return isinstance(value, str) and _ANSWER.fullmatch(value) is not None


def one_of(*allowed: Any) -> Check:
    """One of these values."""
    return lambda value: any(type(value) is type(one) and value == one for one in allowed)


def whole(least: int = 0, most: int = MOST) -> Check:
    """A whole number within bounds."""
    return lambda value: type(value) is int and least <= value <= most


def number(value: Any) -> bool:
    """A number that is not negative."""
    return type(value) in (int, float) and 0 <= value <= MOST


def boolean(value: Any) -> bool:
    """True or false."""
    return isinstance(value, bool)


def hexadecimal(size: int) -> Check:
    """So many bytes in hex."""
    return lambda value: isinstance(value, str) and len(value) == 2 * size and _HEX.fullmatch(value) is not None


def uuid(value: Any) -> bool:
    """A UUID in its usual spelling."""
    return isinstance(value, str) and _UUID.fullmatch(value) is not None


def day(value: Any) -> bool:
    """A day: 2026-11-20."""
    try:
        return isinstance(value, str) and len(value) == _DAY_LENGTH and date.fromisoformat(value) is not None
    except ValueError:
        return False


def instant(value: Any) -> bool:
    """A moment with its offset."""
    try:
        return isinstance(value, str) and datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


def optional(check: Check) -> Check:
    """The same, or nothing."""
    return lambda value: value is None or check(value)


def listed(check: Check, most: int) -> Check:
    """A list of at most `most` such values."""
    return lambda value: isinstance(value, list) and len(value) <= most and all(map(check, value))


def mapped(name: Check, check: Check, most: int) -> Check:
    """An object of at most `most` such names and values."""
    return lambda value: (
        isinstance(value, dict) and len(value) <= most and all(name(key) and check(one) for key, one in value.items())
    )


def shaped(shape: Shape) -> Check:
    """An object of a shape."""
    return lambda value: fits(value, shape)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name twice")
    return found


def _never(_: str) -> Any:
    raise ValueError("not a number")
