from __future__ import annotations

from tests.trust import fuzz_read


def test_broken_tables_give_rows_or_one_typed_error(sweep: bool) -> None:
    outcome = fuzz_read.run(100_000 if sweep else 200, seed=7)
    assert outcome.surprises == []
