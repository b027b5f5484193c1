"""The forms of slips: moving out, referring, receipts, moving in (typed or from a file)."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from mhdesk.domain.changes import Changes
from mhdesk.domain.errors import RecordRefused
from mhdesk.domain.patient import Patient
from mhdesk.domain.task import Task
from mhdesk.domain.transfer import Transfer
from mhdesk.domain.unit import Unit
from mhdesk.forms import load, parse
from mhdesk.services import patients, slip_files, transfers
from mhdesk.services.slip_files import SlipFile
from mhdesk.services.transfers import SlipRow
from mhdesk.text import text
from ui.dialogs.ask import Ask, AskDialog, Values
from ui.pages.base import Desk, Page

Done = Callable[[Changes], object]
Arrived = Callable[[Changes, str, date], object]
_NO_ID = "1"


def new_slip(desk: Desk, page: Page, kind: str, patient_id: int, name: str, *, on_done: Done) -> AskDialog:
    """迁出, 上转 or 下转 of one person."""
    today = desk.today()

    def submit(dialog: AskDialog, values: Values) -> None:
        slip = Transfer(
            patient_id=patient_id,
            kind=kind,
            slip_number="",
            happened_on=values["on"],
            from_unit=desk.unit_name,
            to_unit=values["to"],
            reason=values["reason"],
            doctor_name=values["doctor"],
            content={"note": values["note"]} if values["note"] else {},
        )
        store = transfers.send_out if kind == "out" else transfers.refer
        _run(desk, dialog, lambda _task: store(desk.ledger, slip, today=today)[1], on_done)

    return _open(
        AskDialog(
            desk,
            text(f"transfers.new_{kind}", name=name),
            text("transfers.make"),
            [
                Ask("on", text("transfers.ask.on"), "date", value=today.isoformat(), is_required=True),
                Ask("to", text("transfers.ask.to"), is_required=True),
                Ask("reason", text("transfers.ask.reason"), is_required=True),
                Ask("doctor", text("transfers.ask.doctor"), value=desk.ledger.user_name),
                Ask("note", text("due_page.note"), "long"),
            ],
            submit,
            sentence=text(f"transfers.said_{kind}"),
            parent=page.window(),
        )
    )


def receipt(desk: Desk, page: Page, slip: SlipRow, *, accepted: bool, on_done: Done) -> AskDialog:
    """The other side's answer."""
    today = desk.today()

    def submit(dialog: AskDialog, values: Values) -> None:
        _run(
            desk,
            dialog,
            lambda _task: transfers.note_receipt(
                desk.ledger, slip.id, accepted=accepted, on=values["on"], note=values["note"] or "", today=today
            ),
            on_done,
        )

    key = "accepted" if accepted else "refused"
    is_out = slip.kind == "out"
    return _open(
        AskDialog(
            desk,
            text(f"transfers.receipt_{key}", name=slip.name, number=slip.slip_number),
            text(f"transfers.{key}"),
            [
                Ask("on", text("transfers.ask.on"), "date", value=today.isoformat(), is_required=True),
                Ask(
                    "note", text("transfers.ask.refusal" if not accepted else "due_page.note"), is_required=not accepted
                ),
            ],
            submit,
            sentence=text("transfers.said_refused") if not accepted and is_out else "",
            parent=page.window(),
        )
    )


def take_in(desk: Desk, page: Page, file: SlipFile | None, *, on_done: Arrived) -> None:
    """迁入: ask for village and slip, with what a slip file says already written."""
    ledger = desk.ledger

    def job(_task: Task) -> tuple[list[Unit], Patient | None]:
        known = slip_files.find_person(ledger, file.patient) if file is not None else None
        return patients.units(ledger), known

    desk.tasks.run("ledger", job, lambda found: _ask_arrival(desk, page, file, *found, on_done=on_done), owner=page)


def _ask_arrival(
    desk: Desk, page: Page, file: SlipFile | None, units: Sequence[Unit], known: Patient | None, *, on_done: Arrived
) -> AskDialog:
    today = desk.today()
    slip = file.slip if file is not None else None
    places = [("", text("transfers.ask.choose")), *((str(unit.id), unit.name) for unit in units)]
    known_unit = str(known.unit_id) if known is not None and known.unit_id else ""
    asks = [
        Ask("unit", text("transfers.ask.village"), "choice", value=known_unit,
            choices=places, is_required=True),
        Ask("on", text("transfers.ask.arrived_on"), "date", value=(slip.happened_on if slip else today).isoformat(),
            is_required=True),
        Ask("from", text("transfers.ask.from"), value=(slip.from_unit if slip else "") or "", is_required=True),
        Ask("number", text("transfers.ask.number"), value=slip.slip_number if slip else ""),
        Ask("reason", text("transfers.ask.reason"), value=(slip.reason if slip else "") or ""),
    ]  # fmt: skip
    if file is None:
        asks[0:0] = [
            Ask("name", text("transfers.ask.name"), is_required=True),
            Ask("id_number", text("transfers.ask.id_number"), hint=text("transfers.ask.no_id")),
        ]

    def submit(dialog: AskDialog, values: Values) -> None:
        person = known or (file.patient if file is not None else _typed(values, today))
        person = dataclasses.replace(person, unit_id=int(values["unit"]))
        arrived = Transfer(
            patient_id=0,
            kind="in",
            slip_number=values["number"] or "",
            happened_on=values["on"],
            from_unit=values["from"],
            to_unit=desk.unit_name,
            reason=values["reason"],
            content=dict(slip.content) if slip else {},
        )

        def job(_task: Task) -> tuple[Changes, str, date]:
            _, changes = transfers.take_in(desk.ledger, person, arrived, today=today)
            return changes, person.name, transfers.visit_due_on(desk.ledger, arrived.happened_on)

        _run(desk, dialog, job, lambda found: on_done(*found))

    title = text("transfers.new_in_of", name=file.patient.name) if file is not None else text("transfers.new_in")
    return _open(
        AskDialog(
            desk, title, text("transfers.take_in"), asks, submit, sentence=_said(file, known), parent=page.window()
        )
    )


def _said(file: SlipFile | None, known: Patient | None) -> str:
    """What a file brings, and whether the person is known here."""
    if file is None:
        return text("transfers.said_in")
    parts = [text("transfers.said_known" if known is not None else "transfers.said_file")]
    if file.last_visit.get("visit_date"):
        last = "，".join(word for word in (file.last_visit["visit_date"], file.last_visit.get("visit_class")) if word)
        parts.append(text("transfers.said_last", words=last))
    if file.problems:
        parts.append(text("transfers.said_problems", count=len(file.problems)))
    return "".join(parts)


def _typed(values: Values, today: date) -> Patient:
    """A person of whom only name and number are known; the number says birth and sex."""
    spec = load.form_for("patient", "2018")
    raw = {"name": values["name"] or "", "id_number": values["id_number"] or ""}
    found = parse.complete_from_id(parse.parse_record(spec, raw, today=today).values, today=today)
    if not found.get("id_number"):
        found["no_id_reason"] = _NO_ID
    return Patient(**found)


def _run(desk: Desk, dialog: AskDialog, job: Callable[[Task], Any], on_done: Callable[[Any], object]) -> None:
    def done(result: Any) -> None:
        dialog.accept()
        on_done(result)

    def failed(error: BaseException) -> None:
        if isinstance(error, RecordRefused):
            dialog.refuse_problems(error)
        else:
            dialog.refuse(error)

    desk.tasks.run("ledger", job, done, failed, owner=dialog)


def _open(dialog: AskDialog) -> AskDialog:
    dialog.open()
    return dialog
