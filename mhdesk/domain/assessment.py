"""Colours (分色分级): what a committee decided about one person on one day, and on what grounds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from mhdesk.domain.record import Record


@dataclass(frozen=True, kw_only=True)
class ColourAssessment(Record):
    """One assessment. A person's colour is that of the last one; where there is none, the register's own."""

    patient_id: int
    assessed_on: date
    scheme_id: str
    scheme_version: str
    answers: Mapping[str, str] = field(default_factory=dict)  # item of the scheme -> option
    score: int | None = None  # None: not every item is answered
    suggested: str | None = None  # colour the scheme suggests
    colour: str = ""  # colour decided (code list "colour")
    override_reason: str | None = None
    members: str = ""  # who was present
    measures: str | None = None
    next_on: date | None = None
