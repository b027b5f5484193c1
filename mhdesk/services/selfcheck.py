"""Whether the program itself is whole: encryption, fonts, forms, rules, texts. Needs no ledger."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path

import resources
from mhdesk.domain.finding import Finding
from mhdesk.reports.model import Cell, Column, Report, Sheet
from mhdesk.text import text

FONTS = ("NotoSansSC-Regular.ttf", "NotoSerifSC-Regular.ttf")
_PROBE = "䶮"
FORMS = ("follow_up_2018", "follow_up_2017", "person_2018")


def _encryption() -> str:
    from db import engine

    with tempfile.TemporaryDirectory() as folder:
        raw = engine.connect_exclusive(Path(folder) / "probe.db", secrets.token_bytes(32), mode="rwc")
        try:
            return str(raw.execute("PRAGMA cipher_version").fetchone()[0])
        finally:
            raw.close()


def _fonts() -> str:
    missing = [name for name in FONTS if not resources.path(f"fonts/{name}").is_file()]
    if missing:
        raise FileNotFoundError(", ".join(missing))
    return text("selfcheck.count", count=len(FONTS))


def _forms() -> str:
    from mhdesk.forms import load

    return text("selfcheck.count", count=len([load.form(name) for name in FORMS]))


def _rules() -> str:
    from mhdesk.rules import ruleset

    return text("selfcheck.count", count=len(ruleset.available()))


def _spreadsheet() -> str:
    """A small table goes out as a workbook and comes back the same."""
    from mhdesk.files import read, xlsx_write

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "probe.xlsx"
        xlsx_write.write_report(_probe_report(), file)
        rows = read.read_tables(file)[0].rows
    if not any(_PROBE in row for row in rows):
        raise ValueError("the workbook came back changed")
    return text("selfcheck.count", count=len(rows))


def _pdf() -> str:
    from mhdesk.files import pdf_write

    return text("selfcheck.bytes", count=len(pdf_write.report_bytes(_probe_report())))


def _probe_report() -> Report:
    sheet = Sheet(_PROBE, _PROBE, [Column(40)], [[Cell(_PROBE)]], [[Cell(_PROBE)]])
    return Report("probe", _PROBE, "probe", [sheet])


_CHECKS: dict[str, Callable[[], str]] = {
    "encryption": _encryption,
    "fonts": _fonts,
    "forms": _forms,
    "rules": _rules,
    "spreadsheet": _spreadsheet,
    "pdf": _pdf,
}


def run() -> list[Finding]:
    """Each check by its Chinese name. A check that fails says so; it never stops the others."""
    findings = []
    for name, check in _CHECKS.items():
        try:
            findings.append(Finding(text(f"selfcheck.{name}"), ok=True, detail=check()))
        except Exception as error:  # noqa: BLE001 - whatever is broken is the finding
            findings.append(Finding(text(f"selfcheck.{name}"), ok=False, detail=type(error).__name__))
    return findings
