"""Blocks copied in WPS and Excel, as they really come."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.pages.batch_paste import read_block


@pytest.mark.parametrize(
    ("words", "rows"),
    [
        ("1\t2\r\n3\t4\r\n", [["1", "2"], ["3", "4"]]),
        ("\ufeff1\t2", [["1", "2"]]),
        ("1\t2\t\t\n3\t\t\t\n", [["1", "2"], ["3"]]),  # stray tabs behind
        ("1\n\n\n", [["1"]]),  # the empty last row WPS adds
        ('"电话\n无人接"\t1', [["电话 无人接", "1"]]),
        ('"他说""好"""\t1', [['他说"好"', "1"]]),
        ('5" 屏\t2', [['5" 屏', "2"]]),  # a lone quote is no quoting
        ('"没有结尾\t2', [['"没有结尾', "2"]]),
        ('"半"截\t2', [['"半"截', "2"]]),
        ("'0501\t\u00a0 稳定 ", [["0501", "稳定"]]),
        ("1\r2\r", [["1"], ["2"]]),
        ("", []),
        ("\t\t\n", []),
        ("\t1", [["", "1"]]),
    ],
)
def test_a_block_is_taken_apart(words: str, rows: list[list[str]]) -> None:
    assert read_block(words) == rows


CELL = st.text(alphabet="012345稳定 \"',-.", max_size=6)


@given(st.lists(st.lists(CELL, min_size=1, max_size=4), min_size=1, max_size=4))
def test_what_is_quoted_whole_comes_back(rows: list[list[str]]) -> None:
    written = "\n".join("\t".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows)
    read = read_block(written)
    for place, row in enumerate(rows):
        found = read[place] if place < len(read) else []
        for at, cell in enumerate(row):
            wanted = " ".join(cell.split())
            wanted = wanted.removeprefix("'") if wanted[1:2].isdigit() else wanted
            assert (found[at] if at < len(found) else "") == wanted


@given(st.text(max_size=40))
def test_any_text_is_taken_apart(words: str) -> None:
    assert all("\n" not in cell and "\t" not in cell for row in read_block(words) for cell in row)
