"""Drafts: nothing typed is lost, and nobody sees another's."""

from __future__ import annotations

from db import accounts
from db.keys import Kdf
from db.ledger import Ledger
from mhdesk.services import drafts
from tests.conftest import FixedClock, LedgerTemplate

QUICK = Kdf(memory_kib=64, iterations=1, lanes=1)


def test_a_draft_comes_back_as_typed(ledger: Ledger) -> None:
    typed = {"visit_date": "2026.2.30", "note": "“引号”'\n%_", "risk_level": ""}
    drafts.save(ledger, form="follow_up", subject_id=7, values=typed)
    assert drafts.load(ledger, form="follow_up", subject_id=7) == typed
    assert drafts.load(ledger, form="follow_up", subject_id=8) is None
    assert drafts.load(ledger, form="patient", subject_id=7) is None


def test_the_newest_replaces_and_discarding_forgets(ledger: Ledger, clock: FixedClock) -> None:
    drafts.save(ledger, form="follow_up", subject_id=7, values={"a": "1"})
    clock.advance(minutes=1)
    drafts.save(ledger, form="follow_up", subject_id=8, values={"a": "2"})
    clock.advance(minutes=1)
    drafts.save(ledger, form="follow_up", subject_id=7, values={"a": "3"})
    assert [draft.subject_id for draft in drafts.waiting(ledger)] == [8, 7]
    assert drafts.load(ledger, form="follow_up", subject_id=7) == {"a": "3"}
    drafts.discard(ledger, form="follow_up", subject_id=7)
    drafts.discard(ledger, form="follow_up", subject_id=7)
    assert [draft.subject_id for draft in drafts.waiting(ledger)] == [8]


def test_drafts_leave_no_trace_in_the_audit(ledger: Ledger) -> None:
    with ledger.raw() as raw:
        before = raw.execute("SELECT count(*) FROM audit").fetchone()
        drafts_before = raw.execute("SELECT count(*) FROM history").fetchone()
    drafts.save(ledger, form="follow_up", subject_id=7, values={"a": "1"})
    drafts.discard(ledger, form="follow_up", subject_id=7)
    with ledger.raw() as raw:
        assert raw.execute("SELECT count(*) FROM audit").fetchone() == before
        assert raw.execute("SELECT count(*) FROM history").fetchone() == drafts_before


def test_each_user_has_their_own_and_they_outlive_the_program(
    ledger: Ledger, ledger_template: LedgerTemplate, clock: FixedClock
) -> None:
    drafts.save(ledger, form="follow_up", subject_id=7, values={"who": "wang"})
    accounts.add_user(ledger, login="li", name="李医生", role="doctor", password="Silver-Orchard-82", kdf=QUICK)
    ledger.close()
    with Ledger.open(ledger.folder, login="li", password="Silver-Orchard-82", now=clock) as other:
        assert drafts.load(other, form="follow_up", subject_id=7) is None
        assert drafts.waiting(other) == []
        drafts.save(other, form="follow_up", subject_id=7, values={"who": "li"})
        drafts.discard(other, form="follow_up", subject_id=7)
    with Ledger.open(ledger.folder, login="wang", password=ledger_template.password, now=clock) as again:
        assert drafts.load(again, form="follow_up", subject_id=7) == {"who": "wang"}
