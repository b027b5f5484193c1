"""Digits typed into boxes, without any window: when a code is complete, when another digit may follow."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from mhdesk.domain.codes import CodeList

SEPARATORS = frozenset(",，、.。;；/ +")


class Outcome(StrEnum):
    """What a digit did."""

    COMPLETE = "complete"  # a code stands there, and no longer one begins like it
    WAITING = "waiting"  # more digits may follow: 1 of 1, 10, 11, 12
    NEXT = "next"  # what stood there is a code of its own; the digit begins another
    WRONG = "wrong"


@dataclass(frozen=True)
class Typist:
    """Knows the digits of a code list. Lists without digits (每日, 每月) are typed by their digit synonyms."""

    digits: tuple[str, ...]

    @classmethod
    def of(cls, codes: CodeList) -> Typist:
        """The typist of a list."""
        found = []
        for entry in codes.entries:
            words = (entry.code, *entry.synonyms)
            found.append(next((word for word in words if word.isascii() and word.isdigit()), entry.code))
        return cls(tuple(found))

    def press(self, pending: str, digit: str) -> Outcome:
        """What `digit` does after `pending`, the digits of a code not yet complete."""
        candidate = pending + digit
        longer = any(code != candidate and code.startswith(candidate) for code in self.digits)
        if candidate in self.digits:
            return Outcome.WAITING if longer else Outcome.COMPLETE
        if longer:
            return Outcome.WAITING
        return Outcome.NEXT if pending in self.digits else Outcome.WRONG


def plain_digit(typed: str) -> str:
    """The digit of a key, also of a full-width one; "" for anything else."""
    plain = unicodedata.normalize("NFKC", typed)
    return plain if len(plain) == 1 and plain.isascii() and plain.isdigit() else ""


def is_separator(typed: str) -> bool:
    """Whether a key parts two codes."""
    return len(typed) == 1 and typed in SEPARATORS


def join_codes(codes: Sequence[str], pending: str = "") -> str:
    """Codes as one raw text: ``1,11``."""
    return ",".join([*codes, pending] if pending else codes)


def split_codes(raw: str) -> list[str]:
    """The pieces of a raw text of codes."""
    for separator in SEPARATORS:
        raw = raw.replace(separator, ",")
    return [piece.strip() for piece in raw.split(",") if piece.strip()]
