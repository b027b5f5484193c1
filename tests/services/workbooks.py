"""Workbooks as people make them, for tests of the import. Everybody in them is invented."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import xlwt
from openpyxl import Workbook

from mhdesk.domain.identity import check_digit

REGISTER = ("姓名", "身份证号", "性别", "出生日期", "监护人姓名", "监护人电话", "村（居）", "疾病诊断", "建档日期")
VISITS = ("姓名", "身份证号", "随访日期", "本次随访形式", "危险性评估", "用药依从性", "本次随访分类", "下次随访日期")


def number(birth: str, sequence: int) -> str:
    """A valid ID number of a region that was never issued."""
    body = f"500199{birth}{sequence:03d}"
    return body + check_digit(body)


ZHANG = number("19700305", 11)
LI = number("19811210", 12)
WANG = number("19550101", 13)


def xlsx(path: Path, *sheets: Sequence[Sequence[Any]], names: Sequence[str] = ()) -> Path:
    """A workbook with these sheets, row by row."""
    book = Workbook()
    book.remove(book.active)
    for position, rows in enumerate(sheets):
        sheet = book.create_sheet(names[position] if names else f"Sheet{position + 1}")
        for row in rows:
            sheet.append(list(row))
    book.save(path)
    return path


def xls(path: Path, rows: Iterable[Sequence[Any]]) -> Path:
    """The same in the format of Excel 97."""
    book = xlwt.Workbook()
    sheet = book.add_sheet("花名册")
    for y, row in enumerate(rows):
        for x, value in enumerate(row):
            if value is not None:
                sheet.write(y, x, value)
    book.save(str(path))
    return path


def person(
    name: str, id_number: Any, *, phone: Any = "15400000001", village: str = "青龙村", diagnosis: str = "精神分裂症"
) -> list[Any]:
    """A row of the register with the columns REGISTER."""
    return [name, id_number, None, None, "张大山", phone, village, diagnosis, "2020-05-06"]


def visit(name: str, id_number: Any, day: Any, *, form: str = "2", risk: str = "0", following: Any = None) -> list[Any]:
    """A row of follow-ups with the columns VISITS."""
    return [name, id_number, day, form, risk, "1", "3", following]
