"""The code on paper finds every typing error and says where."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db import recovery_code as rc
from mhdesk.domain.errors import LedgerError

secrets_ = st.binary(min_size=rc.SECRET_BYTES, max_size=rc.SECRET_BYTES)


@given(secrets_)
def test_what_is_printed_reads_back(secret: bytes) -> None:
    code = rc.encode(secret)
    assert [len(group) for group in code.split("-")] == [5] * 8
    assert rc.decode(code) == secret
    assert rc.decode(code.lower().replace("-", " ")) == secret
    wide = "".join(chr(ord(letter) + 0xFEE0) for letter in code)
    assert rc.decode(wide) == secret


def test_letters_that_are_misread_are_understood() -> None:
    code = rc.encode(b"\x00" * rc.SECRET_BYTES)
    assert rc.decode(code.replace("0", "O")) == b"\x00" * rc.SECRET_BYTES


@given(secrets_, st.integers(0, 39), st.sampled_from(rc.ALPHABET))
def test_one_wrong_letter_is_found_in_its_group(secret: bytes, place: int, letter: str) -> None:
    letters = list(rc.encode(secret).replace("-", ""))
    if letters[place] == letter:
        return
    letters[place] = letter
    with pytest.raises(LedgerError) as error:
        rc.decode("".join(letters))
    assert (error.value.code, error.value.params["group"]) == ("MH-LEDGER-11", place // 5 + 1)


@given(secrets_, st.integers(0, 7), st.tuples(st.integers(0, 4), st.integers(0, 4)))
def test_two_swapped_letters_are_found(secret: bytes, group: int, places: tuple[int, int]) -> None:
    groups = rc.encode(secret).split("-")
    letters = list(groups[group])
    first, second = places
    if letters[first] == letters[second]:
        return
    letters[first], letters[second] = letters[second], letters[first]
    groups[group] = "".join(letters)
    with pytest.raises(LedgerError) as error:
        rc.decode("-".join(groups))
    assert error.value.params["group"] == group + 1


@given(secrets_, st.tuples(st.integers(0, 7), st.integers(0, 7)))
def test_two_swapped_groups_are_found(secret: bytes, places: tuple[int, int]) -> None:
    groups = rc.encode(secret).split("-")
    first, second = places
    if first == second:
        return
    groups[first], groups[second] = groups[second], groups[first]
    with pytest.raises(LedgerError, match="MH-LEDGER-11"):
        rc.decode("-".join(groups))


@pytest.mark.parametrize("text", ["", "ABCD", "Z" * 39, "Z" * 41])
def test_a_code_of_another_length_says_so(text: str) -> None:
    with pytest.raises(LedgerError, match="MH-LEDGER-34"):
        rc.decode(text)


@given(st.text(max_size=60))
def test_any_text_gives_a_code_or_a_plain_error(text: str) -> None:
    try:
        assert len(rc.decode(text)) == rc.SECRET_BYTES
    except LedgerError as error:
        assert error.code in {"MH-LEDGER-11", "MH-LEDGER-34"}  # noqa: PT017 - either outcome is fine
