"""The faces of the login window. They only ask and say; `ui.dialogs.login` does the work."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QComboBox, QFrame, QGridLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from mhdesk.text import text
from ui import icons, theme
from ui.widgets import (
    Card,
    ElidedLabel,
    IconButton,
    IconLineEdit,
    LabelledField,
    LinkButton,
    Notice,
    PlainButton,
    PrimaryButton,
    label,
    row,
    rule,
)

_GROUPS_A_LINE = 4
LEVELS = ("township", "district")


class BrandPanel(QFrame):
    """The coloured side: what this is, who was here last."""

    def __init__(self) -> None:
        super().__init__()
        now = theme.current()
        self.setFixedWidth(now.em(20))
        self._last = label("", wrap=True)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(now.space(5) * 2, now.space(5) * 2, now.space(5) * 2, now.space(5) * 2)
        lines.setSpacing(now.space(3))
        name = label(text("shell.program"), "figure")
        lines.addWidget(name)
        lines.addWidget(label(text("login.about"), wrap=True))
        lines.addStretch(1)
        lines.addWidget(self._last)

    def show_last_login(self, words: str) -> None:
        """Say who logged in last and when: whoever did not expect that asks."""
        self._last.setText(words)

    def words(self) -> str:
        """What is said about the last login."""
        return self._last.text()


class PasswordField(IconLineEdit):
    """A password with an eye to look at it."""

    def __init__(self) -> None:
        super().__init__()
        self.setEchoMode(QLineEdit.EchoMode.Password)
        self.setInputMethodHints(Qt.InputMethodHint.ImhSensitiveData | Qt.InputMethodHint.ImhNoAutoUppercase)
        self._eye = IconButton("eye", text("login.show_password"), self.toggle)
        self.set_trailing(self._eye)

    def toggle(self) -> None:
        """Show or hide what is typed."""
        is_hidden = self.echoMode() == QLineEdit.EchoMode.Password
        self.setEchoMode(QLineEdit.EchoMode.Normal if is_hidden else QLineEdit.EchoMode.Password)
        self._eye.setIcon(icons.icon("eye-off" if is_hidden else "eye", "quiet", size="icon_small"))
        self._eye.setToolTip(text("login.hide_password" if is_hidden else "login.show_password"))


class Face(QWidget):
    """One face: title, fields, a notice, buttons. Enter submits."""

    def __init__(self, title: str, about: str = "") -> None:
        super().__init__()
        now = theme.current()
        self.notice = Notice()
        self.primary: PrimaryButton | None = None
        self.title = label(title, "title")
        self.about = label(about, "quiet", wrap=True)
        self.about.setVisible(bool(about))
        self.lines = QVBoxLayout(self)
        margin = now.space(5) * 2
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.lines.setContentsMargins(margin, now.space(5), margin, now.space(5))
        self.lines.setSpacing(now.space(3))
        self.lines.addStretch(2)
        self.lines.addWidget(self.title)
        self.lines.addWidget(self.about)

    def finish(self, primary: PrimaryButton, *others: QWidget) -> None:
        """Put the notice and the buttons under the fields."""
        self.primary = primary
        primary.setDefault(True)
        self.lines.addWidget(self.notice)
        self.lines.addLayout(row(*others, None, primary))
        self.lines.addStretch(3)

    def start(self) -> None:
        """The face comes to the front."""
        self.notice.clear()

    def submit(self) -> None:
        """Do what the face is for; overridden."""

    def set_busy(self, *, is_busy: bool) -> None:
        """While the ledger is being opened nothing can be pressed twice; what was typed stays visible."""
        if self.primary is not None:
            self.primary.setEnabled(not is_busy)
        if is_busy:
            self.notice.say(text("login.busy"), "info")
        else:
            self.notice.clear()

    def say_problem(self, sentence: str) -> None:
        """Say what is wrong."""
        self.notice.say(sentence, "now")

    def add_line(self, name: str, editor: QLineEdit, hint: str = "") -> LabelledField:
        """Add a field; Enter in it submits."""
        field = LabelledField(name, editor, hint)
        editor.returnPressed.connect(self._enter)
        self.lines.addWidget(field)
        return field

    def _enter(self) -> None:
        if self.primary is not None and self.primary.isEnabled():
            self.submit()


class LoginFace(Face):
    """Login and password for the ledger used last."""

    submitted = Signal(str, str)
    new_requested = Signal()
    forgotten_requested = Signal()
    other_requested = Signal()
    restore_requested = Signal()

    def __init__(self, folder: Path, login: str) -> None:
        super().__init__(text("login.title"))
        self.place = ElidedLabel(str(folder), "quiet")
        other = LinkButton(text("login.other"), None, self.other_requested.emit)
        new = LinkButton(text("login.new"), None, self.new_requested.emit)
        self.lines.addWidget(label(text("login.ledger"), "quiet"))
        where = row(self.place, other, new)
        where.setStretch(0, 1)
        self.lines.addLayout(where)
        self.lines.addWidget(rule())
        self._login = QLineEdit(login)
        self._password = PasswordField()
        self.login_field = self.add_line(text("login.login"), self._login)
        self.password_field = self.add_line(text("login.password"), self._password)
        forgotten = LinkButton(text("login.forgotten"), None, self.forgotten_requested.emit)
        restore = LinkButton(text("login.restore"), None, self.restore_requested.emit)
        self.finish(PrimaryButton(text("login.enter"), "key-round", self.submit), forgotten, restore)

    def showEvent(self, event: QShowEvent) -> None:
        """The keyboard starts where something is missing."""
        super().showEvent(event)
        (self._password if self._login.text() else self._login).setFocus()

    def typed_login(self) -> str:
        """The login as typed."""
        return self._login.text().strip()

    def suggest_login(self, login: str) -> None:
        """Fill in who was here last, unless something is typed."""
        if not self._login.text():
            self._login.setText(login)
            self._password.setFocus()

    def show_last_login(self, words: str) -> None:
        """The same here, where there is no room for the coloured side."""
        self.about.setText(words)
        self.about.setVisible(bool(words))

    def show_folder(self, folder: Path, *, has_ledger: bool) -> None:
        """Show which ledger is meant."""
        self.place.setText(str(folder))
        if has_ledger:
            self.notice.clear()

    def say_no_ledger(self) -> None:
        """There is no ledger yet: say what to do."""
        self.notice.say(text("login.no_ledger"), "info")

    def say_problem(self, sentence: str) -> None:
        """Say it and let the password be typed again."""
        super().say_problem(sentence)
        self._password.setFocus()
        self._password.selectAll()

    def submit(self) -> None:
        """Log in."""
        self.login_field.show_problem("" if self.typed_login() else text("login.need_login"))
        self.password_field.show_problem("" if self._password.text() else text("login.need_password"))
        if self.typed_login() and self._password.text():
            self.submitted.emit(self.typed_login(), self._password.text())
        else:
            (self._password if self.typed_login() else self._login).setFocus()


class _NewPassword:
    """Two password fields that must agree, with a suggested phrase."""

    def __init__(self, face: Face, ask_phrase: Any) -> None:
        self._first, self._second = PasswordField(), PasswordField()
        self.first = face.add_line(text("login.new_password"), self._first)
        self._phrase = label("", "section")
        self._phrase.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        take = LinkButton(text("login.take_phrase"), None, self.take_phrase)
        another = LinkButton(text("login.other_phrase"), None, ask_phrase)
        face.lines.addLayout(row(label(text("login.phrase"), "quiet"), self._phrase, take, another, None))
        self.second = face.add_line(text("login.password_again"), self._second)

    def suggest(self, phrase: str) -> None:
        """Offer a phrase."""
        self._phrase.setText(phrase)

    def take_phrase(self) -> None:
        """Use the phrase: shown in plain, to be written down; typed once more by hand below."""
        self._first.setText(self._phrase.text())
        self._first.setEchoMode(QLineEdit.EchoMode.Normal)
        self._second.setFocus()

    def checked(self) -> str | None:
        """The password, or None with the problem shown."""
        first, second = self._first.text(), self._second.text()
        self.first.show_problem("" if first else text("login.need_password"))
        self.second.show_problem("" if first == second else text("login.not_same"))
        return first if first and first == second else None


class NewLedgerFace(Face):
    """A new ledger: unit, level, place, the first user."""

    submitted = Signal(dict)
    back_requested = Signal()
    place_requested = Signal()
    phrase_requested = Signal()

    def __init__(self) -> None:
        super().__init__(text("login.new_title"), text("login.new_about"))
        self._folder = Path()
        self._unit = QLineEdit()
        self._level = QComboBox()
        for level in LEVELS:
            self._level.addItem(text(f"login.level.{level}"), level)
        self._user, self._login = QLineEdit(), QLineEdit()
        self.unit_field = LabelledField(text("login.unit_name"), self._unit)
        level_field = LabelledField(text("login.level_name"), self._level)
        self.user_field = LabelledField(text("login.user_name"), self._user)
        self.login_field = LabelledField(text("login.login"), self._login, text("login.login_hint"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme.current().space(4))
        grid.setVerticalSpacing(theme.current().space(3))
        for line, pair in enumerate(((self.unit_field, level_field), (self.user_field, self.login_field))):
            for place, field in enumerate(pair):
                grid.addWidget(field, line, place, Qt.AlignmentFlag.AlignTop)
                grid.setColumnStretch(place, 1)
        self.lines.addLayout(grid)
        self.passwords = _NewPassword(self, self.phrase_requested.emit)
        self.place = ElidedLabel("", "quiet")
        where = row(label(text("login.place"), "quiet"), self.place,
                    LinkButton(text("login.change_place"), None, self.place_requested.emit))  # fmt: skip
        where.setStretch(1, 1)
        self.lines.addLayout(where)
        back = PlainButton(text("login.back"), "arrow-left", self.back_requested.emit)
        self.finish(PrimaryButton(text("login.create"), "plus", self.submit), back)

    def start(self) -> None:
        """Begin with the unit."""
        super().start()
        self._unit.setFocus()

    def show_place(self, folder: Path) -> None:
        """Where the ledger will stand."""
        self._folder = folder
        self.place.setText(str(folder))

    def suggest_phrase(self, phrase: str) -> None:
        """Offer a password."""
        self.passwords.suggest(phrase)

    def submit(self) -> None:
        """Make the ledger, when everything is there."""
        asked = {
            self.unit_field: self._unit.text().strip(),
            self.user_field: self._user.text().strip(),
            self.login_field: self._login.text().strip(),
        }
        for field, value in asked.items():
            field.show_problem("" if value else text("login.needed"))
        password = self.passwords.checked()
        if password is None or not all(asked.values()):
            return
        self.submitted.emit(
            {
                "folder": self._folder,
                "unit_name": asked[self.unit_field],
                "level": self._level.currentData(),
                "user_name": asked[self.user_field],
                "login": asked[self.login_field],
                "password": password,
            }
        )


class CodeCard(Card):
    """A recovery code as it is copied by hand: numbered groups, four a line."""

    def __init__(self) -> None:
        super().__init__()
        now = theme.current()
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(now.space(2))
        self._grid.setVerticalSpacing(now.space(3))
        self._groups: list[QLabel] = []
        self.body.addLayout(self._grid)

    def show_code(self, code: str) -> None:
        """Show another code; an empty one takes it away."""
        for shown in self._groups:
            shown.clear()
        groups = code.split("-") if code else []
        while len(self._groups) < len(groups):
            self._add_group(len(self._groups))
        for shown, group in zip(self._groups, groups, strict=False):
            shown.setText(group)

    def code(self) -> str:
        """The code now shown; nothing when it was taken away."""
        return "-".join(shown.text() for shown in self._groups if shown.text())

    def _add_group(self, number: int) -> None:
        line, place = divmod(number, _GROUPS_A_LINE)
        shown = label("", "code")
        self._groups.append(shown)
        self._grid.addWidget(label(str(number + 1), "quiet_small"), line, 2 * place)
        self._grid.addWidget(shown, line, 2 * place + 1)
        self._grid.setColumnStretch(2 * place + 1, 1)


class CodeFace(Face):
    """The recovery code of a new ledger: shown once, then typed back, so that it has been written down."""

    confirmed = Signal()

    def __init__(self) -> None:
        super().__init__(text("login.code_title"), text("login.code_about"))
        self._code = ""
        self._shown = CodeCard()
        self.lines.addWidget(self._shown)
        self._hide = PlainButton(text("login.code_written"), "pencil", self._ask_back)
        self._typed = QLineEdit()
        self.typed_field = self.add_line(text("login.code_again"), self._typed, text("login.code_hint"))
        self._again = PlainButton(text("login.code_show"), "eye", self._show_again)
        self.lines.addWidget(self._hide, 0, Qt.AlignmentFlag.AlignLeft)
        self.finish(PrimaryButton(text("login.code_done"), "check", self.submit), self._again)

    def show_code(self, code: str) -> None:
        """Show a code to be written down."""
        self._code = code
        self._typed.clear()
        self._show_again()

    def submit(self) -> None:
        """Compare; spaces, hyphens and small letters do not matter."""
        if _plain(self._typed.text()) == _plain(self._code):
            self._code = ""
            self._shown.show_code("")
            self.confirmed.emit()
        else:
            self.typed_field.show_problem(text("login.code_wrong"))
            self._typed.setFocus()

    def _show_again(self) -> None:
        self._shown.show_code(self._code)
        self._arrange(is_shown=True)

    def _ask_back(self) -> None:
        self._shown.show_code("")
        self._arrange(is_shown=False)
        self.typed_field.show_problem("")
        self._typed.setFocus()

    def _arrange(self, *, is_shown: bool) -> None:
        self._shown.setVisible(is_shown)
        self._hide.setVisible(is_shown)
        self.typed_field.setVisible(not is_shown)
        self._again.setVisible(not is_shown)
        if self.primary is not None:
            self.primary.setVisible(not is_shown)


class ForgottenFace(Face):
    """A forgotten password: the recovery code from paper and a new password."""

    submitted = Signal(str, str, str)
    back_requested = Signal()
    phrase_requested = Signal()

    def __init__(self) -> None:
        super().__init__(text("login.forgotten_title"), text("login.forgotten_about"))
        self._login, self._code = QLineEdit(), QLineEdit()
        self.login_field = self.add_line(text("login.login"), self._login)
        self.code_field = self.add_line(text("login.code"), self._code, text("login.code_hint"))
        self.passwords = _NewPassword(self, self.phrase_requested.emit)
        back = PlainButton(text("login.back"), "arrow-left", self.back_requested.emit)
        self.finish(PrimaryButton(text("login.recover"), "key-round", self.submit), back)

    def start(self) -> None:
        """Begin with the code."""
        super().start()
        (self._code if self._login.text() else self._login).setFocus()

    def show_login(self, login: str) -> None:
        """Whose password."""
        self._login.setText(login)

    def suggest_phrase(self, phrase: str) -> None:
        """Offer a password."""
        self.passwords.suggest(phrase)

    def submit(self) -> None:
        """Open with the code."""
        login, code = self._login.text().strip(), self._code.text().strip()
        self.login_field.show_problem("" if login else text("login.need_login"))
        self.code_field.show_problem("" if code else text("login.need_code"))
        password = self.passwords.checked()
        if login and code and password is not None:
            self.submitted.emit(login, code, password)


class RestoreFace(ForgottenFace):
    """A ledger from a backup, on this or a new computer: the file, the recovery code, a new password."""

    restore_submitted = Signal(str, str, str, str)
    file_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.title.setText(text("login.restore_title"))
        self.about.setText(text("login.restore_about"))
        self._file = QLineEdit()
        self.file_field = LabelledField(text("login.backup_file"), self._file)
        choose = PlainButton(text("login.choose_backup"), "folder-open", self.file_requested.emit)
        where = row(self.file_field, choose)
        where.setStretch(0, 1)
        where.setAlignment(choose, Qt.AlignmentFlag.AlignBottom)
        self.lines.insertLayout(self.lines.indexOf(self.login_field), where)
        self.submitted.connect(self._with_file)

    def show_file(self, name: str) -> None:
        """Which backup."""
        self._file.setText(name)

    def _with_file(self, login: str, code: str, password: str) -> None:
        name = self._file.text().strip()
        self.file_field.show_problem("" if name else text("login.need_backup"))
        if name:
            self.restore_submitted.emit(name, login, code, password)


def _plain(code: str) -> str:
    """A code without what does not count."""
    return "".join(letter for letter in code.upper() if letter.isalnum())
