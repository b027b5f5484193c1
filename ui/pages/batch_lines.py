"""The grid's rows without any window: what is typed, what fills down, what the rules say of each row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from mhdesk.domain.follow_up import FollowUp
from mhdesk.domain.problems import Problem
from mhdesk.forms import load, parse, skip
from mhdesk.forms.skip import State
from mhdesk.forms.spec import FieldSpec, FormSpec, Kind
from mhdesk.services import custom_fields
from mhdesk.services.batch import Batch, BatchPerson, BatchRow
from mhdesk.text import text
from ui.forms import sheet
from ui.forms.row import item_name, optional_text, short_name
from ui.pages import follow_up_work as work
from ui.pages.follow_up_draft import OpenSheet
from ui.pages.follow_up_work import Opened, Verdict

DATE, DOCTOR, SAME_DRUGS = "visit_date", "doctor_name", "drugs"
#: Typed once, the rows below take them over.
FILLED_DOWN = (DATE, DOCTOR)
#: Not required, but the paper has boxes for them: the cursor stops there.
_OFFERED = ("rehabilitation", SAME_DRUGS)
_YES = "1"
_EXTRA = "extra"
_CODED = {Kind.CODE, Kind.YES_NO, Kind.CODES, Kind.COUNTED_CODES}
_DATES = {Kind.DATE, Kind.PARTIAL_DATE}
_NAMES_TOLD = 4


@dataclass(frozen=True)
class GridColumn:
    """A column: an item of the sheet, or 用药 (`item` None), which takes the drugs of the last visit over."""

    key: str
    item: FieldSpec | None

    @property
    def title(self) -> str:
        """The printed number, and below it a name of three characters or so."""
        if self.item is None:
            return "24\n" + text("batch.drugs")
        return f"{self.item.number}\n{optional_text(f'head.{self.key}', 'batch') or short_name(self.item)}"

    @property
    def name(self) -> str:
        """The printed number and the item's name, on one line."""
        if self.item is None:
            return text("batch.drugs")
        return " ".join(part for part in (self.item.number, item_name(self.item)) if part)

    @property
    def is_digits(self) -> bool:
        """Digits are typed into the cell itself; no editor is opened."""
        return self.item is None or self.item.kind in _CODED

    @property
    def is_date(self) -> bool:
        """A date, typed into the cell itself."""
        return self.item is not None and self.item.kind in _DATES

    @property
    def help(self) -> str:
        """What the digits mean."""
        if self.item is None:
            return text("batch.drugs_help")
        if self.item.codes is None:
            return text("batch.date_help") if self.is_date else self.item.help
        name = self.item.codes.name
        said = (optional_text(f"code.{name}.{entry.code}", "follow_up") for entry in self.item.codes.entries)
        words = zip(self.item.codes.entries, said, strict=True)
        return "　".join(f"{entry.code} {word or entry.label}" for entry, word in words)


def columns_of(spec: FormSpec) -> list[GridColumn]:
    """The printed items in their order; the drug tables together are one column."""
    found: list[GridColumn] = []
    for item in spec.fields:
        if item.section == _EXTRA:
            continue
        if item.kind is not Kind.DRUGS:
            found.append(GridColumn(item.key, item))
        elif not any(one.item is None for one in found):
            found.append(GridColumn(SAME_DRUGS, None))
    return found


@dataclass
class Line:
    """One person's row. `auto` are cells that were filled by the program and may be filled again."""

    person: BatchPerson
    opened: Opened
    texts: dict[str, str] = field(default_factory=dict)
    auto: set[str] = field(default_factory=set)
    verdict: Verdict | None = None
    missing: Sequence[str] = ()
    states: Mapping[str, State] = field(default_factory=dict)

    @property
    def is_begun(self) -> bool:
        """Whether anything of the visit itself was typed."""
        return any(words for key, words in self.texts.items() if key not in self.auto)

    @property
    def blocking(self) -> Sequence[Problem]:
        """What keeps the row from being stored."""
        return self.verdict.blocking if self.verdict is not None else ()

    @property
    def is_sound(self) -> bool:
        """Whether it can be stored, gaps or not. Without a date there is no visit."""
        return self.is_begun and not self.blocking and DATE not in self.missing

    @property
    def is_whole(self) -> bool:
        """Whether it can be stored and nothing required is missing."""
        return self.is_sound and not self.missing

    def sheet_texts(self) -> dict[str, str]:
        """The texts of the sheet: the drugs of the last visit where 用药 says so."""
        found = {key: words for key, words in self.texts.items() if words and key != SAME_DRUGS}
        if self.texts.get(SAME_DRUGS) == _YES and self.opened.last is not None:
            last = sheet.write(self.opened.spec, self.opened.last)
            found |= {key: words for key, words in last.items() if key.startswith("drugs_")}
        return found

    def judge(self) -> None:
        """Read what is typed and ask the rules."""
        texts = self.sheet_texts()
        self.verdict = work.judge(self.opened, texts)
        self.states = skip.states(self.opened.spec, texts)
        tables = {item.key for item in self.opened.spec.fields if item.kind is Kind.DRUGS}
        found = [key for key in skip.missing(self.opened.spec, texts) if key not in tables]
        asks_drugs = any(self.states[key] is State.REQUIRED for key in tables) and not any(
            key.startswith("drugs_") for key in texts
        )
        self.missing = [*found, *([SAME_DRUGS] if asks_drugs else [])]

    def state_of(self, key: str) -> State:
        """What a cell waits for."""
        if key != SAME_DRUGS:
            return self.states.get(key, State.OPEN)
        if self.opened.last is None or not any(one.drug_name for one in self.opened.last.drugs):
            return State.EMPTY
        states = [state for name, state in self.states.items() if name.startswith("drugs_")]
        return State.EMPTY if State.EMPTY in states else State.REQUIRED if SAME_DRUGS in self.missing else State.OPEN

    def problem_of(self, key: str) -> str:
        """What is wrong with a cell, in words; nothing where all is well."""
        for problem in self.verdict.problems if self.verdict is not None else ():
            name = problem.field.partition(":")[0]
            if key in {name, problem.field} or (key == SAME_DRUGS and name.startswith("drugs")):
                return problem_words(problem)
        return ""

    def told(self) -> str:
        """What the list beside the grid says of the row; nothing where it is whole or not begun."""
        if not self.is_begun:
            return ""
        if self.blocking:
            return problem_words(self.blocking[0])
        if not self.missing:
            return ""
        names = "、".join(self.name_of(key) for key in self.missing[:_NAMES_TOLD])
        more = text("batch.and_more") if len(self.missing) > _NAMES_TOLD else ""
        return text("batch.gaps", count=len(self.missing), names=names + more)

    def name_of(self, key: str) -> str:
        """An item's short name."""
        return text("batch.drugs") if key == SAME_DRUGS else short_name(self.opened.spec.field(key))


def problem_words(problem: Problem) -> str:
    """A problem's sentence."""
    return text(f"problems.{problem.code}", **problem.params)


class Grid:
    """All rows of one batch."""

    def __init__(self, batch: Batch, user_name: str) -> None:
        self.batch, self.user_name = batch, user_name
        self.spec = custom_fields.extend(load.form_for("follow_up", batch.edition), batch.own_items)
        self.columns = columns_of(self.spec)
        self.places = {column.key: place for place, column in enumerate(self.columns)}
        self.lines = [self._line(person) for person in batch.people]
        by_patient = {line.person.patient_id: line for line in self.lines}
        for raw_key, words in batch.draft.items():
            patient, _, key = raw_key.partition(":")
            line = by_patient.get(int(patient)) if patient.isdigit() else None
            if line is not None and key in self.places:
                line.texts[key] = words
        for line in self.lines:
            line.judge()

    def _line(self, person: BatchPerson) -> Line:
        patient_id = person.patient_id
        base = FollowUp(patient_id=patient_id, form_edition=self.batch.edition)
        return Line(person, Opened(person.entry, self.spec, OpenSheet(patient_id), base, {}, None))

    def put(self, row: int, key: str, raw: str) -> None:
        """Write into a cell: what can be read is written as it will be read back, what cannot stays as typed."""
        line = self.lines[row]
        line.texts[key] = self._tidy(line, key, raw)
        line.auto.discard(key)
        if not line.texts[key]:
            del line.texts[key]
        line.judge()
        if key in FILLED_DOWN:
            self._fill_below(row, key, line.texts.get(key, ""))

    def _tidy(self, line: Line, key: str, raw: str) -> str:
        item = self.columns[self.places[key]].item
        words = raw.strip()
        if item is None:
            return _YES if words in {_YES, text("batch.drugs_same")} else ""
        value = parse.parse_value(item, words, today=line.opened.entry.today)
        return words if isinstance(value, Problem) else parse.format_value(item, value)

    def _fill_below(self, row: int, key: str, words: str) -> None:
        """The rows below that nobody has touched in this column take the words over."""
        for line in self.lines[row + 1 :]:
            if line.texts.get(key) and key not in line.auto:
                return
            line.texts[key] = words
            line.auto.add(key)
            if not words:
                line.texts.pop(key)
                line.auto.discard(key)
            if line.is_begun:
                line.judge()

    def propose(self, row: int, key: str) -> str:
        """What the space bar takes over in an empty cell."""
        line = self.lines[row]
        if line.verdict is None:
            return ""
        if key == SAME_DRUGS:
            return _YES
        return work.proposals(line.opened, line.verdict, self.user_name).get(key, "")

    def same_as_last(self, row: int) -> int | None:
        """Fill in what may be taken from the last visit; how many cells, None where there was none."""
        line = self.lines[row]
        found = work.same_as_last(line.opened, line.sheet_texts())
        if found is None:
            return None
        taken = {key: words for key, words in found.items() if key in self.places and not line.texts.get(key)}
        line.texts |= taken
        line.judge()
        return len(taken)

    def paste(self, row: int, column: int, block: Sequence[Sequence[str]]) -> tuple[int, int]:
        """Write a block with its left upper corner here; how many cells were written, how many fell outside."""
        written = outside = 0
        for down, cells in enumerate(block):
            for across, words in enumerate(cells):
                if row + down < len(self.lines) and column + across < len(self.columns):
                    self.put(row + down, self.columns[column + across].key, words)
                    written += 1
                elif words:
                    outside += 1
        return written, outside

    def next_cell(self, row: int, column: int) -> tuple[int, int] | None:
        """Where the cursor goes on after a cell: the next one of the row that waits for an answer, or the next row."""
        line = self.lines[row]
        for place in range(column + 1, len(self.columns)):
            key = self.columns[place].key
            state = line.state_of(key)
            waits = state is State.REQUIRED or (state is State.OPEN and key in _OFFERED)
            if waits and (not line.texts.get(key) or key in line.auto):
                return row, place
        return (row + 1, self.first_open(row + 1)) if row + 1 < len(self.lines) else None

    def first_open(self, row: int) -> int:
        """The first cell of a row that waits for an answer; behind a date that was filled down."""
        line = self.lines[row]
        for place, column in enumerate(self.columns):
            if column.key in line.auto and line.texts.get(column.key):
                continue
            if line.state_of(column.key) is State.REQUIRED and not line.texts.get(column.key):
                return place
        return 0

    def draft(self, *, without: Sequence[Line] = ()) -> dict[str, str]:
        """Everything typed that is not stored yet, by patient and item."""
        left = [line for line in self.lines if line.is_begun and not any(line is one for one in without)]
        return {f"{line.person.patient_id}:{key}": words for line in left for key, words in line.texts.items() if words}

    def to_store(self, *, with_gaps: bool) -> list[Line]:
        """The rows that can be stored now."""
        return [line for line in self.lines if line.is_whole or (with_gaps and line.is_sound)]

    def begun(self) -> list[Line]:
        """The rows somebody has typed in."""
        return [line for line in self.lines if line.is_begun]

    def remove(self, done: Sequence[Line]) -> None:
        """Take stored rows out of the grid."""
        self.lines = [line for line in self.lines if not any(line is one for one in done)]

    def told(self) -> Iterator[tuple[int, str]]:
        """Rows with something to say, and what."""
        for row, line in enumerate(self.lines):
            if words := line.told():
                yield row, words


def rows_to_store(lines: Sequence[Line]) -> list[BatchRow]:
    """What the service stores. A line's verdict holds the sheet as read."""
    return [BatchRow(line.verdict.follow_up, line.person.sheet_row_id) for line in lines if line.verdict is not None]
