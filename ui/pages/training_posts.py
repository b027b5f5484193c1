"""岗位与证书 of one person: every post, past ones too, and every certificate; each can be corrected or voided."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QWidget

from mhdesk.domain.changes import Changes
from mhdesk.domain.staff import Certificate, StaffPost
from mhdesk.services import staff
from mhdesk.services.staff import StaffLine
from mhdesk.text import text
from ui import theme
from ui.dialogs.ask import Ask, AskDialog, Values
from ui.dialogs.kept import Kept, KeptDialog
from ui.pages import training_dialogs as dialogs
from ui.pages.base import Desk
from ui.pages.training_dialogs import number, run
from ui.tables import Column, TablePanel
from ui.widgets import PlainButton, column, label, row

_ELSEWHERE = ""
_WIDTH_EM = 56
_LEAST_ROWS = 3


def post_asks(post: StaffPost, units: Sequence[tuple[str, str]], *, has_end: bool = False) -> list[Ask]:
    """The fields of a post; `has_end`: with the day it ended."""
    roles = [(one, text(f"staff.role.{one}")) for one in staff.ROLES]
    places = [*units, (_ELSEWHERE, text("training_page.staff.elsewhere"))]
    here = str(post.unit_id) if post.unit_id is not None else _ELSEWHERE
    asks = [
        Ask("role", text("training.field.role"), "choice", value=post.role, choices=roles),
        Ask("position", text("training.field.position"), value=post.position or "", is_beside=True),
        Ask("unit", text("training.field.workplace"), "choice", value=here, choices=places),
        Ask("workplace", text("training_page.staff.workplace"), value=post.workplace or "", is_beside=True),
        Ask("fte", text("training.field.fte"), "number", value="" if post.fte is None else f"{post.fte:g}",
            hint=text("training_page.staff.fte_hint")),
        Ask("started_on", text("training.field.started_on"), "date", value=iso(post.started_on), is_beside=True),
    ]  # fmt: skip
    if has_end:
        asks.append(Ask("ended_on", text("training.field.ended_on"), "date", value=iso(post.ended_on)))
    return asks


def post_of(post: StaffPost, values: Values) -> StaffPost:
    """The post as it was typed."""
    unit = values["unit"]
    return dataclasses.replace(
        post,
        role=values["role"],
        position=values["position"],
        unit_id=int(unit) if unit else None,
        workplace=None if unit else values["workplace"],
        fte=number(values, "fte"),
        started_on=values["started_on"],
        ended_on=values.get("ended_on", post.ended_on),
    )


def paper_asks(paper: Certificate) -> list[Ask]:
    """The fields of a certificate."""
    return [
        Ask("certificate", text("training.field.certificate"), value=paper.name, is_required=True),
        Ask("certificate_number", text("training.field.certificate_number"), value=paper.number or "", is_beside=True),
        Ask("issuer", text("training_page.staff.issuer"), value=paper.issuer or ""),
        Ask("issued_on", text("training_page.staff.issued_on"), "date", value=iso(paper.issued_on)),
        Ask("valid_until", text("training.field.valid_until"), "date", value=iso(paper.valid_until), is_beside=True),
    ]


def paper_of(paper: Certificate, values: Values) -> Certificate:
    """The certificate as it was typed."""
    return dataclasses.replace(
        paper,
        name=values["certificate"],
        number=values["certificate_number"],
        issuer=values["issuer"],
        issued_on=values["issued_on"],
        valid_until=values["valid_until"],
    )


def iso(day: object) -> str:
    """A day as it is typed; "" for none."""
    return "" if day is None else str(day)


class PostsDialog(QDialog):
    """The posts above, the certificates below."""

    def __init__(
        self,
        desk: Desk,
        line: StaffLine,
        units: Sequence[tuple[str, str]],
        on_done: Callable[[Changes], object],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        now = theme.current()
        self._desk, self.line, self._units, self._on_done = desk, line, units, on_done
        title = text("training_page.staff.posts_of", name=line.name)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(True)
        self.posts = TablePanel(desk.tasks, self._post_columns(), has_foot=False)
        self.papers = TablePanel(desk.tasks, _paper_columns(), has_foot=False)
        self.posts.set_name(text("training_page.staff.posts"))
        self.papers.set_name(text("training_page.staff.papers"))
        self.papers.set_empty("file-text", text("training_page.staff.no_papers"))
        self.posts.set_empty("users", text("training_page.staff.no_posts"))
        self.posts.opened.connect(lambda place: self.change_post(self.line.posts[place]))
        self.papers.opened.connect(lambda place: self.change_paper(self.line.certificates[place]))
        body = column(label(title, "section"), space=3)
        for panel, key, change, void in (
            (self.posts, "posts", self._change_post, self._void_post),
            (self.papers, "papers", self._change_paper, self._void_paper),
        ):
            panel.setMinimumHeight(now.size("row") * _LEAST_ROWS)
            body.addLayout(
                row(
                    label(text(f"training_page.staff.{key}"), "section"),
                    None,
                    PlainButton(text("training_page.staff.change"), "pencil", change),
                    PlainButton(text("training_page.staff.void"), "trash-2", void),
                    space=2,
                )
            )
            body.addWidget(panel, 1)
        body.addLayout(row(None, PlainButton(text("printing.close"), "x", self.close)))
        body.setContentsMargins(now.space(5), now.space(5), now.space(5), now.space(4))
        self.setLayout(body)
        self.resize(min(now.em(_WIDTH_EM), self.screen().availableSize().width()), self.sizeHint().height())
        self._show(line)

    def _show(self, line: StaffLine) -> None:
        self.line = line
        self.posts.show_rows(line.posts)
        self.papers.show_rows(line.certificates)

    def _changed(self, changes: Changes) -> None:
        ledger, today, who = self._desk.ledger, self._desk.today(), self.line.id
        self._on_done(changes)
        self._desk.tasks.run("ledger", lambda _task: staff.get(ledger, who, today=today), self._show, owner=self)

    def _at(self, panel: TablePanel) -> int | None:
        places = panel.view.selected_ids()
        return places[0] if places else 0 if panel.count() == 1 else None

    def _change_post(self) -> None:
        if (place := self._at(self.posts)) is not None:
            self.change_post(self.line.posts[place])

    def _change_paper(self) -> None:
        if (place := self._at(self.papers)) is not None:
            self.change_paper(self.line.certificates[place])

    def change_post(self, post: StaffPost) -> AskDialog:
        """One post, the day it ended too."""
        ledger, today, line = self._desk.ledger, self._desk.today(), self.line

        def submit(dialog: AskDialog, values: Values) -> None:
            wanted = [post_of(one, values) if one.id == post.id else one for one in line.posts]
            run(self._desk, dialog, lambda: staff.save(ledger, line.member, wanted, today=today)[1], self._changed)

        asks = post_asks(post, self._units, has_end=True)
        return self._ask(text("training_page.staff.post_change"), asks, submit, Kept("staff.post_change", post.id or 0))

    def change_paper(self, paper: Certificate) -> AskDialog:
        """One certificate."""
        ledger = self._desk.ledger

        def submit(dialog: AskDialog, values: Values) -> None:
            made = paper_of(paper, values)
            run(self._desk, dialog, lambda: staff.save_certificate(ledger, made)[1], self._changed)

        title = text("training_page.staff.paper_change")
        return self._ask(title, paper_asks(paper), submit, Kept("staff.paper_change", paper.id or 0))

    def _void_post(self) -> None:
        """Entered by mistake; somebody who left has a day instead."""
        if (place := self._at(self.posts)) is None:
            return
        ledger, gone = self._desk.ledger, self.line.posts[place]
        title = text("training_page.staff.void_of", name=staff.role_name(gone.role))
        dialogs.reason(self._desk, self, title, text("training_page.staff.void"),
                       lambda why: staff.void_post(ledger, gone.id or 0, reason=why),
                       self._changed)  # fmt: skip

    def _void_paper(self) -> None:
        if (place := self._at(self.papers)) is None:
            return
        ledger, paper = self._desk.ledger, self.line.certificates[place]
        dialogs.reason(self._desk, self, text("training_page.staff.void_of", name=paper.name),
                       text("training_page.staff.void"),
                       lambda why: staff.void_certificate(ledger, paper.id or 0, reason=why),
                       self._changed)  # fmt: skip

    def _ask(
        self, title: str, asks: Sequence[Ask], submit: Callable[[AskDialog, Values], object], draft: Kept
    ) -> AskDialog:
        dialog = KeptDialog(self._desk, title, text("training_page.keep"), asks, submit, draft=draft, parent=self)
        dialog.show_with_draft()
        return dialog

    def _post_columns(self) -> list[Column]:
        units = dict(self._units)
        return [
            Column("role", text("training.field.role"), 6, is_bold=True, value=lambda one: staff.role_name(one.role)),
            Column("unit", text("training.field.workplace"), 10, is_stretched=True,
                   value=lambda one: one.workplace or units.get(str(one.unit_id), "")),
            Column("position", text("training.field.position"), 6),
            Column("fte", text("training.field.fte"), 4, "number"),
            Column("started_on", text("training.field.started_on"), 6.5, "date"),
            Column("ended_on", text("training.field.ended_on"), 6.5, "date"),
        ]  # fmt: skip


def _paper_columns() -> list[Column]:
    return [
        Column("name", text("training.field.certificate"), 12, is_bold=True, is_stretched=True),
        Column("number", text("training.field.certificate_number"), 8),
        Column("issuer", text("training_page.staff.issuer"), 9),
        Column("issued_on", text("training_page.staff.issued_on"), 6.5, "date"),
        Column("valid_until", text("training.field.valid_until"), 6.5, "date"),
    ]
