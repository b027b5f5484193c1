"""How facts about a person read on the screen: labels of codes, ages, chips. A word stands in every chip."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from mhdesk.domain import codes
from mhdesk.domain.dates import PartialDate
from mhdesk.forms import show
from mhdesk.forms.spec import FieldSpec
from mhdesk.text import text
from ui.theme import PROGRAMME_TONES, ToneName
from ui.widgets import ChipText

_CLASS_TONES: dict[str, ToneName] = {"1": "now", "2": "missing", "3": "good"}
_HIGH_RISK = "3"


def coded(name: str, code: str | None) -> str:
    """The label of a code, the code itself where the list does not print it, nothing where unknown."""
    if not code:
        return ""
    try:
        return codes.code_list(name).label(code)
    except KeyError:
        return code


def many(name: str, chosen: Sequence[str]) -> str:
    """The labels of several codes."""
    return "、".join(coded(name, code) for code in chosen)


def said(item: FieldSpec, record: Any) -> str:
    """An item in words, with the text that belongs to it: 其他：夜间自语; 精神分裂症（诊断原文）."""
    value = getattr(record, item.attribute)
    words = show.display_value(item, value)
    detail = getattr(record, item.detail, None) if item.detail else None
    if not detail or detail == words:
        return words
    ticked = value if isinstance(value, tuple) else (value,)
    codes_ticked = {getattr(one, "code", one) for one in ticked}
    key = "patient.with_detail" if item.detail_code in codes_ticked else "patient.with_words"
    return text(key, words=words, detail=detail) if words else str(detail)


def short_adherence(line: Any) -> str:
    """用药依从性 of a register line in the few words that fit a column."""
    return text(f"patients.adherence.{line.adherence}") if line.adherence in {"1", "2", "3", "4"} else ""


def age(birth_date: str | PartialDate | None, today: date) -> int | None:
    """Whole years; from the year alone where only that is known."""
    if birth_date is None:
        return None
    born = PartialDate.from_iso(birth_date) if isinstance(birth_date, str) else birth_date
    years = today.year - born.year
    exact = born.exact
    return years - 1 if exact is not None and (today.month, today.day) < (exact.month, exact.day) else years


def class_chip(visit_class: str | None) -> ChipText:
    """病情分类; 未评估 where there is none, never 稳定."""
    if visit_class is None:
        return ChipText(text("patients.no_class"), "plain")
    return ChipText(coded("visit_class", visit_class), _CLASS_TONES.get(visit_class, "plain"))


def class_chips(line: Any) -> Sequence[ChipText]:
    """The class of a register line."""
    return [class_chip(line.visit_class)]


def risk_chip(risk_level: str | None, key: str = "patient.risk") -> ChipText | None:
    """危险性; level 0 is said, too. `key`: the text; the register's column has the word in its header."""
    if risk_level is None:
        return None
    tone: ToneName = "now" if risk_level >= _HIGH_RISK else "plain" if risk_level == "0" else "late"
    return ChipText(text(key, level=risk_level), tone)


def risk_chips(line: Any) -> Sequence[ChipText]:
    """The risk of a register line."""
    chip = risk_chip(line.risk_level, "patients.risk")
    return [chip] if chip else []


def colour_chips(line: Any) -> Sequence[ChipText]:
    """The programme's colour of a register line."""
    word = coded("colour", line.colour)
    return [ChipText(word, PROGRAMME_TONES.get(word[:1], "plain"))] if word else []


def state_chips(line: Any) -> Sequence[ChipText]:
    """What stands beside 在册: 死亡, 迁出, 失访, 住院, 不同意管理, 弱监护."""
    if line.exit_kind in {"died", "moved_out"}:
        return [ChipText(text(f"patients.state.{line.exit_kind}"), "plain")]
    chips = []
    if line.lost_reason:
        chips.append(ChipText(text("patients.state.lost"), "late"))
    if line.hospitalization == "1":
        chips.append(ChipText(text("patients.state.inpatient"), "info"))
    if line.consent == "0":
        chips.append(ChipText(text("patients.state.refused"), "missing"))
    if line.guardianship in {"2", "3"}:
        chips.append(ChipText(text(f"patients.state.guardianship_{line.guardianship}"), "late"))
    return chips


def due_tone(line: Any, today: date) -> ToneName | None:
    """Late where the next visit is past and the person is still on the register."""
    is_past = line.next_visit_date is not None and line.next_visit_date < today.isoformat()
    return "late" if is_past and line.exit_kind not in {"died", "moved_out"} else None
