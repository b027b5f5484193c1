"""The forms of training: a session, people for a roster, one row's result, scores of many, parameters."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtWidgets import QWidget

from mhdesk.domain.changes import Changes
from mhdesk.domain.training import Attendance, Presence, TrainingSession
from mhdesk.rules import training_days
from mhdesk.services import training, training_terms
from mhdesk.text import text
from ui.dialogs.ask import Ask, AskDialog, Values
from ui.dialogs.kept import Kept, KeptDialog
from ui.pages.base import Desk

Done = Callable[[Changes], object]
_NONE = ""


def run(desk: Desk, dialog: AskDialog, job: Callable[[], Changes], on_done: Done) -> None:
    """Store in the ledger's lane; the dialog closes when it is stored and stays with the reason when it is not."""
    if isinstance(dialog, KeptDialog):
        dialog.store(job, on_done)
        return

    def done(changes: Changes) -> None:
        dialog.accept()
        on_done(changes)

    desk.tasks.run("ledger", lambda _task: job(), done, dialog.refuse, owner=dialog)


def number(values: Values, key: str) -> float | None:
    """A number typed, None where nothing was."""
    value = values.get(key)
    return None if value is None else float(value)


def session(
    desk: Desk,
    parent: QWidget,
    stored: TrainingSession | None,
    *,
    month: str,
    on_done: Callable[[Changes, int], object],
) -> AskDialog:
    """A new session or one to be changed. A new one gets its usual roster at once."""
    today, ledger = desk.today(), desk.ledger
    base = stored or TrainingSession(
        title="",
        kind="monthly",
        level="district" if ledger.level == "district" else "township",
        month=month,
        organizer=desk.unit_name,
    )

    def submit(dialog: AskDialog, values: Values) -> None:
        made = dataclasses.replace(
            base,
            title=values["title"],
            kind=values["kind"],
            level=values["level"],
            held_on=values["held_on"],
            ends_on=None if values["ends_on"] == values["held_on"] else values["ends_on"],
            starts_at=values["starts_at"],
            ends_at=values["ends_at"],
            hours=number(values, "hours"),
            teacher=values["teacher"],
            content=values["content"],
            place=values["place"],
            organizer=values["organizer"],
            recorder=values["recorder"],
            pass_mark=number(values, "pass_mark"),
        )
        kept: list[int] = []

        def job() -> Changes:
            people: list[int] = []
            if not training.roster(ledger, stored.id or 0) if stored else True:
                lines = training.default_roster(ledger, made.kind, today=made.held_on or today)
                people = [one.id for one in lines]
            parts = training_days.read_parts(values["day_parts"], len(training_days.days(made)))
            whole = dataclasses.replace(made, day_parts=parts)
            made_id, changes = training.save_session(ledger, whole, staff_ids=people, today=today)
            kept.append(made_id)
            return changes

        run(desk, dialog, job, lambda changes: on_done(changes, kept[0]))

    words = text("training_page.session_new" if stored is None else "training_page.session_change")
    dialog = KeptDialog(
        desk,
        words,
        text("training_page.keep"),
        _session_asks(base),
        submit,
        draft=Kept("training.session", base.id or 0),
        sentence=text("training_page.session_said") if stored is None else "",
        parent=parent,
    )
    dialog.show_with_draft()
    return dialog


def _session_asks(base: TrainingSession) -> list[Ask]:
    def plain(value: float | None) -> str:
        return "" if value is None else f"{value:g}"

    def ask(key: str, kind: Any = "text", *, is_beside: bool = False, is_required: bool = False, hint: str = "") -> Ask:
        value = getattr(base, key)
        shown = plain(value) if isinstance(value, float) else "" if value is None else str(value)
        return Ask(key, text(f"training_page.ask.{key}"), kind, value=shown, is_beside=is_beside,
                   is_required=is_required, hint=hint)  # fmt: skip

    kinds = [(one, text(f"training.kind.{one}")) for one in training.KINDS]
    levels = [(one, text(f"training.level.{one}")) for one in training.LEVELS]
    return [
        ask("title", is_required=True),
        Ask("kind", text("training_page.ask.kind"), "choice", value=base.kind, choices=kinds),
        Ask("level", text("training_page.ask.level"), "choice", value=base.level, choices=levels, is_beside=True),
        ask("held_on", "date", hint=text("training_page.hint.held_on")),
        ask("ends_on", "date", is_beside=True, hint=text("training_page.hint.ends_on")),
        Ask("day_parts", text("training_page.ask.day_parts"), value=training_days.parts_text(base),
            hint=text("training_page.hint.day_parts")),
        ask("hours", "number", is_beside=True),
        ask("starts_at", hint=text("training_page.hint.clock")),
        ask("ends_at", is_beside=True),
        ask("place"),
        ask("teacher", is_beside=True),
        ask("content", "long"),
        ask("organizer"),
        ask("recorder", is_beside=True),
        ask("pass_mark", "number", hint=text("training_page.hint.pass_mark")),
    ]  # fmt: skip


def result(desk: Desk, parent: QWidget, row: Attendance, *, on_done: Done) -> AskDialog:
    """One row: presence, make-up, scores, resit, certificate."""
    ledger, today = desk.ledger, desk.today()

    def submit(dialog: AskDialog, values: Values) -> None:
        made = dataclasses.replace(
            training_days.with_whole(row, values["presence"] or None),
            made_up_on=values["made_up_on"],
            theory=number(values, "theory"),
            practice=number(values, "practice"),
            resit_on=values["resit_on"],
            resit_theory=number(values, "resit_theory"),
            resit_practice=number(values, "resit_practice"),
            certificate_number=values["certificate_number"],
            note=values["note"],
        )
        run(desk, dialog, lambda: training.save_rows(ledger, row.session_id, [made], today=today), on_done)

    presences = [(_NONE, text("training_page.not_typed"))]
    presences += [
        (one.value, text(f"training.presence.{one}"))
        for one in Presence
        if one is not Presence.PART or row.presence == Presence.PART
    ]

    def ask(key: str, kind: Any, *, is_beside: bool = False) -> Ask:
        value = getattr(row, key)
        shown = f"{value:g}" if isinstance(value, float) else "" if value is None else str(value)
        return Ask(key, text(f"training.field.{key}"), kind, value=shown, is_beside=is_beside)

    dialog = KeptDialog(
        desk,
        text("training_page.result_of", row=row.row, name=row.name),
        text("training_page.keep"),
        [
            Ask("presence", text("training.field.presence"), "choice", value=row.presence or "", choices=presences),
            ask("made_up_on", "date", is_beside=True),
            ask("theory", "number"),
            ask("practice", "number", is_beside=True),
            ask("resit_on", "date"),
            ask("resit_theory", "number"),
            ask("resit_practice", "number", is_beside=True),
            ask("certificate_number", "text"),
            ask("note", "text"),
        ],
        submit,
        draft=Kept(f"training.result:{row.session_id}", row.id or 0),
        parent=parent,
    )
    dialog.show_with_draft()
    return dialog


def scores(desk: Desk, parent: QWidget, session_id: int, *, on_done: Done) -> AskDialog:
    """Scores of many: a line each, row number, theory, practice."""
    ledger, today = desk.ledger, desk.today()

    def submit(dialog: AskDialog, values: Values) -> None:
        def job() -> Changes:
            rows = training.read_scores(training.roster(ledger, session_id), values["scores"])
            return training.save_rows(ledger, session_id, rows, today=today)

        run(desk, dialog, job, on_done)

    dialog = KeptDialog(
        desk,
        text("training_page.scores"),
        text("training_page.keep"),
        [Ask("scores", text("training_page.ask.scores"), "long", is_required=True)],
        submit,
        draft=Kept("training.scores", session_id),
        sentence=text("training_page.scores_said"),
        parent=parent,
    )
    dialog.show_with_draft()
    return dialog


def people(
    desk: Desk, parent: QWidget, session_id: int, choices: Sequence[tuple[str, str]], *, on_done: Done
) -> AskDialog:
    """Somebody more for the roster."""
    ledger, today = desk.ledger, desk.today()

    def submit(dialog: AskDialog, values: Values) -> None:
        chosen = [int(values["who"])]
        run(desk, dialog, lambda: training.put_on(ledger, session_id, chosen, today=today)[1], on_done)

    dialog = AskDialog(
        desk,
        text("training_page.add_person"),
        text("training_page.add_person"),
        [Ask("who", text("training_page.ask.who"), "choice", choices=choices, is_required=True)],
        submit,
        sentence=text("training_page.add_person_said"),
        parent=parent,
    )
    dialog.open()
    return dialog


def terms(desk: Desk, parent: QWidget, *, known: Sequence[Any], on_done: Done) -> AskDialog:
    """The parameters with their sources."""

    def submit(dialog: AskDialog, values: Values) -> None:
        given = {one.key: number(values, one.key) for one in known}
        kept = {key: value for key, value in given.items() if value is not None}
        run(desk, dialog, lambda: training_terms.save(desk.ledger, kept), on_done)

    dialog = AskDialog(
        desk,
        text("training_page.terms"),
        text("training_page.keep"),
        [
            Ask(
                one.key,
                text(f"training.term.{one.key}"),
                "number",
                value=f"{one.value:g}",
                hint=text(f"training.cli.mark_{one.mark}") + "：" + one.source,
                is_required=True,
            )
            for one in known
        ],
        submit,
        parent=parent,
    )
    dialog.open()
    return dialog


def reason(
    desk: Desk, parent: QWidget, title: str, verb: str, job: Callable[[str], Changes], on_done: Done
) -> AskDialog:
    """Why something is taken out."""

    def submit(dialog: AskDialog, values: Values) -> None:
        run(desk, dialog, lambda: job(values["reason"]), on_done)

    dialog = AskDialog(
        desk,
        title,
        verb,
        [Ask("reason", text("training_page.ask.reason"), is_required=True)],
        submit,
        parent=parent,
    )
    dialog.open()
    return dialog
