"""药品目录: every drug with range, mark and source; a district changes entries, adds its own, leaves some out."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from PySide6.QtWidgets import QWidget

from mhdesk.domain.changes import Changes
from mhdesk.domain.task import Task
from mhdesk.services import drug_list
from mhdesk.services.drug_list import Book, Drug
from mhdesk.text import text
from ui import theme
from ui.dialogs import ask_files
from ui.dialogs.ask import Ask, AskDialog
from ui.pages.base import Desk
from ui.tables import Column, TablePanel
from ui.theme import ToneName
from ui.widgets import Card, ChipText, IconLineEdit, Notice, PlainButton, column, label, row

_MARKS = ("memory", "verified", "assumption")
_MARK_TONES: dict[str, ToneName] = {"verified": "good", "memory": "missing", "assumption": "late"}
_PARTS = re.compile(r"[,，、;；\n]+")
_NEVER = -1.0
_SEARCH_EM = 16


class _Line(NamedTuple):
    """A drug in the table; those left out stand at the end."""

    drug: Drug
    is_left_out: bool = False


class DrugsPart(QWidget):
    """The dictionary as a table; Enter changes an entry."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.book: Book | None = None
        self._lines: Sequence[_Line] = ()
        self._shown: Sequence[_Line] = ()
        self.notice = Notice()
        self.search = IconLineEdit(leading="search")
        self.search.setPlaceholderText(text("drug_settings.search"))
        self.search.setAccessibleName(text("drug_settings.search"))
        self.search.textChanged.connect(lambda _words: self._filter())
        self.table = TablePanel(desk.tasks, _columns())
        self.table.set_name(text("drugs.title"))
        self.table.set_empty("pill", text("drug_settings.none"), text("drug_settings.none_next"))
        self.table.opened.connect(lambda place: self.edit(self._shown[place]))
        self.table.view.selection_changed.connect(self._say_chosen)
        self.chosen = label("", "quiet", wrap=True)
        self.put_back_button = PlainButton(text("drug_settings.put_back"), "undo-2", self.put_back)
        self.leave_out_button = PlainButton(text("drug_settings.leave_out"), None, self.leave_out)
        card = Card(text("drugs.title"), text("drugs.note"))
        self.search.setMinimumWidth(theme.current().em(_SEARCH_EM))
        card.body.addLayout(
            row(
                self.search,
                None,
                PlainButton(text("drug_settings.take"), "upload", self.ask_take),
                PlainButton(text("drug_settings.give"), "download", self.ask_give),
                PlainButton(text("drug_settings.new"), "plus", lambda: self.edit(None)),
                space=3,
            )
        )
        card.body.addWidget(self.table, 1)
        card.body.addWidget(self.chosen)
        change = PlainButton(text("drug_settings.change"), "pencil", self._edit_chosen)
        card.body.addLayout(row(None, self.leave_out_button, self.put_back_button, change, space=3))
        lines = column(self.notice)
        lines.addWidget(card, 1)
        self.setLayout(lines)

    def refresh(self) -> None:
        """Read the dictionary anew."""
        ledger = self._desk.ledger
        self._desk.tasks.run(
            "ledger", lambda _task: (drug_list.book(ledger), drug_list.left_out(ledger)), self._show, owner=self
        )

    def _show(self, found: tuple[Book, list[Drug]]) -> None:
        self.book, left = found
        self._lines = [*(_Line(one) for one in self.book.drugs), *(_Line(one, is_left_out=True) for one in left)]
        self._filter()

    def _filter(self) -> None:
        """All drugs, or those whose name, brand or pinyin begins like what is typed."""
        typed = self.search.text().strip()
        lines = self._lines
        if typed and self.book is not None:
            found = {offer.drug.key for offer in drug_list.offers(self.book, typed)}
            lines = [one for one in lines if one.drug.key in found or typed in one.drug.generic]
        self._shown = lines
        self.table.show_rows(lines)
        self._say_chosen()

    def _chosen_line(self) -> _Line | None:
        places = self.table.view.selected_ids()
        return self._shown[places[0]] if len(places) == 1 and places[0] < len(self._shown) else None

    def _say_chosen(self) -> None:
        """What the chosen entry says in full, with the range of its source."""
        line = self._chosen_line()
        self.chosen.setVisible(line is not None)
        is_ours_changed = line is not None and (line.is_left_out or _is_changed(line.drug))
        self.put_back_button.setEnabled(is_ours_changed)
        self.leave_out_button.setEnabled(line is not None and not line.is_left_out)
        if line is None:
            return
        drug = line.drug
        parts = [text("drug_settings.said_range", name=drug.generic, range=drug_list.range_words(drug))]
        if sourced := drug_list.sourced_words(drug):
            parts.append(text("drug_settings.said_sourced", range=sourced))
        parts.append(text("drug_settings.said_source", source=drug.source or text("drug_settings.no_source")))
        if drug.synonyms:
            parts.append(text("drug_settings.said_names", names="、".join(drug.synonyms)))
        if drug.watch:
            parts.append(text("drug_settings.said_watch", watch=drug.watch))
        if _is_changed(drug):
            ours = next(one for one in drug_list.ours() if one.key == drug.key)
            parts.append(text("drug_settings.said_ours", range=drug_list.range_words(ours)))
        self.chosen.setText("".join(parts))

    # ---- changing

    def _edit_chosen(self) -> None:
        if (line := self._chosen_line()) is not None:
            self.edit(line)

    def edit(self, line: _Line | None) -> AskDialog:
        """Change an entry, or (None) add one."""
        drug = line.drug if line is not None else None
        dialog = AskDialog(
            self._desk,
            text("drug_settings.new") if drug is None else text("drug_settings.change_of", name=drug.generic),
            text("settings.save"),
            _asks(drug),
            lambda asked, values: self._store(asked, drug, values),
            sentence=text("drugs.note"),
            parent=self.window(),
        )
        dialog.open()
        return dialog

    def _store(self, dialog: AskDialog, base: Drug | None, values: Mapping[str, Any]) -> None:
        strengths = [_float(one) for one in _parts(values["strengths"])]
        if any(one is None for one in strengths):
            dialog.fields["strengths"].show_problem(text("ask.no_number"))
            dialog.primary.setEnabled(True)
            dialog.editors["strengths"].setFocus()
            return
        fresh = {
            "generic": values["generic"] or "",
            "synonyms": _parts(values["synonyms"]),
            "drug_class": values["drug_class"],
            "generation": int(values["generation"]) if values["generation"] else None,
            "forms": _parts(values["forms"]),
            "strengths": tuple(one for one in strengths if one is not None),
            "unit": values["unit"] or "",
            "dose_min": _or_never(values["dose_min"]),
            "dose_max": _or_never(values["dose_max"]),
            "per": values["per"],
            "long_acting": values["per"] == "injection",
            "interval_weeks": values["interval_weeks"],
            "watch": values["watch"] or "",
            "source": values["source"] or "",
            "mark": values["mark"],
        }
        drug = dataclasses.replace(base, **fresh) if base is not None else Drug(key="", **fresh)
        ledger = self._desk.ledger

        def done(changes: Changes) -> None:
            dialog.accept()
            self._changed(changes, text("drug_settings.saved", name=drug.generic))

        self._desk.tasks.run("ledger", lambda _task: drug_list.save(ledger, drug), done, dialog.refuse, owner=dialog)

    def leave_out(self) -> None:
        """Offer the chosen drug no more."""
        self._change_chosen(drug_list.leave_out, "drug_settings.left_out_done")

    def put_back(self) -> None:
        """Take our entry of the chosen drug again."""
        self._change_chosen(drug_list.put_back, "drug_settings.put_back_done")

    def _change_chosen(self, change: Any, said: str) -> None:
        if (line := self._chosen_line()) is None:
            return
        ledger, drug = self._desk.ledger, line.drug
        self._desk.tasks.run(
            "ledger",
            lambda _task: change(ledger, drug.key),
            lambda changes: self._changed(changes, text(said, name=drug.generic)),
            owner=self,
        )

    # ---- files

    def ask_take(self) -> None:
        """Choose another district's file."""
        ask_files.open_file(self, text("drug_settings.take"), ("toml",), self.take)

    def take(self, file: Path) -> None:
        """Take the entries of a file instead of the district's own ones."""
        ledger = self._desk.ledger
        self._desk.tasks.run(
            "ledger",
            lambda _task: drug_list.take_file(ledger, file),
            lambda changes: self._changed(changes, text("drug_settings.taken", file=file.name)),
            owner=self,
        )

    def ask_give(self) -> None:
        """Choose where the own entries go."""
        ask_files.save_as(self, text("drug_settings.give"), text("drug_settings.file"), self.give, kinds=("toml",))

    def give(self, file: Path) -> None:
        """Write the own entries."""
        ledger = self._desk.ledger

        def job(_task: Task) -> None:
            drug_list.give_file(ledger, file)

        def done(_none: None) -> None:
            self.notice.say(text("drugs.list.given", file=file.name), "good")

        self._desk.tasks.run("ledger", job, done, owner=self)

    def _changed(self, changes: Changes, said: str) -> None:
        self.notice.say(said, "good")
        self._desk.saved()
        self._desk.changes.publish(changes, source=self)
        self.refresh()


def _columns() -> list[Column]:
    return [
        Column("drug.generic", text("drug_settings.generic"), 9.5, is_bold=True),
        Column("drug_class", text("drug_settings.drug_class"), 9, value=lambda one: _kind(one.drug)),
        Column("forms", text("drug_settings.forms"), 8, value=lambda one: "、".join(one.drug.forms)),
        Column("strengths", text("drug_settings.strengths"), 6,
               value=lambda one: "、".join(f"{size:g}" for size in one.drug.strengths)),
        Column("range", text("drug_settings.range"), 13, value=lambda one: _range(one.drug)),
        Column("mark", text("settings.mark"), 5.5, "chips", chips=lambda one: [_mark(one.drug)]),
        Column("source", text("settings.source"), 5, is_stretched=True, value=lambda one: one.drug.source),
        Column("origin", text("drug_settings.origin"), 7, "chips", chips=_origin),
    ]  # fmt: skip


def _kind(drug: Drug) -> str:
    words = text(f"drugs.class.{drug.drug_class}")
    return text("drug_settings.generation_short", kind=words, number=drug.generation) if drug.generation else words


def _range(drug: Drug) -> str:
    """The range, and for an injection how often it is given."""
    words = drug_list.range_words(drug)
    if not drug.long_acting:
        return words
    return text("drug_settings.range_every", range=words, weeks=f"{drug.interval_weeks or 0:g}")


def _mark(drug: Drug) -> ChipText:
    return ChipText(text(f"settings.marks.{drug.mark}"), _MARK_TONES.get(drug.mark, "plain"))


def _origin(line: _Line) -> Sequence[ChipText]:
    if line.is_left_out:
        return [ChipText(text("drug_settings.is_left_out"), "plain")]
    if line.drug.origin == drug_list.OURS:
        return [ChipText(text("drugs.list.ours"), "plain")]
    key = "drug_settings.is_changed" if _is_changed(line.drug) else "drug_settings.is_added"
    return [ChipText(text(key), "info")]


def _is_changed(drug: Drug) -> bool:
    return drug.origin != drug_list.OURS and any(one.key == drug.key for one in drug_list.ours())


def _asks(drug: Drug | None) -> list[Ask]:
    def choices(table: str, keys: Sequence[str]) -> list[tuple[str, str]]:
        return [(key, text(f"{table}.{key}")) for key in keys]

    def figure(value: float | None) -> str:
        return "" if value is None else f"{value:g}"

    generations = [("", text("drug_settings.no_generation"))]
    generations += [(one, text("drug_settings.generation_of", number=one)) for one in ("1", "2")]
    known: dict[str, str] = {"unit": "mg", "drug_class": "antipsychotic", "per": "day", "mark": "memory"}
    if drug is not None:
        known = {
            "generic": drug.generic, "synonyms": "、".join(drug.synonyms), "drug_class": drug.drug_class,
            "generation": str(drug.generation or ""), "forms": "、".join(drug.forms),
            "strengths": "、".join(f"{one:g}" for one in drug.strengths), "unit": drug.unit,
            "dose_min": figure(drug.dose_min), "dose_max": figure(drug.dose_max), "per": drug.per,
            "interval_weeks": figure(drug.interval_weeks), "watch": drug.watch, "source": drug.source,
            "mark": drug.mark,
        }  # fmt: skip

    def ask(key: str, kind: Any = "text", **more: Any) -> Ask:
        return Ask(key, text(f"drug_settings.{key}"), kind, known.get(key, ""), **more)

    return [
        ask("generic", is_required=True),
        ask("drug_class", "choice", choices=choices("drugs.class", drug_list.CLASSES), is_beside=True),
        ask("synonyms", hint=text("drug_settings.synonyms_hint")),
        ask("forms", hint=text("drug_settings.forms_hint"), is_required=True),
        ask("strengths", hint=text("drug_settings.strengths_hint"), is_beside=True),
        ask("unit", is_required=True, is_beside=True),
        ask("dose_min", "number", is_required=True),
        ask("dose_max", "number", is_required=True, is_beside=True),
        ask("per", "choice", choices=choices("drug_settings.periods", drug_list.PERIODS), is_beside=True),
        ask("interval_weeks", "number", hint=text("drug_settings.interval_hint")),
        ask("generation", "choice", choices=generations, is_beside=True),
        ask("watch", hint=text("drug_settings.watch_hint")),
        ask("source"),
        ask("mark", "choice", choices=choices("settings.marks", _MARKS), is_beside=True),
    ]


def _parts(words: str | None) -> tuple[str, ...]:
    return tuple(part for one in _PARTS.split(words or "") if (part := one.strip()))


def _float(words: str) -> float | None:
    try:
        return float(words)
    except ValueError:
        return None


def _or_never(value: float | None) -> float:
    return _NEVER if value is None else value
