"""What else waits today: counted, said where it is done, and gone when it is done."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from mhdesk.domain.follow_up import FollowUp
from mhdesk.domain.patient import ContactAttempt
from mhdesk.domain.transfer import DischargeNote, Transfer
from mhdesk.services import attempts, discharge, matters, national, sheets, today, transfers, worklist
from mhdesk.services.matters import Matter
from mhdesk.services.worklist import DueQuery
from tests.services.round_people import add_person, visit
from tests.services.test_sheets import add_sheet

if TYPE_CHECKING:
    from db.ledger import Ledger

TODAY = date(2026, 11, 20)


def waiting(ledger: Ledger) -> dict[str, Matter]:
    found = today.overview(ledger, today=TODAY).matters
    # what is read once for the whole page is what each source reads by itself
    query = DueQuery(buckets=(*worklist.WAITING, "snoozed"))
    assert found == matters.waiting(ledger, worklist.due(ledger, today=TODAY, query=query).patients, today=TODAY)
    return {one.key: one for one in found}


def test_an_empty_ledger_waits_for_nothing(ledger: Ledger) -> None:
    assert waiting(ledger) == {}
    assert matters.waiting(ledger, [], today=TODAY) == []


def test_everything_that_waits_is_counted(ledger: Ledger) -> None:
    tried, lost, left, out = (
        add_person(ledger, name, visits=[visit(date(2026, 7, 1))]) for name in ("甲甲", "乙乙", "丙丙", "丁丁")
    )
    for day in (date(2026, 10, 5), date(2026, 10, 19), date(2026, 11, 9)):
        attempts.record(ledger, ContactAttempt(patient_id=tried, attempted_on=day, result="3"), today=TODAY)
    with ledger.change("follow_up.record") as change:
        change.add(FollowUp(patient_id=lost, visit_date=date(2026, 10, 1), lost_reason="3"))
    discharge.record(ledger, DischargeNote(patient_id=left, received_on=date(2026, 11, 18)), today=TODAY)
    add_sheet(ledger, 1, [tried, left], printed_on=date(2026, 11, 12))
    slip = Transfer(patient_id=out, kind="out", slip_number="", happened_on=TODAY, to_unit="外区", reason="迁居")
    slip_id, _ = transfers.send_out(ledger, slip, today=TODAY)
    found = waiting(ledger)
    assert {key: one.count for key, one in found.items()} == {
        "propose_lost": 1,
        "report_lost": 1,
        "discharge": 1,
        "receipts": 1,
        "sheets": 2,
    }
    assert (found["propose_lost"].page, found["propose_lost"].params["reminder"]) == ("due", "propose_lost")
    assert not found["receipts"].is_late
    transfers.note_receipt(ledger, slip_id, accepted=True, on=TODAY, today=TODAY)
    sheets.mark(ledger, [row.id for row in sheets.all_open(ledger)], "withdrawn", on=TODAY)
    assert waiting(ledger).keys() == {"propose_lost", "report_lost", "discharge"}


def test_the_national_system_is_asked_for_only_where_it_is_ticked_at_all(ledger: Ledger) -> None:
    for name in ("甲甲", "乙乙"):
        add_person(ledger, name, visits=[visit(date(2026, 10, 1)), visit(date(2026, 11, 19))])
    assert "national" not in waiting(ledger)
    first = national.not_entered(ledger, since=date(2026, 1, 1))[0]
    national.tick(ledger, [first.id], on=TODAY, today=TODAY)
    assert waiting(ledger)["national"].count == 1  # 10 working days after 1 October; 19 November is not late yet
