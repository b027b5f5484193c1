"""The measuring itself is sound, and every registered measurement can be taken."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from db.queries import register
from mhdesk.services import patients
from tests.bench import population
from tests.bench.__main__ import BENCHES
from tests.bench.figure import Figure, in_turn, percentile


def test_every_bench_has_a_measure() -> None:
    for module in BENCHES.values():
        assert callable(importlib.import_module(module).measure)


def test_a_ratio_is_held_against_its_aim() -> None:
    assert Figure("x", 290.0, 100.0, "ms", 3.0).holds
    assert not Figure("x", 310.0, 100.0, "ms", 3.0).holds
    assert Figure("x", 15.0, None, "ms", 16.0).holds
    assert "MISSED" in Figure("x", 310.0, 100.0, "ms", 3.0).line()


def test_medians_leave_the_first_round_out() -> None:
    ours, floor = iter([99.0, 1.0, 2.0, 3.0]), iter([99.0, 4.0, 5.0, 6.0])
    assert in_turn(3, lambda: next(ours), lambda: next(floor)) == (2.0, 5.0)


@pytest.mark.parametrize(("share", "expected"), [(0.5, 6), (0.95, 10), (1.0, 10)])
def test_percentile(share: float, expected: float) -> None:
    assert percentile([float(value) for value in range(1, 11)], share) == expected


def test_the_population_is_what_was_asked_for(tmp_path: Path) -> None:
    with population.make(tmp_path / "ledger", people=30, visits=4) as ledger:
        with ledger.read() as connection:
            assert register.status_counts(connection)[""] == 30
        ids = patients.register_ids(ledger, chosen=patients.RegisterFilter())
        assert len(patients.load(ledger, ids[7]).follow_ups) == 4
        assert patients.search(ledger, "建国")
