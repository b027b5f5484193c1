"""Identity numbers (身份证号): the check of GB 11643, birth date, sex, and how a number is shown.

18 digits: region (6), birth date (8), order (3; odd = man, even = woman), check character. Residence permits of Hong
Kong, Macao and Taiwan people (prefix 81, 82, 83) and the foreigners' permanent residence card (prefix 9) have the same
shape. The region is where a person was first registered; it says nothing about where they live.
"""

from __future__ import annotations

import operator
import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"
_NOISE = re.compile(r"[\s\-'’‘`＇]+")
_NEW = re.compile(r"[0-9]{17}[0-9X]")
_OLD = re.compile(r"[0-9]{15}")
_LOST_DIGITS = re.compile(r"[0-9](\.[0-9]+)?E\+?[0-9]{2}|[0-9]{14,19}\.[0-9]*")
_KEPT_FIRST, _KEPT_LAST = 6, 4
_COMPOUND = frozenset(
    """
    欧阳 太史 端木 上官 司马 东方 独孤 南宫 万俟 闻人 夏侯 诸葛
    尉迟 公羊 赫连 澹台 皇甫 宗政 濮阳 公冶 太叔 申屠 公孙 慕容
    仲孙 钟离 长孙 宇文 司徒 鲜于 司空 闾丘 子车 亓官 司寇 巫马
    公西 颛孙 壤驷 公良 漆雕 乐正 宰父 谷梁 拓跋 夹谷 轩辕 令狐
    段干 百里 呼延 东郭 南门 羊舌 微生 梁丘 左丘 东门 西门 第五
    贺兰 纳兰 完颜 叶赫 那拉 富察 耶律 达奚 褚师
    """.split()  # noqa: SIM905 - a table of names reads better than a list of literals
)


class NumberKind(StrEnum):
    """Whose number it is."""

    RESIDENT = "resident"  # 居民身份证
    RESIDENCE_PERMIT = "residence_permit"  # 港澳台居民居住证, 81 82 83
    FOREIGNER = "foreigner"  # 外国人永久居留身份证, 9


class Fault(StrEnum):
    """Why a text is no identity number."""

    LOST_DIGITS = "lost_digits"  # stored as a number somewhere: 5.00112E+17
    SHAPE = "shape"  # not 15 digits, nor 17 and a check character
    BIRTH = "birth"  # digits 7-14 are no day, or one after today
    CHECK = "check"  # the check character does not fit


@dataclass(frozen=True, slots=True)
class Identity:
    """What a number says. `converted`: it was an old one of 15 digits."""

    number: str
    kind: NumberKind
    birth_date: date
    sex: str  # "1" 男, "2" 女
    converted: bool = False


def normalize(text: str) -> str:
    """Half-width, upper case, without spaces, hyphens and Excel's leading quote."""
    return _NOISE.sub("", unicodedata.normalize("NFKC", text)).upper()


def check_digit(first17: str) -> str:
    """The check character of 17 digits (GB 11643: weighted sum mod 11). Raises ValueError for anything else."""
    if re.fullmatch(r"[0-9]{17}", first17) is None:
        raise ValueError("17 digits wanted")
    return _CHECK[sum(map(operator.mul, map(int, first17), _WEIGHTS)) % 11]


def upgrade(number15: str) -> str:
    """The 18-digit form of an old number of 15 digits (born 19xx). Raises ValueError for anything else."""
    if _OLD.fullmatch(number15) is None:
        raise ValueError("15 digits wanted")
    first17 = f"{number15[:6]}19{number15[6:]}"
    return first17 + check_digit(first17)


def examine(text: str, *, today: date) -> Identity | Fault:
    """What a number says, or why it is none. A birth date after `today` is a fault."""
    number = normalize(text)
    if _LOST_DIGITS.fullmatch(number):
        return Fault.LOST_DIGITS
    converted = _OLD.fullmatch(number) is not None
    if converted:
        number = upgrade(number)
    if _NEW.fullmatch(number) is None:
        return Fault.SHAPE
    birth = birth_date(number)
    if birth is None or birth > today:
        return Fault.BIRTH
    if number[17] != check_digit(number[:17]):
        return Fault.CHECK
    return Identity(number, _kind(number), birth, sex(number), converted)


def is_valid(number: str) -> bool:
    """Whether an already normalised 18-digit number has a birth date that exists and the right check character."""
    shaped = _NEW.fullmatch(number) is not None and birth_date(number) is not None
    return shaped and number[17] == check_digit(number[:17])


def birth_date(number: str) -> date | None:
    """The day in digits 7-14 of an 18-digit number, or None where they are no day since 1850."""
    try:
        found = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None
    return found if found.year >= 1850 else None  # noqa: PLR2004 - nobody living was born before


def sex(number: str) -> str:
    """Code of list ``sex`` from digit 17: odd "1" 男, even "2" 女."""
    return "1" if int(number[16]) % 2 else "2"


def mask(number: str | None) -> str:
    """前6后4: the first six and last four characters, the rest as stars. Short numbers keep less."""
    if not number:
        return ""
    if len(number) <= _KEPT_FIRST + _KEPT_LAST:
        return number[:1] + "*" * (len(number) - 1)
    return number[:_KEPT_FIRST] + "*" * (len(number) - _KEPT_FIRST - _KEPT_LAST) + number[-_KEPT_LAST:]


def surname_length(name: str) -> int:
    """How many characters the surname has: 2 for compound ones of names of three or more, else 1."""
    return 2 if len(name) > 2 and name[:2] in _COMPOUND else 1  # noqa: PLR2004 - two-character surnames


def mask_name(name: str) -> str:
    """The surname and stars: 张**, 欧阳**. Never more than two stars, so that the length says nothing."""
    if not name:
        return ""
    kept = surname_length(name)
    return name[:kept] + "*" * min(2, max(1, len(name) - kept))


def _kind(number: str) -> NumberKind:
    if number[:2] in {"81", "82", "83"}:
        return NumberKind.RESIDENCE_PERMIT
    return NumberKind.FOREIGNER if number[0] == "9" else NumberKind.RESIDENT
