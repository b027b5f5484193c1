"""Printed forms: each function reads what a form needs, writes one audit row, and returns a `Document`.

A document draws itself into memory (`to_bytes`, for preview and printer) or into a file (`write`). The audit row
``print.<form>`` is written when the document is made: from there on names may leave the ledger.
"""

from __future__ import annotations

from mhdesk.services.printing.courses import courses
from mhdesk.services.printing.document import Document
from mhdesk.services.printing.joint import discharge_note, emergency, exchange, joint_visit, meetings
from mhdesk.services.printing.joint_lists import LISTED, joint_list
from mhdesk.services.printing.lists import loss_or_death, register_list
from mhdesk.services.printing.medication import Month, dispensing_register, injection_register
from mhdesk.services.printing.persons import (
    blank_follow_ups,
    consent,
    follow_ups,
    patients_of_village,
    referral,
    supplement,
)
from mhdesk.services.printing.rounds import visit_sheets, visit_sheets_again
from mhdesk.services.printing.tables import TableDocument, table
from mhdesk.services.printing.training import training_sheet

__all__ = [
    "LISTED",
    "Document",
    "Month",
    "TableDocument",
    "blank_follow_ups",
    "consent",
    "courses",
    "discharge_note",
    "dispensing_register",
    "emergency",
    "exchange",
    "follow_ups",
    "injection_register",
    "joint_list",
    "joint_visit",
    "loss_or_death",
    "meetings",
    "patients_of_village",
    "referral",
    "register_list",
    "supplement",
    "table",
    "training_sheet",
    "visit_sheets",
    "visit_sheets_again",
]
