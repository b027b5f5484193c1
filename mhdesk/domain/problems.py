"""Findings about data. Checks return them; they never raise."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a problem weighs: `ERROR` blocks saving, `WARNING` asks for a reason, `NOTE` only informs."""

    ERROR = "E"
    WARNING = "W"
    NOTE = "N"


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding. `code` names its sentence in ``resources/text/zh_CN/problems.toml``; `field` is a form key or ""."""

    code: str
    field: str = ""
    severity: Severity = Severity.ERROR
    params: Mapping[str, object] = dataclasses.field(default_factory=dict)  # `field` is taken above
