"""The colour scheme: points, thresholds, intervals, measures. Each change is a new version of the ledger's copy."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from PySide6.QtWidgets import QWidget

from mhdesk.domain.changes import Changes
from mhdesk.rules.colours import Colour, Item, Option, Scheme
from mhdesk.rules.ruleset import OWN_ORIGIN, Mark
from mhdesk.services import colours
from mhdesk.text import text
from ui.dialogs.ask import Ask, AskDialog
from ui.pages.base import Desk
from ui.tables import Column, TablePanel
from ui.widgets import Card, Notice, column, label


class _Line(NamedTuple):
    """A row of the table: a colour, or an option of an item."""

    part: str
    value: str
    colour: Colour | None = None
    item: Item | None = None
    option: Option | None = None


class ColoursPart(QWidget):
    """A table of everything that can be changed; a row is opened to change it."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._scheme: Scheme | None = None
        self._lines: Sequence[_Line] = ()
        self.notice = Notice()
        self.source = label("", "quiet", wrap=True)
        self.table = TablePanel(
            desk.tasks,
            [
                Column("part", text("settings_colours.part"), 12, is_bold=True, is_sortable=False),
                Column("value", text("settings_colours.value"), 20, is_stretched=True, is_sortable=False),
            ],
        )
        self.table.set_name(text("settings_colours.title"))
        self.table.opened.connect(lambda place: self.edit(self._lines[place]))
        card = Card(text("settings_colours.title"), text("settings_colours.note"))
        card.body.addWidget(self.source)
        card.body.addWidget(self.table, 1)
        self.setLayout(column(self.notice, card))

    def refresh(self) -> None:
        """Read the scheme in force."""
        ledger = self._desk.ledger
        self._desk.tasks.run("ledger", lambda _task: colours.scheme(ledger), self._show, owner=self)

    def _show(self, scheme: Scheme) -> None:
        self._scheme = scheme
        whole = {"name": scheme.name, "version": scheme.version, "source": scheme.source}
        words = text("colours_page.example", **whole)
        if scheme.origin != OWN_ORIGIN:
            words = f"{words}\n{text('settings.rules_own', origin=scheme.origin)}"
        self.source.setText(words)
        about = text("settings_colours.about", mark=text(f"settings.marks.{scheme.mark}"), **whole)
        lines = [_Line(text("settings_colours.scheme"), about)]
        for colour in scheme.colours:
            name = text("settings_colours.colour", colour=colours.colour_word(colour.key), points=colour.at_least)
            value = text("settings_colours.days", days=colour.interval_days, measures=colour.measures)
            lines.append(_Line(name, value, colour=colour))
        for item in scheme.items:
            for option in item.options:
                said = [text("settings_colours.points", points=option.points)]
                if option.least:
                    said.append(text("settings_colours.least", colour=colours.colour_word(option.least)))
                lines.append(_Line(f"{item.name} · {option.name}", "，".join(said), item=item, option=option))
        self._lines = lines
        self.table.show_rows(lines)

    def edit(self, line: _Line) -> None:
        """Change a colour's threshold, interval, people and measures, or an option's points."""
        if line.colour is not None:
            one = line.colour
            asks = [
                Ask("at_least", text("colours_page.scheme_at_least"), "number", str(one.at_least), is_required=True),
                Ask("interval_days", text("colours_page.scheme_interval"), "number", str(one.interval_days),
                    is_required=True, is_beside=True),
                Ask("who", text("colours_page.scheme_who"), value=one.who),
                Ask("measures", text("colours_page.scheme_measures"), "long", value=one.measures),
            ]  # fmt: skip
            self._ask(line.part, asks, lambda values: self._with_colour(one, values))
        elif line.item is not None and line.option is not None:
            item, option = line.item, line.option
            asks = [Ask("points", text("colours_page.scheme_points"), "number", str(option.points), is_required=True)]
            self._ask(line.part, asks, lambda values: self._with_points(item, option, int(values["points"])))
        elif self._scheme is not None:
            self._edit_about(line.part, self._scheme)

    def _edit_about(self, part: str, scheme: Scheme) -> None:
        """Whose scheme it is: what the district agreed on stops being our example."""
        marks = [(mark.value, text(f"settings.marks.{mark}")) for mark in Mark]
        asks = [
            Ask("name", text("settings_colours.name"), value=scheme.name, is_required=True),
            Ask("mark", text("settings.mark"), "choice", scheme.mark, marks),
            Ask("source", text("settings.source"), "long", scheme.source, is_required=True),
        ]
        self._ask(
            part,
            asks,
            lambda values: dataclasses.replace(
                scheme, name=str(values["name"]), mark=str(values["mark"]), source=str(values["source"])
            ),
        )

    def _ask(self, part: str, asks: Sequence[Ask], change: Callable[[Mapping[str, Any]], Scheme]) -> None:
        def store(dialog: AskDialog, values: Mapping[str, Any]) -> None:
            ledger, wanted = self._desk.ledger, change(values)

            def done(changes: Changes) -> None:
                dialog.accept()
                self._desk.saved()
                self._desk.changes.publish(changes, source=self)
                self.refresh()

            self._desk.tasks.run(
                "ledger", lambda _task: colours.save_scheme(ledger, wanted), done, dialog.refuse, owner=dialog
            )

        title = text("colours_page.scheme_title", part=part)
        AskDialog(self._desk, title, text("colours_page.scheme_save"), asks, store, parent=self.window()).open()

    def _with_colour(self, old: Colour, values: Mapping[str, Any]) -> Scheme:
        scheme = self._scheme
        if scheme is None:
            raise RuntimeError("no scheme shown")
        new = dataclasses.replace(
            old,
            at_least=int(values["at_least"]),
            interval_days=int(values["interval_days"]),
            who=str(values["who"] or ""),
            measures=str(values["measures"] or ""),
        )
        return dataclasses.replace(scheme, colours=[new if one is old else one for one in scheme.colours])

    def _with_points(self, item: Item, old: Option, points: int) -> Scheme:
        scheme = self._scheme
        if scheme is None:
            raise RuntimeError("no scheme shown")
        options = [dataclasses.replace(one, points=points) if one is old else one for one in item.options]
        new = dataclasses.replace(item, options=options)
        return dataclasses.replace(scheme, items=[new if one is item else one for one in scheme.items])
