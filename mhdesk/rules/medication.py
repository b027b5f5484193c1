"""Judging 服药 and 规律服药 for one person.

服药: the last visit says 规律 or 间断, or the person is in hospital (verified, window: the report's).
`RM-ALL`  规律: every visit of the window says 按医嘱规律用药. `RM-LAST`: the last one does.
医嘱勿需用药 (code 4) follows the rule set's `code_4` in both rates, so that 规律 never exceeds 服药. An empty
用药依从性 is never compliant.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from mhdesk.domain.follow_up import Adherence
from mhdesk.rules.facts import Visit
from mhdesk.rules.terms import Terms

#: The visits of the medication window, in order -> the first visit that breaks 规律服药, or None.
Judge = Callable[[Sequence[Visit]], Visit | None]


def takes_medicine(last: Visit, terms: Terms) -> bool:
    """Numerator of 服药率, from the last complete visit of the window."""
    if last.inpatient or last.adherence in (Adherence.REGULAR, Adherence.IRREGULAR):
        return True
    return terms.code_4 == "counted" and last.adherence == Adherence.NOT_NEEDED


def is_excluded(last: Visit, terms: Terms) -> bool:
    """Whether the person leaves the denominators because the doctor prescribes nothing."""
    return terms.code_4 == "excluded" and not last.inpatient and last.adherence == Adherence.NOT_NEEDED


def _compliant(terms: Terms) -> frozenset[str]:
    # Under "excluded" a person whose last visit is code 4 is gone already; an older code 4 is no fault.
    good = {Adherence.REGULAR.value}
    return frozenset(good if terms.code_4 == "not_counted" else good | {Adherence.NOT_NEEDED.value})


def _all_judge(terms: Terms) -> Judge:
    good, hospitalised = _compliant(terms), terms.hospitalised_counted

    def judge(visits: Sequence[Visit]) -> Visit | None:
        for visit in visits:
            if visit.adherence not in good and not (hospitalised and visit.inpatient):
                return visit
        return None

    return judge


def _last_judge(terms: Terms) -> Judge:
    judge_all = _all_judge(terms)

    def judge(visits: Sequence[Visit]) -> Visit | None:
        return judge_all(visits[-1:])

    return judge


#: Algorithms of 规律服药 by the name a rule file uses.
ALGORITHMS: Mapping[str, Callable[[Terms], Judge]] = {"RM-ALL": _all_judge, "RM-LAST": _last_judge}
