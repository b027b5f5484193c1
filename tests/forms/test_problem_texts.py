"""Each problem the readers can name has its sentence, and each sentence a reader that names it."""

from __future__ import annotations

import re
import tomllib

import resources
from tests.conftest import ROOT

_CODE = re.compile(r"MH-FORM-\d\d")


def test_codes_and_sentences_are_the_same_set() -> None:
    table = tomllib.loads(resources.path("text/zh_CN/problems.toml").read_text(encoding="utf-8"))["problems"]
    named = {
        code
        for file in (ROOT / "mhdesk" / "forms").glob("*.py")
        for code in _CODE.findall(file.read_text(encoding="utf-8"))
    }
    assert {code for code in table if _CODE.fullmatch(code)} == named


def test_sentences_say_which_item() -> None:
    table = tomllib.loads(resources.path("text/zh_CN/problems.toml").read_text(encoding="utf-8"))["problems"]
    assert all("{label}" in sentence and sentence.endswith("。") for sentence in table.values())
