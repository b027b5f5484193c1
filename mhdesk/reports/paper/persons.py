"""Forms of one person: 随访服务记录表, 个人信息补充表, 知情同意书, 双向转诊单, 流转单. Records in, a form out."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from mhdesk.domain.codes import code_list
from mhdesk.domain.follow_up import FollowUp
from mhdesk.domain.patient import Patient
from mhdesk.domain.record import FormRecord
from mhdesk.domain.transfer import Transfer, TransferKind
from mhdesk.reports.paper import drug_lines, layout
from mhdesk.reports.paper.layout import Content
from mhdesk.reports.paper.model import Form
from mhdesk.reports.paper.template import DATE_BY_HAND, Item
from mhdesk.text import text

Items = Mapping[str, Item]
Extras = Sequence[tuple[str, str]]  # key and label of the items a district added itself

#: What a slip takes from `Transfer.content`; anything else there is printed as a further line.
CONTENT_KEYS = (
    *("impression", "past_history", "treatment", "examination", "department", "receiving_doctor", "case_number"),
    *("unit_phone", "receiving_phone", "first_visit"),
)
_RECEIPTS = {"accepted": "1", "refused": "2"}


def follow_up(visit: FollowUp, patient: Patient, items: Items, *, edition: str, extras: Extras = ()) -> Form:
    """随访服务记录表 of `edition` (2018, 2017). An empty `visit` gives the blank form with the person's name."""
    values = _values(visit) | {
        "name": patient.name,
        "record_number": patient.record_number,
        "drugs_current": tuple(one for one in visit.drugs if one.purpose == "current"),
        "drugs_guidance": tuple(one for one in visit.drugs if one.purpose == "guidance"),
    }
    return layout.build("follow_up", Content(items, values, _extras(visit, extras), frozenset({edition})))


def supplement(patient: Patient, items: Items, *, edition: str, extras: Extras = ()) -> Form:
    """个人信息补充表 of `edition`."""
    values = _values(patient) | {"diagnosis_words": diagnosis(patient)}
    return layout.build("supplement", Content(items, values, _extras(patient, extras), frozenset({edition})))


def consent(patient: Patient, items: Items, *, unit: str) -> Form:
    """知情同意书 to be signed by hand: who it is about is filled in, the choice, names and dates of signing are not."""
    known = ("name", "record_number", "sex", "birth_date", "id_number", "current_address", "guardian_phone")
    values = {key: getattr(patient, key) for key in known}
    values |= {"unit": unit, "guardian_relation": patient.guardian_relation}
    values |= dict.fromkeys(("patient_signed", "guardian_signed", "doctor_signed"), DATE_BY_HAND)
    return layout.build("consent", Content(items, values))


def slip(transfer: Transfer, patient: Patient, items: Items, *, last: FollowUp | None) -> Form:
    """转诊单 or 流转单 with its receipt. What the slip does not say is taken from the file and the last visit."""
    if transfer.kind == TransferKind.REFERRAL_UP:
        name = "referral_up"
    elif transfer.kind == TransferKind.REFERRAL_DOWN:
        name = "referral_down"
    else:
        name = "transfer"
    values = _values(patient) | _slip_values(transfer, patient, last)
    return layout.build(name, Content(items, values, words=frozenset({transfer.kind})))


def diagnosis(patient: Patient) -> str:
    """The diagnosis in words: the label of its code, with the words of the file where they say more."""
    codes = code_list("diagnosis")
    label = codes.label(patient.diagnosis) if patient.diagnosis in codes.codes else ""
    own = patient.diagnosis_text or ""
    if not label or label in own:
        return own or label
    return f"{label}（{own}）" if own else label


def age(patient: Patient, today: date) -> int | None:
    """Full years on `today`; None without a year of birth, and where the month decides and is not known."""
    birth = patient.birth_date
    if birth is None:
        return None
    whole = _years(birth.first, today)
    return whole if whole == _years(birth.last, today) else None


def label(name: str, code: str | None) -> str:
    """The word for a code of a list, "" for none."""
    codes = code_list(name)
    return codes.label(code) if code is not None and code in codes.codes else code or ""


def drugs(visit: FollowUp | None) -> tuple[str, ...]:
    """用药情况 of a visit in short lines."""
    return tuple(drug_lines.summary(one) for one in visit.drugs if one.purpose == "current") if visit else ()


def _years(birth: date, today: date) -> int:
    return today.year - birth.year - ((today.month, today.day) < (birth.month, birth.day))


def _values(record: FormRecord) -> dict[str, object]:
    return {field.name: getattr(record, field.name) for field in dataclasses.fields(record)}


def _extras(record: FormRecord, extras: Extras) -> tuple[tuple[str, str], ...]:
    return tuple((name, record.custom.get(key, "")) for key, name in extras)


def _slip_values(transfer: Transfer, patient: Patient, last: FollowUp | None) -> dict[str, object]:
    years = age(patient, transfer.happened_on)
    content = transfer.content
    values: dict[str, object] = {key: content.get(key) for key in CONTENT_KEYS}
    values |= {
        "slip_number": transfer.slip_number,
        "happened_on": transfer.happened_on,
        "from_unit": transfer.from_unit,
        "to_unit": transfer.to_unit,
        "reason": transfer.reason,
        "doctor_name": transfer.doctor_name,
        "age": "" if years is None else text("paper.sheet.age", age=years),
        "phone": content.get("receiving_phone") or patient.phone or patient.guardian_phone,
        "diagnosis_words": diagnosis(patient),
        "impression": content.get("impression") or diagnosis(patient),
        "treatment": content.get("treatment") or "；".join(drugs(last)),
        "drugs": "；".join(drugs(last)),
        "diagnosis_date_text": patient.diagnosis_date.iso() if patient.diagnosis_date else "",
        "consent_words": label("consent", patient.consent),
        "last_visit_date": (last.visit_date if last else None) or DATE_BY_HAND,
        "last_state": _state(last),
        "more": "；".join(_more(content)),
        "receipt": _RECEIPTS.get(transfer.receipt or "", ""),
        "receipt_on": transfer.receipt_on or DATE_BY_HAND,
        "receipt_note": transfer.receipt_note,
        "receipt_signed": DATE_BY_HAND,
    }
    return values


def _more(content: Mapping[str, str]) -> Iterable[str]:
    return (value for key, value in content.items() if key not in CONTENT_KEYS and value)


def _state(last: FollowUp | None) -> str:
    if last is None:
        return ""
    facts = (label("risk_level", last.risk_level), label("visit_class", last.visit_class))
    return "  ".join(part for part in facts if part)
