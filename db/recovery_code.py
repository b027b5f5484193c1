"""The recovery code on paper: 160 random bits as eight groups of four letters, each with its own check letter.

The check is a sum over the field of 32 elements, with another start for every group: any single wrong letter, any two
letters swapped and two groups swapped are found, and the group at fault can be named.
"""

from __future__ import annotations

import secrets

from mhdesk.domain.errors import LedgerError

#: Digits and letters without I, L, O and U, which are misread.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
SECRET_BYTES = 20
GROUPS = 8
_DATA = 4
_VALUES = {letter: value for value, letter in enumerate(ALPHABET)} | {"O": 0, "I": 1, "L": 1}
_POLYNOMIAL = 0b100101  # x^5 + x^2 + 1


def _times(left: int, right: int) -> int:
    """Product in the field of 32 elements."""
    product = 0
    while right:
        if right & 1:
            product ^= left
        left <<= 1
        if left & 32:
            left ^= _POLYNOMIAL
        right >>= 1
    return product


def _check(values: list[int], group: int) -> int:
    """The check value of one group; `group` counts from 0."""
    total, power = group + 1, 2
    for value in values:
        total ^= _times(power, value)
        power = _times(power, 2)
    return total


def new_secret() -> bytes:
    """160 fresh random bits."""
    return secrets.token_bytes(SECRET_BYTES)


def encode(secret: bytes) -> str:
    """The printed form, such as ``7K2MX-…`` (eight groups of five)."""
    number = int.from_bytes(secret, "big")
    digits = [number >> 5 * place & 31 for place in reversed(range(GROUPS * _DATA))]
    groups = []
    for group in range(GROUPS):
        values = digits[group * _DATA : (group + 1) * _DATA]
        groups.append("".join(ALPHABET[value] for value in [*values, _check(values, group)]))
    return "-".join(groups)


def decode(text: str) -> bytes:
    """The secret of a typed code; case, spaces and dashes do not matter, full-width letters are read.

    Raises LedgerError MH-LEDGER-11 naming the group with the typing error, MH-LEDGER-34 when the length is wrong.
    """
    folded = "".join(_fold(letter) for letter in text if letter.isalnum())
    if len(folded) != GROUPS * (_DATA + 1):
        raise LedgerError("MH-LEDGER-34", found=len(folded), wanted=GROUPS * (_DATA + 1))
    number = 0
    for group in range(GROUPS):
        letters = folded[group * (_DATA + 1) : (group + 1) * (_DATA + 1)]
        values = [_VALUES.get(letter, -1) for letter in letters]
        if -1 in values or _check(values[:_DATA], group) != values[_DATA]:
            raise LedgerError("MH-LEDGER-11", group=group + 1, letters=letters)
        for value in values[:_DATA]:
            number = number << 5 | value
    return number.to_bytes(SECRET_BYTES, "big")


def _fold(letter: str) -> str:
    """Full-width to plain, lower to upper case."""
    code = ord(letter)
    return (chr(code - 0xFEE0) if 0xFF01 <= code <= 0xFF5E else letter).upper()  # noqa: PLR2004 - the full-width block
