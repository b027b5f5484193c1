"""Guessing at the keyboard gets slower, never impossible; ending the program or turning the clock back wins nothing."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db import login_state
from db.ledger import Ledger, last_login
from mhdesk.domain.errors import LedgerError
from tests.conftest import FixedClock, LedgerTemplate


def wrong(folder: Path, clock: FixedClock, login: str = "wang") -> str:
    with pytest.raises(LedgerError) as error:
        Ledger.open(folder, login=login, password="not the password", now=clock)
    return error.value.code


def test_five_free_attempts_then_thirty_seconds_doubling(ledger_template: LedgerTemplate, tmp_path: Path) -> None:
    folder, clock = ledger_template.copy_to(tmp_path / "l"), FixedClock()
    assert [wrong(folder, clock) for _ in range(5)] == ["MH-LEDGER-01"] * 5
    waits = []
    for _ in range(8):
        assert wrong(folder, clock) == "MH-LEDGER-02"
        waits.append(login_state.load(folder).wait_seconds("wang", clock()))
        clock.advance(seconds=waits[-1] - 1)
        assert wrong(folder, clock) == "MH-LEDGER-02"
        clock.advance(seconds=1)
        assert wrong(folder, clock) == "MH-LEDGER-01"
    assert waits == [30, 60, 120, 240, 480, 900, 900, 900]


def test_the_right_password_has_to_wait_too_and_then_clears(ledger_template: LedgerTemplate, tmp_path: Path) -> None:
    folder, clock = ledger_template.copy_to(tmp_path / "l"), FixedClock()
    for _ in range(5):
        wrong(folder, clock)
    with pytest.raises(LedgerError, match="MH-LEDGER-02"):
        Ledger.open(folder, login="wang", password=ledger_template.password, now=clock)
    clock.advance(days=-400)  # a clock set back does not help
    with pytest.raises(LedgerError, match="MH-LEDGER-02"):
        Ledger.open(folder, login="wang", password=ledger_template.password, now=clock)
    clock.advance(days=400, seconds=30)
    Ledger.open(folder, login="wang", password=ledger_template.password, now=clock).close()
    assert login_state.load(folder).failures == {}
    assert last_login(folder) == ("wang", clock())


def test_an_attempt_counts_even_when_the_program_is_ended(ledger_template: LedgerTemplate, tmp_path: Path) -> None:
    folder, clock = ledger_template.copy_to(tmp_path / "l"), FixedClock()
    for _ in range(5):
        login_state.count_attempt(folder, "wang", clock())  # killed right after
    assert wrong(folder, clock) == "MH-LEDGER-02"
    assert wrong(folder, clock, "somebody else") == "MH-LEDGER-01"


@given(st.lists(st.tuples(st.booleans(), st.integers(-2000, 2000)), max_size=60))
def test_no_sequence_gets_more_guesses_than_the_rule(steps: list[tuple[bool, int]]) -> None:
    state, now = login_state.LoginState(), FixedClock()()
    guesses = earned = 0
    for restart, seconds in steps:
        now += timedelta(seconds=seconds)
        earned += max(0, seconds)
        if restart:
            state = login_state.LoginState(**vars(state))
        if not state.wait_seconds("wang", now):
            state = state.with_failure("wang", now)
            guesses += 1
    assert guesses <= 5 + earned / login_state.FIRST_WAIT_S + 1


def test_a_broken_state_file_is_nothing_known(tmp_path: Path) -> None:
    good: dict[str, object] = {"failures": {}, "last_seen": None, "last_login": None, "last_login_at": None}
    for data in (b"", b"[]", b"{}", b"\xff", json.dumps(good | {"failures": 3}).encode(), b'{"failures": {"a": 1}}'):
        (tmp_path / login_state.FILE_NAME).write_bytes(data)
        assert login_state.load(tmp_path) == login_state.LoginState()


def test_many_logins_do_not_grow_the_file() -> None:
    state, now = login_state.LoginState(), FixedClock()()
    for number in range(200):
        state = state.with_failure(f"guess{number}", now + timedelta(seconds=number))
    assert len(state.failures) == 64
    assert "guess199" in state.failures


def test_a_clock_far_behind_is_suspect(ledger_template: LedgerTemplate, tmp_path: Path) -> None:
    folder, clock = ledger_template.copy_to(tmp_path / "l"), FixedClock()
    clock.advance(days=1)
    with Ledger.open(folder, login="wang", password=ledger_template.password, now=clock) as opened:
        assert not opened.clock_suspect
    clock.advance(days=-6000)
    with Ledger.open(folder, login="wang", password=ledger_template.password, now=clock) as opened:
        assert opened.clock_suspect
        with opened.read() as connection:
            row = connection.exec_driver_sql("SELECT clock_suspect FROM audit ORDER BY seq DESC LIMIT 1").scalar()
        assert row == 1
