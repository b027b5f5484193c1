"""Users: who may open the ledger, in which role; new ones, forgotten passwords, shutting out, one's own password."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget

from mhdesk.domain.account import User
from mhdesk.services import access
from mhdesk.text import text
from ui import messages
from ui.pages.base import Desk
from ui.tables import Column, TablePanel
from ui.widgets import Beside, Card, ChipText, LabelledField, PlainButton, column, row


class UsersPart(QWidget):
    """The list at the left; add somebody or change one's own password at the right."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._users: Sequence[User] = ()
        self.table = TablePanel(desk.tasks, _columns())
        self.table.set_name(text("settings.users"))
        listed = Card(text("settings.users"), text("settings.users_note"))
        listed.body.addWidget(self.table, 1)
        listed.body.addLayout(
            row(
                None,
                PlainButton(text("settings.reset_password"), "key-round", self.reset),
                PlainButton(text("settings.disable_user"), "x", self.disable),
            )
        )
        self.setLayout(column(Beside(listed, self._adding(), self._own_password())))

    def refresh(self) -> None:
        """Read the users anew."""
        ledger = self._desk.ledger
        self._desk.tasks.run("ledger", lambda _task: access.list_users(ledger), self._show, owner=self)

    def add(self) -> None:
        """Add a user with a suggested phrase as the first password, shown once."""
        ledger, login, name = self._desk.ledger, self.login.text().strip(), self.user_name.text().strip()
        role = self.role.currentData()

        def job(_task: object) -> str:
            phrase = access.suggest_phrase()
            access.add_user(ledger, login=login, name=name, role=role, password=phrase)
            return phrase

        def done(phrase: str) -> None:
            self.login.clear()
            self.user_name.clear()
            self._show_phrase(login, phrase)

        self._desk.tasks.run("ledger", job, done, owner=self)

    def reset(self) -> None:
        """Give the chosen user a new password, shown once."""
        user = self._chosen()
        if user is None:
            return
        ledger = self._desk.ledger

        def job(_task: object) -> str:
            phrase = access.suggest_phrase()
            access.reset_password(ledger, login=user.login, new=phrase)
            return phrase

        self._desk.tasks.run("ledger", job, lambda phrase: self._show_phrase(user.login, phrase), owner=self)

    def disable(self) -> None:
        """Shut the chosen user out, after asking."""
        user = self._chosen()
        if user is None or user.disabled_at is not None:
            return
        ledger, reason = self._desk.ledger, text("settings.disable_reason")

        def yes() -> None:
            def job(_task: object) -> None:
                access.disable_user(ledger, login=user.login, reason=reason)

            self._desk.tasks.run("ledger", job, lambda _result: self._saved(), owner=self)

        messages.confirm(
            self.window(),
            title=text("settings.disable_user"),
            sentence=text("settings.disable_sure", name=user.name),
            verb=text("settings.disable_user"),
            on_yes=yes,
        )

    def change_own(self) -> None:
        """Change one's own password."""
        ledger, old, new = self._desk.ledger, self.old.text(), self.new.text()

        def done(_result: object) -> None:
            self.old.clear()
            self.new.clear()
            self._desk.saved()
            messages.tell(self.window(), text("settings.own_password"), text("settings.password_done"))

        self._desk.tasks.run("ledger", lambda _task: access.change_password(ledger, old=old, new=new), done, owner=self)

    def _adding(self) -> Card:
        self.login, self.user_name, self.role = QLineEdit(), QLineEdit(), QComboBox()
        for role in access.ROLES:
            self.role.addItem(text(f"roles.{role}"), role)
        card = Card(text("settings.add_user"))
        card.body.addWidget(LabelledField(text("settings.login"), self.login, text("settings.login_hint")))
        card.body.addWidget(LabelledField(text("settings.user_name"), self.user_name))
        card.body.addWidget(LabelledField(text("settings.role"), self.role))
        card.body.addLayout(row(None, PlainButton(text("settings.add"), "user-plus", self.add)))
        return card

    def _own_password(self) -> Card:
        self.old, self.new = QLineEdit(), QLineEdit()
        for editor in (self.old, self.new):
            editor.setEchoMode(QLineEdit.EchoMode.Password)
        card = Card(text("settings.own_password"))
        card.body.addWidget(LabelledField(text("settings.old_password"), self.old))
        card.body.addWidget(LabelledField(text("settings.new_password"), self.new, text("settings.password_rule")))
        card.body.addLayout(row(None, PlainButton(text("settings.change"), "check", self.change_own)))
        return card

    def _show_phrase(self, login: str, phrase: str) -> None:
        self._saved()
        messages.tell(
            self.window(), text("settings.first_password"), phrase, text("settings.first_password_next", login=login)
        )

    def _saved(self) -> None:
        self._desk.saved()
        self.refresh()

    def _show(self, users: Sequence[User]) -> None:
        self._users = users
        self.table.show_rows(users)

    def _chosen(self) -> User | None:
        numbers = self.table.view.selected_rows()
        if len(numbers) != 1:
            messages.tell(self.window(), text("settings.users"), text("settings.choose_user"))
            return None
        return self._users[self.table.model.ids()[numbers[0]]]


def _columns() -> list[Column]:
    return [
        Column("login", text("settings.login"), 8),
        Column("name", text("settings.user_name"), 8, is_stretched=True),
        Column("role", text("settings.role"), 10, value=lambda user: text(f"roles.{user.role}")),
        Column("state", text("settings.user_state"), 6, "chips", chips=_state, is_sortable=False),
    ]


def _state(user: User) -> Sequence[ChipText]:
    if user.disabled_at is not None:
        return [ChipText(text("settings.user_disabled"), "plain")]
    return [ChipText(text("settings.user_active"), "good")]
