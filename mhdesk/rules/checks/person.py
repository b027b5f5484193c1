"""Checks of the file itself: identity, dates, consent, dangerous acts, guardian, diagnosis (rules 1-6, 14, 16)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from mhdesk.domain.dates import PartialDate, add_months
from mhdesk.domain.identity import Fault, Identity, NumberKind, birth_date, examine, is_valid, normalize
from mhdesk.domain.patient import Consent, MovementKind
from mhdesk.domain.problems import Severity
from mhdesk.domain.record import CodeCount
from mhdesk.rules.checks.model import Book, Case, Hit

BOOK = Book()
E, W = Severity.ERROR, Severity.WARNING

ADULT_YEARS = 18
MOST_TIMES = 200
_RESIDENT_CARD = ("01", None)
_NOT_A_DISEASE = "9"  # 其他: neither one of the six nor 第三十条
_FATHER_MOTHER = ("3", "4", "父亲", "母亲")  # the code of some clients, the word of the paper
_MOBILE = re.compile(r"1\d{10}")
_LANDLINE = re.compile(r"0\d{2,3}-?\d{7,8}(-\d{1,6})?")
_PHONE_SEPARATORS = re.compile(r"[,，、;；/\s]+")


def _identity(case: Case) -> Identity | Fault | None:
    """What the ID number says; None where there is none, or where it is another kind of document."""
    if not case.patient.id_number or case.patient.id_type not in _RESIDENT_CARD:
        return None
    return examine(case.patient.id_number, today=case.today)


def _has_fault(case: Case, *faults: Fault) -> Iterator[Hit]:
    if _identity(case) in faults:
        yield Hit("id_number")


@BOOK.check("Q01a", E)
def _id_shape(case: Case) -> Iterator[Hit]:
    yield from _has_fault(case, Fault.SHAPE)


@BOOK.check("Q01b", E)
def _id_lost_digits(case: Case) -> Iterator[Hit]:
    yield from _has_fault(case, Fault.LOST_DIGITS)


@BOOK.check("Q01c", E)
def _id_birth(case: Case) -> Iterator[Hit]:
    yield from _has_fault(case, Fault.BIRTH)


@BOOK.check("Q01d", E)
def _id_check_digit(case: Case) -> Iterator[Hit]:
    yield from _has_fault(case, Fault.CHECK)


@BOOK.check("Q01e", W)
def _id_missing(case: Case) -> Iterator[Hit]:
    if not case.patient.id_number and not case.patient.no_id_reason:
        yield Hit("id_number")


@BOOK.check("Q02a", W)
def _id_against_birth(case: Case) -> Iterator[Hit]:
    found, born = _identity(case), case.patient.birth_date
    if isinstance(found, Identity) and born is not None and not born.first <= found.birth_date <= born.last:
        yield Hit("birth_date")


@BOOK.check("Q02b", W)
def _id_against_sex(case: Case) -> Iterator[Hit]:
    found, sex = _identity(case), case.patient.sex
    if isinstance(found, Identity) and sex in ("1", "2") and sex != found.sex:
        yield Hit("sex")


@BOOK.check("Q02c", W)
def _id_of_15_digits(case: Case) -> Iterator[Hit]:
    found = _identity(case)
    if isinstance(found, Identity) and found.converted:
        yield Hit("id_number")


@BOOK.check("Q02d", Severity.NOTE)
def _id_of_another_kind(case: Case) -> Iterator[Hit]:
    found = _identity(case)
    if isinstance(found, Identity) and found.kind is not NumberKind.RESIDENT:
        yield Hit("id_number")


@BOOK.check("Q03a", E)
def _same_id(case: Case) -> Iterator[Hit]:
    if case.neighbours.same_id_number:
        yield Hit("id_number")


@BOOK.check("Q03b", W)
def _same_name_and_birth(case: Case) -> Iterator[Hit]:
    if case.neighbours.same_name_and_birth:
        yield Hit("name")


@BOOK.check("Q03c", W)
def _same_name_and_phone(case: Case) -> Iterator[Hit]:
    if case.neighbours.same_name_and_guardian_phone:
        yield Hit("guardian_phone")


def _out_of_order(earlier: PartialDate | None, later: PartialDate | date | None) -> bool:
    """Whether `later` certainly lies before `earlier`."""
    if earlier is None or later is None:
        return False
    return (PartialDate.of(later) if isinstance(later, date) else later).certainly_before(earlier)


@BOOK.check("Q04a", E)
def _onset_before_birth(case: Case) -> Iterator[Hit]:
    if _out_of_order(case.patient.birth_date, case.patient.onset_date):
        yield Hit("onset_date")


@BOOK.check("Q04b", E)
def _treatment_before_onset(case: Case) -> Iterator[Hit]:
    if _out_of_order(case.patient.onset_date, case.patient.first_treatment_date):
        yield Hit("first_treatment_date")


@BOOK.check("Q04c", E)
def _after_today(case: Case) -> Iterator[Hit]:
    for key in ("birth_date", "onset_date", "first_treatment_date", "diagnosis_date"):
        day: PartialDate | None = getattr(case.patient, key)
        if day is not None and day.first > case.today:
            yield Hit(key)
    registered = case.patient.registered_on
    if registered is not None and registered > case.today:
        yield Hit("registered_on")


@BOOK.check("Q04d", E)
def _diagnosis_before_onset(case: Case) -> Iterator[Hit]:
    if _out_of_order(case.patient.onset_date, case.patient.diagnosis_date):
        yield Hit("diagnosis_date")


@BOOK.check("Q04f", E)
def _registered_after_visits(case: Case) -> Iterator[Hit]:
    registered = case.patient.registered_on
    if registered is not None and case.first_day is not None and registered > case.first_day:
        yield Hit("registered_on", {"day": case.first_day.isoformat()})


@BOOK.check("Q04e", W)
def _registered_before_diagnosis(case: Case) -> Iterator[Hit]:
    if _out_of_order(case.patient.diagnosis_date, case.patient.registered_on):
        yield Hit("registered_on")


@BOOK.check("Q05a", E)
def _consent_before_registration(case: Case) -> Iterator[Hit]:
    signed, registered = case.patient.consent_date, case.patient.registered_on
    if case.patient.registered_as == MovementKind.MOVED_IN:
        return  # signed where the person lived before
    if signed is not None and registered is not None and signed < registered:
        yield Hit("consent_date")


@BOOK.check("Q05b", E)
def _consent_after_today(case: Case) -> Iterator[Hit]:
    if case.patient.consent_date is not None and case.patient.consent_date > case.today:
        yield Hit("consent_date")


@BOOK.check("Q05c", E)
def _consent_date_though_refused(case: Case) -> Iterator[Hit]:
    if case.patient.consent == Consent.REFUSED and case.patient.consent_date is not None:
        yield Hit("consent_date")


@BOOK.check("Q05d", E)
def _consent_date_missing(case: Case) -> Iterator[Hit]:
    if case.patient.consent == Consent.GIVEN and case.patient.consent_date is None:
        yield Hit("consent_date")


def acts_mixed_with_none(acts: tuple[CodeCount, ...]) -> bool:
    """Whether 7 无 stands beside other dangerous acts."""
    return len(acts) > 1 and any(act.code == "7" for act in acts)


def acts_miscounted(acts: tuple[CodeCount, ...]) -> bool:
    """Whether a ticked act has no count of 1 to 200."""
    return any(act.code != "7" and not 1 <= act.count <= MOST_TIMES for act in acts)


@BOOK.check("Q06a", E)
def _past_acts_and_none(case: Case) -> Iterator[Hit]:
    if acts_mixed_with_none(case.patient.past_dangerous_acts):
        yield Hit("past_dangerous_acts")


@BOOK.check("Q06b", E)
def _past_acts_counts(case: Case) -> Iterator[Hit]:
    if acts_miscounted(case.patient.past_dangerous_acts):
        yield Hit("past_dangerous_acts", {"most": MOST_TIMES})


def _adult_if_born_by(today: date) -> date:
    return add_months(today, -12 * ADULT_YEARS)


@BOOK.check("Q14a", W)
def _guardian_is_self(case: Case) -> Iterator[Hit]:
    patient = case.patient
    own, theirs = normalize(patient.id_number or ""), normalize(patient.guardian_id_number or "")
    same_number = bool(own) and own == theirs
    if same_number or (patient.guardian_name and not theirs and patient.guardian_name == patient.name):
        yield Hit("guardian_name")


@BOOK.check("Q14b", W)
def _guardian_too_young(case: Case) -> Iterator[Hit]:
    number = normalize(case.patient.guardian_id_number or "")
    born = birth_date(number) if is_valid(number) else None
    if born is None:
        return
    too_young = _adult_if_born_by(case.today) < born
    own = case.patient.birth_date
    is_parent = case.patient.guardian_relation in _FATHER_MOTHER
    if too_young or (is_parent and own is not None and own.last < born):
        yield Hit("guardian_id_number")


@BOOK.check("Q14c", W)
def _minor_without_guardian(case: Case) -> Iterator[Hit]:
    born = case.patient.birth_date
    if born is not None and born.first > _adult_if_born_by(case.today) and not case.patient.guardian_name:
        yield Hit("guardian_name")


@BOOK.check("Q14d", W)
def _guardian_phone(case: Case) -> Iterator[Hit]:
    if not case.patient.guardian_name:
        return
    phones = [phone for phone in _PHONE_SEPARATORS.split(case.patient.guardian_phone or "") if phone]
    if not phones or not all(_MOBILE.fullmatch(phone) or _LANDLINE.fullmatch(phone) for phone in phones):
        yield Hit("guardian_phone")


@BOOK.check("Q14e", W)
def _guardian_is_patient(case: Case) -> Iterator[Hit]:
    if case.neighbours.guardian_is_patient:
        yield Hit("guardian_name")


@BOOK.check("Q16a", W)
def _diagnosis_outside(case: Case) -> Iterator[Hit]:
    if case.patient.diagnosis == _NOT_A_DISEASE and case.patient.report_type != "1":
        yield Hit("diagnosis")


@BOOK.check("Q16b", W)
def _hospital_unknown(case: Case) -> Iterator[Hit]:
    patient = case.patient
    if patient.diagnosis_hospital == "不详" and not patient.diagnosis_hospital_unknown_reason:
        yield Hit("diagnosis_hospital_unknown_reason")
