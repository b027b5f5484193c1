"""Small questions between township and district: digits to compare, who keeps a person, why a week is opened again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from PySide6.QtWidgets import QDialog, QWidget

from mhdesk.domain.changes import Changes
from mhdesk.domain.exchange import Outcome
from mhdesk.domain.task import Task
from mhdesk.services.district import conflicts, keys, packing, report
from mhdesk.services.district.conflicts import Item
from mhdesk.services.district.keys import RegistrationView, SetupView
from mhdesk.services.district.report import Person
from mhdesk.text import text
from ui import theme
from ui.dialogs.ask import Ask, AskDialog, Values
from ui.pages.base import Desk
from ui.tables import Column, TablePanel
from ui.widgets import PlainButton, column, label, row

T = TypeVar("T")
_WIDTH_EM, _HEIGHT_EM = 46, 30


def _run(desk: Desk, dialog: AskDialog, job: Callable[[Task], T], on_done: Callable[[T], object]) -> None:
    def done(result: T) -> None:
        dialog.accept()
        on_done(result)

    desk.tasks.run("ledger", job, done, dialog.refuse, owner=dialog)


def join(desk: Desk, parent: QWidget, file: Path, view: SetupView, on_done: Callable[[], object]) -> AskDialog:
    """Trust a district: the digits somebody reads by telephone are typed, not clicked away."""
    units = [(one.code, one.name) for one in view.units]
    asks = [Ask("org", text("district_page.join.org"), "choice", view.suggested, units)]
    if not view.is_known:
        asks.insert(
            0, Ask("digits", text("district_page.digits"), is_required=True, hint=text("district_page.digits_hint"))
        )

    def submit(dialog: AskDialog, values: Values) -> None:
        digits, org = str(values.get("digits") or ""), str(values["org"] or "")
        _run(
            desk,
            dialog,
            lambda _task: keys.join(desk.ledger, file, fingerprint=digits, org_code=org),
            lambda _: on_done(),
        )

    key = "known" if view.is_known else "said"
    dialog = AskDialog(
        desk,
        text("district_page.join.title", name=view.name),
        text("district_page.join.verb"),
        asks,
        submit,
        sentence=text(f"district_page.join.{key}", name=view.name),
        parent=parent.window(),
    )
    dialog.open()
    return dialog


def register(
    desk: Desk, parent: QWidget, file: Path, view: RegistrationView, on_done: Callable[[Changes], object]
) -> AskDialog:
    """Take packages from a township once its digits agree."""

    def submit(dialog: AskDialog, values: Values) -> None:
        digits = str(values["digits"])
        _run(desk, dialog, lambda _task: keys.register(desk.ledger, file, fingerprint=digits)[1], on_done)

    dialog = AskDialog(
        desk,
        text("district_page.register.title", name=view.name),
        text("district_page.register.verb"),
        [Ask("digits", text("district_page.digits"), is_required=True, hint=text("district_page.digits_hint"))],
        submit,
        sentence=text("district_page.register.said", name=view.name),
        parent=parent.window(),
    )
    dialog.open()
    return dialog


def revoke(desk: Desk, parent: QWidget, org: str, name: str, on_done: Callable[[Changes], object]) -> AskDialog:
    """Take no more packages from a key, with a reason."""

    def submit(dialog: AskDialog, values: Values) -> None:
        reason = str(values["reason"])
        _run(desk, dialog, lambda _task: keys.revoke(desk.ledger, org, reason=reason), on_done)

    return _reason(desk, parent, "revoke", submit, name=name)


def reopen(desk: Desk, parent: QWidget, week: report.Week, on_done: Callable[[Changes], object]) -> AskDialog:
    """Let corrections of a frozen week in again."""

    def submit(dialog: AskDialog, values: Values) -> None:
        reason, start = str(values["reason"]), week.period.start
        _run(desk, dialog, lambda _task: report.reopen(desk.ledger, start, reason=reason), on_done)

    return _reason(desk, parent, "reopen", submit, name=week.period.label)


def _reason(
    desk: Desk, parent: QWidget, key: str, submit: Callable[[AskDialog, Values], object], *, name: str
) -> AskDialog:
    dialog = AskDialog(
        desk,
        text(f"district_page.{key}.title", name=name),
        text(f"district_page.{key}.verb"),
        [Ask("reason", text("district_page.reason"), is_required=True)],
        submit,
        sentence=text(f"district_page.{key}.said"),
        parent=parent.window(),
    )
    dialog.open()
    return dialog


def freeze(desk: Desk, parent: QWidget, week: report.Week, on_done: Callable[[], object]) -> AskDialog:
    """Freeze the week: who checked, and why a second version."""

    def submit(dialog: AskDialog, values: Values) -> None:
        def job(task: Task) -> object:
            return report.freeze(
                desk.ledger, week, checked_by=values["checked"], correction_note=values["note"], task=task
            )

        _run(desk, dialog, job, lambda _: on_done())

    missing = report.missing_words(week)
    dialog = AskDialog(
        desk,
        text("district_page.freeze.title", label=week.period.label),
        text("district_page.freeze.verb"),
        [
            Ask("checked", text("district_page.freeze.checked")),
            Ask("note", text("district_page.freeze.note"), hint=text("district_page.freeze.note_hint")),
        ],
        submit,
        sentence=f"{missing}{text('district_page.freeze.said')}",
        parent=parent.window(),
    )
    dialog.open()
    return dialog


def decide(
    desk: Desk, parent: QWidget, item: Item, names: dict[str, str], on_done: Callable[[Changes], object]
) -> AskDialog:
    """One of three outcomes; nobody is joined or struck off by it."""
    outcomes = [(str(at), text(f"district.outcome.{one}")) for at, one in enumerate(Outcome, start=1)]
    by_digit = {str(at): one.value for at, one in enumerate(Outcome, start=1)}
    known = item.decision
    chosen = next((at for at, one in by_digit.items() if known and one == known.outcome), "")
    keepers = [("", text("district_page.decide.nobody")), *((org, names.get(org, org)) for org in item.orgs)]

    def submit(dialog: AskDialog, values: Values) -> None:
        outcome, keeper, note = by_digit[str(values["outcome"])], values["keeper"], values["note"]
        _run(
            desk,
            dialog,
            lambda _task: conflicts.decide(desk.ledger, item.key, outcome=outcome, keeper=keeper or None, note=note),
            on_done,
        )

    dialog = AskDialog(
        desk,
        text(f"district.conflict.{item.kind}"),
        text("district_page.decide.verb"),
        [
            Ask(
                "keeper", text("district_page.decide.keeper"), "choice", (known.keeper or "") if known else "", keepers
            ),
            Ask("note", text("district_page.decide.note"), value=(known.note or "") if known else ""),
            Ask("outcome", text("district_page.decide.outcome"), "digits", chosen, outcomes, is_required=True),
        ],
        submit,
        sentence=text("district_page.decide.said", names="、".join(names.get(org, org) for org in item.orgs)),
        parent=parent.window(),
    )
    dialog.open()
    return dialog


def again(desk: Desk, parent: QWidget, label_words: str, send: Callable[[str], object]) -> AskDialog:
    """Why a week is sent a second time: a code, never free text."""
    reasons = [(str(at), text(f"district.reason.{one}")) for at, one in enumerate(packing.AGAIN, start=1)]

    def submit(dialog: AskDialog, values: Values) -> None:
        dialog.accept()
        send(packing.AGAIN[int(values["reason"]) - 1])

    dialog = AskDialog(
        desk,
        text("district_page.again.title", label=label_words),
        text("district_page.pack"),
        [Ask("reason", text("district_page.reason"), "digits", "", reasons, is_required=True)],
        submit,
        sentence=text("district_page.again.said"),
        parent=parent.window(),
    )
    dialog.open()
    return dialog


class PeopleDialog(QDialog):
    """Who stands behind a number of the district's table: pseudonymous rows."""

    def __init__(self, desk: Desk, title: str, people: Sequence[Person], parent: QWidget) -> None:
        super().__init__(parent.window())
        now = theme.current()
        self.setWindowTitle(title)
        self.table = TablePanel(
            desk.tasks,
            [
                Column("org", text("district_page.people.org"), 10, is_stretched=True),
                Column("birth_year", text("district_page.people.birth_year"), 5, "number"),
                Column("sex", text("district_page.people.sex"), 4),
                Column("diagnosis", text("district_page.people.diagnosis"), 11),
                Column("visit_class", text("district_page.people.class"), 6),
                Column("risk", text("district_page.people.risk"), 5),
                Column("last_visit", text("district_page.people.last_visit"), 7, "date"),
            ],
        )
        self.table.set_name(title)
        self.table.show_rows(people)
        lines = column(
            label(title, "section"), label(text("district_page.people.said"), "quiet", wrap=True), self.table, space=3
        )
        lines.setContentsMargins(now.space(5), now.space(5), now.space(5), now.space(4))
        lines.addLayout(row(None, PlainButton(text("message.understood"), None, self.reject)))
        self.setLayout(lines)
        self.resize(now.em(_WIDTH_EM), now.em(_HEIGHT_EM))
