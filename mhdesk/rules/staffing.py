"""How many 精防人员 and psychiatrists are needed (附件2 of 渝北卫健〔2023〕260号).

Per unit: one for every `ratio` people on the register, by one of three roundings, each with at least one. The table's
own rule is `half_up_min1`; "每80名至少1名" read strictly is `ceil`. Totals are sums of the units.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal

from mhdesk.domain.errors import UsageError

PSYCHIATRISTS_PER_100K = Decimal("4.5")
_ROUNDINGS: Mapping[str, str] = {
    "half_up_min1": ROUND_HALF_UP,
    "ceil": ROUND_CEILING,
    "floor_min1": ROUND_FLOOR,
}
ROUNDINGS = tuple(_ROUNDINGS)


@dataclass(frozen=True, slots=True)
class Post:
    """A unit's people, inhabitants and staff. None: not known."""

    unit: str
    registered: int
    in_post: float | None = None  # 精防人员, may be in parts
    population: int | None = None
    psychiatrists: float | None = None


@dataclass(frozen=True, slots=True)
class Need:
    """What a unit needs and lacks. `missing` is negative where there are more than needed, None where unknown."""

    unit: str
    registered: int
    needed: int
    in_post: float | None
    missing: float | None
    people_per_staff: int | None  # N of 1/N
    psychiatrists_needed: int | None
    psychiatrists: float | None
    psychiatrists_missing: float | None


def _rounded(value: Decimal, rounding: str) -> int:
    return int(value.quantize(Decimal(1), rounding))


def half_up(value: Decimal) -> int:
    """Rounded as the circulars round: 0.5 goes up."""
    return _rounded(value, ROUND_HALF_UP)


def staff_needed(registered: int, ratio: int, rounding: str = "half_up_min1") -> int:
    """精防人员 needed for `registered` people at 1:`ratio`, at least 1. Raises UsageError MH-STAFF-01."""
    if ratio <= 0 or registered < 0:
        raise UsageError("MH-STAFF-01", value=ratio)
    if rounding not in _ROUNDINGS:
        raise UsageError("MH-STAFF-01", value=rounding)
    return max(1, _rounded(Decimal(registered) / ratio, _ROUNDINGS[rounding]))


def psychiatrists_needed(population: int, per_100k: Decimal = PSYCHIATRISTS_PER_100K) -> int:
    """精神科医师 needed per 100,000 inhabitants: 4.5, 6 or 2.8, as the document says."""
    return half_up(Decimal(population) * per_100k / 100_000)


def people_per_staff(registered: int, staff: float | None) -> int | None:
    """N of 1/N; None without staff."""
    return half_up(Decimal(registered) / Decimal(str(staff))) if staff else None


def plan(posts: Sequence[Post], *, ratio: int, rounding: str = "half_up_min1") -> tuple[list[Need], Need]:
    """What each unit needs, and the total as the sum of the units. Raises UsageError MH-STAFF-01."""
    needs = [_need(post, ratio, rounding) for post in posts]
    registered = sum(need.registered for need in needs)
    in_post = _sum(needs, lambda need: need.in_post)
    total = Need(
        unit="",
        registered=registered,
        needed=sum(need.needed for need in needs),
        in_post=in_post,
        missing=_sum(needs, lambda need: need.missing),
        people_per_staff=people_per_staff(registered, in_post),
        psychiatrists_needed=_whole(_sum(needs, lambda need: need.psychiatrists_needed)),
        psychiatrists=_sum(needs, lambda need: need.psychiatrists),
        psychiatrists_missing=_sum(needs, lambda need: need.psychiatrists_missing),
    )
    return needs, total


def _need(post: Post, ratio: int, rounding: str) -> Need:
    needed = staff_needed(post.registered, ratio, rounding)
    doctors = psychiatrists_needed(post.population) if post.population is not None else None
    lacking = None if doctors is None or post.psychiatrists is None else doctors - post.psychiatrists
    return Need(
        unit=post.unit,
        registered=post.registered,
        needed=needed,
        in_post=post.in_post,
        missing=None if post.in_post is None else needed - post.in_post,
        people_per_staff=people_per_staff(post.registered, post.in_post),
        psychiatrists_needed=doctors,
        psychiatrists=post.psychiatrists,
        psychiatrists_missing=lacking,
    )


def _sum(needs: Sequence[Need], part: Callable[[Need], float | None]) -> float | None:
    """The sum, None as soon as one unit's part is not known."""
    values = [part(need) for need in needs]
    known = [value for value in values if value is not None]
    return sum(known) if known and len(known) == len(values) else None


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value)
