from __future__ import annotations

from db.ledger import Ledger
from tests.conftest import LedgerTemplate


def test_each_test_has_a_ledger_of_its_own(ledger: Ledger, ledger_template: LedgerTemplate) -> None:
    assert ledger.login == ledger_template.login
    assert ledger.folder != ledger_template.folder
    assert not (ledger_template.folder / "ledger.db").read_bytes().startswith(b"SQLite format 3")
