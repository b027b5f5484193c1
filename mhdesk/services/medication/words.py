"""Medication in words: how an order is taken, what was handed out, where it comes from. For lists and registers."""

from __future__ import annotations

from mhdesk.domain.medication import Dispensing, Injection, LaboratoryResult, MedicationOrder
from mhdesk.reports.paper.persons import label
from mhdesk.rules.medicines.adherence import Period
from mhdesk.text import text


def dose(order: MedicationOrder) -> str:
    """How an order is taken: 早1 晚2 mg；每次100mg，每28天一次."""
    unit = order.dose_unit or "mg"
    parts = [
        text(f"medication_words.{name}", amount=f"{amount:g}{unit}")
        for name in ("morning", "noon", "night")
        if (amount := getattr(order, name)) is not None
    ]
    if order.dose is not None:
        parts.append(text("medication_words.dose", amount=f"{order.dose:g}{unit}"))
    if order.interval_days:
        parts.append(text("medication_words.interval", days=order.interval_days))
    elif order.times is not None:
        parts.append(text("medication_words.times", times=f"{order.times:g}"))
    return " ".join(parts)


def amount(value: float | None, unit: str | None) -> str:
    """A quantity with its unit; nothing where it is not known."""
    return "" if value is None else f"{value:g}{unit or ''}"


def handed(one: Dispensing) -> str:
    """利培酮 1mg 56片 28天."""
    days = text("course.days", days=one.days) if one.days else ""
    parts = (one.drug_name, one.specification or "", amount(one.quantity, one.unit), days)
    return " ".join(part for part in parts if part)


def reaction(one: Injection) -> str:
    """What was seen after an injection."""
    if one.reaction_detail:
        return one.reaction_detail
    return text(f"medication_form.reactions.{one.reaction}") if one.reaction in ("1", "2") else ""


def kinds(codes: tuple[str, ...]) -> str:
    """Kinds of an adverse reaction."""
    return "、".join(label("adverse_reaction_kind", code) for code in codes)


def result(one: LaboratoryResult) -> str:
    """A value with its unit and the laboratory's range."""
    said = amount(one.value, one.unit)
    if said and one.low is not None and one.high is not None:
        said = text("medication_words.range", value=said, low=f"{one.low:g}", high=f"{one.high:g}")
    return " ".join(part for part in (said, one.result or "") if part)


def why(period: Period) -> str:
    """What a period rests on; where nothing does, that."""
    return "；".join(one.words for one in period.evidence) or text("medication_words.no_evidence")


def source(order: MedicationOrder) -> str:
    """Where an order comes from: typed here, or meant by a follow-up."""
    if order.id is None:
        return text("medication_words.from_visit", day=order.started_on.isoformat())
    return text("medication_words.typed")


def stopped(order: MedicationOrder) -> str:
    """Why an order ended."""
    parts = (label("drug_stop_reason", order.stop_reason) if order.stop_reason else "", order.stop_note or "")
    return " ".join(part for part in parts if part)
