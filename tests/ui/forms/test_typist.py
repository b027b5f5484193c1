from __future__ import annotations

import pytest

from mhdesk.domain.codes import code_list
from ui.forms.typist import Outcome, Typist, is_separator, join_codes, plain_digit, split_codes


@pytest.mark.parametrize(
    ("name", "pending", "digit", "outcome"),
    [
        ("visit_form", "", "2", Outcome.COMPLETE),
        ("visit_form", "", "8", Outcome.WRONG),
        ("risk_level", "", "0", Outcome.COMPLETE),
        ("risk_level", "", "6", Outcome.WRONG),
        ("symptoms", "", "1", Outcome.WAITING),  # 1, 10, 11 or 12
        ("symptoms", "1", "2", Outcome.COMPLETE),
        ("symptoms", "1", "3", Outcome.NEXT),  # 1, then 3
        ("symptoms", "", "3", Outcome.COMPLETE),
        ("symptoms", "", "0", Outcome.WRONG),
        ("drug_period", "", "1", Outcome.COMPLETE),  # 每日 by its digit synonym
    ],
)
def test_a_digit_after_what_stands_there(name: str, pending: str, digit: str, outcome: Outcome) -> None:
    assert Typist.of(code_list(name)).press(pending, digit) is outcome


def test_full_width_digits_are_digits() -> None:
    assert plain_digit("３") == "3"
    assert plain_digit("三") == ""
    assert plain_digit("12") == ""


def test_codes_are_parted_and_joined() -> None:
    assert split_codes("1，3、11") == ["1", "3", "11"]
    assert join_codes(["1", "3"], "1") == "1,3,1"
    assert is_separator("，")
    assert not is_separator("x")
