"""Every sentence the program asks for exists, says what to do next where it must, and is Chinese."""

from __future__ import annotations

import ast
import re
import string
import tomllib
from collections.abc import Iterator
from typing import Any

import resources
from mhdesk import text as texts
from tests.arch.tree import modules, name, parsed

CODE = re.compile(r"MH-[A-Z]+-\d\d")
LATIN = re.compile(r"[A-Za-z]{2,}")
# placeholders, codes, date formats, options, file names
NOT_WORDS = re.compile(r"\{[^}]*\}|MH-[A-Z]+-\d\d|%[A-Za-z]|<[^>]*>|--?[a-z-]+|[\w-]*\.[a-z]+\b", re.ASCII)
# Latin words a doctor sees on the paper, on the keyboard or in file names.
ALLOWED_WORDS = frozenset(
    {
        *("xlsx", "xls", "csv", "CSV", "ods", "et", "pdf", "PDF", "SVG", "PNG", "JSON", "TOML", "UTF"),
        *("GB", "MB", "KB"),
        *("Excel", "WPS", "LibreOffice", "Windows", "Linux", "macOS", "USB", "OneDrive", "ID"),
        *("Enter", "Ctrl", "Shift", "Alt", "Tab", "Esc", "PageUp", "PageDown", "PgUp", "PgDn", "Home", "End", "Delete"),
        *("mhdesk", "Python", "PySide", "Qt", "SQLCipher", "SQLite", "SQLAlchemy", "openpyxl", "reportlab", "Argon"),
        *("Noto", "Sans", "Serif", "SC", "Lucide", "Apache", "OFL"),
        *("LGPL", "BSD", "ISC", "Zetetic", "LLC", "ReportLab", "SHA"),  # whose work is inside
        *("CLASS", "YEAR", "SC"),  # names of rule sets
        "mg",  # doses
        *("zxl", "zhangsan", "wangmin"),  # how to type a name
        *("quarantine", "verify"),  # a folder, a command
    }
)
# The command line names commands, options and file names in Latin letters.
LATIN_TABLES = frozenset({"cli"})


def leaves(node: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """(dotted key, sentence) of every text."""
    for key, value in node.items():
        if isinstance(value, dict):
            yield from leaves(value, f"{path}{key}.")
        elif isinstance(value, str):
            yield f"{path}{key}", value
        else:
            yield from ((f"{path}{key}", one) for one in value if isinstance(one, str))


TABLES: dict[str, Any] = texts.tables()
TEXTS = dict(leaves(TABLES))


def test_every_table_is_found_without_taking_its_file_apart() -> None:
    files = resources.path("text/zh_CN").glob("*.toml")
    whole = [tomllib.loads(file.read_text(encoding="utf-8")) for file in files]
    assert {name for one in whole for name in one} == TABLES.keys()
    assert all(TABLES[name].items() >= table.items() for one in whole for name, table in one.items())


def takes_from_texts(tree: ast.Module) -> bool:
    """Whether a module imports mhdesk.text or something of it."""
    return any(
        (isinstance(node, ast.ImportFrom) and node.module == "mhdesk.text")
        or (isinstance(node, ast.ImportFrom) and node.module == "mhdesk" and any(a.name == "text" for a in node.names))
        for node in ast.walk(tree)
    )


def calls(function: str) -> Iterator[tuple[str, ast.Call]]:
    """Every call of a function of mhdesk.text, as (where, call)."""
    for file in modules():
        if not takes_from_texts(parsed(file)):  # SQL has a text() too
            continue
        for node in ast.walk(parsed(file)):
            if isinstance(node, ast.Call) and node.args:
                spelled = ast.unparse(node.func)
                if spelled in {function, f"texts.{function}", f"mhdesk.text.{function}"}:
                    yield f"{name(file)}:{node.lineno}", node


def placeholders(sentence: str) -> set[str]:
    """The names in braces."""
    return {field.split(".")[0].split("[")[0] for _, field, _, _ in string.Formatter().parse(sentence) if field}


def test_every_text_asked_for_exists_and_is_filled() -> None:
    wrong = []
    for where, call in calls("text"):
        key = call.args[0]
        if not (isinstance(key, ast.Constant) and isinstance(key.value, str)):
            continue
        if key.value not in TEXTS:
            wrong.append(f"{where}: no text {key.value}")
            continue
        given = {keyword.arg for keyword in call.keywords}
        if None not in given and not placeholders(TEXTS[key.value]) <= given:
            wrong.append(f"{where}: {key.value} wants {placeholders(TEXTS[key.value])}, gets {given}")
    assert not wrong


def test_every_family_of_texts_asked_for_exists() -> None:
    """``text(f"shell.nav.{key}")`` needs at least one text that begins so."""
    wrong = []
    for where, call in calls("text"):
        key = call.args[0]
        if isinstance(key, ast.JoinedStr) and isinstance(key.values[0], ast.Constant):
            prefix = str(key.values[0].value)
            if not any(known.startswith(prefix) for known in TEXTS):
                wrong.append(f"{where}: no text begins with {prefix}")
    assert not wrong


def codes_in_source() -> dict[str, str]:
    """Every error code that stands as a string of its own in the program, and where."""
    return {
        node.value: f"{name(file)}:{node.lineno}"
        for file in modules()
        for node in ast.walk(parsed(file))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE.fullmatch(node.value)
    }


def test_every_code_in_the_program_has_its_sentences() -> None:
    known = TABLES["errors"].keys() | TABLES.get("problems", {}).keys()
    assert not {code: where for code, where in codes_in_source().items() if code not in known}


def test_every_error_says_what_happened_and_what_to_do_next() -> None:
    wrong = [
        code
        for code, entry in TABLES["errors"].items()
        if not CODE.fullmatch(code) or entry.keys() != {"message", "next"} or not all(entry.values())
    ]
    assert not wrong


def test_no_error_has_sentences_nobody_uses() -> None:
    assert not TABLES["errors"].keys() - codes_in_source().keys()


def test_every_sentence_can_be_filled() -> None:
    """No brace is open, no placeholder is nameless."""
    wrong = []
    for key, sentence in TEXTS.items():
        try:
            names = placeholders(sentence)
        except ValueError:
            wrong.append(key)
            continue
        if any(not one.isidentifier() for one in names):
            wrong.append(key)
    assert not wrong


def test_texts_are_chinese() -> None:
    wrong = {}
    for key, sentence in TEXTS.items():
        if key.split(".")[0] in LATIN_TABLES:
            continue
        bare = NOT_WORDS.sub("", sentence)
        if words := [word for word in LATIN.findall(bare) if word not in ALLOWED_WORDS]:
            wrong[key] = words
    assert not wrong
