"""Importing real workbooks: registers (花名册) and follow-ups, found, read, matched and stored in one transaction."""

from __future__ import annotations

from mhdesk.services.imports.result import KINDS, ImportResult, Outcome, RowProblem
from mhdesk.services.imports.run import import_file

__all__ = ["KINDS", "ImportResult", "Outcome", "RowProblem", "import_file"]
