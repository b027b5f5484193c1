"""What the window says when something needs an answer or went wrong. Chinese, with what to do next, never a traceback.

Dialogs open beside the running window (no nested event loop): the answer comes through a callback.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QGridLayout, QLabel, QWidget

from mhdesk import log
from mhdesk.domain.errors import UserError
from mhdesk.text import error_text, text
from ui import icons, theme
from ui.theme import ToneName
from ui.widgets import DangerButton, PlainButton, PrimaryButton, column, label, row


class MessageDialog(QDialog):
    """One message: an icon, what happened, what to do, a small line, and buttons at the right."""

    def __init__(self, parent: QWidget | None, *, title: str, sentence: str, next_step: str = "", small: str = "",
                 icon_name: str = "info", tone: ToneName = "info") -> None:  # fmt: skip
        super().__init__(parent)
        now = theme.current()
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(True)
        picture = QLabel()
        picture.setPixmap(icons.pixmap(icon_name, f"{tone}_ink", "button"))
        picture.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.words = label(sentence, "large", wrap=True)
        self.next_step = label(next_step, wrap=True)
        self.small = label(small, "quiet_small", wrap=True)
        for part in (self.words, self.next_step, self.small):
            part.setFixedWidth(now.em(28))
            part.setVisible(bool(part.text()))
            part.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._buttons = row(None, space=3)
        message = column(label(title, "section"), self.words, self.next_step, self.small, space=2)
        body = row(picture, space=4)
        body.addLayout(message)
        lines = column(space=5)
        lines.setContentsMargins(now.space(5), now.space(5), now.space(5), now.space(4))
        lines.addLayout(body)
        lines.addLayout(self._buttons)
        self.setLayout(lines)

    def add_button(self, button: PlainButton | PrimaryButton | DangerButton, on_click: Callable[[], object] | None,
                   *, default: bool = False) -> None:  # fmt: skip
        """Add a button at the right end; it closes the dialog and then calls."""
        button.setDefault(default)
        button.setAutoDefault(default)
        if default:
            button.setFocus()

        def clicked() -> None:
            self.accept()
            if on_click is not None:
                on_click()

        button.clicked.connect(clicked)
        self._buttons.addWidget(button)


def show_error(parent: QWidget | None, error: UserError) -> MessageDialog:
    """Say what happened, what to do next, and the code to name on the phone."""
    words = error_text(error.code, **error.params)
    dialog = MessageDialog(
        parent,
        title=text("message.error_title"),
        sentence=words.message,
        next_step=words.next,
        small=text("message.code", code=error.code),
        icon_name="circle-alert",
        tone="now",
    )
    dialog.add_button(PrimaryButton(text("message.understood")), None, default=True)
    dialog.open()
    return dialog


def tell(parent: QWidget | None, title: str, sentence: str, next_step: str = "") -> MessageDialog:
    """Say that something is done or known."""
    dialog = MessageDialog(parent, title=title, sentence=sentence, next_step=next_step)
    dialog.add_button(PrimaryButton(text("message.understood")), None, default=True)
    dialog.open()
    return dialog


def confirm(parent: QWidget | None, *, title: str, sentence: str, verb: str, on_yes: Callable[[], object],
            next_step: str = "", is_dangerous: bool = False) -> MessageDialog:  # fmt: skip
    """Ask before doing something; `verb` is the word on the button. A dangerous one has 取消 as its default."""
    dialog = MessageDialog(
        parent,
        title=title,
        sentence=sentence,
        next_step=next_step,
        icon_name="triangle-alert" if is_dangerous else "circle-question-mark",
        tone="now" if is_dangerous else "brand",
    )
    dialog.add_button(PlainButton(text("message.cancel")), None, default=is_dangerous)
    yes = DangerButton(verb) if is_dangerous else PrimaryButton(verb)
    dialog.add_button(yes, on_yes, default=not is_dangerous)
    dialog.open()
    return dialog


def show_keys(parent: QWidget | None, of_page: Sequence[tuple[str, str]], of_all: Sequence[tuple[str, str]]) -> QDialog:
    """List keys and what they do: this page's first, then those of every page."""
    now = theme.current()
    dialog = QDialog(parent)
    dialog.setWindowTitle(text("shell.help.title"))
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    lines = column(space=3)
    lines.setContentsMargins(now.space(5), now.space(5), now.space(5), now.space(4))
    lines.addWidget(label(text("shell.help.title"), "section"))
    grid = QGridLayout()
    grid.setHorizontalSpacing(now.space(5))
    grid.setVerticalSpacing(now.space(2))
    for number, (keys, meaning) in enumerate((*of_page, *of_all)):
        grid.addWidget(label(keys, "quiet"), number, 0)
        grid.addWidget(label(meaning), number, 1)
    lines.addLayout(grid)
    close = PrimaryButton(text("message.understood"), None, dialog.accept)
    close.setDefault(True)
    lines.addLayout(row(None, close))
    dialog.setLayout(lines)
    dialog.open()
    return dialog


def bug_number(error: BaseException) -> str:
    """The number under which a bug is named on the phone: the same for the same fault in the same place."""
    import hashlib  # loads OpenSSL

    return "BUG-" + hashlib.sha256(log.describe(error).encode()).hexdigest()[:8].upper()


def show_bug(parent: QWidget | None, error: BaseException) -> MessageDialog:
    """Write a bug down without any person's data; say that the ledger is whole and where the report lies."""
    log.bug(error)
    dialog = MessageDialog(
        parent,
        title=text("message.bug_title"),
        sentence=text("message.bug"),
        next_step=text("message.bug_next"),
        small=text("message.bug_small", number=bug_number(error), where=log.file()),
        icon_name="triangle-alert",
        tone="late",
    )
    dialog.add_button(PrimaryButton(text("message.understood")), None, default=True)
    dialog.open()
    return dialog
