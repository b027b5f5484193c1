"""Which reports must be sent and by when: the calendar and 今日 go by the ledger's own terms."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from mhdesk.domain.errors import UserError
from mhdesk.services import matters, rollups, sending, submissions
from mhdesk.services.sending import Terms
from mhdesk.services.submissions import State
from tests.conftest import FixedClock
from tests.services.test_bridge import steady
from tests.services.test_rollups import add

if TYPE_CHECKING:
    from db.ledger import Ledger

FRIDAY = date(2026, 11, 20)
LATER = date(2026, 12, 30)


def states(ledger: Ledger, kind: str = "weekly") -> dict[date, State]:
    """The calendar of 2026."""
    found = submissions.calendar(ledger, kind=kind, year=2026, today=LATER)
    return {tile.period.start: tile.state for tile in found}


def test_only_what_must_be_sent_is_missing(ledger: Ledger, clock: FixedClock) -> None:
    clock.advance(days=40)
    assert states(ledger, "monthly")[date(2026, 11, 1)] is State.FREE
    weeks = submissions.missing(ledger, today=LATER)
    assert {tile.period.kind for tile in weeks} == {"weekly"}
    (matter,) = (one for one in matters.waiting(ledger, [], today=LATER) if one.key == "report_missing")
    assert (matter.count, matter.page, matter.params) == (len(weeks), "sent", {"kind": "weekly"})
    sending.save(ledger, Terms(("monthly",), {"monthly": 5}))
    assert states(ledger)[date(2026, 11, 30)] is State.FREE
    assert states(ledger, "monthly")[date(2026, 11, 1)] is State.MISSING
    assert [tile.due_on for tile in submissions.missing(ledger, today=LATER)] == [date(2026, 12, 5)]
    sending.save(ledger, Terms(()))
    assert not submissions.missing(ledger, today=LATER)


def test_days_and_a_changed_week_keep_what_was_sent(ledger: Ledger, clock: FixedClock) -> None:
    add(ledger, steady())
    rollups.submit(ledger, rollups.weekly(ledger, on=FRIDAY, today=FRIDAY))
    clock.advance(days=40)
    rollups.submit(ledger, rollups.weekly(ledger, on=date(2026, 11, 23), today=LATER))
    assert states(ledger)[date(2026, 11, 23)] is State.LATE
    sending.save(ledger, Terms(due_days={"weekly": 90}))
    assert states(ledger)[date(2026, 11, 23)] is State.SENT
    sending.save(ledger, Terms(first_weekday=4))  # cut off on Thursday
    found = states(ledger)
    assert (found[date(2026, 11, 20)], found[date(2026, 11, 27)]) == (State.SENT, State.LATE)
    assert found[date(2026, 12, 4)] is State.MISSING


@pytest.mark.parametrize("wanted", [Terms(due_days={"weekly": 91}), Terms(due_days={"annual": -1}),
                                    Terms(first_weekday=7)])  # fmt: skip
def test_terms_that_cannot_be_are_refused(ledger: Ledger, wanted: Terms) -> None:
    with pytest.raises(UserError) as refused:
        sending.save(ledger, wanted)
    assert refused.value.code == "MH-SENDING-01"
    assert sending.terms(ledger) == Terms()


def test_one_number_for_all_kinds_is_still_read(ledger: Ledger) -> None:
    ledger.set_setting(sending.DUE_DAYS_SETTING, 7)
    assert sending.terms(ledger).due_days == dict.fromkeys(sending.KINDS, 7)
