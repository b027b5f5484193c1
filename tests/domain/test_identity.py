"""Identity numbers by GB 11643. All are made up; 11010519491231002X is the example the standard prints."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mhdesk.domain import identity
from mhdesk.domain.identity import Fault, Identity, NumberKind

TODAY = date(2026, 3, 5)
EXAMPLE = "11010519491231002X"


def number(first17: str) -> str:
    return first17 + identity.check_digit(first17)


@pytest.mark.parametrize(
    "text",
    [
        EXAMPLE,
        EXAMPLE.lower(),
        f" {EXAMPLE} ",
        "110105 19491231 002X",
        "１１０１０５１９４９１２３１００２Ｘ",
        f"'{EXAMPLE}",
        "110105-19491231-002x",
    ],
)
def test_accepts_the_spellings_of_files(text: str) -> None:
    found = identity.examine(text, today=TODAY)
    assert found == Identity(EXAMPLE, NumberKind.RESIDENT, date(1949, 12, 31), "2")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("110105194912310021", Fault.CHECK),
        ("110105194913310022", Fault.BIRTH),
        ("110105194902300021", Fault.BIRTH),
        ("11010519491231002", Fault.SHAPE),
        ("110105194912310020X", Fault.SHAPE),
        ("X10105194912310020", Fault.SHAPE),
        ("", Fault.SHAPE),
        ("A1234567", Fault.SHAPE),
        ("5.00112E+17", Fault.LOST_DIGITS),
        ("5.00112198001011E+17", Fault.LOST_DIGITS),
        ("500112198001011000.0", Fault.LOST_DIGITS),
        (number("50011220270101001"), Fault.BIRTH),
        (number("50011218000101001"), Fault.BIRTH),
    ],
)
def test_says_why_a_text_is_none(text: str, fault: Fault) -> None:
    assert identity.examine(text, today=TODAY) is fault


def test_old_numbers_are_converted_and_say_so() -> None:
    found = identity.examine("110105491231002", today=TODAY)
    assert isinstance(found, Identity)
    assert (found.number, found.converted) == (EXAMPLE, True)
    assert identity.upgrade("110105491231002") == EXAMPLE


@pytest.mark.parametrize(
    ("first17", "kind"),
    [
        ("81000019900101001", NumberKind.RESIDENCE_PERMIT),
        ("82000019900101002", NumberKind.RESIDENCE_PERMIT),
        ("83000019900101003", NumberKind.RESIDENCE_PERMIT),
        ("91115619900101004", NumberKind.FOREIGNER),
        ("50011219900101005", NumberKind.RESIDENT),
    ],
)
def test_other_documents_of_the_same_shape(first17: str, kind: NumberKind) -> None:
    found = identity.examine(number(first17), today=TODAY)
    assert isinstance(found, Identity)
    assert found.kind is kind


@pytest.mark.parametrize("text", ["", "1234567890123456", "1234567890123456X"])
def test_check_digit_wants_17_digits(text: str) -> None:
    with pytest.raises(ValueError, match="17 digits"):
        identity.check_digit(text)


def test_upgrade_wants_15_digits() -> None:
    with pytest.raises(ValueError, match="15 digits"):
        identity.upgrade(EXAMPLE)


@given(
    region=st.integers(100000, 999999),
    birth=st.dates(date(1900, 1, 1), TODAY),
    order=st.integers(0, 999),
    position=st.integers(0, 16),
    shift=st.integers(1, 9),
)
def test_every_made_number_is_valid_and_every_wrong_digit_is_seen(
    region: int, birth: date, order: int, position: int, shift: int
) -> None:
    made = number(f"{region}{birth:%Y%m%d}{order:03d}")
    found = identity.examine(made, today=TODAY)
    assert isinstance(found, Identity)
    assert (found.birth_date, found.sex) == (birth, "1" if order % 2 else "2")
    assert identity.is_valid(made)
    wrong = made[:position] + str((int(made[position]) + shift) % 10) + made[position + 1 :]
    assert not identity.is_valid(wrong)
    swapped = made[:position] + made[position + 1] + made[position] + made[position + 2 :]
    if swapped != made:
        assert not identity.is_valid(swapped)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (EXAMPLE, "110105********002X"),
        ("110105491231002", "110105*****1002"),
        ("A12345678", "A********"),
        ("", ""),
        (None, ""),
    ],
)
def test_mask_keeps_the_first_six_and_last_four(text: str | None, shown: str) -> None:
    assert identity.mask(text) == shown


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("张三", "张*"),
        ("张三丰", "张**"),
        ("欧阳娜娜", "欧阳**"),
        ("欧阳", "欧*"),
        ("阿卜杜拉·买买提", "阿**"),
        ("张", "张*"),
        ("", ""),
    ],
)
def test_mask_name_keeps_the_surname(name: str, shown: str) -> None:
    assert identity.mask_name(name) == shown


def test_is_valid_refuses_other_shapes() -> None:
    assert not identity.is_valid("A1234567")
    assert not identity.is_valid("110105194913310022")
