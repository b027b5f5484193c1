"""The head of the entry page: who it is, at one look; which keys do what; whose sheet to begin with."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject

from mhdesk.domain.task import Task
from mhdesk.services import patients
from mhdesk.services.patients import RegisterFilter
from mhdesk.text import text
from ui.pages import patient_words as words
from ui.pages.base import Desk, PageHeader, Params
from ui.pages.follow_up_work import Opened
from ui.theme import PROGRAMME_TONES
from ui.widgets import ChipText


def show_header(header: PageHeader, opened: Opened, *, place: tuple[int, int] | None) -> None:
    """Name, chips, village and guardian; `place`: which of how many in the list."""
    file, today = opened.entry.file, opened.entry.today
    person = file.patient
    title = "follow_up.title" if opened.sheet.follow_up_id is None else "follow_up.title_edit"
    header.set_title(text(title, name=person.name))
    age = words.age(person.birth_date, today)
    chips = [
        ChipText(
            text("follow_up.who", sex=words.coded("sex", person.sex), age=age if age is not None else "—"), "info"
        ),
    ]
    if person.diagnosis:
        chips.append(ChipText(words.coded("diagnosis", person.diagnosis), "info"))
    if colour := words.coded("colour", file.colour):
        chips.append(ChipText(colour, PROGRAMME_TONES.get(colour[:1], "plain")))
    chips.append(_last_chip(opened))
    if file.exit is not None:
        chips.append(ChipText(text(f"follow_up.exit_{file.exit.kind}"), "now"))
    header.set_chips(chips)
    guardian = text("follow_up.guardian", name=person.guardian_name) if person.guardian_name else None
    phone = person.guardian_phone or person.phone
    queue = text("follow_up.queue", at=place[0], count=place[1]) if place is not None else None
    where = file.village or file.institution
    header.set_note(" · ".join(part for part in (queue, where, " ".join(filter(None, (guardian, phone)))) if part))


def _last_chip(opened: Opened) -> ChipText:
    last = opened.last
    if last is None or last.visit_date is None:
        return ChipText(text("follow_up.no_visit"), "plain")
    chip = words.class_chip(last.visit_class)
    return ChipText(text("follow_up.last", label=chip.label, day=last.visit_date.strftime("%m-%d")), chip.tone)


def first_patient(
    desk: Desk, params: Params, open_sheet: Callable[[int, int | None], object], *, owner: QObject
) -> None:
    """Open the person of the parameters; for pictures (`sample`) somebody who was visited lately."""
    if not params.get("sample"):
        open_sheet(params["patient_id"], params.get("follow_up_id"))
        return
    ledger = desk.ledger

    def job(_task: Task) -> list[int]:
        chosen = RegisterFilter(status="registered")
        return patients.register_ids(ledger, chosen=chosen, sort="last_visit_date", descending=True)[:1]

    desk.tasks.run("ledger", job, lambda ids: [open_sheet(patient_id, None) for patient_id in ids], owner=owner)


def help_lines() -> Sequence[tuple[str, str]]:
    """The keys of the entry page."""
    keys = {
        "Enter": "enter",
        "0–9": "digits",
        text("follow_up.space_key"): "space",
        "Backspace": "erase",
        "F8": "same",
        "F9": "clear",
        "F6": "ended",
        "F7": "extra",
        "Ctrl+D": "doubt",
        "PgUp PgDn": "cards",
        "Ctrl+S": "save",
        "Ctrl+Enter": "save_next",
    }
    return [(key, text(f"follow_up.help.{name}")) for key, name in keys.items()]
