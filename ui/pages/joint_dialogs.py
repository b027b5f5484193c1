"""Small questions of joint work: why a record is taken back; a sheet's period, sending, receipt, one more person."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from PySide6.QtWidgets import QWidget

from mhdesk.domain.changes import Changes
from mhdesk.domain.codes import code_list
from mhdesk.domain.joint import ExchangeSheet
from mhdesk.domain.task import Task
from mhdesk.services import record_history
from mhdesk.services.joint import exchange, records
from mhdesk.services.joint.kinds import JointKind
from mhdesk.text import text
from ui.dialogs.ask import Ask, AskDialog, Values
from ui.dialogs.attachments import AttachmentsDialog
from ui.dialogs.history import show_history
from ui.pages.base import Desk

Done = Callable[[Changes], object]
_QUARTER = 3


def _run(desk: Desk, dialog: AskDialog, job: Callable[[Task], Changes], on_done: Done) -> None:
    def done(changes: Changes) -> None:
        dialog.accept()
        on_done(changes)

    desk.tasks.run("ledger", job, done, dialog.refuse, owner=dialog)


def ask_void(desk: Desk, parent: QWidget, kind: JointKind, record_id: int, *, on_done: Done) -> AskDialog:
    """Take a record back, with a reason."""
    today = desk.today()

    def submit(dialog: AskDialog, values: Values) -> None:
        reason = str(values["reason"])
        _run(
            desk,
            dialog,
            lambda _task: records.void(desk.ledger, kind.key, record_id, reason=reason, today=today),
            on_done,
        )

    dialog = AskDialog(
        desk,
        text("joint.void_title", kind=kind.title),
        text("joint.void"),
        [Ask("reason", text("joint.void_reason"), is_required=True)],
        submit,
        sentence=text("joint.void_said"),
        parent=parent.window(),
    )
    dialog.open()
    return dialog


def show_files(
    desk: Desk, parent: QWidget, kind: JointKind, record_id: int, person: str, *, on_done: Done
) -> AttachmentsDialog:
    """The photographs and scans of a record."""
    name = text("joint.of_person", kind=kind.title, person=person) if person else kind.title
    dialog = AttachmentsDialog(
        desk, parent, kind.key, record_id, text("attachments.title_of", name=name), on_done=on_done
    )
    dialog.open()
    return dialog


def show_record_history(
    desk: Desk, parent: QWidget, kind: JointKind, record_id: int, person: str, *, on_done: Done
) -> None:
    """Who changed what of a record, and when; with its files and entries."""
    name = text("joint.of_person", kind=kind.title, person=person) if person else kind.title
    show_history(
        desk,
        parent,
        text("record_history.title_of", name=name),
        lambda ledger: record_history.of_joint(ledger, kind.key, record_id),
        on_done=on_done,
    )


def quarter_start(day: date) -> date:
    """The first day of the quarter."""
    return date(day.year, (day.month - 1) // _QUARTER * _QUARTER + 1, 1)


def draw_up(desk: Desk, parent: QWidget, side: str, *, on_done: Done) -> AskDialog:
    """A sheet for one side and a period; the quarter so far is proposed."""
    today = desk.today()
    sides = [(code, code_list("exchange_side").label(code)) for code in code_list("exchange_side").codes]

    def submit(dialog: AskDialog, values: Values) -> None:
        def job(_task: Task) -> Changes:
            return exchange.draw_up(
                desk.ledger,
                str(values["side"]),
                first_day=values["first"],
                last_day=values["last"],
                today=today,
                doctor=values["doctor"],
            )[1]

        _run(desk, dialog, job, on_done)

    dialog = AskDialog(
        desk,
        text("joint.exchange.draw_up"),
        text("joint.exchange.draw_up"),
        [
            Ask("side", text("joint.exchange.side"), "choice", value=side, choices=sides, is_required=True),
            Ask("first", text("joint.exchange.first"), "date", value=quarter_start(today).isoformat(),
                is_required=True),
            Ask("last", text("joint.exchange.last"), "date", value=today.isoformat(), is_required=True),
            Ask("doctor", text("joint.exchange.doctor"), value=desk.ledger.user_name),
        ],
        submit,
        sentence=text("joint.exchange.draw_up_said"),
        parent=parent.window(),
    )  # fmt: skip
    dialog.open()
    return dialog


def send(desk: Desk, parent: QWidget, sheet: ExchangeSheet, *, on_done: Done) -> AskDialog:
    """The sheet left the house."""
    today = desk.today()

    def submit(dialog: AskDialog, values: Values) -> None:
        _run(
            desk,
            dialog,
            lambda _task: exchange.send(desk.ledger, sheet.id or 0, on=values["on"], today=today),
            on_done,
        )

    dialog = AskDialog(
        desk,
        text("joint.exchange.send_title", number=sheet.number),
        text("joint.exchange.send"),
        [Ask("on", text("joint.exchange.sent_on"), "date", value=today.isoformat(), is_required=True)],
        submit,
        sentence=text("joint.exchange.send_said"),
        parent=parent.window(),
    )
    dialog.open()
    return dialog


def receipt(desk: Desk, parent: QWidget, sheet: ExchangeSheet, *, on_done: Done) -> AskDialog:
    """Who took the sheet over."""
    today = desk.today()

    def submit(dialog: AskDialog, values: Values) -> None:
        _run(
            desk,
            dialog,
            lambda _task: exchange.note_receipt(
                desk.ledger, sheet.id or 0, on=values["on"], by=str(values["by"]), today=today
            ),
            on_done,
        )

    dialog = AskDialog(
        desk,
        text("joint.exchange.receipt_title", number=sheet.number),
        text("joint.exchange.receipt"),
        [
            Ask("by", text("joint.exchange.receipt_by"), is_required=True),
            Ask("on", text("joint.exchange.receipt_on"), "date", value=today.isoformat(), is_required=True),
        ],
        submit,
        parent=parent.window(),
    )
    dialog.open()
    return dialog


def add_person(desk: Desk, parent: QWidget, sheet_id: int, patient_id: int, *, on_done: Done) -> AskDialog:
    """One more person on a sheet, with the reason."""
    reasons = [(code, code_list("exchange_reason").label(code)) for code in code_list("exchange_reason").codes]

    def submit(dialog: AskDialog, values: Values) -> None:
        _run(
            desk,
            dialog,
            lambda _task: exchange.add_person(
                desk.ledger, sheet_id, patient_id, reason=str(values["reason"]), content=values["content"]
            )[1],
            on_done,
        )

    dialog = AskDialog(
        desk,
        text("joint.exchange.add"),
        text("joint.exchange.add"),
        [
            Ask("reason", text("joint.exchange.reason"), "choice", value="6", choices=reasons, is_required=True),
            Ask("content", text("joint.exchange.content")),
        ],
        submit,
        sentence=text("joint.exchange.add_said"),
        parent=parent.window(),
    )
    dialog.open()
    return dialog
