"""Who took part, as typed: one person a line (or parted by ；), each as name, unit, role: 王强 统景派出所 社区民警."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mhdesk.domain.joint import Participant

_PARTS = re.compile(r"[;；\n]+")
_WORDS = re.compile(r"[\s,，、/／|()（）]+")
_LEAST = 3


def read_people(text: str) -> tuple[Participant, ...] | str:
    """Everybody, or the first piece that lacks a name, a unit or a role."""
    found = []
    for part in _PARTS.split(text):
        words = [word for word in _WORDS.split(part.strip()) if word]
        if not words:
            continue
        if len(words) < _LEAST:
            return part.strip()
        found.append(Participant(words[0], "".join(words[1:-1]), words[-1]))
    return tuple(found)


def write_people(people: Sequence[Participant]) -> str:
    """The text that `read_people` reads back, one line a person."""
    return "\n".join(" ".join(one) for one in people)
