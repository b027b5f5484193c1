"""用药时间图 on paper: one page a person: the picture of two years, and each period with its evidence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from mhdesk.domain.task import QUIET, Task
from mhdesk.reports import course
from mhdesk.reports.model import Align
from mhdesk.reports.paper.model import Between, Block, Chart, Form, Heading, Prose, Row, Table, label, value, written
from mhdesk.services.medication import timeline, words
from mhdesk.services.medication.timeline import Shown
from mhdesk.services.printing import gather
from mhdesk.services.printing.document import Document, noted
from mhdesk.text import text

if TYPE_CHECKING:
    from db.ledger import Ledger

_MARGINS_MM = (14.0, 12.0, 14.0, 12.0)
_COLUMNS_MM = (62.0, 22.0, 14.0, 175.0)


def courses(ledger: Ledger, patient_ids: Sequence[int], *, today: date, task: Task = QUIET) -> Document:
    """The picture of each of these people on landscape paper. Raises as `mhdesk.services.printing.supplement`."""
    with ledger.read() as connection:
        found = gather.people(connection, patient_ids)
        places = gather.Places(ledger, connection)
    forms = []
    for number, patient in enumerate(found):
        task.step(number, len(found), text("paper.gathering"))
        shown = timeline.read(ledger, patient.id or 0, today=today)
        unit = places.village(patient.unit_id) or places.institution(patient.unit_id)
        forms.append(_form(shown, unit, today))
    return noted(ledger, "course", forms, people=len(found))


def _form(shown: Shown, unit: str, today: date) -> Form:
    found = shown.picture
    title = text("paper.titles.course")
    orders = "；".join(f"{one.drug_name} {words.dose(one)}" for one in found.running) or text("paper.course.no_orders")
    header = Row(tuple(label(text(f"medication_tab.column.{key}")) for key in ("span", "state", "days", "why")))
    rows = [
        Row(
            (
                value(course.span_words(one.start, one.end)),
                value(course.legend(one.state.value), align=Align.CENTER),
                value(str(one.days), align=Align.CENTER),
                value(words.why(one)),
            ),
            5.5,
        )
        for one in reversed(found.periods)
    ]
    who = text("paper.course.who", name=found.patient.name, unit=unit)
    body: list[Block] = [
        Chart(shown.course),
        Prose((written(text("paper.course.orders", orders=orders)),), space_mm=2.0),
        Table(_COLUMNS_MM, (header, *rows), header=1),
        Prose((written(text("paper.course.note")),), size=0.9, space_mm=2.0),
    ]
    return Form(
        title=title,
        head=(
            Heading(title, 16.0),
            Between(written(who), written(text("paper.course.printed", day=today.isoformat())), space_mm=1.0),
        ),
        body=tuple(body),
        landscape=True,
        margins_mm=_MARGINS_MM,
        points=9.0,
        fit=False,
    )
