"""信息交换: whom to tell whom about, the sheet of a period, sending it, and its receipt.

A sheet names people with as little as the other side needs (姓名, 村居, 监护人电话, 危险性, 事由): no diagnosis, no
drugs, no full identity number. What stood on it is frozen when it is drawn up.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from db.queries import joint as queries
from db.queries import records as stored
from db.queries import rollup as rollup_queries
from mhdesk.domain.changes import Changes
from mhdesk.domain.errors import UserError
from mhdesk.domain.follow_up import FollowUp
from mhdesk.domain.joint import Direction, ExchangeRow, ExchangeSheet
from mhdesk.rules.schedule import DueState
from mhdesk.services import rollups, worklist
from mhdesk.services.joint import records
from mhdesk.services.worklist import DueEntry, DueQuery

if TYPE_CHECKING:
    from db.ledger import Ledger
    from db.queries import Connection

HIGH_RISK, INCIDENT = "1", "2"  # code list exchange_reason
_ACTS = frozenset({"2", "3"})  # 肇事, 肇祸


@dataclass(frozen=True)
class Waiting:
    """A sheet that was sent and has no receipt. `is_late`: longer than the terms allow."""

    sheet: ExchangeSheet
    days: int
    is_late: bool


def proposals(ledger: Ledger, *, today: date) -> list[DueEntry]:
    """Everybody who must be told about and has not been, to each side the terms name."""
    query = DueQuery(
        buckets=tuple(str(state) for state in DueState if state is not DueState.ENDED), reminder="exchange"
    )
    with ledger.read() as connection:
        level = rollups.load_rules(connection, None).terms.exchange_level
        ids = rollup_queries.of_risk(connection, level, end=today + timedelta(days=1))
    return list(worklist.due(ledger, today=today, query=query, ids=ids).patients)


def untold(ledger: Ledger, side: str, *, today: date) -> list[DueEntry]:
    """Those of the proposals who have not been named to this side since the visit that found the danger."""
    with ledger.read() as connection:
        told = queries.sent_days(connection, side)
    return [one for one in proposals(ledger, today=today) if told.get(one.id, "") < str(one.last_visit_on or "")]


def draw_up(
    ledger: Ledger, side: str, *, first_day: date, last_day: date, today: date, doctor: str | None = None
) -> tuple[int, Changes]:
    """A sheet for one side and one period: its counts, and everybody the side must be told about.

    Named are people of the exchange level by their last visit up to the last day, and those with 肇事 or 肇祸 reported
    in the period. Raises UserError MH-JOINT-56 for a period upside down or in the future.
    """
    if first_day > last_day or last_day > today:
        raise UserError("MH-JOINT-56")
    rollup = rollups.build(ledger, period="weekly", on=last_day, today=last_day)
    registered, managed, lost = (int(rollup.total[key].numerator or 0) for key in ("registered", "managed", "lost"))
    level = rollup.rules.terms.exchange_level
    heavy = sorted({one for key in range(level, 6) for one in rollup.total[f"risk_{key}"].numerator_ids})
    with ledger.change("exchange.draw_up") as change:
        connection = change.connection
        sheet = ExchangeSheet(
            number=queries.next_sheet_number(connection),
            direction=Direction.SENT,
            other_side=side,
            first_day=first_day,
            last_day=last_day,
            high_risk=len(heavy),
            doctor_name=doctor or ledger.user_name,
            registered=registered,
            managed=managed,
            lost=lost,
        )
        sheet_id = change.add(sheet)
        rows = _rows(connection, sheet_id, heavy, first_day, last_day, set(rollup.total["registered"].numerator_ids))
        change.add_many(rows)
    return sheet_id, change.changes


def _rows(
    connection: Connection, sheet_id: int, heavy: Sequence[int], first_day: date, last_day: date, here: set[int]
) -> list[ExchangeRow]:
    acted = queries.visits_with_acts(connection, first_day, last_day, _ACTS)
    ids = [*heavy, *sorted((acted.keys() & here) - set(heavy))]
    last = queries.last_visits(connection, ids, last_day)
    return [
        ExchangeRow(
            sheet_id=sheet_id,
            row=place,
            patient_id=one,
            reason=HIGH_RISK if one in heavy else INCIDENT,
            risk_level=last[one].risk_level if one in last else None,
            visit_class=last[one].visit_class if one in last else None,
            follow_up_id=acted.get(one) if one not in heavy else (last[one].id if one in last else None),
        )
        for place, one in enumerate(ids, start=1)
    ]


def add_person(
    ledger: Ledger, sheet_id: int, patient_id: int, *, reason: str, content: str | None = None
) -> tuple[int, Changes]:
    """Name one more person on a sheet that was not sent.

    Raises UserError MH-JOINT-55 sent, MH-JOINT-57 named already.
    """
    with ledger.change("exchange.add_person") as change:
        connection = change.connection
        require_unsent(connection, sheet_id)
        rows = stored.find(connection, ExchangeRow, include_voided=True, sheet_id=sheet_id)
        if any(one.patient_id == patient_id and one.voided_at is None for one in rows):
            raise UserError("MH-JOINT-57")
        visits = [one for one in stored.find(connection, FollowUp, patient_id=patient_id) if one.is_complete]
        last = max(visits, key=lambda one: (one.visit_date or date.min, one.id or 0), default=None)
        row = ExchangeRow(
            sheet_id=sheet_id,
            row=max((one.row for one in rows), default=0) + 1,
            patient_id=patient_id,
            reason=reason,
            risk_level=last.risk_level if last else None,
            visit_class=last.visit_class if last else None,
            follow_up_id=last.id if last else None,
            content=content,
        )
        row_id = change.add(row)
    return row_id, change.changes


def send(ledger: Ledger, sheet_id: int, *, on: date, today: date) -> Changes:
    """The sheet left the house.

    Raises UserError MH-JOINT-55 sent already, MH-JOINT-58 before its last day or later than today.
    """
    with ledger.change("exchange.send") as change:
        sheet = require_unsent(change.connection, sheet_id)
        if not sheet.last_day <= on <= today:
            raise UserError("MH-JOINT-58", day=sheet.last_day.isoformat())
        change.replace(dataclasses.replace(sheet, sent_on=on))
    return change.changes


def note_receipt(ledger: Ledger, sheet_id: int, *, on: date, by: str, today: date) -> Changes:
    """回执: who took the sheet over, and when.

    Raises UserError MH-JOINT-51 not sent yet, MH-JOINT-52 before it was sent or in the future, MH-JOINT-53 has one
    already, MH-JOINT-54 nobody named.
    """
    with ledger.change("exchange.receipt") as change:
        sheet = stored.get(change.connection, ExchangeSheet, sheet_id)
        if sheet.sent_on is None:
            raise UserError("MH-JOINT-51")
        if sheet.receipt_on is not None:
            raise UserError("MH-JOINT-53")
        if not sheet.sent_on <= on <= today:
            raise UserError("MH-JOINT-52", day=sheet.sent_on.isoformat())
        if not by.strip():
            raise UserError("MH-JOINT-54")
        change.replace(dataclasses.replace(sheet, receipt_on=on, receipt_by=by.strip()))
    return change.changes


def waiting(ledger: Ledger, *, today: date) -> list[Waiting]:
    """Sheets sent without a receipt, the oldest first."""
    allowed = records.terms(ledger).receipt_days
    found = []
    for sheet in ledger.find(ExchangeSheet, direction=Direction.SENT, receipt_on=None):
        if sheet.sent_on is not None:
            days = (today - sheet.sent_on).days
            found.append(Waiting(sheet, days, days > allowed))
    return sorted(found, key=lambda one: -one.days)


def require_unsent(connection: Connection, sheet_id: int) -> ExchangeSheet:
    """The sheet, which may still be changed. Raises UserError MH-JOINT-55."""
    sheet = stored.get(connection, ExchangeSheet, sheet_id)
    if sheet.sent_on is not None and sheet.direction == Direction.SENT:
        raise UserError("MH-JOINT-55")
    return sheet


def require_same(connection: Connection, sheet: ExchangeSheet) -> None:
    """What was sent stays as it was sent; only its receipt and note may change. Raises UserError MH-JOINT-55."""
    before = stored.get(connection, ExchangeSheet, sheet.id or 0)
    if before.sent_on is None or before.direction != Direction.SENT:
        return
    told = ("direction", "other_side", "first_day", "last_day", "sent_on", "doctor_name")
    if any(getattr(sheet, name) != getattr(before, name) for name in told):
        raise UserError("MH-JOINT-55")
