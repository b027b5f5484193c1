"""Codes as typed (digits) and as files write them (labels): ``1,3``, ``13``, 幻觉、猜疑, ``1x2``, 轻度滋事2次."""

from __future__ import annotations

import functools
import re
import unicodedata
from enum import StrEnum
from typing import NamedTuple

from mhdesk.domain.codes import CodeList
from mhdesk.domain.record import CodeCount

_SEPARATOR = re.compile(r"[,，、;；/|+\s]+")
_CIRCLED = re.compile(r"[①-⑳](?=[①-⑳])")
_WITH_DETAIL = re.compile(r"(.+?)\s*[(（:：]\s*([^()（）]+?)\s*[)）]?")
_SPACED_DETAIL = re.compile(r"(\S+)\s+(.+)")
_COUNTED = re.compile(
    r"(?P<word>[0-9]{1,2}(?=\s*(?:[x×*X:：]|[(（]\s*[0-9]+\s*次|[,，、;；/|+\s]|$))|[^0-9,，、;；/|+\sx×*X:：()（）]+)"
    r"\s*(?:[x×*X:：]\s*(?P<times>[0-9]+)\s*次?|[(（]?\s*(?P<said>[0-9]+)\s*次\s*[)）]?)?"
)
_REMEMBERED = 20_000  # files repeat the same few words
_BLANK = frozenset({"", "/", "\\", "-", "--", "—", "——", "–", "―"})
_UNKNOWN = frozenset({"不详", "未知", "不清", "空"})


class CodeFault(StrEnum):
    """Why a text is no code of its list."""

    UNKNOWN = "unknown"
    SEVERAL = "several"  # one code is asked
    AMBIGUOUS = "ambiguous"  # 13 where 1, 3 and 13 could be meant
    REPEATED = "repeated"
    EXCLUSIVE = "exclusive"  # 7 无 with others
    NO_COUNT = "no_count"
    COUNT_RANGE = "count_range"
    NOT_CONVERTIBLE = "not_convertible"  # an old edition's code nobody may guess


class Codes(NamedTuple):
    """Codes of today and the words that came with them (其他：…)."""

    codes: tuple[str, ...]
    detail: str = ""


@functools.lru_cache(_REMEMBERED)
def read_code(code_list: CodeList, text: str) -> Codes | CodeFault:
    """One code. An empty text, a dash or 不详 (where it is no label) is none."""
    plain = unicodedata.normalize("NFKC", text).strip()
    if (found := code_list.find(plain)) is not None:
        return _current(code_list, [found])
    if is_blank(plain) or plain in code_list.blank:
        return Codes(())
    for pattern in (_WITH_DETAIL, _SPACED_DETAIL):
        match = pattern.fullmatch(plain)
        found = code_list.find(match[1]) if match else None
        if match and found is not None and not match[2].isdigit():
            return _current(code_list, [found], match[2])
    pieces = [piece for piece in _SEPARATOR.split(plain) if piece]
    if len(pieces) > 1 and all(code_list.find(piece) for piece in pieces):
        return CodeFault.SEVERAL
    if code_list.is_single_digit and plain.isdigit() and len(plain) > 1:
        return CodeFault.SEVERAL if set(plain) <= set(code_list.codes) else CodeFault.UNKNOWN
    return CodeFault.UNKNOWN


@functools.lru_cache(_REMEMBERED)
def read_codes(code_list: CodeList, text: str) -> Codes | CodeFault:
    """Several codes, returned in printed order. Adjacent digits are several codes in lists of single digits."""
    plain = _fold_words(code_list, unicodedata.normalize("NFKC", _CIRCLED.sub(r"\g<0>,", text)).strip())
    if is_blank(plain) or plain in code_list.blank:
        return Codes(())
    found: list[str] = []
    by_word: set[str] = set()
    details: list[str] = []
    for piece in _pieces(plain):
        if piece.isdigit() and piece not in code_list.codes and code_list.find(piece) is None:
            codes = _adjacent(code_list, piece)
            if isinstance(codes, CodeFault):
                return codes
        else:
            one = _piece(code_list, piece)
            if one is None:
                return CodeFault.UNKNOWN
            codes, detail = [one.codes[0]], one.detail
            details += [detail] if detail else []
            if not piece.isdigit():
                if codes[0] in found:  # “1 幻觉”: the digit and its own word
                    continue
                by_word.add(codes[0])
        if len(set(codes)) < len(codes) or (set(codes) & set(found)) - by_word:
            return CodeFault.REPEATED
        found += [code for code in codes if code not in found]
    if len(found) > 1 and code_list.exclusive & set(found):
        return CodeFault.EXCLUSIVE
    return _current(code_list, sorted(found, key=code_list.codes.index), "、".join(details))


def read_counts(code_list: CodeList, text: str, *, maximum: int = 200) -> tuple[CodeCount, ...] | CodeFault:
    """Codes with their times: ``1x2,5*1``, ``轻度滋事2次``. 无 counts 0; any other code needs its number."""
    plain = unicodedata.normalize("NFKC", text).strip()
    if is_blank(plain) or plain in code_list.blank:
        return ()
    rest = _COUNTED.sub("", plain)
    if _SEPARATOR.sub("", rest):
        return CodeFault.UNKNOWN
    found: dict[str, int] = {}
    for match in _COUNTED.finditer(plain):
        code = code_list.find(match["word"])
        if code is None:
            return CodeFault.UNKNOWN
        fault = _add_count(code_list, found, code, match["times"] or match["said"], maximum)
        if fault:
            return fault
    if len(found) > 1 and code_list.exclusive & found.keys():
        return CodeFault.EXCLUSIVE
    return counts(code_list, found)


def counts(code_list: CodeList, found: dict[str, int]) -> tuple[CodeCount, ...] | CodeFault:
    """Times by code as a value in printed order, turned into today's codes."""
    ordered = sorted(found, key=code_list.codes.index)
    current = [code_list.to_current(code) for code in ordered]
    if not all(current):
        return CodeFault.NOT_CONVERTIBLE
    return tuple(CodeCount(str(new), found[old]) for old, new in zip(ordered, current, strict=True))


def is_blank(text: str) -> bool:
    """Whether a cell says nothing: empty, a dash, a stroke, 不详."""
    return text in _BLANK or text in _UNKNOWN


def _add_count(
    code_list: CodeList, found: dict[str, int], code: str, said: str | None, maximum: int
) -> CodeFault | None:
    if code in found:
        return CodeFault.REPEATED
    exclusive = code in code_list.exclusive
    if said is None and not exclusive:
        return CodeFault.NO_COUNT
    times = int(said or 0)
    if (exclusive and times) or (not exclusive and not 1 <= times <= maximum):
        return CodeFault.COUNT_RANGE
    found[code] = times
    return None


def _current(code_list: CodeList, codes: list[str], detail: str = "") -> Codes | CodeFault:
    current = [code_list.to_current(code) for code in codes]
    if None in current:
        return CodeFault.NOT_CONVERTIBLE
    return Codes(tuple(code for code in current if code), detail)


def _pieces(text: str) -> list[str]:
    """Split at separators outside brackets."""
    protected = re.sub(r"[(（][^()（）]*[)）]", lambda match: _SEPARATOR.sub("\x00", match[0]), text)
    return [piece.replace("\x00", "、") for piece in _SEPARATOR.split(protected) if piece]


def _piece(code_list: CodeList, piece: str) -> Codes | None:
    if (code := code_list.find(piece)) is not None:
        return Codes((code,))
    match = _WITH_DETAIL.fullmatch(piece)
    code = code_list.find(match[1]) if match else None
    return Codes((code,), match[2]) if match and code is not None else None


def _adjacent(code_list: CodeList, digits: str) -> list[str] | CodeFault:
    if not code_list.is_single_digit:
        return CodeFault.AMBIGUOUS if set(digits) <= set(code_list.codes) else CodeFault.UNKNOWN
    return list(digits) if set(digits) <= set(code_list.codes) else CodeFault.UNKNOWN


def _fold_words(code_list: CodeList, text: str) -> str:
    """Labels that hold a separator themselves (患者家属、监护人) as their code, so that splitting leaves them whole."""
    for entry in code_list.entries:
        for word in sorted((entry.label, *entry.synonyms), key=len, reverse=True):
            plain = unicodedata.normalize("NFKC", word)
            if _SEPARATOR.search(plain) and plain in text:
                text = re.sub(rf"(?:(?<![0-9]){entry.code}\s*[.:、]?\s*)?{re.escape(plain)}", f",{entry.code},", text)
    return text
