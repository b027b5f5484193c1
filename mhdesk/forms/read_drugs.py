"""Drug lines as one text: ``利培酮，规格1mg，每日2次，每次1mg，早1mg，晚1mg；氯氮平，每日1次，每次25mg``.

The text is what histories show and files may hold; a drug table on screen gives the parts one by one
(``drugs_current:1:dose``). A word that cannot be read is a fault: doses are never guessed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Any

from mhdesk.domain.codes import code_list
from mhdesk.domain.follow_up import DrugLine
from mhdesk.forms.read_codes import is_blank

_NO_DRUGS = frozenset({"无", "未用药", "未服药", "不用药", "没有"})
_NUMBER = r"([0-9]+(?:\.[0-9]+)?)"
_UNIT = r"\s*(mg|毫克|ml|毫升|g|克|剂|片|丸|粒|袋|支)?"
_LINE_BREAK = re.compile(r"[;；\n\r]+")
_PERIODS = {"日": "day", "天": "day", "周": "week", "月": "month"}
_PERIOD_WORDS = {"day": "每日", "week": "每周", "month": "每月"}


def _code_of_unit(word: str | None) -> str | None:
    return code_list("dose_unit").find(word) if word else None


def _amount(field: str) -> Callable[[re.Match[str]], dict[str, Any]]:
    def read(match: re.Match[str]) -> dict[str, Any]:
        unit = _code_of_unit(match[2])
        return {field: float(match[1])} | ({"dose_unit": unit} if unit else {})

    return read


def _frequency(match: re.Match[str]) -> dict[str, Any]:
    return {"period": _PERIODS[match[1]]} | ({"times": float(match[2])} if match[2] else {})


_TOKENS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], dict[str, Any]]], ...] = (
    (re.compile(r"规格\s*(.+)"), lambda match: {"specification": match[1]}),
    (re.compile(rf"每\s*{_NUMBER}\s*周\s*(?:一|1)?\s*次?"), lambda match: {"interval_weeks": float(match[1])}),
    (re.compile(rf"每([日天周月])\s*(?:{_NUMBER}\s*次)?"), _frequency),
    (re.compile(rf"{_NUMBER}次"), lambda match: {"times": float(match[1])}),
    (re.compile(rf"(?:每次)\s*{_NUMBER}{_UNIT}"), _amount("dose")),
    (re.compile(rf"(?:总量|[每日天周月]+剂量)\s*{_NUMBER}{_UNIT}"), _amount("total_dose")),
    (re.compile(rf"早\s*{_NUMBER}{_UNIT}"), _amount("morning")),
    (re.compile(rf"中\s*{_NUMBER}{_UNIT}"), _amount("noon")),
    (re.compile(rf"晚\s*{_NUMBER}{_UNIT}"), _amount("night")),
    (re.compile(rf"{_NUMBER}\s*(mg|毫克)"), _amount("dose")),
    (re.compile(r"长效(?:针|药)?"), lambda _match: {"long_acting": "2"}),
    (re.compile(r"非长效"), lambda _match: {"long_acting": "1"}),
    (re.compile(r"单位\s*(\S+)"), lambda match: {"dose_unit": _code_of_unit(match[1])}),
)


def read_drugs(text: str, purpose: str) -> tuple[DrugLine, ...] | None:
    """The lines of a text, or None where a word of it cannot be read. 无 and an empty text are no lines."""
    plain = unicodedata.normalize("NFKC", text).strip()
    if is_blank(plain) or plain in _NO_DRUGS:
        return ()
    lines = [_read_line(line.strip(), purpose) for line in _LINE_BREAK.split(plain) if line.strip()]
    return tuple(line for line in lines if line) if all(lines) else None


def write_drugs(lines: tuple[DrugLine, ...]) -> str:
    """The text of drug lines; `read_drugs` reads it back."""
    return "；".join(_write_line(line) for line in lines)


def _read_line(line: str, purpose: str) -> DrugLine | None:
    pieces = [piece.strip() for piece in re.split(r"[,，]", line) if piece.strip()]
    if len(pieces) == 1:
        words = pieces[0].split()
        values = _read_tokens(words[1:])
        if values is None:  # nothing like an amount in it: the whole is a name, such as 丙戊酸钠 缓释片
            return None if re.search(r"[0-9A-Za-z]", line) else DrugLine(purpose=purpose, drug_name=line)
        return DrugLine(purpose=purpose, drug_name=words[0], **values)
    values = _read_tokens(pieces[1:])
    return None if not pieces or values is None else DrugLine(purpose=purpose, drug_name=pieces[0], **values)


def _read_tokens(words: list[str]) -> dict[str, Any] | None:
    values: dict[str, Any] = {}
    for word in words:
        for pattern, read in _TOKENS:
            if match := pattern.fullmatch(word):
                found = read(match)
                break
        else:
            return None
        if any(key != "dose_unit" and key in values for key in found) or None in found.values():
            return None
        if values.get("dose_unit", found.get("dose_unit")) != found.get("dose_unit", values.get("dose_unit")):
            return None  # two units in one line
        values |= found
    return values


def _write_line(line: DrugLine) -> str:
    unit = line.dose_unit or ""
    amounts = [
        (prefix, value)
        for prefix, value in (
            ("每次", line.dose),
            ("总量", line.total_dose),
            ("早", line.morning),
            ("中", line.noon),
            ("晚", line.night),
        )
        if value is not None
    ]
    words = [_clean(line.drug_name)]
    if line.specification:
        words.append(f"规格{_clean(line.specification)}")
    times = f"{_number(line.times)}次" if line.times is not None else ""
    if line.period or times:
        words.append(_PERIOD_WORDS.get(line.period or "", "") + times)
    words += [f"{prefix}{_number(value)}{unit}" for prefix, value in amounts]
    if unit and not amounts:
        words.append(f"单位{unit}")
    if line.long_acting:
        words.append("长效" if line.long_acting == "2" else "非长效")
    if line.interval_weeks is not None:
        words.append(f"每{_number(line.interval_weeks)}周一次")
    return "，".join(words)


def _number(value: float) -> str:
    return f"{value:.6f}".rstrip("0").rstrip(".")


def _clean(text: str) -> str:
    """Without the characters that part lines and words."""
    return re.sub(r"[,，;；\n\r]+", "、", text)
