"""Reads the tables of hand-worked cases: a person told in a few Chinese words becomes a `Life`.

A case tells what is recorded, parted by ；. Days are of 2026 where no year is written: 访01-31 不稳定, 建档03-24新增.
Where a sheet does not say otherwise, it is a 家庭访视 of the person, 0级, 稳定, 规律用药.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from mhdesk.domain.assessment import ColourAssessment
from mhdesk.domain.follow_up import DrugLine, FollowUp
from mhdesk.domain.joint import Emergency, ExchangeSheet, JointVisit
from mhdesk.domain.medication import Dispensing, Injection, MedicationOrder
from mhdesk.domain.patient import ContactAttempt, Movement, Patient
from mhdesk.domain.record import CodeCount
from mhdesk.domain.round import Snooze
from mhdesk.domain.support import CheckUp, Rehabilitation
from mhdesk.domain.transfer import DischargeNote, Transfer
from mhdesk.rules.indicators.tally import NO_FIGURES, Figures
from tests.rules.second_opinion import Life

FOLDER = Path(__file__).resolve().parent
YEAR = 2026
_DAY = r"(?:\d{4}-)?\d{2}-\d{2}"
_FORMS: dict[str, str | None] = {"门诊": "1", "家访": "2", "电话": "3"}
_CLASSES = {"不稳定": "1", "基本稳定": "2", "稳定": "3", "未分类": None}
_ADHERENCE: dict[str, str | None] = {"规律": "1", "间断": "2", "不用药": "3", "勿需": "4", "依从未填": None}
_ACTS = {"轻度滋事": "1", "肇事": "2", "肇祸": "3", "其他危害": "4", "自伤": "5", "自杀未遂": "6"}
_COLOURS = {"红": "red", "橙": "orange", "黄": "yellow", "绿": "green"}
_SIDES = {"派出所": "1", "综治": "2"}
_STOPS = {"拒药": "1", "自行停药": "2", "断供": "6", "遵医嘱": "7"}
_CAUSES = {"伤害自身": "1", "危害他人": "2", "复发": "3"}
_FILE: Mapping[str, dict[str, Any]] = {
    "建账前": {},
    "分裂症": {"diagnosis": "1"},
    "双相": {"diagnosis": "4"},
    "同意": {"consent": "1"},
    "不同意": {"consent": "0"},
    "正常监护": {"guardianship": "1"},
    "弱监护": {"guardianship": "2"},
    "无监护": {"guardianship": "3"},
    "免费服药": {"free_medicine": "2"},
    "自费": {"free_medicine": "1"},
    "已签以奖代补": {"reward_agreement": "2"},
    "未签以奖代补": {"reward_agreement": "1"},
    "登记康复": {"community_rehabilitation": "2"},
    **{f"登记{word}色": {"colour": code} for word, code in _COLOURS.items()},
}


@dataclass(frozen=True)
class Told:
    """A case: the person, and the figures of the unit where it speaks of them."""

    life: Life
    figures: Figures = NO_FIGURES


def tables(name: str) -> Iterator[dict[str, str]]:
    """The lines of all tables of a file."""
    heading: list[str] = []
    for number, line in enumerate((FOLDER / name).read_text(encoding="utf-8").splitlines(), 1):
        if not line.startswith("|"):
            heading = []
            continue
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not heading:
            heading = cells
        elif not set(cells[0]) <= {"-", ":"}:
            assert len(cells) == len(heading), f"{name}:{number}"
            yield dict(zip(heading, cells, strict=True)) | {"行": str(number)}


def day(words: str) -> date:
    """A day as a table writes it."""
    return date.fromisoformat(words if words.count("-") > 1 else f"{YEAR}-{words}")


def told(words: str) -> Told:
    """What a case tells. Raises ValueError for words nobody knows."""
    made = Told(Life(Patient(id=1, name="测试")))
    for part in words.split("；"):
        made = _tell(made, part.strip())
    return made


def _tell(made: Told, part: str) -> Told:
    head, *rest = part.split()
    if head in _FILE:
        return _with_file(made, **_FILE[head])
    for pattern, tell in _SENTENCES:
        match = pattern.fullmatch(head)
        if match:
            return tell(made, match, rest)
    raise ValueError(part)


def _with_file(made: Told, **changes: Any) -> Told:
    return replace(made, life=replace(made.life, patient=replace(made.life.patient, **changes)))


def _add(kind: str, record: Any) -> Callable[[Told], Told]:
    def add(made: Told) -> Told:
        more: Any = {kind: (*getattr(made.life, kind), record)}
        return replace(made, life=replace(made.life, **more))

    return add


def _visit(made: Told, match: re.Match[str], words: list[str]) -> Told:
    values: dict[str, Any] = {
        "visit_date": day(match[1]),
        "visit_form": "2",
        "visit_targets": ("1",),
        "risk_level": "0",
        "visit_class": "3",
        "adherence": "1",
        "hospitalization": "0",
    }
    for word in words:
        values |= _word_of_a_sheet(word, values)
    return _add("visits", FollowUp(id=len(made.life.visits) + 1, **values))(made)


def _word_of_a_sheet(word: str, values: Mapping[str, Any]) -> dict[str, Any]:
    for item, codes in (("visit_form", _FORMS), ("visit_class", _CLASSES), ("adherence", _ADHERENCE)):
        if word in codes:
            return {item: codes[word]}
    if word in _ACTS:
        return {"dangerous_acts": (*values.get("dangerous_acts", ()), CodeCount(_ACTS[word], 1))}
    if word.endswith("级") and word[:-1].isdigit():
        return {"risk_level": word[:-1]}
    if word.startswith("下次"):
        return {"next_visit_date": day(word[2:])}
    other: Mapping[str, dict[str, Any]] = {
        "危险性未填": {"risk_level": None},
        "住院": {"hospitalization": "1", "risk_level": None, "visit_class": None},
        "化验": {"laboratory": "2"},
        "只见家属": {"visit_targets": ("2",)},
        "对象未填": {"visit_targets": ()},
        "2017表": {"form_edition": "2017", "visit_targets": ()},
        "长效药": {"drugs": (DrugLine(drug_name="长效药", long_acting="2"),)},
    }
    return other[word]


def _lost(made: Told, match: re.Match[str], _words: list[str]) -> Told:
    sheet = FollowUp(id=len(made.life.visits) + 1, visit_date=day(match[1]), lost_reason="1")
    return _add("visits", sheet)(made)


def _registered(made: Told, match: re.Match[str], _words: list[str]) -> Told:
    return _with_file(made, registered_on=day(match[1]), registered_as={"新增": "new", "迁入": "moved_in"}[match[2]])


def _moved(kind: str) -> Callable[[Told, re.Match[str], list[str]], Told]:
    def tell(made: Told, match: re.Match[str], _words: list[str]) -> Told:
        return _add(
            "movements", Movement(id=len(made.life.movements) + 1, patient_id=1, kind=kind, happened_on=day(match[1]))
        )(made)

    return tell


def _record(kind: str, make: Callable[[date, list[str]], Any]) -> Callable[[Told, re.Match[str], list[str]], Told]:
    return lambda made, match, words: _add(kind, make(day(match[1]), words))(made)


def _exchange(on: date, words: list[str]) -> ExchangeSheet:
    sent = "收到" not in words
    sides = [_SIDES[word] for word in words if word in _SIDES]
    return ExchangeSheet(
        number=1,
        direction="1" if sent else "2",
        other_side=sides[0] if sides else "1",
        first_day=on,
        last_day=on,
        sent_on=None if "未发出" in words else on,
    )


def _emergency(on: date, words: list[str]) -> Emergency:
    return Emergency(patient_id=1, happened_at=f"{on} 10:00", causes=tuple(_CAUSES[word] for word in words))


def _joint_visit(on: date, words: list[str]) -> JointVisit:
    return JointVisit(patient_id=1, visited_on=on, incidents=tuple(_ACTS[word] for word in words) or ("4",))


def _injection(on: date, words: list[str]) -> Injection:
    interval = next((int(word[1:-1]) for word in words if word.startswith("每")), None)
    return Injection(
        patient_id=1,
        injected_on=on,
        drug_name="棕榈酸帕利哌酮",
        interval_days=interval,
        is_free="2" if "免费" in words else None,
    )


def _stop(on: date, words: list[str]) -> MedicationOrder:
    started = date(on.year - 1, 1, 1)
    return MedicationOrder(
        patient_id=1,
        drug_name="利培酮",
        started_on=started,
        dose=2.0,
        times=1.0,
        stopped_on=on,
        stop_reason=_STOPS[words[0]],
    )


def _snooze(made: Told, match: re.Match[str], _words: list[str]) -> Told:
    return _add("snoozes", Snooze(patient_id=1, reason="外出", snoozed_on=day(match[1]), until=day(match[2])))(made)


def _figure(name: str) -> Callable[[Told, re.Match[str], list[str]], Told]:
    def tell(made: Told, match: re.Match[str], _words: list[str]) -> Told:
        number: Any = float(match[1]) if "." in match[1] else int(match[1])
        return replace(made, figures=replace(made.figures, **{name: number}))

    return tell


def _assessment(on: date, words: list[str]) -> ColourAssessment:
    return ColourAssessment(
        patient_id=1, assessed_on=on, scheme_id="example", scheme_version="1", colour=_COLOURS[words[0]]
    )


def _dispensing(on: date, words: list[str]) -> Dispensing:
    return Dispensing(
        patient_id=1, dispensed_on=on, drug_name="利培酮", days=30, is_free="2" if "免费" in words else "1"
    )


_SENTENCES: list[tuple[re.Pattern[str], Callable[[Told, re.Match[str], list[str]], Told]]] = [
    (re.compile(pattern), tell)
    for pattern, tell in (
        (rf"访({_DAY})", _visit),
        (rf"失访({_DAY})", _lost),
        (rf"建档({_DAY})(新增|迁入)", _registered),
        (rf"死亡({_DAY})", _moved("died")),
        (rf"迁出({_DAY})", _moved("moved_out")),
        (rf"迁入({_DAY})", _moved("moved_in")),
        (rf"未访到({_DAY})", _record("attempts", lambda on, _: ContactAttempt(patient_id=1, attempted_on=on))),
        (rf"暂缓({_DAY})至({_DAY})", _snooze),
        (rf"出院单({_DAY})", _record("notes", lambda on, _: DischargeNote(patient_id=1, received_on=on))),
        (
            rf"上转({_DAY})",
            _record(
                "transfers", lambda on, _: Transfer(patient_id=1, kind="referral_up", slip_number="1", happened_on=on)
            ),
        ),
        (
            rf"下转({_DAY})",
            _record(
                "transfers", lambda on, _: Transfer(patient_id=1, kind="referral_down", slip_number="1", happened_on=on)
            ),
        ),
        (rf"联合随访({_DAY})", _record("joint_visits", _joint_visit)),
        (rf"信息交换({_DAY})", _record("sheets", _exchange)),
        (rf"应急({_DAY})", _record("emergencies", _emergency)),
        (rf"体检({_DAY})", _record("checkups", lambda on, _: CheckUp(patient_id=1, checked_on=on))),
        (rf"康复({_DAY})", _record("rehabilitations", lambda on, _: Rehabilitation(patient_id=1, served_on=on))),
        (rf"评定({_DAY})", _record("assessments", _assessment)),
        (rf"停药({_DAY})", _record("orders", _stop)),
        (rf"发药({_DAY})", _record("dispensings", _dispensing)),
        (rf"注射({_DAY})", _record("injections", _injection)),
        (r"人口(\d+)", _figure("population")),
        (r"精防人员([\d.]+)", _figure("staff_fte")),
        (r"精神科医师([\d.]+)", _figure("psychiatrists")),
        (r"培训(\d+)场", _figure("training_sessions")),
        (r"参训(\d+)人次", _figure("training_attendances")),
    )
]
