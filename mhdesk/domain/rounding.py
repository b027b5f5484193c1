"""Rounding as the circulars and a spreadsheet do it: halves away from zero."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal


def round_half_up(value: float, digits: int) -> float:
    """`value` rounded the way a spreadsheet prints it: halves away from zero, 15 significant digits."""
    exact = Decimal(f"{value:.15g}")
    return float(exact.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP))


def two_decimals(value: float) -> str:
    """`value` with two decimals, halves away from zero: 0.125 is 0.13 wherever it is printed."""
    return f"{round_half_up(value, 2):.2f}"
