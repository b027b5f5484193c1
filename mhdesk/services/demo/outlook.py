"""A form the district sent, for the demonstration. The file lies in ``resources/demo/form.xlsx``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import resources
from mhdesk.services import templates
from mhdesk.text import text

if TYPE_CHECKING:
    from db.ledger import Ledger


def add_form(ledger: Ledger) -> None:
    """Keep the form in the ledger."""
    content = resources.path("demo/form.xlsx").read_bytes()
    templates.save(ledger, text("demo.form_name"), content, file_name="form.xlsx")
