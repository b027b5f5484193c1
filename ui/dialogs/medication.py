"""Typing medication: an order, a change or stop of one, dispensing, an injection, an adverse reaction, a result.

What is known is filled in from the last record of the drug or its running order, so that most need one key: Enter.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QWidget

from mhdesk.domain.changes import Changes
from mhdesk.domain.codes import code_list
from mhdesk.domain.medication import (
    AdverseReaction,
    Dispensing,
    Injection,
    LaboratoryResult,
    MedicationOrder,
    StockMovement,
)
from mhdesk.domain.record import Record
from mhdesk.services.drug_list import Book
from mhdesk.services.medication import record
from mhdesk.services.medication.picture import Picture
from mhdesk.text import text
from ui.dialogs.ask import Ask, AskDialog, Kind
from ui.dialogs.record import RecordDialog, Work
from ui.pages.base import Desk

if TYPE_CHECKING:
    from mhdesk.services.access import Ledger

Done = Callable[[Changes], object]
_NAMES: dict[type[Any], str] = {
    MedicationOrder: "order",
    Dispensing: "dispense",
    Injection: "inject",
    AdverseReaction: "reaction",
    LaboratoryResult: "laboratory",
    StockMovement: "stock",
}
_AMPOULE = "支"


def edit(desk: Desk, parent: QWidget, base: Any, book: Book, done: Done, *, person: str = "") -> RecordDialog:
    """Type a record of any kind of medication: a new one (no id) filled in as far as known, or a correction."""

    def store(ledger: Ledger, made: Any) -> Changes:
        return record.save(ledger, made, today=desk.today())[1]

    key = "new" if base.id is None else "correct"
    return _open(desk, parent, base, store, done, title=f"{_NAMES[type(base)]}_{key}", book=book, person=person)


def change_order(
    desk: Desk, parent: QWidget, order: MedicationOrder, book: Book, done: Done, *, person: str
) -> RecordDialog:
    """Another dose or drug from a day on; the old order ends that day."""

    def store(ledger: Ledger, made: Any) -> Changes:
        return record.change_order(ledger, order, made, today=desk.today())[1]

    base = dataclasses.replace(
        order, id=None, uuid="", version=1, started_on=desk.today(), follow_up_id=None, replaces_id=order.id,
        stopped_on=None, stop_reason=None, stop_note=None, prescribed_on=None,
    )  # fmt: skip
    return _open(desk, parent, base, store, done, title="order_change", book=book, person=person)


def stop_order(desk: Desk, parent: QWidget, order: MedicationOrder, done: Done, *, person: str) -> AskDialog:
    """End an order, with its reason."""
    reasons = [(code, words) for code, words in _codes("drug_stop_reason") if code != "8"]
    asks = [
        Ask("on", text("medication_form.stopped_on"), "date", desk.today().isoformat(), is_required=True),
        Ask("note", text("medication_form.stop_note")),
        Ask("reason", text("medication_form.stop_reason"), "digits", choices=reasons, is_required=True,
            hint=text("medication_form.stop_hint")),
    ]  # fmt: skip

    def submit(dialog: AskDialog, values: Mapping[str, Any]) -> None:
        ledger = desk.ledger

        def finished(result: tuple[int, Changes]) -> None:
            dialog.accept()
            desk.saved()
            done(result[1])

        def job(_task: object) -> tuple[int, Changes]:
            return record.stop(
                ledger, order, on=values["on"], reason=values["reason"], note=values["note"], today=desk.today()
            )

        desk.tasks.run("ledger", job, finished, dialog.refuse, owner=dialog)

    title = text("medication_form.title.order_stop")
    sentence = text("medication_form.about", person=person, drug=order.drug_name)
    dialog = AskDialog(desk, title, text("medication_form.stop"), asks, submit, sentence=sentence, parent=parent)
    dialog.editors["reason"].setFocus()
    dialog.open()
    return dialog


def void(desk: Desk, parent: QWidget, chosen: Record, done: Done) -> AskDialog:
    """Take a record back, with a reason."""
    asks = [Ask("reason", text("medication_form.void_reason"), is_required=True)]

    def submit(dialog: AskDialog, values: Mapping[str, Any]) -> None:
        ledger, kind, record_id = desk.ledger, type(chosen), chosen.id or 0

        def finished(changes: Changes) -> None:
            dialog.accept()
            desk.saved()
            done(changes)

        desk.tasks.run(
            "ledger",
            lambda _task: record.void(ledger, kind, record_id, reason=values["reason"]),
            finished,
            dialog.refuse,
            owner=dialog,
        )

    title = text(f"medication_form.void_title.{_NAMES[type(chosen)]}")
    dialog = AskDialog(desk, title, text("medication_form.void"), asks, submit, parent=parent,
                       sentence=text("medication_form.void_note"))  # fmt: skip
    dialog.open()
    return dialog


# ---------------------------------------------------------------- what is known beforehand


def next_dispensing(found: Picture, *, today: date, staff: str) -> Dispensing:
    """A handing-out of today like the last one of what is still to be taken; else of the running order."""
    patient = found.patient
    known = [one for one in found.supplies if one.is_wanted]
    if known:
        last = max(known, key=lambda one: (one.last.dispensed_on, one.last.id or 0)).last
        return dataclasses.replace(
            last, id=None, uuid="", version=1, dispensed_on=today, staff_name=staff, note=None, batch=None,
            expires_on=None, entered_at=None,
        )  # fmt: skip
    order = next((one for one in found.running if not _is_depot(found.basis.book, one.drug_name)), None)
    return Dispensing(
        patient_id=patient.id or 0,
        dispensed_on=today,
        drug_name=order.drug_name if order is not None else "",
        specification=order.specification if order is not None else None,
        strength=order.strength if order is not None else None,
        unit="片",
        is_free=patient.free_medicine,
        receiver=patient.guardian_name,
        staff_name=staff,
    )


def next_injection(found: Picture, *, today: date, staff: str) -> Injection:
    """An injection of today as ordered; drug, dose and interval from the last one."""
    if found.injections:
        last = found.injections[0]
        return dataclasses.replace(
            last, id=None, uuid="", version=1, injected_on=today, staff_name=staff, site=None, reaction=None,
            reaction_detail=None, next_due_on=None, batch=None, expires_on=None, note=None, entered_at=None,
        )  # fmt: skip
    order = next((one for one in found.running if _is_depot(found.basis.book, one.drug_name)), None)
    return Injection(
        patient_id=found.patient.id or 0,
        injected_on=today,
        drug_name=order.drug_name if order is not None else "",
        dose=order.dose if order is not None else None,
        dose_unit=(order.dose_unit if order is not None else None) or "mg",
        quantity=1.0,
        interval_days=order.interval_days if order is not None else None,
        staff_name=staff,
    )


def _is_depot(book: Book, name: str) -> bool:
    drug = book.find(name)
    return drug is not None and drug.long_acting


# ---------------------------------------------------------------- the fields


def _open(
    desk: Desk,
    parent: QWidget,
    base: Any,
    store: Callable[[Ledger, Any], Changes],
    done: Done,
    *,
    title: str,
    book: Book,
    person: str,
) -> RecordDialog:
    asks = _FIELDS[type(base)](base)

    def make(values: Mapping[str, Any]) -> Any:
        drug = {"drug_key": None} if values.get("drug_name") != getattr(base, "drug_name", None) else {}
        kept = {key: value for key, value in values.items() if value is not None or key in _MAY_BE_EMPTY}
        emptied = {key: None for key in values if key not in kept}
        return dataclasses.replace(base, **emptied, **kept, **(drug if hasattr(base, "drug_key") else {}))

    def check(ledger: Ledger, made: Any) -> Any:
        return record.check(ledger, made, today=desk.today())

    subject = getattr(base, "patient_id", 0)
    work = Work(f"medication:{title}:{base.id or 0}", subject, make, check, store, done)
    sentence = text("medication_form.for", person=person) if person else ""
    dialog = RecordDialog(
        desk, text(f"medication_form.title.{title}"), asks, work, first=_first(base), sentence=sentence, book=book,
        parent=parent,
    )  # fmt: skip
    dialog.show_with_draft()
    return dialog


_MAY_BE_EMPTY = frozenset({"kinds"})


def _first(base: Any) -> str:
    """Where the cursor begins: the drug, or what is new each time where that is known."""
    if not getattr(base, "drug_name", None):
        return "drug_name" if hasattr(base, "drug_name") and not isinstance(base, AdverseReaction) else ""
    return {Dispensing: "quantity", Injection: "site", MedicationOrder: "morning"}.get(type(base), "")


def _ask(base: Any, key: str, kind: Kind = "text", **more: Any) -> Ask:
    value = getattr(base, key)
    words = "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
    if isinstance(value, tuple):
        words = ",".join(value)
    return Ask(key, text(f"medication_form.{key}"), kind, words, **more)


def _codes(name: str) -> list[tuple[str, str]]:
    codes = code_list(name)
    return [(code, codes.label(code)) for code in codes.codes]


def _choices(name: str) -> list[tuple[str, str]]:
    return [("", text("medication_form.no_choice")), *_codes(name)]


def _units() -> list[tuple[str, str]]:
    return _choices("dose_unit")


def _free() -> list[tuple[str, str]]:
    return _choices("yes_no")


def _order_fields(one: MedicationOrder) -> list[Ask]:
    return [
        _ask(one, "drug_name", "drug", is_required=True, hint=text("medication_form.drug_hint")),
        _ask(one, "started_on", "date", is_required=True, is_beside=True),
        _ask(one, "specification"),
        _ask(one, "strength", "number", hint=text("medication_form.strength_hint"), is_beside=True),
        _ask(one, "dose_unit", "choice", choices=_units(), is_beside=True),
        _ask(one, "morning", "number"),
        _ask(one, "noon", "number", is_beside=True),
        _ask(one, "night", "number", is_beside=True),
        _ask(one, "dose", "number", hint=text("medication_form.dose_hint")),
        _ask(one, "times", "number", is_beside=True),
        _ask(one, "interval_days", "whole", hint=text("medication_form.interval_hint"), is_beside=True),
        _ask(one, "prescribed_by"),
        _ask(one, "prescribed_on", "date", is_beside=True),
        _ask(one, "note"),
    ]


def _dispensing_fields(one: Dispensing) -> list[Ask]:
    return [
        _ask(one, "drug_name", "drug", is_required=True),
        _ask(one, "dispensed_on", "date", is_required=True, is_beside=True),
        _ask(one, "quantity", "number"),
        _ask(one, "unit", "choice", choices=_units(), is_beside=True),
        _ask(one, "days", "whole", is_beside=True),
        _ask(one, "specification"),
        _ask(one, "strength", "number", hint=text("medication_form.strength_hint"), is_beside=True),
        _ask(one, "is_free", "choice", choices=_free(), is_beside=True),
        _ask(one, "batch"),
        _ask(one, "expires_on", "date", is_beside=True),
        _ask(one, "receiver"),
        _ask(one, "receiver_relation", is_beside=True),
        _ask(one, "staff_name", is_beside=True),
        _ask(one, "note"),
    ]


def _injection_fields(one: Injection) -> list[Ask]:
    return [
        _ask(one, "drug_name", "drug", is_required=True),
        _ask(one, "injected_on", "date", is_required=True, is_beside=True),
        _ask(one, "dose", "number"),
        _ask(one, "dose_unit", "choice", choices=_units(), is_beside=True),
        _ask(one, "quantity", "number", hint=text("medication_form.ampoules_hint"), is_beside=True),
        _ask(one, "site", "choice", choices=_choices("injection_site")),
        _ask(one, "reaction", "choice", choices=_reactions(), is_beside=True),
        _ask(one, "reaction_detail", is_beside=True),
        _ask(one, "interval_days", "whole", hint=text("medication_form.interval_hint")),
        _ask(one, "next_due_on", "date", hint=text("medication_form.next_hint"), is_beside=True),
        _ask(one, "window_days", "whole", is_beside=True),
        _ask(one, "batch"),
        _ask(one, "expires_on", "date", is_beside=True),
        _ask(one, "is_free", "choice", choices=_free(), is_beside=True),
        _ask(one, "staff_name"),
        _ask(one, "note", is_beside=True),
    ]


def _reaction_fields(one: AdverseReaction) -> list[Ask]:
    return [
        _ask(one, "noticed_on", "date", is_required=True),
        _ask(one, "drug_name", "drug", is_beside=True),
        _ask(one, "kinds", "many", choices=_codes("adverse_reaction_kind")),
        _ask(one, "severity", "choice", choices=_choices("adverse_severity")),
        _ask(one, "detail", is_beside=True),
        _ask(one, "measures"),
        _ask(one, "ended_on", "date", is_beside=True),
    ]


def _laboratory_fields(one: LaboratoryResult) -> list[Ask]:
    return [
        _ask(one, "taken_on", "date", is_required=True),
        _ask(one, "item", "choice", choices=_codes("laboratory_item"), is_beside=True),
        _ask(one, "value", "number"),
        _ask(one, "unit", is_beside=True),
        _ask(one, "low", "number"),
        _ask(one, "high", "number", is_beside=True),
        _ask(one, "abnormal", "choice", choices=_findings(), is_beside=True),
        _ask(one, "result"),
        _ask(one, "hospital", is_beside=True),
    ]


def _stock_fields(one: StockMovement) -> list[Ask]:
    return [
        _ask(one, "drug_name", "drug", is_required=True),
        _ask(one, "moved_on", "date", is_required=True, is_beside=True),
        _ask(one, "kind", "choice", choices=_codes("stock_kind")),
        _ask(one, "quantity", "number", is_required=True, is_beside=True),
        _ask(one, "unit", "choice", choices=_codes("dose_unit"), is_beside=True),
        _ask(one, "specification"),
        _ask(one, "batch", is_beside=True),
        _ask(one, "expires_on", "date", is_beside=True),
        _ask(one, "staff_name"),
        _ask(one, "note", is_beside=True),
    ]


def _reactions() -> list[tuple[str, str]]:
    return [(code, text(f"medication_form.reactions.{code or 'none'}")) for code in ("", "1", "2")]


def _findings() -> list[tuple[str, str]]:
    return [(code, text(f"medication_form.findings.{code or 'none'}")) for code in ("", "1", "2")]


_FIELDS: dict[type[Any], Callable[[Any], Sequence[Ask]]] = {
    MedicationOrder: _order_fields,
    Dispensing: _dispensing_fields,
    Injection: _injection_fields,
    AdverseReaction: _reaction_fields,
    LaboratoryResult: _laboratory_fields,
    StockMovement: _stock_fields,
}
