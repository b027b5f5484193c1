"""One record from named texts, as the command line gives them: read by the columns that files use."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from mhdesk.domain.errors import UsageError
from mhdesk.domain.record import Record
from mhdesk.forms.headings import heading
from mhdesk.services.imports.medication import SheetSpec, read_value, specs
from mhdesk.services.imports.result import Refusal
from mhdesk.text import problem_text

if TYPE_CHECKING:
    from db.ledger import Ledger


def record_of(kind: str) -> type[Record]:
    """What a kind (orders, dispensing …) is stored as."""
    found: type[Record] = specs()[kind].record
    return found


def made(ledger: Ledger, kind: str, values: Mapping[str, str], *, patient_id: int | None, today: date) -> Record:
    """The record that heading (or field) = text pairs mean; nothing is stored.

    Raises UsageError MH-MED-09 for a heading nobody knows or a text that cannot be read, MH-MED-10 where something
    nobody can do without is missing, UserError MH-LEDGER-24 for nobody of that id.
    """
    from mhdesk.domain.patient import Patient

    spec = specs()[kind]
    given: dict[str, Any] = {}
    for name, words in values.items():
        given |= _read(spec, name, words, today)
    lacking = [one.label for one in spec.columns if one.key in _needed(spec) and one.key not in given]
    if lacking or (spec.has_person and patient_id is None):
        raise UsageError("MH-MED-10", labels="、".join(lacking) or "--patient")
    if spec.has_person and patient_id is not None:
        ledger.get(Patient, patient_id)
        given["patient_id"] = patient_id
    record: Record = spec.record(**given)
    return record


def _needed(spec: SheetSpec) -> frozenset[str]:
    return spec.needs | ({"quantity", "unit"} if spec.kind == "stock" else set())


def _read(spec: SheetSpec, name: str, words: str, today: date) -> dict[str, Any]:
    wanted = heading(name)
    column = next(
        (one for one in spec.columns if one.key == name or wanted in {heading(label) for label in one.names}), None
    )
    if column is None:
        labels = "、".join(one.label for one in spec.columns)
        raise UsageError("MH-MED-09", name=name, why=labels)
    try:
        return read_value(column, words, words, today)
    except Refusal as refusal:
        raise UsageError("MH-MED-09", name=name, why=problem_text(refusal.code, **refusal.params)) from None
