"""What is recorded from a list of people in a moment: a failed contact (未访到), a visit put off (暂缓)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from PySide6.QtWidgets import QWidget

from mhdesk.domain import codes
from mhdesk.domain.changes import Changes
from mhdesk.domain.patient import ContactAttempt
from mhdesk.services import attempts, snoozes
from mhdesk.text import text
from ui.dialogs.ask import Ask, AskDialog, Values
from ui.pages.base import Desk, Page

Done = Callable[[Changes], object]


def record_attempt(
    desk: Desk,
    page: Page,
    patient_id: int,
    name: str,
    *,
    sheet_row_id: int | None = None,
    on: date | None = None,
    on_done: Done | None = None,
) -> AskDialog:
    """Ask for a failed contact of today; a digit (the result) is enough. Works from any page about one person."""
    today = desk.today()

    def submit(dialog: AskDialog, values: Values) -> None:
        attempt = ContactAttempt(
            patient_id=patient_id,
            attempted_on=values["on"],
            mode=values["mode"] or attempts.mode_of(values["result"]),
            result=values["result"],
            note=values["note"],
        )
        desk.tasks.run(
            "ledger",
            lambda _task: attempts.record(desk.ledger, attempt, today=today, sheet_row_id=sheet_row_id)[1],
            lambda changes: _done(desk, page, dialog, changes, on_done),
            dialog.refuse,
            owner=dialog,
        )

    results = choices(attempts.RESULTS)
    modes = (("", text("due_page.mode_by_result")), *choices("visit_form"))
    return _open(
        AskDialog(
            desk,
            text("due_page.attempt_title", name=name),
            text("due_page.attempt_save"),
            [
                Ask("result", text("due_page.result"), "digits", choices=results, is_required=True),
                Ask("on", text("due_page.attempt_on"), "date", value=(on or today).isoformat(), is_required=True),
                Ask("mode", text("due_page.mode"), "choice", choices=modes),
                Ask("note", text("due_page.note")),
            ],
            submit,
            sentence=text("due_page.attempt_hint"),
            parent=page.window(),
        )
    )


def put_off(
    desk: Desk, page: Page, patient_id: int, name: str, *, on_done: Done | None = None, parent: QWidget | None = None
) -> AskDialog:
    """Ask until when a visit is put off, and why."""
    today = desk.today()

    def submit(dialog: AskDialog, values: Values) -> None:
        desk.tasks.run(
            "ledger",
            lambda _task: snoozes.put_off(
                desk.ledger, patient_id, reason=values["reason"], until=values["until"], today=today
            )[1],
            lambda changes: _done(desk, page, dialog, changes, on_done),
            dialog.refuse,
            owner=dialog,
        )

    return _open(
        AskDialog(
            desk,
            text("due_page.snooze_title", name=name),
            text("due_page.snooze_save"),
            [
                Ask("reason", text("due_page.snooze_reason"), is_required=True),
                Ask("until", text("due_page.snooze_until"), "date", hint=text("due_page.until_hint"), is_required=True),
            ],
            submit,
            sentence=text("due_page.snooze_hint"),
            parent=parent or page.window(),
        )
    )


def choices(name: str) -> Sequence[tuple[str, str]]:
    """The codes of a list with their labels, in order."""
    return tuple((entry.code, entry.label) for entry in codes.code_list(name).entries)


def _open(dialog: AskDialog) -> AskDialog:
    dialog.open()
    return dialog


def _done(desk: Desk, page: Page, dialog: AskDialog, changes: Changes, on_done: Done | None) -> None:
    dialog.accept()
    desk.saved()
    desk.changes.publish(changes, source=page)
    if on_done is not None:
        on_done(changes)
    else:
        page.refresh()
