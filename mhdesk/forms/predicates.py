"""Named conditions over the values of a form: when an item is required, when it must stay empty.

Values are typed ones (as `mhdesk.forms.parse` gives them); a missing key is an empty item. Form tables name these
functions; there is no expression language.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

Values = Mapping[str, object]
Predicate = Callable[[Values], bool]

PREDICATES: dict[str, Predicate] = {}


def codes_of(values: Values, key: str) -> frozenset[str]:
    """The codes ticked in an item, whatever its kind."""
    value = values.get(key)
    if value is None or value == "":
        return frozenset()
    if isinstance(value, str):
        return frozenset({str(value)})
    if isinstance(value, tuple):
        return frozenset(part if isinstance(part, str) else str(part[0]) for part in value)
    raise TypeError(f"{key} holds no codes")


def filled(values: Values, key: str) -> bool:
    """Whether anything stands in an item."""
    return values.get(key) not in (None, "", ())


def _named(name: str) -> Callable[[Predicate], Predicate]:
    def register(predicate: Predicate) -> Predicate:
        PREDICATES[name] = predicate
        return predicate

    return register


def _holds(name: str, key: str, *codes: str) -> None:
    """Register: one of `codes` is ticked in `key`."""
    PREDICATES[name] = lambda values: bool(codes_of(values, key) & set(codes))


def _lacks(name: str, key: str, *codes: str) -> None:
    """Register: none of `codes` is ticked in `key`."""
    PREDICATES[name] = lambda values: not codes_of(values, key) & set(codes)


@_named("always")
def always(_values: Values) -> bool:
    """On every sheet."""
    return True


@_named("lost")
def lost(values: Values) -> bool:
    """失访: a reason stands on the sheet."""
    return filled(values, "lost_reason")


@_named("dead")
def dead(values: Values) -> bool:
    """死亡: a date or a reason stands on the sheet."""
    return filled(values, "death_date") or filled(values, "death_reason")


@_named("not_dead")
def not_dead(values: Values) -> bool:
    """No death on the sheet."""
    return not dead(values)


@_named("alive")
def alive(values: Values) -> bool:
    """A next visit is due: everybody but the dead."""
    return not dead(values)


@_named("seen")
def seen(values: Values) -> bool:
    """Alive and not lost: the clinical items apply."""
    return not lost(values) and not dead(values)


@_named("not_seen")
def not_seen(values: Values) -> bool:
    """Lost or dead: the clinical items stay empty (表8, items 4 and 5)."""
    return not seen(values)


@_named("seen_at_home")
def seen_at_home(values: Values) -> bool:
    """Seen and not in hospital now: a sheet with 目前正在住院 is complete without the rest (四川省2017年指标口径)."""
    return seen(values) and "1" not in codes_of(values, "hospitalization")


@_named("dead_of_disease")
def dead_of_disease(values: Values) -> bool:
    """死亡原因 is 躯体疾病: its class is asked."""
    return "1" in codes_of(values, "death_reason")


@_named("not_dead_of_disease")
def not_dead_of_disease(values: Values) -> bool:
    """死亡原因 is another or none."""
    return not dead_of_disease(values)


@_named("no_drugs")
def no_drugs(values: Values) -> bool:
    """No drug lines belong on the sheet: not seen, or 医嘱勿需用药."""
    return not_seen(values) or "4" in codes_of(values, "adherence")


@_named("not_discharged")
def not_discharged(values: Values) -> bool:
    """No stay in hospital ended since the last visit, nor goes on: a discharge date has no place."""
    return not_seen(values) or bool(codes_of(values, "hospitalization") & {"0", "1"})


@_named("no_disability_certificate")
def no_disability_certificate(values: Values) -> bool:
    """Said to have none, or one that names no mental disability."""
    held = codes_of(values, "disability_certificate")
    return bool(held) and not held & {"6", "7"}


@_named("has_id_number")
def has_id_number(values: Values) -> bool:
    """A number stands there."""
    return filled(values, "id_number")


@_named("no_id_number")
def no_id_number(values: Values) -> bool:
    """No number: the reason is asked."""
    return not has_id_number(values)


@_named("no_id_reason_missing")
def no_id_reason_missing(values: Values) -> bool:
    """The number is asked unless a reason says why there is none (无证)."""
    return not filled(values, "no_id_reason")


@_named("mainland_id")
def mainland_id(values: Values) -> bool:
    """An 18-digit resident identity number of the mainland: 国籍 is for foreigners only."""
    number = str(values.get("id_number") or "")
    return len(number) == 18 and number[0] != "9"  # noqa: PLR2004 - GB 11643 length


@_named("agreement_stopped")
def agreement_stopped(values: Values) -> bool:
    """An agreement that ended before its last day says why."""
    return filled(values, "stopped_on")


@_named("household_known")
def household_known(values: Values) -> bool:
    """户别 is filled: no reason for 不详."""
    return filled(values, "household_type")


@_named("diagnosis_hospital_known")
def diagnosis_hospital_known(values: Values) -> bool:
    """确诊医院 is filled: no reason for 不详."""
    return filled(values, "diagnosis_hospital")


_holds("lost_other", "lost_reason", "5")
_lacks("not_lost_other", "lost_reason", "5")
_holds("symptoms_other", "symptoms", "12")
_lacks("no_symptoms_other", "symptoms", "12")
_holds("hospitalization_discharged", "hospitalization", "2")
_holds("laboratory_done", "laboratory", "2")
_lacks("no_laboratory", "laboratory", "2")
_holds("adherence_not_needed", "adherence", "4")
_holds("has_adverse_reaction", "adverse_reaction", "2")
_lacks("no_adverse_reaction", "adverse_reaction", "2")
_holds("referral_advised", "referral_advised", "2")
_lacks("not_referral_advised", "referral_advised", "2")
_holds("referral_done", "referral_done", "2")
_lacks("not_referral_done", "referral_done", "2")
_holds("rehabilitation_other", "rehabilitation", "5")
_lacks("no_rehabilitation_other", "rehabilitation", "5")
_holds("ethnic_minority", "ethnicity", "99")
_lacks("not_ethnic_minority", "ethnicity", "99")
_holds("employment_other", "employment", "8")
_lacks("no_employment_other", "employment", "8")
_holds("payment_other", "payment", "8")
_lacks("no_payment_other", "payment", "8")
_holds("past_symptoms_other", "past_symptoms", "12")
_lacks("no_past_symptoms_other", "past_symptoms", "12")
_holds("sent_by_other", "sent_by", "6")
_lacks("no_sent_by_other", "sent_by", "6")
_holds("consent_given", "consent", "1")
_holds("consent_refused", "consent", "0")
_holds("mental_disability", "disability_certificate", "6", "7")
_holds("meeting_held", "state", "2")
