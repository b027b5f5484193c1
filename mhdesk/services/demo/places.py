"""Where the invented people live: the 22 institutions with their printed numbers, and invented villages.

Numbers of people, staff and inhabitants are those printed in 附件2 of 渝北卫健〔2023〕260号; the villages are invented,
357 in all as 渝北卫健函〔2023〕114号 counts them. Nothing here depends on the seed, so a place keeps its name.
"""

from __future__ import annotations

import csv
import functools
import math
import random
import tomllib
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import resources

#: Row numbers of the annex that are institutions with an area of their own; 0 is the district, 23 and up have none.
_INSTITUTION_ROWS = range(1, 23)
_SOURCE = "渝北卫健〔2023〕260号附件2"


class Village(NamedTuple):
    """An invented village or community."""

    name: str
    population: int


class Institution(NamedTuple):
    """One row of the annex. `population` and `registered` (在册) are printed there, `villages` invented."""

    name: str
    town: str
    population: int
    registered: int
    staff: float
    psychiatrists: float
    villages: tuple[Village, ...]
    source: str = _SOURCE

    @property
    def is_rural(self) -> bool:
        """A township hospital (卫生院) rather than a community centre."""
        return self.name.endswith("卫生院")


@functools.cache
def place_data() -> dict[str, Any]:
    """The table ``resources/demo/places.toml``."""
    return tomllib.loads(resources.path("demo/places.toml").read_text(encoding="utf-8"))


def share_out(total: int, weights: Sequence[float]) -> list[int]:
    """Whole parts of `total` in proportion to `weights` by largest remainder; they add up to `total`."""
    scale = total / sum(weights)
    parts = [math.floor(weight * scale) for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda index: parts[index] - weights[index] * scale)
    for index in by_remainder[: total - sum(parts)]:
        parts[index] += 1
    return parts


@functools.cache
def institutions() -> tuple[Institution, ...]:
    """The 22 institutions of the annex, in its order."""
    with resources.path("demo/yubei_annex2.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if int(row["序号"]) in _INSTITUTION_ROWS]
    least = place_data()["villages_least"]
    spare = place_data()["villages_total"] - least * len(rows)
    counts = [least + extra for extra in share_out(spare, [math.sqrt(int(row["辖区人口数"])) for row in rows])]
    names = _village_names()
    return tuple(_institution(row, count, names) for row, count in zip(rows, counts, strict=True))


def institution(name: str) -> Institution:
    """The institution of that name. Raises KeyError when the annex has none."""
    for candidate in institutions():
        if candidate.name == name:
            return candidate
    raise KeyError(name)


def _village_names() -> Iterator[str]:
    """Two-character names, each once, in a fixed shuffled order."""
    data = place_data()
    names = [first + second for first in data["first"] for second in data["second"]]
    random.Random("villages").shuffle(names)
    return iter(names)


def _institution(row: dict[str, str], count: int, names: Iterator[str]) -> Institution:
    data = place_data()
    name = row["机构名称"]
    town = name
    for ending in ("社区卫生服务中心", "中心卫生院"):
        town = town.removesuffix(ending)
    dice = random.Random(name)
    share = data["community_share_rural"] if name.endswith("卫生院") else data["community_share_urban"]
    population = int(row["辖区人口数"])
    parts = share_out(population, [dice.uniform(0.5, 1.6) for _ in range(count)])
    villages = tuple(
        Village(next(names) + ("社区" if index < count * share else "村"), part) for index, part in enumerate(parts)
    )
    return Institution(
        name,
        town,
        population,
        int(row["在册患者人数"]),
        float(row["精防人员_现有人数"]),
        float(row["精神科执业(助理)医师_现有人数"]),
        villages,
    )
