"""Forms of joint work: 应急处置记录单, 联合随访记录表, 信息交换表 with its receipt, 会议台账, lists of a kind."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from mhdesk.domain.joint import Emergency, ExchangeSheet, JointVisit
from mhdesk.domain.patient import Patient
from mhdesk.domain.transfer import DischargeNote
from mhdesk.reports.model import Align
from mhdesk.reports.paper import layout, lists
from mhdesk.reports.paper.layout import Content
from mhdesk.reports.paper.lists import Entry
from mhdesk.reports.paper.model import Between, Block, Cell, Cut, Form, Heading, Prose, Row, Table, written
from mhdesk.reports.paper.persons import age, label
from mhdesk.reports.paper.template import Item
from mhdesk.text import text

Items = Mapping[str, Item]
_COUNTS = ("registered", "managed", "lost", "high_risk")
_LABEL_MM, _COUNT_MM = 40.0, 28.25


def emergency(record: Emergency, patient: Patient, items: Items, *, unit: str) -> Form:
    """应急处置记录单 (表12)."""
    happened = date.fromisoformat(record.happened_at[:10])
    values = _values(record) | _person(patient, happened) | {"unit": unit}
    values["subject_words"] = label("emergency_subject", record.subject_kind)
    return layout.build("emergency", Content(items, values))


def joint_visit(record: JointVisit, patient: Patient, items: Items, *, unit: str) -> Form:
    """联合随访记录表, to be signed by everybody who took part."""
    values = _values(record) | _person(patient, record.visited_on) | {"unit": unit}
    values["people"] = "；".join(f"{one.name}（{one.unit}，{one.role}）" for one in record.participants)
    return layout.build("joint_visit", Content(items, values))


def discharge_note(
    record: DischargeNote, patient: Patient, items: Items, *, unit: str, visited_on: date | None
) -> Form:
    """出院信息单 (表4) with the day of the first visit after it."""
    values = _values(record) | _person(patient, record.received_on) | {"unit": unit}
    values["visited_on"] = visited_on
    return layout.build("discharge_note", Content(items, values))


def _values(record: Any) -> dict[str, object]:
    return {field.name: getattr(record, field.name) for field in dataclasses.fields(record)}


def _person(patient: Patient, on: date) -> dict[str, object]:
    """What identifies somebody on paper of the house: no identity number."""
    guardian = (patient.guardian_name, patient.guardian_phone)
    return {
        "name": patient.name,
        "record_number": patient.record_number,
        "sex_age": "  ".join(part for part in (label("sex", patient.sex), years(patient, on)) if part),
        "current_address": patient.current_address,
        "guardian": "  ".join(part for part in guardian if part),
    }


def years(patient: Patient, on: date) -> str:
    """``47岁``, "" where it is not known."""
    found = age(patient, on)
    return "" if found is None else text("paper.sheet.age", age=found)


def exchange(sheet: ExchangeSheet, entries: Sequence[Entry], *, unit: str, other_side: str, left_out: int = 0) -> Form:
    """信息交换表 of one period to one side: counts, people, who must keep it, and the receipt to cut off.

    `left_out`: how many of the sheet are named no more.
    """
    period = text("paper.joint.period", first=sheet.first_day.isoformat(), last=sheet.last_day.isoformat())
    made = lists.form(
        "exchange",
        text("paper.titles.exchange"),
        entries,
        left=text("paper.joint.from_to", unit=unit, side=other_side),
        right=text("paper.joint.number", number=sheet.number, period=period),
    )
    people = made.body if entries else (Prose((written(text("paper.joint.nobody")),), space_mm=2.0),)
    if left_out:
        people = (*people, Prose((written(text("paper.joint.left_out", count=left_out)),), space_mm=2.0))
    body: tuple[Block, ...] = (
        _counts(sheet),
        *people,
        Prose((written(text("paper.joint.keep")),), size=1.05, space_mm=2.0),
        Between(
            written(text("paper.joint.made_by", name=sheet.doctor_name or "")),
            written(text("paper.joint.sent_on", day=sheet.sent_on.isoformat() if sheet.sent_on else "")),
            space_mm=3.0,
        ),
        Cut(text("paper.joint.cut"), space_mm=4.0),
        Heading(text("paper.joint.receipt_title"), 12.0, space_mm=1.0),
        Prose(
            (
                written(text("paper.joint.receipt", unit=unit, number=sheet.number, period=period, count=len(entries))),
                written(
                    text(
                        "paper.joint.receipt_signed",
                        name=sheet.receipt_by or "",
                        day=sheet.receipt_on.isoformat() if sheet.receipt_on else "",
                    )
                ),
            ),
            size=1.15,
            space_mm=1.0,
            leading=1.9,
        ),
    )
    return dataclasses.replace(made, body=body)


def _counts(sheet: ExchangeSheet) -> Table:
    """登记总数, 在管, 失访, 3级及以上 on one line above the people."""
    cells = []
    for key in _COUNTS:
        value = getattr(sheet, key)
        head = Cell((written(text(f"paper.joint.{key}"), align=Align.CENTER),), align=Align.CENTER, grey=True)
        said = Cell(
            (written("" if value is None else str(value), filled=True, align=Align.CENTER),), align=Align.CENTER
        )
        cells += [head, said]
    return Table((_LABEL_MM, _COUNT_MM) * len(_COUNTS), (Row(tuple(cells), 8.0),))


def meetings(entries: Sequence[Entry], *, unit: str, period: str, day: date) -> Form:
    """会议与督查台账 of a period."""
    return lists.form(
        "meeting",
        text("paper.titles.meetings"),
        entries,
        left=text("paper.list.unit", unit=unit),
        right=text("paper.joint.meetings_right", period=period, count=len(entries), day=day.isoformat()),
        foot=text("paper.list.foot"),
    )


def record_list(
    name: str, entries: Sequence[Entry], *, unit: str, period: str, day: date, sums: Sequence[Entry] = ()
) -> Form:
    """The list of one kind, ``assistance_list`` …; `sums` (宣传教育) stand below it, before the signatures."""
    left = text("paper.list.unit", unit=unit)
    right = text("paper.joint.list_right", period=period, count=len(entries), day=day.isoformat())
    title, foot = text(f"paper.titles.{name}"), text("paper.list.foot")
    made = lists.form(name, title, entries, left=left, right=right, foot=foot)
    if not sums:
        return made
    below = lists.form("outreach_sums", title, sums, left=left, right=right).body
    heading = Heading(text("paper.joint.sums"), 12.0, space_mm=3.0)
    return dataclasses.replace(made, body=(*made.body[:1], heading, *below, *made.body[1:]))
