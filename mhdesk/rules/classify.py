"""Suggests 本次随访分类 from the evidence on the sheet (严重精神障碍管理治疗工作规范: 病情分类).

不稳定: any one sign is enough. 稳定: every sign must be there. 基本稳定: everything else. A sign nobody wrote down can
turn the answer, so it yields no suggestion (信息不全): never 稳定 by default. The doctor decides; this only suggests.
"""

from __future__ import annotations

from dataclasses import dataclass

from mhdesk.domain.follow_up import FollowUp, VisitClass
from mhdesk.text import text

_NO_SYMPTOM_WORDS = frozenset({"无", "没有", "无症状", "无异常", "无明显症状", "未见", "未见异常", "无特殊"})
_OTHER_SYMPTOM = "12"
_SOCIAL_ITEMS = ("self_care", "housework", "work", "learning", "social_contact")
_YES = "2"
_NO = "1"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """The suggested class, or None (信息不全) with the `missing` form keys. `reasons` are Chinese sentences."""

    visit_class: VisitClass | None
    reasons: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


def _symptoms(sheet: FollowUp) -> bool | None:
    """Whether there is any symptom; None when item 7 is not answered. 12 其他 "无" is how practice writes none."""
    if not sheet.symptoms:
        return None
    if set(sheet.symptoms) - {_OTHER_SYMPTOM}:
        return True
    words = (sheet.symptoms_other or "").strip().rstrip("。.")
    return None if not words else words not in _NO_SYMPTOM_WORDS


def _unstable_signs(sheet: FollowUp) -> list[str]:
    signs = {
        "risk": sheet.risk_level in ("3", "4", "5"),
        "obvious_symptoms": sheet.obvious_symptoms == _YES,
        "insight_lost": sheet.insight == "3",
        "severe_reaction": sheet.severe_adverse_reaction == _YES,
        "severe_disease": sheet.severe_physical_disease == _YES,
    }
    return [text(f"rules.classify.{sign}", risk=sheet.risk_level) for sign, present in signs.items() if present]


def _missing(sheet: FollowUp, symptoms: bool | None) -> list[str]:  # noqa: FBT001 - three-valued evidence
    """Form keys whose answer could still change the class."""
    reaction_known = sheet.severe_adverse_reaction == _NO or sheet.adverse_reaction in ("1", "9")
    known = {
        "risk_level": sheet.risk_level in ("0", "1", "2"),
        "symptoms": symptoms is not None,
        # without any symptom there is no obvious one; with one, somebody must have judged it
        "obvious_symptoms": symptoms is False or sheet.obvious_symptoms == _NO,
        "insight": sheet.insight in ("1", "2"),
        "severe_adverse_reaction": reaction_known,
        "severe_physical_disease": sheet.severe_physical_disease == _NO,
    }
    known |= {key: getattr(sheet, key) in ("1", "2", "3") for key in _SOCIAL_ITEMS}
    known["work"] = sheet.work in ("1", "2", "3", "9")
    return [key for key, is_known in known.items() if not is_known]


def _basic_signs(sheet: FollowUp, symptoms: bool | None) -> list[str]:  # noqa: FBT001 - three-valued evidence
    signs = {
        "risk_some": sheet.risk_level in ("1", "2"),
        "symptoms_left": symptoms is True,
        "insight_partial": sheet.insight == "2",
        "social_poor": any(getattr(sheet, key) == "3" for key in _SOCIAL_ITEMS),
    }
    return [text(f"rules.classify.{sign}", risk=sheet.risk_level) for sign, present in signs.items() if present]


def suggest(sheet: FollowUp) -> Suggestion:
    """The class the evidence supports. A lost (失访) or death sheet has none and misses nothing."""
    if sheet.lost_reason is not None:
        return Suggestion(None, (text("rules.classify.lost"),))
    if sheet.death_date is not None:
        return Suggestion(None, (text("rules.classify.dead"),))
    if signs := _unstable_signs(sheet):
        return Suggestion(VisitClass.UNSTABLE, tuple(signs))
    symptoms = _symptoms(sheet)
    if missing := _missing(sheet, symptoms):
        return Suggestion(None, (text("rules.classify.incomplete"),), tuple(missing))
    if signs := _basic_signs(sheet, symptoms):
        return Suggestion(VisitClass.BASIC, tuple(signs))
    return Suggestion(VisitClass.STABLE, (text("rules.classify.stable"),))
